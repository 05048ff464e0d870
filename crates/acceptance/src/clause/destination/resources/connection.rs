//! A server that goes away while it is written to.

use super::proxy::Proxy;
use super::{LOST_CONNECTION, Outcome, feed, much};
use crate::bench::{Bench, Call, Expects, Unavailable};
use crate::clause::destination::session::echoes;
use crate::take::Ending;
use longshore_runner::{ConnectorRef, Verb};
use serde_json::{Map, Value};

/// How many bytes go to the server before it goes away.
const CUT_AFTER_BYTES: u64 = 256 << 10;

pub(super) async fn lost(bench: &Bench<'_>) -> Outcome {
    if matches!(bench.subject.reference, ConnectorRef::Docker { .. }) {
        return Err(Unavailable(
            "the destination is an image, which does not reach a proxy on this machine".to_owned(),
        ));
    }
    let mut config: Map<String, Value> = serde_json::from_str(bench.config()?)
        .map_err(|_| Unavailable("the configuration is no JSON object".to_owned()))?;
    let Some(server) = server(&config) else {
        return Err(Unavailable("the configuration has no `host` and `port` of a server".to_owned()));
    };
    let proxy = Proxy::start(&server, CUT_AFTER_BYTES).await;
    let proxy = proxy.map_err(|error| Unavailable(format!("no proxy could be started: {error}")))?;
    let port = match config["port"] {
        Value::String(_) => Value::from(proxy.port.to_string()),
        _ => Value::from(proxy.port),
    };
    config.insert("host".to_owned(), Value::from("127.0.0.1"));
    config.insert("port".to_owned(), port);
    let config = Value::Object(config).to_string();
    let script = much(bench, "lost").await?;
    let _place = bench.place().await;
    let call = Call::new(Verb::Write, "write (connection lost)").catalog(bench.catalog_of(&script)).config(&config);
    let mut recorder = bench.start(call).await?;
    feed(&mut recorder, &script);
    let take = recorder.end().await;
    let expects = if take.is_success() { Expects::Either } else { Expects::Failure };
    let take = bench.keep(take, expects);
    if !proxy.is_cut() {
        let passed = proxy.passed_bytes();
        return Err(Unavailable(format!("only {passed} bytes went to the server, so the connection was not cut")));
    }
    let has_last = echoes(&take, &script).iter().any(|echo| echo.sent == Some(script.states.len() - 1));
    let how = take.how_it_ended();
    let finding = match take.ending {
        Ending::Silent | Ending::NotEnded => {
            LOST_CONNECTION.failed(format!("the server went away, and the sync {how}"))
        }
        _ if take.is_success() => LOST_CONNECTION.failed("the server went away, and the sync ended with exit code 0"),
        _ if has_last => LOST_CONNECTION.failed("the server went away, and the last state came back"),
        _ => return Ok((LOST_CONNECTION.passed(format!("the server went away, and the sync {how}")), take)),
    };
    Ok((finding.with(take.last_words()), take))
}

/// The server of a configuration, as `host:port`.
fn server(config: &Map<String, Value>) -> Option<String> {
    let host = config.get("host")?.as_str()?;
    let port = match config.get("port")? {
        Value::Number(port) => u16::try_from(port.as_u64()?).ok()?,
        Value::String(port) => port.parse().ok()?,
        _ => return None,
    };
    Some(if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") })
}
