//! `connector build`: unit tests, both builders, labels, the bill of materials.

use crate::projects::{copy, project, shell, tools};
use longshore_devkit::{
    BuildOptions, Builder, Built, Project, Tests, Tools, build, labels, packages_of_image, spdx_document,
};
use longshore_images::{Descriptor, ImageConfig, Manifest, Store};
use longshore_protocol::FailureReason;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

fn options<'a>(store: &'a Store, tools: &'a Tools, builder: Builder) -> BuildOptions<'a> {
    BuildOptions {
        skip_tests: true,
        builder,
        platform: None,
        store,
        docker_host: None,
        base: None,
        busybox: None,
        spec: None,
        source_date: 0,
        tools,
    }
}

/// Images of these tests share layers, and the engine forgets a layer with the last image that has it, even while another image
/// is being made of it: so that nothing is removed beside a build.
static ENGINE: Mutex<()> = Mutex::new(());

fn run(project: &Project, options: &BuildOptions<'_>) -> Result<Built, FailureReason> {
    let _alone = ENGINE.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(build(project, options))
}

fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("images")).unwrap();
    (dir, store)
}

fn config(store: &Store, manifest: &Descriptor) -> (Manifest, ImageConfig) {
    let manifest: Manifest = serde_json::from_slice(&store.read(&manifest.digest).unwrap()).unwrap();
    let config = ImageConfig::parse(&store.read(&manifest.config.digest).unwrap(), "x").unwrap();
    (manifest, config)
}

fn docker(words: &[&str]) -> Output {
    let _alone = ENGINE.lock().unwrap_or_else(PoisonError::into_inner);
    Command::new("docker").args(words).output().unwrap()
}

/// Hands an image of the store to the engine, as `docker load` takes it.
fn load(store: &Store, manifest: &Descriptor, name: &str) {
    let (manifest, _) = config(store, manifest);
    let dir = tempfile::tempdir().unwrap();
    let mut archive = tar::Builder::new(fs::File::create(dir.path().join("image.tar")).unwrap());
    let mut add = |path: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, bytes).unwrap();
    };
    let layers: Vec<String> = manifest.layers.iter().map(|layer| format!("{}.tar.gz", layer.digest.hex())).collect();
    for (layer, path) in manifest.layers.iter().zip(&layers) {
        add(path, &store.read(&layer.digest).unwrap());
    }
    add("config.json", &store.read(&manifest.config.digest).unwrap());
    add(
        "manifest.json",
        json!([{"Config": "config.json", "RepoTags": [name], "Layers": layers}]).to_string().as_bytes(),
    );
    archive.finish().unwrap();
    let loaded = docker(&["load", "--input", &dir.path().join("image.tar").to_string_lossy()]);
    assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
}

#[test]
fn a_native_image_is_the_same_from_two_folders_and_runs_like_any_other() {
    let (tools, _) = tools();
    let (_dir, store) = store();
    let native = options(&store, &tools, Builder::Native);
    let (_one, first) = copy("source-tiny");
    let (_two, second) = copy("source-tiny");
    let first = run(&first, &native).unwrap();
    let second = run(&second, &native).unwrap();
    assert_eq!(first.manifest, second.manifest);
    assert_eq!(first.sbom, second.sbom);
    assert_eq!(first.notes, Vec::<String>::new());
    let manifest = first.manifest.clone().unwrap();
    assert_eq!(store.find(&first.image).unwrap(), Some(manifest.clone()));
    let (found, settings) = config(&store, &manifest);
    assert_eq!((found.layers.len(), &found.config.digest), (2, &first.id));
    assert_eq!(settings.config.labels, first.labels);
    assert_eq!(settings.config.entrypoint, ["/airbyte/source-tiny"]);
    assert_eq!((settings.config.user.as_str(), settings.config.working_dir.as_str()), ("1000:1000", "/airbyte"));
    assert!(settings.config.env.contains(&"AIRBYTE_ENTRYPOINT=/airbyte/source-tiny".to_owned()));
    assert_eq!(first.labels["io.longshore.supported-sync-modes"], "full_refresh,incremental");

    load(&store, &manifest, "longshore-test/tiny:native");
    let answer = docker(&["run", "--rm", "--network", "none", "longshore-test/tiny:native", "spec"]);
    assert!(String::from_utf8_lossy(&answer.stdout).starts_with("{\"type\":\"SPEC\""), "{answer:?}");
    // What a platform on Kubernetes does inside of the image: a shell, a background sleep, a file put into its place.
    let script = "set -e; sleep 9 & kill $!; $AIRBYTE_ENTRYPOINT check > out.tmp; mv out.tmp out; cat out; id -u";
    let shell = ["run", "--rm", "--network", "none", "--entrypoint", "sh", "longshore-test/tiny:native", "-c", script];
    let answer = docker(&shell);
    let printed = String::from_utf8_lossy(&answer.stdout).into_owned();
    assert!(printed.contains("SUCCEEDED") && printed.ends_with("1000\n"), "{answer:?}");
    assert!(docker(&["image", "rm", "longshore-test/tiny:native"]).status.success());
}

