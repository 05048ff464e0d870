//! `longshore explain CODE`: the page of an error code.

use crate::failure::{Result, usage};
use crate::print;
use include_dir::{Dir, include_dir};
use std::process::ExitCode;

static PAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../docs/errors");

/// Prints a page, or the list of all codes.
pub(crate) fn run(code: Option<&str>) -> Result<ExitCode> {
    let text = match code {
        Some(code) => page(code)?.trim_end().to_owned(),
        None => list().map(|(code, title)| format!("{code:34} {title}")).collect::<Vec<_>>().join("\n"),
    };
    print::result(text)?;
    Ok(ExitCode::SUCCESS)
}

fn page(code: &str) -> Result<&'static str> {
    // People paste what they see: `error[image.not_found]`.
    let code = code.trim_start_matches("error").trim_matches(['[', ']', ':']);
    PAGES.get_file(format!("{code}.md")).and_then(|file| file.contents_utf8()).ok_or_else(|| {
        usage("explain.unknown_code", format!("there is no error code `{code}`; `longshore explain` lists them all"))
    })
}

fn list() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAGES.files().filter_map(|file| {
        let code = file.path().file_stem()?.to_str()?;
        let title = file.contents_utf8()?.lines().next()?;
        Some((code, title.split_once(": ").map_or(title, |(_, title)| title)))
    })
}
