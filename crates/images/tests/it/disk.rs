//! A full disk: told with its folder, and gone on with when there is space.

use crate::place::{Place, here, name, noise, pushed};
use longshore_images::Freshness;
use longshore_test_support::registry::{Options, Registry};
use std::process::Command;

/// A disk of its own, which vanishes with the test.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(at: std::path::PathBuf, size: &str) -> Self {
        std::fs::create_dir_all(&at).unwrap();
        let options = format!("size={size}");
        let ran = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "none"]).arg(&at).output().unwrap();
        assert!(ran.status.success(), "mounting a small disk needs root: {}", String::from_utf8_lossy(&ran.stderr));
        Self(at)
    }

    fn grow(&self, size: &str) {
        let options = format!("remount,size={size}");
        assert!(Command::new("mount").args(["-o", &options]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // The folder's own removal tells when this did not go well.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test]
async fn a_full_disk_is_told_and_the_pull_goes_on_when_there_is_space() {
    let registry = Registry::start(Options::default());
    let image = name(&registry.host(), "team/x:1");
    let sent = pushed(Place::for_registry(&registry), &image, &[noise(1, 4_000_000)]).await;
    let mut place = Place::for_registry(&registry);
    let disk = SmallDisk::mount(place.path("disk"), "1m");
    place.settings.store_dir = place.path("disk/images");
    let failure = place.images().pull(&image, &here(), Freshness::Stored).await.unwrap_err();
    assert_eq!(failure.code, "image.disk_full");
    assert!(failure.message.contains(&place.settings.store_dir.display().to_string()), "{}", failure.message);
    disk.grow("100m");
    assert_eq!(place.images().pull(&image, &here(), Freshness::Stored).await.unwrap(), sent);
}
