//! The wrapper as the platform runs it: files for configuration, catalog and state, messages on its pipes. Around taps and
//! targets that are scripted to do what real ones do at their worst, and around real ones of PyPI.

mod asking;
mod bad_taps;
mod place;
mod pypi;
mod reading;
mod resuming;
mod signals;
mod writing;
