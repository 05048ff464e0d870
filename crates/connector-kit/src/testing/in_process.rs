//! A source, run within the test.

use super::Run;
use crate::Source;
use crate::invocation::Invocation;
use crate::output::Sink;
use crate::run::serve_source;
use serde_json::Value;
use std::ffi::OsString;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

/// A source under test: the same as [`super::Program`], without a process. Panics of the source are panics of the test.
#[derive(Debug)]
pub struct InProcess<S>(PhantomData<S>);

impl<S: Source> Default for InProcess<S> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<S: Source> InProcess<S> {
    /// The source `S`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for the spec.
    #[must_use]
    pub fn spec(&self) -> Run {
        run::<S>("spec", &[])
    }

    /// Tries a configuration.
    #[must_use]
    pub fn check(&self, config: &Value) -> Run {
        run::<S>("check", &[("--config", config)])
    }

    /// Asks for the catalog.
    #[must_use]
    pub fn discover(&self, config: &Value) -> Run {
        run::<S>("discover", &[("--config", config)])
    }

    /// Reads the streams of a catalog, from a state if there is one.
    #[must_use]
    pub fn read(&self, config: &Value, catalog: &Value, state: Option<&Value>) -> Run {
        let mut files = vec![("--config", config), ("--catalog", catalog)];
        files.extend(state.map(|state| ("--state", state)));
        run::<S>("read", &files)
    }
}

fn run<S: Source>(verb: &str, files: &[(&str, &Value)]) -> Run {
    let folder = tempfile::tempdir().expect("a folder for the files of the test");
    let args = super::program::arguments(folder.path(), verb, files);
    let memory = Arc::new(Mutex::new(Vec::new()));
    let invocation = Invocation::new(Sink::Memory(Arc::clone(&memory)), Default::default(), Default::default());
    let exit_code = serve_source::<S>(invocation, args.into_iter().map(OsString::from));
    let stdout = memory.lock().unwrap_or_else(PoisonError::into_inner);
    Run::new(Some(i32::from(exit_code)), &String::from_utf8_lossy(&stdout), String::new())
}
