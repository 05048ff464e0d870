from pathlib import Path

<% if auth == "none" %>
from airbyte_cdk.models import SyncMode
<% else %>
from airbyte_cdk.models import FailureType, SyncMode
<% endif %>
from airbyte_cdk.sources.declarative.yaml_declarative_source import (
    YamlDeclarativeSource,
)
from airbyte_cdk.test.catalog_builder import CatalogBuilder
from airbyte_cdk.test.entrypoint_wrapper import discover, read
<% if incremental == "yes" %>
from airbyte_cdk.test.state_builder import StateBuilder
<% endif %>

MANIFEST = str(Path(__file__).parent.parent / "manifest.yaml")
<% if incremental == "yes" %>
MODE = SyncMode.incremental
<% else %>
MODE = SyncMode.full_refresh
<% endif %>


def source_of(config, catalog=None, state=None):
    return YamlDeclarativeSource(MANIFEST, catalog=catalog, config=config, state=state)


def read_items(config, state=None, expecting_exception=False):
    catalog = CatalogBuilder().with_stream("items", MODE).build()
    source = source_of(config, catalog, state)
    return read(source, config, catalog, state, expecting_exception)


def ids(output):
    return [message.record.data["id"] for message in output.records]


def statuses(output):
    return [status.value for status in output.get_stream_statuses("items")]


def test_discover_finds_the_stream(config):
    (stream,) = discover(source_of(config), config).catalog.catalog.streams
    assert stream.name == "items"
    assert MODE in stream.supported_sync_modes
    assert stream.source_defined_primary_key == [["id"]]


def test_reads_every_page(config, api):
    output = read_items(config)
    assert ids(output) == list(range(250))
<% if paging == "none" %>
    assert len(api.queries) == 1
<% else %>
    assert len(api.queries) == 3
<% endif %>
<% if incremental == "yes" %>
    assert output.most_recent_state.stream_state.updated_at == "2024-03-25T00:00:09Z"
<% endif %>
    assert statuses(output) == ["STARTED", "RUNNING", "COMPLETE"]
<% if incremental == "yes" %>


def test_asks_only_for_what_changed_since_the_state(config, api):
    state = StateBuilder().with_stream_state(
        "items", {"updated_at": "2024-03-25T00:00:07Z"}
    )
    output = read_items(config, state.build())
    assert api.queries[0]["updated_since"] == "2024-03-25T00:00:07Z"
    assert ids(output) == [247, 248, 249]
<% endif %>


def test_waits_and_asks_again_when_there_were_too_many_requests(config, api):
    api.failures.append((429, {"message": "slowly"}, {"Retry-After": "0"}))
    assert len(ids(read_items(config))) == 250
<% if auth != "none" %>


def test_wrong_credentials_are_told_as_such(config):
<% if auth == "bearer" %>
    config["api_token"] = "wrong"
<% elif auth == "api_key" %>
    config["api_key"] = "wrong"
<% else %>
    config["password"] = "wrong"
<% endif %>
    output = read_items(config, expecting_exception=True)
    assert output.errors[0].trace.error.failure_type == FailureType.config_error
    assert statuses(output)[-1] == "INCOMPLETE"
<% endif %>
