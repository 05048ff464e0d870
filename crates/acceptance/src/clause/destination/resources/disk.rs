//! A disk that is full: a small file system that only the destination sees.

use super::{DISK_FULL, Outcome, feed, much};
use crate::bench::{Bench, Call, Expects, Unavailable};
use crate::clause::destination::session::echoes;
use crate::subject::Subject;
use longshore_runner::{ConnectorRef, Verb, local_words};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// The size of the file system.
pub(super) const SPACE_BYTES: u64 = 8 << 20;

/// Of a disk that counts as full.
const FULL_PERCENT: u64 = 90;

/// Mounts a file system at $0 and runs the words behind $1, to which the space in use is written when they have ended.
const SCRIPT: &str = r#"mount -t tmpfs -o size="$1" tmpfs "$0" || exit 125
report=$2; shift 2
"$@"; code=$?
df -Pk "$0" | tail -n 1 > "$report"
exit $code"#;

pub(super) async fn full(bench: &Bench<'_>) -> Outcome {
    let dir = tempfile::tempdir().map_err(|error| Unavailable(format!("no folder for a file system: {error}")))?;
    let (mount, report) = (dir.path().join("full"), dir.path().join("df"));
    std::fs::create_dir(&mount).map_err(|error| Unavailable(format!("no folder for a file system: {error}")))?;
    let config = moved(bench.config()?, &mount)?;
    let subject = bench.subject;
    let words = local_words(subject.settings, subject.origin, subject.reference).await;
    let words = words.map_err(|failure| Unavailable(failure.message))?;
    let words =
        words.ok_or_else(|| Unavailable("the destination is an image, whose disk cannot be made small".to_owned()))?;
    let around = namespace(bench, &mount, &report).await?;
    let words = around.into_iter().chain(words.into_iter().map(|word| word.to_string_lossy().into_owned())).collect();
    let reference = ConnectorRef::Exec { words };
    let script = much(bench, "disk_full").await?;
    let _place = bench.place().await;
    let call = Call::new(Verb::Write, "write (disk full)").catalog(bench.catalog_of(&script)).config(&config);
    let around = Subject { reference: &reference, ..*subject };
    let mut recorder = bench.start_as(&around, call).await?;
    feed(&mut recorder, &script);
    let take = recorder.end().await;
    let expects = if take.is_success() { Expects::Either } else { Expects::Failure };
    let take = bench.keep(take, expects);
    let has_last = echoes(&take, &script).iter().any(|echo| echo.sent == Some(script.states.len() - 1));
    let percent = used_percent(&report);
    let finding = match (take.is_success(), has_last) {
        (true, _) if percent < Some(FULL_PERCENT) => {
            let used = percent.map_or_else(|| "an unknown part".to_owned(), |percent| format!("{percent}%"));
            return Err(Unavailable(format!(
                "the destination used {used} of the small disk, so it writes elsewhere or packs well"
            )));
        }
        (true, _) => DISK_FULL.failed("the disk was full, and the sync ended with exit code 0").with(take.last_words()),
        (false, true) => DISK_FULL.failed("the disk was full, and the last state came back").with(take.last_words()),
        (false, false) => DISK_FULL.passed(format!("24 MiB for a disk of 8 MiB: the sync {}", take.how_it_ended())),
    };
    Ok((finding, take))
}

/// The words before the destination's own. One that asks for the same with `true` says whether that is allowed here.
async fn namespace(bench: &Bench<'_>, mount: &Path, report: &Path) -> Result<Vec<String>, Unavailable> {
    let user: &[&str] = match rustix::process::geteuid().is_root() {
        true => &[],
        false => &["--user", "--map-root-user"],
    };
    let (mount, report, size) = (mount.display().to_string(), report.display().to_string(), SPACE_BYTES.to_string());
    let head = ["unshare", "--mount"].into_iter().chain(user.iter().copied());
    let words: Vec<String> = head.chain(["sh", "-c", SCRIPT, &mount, &size, &report]).map(str::to_owned).collect();
    let trial: Vec<&str> = words[1..].iter().map(String::as_str).chain(["true"]).collect();
    match bench.subject.tools.quiet().answer("unshare", Path::new("."), &trial).await {
        Ok(Some(_)) => Ok(words),
        Ok(None) => Err(Unavailable(
            "a small disk cannot be made here: `unshare --mount` and `mount` are not permitted".to_owned(),
        )),
        Err(failure) => Err(Unavailable(format!("a small disk cannot be made here: {}", failure.message))),
    }
}

