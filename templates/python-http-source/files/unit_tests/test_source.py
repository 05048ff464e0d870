import logging

import pytest
<% if auth == "none" %>
from airbyte_cdk.models import Status, SyncMode
<% else %>
from airbyte_cdk.models import FailureType, Status, SyncMode
<% endif %>
from airbyte_cdk.test.catalog_builder import CatalogBuilder
from airbyte_cdk.test.entrypoint_wrapper import read
from airbyte_cdk.test.state_builder import StateBuilder

from source_<%= snake %> import Source<%= pascal %>

LOGGER = logging.getLogger("airbyte")


@pytest.fixture
def source():
    return Source<%= pascal %>()


def read_items(source, config, state=None, expecting_exception=False):
    catalog = CatalogBuilder().with_stream("items", SyncMode.incremental)
    return read(source, config, catalog.build(), state, expecting_exception)


def ids(output):
    return [message.record.data["id"] for message in output.records]


def test_check_succeeds(source, config):
    assert source.check(LOGGER, config).status == Status.SUCCEEDED


def test_check_says_that_nobody_answers(source, config):
    config["base_url"] = "http://127.0.0.1:9"
    result = source.check(LOGGER, config)
    assert result.status == Status.FAILED
    assert "http://127.0.0.1:9 cannot be reached" in result.message


def test_discover_finds_an_incremental_stream(source, config):
    (stream,) = source.discover(LOGGER, config).streams
    assert stream.name == "items"
    assert SyncMode.incremental in stream.supported_sync_modes
    assert stream.default_cursor_field == ["updated_at"]
    assert stream.source_defined_primary_key == [["id"]]


def test_reads_every_page(source, config, api):
    output = read_items(source, config)
    assert ids(output) == list(range(250))
<% if paging == "none" %>
    assert len(api.queries) == 1
<% else %>
    assert len(api.queries) == 3
<% endif %>
    assert output.most_recent_state.stream_state.updated_at == "2024-03-25T00:00:09Z"
    statuses = [status.value for status in output.get_stream_statuses("items")]
    assert statuses == ["STARTED", "RUNNING", "COMPLETE"]


def test_asks_only_for_what_changed_since_the_state(source, config, api):
    state = StateBuilder().with_stream_state(
        "items", {"updated_at": "2024-03-25T00:00:07Z"}
    )
    output = read_items(source, config, state.build())
    assert api.queries[0]["updated_since"] == "2024-03-25T00:00:07Z"
    assert ids(output) == [247, 248, 249]


def test_waits_and_asks_again_when_there_were_too_many_requests(source, config, api):
    api.failures.append((429, {"message": "slowly"}, {"Retry-After": "0"}))
    assert len(ids(read_items(source, config))) == 250
<% if auth != "none" %>


def test_wrong_credentials_are_told_as_such(source, config):
<% if auth == "bearer" %>
    config["api_token"] = "wrong"
<% elif auth == "api_key" %>
    config["api_key"] = "wrong"
<% else %>
    config["password"] = "wrong"
<% endif %>
    assert source.check(LOGGER, config).status == Status.FAILED
    output = read_items(source, config, expecting_exception=True)
    assert output.errors[0].trace.error.failure_type == FailureType.config_error
    statuses = [status.value for status in output.get_stream_statuses("items")]
    assert statuses[-1] == "INCOMPLETE"
<% endif %>
