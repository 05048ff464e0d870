//! The list of secrets in a workflow file, between two marks.

/// How the list begins and ends.
const BEGIN: &str = "# longshore: secrets begin";
const END: &str = "# longshore: secrets end";

/// What may stand in the list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SecretsBlock;

impl SecretsBlock {
    /// Whether a text is the name of a variable that a CI service also takes as the name of a secret.
    #[must_use]
    pub(crate) fn is_name(text: &str) -> bool {
        let is_plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        let is_reserved = text.starts_with("GITHUB_");
        !text.is_empty() && !text.as_bytes()[0].is_ascii_digit() && text.bytes().all(is_plain) && !is_reserved
    }
}

/// The lines that hand secrets to a step, for `env:` of a workflow.
#[must_use]
pub fn snippet<'a>(variables: impl IntoIterator<Item = &'a str>, indent: &str) -> String {
    variables.into_iter().map(|name| format!("{indent}{name}: ${{{{ secrets.{name} }}}}\n")).collect()
}

/// The workflow with these secrets in its list; `None` when it has no list.
#[must_use]
pub(crate) fn listed_in(workflow: &str, variables: &[String]) -> Option<String> {
    let (mut text, mut inside, mut found) = (String::new(), false, false);
    for line in workflow.split_inclusive('\n') {
        let trimmed = line.trim();
        inside &= trimmed != END;
        if !inside {
            text.push_str(line);
        }
        if trimmed == BEGIN {
            let indent = &line[..line.len() - line.trim_start().len()];
            text.push_str(&snippet(variables.iter().map(String::as_str), indent));
            (inside, found) = (true, true);
        }
    }
    (found && !inside).then_some(text)
}

/// The secrets that a workflow does not use.
#[must_use]
pub(super) fn missing_in<'a>(workflow: &str, variables: &'a [String]) -> Vec<&'a str> {
    variables.iter().map(String::as_str).filter(|name| !uses(workflow, name)).collect()
}

/// Whether it says `secrets.NAME`, and not only the beginning of a longer name. A comment does not count.
fn uses(workflow: &str, name: &str) -> bool {
    let wanted = format!("secrets.{name}");
    let is_end =
        |rest: &str| !rest.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_' || next == '-');
    let lines = workflow.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.into_iter().any(|line| line.match_indices(&wanted).any(|(at, _)| is_end(&line[at + wanted.len()..])))
}

#[cfg(test)]
mod tests {
    use super::{listed_in, missing_in};

    #[test]
    fn the_list_is_replaced_and_nothing_else() {
        let workflow = "a:\n  env:\n    # longshore: secrets begin\n    OLD: x\n    # longshore: secrets end\n  b: c\n";
        let names = ["A_CREDS".to_owned(), "B_CREDS".to_owned()];
        let updated = listed_in(workflow, &names).unwrap();
        assert_eq!(
            updated,
            "a:\n  env:\n    # longshore: secrets begin\n    A_CREDS: ${{ secrets.A_CREDS }}\n    \
             B_CREDS: ${{ secrets.B_CREDS }}\n    # longshore: secrets end\n  b: c\n"
        );
        assert_eq!(listed_in(&updated, &names).unwrap(), updated);
        assert!(missing_in(&updated, &names).is_empty());
        assert_eq!(listed_in("a: b\n", &names), None);
        assert_eq!(listed_in("# longshore: secrets begin\n", &names), None);
    }

    #[test]
    fn a_longer_name_and_a_comment_are_no_use() {
        let names = ["A".to_owned()];
        for workflow in ["x: ${{ secrets.AB }}", "x: ${{ secrets.A_B }}", "# ${{ secrets.A }}", "A: x"] {
            assert_eq!(missing_in(workflow, &names), ["A"], "{workflow}");
        }
        assert!(missing_in("x: ${{secrets.A}}", &names).is_empty());
    }
}
