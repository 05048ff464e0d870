"""The streams. The schema of each is schemas/<its name>.json."""

from collections.abc import Iterable, Mapping, MutableMapping
from datetime import datetime, timedelta
from typing import Any

from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.streams import CheckpointMixin, Stream


# TODO: replace this sample; a stream is called like its class, in snake case
class Measurements(Stream, CheckpointMixin):
    """Made-up temperatures, one an hour."""

    primary_key = "id"
    cursor_field = "measured_at"
    # A state after so many records. Leave it out if records do not come sorted by the
    # cursor: there is one state at the end then.
    state_checkpoint_interval = 100

    def __init__(self, start_date: str) -> None:
        self._cursor = start_date

    @property
    def state(self) -> MutableMapping[str, Any]:
        return {self.cursor_field: self._cursor}

    @state.setter
    def state(self, value: MutableMapping[str, Any]) -> None:
        self._cursor = value.get(self.cursor_field, self._cursor)

    def read_records(
        self,
        sync_mode: SyncMode,
        cursor_field: list[str] | None = None,
        stream_slice: Mapping[str, Any] | None = None,
        stream_state: Mapping[str, Any] | None = None,
    ) -> Iterable[Mapping[str, Any]]:
        for record in made_up():
            # No two measurements share a time. Where two records may, use >=: one may
            # come twice then, but none is lost.
            if record[self.cursor_field] > self._cursor:
                # Before the yield: the state is asked for once the record is out.
                self._cursor = record[self.cursor_field]
                yield record


def made_up() -> Iterable[Mapping[str, Any]]:
    start = datetime(2024, 1, 1)
    for hour in range(500):
        yield {
            "id": hour + 1,
            "measured_at": f"{(start + timedelta(hours=hour)).isoformat()}Z",
            "station": ("north", "south")[hour % 2],
            "temperature_celsius": round(5 + hour % 24 / 2, 1),
        }
