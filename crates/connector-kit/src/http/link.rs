//! The header `Link` (RFC 8288), as far as it leads to the next page.

/// The address in `<…>; rel="next"`, one of several that are separated by commas.
pub(crate) fn next_link(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some((_, link)) = rest.split_once('<') {
        let (address, after) = link.split_once('>')?;
        let (parameters, next) =
            after.split_once('<').map_or((after, ""), |(parameters, _)| (parameters, &after[parameters.len()..]));
        let is_next = |parameter: &str| {
            let (name, value) = parameter.split_once('=').unwrap_or_default();
            let value = value.trim().trim_end_matches(',').trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("rel")
                && value.split_whitespace().any(|word| word.eq_ignore_ascii_case("next"))
        };
        if parameters.split(';').any(is_next) {
            return Some(address);
        }
        rest = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found_among_others() {
        for (header, found) in [
            (r#"<https://h/x?page=2>; rel="next""#, Some("https://h/x?page=2")),
            (r#"<https://h/a,b>; rel=prev, </x?p=3>;title="t"; rel="last next""#, Some("/x?p=3")),
            (r#"<https://h/x>; rel="prev""#, None),
            ("", None),
        ] {
            assert_eq!(next_link(header), found, "{header}");
        }
    }
}
