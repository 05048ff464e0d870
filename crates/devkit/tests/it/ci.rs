//! The workflow files: they are YAML, take no word of a stranger into a shell, and give secrets to no commit that moves.

use crate::projects::METADATA;
use longshore_devkit::ci::{FileState, Kind, Options, init, secrets_of};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

fn options() -> Options {
    Options { secrets: vec!["SOURCE_X_CREDS".to_owned()], ..Options::default() }
}

fn workflows(dir: &Path) -> BTreeMap<String, Value> {
    let files = std::fs::read_dir(dir.join(".github/workflows")).unwrap().map(|file| file.unwrap().path());
    files
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let options = serde_saphyr::options! { strict_booleans: true };
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                serde_saphyr::from_str_with_options(&text, options).unwrap(),
            )
        })
        .collect()
}

fn jobs(workflow: &Value) -> impl Iterator<Item = (&String, &Value)> {
    workflow["jobs"].as_object().unwrap().iter()
}

fn steps(job: &Value) -> &[Value] {
    job["steps"].as_array().unwrap()
}

fn written() -> (tempfile::TempDir, BTreeMap<String, Value>) {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path(), Kind::GitHub, &options()).unwrap();
    let workflows = workflows(dir.path());
    assert_eq!(workflows.len(), 4);
    (dir, workflows)
}

#[test]
fn no_expression_stands_in_a_shell_and_every_script_is_one() {
    let (_dir, workflows) = written();
    let mut scripts = 0;
    for (name, workflow) in &workflows {
        for (_, job) in jobs(workflow) {
            for script in steps(job).iter().filter_map(|step| step["run"].as_str()) {
                assert!(!script.contains("${{"), "{name}: {script}");
                assert!(!script.contains("@INSTALL"), "{name}: {script}");
                let checked = Command::new("bash").args(["-n", "-c", script]).output().unwrap();
                assert!(checked.status.success(), "{name}: {script}: {checked:?}");
                scripts += 1;
            }
        }
    }
    assert!(scripts > 20, "{scripts}");
}

#[test]
fn pull_requests_of_strangers_see_no_secret_and_may_only_read() {
    let (dir, workflows) = written();
    let test = &workflows["test.yml"];
    assert_eq!(test["on"].as_object().unwrap().keys().collect::<Vec<_>>(), ["pull_request"]);
    assert_eq!(test["permissions"], serde_json::json!({"contents": "read"}));
    let text = std::fs::read_to_string(dir.path().join(".github/workflows/test.yml")).unwrap();
    assert!(!text.contains("secrets.") && !text.contains("environment:"));
    for (name, workflow) in &workflows {
        assert!(workflow["on"].get("pull_request_target").is_none(), "{name}");
        assert!(workflow["on"].get("workflow_run").is_none(), "{name}");
    }
}

#[test]
fn a_job_with_secrets_checks_out_only_the_commit_that_was_decided_on() {
    let (_dir, workflows) = written();
    let mut guarded = 0;
    for (name, workflow) in workflows.iter().filter(|(name, _)| name.ends_with("-command.yml")) {
        assert_eq!(workflow["permissions"], serde_json::json!({}), "{name}");
        for (job_name, job) in jobs(workflow) {
            let checkouts: Vec<_> = steps(job).iter().filter(|step| step["uses"].is_string()).collect();
            for step in &checkouts {
                assert_eq!(step["with"]["ref"], "${{ needs.decide.outputs.sha }}", "{name} {job_name}");
                assert_eq!(step["with"]["persist-credentials"], Value::Bool(false), "{name} {job_name}");
            }
            let has_secrets = job.to_string().contains("secrets.");
            assert_eq!(has_secrets, job["environment"].is_string(), "{name} {job_name}");
            let writes = job["permissions"].as_object().unwrap().values().any(|level| level == "write");
            assert!(!writes || (checkouts.is_empty() && !has_secrets), "{name} {job_name}");
            guarded += usize::from(has_secrets);
        }
        assert_eq!(workflow["jobs"]["test"]["if"], "needs.decide.outputs.decision == 'run'", "{name}");
        assert_eq!(workflow["jobs"]["test"]["environment"], "more-secrets", "{name}");
    }
    assert_eq!(guarded, 3);
    assert_eq!(workflows["publish-command.yml"]["jobs"]["publish"]["environment"], "publish");
    assert_eq!(workflows["publish.yml"]["jobs"]["publish"]["environment"], "publish");
}

#[test]
fn the_only_action_of_others_is_the_checkout() {
    let (_dir, workflows) = written();
    for (name, job) in workflows.iter().flat_map(|(name, workflow)| jobs(workflow).map(move |(_, job)| (name, job))) {
        for uses in steps(job).iter().filter_map(|step| step["uses"].as_str()) {
            assert_eq!(uses, "actions/checkout@v5", "{name}");
        }
    }
}

