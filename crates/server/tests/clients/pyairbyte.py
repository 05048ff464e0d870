"""PyAirbyte's cloud module against a server of one's own."""
import json
import sys

from airbyte import cloud
from airbyte.secrets import SecretString

told = json.loads(sys.argv[1])
workspace = cloud.CloudWorkspace(
    workspace_id=told["workspace_id"],
    client_id=SecretString(told["client_id"]),
    client_secret=SecretString(told["client_secret"]),
    api_root=told["url"] + "/api/public/v1",
)
workspace.connect()

import httpx

URL, LOGIN = told["url"] + "/api/public/v1", (told["client_id"], told["client_secret"])


def made(path, body, key):
    answer = httpx.post(URL + path, json=body, auth=LOGIN)
    assert answer.status_code == 200, answer.text
    return answer.json()[key]


place = {"workspaceId": told["workspace_id"]}
source = made("/sources", {"name": "s", "configuration": {"sourceType": "faker", "count": 1}, **place}, "sourceId")
destination = made(
    "/destinations", {"name": "d", "configuration": {"destinationType": "sqlite", "path": "/x"}, **place}, "destinationId"
)
connection = made("/connections", {"name": "c", "sourceId": source, "destinationId": destination}, "connectionId")

assert [item.connector_id for item in workspace.list_sources()] == [source]
assert [item.connection_id for item in workspace.list_connections()] == [connection]
result = workspace.get_connection(connection).run_sync(wait=True, wait_timeout=60)
assert result.is_job_complete() and result.records_synced == 20, result
assert result.get_job_status().value == "succeeded"
assert result.get_attempts()
print("ok")