#[test]
fn docker_builds_what_it_builds_by_itself_with_labels() {
    let (tools, _) = tools();
    let (_dir, store) = store();
    let (dir, project) = shell("labelled");
    let alone = docker(&["build", "--tag", "longshore-test/shell:alone", &dir.path().to_string_lossy()]);
    assert!(alone.status.success(), "{}", String::from_utf8_lossy(&alone.stderr));
    let built = run(&project, &options(&store, &tools, Builder::Docker)).unwrap();
    assert_eq!(built.image.to_string(), "registry.test/team/source-labelled:1.2.3");
    assert_eq!(built.labels["io.longshore.supported-sync-modes"], "full_refresh");
    let inspect = |name: &str, what: &str| {
        let output = docker(&["image", "inspect", "--format", what, name]);
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let name = built.image.to_string();
    assert_eq!(inspect(&name, "{{json .Id}}"), json!(built.id));
    assert_eq!(inspect(&name, "{{json .Config.Labels}}"), json!(built.labels));
    let layers = "{{json .RootFS.Layers}}";
    assert_eq!(inspect(&name, layers), inspect("longshore-test/shell:alone", layers));
    let check = docker(&["run", "--rm", "--network", "none", &name, "check"]);
    assert!(String::from_utf8_lossy(&check.stdout).contains("SUCCEEDED"));
    assert!(docker(&["image", "rm", &name, "longshore-test/shell:alone"]).status.success());
}

#[test]
fn an_engine_that_is_not_there_is_told() {
    let (tools, _) = tools();
    let (dir, store) = store();
    let (_copy, project) = copy("source-shell");
    let docker_host = Some(format!("unix://{}", dir.path().join("no.sock").display()));
    let failure = run(&project, &BuildOptions { docker_host, ..options(&store, &tools, Builder::Auto) }).unwrap_err();
    assert_eq!(failure.code, "docker.unavailable");
    let nothing = Tools { environment: vec![("PATH".into(), dir.path().into())], notice: tools.notice.clone() };
    let failure = run(&project, &options(&store, &nothing, Builder::Docker)).unwrap_err();
    assert_eq!(failure.code, "tool.not_installed");
    let failure = run(&project, &options(&store, &tools, Builder::Native)).unwrap_err();
    assert_eq!(failure.code, "build.not_native");
}

#[test]
fn a_dockerfile_that_fails_is_told_with_the_end_of_its_output() {
    let (tools, printed) = tools();
    let (_dir, store) = store();
    let (_copy, project) = project(&[("Dockerfile", "FROM scratch\nCOPY missing /x\n")]);
    let failure = run(&project, &options(&store, &tools, Builder::Docker)).unwrap_err();
    assert_eq!(failure.code, "connector.build_failed");
    assert!(failure.detail.unwrap().contains("missing"));
    assert!(printed.lock().unwrap().iter().any(|line| line.contains("COPY missing")));
}

#[test]
fn unit_tests_that_fail_stop_the_build() {
    let (tools, _) = tools();
    let (_dir, store) = store();
    let (dir, project) = copy("source-tiny");
    let main = dir.path().join("src/main.rs");
    let text = fs::read_to_string(&main).unwrap();
    fs::write(&main, text.replace("\"discover\", \"read\"].iter", "\"discover\", \"refuse\"].iter")).unwrap();
    let with_tests = BuildOptions { skip_tests: false, ..options(&store, &tools, Builder::Native) };
    let failure = run(&project, &with_tests).unwrap_err();
    assert_eq!(failure.code, "connector.unit_tests_failed");
    assert!(failure.detail.unwrap().contains("it_answers_every_verb_of_a_source"));
    assert!(store.names().unwrap().is_empty());
}

#[test]
fn tests_that_pass_and_tests_that_are_not_there_are_told_apart() {
    let (tools, _) = tools();
    let (_dir, store) = store();
    let (_copy, tiny) = copy("source-tiny");
    let with_tests = BuildOptions { skip_tests: false, ..options(&store, &tools, Builder::Native) };
    assert_eq!(run(&tiny, &with_tests).unwrap().tests, Tests::Passed);
    let (_copy, untested) = shell("untested");
    let with_tests = BuildOptions { skip_tests: false, ..options(&store, &tools, Builder::Docker) };
    let built = run(&untested, &with_tests).unwrap();
    assert!(docker(&["image", "rm", &built.image.to_string()]).status.success());
    assert!(matches!(built.tests, Tests::None(_)), "{:?}", built.tests);
}

#[test]
fn the_end_of_pytest_is_understood() {
    let (tools, _) = tools();
    let (_dir, store) = store();
    let with_tests = BuildOptions { skip_tests: false, ..options(&store, &tools, Builder::Docker) };
    let end = |code: u8| {
        // Python takes a module of the folder it runs in before an installed one.
        let (dir, _) = shell("python");
        fs::write(dir.path().join("pytest.py"), format!("import sys\nprint(sys.argv[1:])\nsys.exit({code})\n"))
            .unwrap();
        fs::write(dir.path().join("requirements.txt"), "").unwrap();
        fs::create_dir(dir.path().join("unit_tests")).unwrap();
        run(&Project::open(dir.path()).unwrap(), &with_tests)
    };
    assert_eq!(end(0).unwrap().tests, Tests::Passed);
    assert_eq!(end(5).unwrap().tests, Tests::None("pytest found none in unit_tests".to_owned()));
    assert!(docker(&["image", "rm", "registry.test/team/source-python:1.2.3"]).status.success());
    let failure = end(1).unwrap_err();
    assert_eq!(
        (failure.code.as_str(), failure.detail.as_deref()),
        ("connector.unit_tests_failed", Some("['unit_tests']"))
    );
}

#[test]
fn the_commit_is_named_only_when_all_of_the_project_is_in_it() {
    let (tools, _) = tools();
    let (dir, project) = copy("source-shell");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let revision = || runtime.block_on(longshore_devkit::revision(&project, &tools));
    let git = |words: &str| {
        let output = Command::new("git").args(words.split(' ')).current_dir(dir.path()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(revision(), None);
    git("init --quiet");
    git("add .");
    git("-c user.name=x -c user.email=x@example.org -c commit.gpgsign=false commit --quiet --no-verify -m x");
    assert_eq!(revision(), Some(git("rev-parse HEAD")));
    fs::write(dir.path().join("new"), "").unwrap();
    assert_eq!(revision(), None);
}

#[test]
fn versions_that_disagree_are_not_built() {
    let (tools, _) = tools();
    let (_dir, store) = store();
    let (_copy, project) = project(&[("Dockerfile", "FROM scratch\nLABEL io.airbyte.version=1.0.0\n")]);
    let failure = run(&project, &options(&store, &tools, Builder::Docker)).unwrap_err();
    assert_eq!(failure.code, "version.disagrees");
}

#[test]
fn a_base_that_is_missing_or_no_static_program_is_told() {
    let (tools, _) = tools();
    let (_dir, store) = store();
    let (dir, project) = copy("source-tiny");
    for busybox in [dir.path().join("missing"), "/bin/bash".into(), dir.path().join("metadata.yaml")] {
        let failure =
            run(&project, &BuildOptions { busybox: Some(busybox), ..options(&store, &tools, Builder::Native) });
        assert_eq!(failure.unwrap_err().code, "build.no_base");
    }
    let failure =
        BuildOptions { platform: Some("linux/s390x".parse().unwrap()), ..options(&store, &tools, Builder::Native) };
    assert_eq!(run(&project, &failure).unwrap_err().code, "build.no_base");
}

#[test]
fn an_image_lies_on_the_named_base() {
    let (tools, _) = tools();
    let (_dir, store) = store();
    let (dir, project) = copy("source-tiny");
    let first = run(&project, &options(&store, &tools, Builder::Native)).unwrap();
    let text = fs::read_to_string(dir.path().join("metadata.yaml")).unwrap();
    let text = text + "  connectorBuildOptions:\n    baseImage: registry.test/base:1\n";
    fs::write(dir.path().join("metadata.yaml"), text).unwrap();
    let project = Project::open(dir.path()).unwrap();
    let missing = run(&project, &options(&store, &tools, Builder::Native)).unwrap_err();
    assert_eq!(missing.code, "build.no_base");
    store.name(&"registry.test/base:1".parse().unwrap(), first.manifest.as_ref().unwrap()).unwrap();
    let pulled_before = run(&project, &options(&store, &tools, Builder::Native)).unwrap();
    let on_it = BuildOptions { base: first.manifest, ..options(&store, &tools, Builder::Native) };
    let built = run(&project, &on_it).unwrap().manifest.unwrap();
    assert_eq!(config(&store, &built).0.layers.len(), 3);
    assert_eq!(pulled_before.manifest, Some(built));
}

#[test]
fn the_links_of_the_base_are_applets_of_its_busybox() {
    let listed = Command::new("/bin/busybox").arg("--list").output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let (tools, _) = tools();
    let (_dir, store) = store();
    let built = run(&copy("source-tiny").1, &options(&store, &tools, Builder::Native)).unwrap();
    let (manifest, _) = config(&store, &built.manifest.unwrap());
    let layer = store.read(&manifest.layers[0].digest).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(layer.as_slice()));
    let links: Vec<String> = archive
        .entries()
        .unwrap()
        .map(Result::unwrap)
        .filter_map(|entry| {
            let is_link = entry.header().entry_type().is_symlink();
            is_link.then(|| entry.path().unwrap().file_name().unwrap().to_string_lossy().into_owned())
        })
        .collect();
    assert!(links.len() > 40 && links.iter().all(|link| listed.lines().any(|applet| applet == link)), "{links:?}");
}

#[test]
fn labels_are_one_sorted_map() {
    let (_dir, project) = copy("source-tiny");
    let spec = json!({"supportsIncremental": false});
    let labels = labels(&project, Some(&spec), Some("0123abc"));
    let lines: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        lines,
        [
            "io.airbyte.name=registry.test/team/source-tiny",
            "io.airbyte.version=0.1.0",
            "io.longshore.allowed-hosts=api.example.org,*.example.net",
            "io.longshore.connector-type=source",
            "io.longshore.definition-id=0d5f1a3e-6b7c-4c58-9f0a-2f6f2b6c9f10",
            "io.longshore.documentation-url=https://example.org/source-tiny",
            "io.longshore.supported-sync-modes=full_refresh",
            "io.longshore.supports-refreshes=true",
            "org.opencontainers.image.licenses=Apache-2.0",
            "org.opencontainers.image.revision=0123abc",
            "org.opencontainers.image.source=https://example.org/source-tiny.git",
            "org.opencontainers.image.title=Tiny",
            "org.opencontainers.image.url=https://example.org/source-tiny",
            "org.opencontainers.image.version=0.1.0",
        ]
    );
}

#[test]
fn the_bill_of_this_repository_names_what_is_linked_and_no_more() {
    let (tools, _) = tools();
    let connector = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../connectors/source-file");
    let Ok(project) = Project::open(&connector) else { panic!("{} is no project", connector.display()) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let packages = runtime.block_on(longshore_devkit::packages_of_project(&project, &tools)).unwrap();
    let has = |name: &str| packages.iter().any(|package| package.name == name);
    assert!(has("csv") && has("serde_json") && has("longshore-protocol"));
    assert!(!has("tempfile") && !has("longshore-source-file"));
    let document = spdx_document("source-file", "0.1.0", &packages, 0);
    let mut backwards = packages.clone();
    backwards.reverse();
    assert_eq!(document, spdx_document("source-file", "0.1.0", &backwards, 0));
    let document: Value = serde_json::from_slice(&document).unwrap();
    assert_eq!(document["spdxVersion"], "SPDX-2.3");
    assert_eq!(document["creationInfo"]["created"], "1970-01-01T00:00:00Z");
    let listed = document["packages"].as_array().unwrap();
    let csv = listed.iter().find(|package| package["name"] == "csv").unwrap();
    assert_eq!(csv["licenseDeclared"], "Unlicense OR MIT");
    assert!(csv["externalRefs"][0]["referenceLocator"].as_str().unwrap().starts_with("pkg:cargo/csv@1."));
    assert_eq!(document["relationships"].as_array().unwrap().len(), listed.len());
}

#[test]
fn a_native_image_has_no_packages_beside_its_own() {
    let (tools, _) = tools();
    let (_dir, store) = store();
    let built = run(&copy("source-tiny").1, &options(&store, &tools, Builder::Native)).unwrap();
    assert!(packages_of_image(&store, &built.manifest.unwrap()).unwrap().is_empty());
}

#[test]
fn an_image_that_does_not_say_what_to_run_is_refused() {
    let (tools, _) = tools();
    let (_dir, store) = store();
    let (dir, _) = shell("mute");
    let dockerfile = dir.path().join("Dockerfile");
    let text = fs::read_to_string(&dockerfile).unwrap();
    let lines: Vec<_> = text.lines().filter(|line| !line.contains("ENTRYPOINT")).collect();
    fs::write(&dockerfile, lines.join("\n")).unwrap();
    let failure = run(&Project::open(dir.path()).unwrap(), &options(&store, &tools, Builder::Docker)).unwrap_err();
    assert_eq!(failure.code, "image.no_entrypoint");
    assert!(docker(&["image", "rm", "registry.test/team/source-mute:1.2.3"]).status.success());
}

#[test]
fn secrets_beside_a_dockerfile_stop_the_build_until_they_are_ignored() {
    let (tools, _) = tools();
    let (_dir, store) = store();
    let (dir, project) = shell("leaky");
    fs::create_dir(dir.path().join("secrets")).unwrap();
    fs::write(dir.path().join("secrets/config.json"), "{}").unwrap();
    let failure = run(&project, &options(&store, &tools, Builder::Docker)).unwrap_err();
    assert_eq!(failure.code, "build.secrets_in_context");
    fs::write(dir.path().join(".dockerignore"), "secrets\n").unwrap();
    let built = run(&project, &options(&store, &tools, Builder::Docker)).unwrap();
    assert!(docker(&["image", "rm", &built.image.to_string()]).status.success());
}

#[test]
fn a_project_may_say_how_it_is_tested_and_built() {
    let (tools, printed) = tools();
    let (_dir, store) = store();
    let (dir, project) = shell("own-commands");
    let with_tests = BuildOptions { skip_tests: false, ..options(&store, &tools, Builder::Docker) };
    let say = |text: &str| fs::write(dir.path().join("longshore.yaml"), text).unwrap();
    say("unitTests: [sh, -c, 'echo tested; exit 1']\n");
    let failure = run(&project, &with_tests).unwrap_err();
    assert_eq!((failure.code.as_str(), failure.detail.as_deref()), ("connector.unit_tests_failed", Some("tested")));
    assert_eq!(failure.kind, longshore_protocol::FailureKind::SystemError, "a test that fails is no wrong usage");
    say("unitTests: [\"true\"]\ndockerBuild: [--label, colour=blue]\n");
    let built = run(&project, &with_tests).unwrap();
    assert_eq!(built.tests, Tests::Passed);
    let label = docker(&["image", "inspect", "--format", "{{.Config.Labels.colour}}", &built.image.to_string()]);
    assert_eq!(String::from_utf8_lossy(&label.stdout).trim(), "blue");
    assert!(docker(&["image", "rm", &built.image.to_string()]).status.success());
    assert!(!printed.lock().unwrap().iter().any(|line| line.contains("not a git repository")));
    for wrong in ["unitTests: []\n", "unitTest: [a]\n", "unitTests: a b\n", "[\n"] {
        say(wrong);
        assert_eq!(run(&project, &with_tests).unwrap_err().code, "connector.commands_invalid", "{wrong}");
    }
}
