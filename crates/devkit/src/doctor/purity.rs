//! Whether stdout carries messages and nothing else, and what the rest is.

use super::chart::Found;
use super::hearing::{Heard, Said, shortened, wanted};
use longshore_protocol::{FailureKind, FailureOrigin, FailureReason};
use longshore_runner::Verb;
use serde_json::Value;

/// What is told of a line that was meant as a message and cannot be read.
const ONE_LINE: &str = "print each message as one line of JSON, as the protocol has it: `{\"type\":\"SPEC\",\"spec\":{…}}`, `{\"type\":\"CONNECTION_STATUS\",\"connectionStatus\":{\"status\":\"SUCCEEDED\"}}`";

/// Judges the stdout of a verb.
pub(crate) fn judge(heard: &Heard, origin: FailureOrigin) -> Result<Found<()>, FailureReason> {
    match impurity(&heard.said, heard.verb) {
        Some((code, message)) => {
            let lines = heard.said.strays.iter().map(|(number, text)| format!("stdout, line {number}: {text}"));
            let detail: Vec<String> = lines.collect();
            Err(FailureReason::new(origin, FailureKind::SystemError, code, message).with_detail(detail.join("\n")))
        }
        None => Ok(Found::new((), "nothing but messages")),
    }
}

/// The code and the sentence of what mends the most.
fn impurity(said: &Said, verb: Verb) -> Option<(&'static str, String)> {
    let (has_answered, wanted) = (said.has_answered(verb), wanted(verb));
    if !has_answered && said.misplaced > 0 {
        let message = format!(
            "the {wanted} message is on stderr, and stdout is where messages are read; print messages to stdout, logs to \
             stderr"
        );
        return Some(("connector.messages_on_stderr", message));
    }
    if said.has_byte_order_mark {
        let message = "stdout begins with a byte order mark, which is no part of JSON; write UTF-8 without it (in Python \
                       `encoding=\"utf-8\"` instead of `utf-8-sig`)";
        return Some(("connector.byte_order_mark", message.to_owned()));
    }
    match said.not_utf8 {
        Some((line, Some(encoding))) => {
            let message = format!(
                "line {line} of stdout is text in {encoding} instead of UTF-8; write UTF-8 (Python: `PYTHONIOENCODING=utf-8`, \
                 Java: `-Dfile.encoding=UTF-8 -Dstdout.encoding=UTF-8`)"
            );
            return Some(("connector.stdout_other_encoding", message));
        }
        Some((line, None)) => {
            let message =
                format!("line {line} of stdout is no text but something binary; write nothing there but messages");
            return Some(("connector.stdout_not_text", message));
        }
        None => {}
    }
    if !has_answered && let Some(found) = over_lines(said) {
        return Some(found);
    }
    if let (false, Some((line, kind))) = (has_answered, &said.unknown) {
        let message = format!(
            "the message on line {line} of stdout is of type `{kind}`, which nobody knows; write `\"type\":\"{wanted}\"`"
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
    // Where the answer is missing, that is what has to be mended.
    let (line, text) = said.strays.first().filter(|_| has_answered)?;
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
    use longshore_runner::Verb;

    const SPEC: &str = r#"{"type":"SPEC","spec":{"connectionSpecification":{"type":"object"}}}"#;

    fn code(stdout: impl AsRef<[u8]>) -> &'static str {
        impurity(&Said::of(stdout.as_ref()), Verb::Spec).map_or("", |(code, _)| code)
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
        let wide: Vec<u8> = SPEC.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(code(&wide), "connector.stdout_other_encoding");
        assert_eq!(code([b"\xff\xfe", wide.as_slice()].concat()), "connector.stdout_other_encoding");
        assert_eq!(code([SPEC.as_bytes(), b"\n{\"type\":\"\xe9\"}"].concat()), "connector.stdout_other_encoding");
        assert_eq!(code([0; 100]), "connector.stdout_not_text");
        let pretty = serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(SPEC).unwrap()).unwrap();
        assert_eq!(code(&pretty), "connector.message_over_lines");
        assert_eq!(code(format!("starting\n{pretty}")), "connector.message_over_lines");
        assert_eq!(code(r#"{"connectionSpecification":{}}"#), "connector.message_without_envelope");
        assert_eq!(code(format!("{SPEC}{SPEC}\n")), "connector.message_shares_line");
        assert_eq!(code("{'type': 'SPEC'}\n"), "connector.message_invalid");
        assert_eq!(code(r#"{"type":"spec","spec":{}}"#), "connector.message_invalid");
        assert_eq!(code(format!("{{\"level\":\"info\"}}\n{SPEC}")), "connector.stdout_not_messages");
        assert_eq!(code(r#"{"type":"SPEC","spec":{"#), "connector.message_invalid");
        assert_eq!(
            impurity(&Said::of(b"").with_stderr(SPEC.as_bytes()), Verb::Spec).unwrap().0,
            "connector.messages_on_stderr"
        );
    }

    #[test]
    fn the_banner_is_shown_without_what_moves_a_cursor() {
        let (_, message) =
            impurity(&Said::of(format!("\x1b[31mHello\x1b[0m\nmore\n{SPEC}").as_bytes()), Verb::Spec).unwrap();
        assert!(message.starts_with("line 1 of stdout is no message: `[31mHello[0m` (and 1 more)"), "{message}");
    }
}
