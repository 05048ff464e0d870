"""The destination: how it is checked, and the way of each message that it is given."""

import io
import json
import logging
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from airbyte_cdk.destinations import Destination
from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteMessageSerializer,
    AirbyteStateMessage,
    AirbyteStateStats,
    AirbyteStateType,
    AirbyteStreamStatus,
    ConfiguredAirbyteCatalog,
    DestinationSyncMode,
    FailureType,
    Status,
    Type,
)
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from .writer import StreamWriter

SUPPORTED = (DestinationSyncMode.overwrite, DestinationSyncMode.append)

# The namespace and the name of a stream.
Key = tuple[str | None, str]


class Destination<%= pascal %>(Destination):
    def check(
        self, logger: logging.Logger, config: Mapping[str, Any]
    ) -> AirbyteConnectionStatus:
        # TODO: try what write needs, in your system, and leave nothing behind
        try:
            os.makedirs(config["folder"], exist_ok=True)
            with tempfile.TemporaryFile(dir=config["folder"]) as file:
                file.write(b"x")
        except OSError as error:
            message = f"{config['folder']} cannot be written: {error.strerror}"
            return AirbyteConnectionStatus(status=Status.FAILED, message=message)
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def write(
        self,
        config: Mapping[str, Any],
        configured_catalog: ConfiguredAirbyteCatalog,
        input_messages: Iterable[AirbyteMessage],
    ) -> Iterable[AirbyteMessage]:
        writers = open_writers(config, configured_catalog)
        # Records of each stream since its last state.
        counts: Counter[Key] = Counter()
        for message in input_messages:
            if message.type == Type.RECORD:
                record = message.record
                key = (record.namespace, record.stream)
                writer_of(writers, key).add(record)
                counts[key] += 1
            elif message.type == Type.STATE:
                yield commit(message, writers, counts)
            elif message.type == Type.TRACE and message.trace.stream_status:
                status = message.trace.stream_status
                stream = status.stream_descriptor
                if status.status == AirbyteStreamStatus.COMPLETE:
                    writer_of(writers, (stream.namespace, stream.name)).complete()
                elif status.status == AirbyteStreamStatus.INCOMPLETE:
                    writer_of(writers, (stream.namespace, stream.name)).give_up()
        finish(writers)

    def _parse_input_stream(
        self, input_stream: io.TextIOWrapper
    ) -> Iterable[AirbyteMessage]:
        # The CDK skips what it cannot read, and rounds integers of more than 64 bits.
        for line in input_stream:
            yield AirbyteMessageSerializer.load(json.loads(line))


def open_writers(
    config: Mapping[str, Any], catalog: ConfiguredAirbyteCatalog
) -> dict[Key, StreamWriter]:
    for stream in catalog.streams:
        if stream.destination_sync_mode not in SUPPORTED:
            mode = stream.destination_sync_mode.value
            raise failure(f"stream {stream.stream.name}: {mode} is not supported")
    return {
        (stream.stream.namespace, stream.stream.name): StreamWriter(
            config["folder"], stream
        )
        for stream in catalog.streams
    }


def writer_of(writers: Mapping[Key, StreamWriter], key: Key) -> StreamWriter:
    if key not in writers:
        raise failure(f"stream {key[1]} is not in the configured catalog")
    return writers[key]


def commit(
    message: AirbyteMessage, writers: Mapping[Key, StreamWriter], counts: Counter[Key]
) -> AirbyteMessage:
    """Makes what a state covers durable; only then may the state be answered."""
    covered = covers(message.state, writers)
    for key in covered:
        writer_of(writers, key).commit()
    records = sum(counts.pop(key, 0) for key in covered)
    message.state.destinationStats = AirbyteStateStats(recordCount=float(records))
    return message


def covers(
    state: AirbyteStateMessage, writers: Mapping[Key, StreamWriter]
) -> list[Key]:
    if state.type == AirbyteStateType.STREAM:
        stream = state.stream.stream_descriptor
        return [(stream.namespace, stream.name)]
    return list(writers)


def finish(writers: Mapping[Key, StreamWriter]) -> None:
    """The input has ended. Whatever was not told to be complete stays as it was."""
    for writer in writers.values():
        writer.end()
    incomplete = [key[1] for key, writer in writers.items() if not writer.is_complete]
    if incomplete:
        message = "the input ended before these streams were complete: "
        raise failure(message + ", ".join(incomplete), FailureType.transient_error)


def failure(
    message: str, failure_type: FailureType = FailureType.config_error
) -> AirbyteTracedException:
    return AirbyteTracedException(
        message=message, internal_message=message, failure_type=failure_type
    )
