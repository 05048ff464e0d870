//! The label `io.airbyte.version` of a Dockerfile, in all of its spellings.

use std::ops::Range;

const LABEL: &str = "io.airbyte.version";

/// The bytes of each version that a LABEL instruction names. One that refers to a variable is none of them.
pub(super) fn versions(text: &str) -> Vec<Range<usize>> {
    let escape = escape_of(text);
    let mut found = Vec::new();
    for instruction in instructions(text, escape) {
        let words = words(text, &instruction, escape);
        let is_label = words.first().is_some_and(|word| word.text.eq_ignore_ascii_case("label"));
        if is_label {
            found.extend(in_label(text, &words[1..]));
        }
    }
    found
}

/// `KEY=VALUE …`, or the old form `KEY VALUE`.
fn in_label(text: &str, words: &[Word]) -> Vec<Range<usize>> {
    let key_and_value = |word: &Word| {
        let (key, _) = word.text.split_once('=')?;
        (key == LABEL).then(|| value_bytes(text, word))?
    };
    let found: Vec<_> = match words {
        [key, value] if key.text == LABEL && value.text != "=" => vec![unquoted(text, value.bytes.clone())],
        _ => words.iter().filter_map(key_and_value).collect(),
    };
    found.into_iter().filter(|bytes| !bytes.is_empty() && !text[bytes.clone()].contains('$')).collect()
}

/// The bytes after the `=` of a word, which may be quoted as a whole or in either part.
fn value_bytes(text: &str, word: &Word) -> Option<Range<usize>> {
    let equals = text[word.bytes.clone()].find('=')?;
    let start = word.bytes.start + equals + 1;
    let key_is_open = text[word.bytes.start..start].matches(['"', '\'']).count() == 1;
    let value = &text[start..word.bytes.end];
    let value = if key_is_open { value.strip_suffix(['"', '\'']).unwrap_or(value) } else { value };
    let end = start + value.len();
    Some(unquoted(text, start..end))
}

fn unquoted(text: &str, bytes: Range<usize>) -> Range<usize> {
    let part = &text[bytes.clone()];
    let is_quoted = part.len() >= 2
        && (part.starts_with('"') && part.ends_with('"') || part.starts_with('\'') && part.ends_with('\''));
    if is_quoted { bytes.start + 1..bytes.end - 1 } else { bytes }
}

/// The character that continues a line: the directive `# escape=` at the top may change it.
fn escape_of(text: &str) -> char {
    let directives = text.lines().map(str::trim).take_while(|line| line.starts_with('#'));
    let escape = |line: &str| {
        let (name, value) = line.trim_start_matches('#').split_once('=')?;
        name.trim().eq_ignore_ascii_case("escape").then(|| value.trim().chars().next())?
    };
    directives.filter_map(escape).next().unwrap_or('\\')
}

/// The lines of each instruction, without comments and without the texts that `<<WORD` begins.
fn instructions(text: &str, escape: char) -> Vec<Vec<Range<usize>>> {
    let (mut all, mut current, mut heredocs) = (Vec::new(), Vec::new(), Vec::<String>::new());
    for bytes in lines(text) {
        let line = text[bytes.clone()].trim();
        if let Some(end) = heredocs.first() {
            if line == end.as_str() {
                heredocs.remove(0);
            }
            continue;
        }
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        current.push(bytes);
        if !line.ends_with(escape) {
            heredocs = current.iter().flat_map(|bytes| heredoc_ends(&text[bytes.clone()])).collect();
            all.push(std::mem::take(&mut current));
        }
    }
    all.push(current);
    all
}

/// The bytes of each line, without its end.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let bytes = start..start + line.trim_end_matches(['\n', '\r']).len();
        start += line.len();
        bytes
    })
}

/// The words that end the texts which a RUN, COPY or ADD begins.
fn heredoc_ends(line: &str) -> Vec<String> {
    let first = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    let starts = line.split("<<").skip(1).filter(|_| matches!(first.as_str(), "RUN" | "COPY" | "ADD"));
    let word = |rest: &str| {
        let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start_matches(['"', '\'']);
        rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
    };
    starts.map(word).filter(|word| !word.is_empty()).collect()
}

/// A word with its quotation marks taken away, and where it stands with them.
struct Word {
    text: String,
    bytes: Range<usize>,
}

fn words(text: &str, instruction: &[Range<usize>], escape: char) -> Vec<Word> {
    let mut words = Vec::new();
    for line in instruction {
        words_of_line(text, line, escape, &mut words);
    }
    words
}

fn words_of_line(text: &str, line: &Range<usize>, escape: char, words: &mut Vec<Word>) {
    let mut quote = None;
    let mut word: Option<Word> = None;
    for (at, c) in text[line.clone()].char_indices().map(|(at, c)| (line.start + at, c)) {
        let is_continuation = c == escape && text[at + c.len_utf8()..line.end].trim().is_empty();
        if is_continuation || quote.is_none() && c.is_whitespace() {
            words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert_with(|| Word { text: String::new(), bytes: at..at });
        word.bytes.end = at + c.len_utf8();
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '"' | '\'') => quote = Some(c),
            _ => word.text.push(c),
        }
    }
    words.extend(word);
}

#[cfg(test)]
mod tests {
    use super::versions;

    #[test]
    fn every_spelling_is_found() {
        for text in [
            "LABEL io.airbyte.version=1.2.3\n",
            "FROM x\nlabel io.airbyte.version=\"1.2.3\"\r\n",
            "LABEL \"io.airbyte.version\"='1.2.3'",
            "LABEL \"io.airbyte.version=1.2.3\"",
            "LABEL io.airbyte.version 1.2.3\n",
            "LABEL io.airbyte.version \"1.2.3\"\n",
            "LABEL io.airbyte.name=a/b io.airbyte.version=1.2.3 maintainer=\"some one\"\n",
            "LABEL io.airbyte.name=a/b \\\r\n  # io.airbyte.version=9.9.9\r\n      io.airbyte.version=1.2.3 \\\r\n x=y\r\n",
            "# escape=`\nLABEL a=b `\n  io.airbyte.version=1.2.3\n",
        ] {
            let found: Vec<&str> = versions(text).into_iter().map(|bytes| &text[bytes]).collect();
            assert_eq!(found, ["1.2.3"], "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_the_label_is_not() {
        for text in [
            "# LABEL io.airbyte.version=1.2.3\n",
            "RUN echo LABEL io.airbyte.version=1.2.3\n",
            "RUN <<EOF\nLABEL io.airbyte.version=1.2.3\nEOF\n",
            "LABEL io.airbyte.version.note=1.2.3 my.io.airbyte.version=1\n",
            "LABEL io.airbyte.version=$VERSION\n",
            "LABEL note=\"a io.airbyte.version=1.2.3 b\"\n",
            "RUN true \\\n  LABEL io.airbyte.version=1.2.3\n",
        ] {
            assert!(versions(text).is_empty(), "{text}");
        }
    }
}
