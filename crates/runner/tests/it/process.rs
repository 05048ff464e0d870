//! What only a local process can do wrong.

use crate::site::{Site, block_on, exec, read_all};
use longshore_runner::{ConnectorRef, Limits, Verb};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A file with a mode, named as a program.
fn program(site: &Site, content: &[u8], mode: u32) -> ConnectorRef {
    let path = site.path().join("connector");
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    exec(&[path.to_str().unwrap()])
}

async fn refusal_of(content: &[u8], mode: u32) -> (String, String) {
    let site = Site::new();
    let reason = site.refusal(&program(&site, content, mode)).await;
    (reason.code, reason.message)
}

#[test]
fn a_program_that_is_nowhere_is_told_with_its_name() {
    block_on(async {
        let site = Site::new();
        for name in ["no-such-connector", "./no-such-connector"] {
            let reason = site.refusal(&exec(&[name])).await;
            assert_eq!(reason.code, "program.not_found");
            assert!(reason.message.contains(name), "{reason}");
        }
    });
}

#[test]
fn a_file_that_may_not_be_executed_is_told_how_to_allow_it() {
    block_on(async {
        let (code, message) = refusal_of(b"#!/bin/sh\n", 0o644).await;
        assert_eq!(code, "program.not_executable");
        assert!(message.contains("chmod +x"), "{message}");
    });
}

#[test]
fn a_program_of_another_machine_names_both_machines() {
    block_on(async {
        let mut header = b"\x7fELF\x02\x01\x01".to_vec();
        header.resize(64, 0);
        header[18] = 243;
        let (code, message) = refusal_of(&header, 0o755).await;
        assert_eq!(code, "program.wrong_architecture");
        assert!(message.contains("riscv64") && message.contains(std::env::consts::ARCH), "{message}");
    });
}

#[test]
fn a_script_whose_interpreter_is_missing_names_it() {
    block_on(async {
        let (code, message) = refusal_of(b"#!/no/such/python\r\n", 0o755).await;
        assert_eq!(code, "program.windows_line_ends");
        assert!(message.contains("/no/such/python") && message.contains("sed -i"), "{message}");
        let (code, message) = refusal_of(b"#!/no/such/python\n", 0o755).await;
        assert_eq!(code, "program.no_interpreter");
        assert!(message.contains("/no/such/python"), "{message}");
    });
}

#[test]
fn a_script_without_a_first_line_is_told_what_is_missing() {
    block_on(async {
        let (code, message) = refusal_of(b"echo hello\n", 0o755).await;
        assert_eq!(code, "program.no_first_line");
        assert!(message.contains("#!/bin/sh"), "{message}");
    });
}

#[test]
fn a_bundled_connector_is_a_word_of_our_own_program() {
    block_on(async {
        let mut site = Site::new();
        site.settings.own_program = "/bin/echo".into();
        let reference = ConnectorRef::parse("source-faker", &["source-faker"]).unwrap();
        let mut running = site.launch(&reference, Verb::Discover, Vec::new(), Limits::default()).await.unwrap();
        assert_eq!(read_all(&mut running.stdout).await, "source-faker discover\n");
    });
}

#[test]
fn an_ended_process_is_gone_and_a_run_without_files_needs_no_folder() {
    block_on(async {
        let site = Site::new();
        let mut running = site.launch(&exec(&["true"]), Verb::Spec, Vec::new(), Limits::default()).await.unwrap();
        let process = format!("/proc/{}", running.process.pid().unwrap());
        assert!(running.process.wait().await.is_success());
        assert!(!Path::new(&process).exists(), "not even a zombie stays");
        assert!(!site.settings.work_dir.exists());
    });
}

#[test]
fn limits_that_cannot_be_kept_are_told() {
    block_on(async {
        let site = Site::new();
        let limits = Limits { memory_bytes: Some(1 << 30), cpus: None };
        let mut running = site.launch(&exec(&["true"]), Verb::Spec, Vec::new(), limits).await.unwrap();
        running.process.wait().await;
        assert!(site.notices.lock().unwrap()[0].contains("bound containers only"));
    });
}
