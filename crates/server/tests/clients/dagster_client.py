"""dagster-airbyte 0.29.27: a line for each thing that works; the first that does not ends it."""

import json
import sys

import requests
from dagster_airbyte import AirbyteWorkspace, load_airbyte_asset_specs

told = json.loads(sys.argv[1])
public = told["url"] + "/api/public/v1"
login = (told["email"], told["password"])


def check(name, is_right, what=""):
    if not is_right:
        sys.exit(f"FAILED {name}: {what!r}")
    print(f"ok {name}")


def made(path, **body):
    answer = requests.post(public + path, json=body, auth=login, timeout=30)
    check(f"POST {path}", answer.status_code == 200, answer.text)
    return answer.json()


workspace_id = told["workspace_id"]
source = made("/sources", name="s", workspaceId=workspace_id, configuration={"sourceType": "faker", "count": 3})
place = {"destinationType": "sqlite", "path": "/tmp/x.db"}
destination = made("/destinations", name="d", workspaceId=workspace_id, configuration=place)


def connected(name):
    ends = {"sourceId": source["sourceId"], "destinationId": destination["destinationId"]}
    return made("/connections", name=name, **ends)["connectionId"]


connection = connected("dagster")

for credentials in (
    {"client_id": told["client_id"], "client_secret": told["client_secret"]},
    {"username": told["email"], "password": told["password"]},
):
    workspace = AirbyteWorkspace(
        rest_api_base_url=public,
        configuration_api_base_url=told["url"] + "/api/v1",
        workspace_id=workspace_id,
        poll_interval=0.2,
        **credentials,
    )
    client = workspace.get_client()
    client.validate_workspace_id()
    check("validate_workspace_id", True)
    check("get_connections", connection in [it["connectionId"] for it in client.get_connections()])
    details = client.get_connection_details(connection)
    names = [it["stream"]["name"] for it in details["syncCatalog"]["streams"] if it["config"]["selected"]]
    check("get_connection_details", sorted(names) == ["products", "users"], details)
    check("jsonSchema", "properties" in details["syncCatalog"]["streams"][0]["stream"]["jsonSchema"], details)
    kept = client.get_destination_details(destination["destinationId"])
    check("get_destination_details", kept["destinationType"] == "sqlite" and kept["configuration"]["path"], kept)
    output = client.sync_and_poll(connection)
    check("sync_and_poll", output.job_details["status"] == "succeeded", output)
    check("rowsSynced", output.job_details["rowsSynced"] == 20, output)

specs = load_airbyte_asset_specs(workspace)
check("load_airbyte_asset_specs", len(specs) == 2, specs)

slow = connected("slow")
job = client.start_sync_job(slow)
check("jobId is a number", isinstance(job["jobId"], int), job)
try:
    client.sync_and_poll(slow)
    check("a job that runs is found", False)
except Exception as error:
    check("a job that runs is found", "already" in str(error).lower() or "running" in str(error).lower(), error)
client.cancel_job(job["jobId"])
while client.get_job_details(job["jobId"])["status"] == "running":
    pass
check("cancel_job", client.get_job_details(job["jobId"])["status"] == "cancelled")
print("ok")
