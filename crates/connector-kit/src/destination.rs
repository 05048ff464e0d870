//! The contract of a destination.

use crate::{Config, ConfiguredCatalog, ConfiguredStream, Failure, InputState, StreamDescriptor};
use longshore_protocol::{DestinationSyncMode, State};

/// A program that puts records into something.
///
/// # What is called when
/// One process serves one verb. `check` calls [`Destination::check`]. `write` calls [`Destination::open`] once, then any
/// number of [`Destination::write`], [`Destination::state`] and [`Destination::commit`], [`Destination::complete`] at most
/// once for each stream, and drops the value at the end.
///
/// # What durable means
/// When [`Destination::commit`] returns `Ok`, every record handed to `write` before it survives a power cut. Only then
/// does the kit echo the states: an echo is the promise that the source need never send those records again. A
/// destination with transactions stores the states **in the same transaction** as the rows, and can then undo, in
/// `open`, what the interrupted run before it committed beyond [`WritePlan::input_state`].
///
/// # What a restart does
/// A run may end at any point: a signal, `kill -9`, an error, or the end of stdin without completion. What was committed
/// stays. The next run starts from the last state that was echoed *and stored*, so it may send records again that were
/// committed but whose echo was lost. Streams that replace old data ([`ConfiguredStream::truncates`]) keep the old data
/// visible until `complete`; a run with the same `generation_id` goes on where the interrupted one stopped.
pub trait Destination: Sized {
    /// The configuration.
    type Config: Config;

    /// Where people find its documentation.
    const DOCUMENTATION_URL: &'static str;

    /// What it can do with records.
    const SYNC_MODES: &'static [DestinationSyncMode];

    /// Tries the configuration against the real thing: connect, and write and remove something if that is cheap.
    ///
    /// # Errors
    /// Why it does not work, in words that tell the user what to change.
    fn check(config: &Self::Config) -> Result<(), Failure>;

    /// Prepares the streams of the plan.
    ///
    /// # Errors
    /// Why it cannot start; nothing has been lost then.
    fn open(config: &Self::Config, plan: &WritePlan) -> Result<Self, Failure>;

    /// Takes records of one stream (an index into [`WritePlan::streams`]), in order. They need not be durable yet.
    ///
    /// A value that does not fit its column never fails the run: it becomes null and is noted in `_airbyte_meta`.
    ///
    /// # Errors
    /// Why it cannot go on. Nothing after the last `commit` is acknowledged.
    fn write(&mut self, stream: usize, records: &[Record<'_>]) -> Result<(), Failure>;

    /// A state came. It covers what was written up to this call, not what is written between it and the next `commit`,
    /// which brings the state again. Only a destination that keeps states beside its rows needs to look.
    ///
    /// # Errors
    /// Why it cannot go on.
    fn state(&mut self, _state: &State) -> Result<(), Failure> {
        Ok(())
    }

    /// Makes everything before it durable, and the states with it. `states` are in the order in which they came.
    ///
    /// # Errors
    /// Why it cannot; no state is echoed then.
    fn commit(&mut self, states: &[State]) -> Result<(), Failure>;

    /// The source has read the stream to its end and everything is committed: older generations go now.
    ///
    /// # Errors
    /// Why the stream cannot be finished; old data stays visible then.
    fn complete(&mut self, stream: usize) -> Result<(), Failure>;
}

/// What a run of `write` is to do.
#[derive(Debug)]
pub struct WritePlan {
    /// The streams, in the catalog's order.
    pub streams: Vec<PlannedStream>,
    /// The state that the source starts from, when the platform tells it (`LONGSHORE_INPUT_STATE`, a file). It is there
    /// only if the run belongs to a series whose states are kept; an empty one says that none has been stored yet.
    pub input_state: Option<InputState>,
    /// What the platform calls the series of syncs that keep their states in one place (`LONGSHORE_CONNECTION`); empty
    /// when it does not say.
    pub connection: String,
}

/// One stream of a run of `write`.
#[derive(Debug)]
pub struct PlannedStream {
    /// Its name.
    pub descriptor: StreamDescriptor,
    /// How it is to be written.
    pub configured: ConfiguredStream,
}

impl WritePlan {
    pub(crate) fn new(
        catalog: ConfiguredCatalog,
        input_state: Option<InputState>,
        connection: String,
    ) -> Result<Self, Failure> {
        let mut streams: Vec<PlannedStream> = Vec::with_capacity(catalog.streams.len());
        for configured in catalog.streams {
            let descriptor = configured.descriptor();
            if let (Some(generation), Some(minimum)) = (configured.generation_id, configured.minimum_generation_id)
                && minimum != 0
                && minimum != generation
            {
                return Err(Failure::config(format!(
                    "stream {descriptor}: minimum_generation_id must be 0 or equal to generation_id, not {minimum}"
                )));
            }
            if streams.iter().any(|stream| stream.descriptor == descriptor) {
                return Err(Failure::config(format!("stream {descriptor} is in the catalog twice")));
            }
            streams.push(PlannedStream { descriptor, configured });
        }
        Ok(Self { streams, input_state, connection })
    }

    /// Whether the platform announces completion stream by stream. An old one does not: then the end of stdin does.
    pub(crate) fn announces_completion(&self) -> bool {
        self.streams.iter().any(|stream| stream.configured.generation_id.is_some())
    }
}

/// One record on its way into a destination.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The text of a JSON object. Balanced, but not yet parsed: parsing may still find it broken, which fails the run.
    pub data: &'a str,
    /// When the source emitted it, in milliseconds since the epoch.
    pub emitted_at: i64,
    /// The text of `meta`, with the `changes` made so far.
    pub meta: Option<&'a str>,
}
