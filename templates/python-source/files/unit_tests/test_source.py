import json
import logging
from pathlib import Path

import pytest
from airbyte_cdk.models import Status, SyncMode
from airbyte_cdk.test.catalog_builder import CatalogBuilder
from airbyte_cdk.test.entrypoint_wrapper import read
from airbyte_cdk.test.state_builder import StateBuilder

from source_<%= snake %> import Source<%= pascal %>

PROJECT = Path(__file__).parent.parent
CONFIG = json.loads((PROJECT / "sample_config.json").read_text())
LOGGER = logging.getLogger("airbyte")


@pytest.fixture
def source():
    return Source<%= pascal %>()


def read_measurements(source, state=None):
    catalog = CatalogBuilder().with_stream("measurements", SyncMode.incremental)
    return read(source, CONFIG, catalog.build(), state)


def test_spec_asks_for_what_the_sample_configuration_says(source):
    asked = source.spec(LOGGER).connectionSpecification["properties"]
    assert set(CONFIG) <= set(asked)


def test_check_succeeds(source):
    assert source.check(LOGGER, CONFIG).status == Status.SUCCEEDED


def test_discover_finds_an_incremental_stream(source):
    (stream,) = source.discover(LOGGER, CONFIG).streams
    assert stream.name == "measurements"
    assert SyncMode.incremental in stream.supported_sync_modes
    assert stream.default_cursor_field == ["measured_at"]
    assert stream.source_defined_primary_key == [["id"]]


def test_reads_all_records_and_ends_with_a_state_of_the_newest(source):
    output = read_measurements(source)
    assert len(output.records) == 500
    newest = output.records[-1].record.data["measured_at"]
    assert output.most_recent_state.stream_state.measured_at == newest
    statuses = [status.value for status in output.get_stream_statuses("measurements")]
    assert statuses == ["STARTED", "RUNNING", "COMPLETE"]


def test_resumes_after_a_state(source):
    state = StateBuilder().with_stream_state(
        "measurements", {"measured_at": "2024-01-21T15:00:00Z"}
    )
    output = read_measurements(source, state.build())
    assert [message.record.data["id"] for message in output.records] == [
        497,
        498,
        499,
        500,
    ]


def test_an_unknown_stream_fails(source):
    catalog = CatalogBuilder().with_stream("no_such_stream", SyncMode.full_refresh)
    output = read(source, CONFIG, catalog.build(), expecting_exception=True)
    assert "no_such_stream" in output.errors[0].trace.error.internal_message
