//! Who wants to know what happens while a sync runs, and what there is to know.

use crate::session::{Notice, StreamProgress};
use longshore_protocol::{FailureOrigin, LogLevel, RawJson, StreamDescriptor, StreamStatus};

/// Something that happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A log line of a connector.
    Log {
        /// Who wrote it.
        origin: FailureOrigin,
        /// How important it is.
        level: LogLevel,
        /// The text; may hold line breaks.
        text: &'a str,
    },
    /// A stream's source says how far it is.
    Status {
        /// The stream.
        stream: &'a StreamDescriptor,
        /// How far it is.
        status: StreamStatus,
    },
    /// States were stored.
    Checkpoint(&'a [StreamProgress]),
    /// Time passes: counts as they are now.
    Progress(&'a [StreamProgress]),
    /// A connector has a new configuration for itself (rotated tokens). Holds secrets.
    Configuration {
        /// Whose configuration it is.
        origin: FailureOrigin,
        /// The whole new configuration.
        config: &'a RawJson,
    },
}

/// Is told what happens. Must not block.
pub trait Observer {
    /// Takes one event.
    fn event(&mut self, event: Event<'_>);
}

/// Hands the session's notices to an observer, as events.
pub(crate) fn tell(observer: &mut dyn Observer, streams: &[StreamProgress], notices: &[Notice]) {
    for notice in notices {
        let log = |origin, level, text| Event::Log { origin, level, text };
        match notice {
            Notice::Log(origin, line) => {
                observer.event(log(*origin, line.level, &line.message));
                if let Some(trace) = &line.stack_trace {
                    observer.event(log(*origin, line.level, trace));
                }
            }
            Notice::Stray(origin, text) => observer.event(log(*origin, LogLevel::Info, text)),
            Notice::Problem(text) => observer.event(log(FailureOrigin::Platform, LogLevel::Warn, text)),
            Notice::Status(at, status) => {
                observer.event(Event::Status { stream: &streams[*at].stream, status: *status });
            }
            Notice::Config(origin, config) => observer.event(Event::Configuration { origin: *origin, config }),
        }
    }
}
