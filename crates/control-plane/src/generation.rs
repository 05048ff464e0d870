//! Generations: which streams of an attempt start over, and which old rows must be gone once they are complete. Pure.

use crate::job::{JobKind, RefreshKind, StreamRequest};
use longshore_protocol::{ConfiguredStream, DestinationSyncMode, StreamDescriptor, SyncMode};

/// What the rules need to know of an attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circumstances<'a> {
    /// What the job does.
    pub(crate) kind: JobKind,
    /// The streams that it refreshes or clears.
    pub(crate) requests: &'a [StreamRequest],
    /// No earlier attempt of the job got so far as to start.
    pub(crate) is_first: bool,
    /// The destination takes generations.
    pub(crate) supports_refreshes: bool,
}

impl Circumstances<'_> {
    /// Whether the stream gets a new generation and loses its state when the attempt is made.
    pub(crate) fn starts_over(&self, stream: &ConfiguredStream) -> bool {
        let refreshes_fully = self.kind.clears() || stream.sync_mode == SyncMode::FullRefresh;
        if self.is_first {
            return refreshes_fully || self.request(&stream.descriptor()).is_some();
        }
        refreshes_fully && !self.can_resume(stream)
    }

    /// Whether rows of older generations must be gone once the stream is complete.
    pub(crate) fn truncates(&self, stream: &ConfiguredStream) -> bool {
        use DestinationSyncMode::{Overwrite, OverwriteDedup};
        let overwrites = matches!(stream.destination_sync_mode, Overwrite | OverwriteDedup);
        let is_asked_for = self.request(&stream.descriptor()).is_some_and(|request| match request.refresh {
            Some(kind) => kind == RefreshKind::Truncate,
            None => true,
        });
        self.kind.clears() || is_asked_for || (stream.sync_mode == SyncMode::FullRefresh && overwrites)
    }

    /// Whether an interrupted full refresh of the stream goes on from its state.
    pub(crate) fn can_resume(&self, stream: &ConfiguredStream) -> bool {
        stream.stream.is_resumable == Some(true) && self.supports_refreshes
    }

    /// Whether a stream that an earlier attempt of the job has moved wholly need not be read again.
    pub(crate) fn stays_complete(&self, stream: &ConfiguredStream) -> bool {
        !self.kind.clears() && (stream.sync_mode == SyncMode::Incremental || self.can_resume(stream))
    }

    fn request(&self, stream: &StreamDescriptor) -> Option<&StreamRequest> {
        self.requests.iter().find(|request| request.stream == *stream)
    }
}

/// The stream as the connectors get it.
pub(crate) fn with_generation(
    stream: &ConfiguredStream,
    circumstances: &Circumstances<'_>,
    generation: i64,
    sync_id: i64,
) -> ConfiguredStream {
    let mut stream = stream.clone();
    let minimum = if circumstances.truncates(&stream) { generation } else { 0 };
    if circumstances.kind.clears() {
        stream.sync_mode = SyncMode::FullRefresh;
        stream.destination_sync_mode = DestinationSyncMode::Overwrite;
    }
    stream.generation_id = Some(generation);
    stream.minimum_generation_id = Some(minimum);
    stream.sync_id = Some(sync_id);
    stream
}

#[cfg(test)]
mod tests {
    use super::*;
    use longshore_protocol::ConfiguredStream;

