"""Writes one stream. TODO: replace the files by your system, and keep the promises.

- After `commit` returns, everything that was added survives a crash.
- Until `complete`, an overwritten stream shows its old records.
- A new attempt at the same generation goes on where the last one ended.
"""

import glob
import json
import os
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from airbyte_cdk.models import (
    AirbyteRecordMessage,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
)

BATCH_RECORDS = 1000


class StreamWriter:
    """A JSONL file; beside it, while an overwriting is under way, a hidden one."""

    def __init__(self, folder: str, stream: ConfiguredAirbyteStream) -> None:
        self._generation = stream.generation_id
        directory = Path(folder)
        if stream.stream.namespace is not None:
            directory /= file_name(stream.stream.namespace)
        make_directory(directory)
        name = file_name(stream.stream.name)
        self._visible = directory / f"{name}.jsonl"
        self._path = self._choose(directory, name, stream)
        self._file = open_at_last_line(self._path)
        self._lines: list[str] = []
        # A platform that does not know generations does not tell that streams are
        # complete, either: there the end of the input says so.
        self._ends_complete = stream.generation_id is None
        self.is_complete = False

    def _choose(
        self, directory: Path, name: str, stream: ConfiguredAirbyteStream
    ) -> Path:
        """The file to write to. Staged files of other generations are of no use."""
        staged = directory / f".{name}.{self._generation}.jsonl"
        for path in list(directory.glob(f".{glob.escape(name)}.*.jsonl")):
            if path != staged or self._generation is None:
                path.unlink()
        if self._generation is None:
            replaces = stream.destination_sync_mode == DestinationSyncMode.overwrite
        else:
            # An earlier attempt may have finished this stream, and another one not.
            minimum = stream.minimum_generation_id or 0
            replaces = minimum > 0 and last_generation(self._visible) < minimum
        return staged if replaces else self._visible

    def add(self, record: AirbyteRecordMessage) -> None:
        row = {
            "_airbyte_extracted_at": record.emitted_at,
            "_airbyte_generation_id": self._generation or 0,
            "_airbyte_data": record.data,
        }
        self._lines.append(json.dumps(row, separators=(",", ":")))
        if len(self._lines) >= BATCH_RECORDS:
            self._flush()

    def commit(self) -> None:
        self._flush()
        self._file.flush()
        os.fsync(self._file.fileno())

    def complete(self) -> None:
        self.commit()
        if self._path != self._visible:
            os.replace(self._path, self._visible)
            sync_directory(self._visible.parent)
            self._path = self._visible
        self.is_complete = True

    def give_up(self) -> None:
        self._ends_complete = False

    def end(self) -> None:
        """No more comes."""
        self.commit()
        if self._ends_complete:
            self.complete()
        self._file.close()

    def _flush(self) -> None:
        self._file.write("".join(f"{line}\n" for line in self._lines).encode())
        self._lines.clear()


def file_name(name: str) -> str:
    """A name that is a file's name in any folder, and never that of another stream."""
    return quote(name, safe="").replace(".", "%2E") or "%"


def make_directory(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    sync_directory(directory.parent)


def open_at_last_line(path: Path) -> BinaryIO:
    """Opens for appending, without the half line that a crash may have left."""
    file = open(path, "a+b")
    end = file.seek(0, os.SEEK_END)
    file.truncate(line_start(file, end))
    sync_directory(path.parent)
    return file


def last_generation(path: Path) -> int:
    """The generation of the last record; -1 when there is none."""
    if not path.exists():
        return -1
    with open(path, "rb") as file:
        end = line_start(file, file.seek(0, os.SEEK_END))
        file.seek(line_start(file, end - 1))
        line = file.readline()
    return json.loads(line)["_airbyte_generation_id"] if line else -1


def line_start(file: BinaryIO, position: int) -> int:
    """Where the line begins that `position` is in."""
    while position > 0:
        start = max(0, position - 65536)
        file.seek(start)
        found = file.read(position - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        position = start
    return 0


def sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
