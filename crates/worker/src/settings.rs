//! What a worker is told about its machine and its tasks; it reads no environment itself.

use crate::failure::Result;
use longshore_control_plane::{DefinitionId, Retention};
use longshore_protocol::DestinationSyncMode;
use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Makes the runner's settings afresh: each run has its own, on its own thread.
pub type MakeRunnerSettings = Arc<dyn Fn() -> Result<longshore_runner::Settings> + Send + Sync>;

/// Everything that a worker needs to know besides the control plane.
pub struct WorkerSettings {
    /// What this worker is called in leases; no two that run at once may share it.
    pub name: String,
    /// Makes the settings by which connectors are started.
    pub runner: MakeRunnerSettings,
    /// Where images are, and the credentials and the trust of registries.
    pub images: longshore_images::Settings,
    /// How many jobs run at once; as many commands run beside them.
    pub slots: usize,
    /// The program, and its first arguments, that gives the value of `${NAME}`: NAME is its last argument. Empty: none.
    pub secret_command: Vec<String>,
    /// What that program sees: it may need the address and the token of a vault, which no connector gets.
    pub secret_environment: Vec<(OsString, OsString)>,
    /// The connectors inside this program.
    pub bundled: Vec<BundledConnector>,
    /// How often, and how long.
    pub timing: Timing,
    /// How long what has ended is kept.
    pub retention: Retention,
    /// Is told what goes wrong beside jobs and commands; one line without its end.
    pub notice: Arc<dyn Fn(&str) + Send + Sync>,
}

/// A connector inside this program.
#[derive(Debug, Clone)]
pub struct BundledConnector {
    /// As it is called in a REF: `source-faker`.
    pub name: String,
    /// What people read: `Faker`.
    pub title: String,
    /// Its version, which is that of this program.
    pub version: String,
    /// What a destination can do with records; empty for a source.
    pub destination_sync_modes: Vec<DestinationSyncMode>,
}

/// The ids by which clients of the platform know connectors of these names.
const KNOWN: [(&str, Uuid); 4] = [
    ("source-faker", Uuid::from_u128(0xdfd8_8b22_b603_4c3d_aad7_3701_7845_86b1)),
    ("source-file", Uuid::from_u128(0x778d_aa7c_feaf_4db6_96f3_70fd_645a_cc77)),
    ("destination-sqlite", Uuid::from_u128(0xb76b_e0a6_27dc_4560_95f6_2623_da0b_d7b6)),
    ("destination-local", Uuid::from_u128(0xa625_d593_bba5_4a1c_a53d_2d24_6268_a816)),
];

impl BundledConnector {
    /// The id of its definition: the same on every instance.
    #[must_use]
    pub fn definition_id(&self) -> DefinitionId {
        let known = KNOWN.iter().find(|(name, _)| *name == self.name).map(|(_, id)| *id);
        let of_name = || Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("longshore:connector:{}", self.name).as_bytes());
        DefinitionId(known.unwrap_or_else(of_name))
    }

    /// Whether it is a destination.
    #[must_use]
    pub fn is_destination(&self) -> bool {
        !self.destination_sync_modes.is_empty()
    }
}

/// How often, and how long.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Without a renewal for so long, somebody else may have what we run.
    pub lease: Duration,
    /// A lease is renewed this often.
    pub heartbeat: Duration,
    /// Whoever is not woken looks for something to do this often.
    pub poll: Duration,
    /// Schedules, expired leases and messages to the outside are looked at this often.
    pub tick: Duration,
    /// What has ended long ago is removed this often.
    pub sweep: Duration,
    /// How long a source may send nothing, and a destination take nothing.
    pub silence: Duration,
    /// How long connectors have to end when a job is cancelled.
    pub cancel_grace: Duration,
    /// How long runs have to end when the worker is stopped.
    pub stop_grace: Duration,
    /// How long a spec, a check or a discover may take, an image's way here included.
    pub command_limit: Duration,
    /// How long the command of the vault may take.
    pub secret_limit: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(15),
            heartbeat: Duration::from_secs(2),
            poll: Duration::from_millis(250),
            tick: Duration::from_secs(1),
            sweep: Duration::from_secs(600),
            silence: Duration::from_secs(3 * 60 * 60),
            cancel_grace: Duration::from_millis(2500),
            stop_grace: Duration::from_secs(10),
            command_limit: Duration::from_secs(30 * 60),
            secret_limit: Duration::from_secs(30),
        }
    }
}

/// Twice the processors, and at least four: a run mostly waits.
#[must_use]
pub fn default_slots() -> usize {
    std::thread::available_parallelism().map_or(4, |count| (2 * count.get()).max(4))
}

#[cfg(test)]
mod tests {
    use super::BundledConnector;

    #[test]
    fn ids_of_bundled_definitions_never_change() {
        let id = |name: &str| {
            let (name, title, version) = (name.to_owned(), String::new(), String::new());
            BundledConnector { name, title, version, destination_sync_modes: Vec::new() }.definition_id().to_string()
        };
        assert_eq!(id("source-faker"), "dfd88b22-b603-4c3d-aad7-3701784586b1");
        assert_eq!(id("destination-sqlite"), "b76be0a6-27dc-4560-95f6-2623da0bd7b6");
    }
}
