//! Whether stdout carries messages and nothing else, and what the rest is.

use super::chart::Found;
use super::hearing::{Heard, Said, shortened};
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use serde_json::Value;

/// What is told of a line that was meant as a message and cannot be read.
const ONE_LINE: &str = "print each message as one line of JSON, such as `{\"type\":\"SPEC\",\"spec\":{…}}`";

/// Judges the stdout of a `spec`.
pub(crate) fn judge(heard: &Heard, origin: FailureOrigin) -> Result<Found<()>, FailureReason> {
    match impurity(&heard.said) {
        Some((code, message)) => {
            let lines = heard.said.strays.iter().map(|(number, text)| format!("stdout, line {number}: {text}"));
            let detail: Vec<String> = lines.collect();
            Err(FailureReason::new(origin, FailureKind::SystemError, code, message).with_detail(detail.join("\n")))
        }
        None => Ok(Found::new((), "nothing but messages")),
    }
}

/// The code and the sentence of what mends the most.
fn impurity(said: &Said) -> Option<(&'static str, String)> {
    if said.spec_count == 0 && said.misplaced > 0 {
        let message = "the SPEC message is on stderr, and stdout is where messages are read; print messages to stdout, logs to stderr";
        return Some(("connector.messages_on_stderr", message.to_owned()));
    }
    if said.has_byte_order_mark {
        let message = "stdout begins with a byte order mark, which is no part of JSON; write UTF-8 without it (in Python \
                       `encoding=\"utf-8\"` instead of `utf-8-sig`)";
        return Some(("connector.byte_order_mark", message.to_owned()));
    }
    if let Some(line) = said.is_not_utf8 {
        let message =
            format!("line {line} of stdout is not UTF-8 text; write messages as UTF-8, and nothing binary to stdout");
        return Some(("connector.stdout_not_text", message));
    }
    if said.spec_count == 0
        && let Some(found) = over_lines(said)
    {
        return Some(found);
    }
    if let (0, Some((line, kind))) = (said.spec_count, &said.unknown) {
        let message = format!(
            "the message on line {line} of stdout is of type `{kind}`, which nobody knows; write `\"type\":\"SPEC\"`"
        );
        return Some(("connector.message_invalid", message));
    }
    if let Some((line, why)) = &said.broken {
        let message = format!("line {line} of stdout begins like a message and is none ({why}); {ONE_LINE}");
        return Some(("connector.message_invalid", message));
    }
    if let Some((line, behind)) = &said.glued {
        let message = format!(
            "something stands behind the message on line {line} of stdout: `{behind}`; end each message with a newline"
        );
        return Some(("connector.message_shares_line", message));
    }
    let (line, text) = said.strays.first()?;
    let count = if said.stray_count == 1 { String::new() } else { format!(" (and {} more)", said.stray_count - 1) };
    let message = format!(
        "line {line} of stdout is no message: `{text}`{count}; print to stderr, or as a LOG message, what is for people"
    );
    Some(("connector.stdout_not_messages", message))
}

/// A document that is a message, or would be one, if it stood on one line, or had its envelope.
fn over_lines(said: &Said) -> Option<(&'static str, String)> {
    let text = std::str::from_utf8(&said.start).ok()?;
    let begins = text.find('{')?;
    let mut documents = serde_json::Deserializer::from_str(&text[begins..]).into_iter::<Value>();
    let document = documents.next()?.ok()?;
    let is_spread = text[begins..begins + documents.byte_offset()].contains('\n');
    if is_spread && document.get("type").is_some_and(Value::is_string) {
        let message = format!("the message is spread over several lines; {ONE_LINE}, without indentation");
        return Some(("connector.message_over_lines", message));
    }
    if document.get("connectionSpecification").is_some() {
        let message =
            "the spec is printed without its envelope; print `{\"type\":\"SPEC\",\"spec\":…}` around it, on one line";
        return Some(("connector.message_without_envelope", message.to_owned()));
    }
    is_spread.then(|| {
        let shown = shortened(document.to_string().as_bytes());
        ("connector.message_invalid", format!("stdout holds JSON that is no message: `{shown}`; {ONE_LINE}"))
    })
}

#[cfg(test)]
mod tests {
    use super::impurity;
    use crate::doctor::hearing::Said;

    const SPEC: &str = r#"{"type":"SPEC","spec":{"connectionSpecification":{"type":"object"}}}"#;

    fn code(stdout: impl AsRef<[u8]>) -> &'static str {
        impurity(&Said::of(stdout.as_ref())).map_or("", |(code, _)| code)
    }

    #[test]
    fn messages_alone_are_pure() {
        let log = r#"{"type":"LOG","log":{"level":"INFO","message":"hello"}}"#;
        assert_eq!(code(format!("{log}\n{SPEC}\r\n\n")), "");
    }

    #[test]
    fn each_impurity_has_its_code() {
        assert_eq!(code(format!("Welcome!\n{SPEC}\n")), "connector.stdout_not_messages");
        assert_eq!(code(format!("\u{feff}{SPEC}\n")), "connector.byte_order_mark");
        assert_eq!(code([b"\xff\xfe\x00\x01\n".as_slice(), SPEC.as_bytes()].concat()), "connector.stdout_not_text");
        let pretty = serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(SPEC).unwrap()).unwrap();
        assert_eq!(code(&pretty), "connector.message_over_lines");
        assert_eq!(code(format!("starting\n{pretty}")), "connector.message_over_lines");
        assert_eq!(code(r#"{"connectionSpecification":{}}"#), "connector.message_without_envelope");
        assert_eq!(code(format!("{SPEC}{SPEC}\n")), "connector.message_shares_line");
        assert_eq!(code("{'type': 'SPEC'}\n"), "connector.message_invalid");
        assert_eq!(code(r#"{"type":"spec","spec":{}}"#), "connector.message_invalid");
        assert_eq!(code(format!("{{\"level\":\"info\"}}\n{SPEC}")), "connector.stdout_not_messages");
        assert_eq!(code(r#"{"type":"SPEC","spec":{"#), "connector.message_invalid");
        assert_eq!(impurity(&Said::of(b"").with_stderr(SPEC.as_bytes())).unwrap().0, "connector.messages_on_stderr");
    }

    #[test]
    fn the_banner_is_shown_without_what_moves_a_cursor() {
        let (_, message) = impurity(&Said::of(format!("\x1b[31mHello\x1b[0m\nmore\n{SPEC}").as_bytes())).unwrap();
        assert!(message.starts_with("line 1 of stdout is no message: `[31mHello[0m` (and 1 more)"), "{message}");
    }
}
