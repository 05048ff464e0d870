//! A real environment with real pip, and a package from a folder instead of the network.

use crate::site::{Site, block_on, read_all};
use longshore_runner::{ConnectorRef, Limits, Verb};
use std::fs;
use std::process::Command;

/// Writes a wheel: a zip archive with a module and the three files that pip wants.
const MAKE_WHEEL: &str = r#"
import sys, zipfile
with zipfile.ZipFile(sys.argv[1] + "/airbyte_source_tiny-1.0-py3-none-any.whl", "w") as wheel:
    info = "airbyte_source_tiny-1.0.dist-info/"
    wheel.writestr("tiny.py", "import sys\ndef main(): print('tiny', *sys.argv[1:])\n")
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: airbyte-source-tiny\nVersion: 1.0\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr(info + "entry_points.txt", "[console_scripts]\nsource-tiny = tiny:main\nother = tiny:main\n")
    wheel.writestr(info + "RECORD", "")
"#;

/// A site whose pip sees nothing but the wheel.
fn site_with_wheel() -> Site {
    let mut site = Site::new();
    let wheels = site.path().join("wheels");
    fs::create_dir(&wheels).unwrap();
    assert!(Command::new("python3").args(["-c", MAKE_WHEEL]).arg(&wheels).status().unwrap().success());
    let environment = [("PIP_NO_INDEX", "1".into()), ("PIP_FIND_LINKS", wheels.into()), ("HOME", site.path().into())];
    site.settings.base_environment.extend(environment.map(|(name, value)| (name.into(), value)));
    site
}

fn package(name: &str, version: Option<&str>) -> ConnectorRef {
    ConnectorRef::Pypi { package: name.to_owned(), version: version.map(ToOwned::to_owned) }
}

#[test]
fn a_package_is_installed_on_first_use_and_found_again() {
    block_on(async {
        let site = site_with_wheel();
        for _ in 0..2 {
            let reference = package("airbyte-source-tiny", Some("1.0"));
            let mut running = site.launch(&reference, Verb::Spec, Vec::new(), Limits::default()).await.unwrap();
            assert_eq!(read_all(&mut running.stdout).await, "tiny spec\n");
            assert!(running.process.wait().await.is_success());
        }
        assert_eq!(*site.notices.lock().unwrap(), ["installing airbyte-source-tiny==1.0 from PyPI (first use)"]);
    });
}

#[test]
fn what_pip_cannot_install_is_told_in_its_words_and_tried_again() {
    block_on(async {
        let site = site_with_wheel();
        for _ in 0..2 {
            let reason = site.refusal(&package("airbyte-source-absent", None)).await;
            assert_eq!(reason.code, "pypi.not_found");
            assert!(reason.message.contains("airbyte-source-absent"), "{reason}");
            assert!(reason.detail.unwrap().contains("No matching distribution found"));
        }
        assert_eq!(site.notices.lock().unwrap().len(), 2);
    });
}

#[test]
fn a_machine_without_python_is_told_what_to_install() {
    block_on(async {
        let mut site = Site::new();
        site.settings.base_environment = vec![("PATH".into(), site.path().into())];
        let reason = site.refusal(&package("airbyte-source-tiny", None)).await;
        assert_eq!(reason.code, "pypi.no_python");
        assert!(reason.message.contains("apt-get install python3"), "{reason}");
    });
}

#[test]
fn a_python_without_venv_is_told_what_to_install() {
    block_on(async {
        let mut site = Site::new();
        let python = site.path().join("python3");
        fs::write(&python, "#!/bin/sh\n[ \"$1\" = -c ] && echo 3.9 && exit\necho ensurepip is not available; exit 1\n")
            .unwrap();
        fs::set_permissions(&python, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        site.settings.base_environment = vec![("PATH".into(), site.path().into())];
        let reason = site.refusal(&package("airbyte-source-tiny", None)).await;
        assert_eq!(reason.code, "pypi.no_venv");
        assert!(reason.message.contains("apt-get install python3-venv"), "{reason}");
        assert!(reason.detail.unwrap().contains("ensurepip"));
    });
}
