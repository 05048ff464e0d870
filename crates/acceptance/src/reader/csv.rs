//! CSV with a difference between nothing and an empty text, as `destination-local` writes it.

/// One field: its text, and whether it stood in quotes.
type Field = (String, bool);

/// The rows of a text, of which the last may be torn: it counts only with its line break.
pub(super) fn rows(text: &str) -> Vec<Vec<Field>> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut field = Field::default();
    let mut in_quotes = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if in_quotes && letters.peek() == Some(&'"') => field.0.extend(letters.next()),
            '"' => {
                in_quotes = !in_quotes;
                field.1 = true;
            }
            ',' if !in_quotes => row.push(std::mem::take(&mut field)),
            '\n' if !in_quotes => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            letter => field.0.push(letter),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn quotes_commas_and_line_breaks_stand_in_quotes() {
        let rows = rows("a,\"b,\n\"\"c\",,\"\"\ntorn,ro");
        let plain = |text: &str| (text.to_owned(), false);
        let quoted = |text: &str| (text.to_owned(), true);
        assert_eq!(rows, [vec![plain("a"), quoted("b,\n\"c"), plain(""), quoted("")]]);
    }
}