    fn stream(name: &str, sync_mode: &str, destination_mode: &str, is_resumable: bool) -> ConfiguredStream {
        let text = format!(
            r#"{{"stream":{{"name":"{name}","json_schema":{{}},"is_resumable":{is_resumable}}},
                "sync_mode":"{sync_mode}","destination_sync_mode":"{destination_mode}"}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    fn streams() -> [ConfiguredStream; 4] {
        [
            stream("plain", "full_refresh", "overwrite", false),
            stream("resumable", "full_refresh", "overwrite_dedup", true),
            stream("history", "full_refresh", "append", false),
            stream("changes", "incremental", "append_dedup", true),
        ]
    }

    fn request(name: &str, refresh: Option<RefreshKind>) -> StreamRequest {
        StreamRequest { stream: StreamDescriptor::named(name), refresh }
    }

    /// The names of the streams that start over, and of those that truncate.
    fn decide(kind: JobKind, requests: &[StreamRequest], is_first: bool, supports_refreshes: bool) -> (String, String) {
        let circumstances = Circumstances { kind, requests, is_first, supports_refreshes };
        let names = |which: &dyn Fn(&ConfiguredStream) -> bool| {
            let all = streams();
            let names: Vec<&str> = all.iter().filter(|s| which(s)).map(|s| s.stream.name.as_str()).collect();
            names.join(" ")
        };
        (names(&|stream| circumstances.starts_over(stream)), names(&|stream| circumstances.truncates(stream)))
    }

    #[test]
    fn a_sync_starts_every_full_refresh_over_and_a_retry_those_that_cannot_resume() {
        let overwritten = "plain resumable".to_owned();
        let sync = |is_first, supports| decide(JobKind::Sync, &[], is_first, supports);
        assert_eq!(sync(true, true), ("plain resumable history".to_owned(), overwritten.clone()));
        assert_eq!(sync(true, false), ("plain resumable history".to_owned(), overwritten.clone()));
        assert_eq!(sync(false, true), ("plain history".to_owned(), overwritten.clone()));
        assert_eq!(sync(false, false), ("plain resumable history".to_owned(), overwritten));
    }

    #[test]
    fn a_refresh_starts_its_streams_over_once_and_truncates_only_when_asked() {
        let merge = [request("changes", Some(RefreshKind::Merge))];
        let truncate = [request("changes", Some(RefreshKind::Truncate))];
        let (over, gone) = decide(JobKind::Refresh, &merge, true, true);
        assert_eq!((over.as_str(), gone.as_str()), ("plain resumable history changes", "plain resumable"));
        let (over, gone) = decide(JobKind::Refresh, &truncate, true, true);
        assert_eq!((over.as_str(), gone.as_str()), ("plain resumable history changes", "plain resumable changes"));
        let (over, gone) = decide(JobKind::Refresh, &truncate, false, true);
        assert_eq!((over.as_str(), gone.as_str()), ("plain history", "plain resumable changes"));
    }

    #[test]
    fn a_clear_empties_whatever_the_modes_are() {
        let all = "plain resumable history changes";
        for kind in [JobKind::Clear, JobKind::Reset] {
            assert_eq!(decide(kind, &[], true, true), (all.to_owned(), all.to_owned()));
            assert_eq!(decide(kind, &[], false, true), ("plain history".to_owned(), all.to_owned()));
            assert_eq!(decide(kind, &[], false, false), (all.to_owned(), all.to_owned()));
        }
    }

    #[test]
    fn a_clear_that_never_came_about_is_made_up_for_by_the_next_sync() {
        let (over, gone) = decide(JobKind::Sync, &[request("changes", None)], true, true);
        assert_eq!((over.as_str(), gone.as_str()), ("plain resumable history changes", "plain resumable changes"));
    }

    #[test]
    fn connectors_are_told_generation_minimum_and_sync() {
        let circumstances =
            Circumstances { kind: JobKind::Sync, requests: &[], is_first: true, supports_refreshes: true };
        let told = |stream: &ConfiguredStream| {
            let told = with_generation(stream, &circumstances, 3, 17);
            (told.generation_id, told.minimum_generation_id, told.sync_id)
        };
        assert_eq!(told(&streams()[0]), (Some(3), Some(3), Some(17)));
        assert_eq!(told(&streams()[2]), (Some(3), Some(0), Some(17)));
        assert_eq!(told(&streams()[3]), (Some(3), Some(0), Some(17)));
        let clears = Circumstances { kind: JobKind::Clear, ..circumstances };
        let cleared = with_generation(&streams()[3], &clears, 4, 18);
        assert_eq!(cleared.sync_mode, SyncMode::FullRefresh);
        assert_eq!(cleared.destination_sync_mode, DestinationSyncMode::Overwrite);
        assert_eq!(cleared.minimum_generation_id, Some(4));
    }

    #[test]
    fn what_is_complete_is_not_read_again_where_it_can_be_gone_on_with() {
        let of = |supports_refreshes| {
            let circumstances =
                Circumstances { kind: JobKind::Sync, requests: &[], is_first: false, supports_refreshes };
            streams().map(|stream| circumstances.stays_complete(&stream))
        };
        assert_eq!(of(true), [false, true, false, true]);
        assert_eq!(of(false), [false, false, false, true]);
    }
}
