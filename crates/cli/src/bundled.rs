//! The connectors inside this binary.

use longshore_protocol::DestinationSyncMode::{self, Append, AppendDedup, Overwrite};
use longshore_protocol::FailureOrigin;
use std::ffi::OsString;
use std::process::ExitCode;

/// A bundled connector.
pub(crate) struct Bundled {
    /// Its REF.
    pub(crate) name: &'static str,
    /// What people read.
    pub(crate) title: &'static str,
    /// What a destination can do with records, as its spec says; empty for a source.
    pub(crate) destination_sync_modes: &'static [DestinationSyncMode],
    /// Its entry point, given the arguments after its name.
    pub(crate) main: fn(&mut dyn Iterator<Item = OsString>) -> ExitCode,
}

impl Bundled {
    /// Whether it is a source or a destination.
    pub(crate) fn role(&self) -> FailureOrigin {
        if self.destination_sync_modes.is_empty() { FailureOrigin::Source } else { FailureOrigin::Destination }
    }
}

/// All of them.
pub(crate) const CONNECTORS: [Bundled; 5] = [
    Bundled {
        name: "source-faker",
        title: "Sample data (faker)",
        destination_sync_modes: &[],
        main: |args| longshore_source_faker::main(args),
    },
    Bundled {
        name: "source-file",
        title: "CSV and JSONL files",
        destination_sync_modes: &[],
        main: |args| longshore_source_file::main(args),
    },
    Bundled {
        name: "destination-local",
        title: "Local files",
        destination_sync_modes: &[Append, Overwrite],
        main: |args| longshore_destination_local::main(args),
    },
    Bundled {
        name: "destination-null",
        title: "Nowhere (counts and drops)",
        destination_sync_modes: &[Append, Overwrite, AppendDedup],
        main: |args| longshore_destination_null::main(args),
    },
    Bundled {
        name: "destination-sqlite",
        title: "SQLite",
        destination_sync_modes: &[Append, Overwrite, AppendDedup],
        main: |args| longshore_destination_sqlite::main(args),
    },
];

/// The bundled connector of that name.
pub(crate) fn find(name: &str) -> Option<&'static Bundled> {
    CONNECTORS.iter().find(|connector| connector.name == name)
}

/// The names of all bundled connectors.
pub(crate) fn names() -> Vec<&'static str> {
    CONNECTORS.iter().map(|connector| connector.name).collect()
}
