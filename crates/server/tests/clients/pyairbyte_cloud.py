"""PyAirbyte's cloud module, all of it: a line for each thing that works; the first that does not ends it."""

import json
import sys

from airbyte._util import api_util
from airbyte.cloud import CloudClient, CloudWorkspace
from airbyte.exceptions import AirbyteConnectionSyncActiveError, AirbyteMissingResourceError
from airbyte.secrets.base import SecretString

told = json.loads(sys.argv[1])
root = told["url"] + "/api/public/v1"
keys = {"client_id": told["client_id"], "client_secret": told["client_secret"]}
auth = {
    "api_root": root,
    "client_id": SecretString(keys["client_id"]),
    "client_secret": SecretString(keys["client_secret"]),
    "bearer_token": None,
}
workspace_id = told["workspace_id"]


def check(name, is_right, what=""):
    if not is_right:
        sys.exit(f"FAILED {name}: {what!r}")
    print(f"ok {name}")


client = CloudClient(**keys, public_api_root=root)
found = client.list_workspaces()
check("list_workspaces", [it.workspace_id for it in found] == [workspace_id], found)
organizations = client.list_organizations()
check("list_organizations", len(organizations) == 1, organizations)
named = client.list_organizations(name_contains="default", limit=5)
check("list_organizations by name", len(named) == 1, named)

workspace = CloudWorkspace(workspace_id=workspace_id, **keys, api_root=root)
workspace.connect()
organization = workspace.get_organization()
check("get_organization", organization.organization_id == "0" * 8 + "-0000" * 3 + "-" + "0" * 12, organization)

source = api_util.create_source(
    name="faker", workspace_id=workspace_id, config={"sourceType": "faker", "count": 3}, **auth
)
destination = api_util.create_destination(
    name="store", workspace_id=workspace_id, config={"destinationType": "sqlite", "path": "/tmp/x.db"}, **auth
)
check("list_sources", [it.source_id for it in workspace.list_sources()] == [source.source_id])
check("list_destinations", [it.destination_id for it in workspace.list_destinations()] == [destination.destination_id])
check("check source", bool(workspace.get_source(source.source_id).check()))
check("check destination", bool(workspace.get_destination(destination.destination_id).check()))
draft = api_util.create_connector_deferred(
    connector_type="source",
    name="draft",
    workspace_id=workspace_id,
    definition_id=source.definition_id,
    config={},
    **auth,
)
check("create_connector_deferred", draft != source.source_id)

connection = workspace.deploy_connection(
    connection_name="deleteme slow",
    source=source.source_id,
    destination=destination.destination_id,
    selected_streams=["users", "products"],
    table_prefix="p_",
)
check("deploy_connection", sorted(connection.stream_names) == ["products", "users"], connection.stream_names)
check("table_prefix", connection.table_prefix == "p_")

running = connection.run_sync(wait=False)
try:
    connection.import_raw_state({"stateType": "stream", "streamState": []})
    check("423 while a sync runs", False)
except AirbyteConnectionSyncActiveError:
    check("423 while a sync runs", True)
connection.cancel_sync(running.job_id)
while not running.is_job_complete():
    pass
check("cancel_sync", str(running.get_job_status()).lower().endswith("cancelled"), running.get_job_status())
connection.rename("deleteme fast")
check("rename", connection.name == "deleteme fast", connection.name)
result = connection.run_sync(wait=True, wait_timeout=60)
check("run_sync", str(result.get_job_status()).lower().endswith("succeeded"), result.get_job_status())
check("records_synced", result.records_synced == 20, result.records_synced)
check("start_time", result.start_time is not None)
attempt = result.get_attempts()[0]
check("attempt", (attempt.attempt_number, attempt.status, attempt.records_synced) == (0, "succeeded", 20), attempt)
check("created_at", attempt.created_at.year > 2000, attempt.created_at)
check("get_full_log_text", "scripted worker" in attempt.get_full_log_text(), attempt.get_full_log_text())
check("get_previous_sync_logs", len(connection.get_previous_sync_logs()) == 2)

stream = {"streamDescriptor": {"name": "users"}, "streamState": {"big": 2**70}}
connection.import_raw_state({"stateType": "stream", "streamState": [stream]})
check("get_stream_state", connection.get_stream_state("users")["big"] == 2**70, connection.get_stream_state("users"))
connection.set_stream_state("products", {"a": 1}, "shop")
check("set_stream_state", connection.get_stream_state("products", "shop") == {"a": 1})
global_state = {"sharedState": {"lsn": 1}, "streamStates": [stream]}
connection.import_raw_state({"stateType": "global", "globalState": global_state})
raw = connection.dump_raw_state(normalize=False)
check("shared state", raw["globalState"]["shared_state"] == {"lsn": 1}, raw)
messages = connection.dump_raw_state()
check("dump_raw_state", messages[0]["type"] == "GLOBAL", messages)
connection.import_raw_state(messages)
check("import_raw_state", connection.dump_raw_state() == messages, connection.dump_raw_state())

catalog = connection.dump_raw_catalog(normalize=False)
catalog["streams"][0]["config"]["selected"] = False
connection.import_raw_catalog(catalog)
again = connection.dump_raw_catalog(normalize=False)
check("import_raw_catalog", again["streams"][0]["config"]["selected"] is False, again)
check("dump_raw_catalog", len(connection.dump_raw_catalog()["streams"]) >= 1)

connection.set_schedule("0 0 12 * * ?")
connection.set_manual_schedule()
connection.enabled = False
check("enabled", connection.enabled is False)
connection.permanently_delete(cascade_delete_source=False, cascade_delete_destination=False)
try:
    api_util.get_connection(workspace_id=workspace_id, connection_id=connection.connection_id, **auth)
    check("404 after the end", False)
except AirbyteMissingResourceError:
    check("404 after the end", True)
print("ok")