/// The configuration with its one path moved into a folder.
fn moved(config: &str, dir: &Path) -> Result<String, Unavailable> {
    let mut config: Map<String, Value> =
        serde_json::from_str(config).map_err(|_| Unavailable("the configuration is no JSON object".to_owned()))?;
    let mut texts = Vec::new();
    texts_of(&mut config, &mut texts);
    let by_name = texts.iter().filter(|(name, _)| is_path_like(name)).count();
    let is_database = |name: &str, text: &str| name == "database" && text.contains(['/', '.']);
    let has_database = texts.iter().any(|(name, text)| text.as_str().is_some_and(|text| is_database(name, text)));
    let is_path = |(name, value): &(String, &mut Value)| {
        let text = value.as_str().unwrap_or_default();
        match (by_name, has_database) {
            (0, true) => is_database(name, text),
            (0, false) => text.starts_with('/'),
            _ => is_path_like(name),
        }
    };
    texts.retain(is_path);
    let [(_, path)] = texts.as_mut_slice() else {
        return Err(Unavailable(format!(
            "the configuration names {} paths, and one is needed to make its disk small",
            texts.len()
        )));
    };
    let old = PathBuf::from(path.as_str().unwrap_or_default());
    let last = old.file_name().map_or_else(|| dir.to_owned(), |last| dir.join(last));
    **path = Value::String(last.display().to_string());
    Ok(Value::Object(config).to_string())
}

/// The texts in a configuration and in the objects in it, each with its name.
fn texts_of<'c>(config: &'c mut Map<String, Value>, into: &mut Vec<(String, &'c mut Value)>) {
    for (name, value) in config {
        match value {
            Value::Object(within) => texts_of(within, into),
            Value::String(_) => into.push((name.to_ascii_lowercase(), value)),
            _ => {}
        }
    }
}

fn is_path_like(name: &str) -> bool {
    let words = ["path", "dir", "directory", "folder", "file", "filename"];
    name.to_ascii_lowercase().split(['_', '-', '.']).any(|part| words.contains(&part))
}

/// From the line that `df -Pk` prints: name, blocks, used, available, …
fn used_percent(report: &Path) -> Option<u64> {
    let line = std::fs::read_to_string(report).ok()?;
    let mut numbers = line.split_whitespace().skip(1).map(str::parse::<u64>);
    let (all, used) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    (used * 100).checked_div(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_path_of_a_configuration_is_moved() {
        let moved = |config| moved(config, Path::new("/small")).map_err(|why| why.0);
        assert_eq!(
            moved(r#"{"format":"csv","path":"/a/b.sqlite"}"#).unwrap(),
            r#"{"format":"csv","path":"/small/b.sqlite"}"#
        );
        assert_eq!(moved(r#"{"destination_path":"out"}"#).unwrap(), r#"{"destination_path":"/small/out"}"#);
        let nested = r#"{"storage":{"kind":"file","db_file":"/a/b.db"}}"#;
        assert_eq!(moved(nested).unwrap(), r#"{"storage":{"kind":"file","db_file":"/small/b.db"}}"#);
        assert_eq!(moved(r#"{"database":"/a/b.duckdb"}"#).unwrap(), r#"{"database":"/small/b.duckdb"}"#);
        assert_eq!(moved(r#"{"spool":"/a/b","key":"k"}"#).unwrap(), r#"{"spool":"/small/b","key":"k"}"#);
        assert!(moved(r#"{"host":"x","database":"sales"}"#).unwrap_err().contains("0 paths"));
        assert!(moved(r#"{"host":"x"}"#).unwrap_err().contains("0 paths"));
        assert!(moved(r#"{"file":"x","log_dir":"y"}"#).unwrap_err().contains("2 paths"));
    }
}
