//! What only a container can do wrong.

use crate::image::{self, Recipe, busybox, engine};
use crate::site::{Runner, Site, block_on, read_all, read_until};
use bollard::query_parameters::ListContainersOptionsBuilder;
use futures_util::TryStreamExt;
use longshore_protocol::FailureOrigin;
use longshore_runner::{ConnectorRef, EngineImages, FileKind, Limits, Verb};
use std::collections::HashMap;
use std::time::Duration;

const ECHO: (&str, &[&str]) = ("echo", &["/echo"]);

#[test]
fn an_image_without_a_shell_runs() {
    block_on(async {
        let recipe = Recipe { name: ECHO.0, files: &[("echo", &busybox())], entry_point: ECHO.1, ..Recipe::default() };
        assert_eq!(spec_of(&recipe.load().await).await, "spec\n");
    });
}

#[test]
fn an_entry_point_without_a_folder_is_looked_up_in_the_path_of_the_image() {
    block_on(async {
        let files: [(&str, &[u8]); 2] = [("deep/er/echo", &busybox()), ("empty/readme", b"")];
        let environment = ["PATH=/empty:/deep/er"];
        let recipe = Recipe {
            name: "path",
            files: &files,
            entry_point: &["echo"],
            environment: &environment,
            ..Recipe::default()
        };
        assert_eq!(spec_of(&recipe.load().await).await, "spec\n");
    });
}

#[test]
fn an_image_without_entry_point_is_run_by_its_variable() {
    block_on(async {
        let files: [(&str, &[u8]); 2] = [("bin/sh", &busybox()), ("bin/echo", &busybox())];
        let environment = ["AIRBYTE_ENTRYPOINT=/bin/echo 'two  words'"];
        let recipe = Recipe { name: "variable", files: &files, environment: &environment, ..Recipe::default() };
        assert_eq!(spec_of(&recipe.load().await).await, "two  words spec\n");
    });
}

async fn spec_of(reference: &ConnectorRef) -> String {
    let site = Site::new();
    let mut running = site.launch(reference, Verb::Spec, Vec::new(), Limits::default()).await.unwrap();
    let text = read_all(&mut running.stdout).await;
    assert!(running.process.wait().await.is_success());
    text
}

/// What somebody is told who runs this image, once its container is gone.
async fn refusal_of(recipe: &Recipe<'_>) -> (String, String) {
    let site = Site::new();
    let reference = recipe.load().await;
    let reason = site.refusal(&reference).await;
    let ConnectorRef::Docker { image } = &reference else { panic!("an image") };
    assert_eq!(containers_of(image).await, Vec::<String>::new(), "a container that did not start is removed");
    assert_eq!(site.run_folders().len(), 0);
    (reason.code, reason.message)
}