#[test]
fn both_commands_hand_over_the_same_secrets() {
    let (_dir, workflows) = written();
    for name in ["test-command.yml", "publish-command.yml"] {
        let job = &workflows[name]["jobs"]["test"];
        let step = steps(job).iter().find(|step| step["name"] == "Write the secrets").unwrap();
        assert_eq!(step["env"]["SOURCE_X_CREDS"], "${{ secrets.SOURCE_X_CREDS }}");
    }
}

#[test]
fn a_file_that_somebody_changed_stays_unless_forced() {
    let dir = tempfile::tempdir().unwrap();
    let states = |options: &Options| -> Vec<FileState> {
        init(dir.path(), Kind::GitHub, options).unwrap().into_iter().map(|file| file.state).collect()
    };
    assert_eq!(states(&Options::default()), [FileState::Created; 4]);
    assert_eq!(states(&Options::default()), [FileState::Unchanged; 4]);
    // A secret more is no change by hand.
    let (same, new) = (FileState::Unchanged, FileState::Replaced);
    assert_eq!(states(&options()), [same, new, new, same]);
    let changed = dir.path().join(".github/workflows/publish.yml");
    std::fs::remove_file(dir.path().join(".github/workflows/test.yml")).unwrap();
    std::fs::write(&changed, "mine: true\n").unwrap();
    let failure = init(dir.path(), Kind::GitHub, &options()).unwrap_err();
    assert_eq!(failure.code, "ci.file_changed");
    assert!(!dir.path().join(".github/workflows/test.yml").exists(), "nothing is written before all is known");
    assert_eq!(std::fs::read_to_string(&changed).unwrap(), "mine: true\n");
    assert_eq!(states(&Options { force: true, ..options() }), [FileState::Created, same, same, new]);
}

#[test]
fn gitlab_gets_one_file_whose_scripts_are_scripts() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path(), Kind::GitLab, &options()).unwrap();
    let text = std::fs::read_to_string(dir.path().join(".gitlab-ci.yml")).unwrap();
    let file: BTreeMap<String, Value> = serde_saphyr::from_str(&text).unwrap();
    assert_eq!(file["test-with-secrets"]["environment"], "more-secrets");
    assert_eq!(file["publish"]["environment"], "publish");
    assert!(file["test"].get("environment").is_none());
    for (name, job) in &file {
        let scripts =
            ["before_script", "script", "after_script"].into_iter().filter_map(|key| job.get(key)?.as_array());
        for line in scripts.flatten() {
            let checked = Command::new("bash").args(["-n", "-c", line.as_str().unwrap()]).output().unwrap();
            assert!(checked.status.success(), "{name}: {line}: {checked:?}");
        }
    }
}

#[test]
fn an_option_cannot_become_more_than_a_word() {
    let dir = tempfile::tempdir().unwrap();
    let wrong = [
        Options { environment: "a\n  b: c".to_owned(), ..options() },
        Options { publish_environment: "${{ x }}".to_owned(), ..options() },
        Options { default_branch: "main]".to_owned(), ..options() },
        Options { install: "a\nb".to_owned(), ..options() },
        Options { install: "echo ${{ github.event.comment.body }}".to_owned(), ..options() },
        Options { install: " ".to_owned(), ..options() },
        Options { secrets: vec!["A: x".to_owned()], ..options() },
        Options { secrets: vec!["GITHUB_TOKEN".to_owned()], ..options() },
    ];
    for options in wrong {
        assert_eq!(init(dir.path(), Kind::GitHub, &options).unwrap_err().code, "ci.option_invalid");
    }
    assert!(!dir.path().join(".github").exists());
}

#[test]
fn publications_of_one_push_wait_for_each_other_and_none_is_dropped() {
    let (_dir, workflows) = written();
    // A workflow that waits for its group is dropped when a third one comes, and with it what it would have published.
    assert!(workflows["publish.yml"].get("concurrency").is_none());
    for name in ["publish.yml", "publish-command.yml"] {
        let job = &workflows[name]["jobs"]["publish"];
        assert_eq!(job["strategy"]["max-parallel"], 1, "{name}");
        assert_eq!(job["concurrency"]["group"], "publish-${{ matrix.connector }}", "{name}");
    }
    let text = workflows["publish.yml"].to_string();
    assert!(text.contains("publish --unless-published"), "a change of a README is no new version");
}

#[test]
fn changed_files_are_listed_under_their_old_names_too() {
    let (_dir, workflows) = written();
    for name in ["test.yml", "publish.yml"] {
        let text = workflows[name].to_string();
        assert!(text.contains("git diff --no-renames --name-only"), "{name}");
    }
}

#[test]
fn the_secrets_of_all_connectors_are_found_and_a_broken_one_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let connector = dir.path().join("connectors/source-x");
    std::fs::create_dir_all(&connector).unwrap();
    std::fs::create_dir_all(dir.path().join("connectors/notes")).unwrap();
    std::fs::write(connector.join("metadata.yaml"), METADATA).unwrap();
    assert_eq!(secrets_of(dir.path()).unwrap(), ["SOURCE_X_CREDS"]);
    std::fs::write(connector.join("metadata.yaml"), "data: [").unwrap();
    assert_eq!(secrets_of(dir.path()).unwrap_err().code, "connector.metadata_invalid");
}
