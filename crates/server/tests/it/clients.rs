//! The real clients, each with a script of tests/clients, against a server that listens.

use crate::instance::Instance;
use longshore_server::{ServerSettings, serve};
use serde_json::json;
use std::path::Path;
use std::process::{Command, Output};
use tokio::net::TcpListener;

/// A folder with an environment of Python for each client; `cargo xtask test` makes them.
const CLIENTS: &str = "LONGSHORE_TEST_CLIENTS";

async fn speaks(client: &str, script: &str) {
    let instance = Instance::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let first = &instance.first;
    let told = json!({
        "url": format!("http://{}", listener.local_addr().unwrap()),
        "email": first.email, "password": first.password,
        "client_id": first.client_id, "client_secret": first.client_secret, "workspace_id": first.workspace_id,
    });
    let program = python(client);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(script);
    let home = tempfile::tempdir().unwrap();
    let ran = tokio::task::spawn_blocking(move || run(&program, &script, &told.to_string(), home.path()));
    let server = serve(listener, instance.plane.clone(), ServerSettings::default(), std::future::pending());
    let output = tokio::select! {
        ran = ran => ran.unwrap(),
        ended = server => panic!("the server ended: {ended:?}"),
    };
    let printed = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && printed.trim_end().ends_with("ok"), "{client}: {printed}\n{complained}");
}

/// The Python of a client; that of the machine for the script that needs none.
fn python(client: &str) -> String {
    if client == "none" {
        return "python3".to_owned();
    }
    let folder = std::env::var(CLIENTS).unwrap_or_else(|_| panic!("{CLIENTS} is not set; run `cargo xtask test`"));
    Path::new(&folder).join(client).join("bin/python").to_string_lossy().into_owned()
}

/// The clients keep notes in their home; it is not that of the person who tests.
fn run(program: &str, script: &Path, told: &str, home: &Path) -> Output {
    let mut command = Command::new(program);
    command.arg(script).arg(told).env("HOME", home).env("PREFECT_HOME", home).env("DAGSTER_HOME", home);
    command.env("DO_NOT_TRACK", "1").output().unwrap_or_else(|error| panic!("{program}: {error}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sdk_before_1_0_works() {
    speaks("sdk-0.53", "sdk.py").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sdk_since_1_0_works() {
    speaks("sdk-1.0", "sdk.py").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cloud_module_of_pyairbyte_works() {
    speaks("pyairbyte", "pyairbyte_cloud.py").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dagster_works() {
    speaks("dagster", "dagster_client.py").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prefect_2_works() {
    speaks("prefect", "prefect2.py").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_other_clients_send_is_understood() {
    speaks("none", "plain.py").await;
}