async fn containers_of(image: &str) -> Vec<String> {
    let filters = HashMap::from([("ancestor", vec![image])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    let containers = engine().await.list_containers(Some(options)).await.unwrap();
    containers.into_iter().filter_map(|container| container.id).collect()
}

#[test]
fn an_image_that_does_not_say_what_to_run_is_told_what_is_missing() {
    block_on(async {
        let recipe = Recipe { name: "silent", files: &[("readme", b"")], ..Recipe::default() };
        let (code, message) = refusal_of(&recipe).await;
        assert_eq!(code, "image.no_entrypoint");
        assert!(message.contains("AIRBYTE_ENTRYPOINT") && message.contains("ENTRYPOINT ["), "{message}");
    });
}

#[test]
fn an_entry_point_that_is_not_in_the_image_is_named() {
    block_on(async {
        for program in ["/no/such/program", "no-such-program"] {
            let entry_point = [program];
            let recipe =
                Recipe { name: "missing", files: &[("readme", b"")], entry_point: &entry_point, ..Recipe::default() };
            let (code, message) = refusal_of(&recipe).await;
            assert_eq!(code, "image.entrypoint_not_found");
            assert!(message.contains(program), "{message}");
        }
    });
}

#[test]
fn a_script_without_its_interpreter_is_told_apart_from_a_missing_one() {
    block_on(async {
        let files: [(&str, &[u8]); 1] = [("run.sh", b"#!/bin/bash\n")];
        let recipe = Recipe { name: "no-bash", files: &files, entry_point: &["/run.sh"], ..Recipe::default() };
        let (code, message) = refusal_of(&recipe).await;
        assert_eq!(code, "image.no_interpreter");
        assert!(message.contains("what shall run it is not"), "{message}");
    });
}

#[test]
fn a_folder_is_no_entry_point() {
    block_on(async {
        let recipe = Recipe { name: "folder", files: &[("etc/x", b"")], entry_point: &["/etc"], ..Recipe::default() };
        assert_eq!(refusal_of(&recipe).await.0, "image.entrypoint_not_executable");
    });
}

#[test]
fn an_image_for_another_machine_names_both_machines() {
    block_on(async {
        let mut header = b"\x7fELF\x02\x01\x01".to_vec();
        header.resize(64, 0);
        header[18] = 243;
        let files: [(&str, &[u8]); 1] = [("run", &header)];
        let recipe = Recipe {
            name: "riscv",
            files: &files,
            entry_point: &["/run"],
            architecture: Some("riscv64"),
            ..Recipe::default()
        };
        let (code, message) = refusal_of(&recipe).await;
        assert_eq!(code, "image.wrong_architecture");
        assert!(message.contains("riscv64") && message.contains("docker build --platform linux/"), "{message}");
        let recipe = Recipe { name: "mislabelled", architecture: None, ..recipe };
        assert_eq!(refusal_of(&recipe).await.0, "image.entrypoint_not_executable");
    });
}

#[test]
fn too_little_memory_is_told_with_the_limit() {
    block_on(async {
        let site = Site::new();
        let limits = Limits { memory_bytes: Some(16 << 20), cpus: Some(0.5) };
        let eater = "x=$(head -c 100000000 /dev/zero | tr '\\0' x); echo ${#x}";
        let mut running = site.script_with(Runner::Docker, Verb::Read, eater, Vec::new(), limits).await;
        let failure = running.process.wait().await.failure.unwrap();
        assert_eq!(failure.code, "connector.out_of_memory");
        assert!(failure.message.contains("16 MiB") && failure.message.contains("--memory 32m"), "{failure}");
    });
}

#[test]
fn a_container_gets_its_bounds_and_no_rights_beyond_its_need() {
    block_on(async {
        let site = Site::new();
        let limits = Limits { memory_bytes: Some(64 << 20), cpus: Some(0.5) };
        let script = "echo ready; (echo > /longshore/new) 2>/dev/null || echo refused; sleep 1000 & wait";
        let mut running = site.script_with(Runner::Docker, Verb::Read, script, Vec::new(), limits).await;
        read_until(&mut running.stdout, "refused\n").await;
        let host = host_config_with_memory(64 << 20).await;
        running.process.stop(Duration::ZERO).await;
        assert_eq!((host.memory_swap, host.nano_cpus), (Some(64 << 20), Some(500_000_000)));
        assert_eq!(host.security_opt, Some(vec!["no-new-privileges".to_owned()]));
        assert_eq!(host.log_config.and_then(|log| log.typ).as_deref(), Some("none"));
    });
}

async fn host_config_with_memory(bytes: i64) -> bollard::models::HostConfig {
    let engine = engine().await;
    for id in containers_of("longshore-test/shell:latest").await {
        let host = engine.inspect_container(&id, None).await.ok().and_then(|container| container.host_config);
        if let Some(host) = host.filter(|host| host.memory == Some(bytes)) {
            return host;
        }
    }
    panic!("no container has a limit of {bytes} bytes");
}

#[test]
fn an_engine_that_is_not_there_is_told_how_to_start() {
    block_on(async {
        let mut site = Site::new();
        for host in ["unix:///no/such/docker.sock", "tcp://127.0.0.1:1", "ssh://somewhere"] {
            site.settings.docker_host = Some(host.to_owned());
            let reason = site.refusal(&ConnectorRef::Docker { image: "x".to_owned() }).await;
            assert_eq!(reason.code, "docker.unavailable");
            assert!(reason.message.contains(host), "{reason}");
        }
    });
}

#[test]
fn a_name_that_no_image_can_have_is_refused() {
    block_on(async {
        let reason = Site::new().refusal(&ConnectorRef::Docker { image: "Upper/Case".to_owned() }).await;
        assert_eq!(reason.code, "image.invalid_name", "{reason}");
    });
}

#[test]
fn an_image_that_the_engine_lacks_is_asked_of_the_provider() {
    block_on(async {
        let site = Site::new();
        let digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let image = format!("registry.test/team/connector:1@{digest}");
        let reason = site.refusal(&ConnectorRef::Docker { image: image.clone() }).await;
        assert_eq!((reason.code.as_str(), reason.origin), ("image.not_found", FailureOrigin::Source));
        let local_name = format!("registry.test/team/connector:{}", digest.replace(':', "-"));
        assert!(reason.message.contains(&local_name), "{reason}");
        assert_eq!(*site.notices.lock().unwrap(), [format!("pulling {image} (it is not on this machine)")]);
    });
}

#[test]
fn an_image_is_looked_into_without_being_run() {
    block_on(async {
        let site = Site::new();
        let ConnectorRef::Docker { image } = image::shell().await else { panic!("not an image") };
        let images = EngineImages::connect(&site.settings).await.unwrap();
        let found = images.find(&image, FailureOrigin::Source).await.unwrap().unwrap();
        assert_eq!((found.os.as_str(), found.user.as_str()), ("linux", "1000:1000"));
        assert_eq!(found.entrypoint.first().map(String::as_str), Some("/bin/sh"));
        assert!(found.id.starts_with("sha256:") && found.size_bytes > 0);
        let files = images.files(&found).await.unwrap();
        let shell = files.head("/bin/sh").await.unwrap().unwrap();
        assert!(shell.kind == FileKind::File && shell.mode & 0o111 != 0 && shell.bytes.starts_with(b"\x7fELF"));
        assert_eq!(files.head("/bin").await.unwrap().unwrap().kind, FileKind::Folder);
        assert!(files.head("/no/such/file").await.unwrap().is_none());
        files.close().await;
        assert!(images.find("longshore-test/nothing:1", FailureOrigin::Source).await.unwrap().is_none());
    });
}

#[test]
fn an_image_leaves_the_engine_and_comes_back() {
    block_on(async {
        let site = Site::new();
        let ConnectorRef::Docker { image } = image::shell().await else { panic!("not an image") };
        let images = EngineImages::connect(&site.settings).await.unwrap();
        let saved: Vec<_> = images.save(&image).try_collect().await.unwrap();
        images.load(futures_util::stream::iter(saved.into_iter().map(Ok))).await.unwrap();
        assert!(images.has(&image).await.unwrap());
        assert!(!images.has("longshore-test/nothing:1").await.unwrap());
        let nonsense = images.load(futures_util::stream::once(async { Ok("no archive".into()) })).await.unwrap_err();
        assert!(["docker.load_failed", "docker.refused"].contains(&nonsense.code.as_str()), "{nonsense:?}");
    });
}
