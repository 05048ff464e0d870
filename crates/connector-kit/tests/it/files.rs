//! Local files by the time of their modification.

use longshore_connector_kit::files::{FileCursor, Files};
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

fn write(folder: &Path, name: &str, seconds: u64) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, name).unwrap();
    File::open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
}

fn names(folder: &Path, cursor: &FileCursor) -> Vec<String> {
    let files = Files::matching(&folder.join("**/*.csv").to_string_lossy()).unwrap();
    files.after(cursor).map(|file| file.path().strip_prefix(folder).unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn files_come_oldest_first_and_new_ones_after_a_cursor() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, seconds) in [("b.csv", 10), ("in/a.csv", 20), ("c.csv", 20), ("d.txt", 5)] {
        write(folder, name, seconds);
    }
    assert_eq!(names(folder, &FileCursor::default()), ["b.csv", "c.csv", "in/a.csv"]);
    let all = Files::matching(&folder.join("*.csv").to_string_lossy()).unwrap();
    let cursor = all.iter().last().unwrap().cursor();
    let cursor: FileCursor = serde_json::from_str(&serde_json::to_string(&cursor).unwrap()).unwrap();
    assert_eq!(names(folder, &cursor), ["in/a.csv"], "of the same instant, and behind it");
    write(folder, "b.csv", 30);
    assert_eq!(names(folder, &cursor), ["in/a.csv", "b.csv"]);
}

#[test]
fn a_wrong_pattern_is_a_config_error() {
    let message = Files::matching("a[").unwrap_err().message;
    assert!(message.contains("not a pattern"), "{message}");
    assert_eq!(Files::matching("nothing/*.csv").unwrap().iter().count(), 0);
}
