//! A server over a database in a folder that goes away, with a worker that starts nothing: what the scripts of tests/clients run
//! against. Its one argument is its address; it prints the first credentials as JSON, and ends when its input does.
#![allow(clippy::print_stdout, reason = "its output is what scripts read")]

#[path = "../tests/it/scripted.rs"]
mod scripted;

use longshore_control_plane::{Clock, ControlPlane, Database, FirstUser, MasterKey, Policy, Setup};
use longshore_server::{ServerSettings, app};
use std::net::SocketAddr;
use tokio::io::AsyncReadExt;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let setup = Setup {
        database: Database::Sqlite(folder.path().join("longshore.sqlite")),
        key: MasterKey::file(&folder.path().join("key")).expect("a key"),
        policy: Policy::default(),
        clock: Clock::system(),
        bundled: vec!["source-faker".to_owned(), "destination-sqlite".to_owned()],
    };
    let plane = ControlPlane::open(setup).await.expect("a database");
    plane.migrate().await.expect("tables");
    let first = plane.first_run(FirstUser::default()).await.expect("a first run").expect("the first");
    scripted::put_definitions(&plane).await.expect("definitions");
    tokio::spawn(scripted::work(plane.clone()));
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await.expect("an address");
    let told = serde_json::json!({
        "url": format!("http://{}", listener.local_addr().expect("an address")),
        "email": first.email, "password": first.password,
        "client_id": first.client_id, "client_secret": first.client_secret, "workspace_id": first.workspace_id,
    });
    println!("{told}");
    let service = app(plane, ServerSettings::default()).into_make_service_with_connect_info::<SocketAddr>();
    let ended = async { tokio::io::stdin().read_to_end(&mut Vec::new()).await.map(|_| ()).unwrap_or_default() };
    axum::serve(listener, service).with_graceful_shutdown(ended).await.expect("it serves");
}
