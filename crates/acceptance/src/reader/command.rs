//! A command of the author that prints rows.

use super::{Row, row_of_line};
use longshore_devkit::{Bounds, Tools};
use longshore_protocol::StreamDescriptor;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// The longest time and the most rows of one stream.
const BOUNDS: Bounds = Bounds { time: Duration::from_secs(120), bytes: 512 << 20 };

/// Runs it. The configuration is in a file that only its user may read.
pub(super) async fn rows(
    tools: &Tools,
    words: &[String],
    config: &str,
    stream: &StreamDescriptor,
) -> Result<Vec<Row>, String> {
    let file = private(config).map_err(|error| format!("no file for the configuration: {error}"))?;
    let mut words = words.to_vec();
    words.extend(["--config".to_owned(), file.path().display().to_string()]);
    words.extend(["--stream".to_owned(), stream.name.clone()]);
    if let Some(namespace) = &stream.namespace {
        words.extend(["--namespace".to_owned(), namespace.clone()]);
    }
    let answer = tools.quiet().ask(Path::new("."), &words, BOUNDS).await;
    let answer = answer.map_err(|failure| format!("{} ({})", failure.message, failure.code))?;
    if !answer.is_success {
        return Err(format!("the reader `{}` ended with {}: {}", words[0], answer.ending, answer.complaint));
    }
    let lines = answer.stdout.split('\n').filter(|line| !line.trim().is_empty());
    lines.map(row_of_line).collect::<Result<_, _>>().map_err(|why| format!("the reader `{}`: {why}", words[0]))
}

fn private(config: &str) -> std::io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix("config").suffix(".json").tempfile()?;
    file.write_all(config.as_bytes())?;
    file.flush()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    async fn read(script: &str) -> Result<Vec<Row>, String> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let tools = Tools { environment: vec![("PATH".into(), path)], notice: Arc::new(|_| ()) };
        let words = ["sh", "-c", script, "reader"].map(str::to_owned);
        let stream = StreamDescriptor { namespace: Some("n".to_owned()), name: "a b".to_owned() };
        rows(&tools, &words, r#"{"path":"x"}"#, &stream).await
    }

    #[tokio::test]
    async fn it_is_told_the_configuration_and_the_stream() {
        let script =
            r#"echo "{\"config\":$(cat "$2"),\"mode\":\"$(stat -c %a "$2")\",\"stream\":\"$4\",\"in\":\"$6\"}""#;
        let rows = read(script).await.unwrap();
        let expected = serde_json::json!({"config": {"path": "x"}, "mode": "600", "stream": "a b", "in": "n"});
        assert_eq!(serde_json::Value::Object(rows[0].clone()), expected);
        assert!(read("true").await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn one_that_breaks_is_heard() {
        let why = read("echo no such table >&2; exit 4").await.unwrap_err();
        assert!(why.contains("exit status: 4") && why.contains("no such table"), "{why}");
        let why = read("echo '{\"a\":1}'; echo oops").await.unwrap_err();
        assert!(why.contains("not JSON") && why.contains("oops"), "{why}");
    }
}
