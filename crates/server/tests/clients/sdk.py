"""The Python SDK, of before and after 1.0: every resource that it knows here, once around."""
import json
import sys
import time

from airbyte_api import AirbyteAPI, api, models

told = json.loads(sys.argv[1])
URL = told["url"] + "/api/public/v1"
WORKSPACE = told["workspace_id"]
FAKER = "dfd88b22-b603-4c3d-aad7-3701784586b1"
SQLITE = "b76be0a6-27dc-4560-95f6-2623da0bd7b6"
IS_OLD = not hasattr(models, "SecurityTypedDict")


def client(**security):
    return AirbyteAPI(server_url=URL, security=models.Security(**security))


def credentials(secret):
    return models.SchemeClientCredentials(
        client_id=told["client_id"], client_secret=secret, token_url=URL + "/applications/token"
    )


def status_of(call):
    try:
        call()
    except Exception as error:
        return error.status_code
    return 200


sdk = client(client_credentials=credentials(told["client_secret"]))
basic = client(basic_auth=models.SchemeBasicAuth(username=told["email"], password=told["password"]))
assert basic.workspaces.list_workspaces(request=api.ListWorkspacesRequest()).workspaces_response.data
assert sdk.health.get_health_check().status_code == 200 if IS_OLD else True

# Workspaces.
made = sdk.workspaces.create_workspace(request=models.WorkspaceCreateRequest(name="sdk")).workspace_response
assert made.name == "sdk"
got = sdk.workspaces.get_workspace(request=api.GetWorkspaceRequest(workspace_id=made.workspace_id)).workspace_response
assert got.workspace_id == made.workspace_id
sdk.workspaces.delete_workspace(request=api.DeleteWorkspaceRequest(workspace_id=made.workspace_id))
assert status_of(lambda: sdk.workspaces.get_workspace(request=api.GetWorkspaceRequest(workspace_id=made.workspace_id))) == 404

# A source and a destination.
source = sdk.sources.create_source(
    request=models.SourceCreateRequest(
        name="users", workspace_id=WORKSPACE, definition_id=FAKER, configuration=models.SourceFaker(count=5)
    )
).source_response
assert source.source_type == "faker"
listed = sdk.sources.list_sources(request=api.ListSourcesRequest(workspace_ids=[WORKSPACE])).sources_response
assert [item.source_id for item in listed.data] == [source.source_id]
patched = sdk.sources.patch_source(
    request=api.PatchSourceRequest(
        source_id=source.source_id, source_patch_request=models.SourcePatchRequest(name="renamed")
    )
).source_response
assert patched.name == "renamed"
# Destinations of 1.0 cannot be decoded unless their type is one that it knows: they are made without it.
if IS_OLD:
    destination = sdk.destinations.create_destination(
        request=models.DestinationCreateRequest(
            name="d", workspace_id=WORKSPACE, definition_id=SQLITE, configuration={"path": "/tmp/x"}
        )
    ).destination_response.destination_id
else:
    import httpx

    body = {"name": "d", "workspaceId": WORKSPACE, "definitionId": SQLITE, "configuration": {"path": "/tmp/x"}}
    answer = httpx.post(URL + "/destinations", json=body, auth=(told["client_id"], told["client_secret"]))
    destination = answer.json()["destinationId"]

# Streams and a connection.
streams = sdk.streams.get_stream_properties(
    request=api.GetStreamPropertiesRequest(source_id=source.source_id, destination_id=destination)
)
assert streams.status_code == 200 if IS_OLD else streams
connection = sdk.connections.create_connection(
    request=models.ConnectionCreateRequest(
        source_id=source.source_id,
        destination_id=destination,
        name="slow",
        schedule=models.AirbyteAPIConnectionSchedule(schedule_type="cron", cron_expression="0 0 12 * * ?"),
        configurations=(models.StreamConfigurationsInput if IS_OLD else models.StreamConfigurations)(
            streams=[models.StreamConfiguration(name="users", sync_mode="incremental_deduped_history")]
        ),
    )
).connection_response
assert connection.schedule.cron_expression == "0 0 12 * * ?"
found = sdk.connections.list_connections(request=api.ListConnectionsRequest(workspace_ids=[WORKSPACE]))
assert [item.connection_id for item in found.connections_response.data] == [connection.connection_id]

# Jobs: begun, refused twice, cancelled, listed.
start = models.JobCreateRequest(connection_id=connection.connection_id, job_type=models.JobTypeEnum.SYNC)
job = sdk.jobs.create_job(request=start).job_response
assert isinstance(job.job_id, int) and job.start_time
assert status_of(lambda: sdk.jobs.create_job(request=start)) == 409
sdk.jobs.cancel_job(request=api.CancelJobRequest(job_id=job.job_id))
deadline = time.monotonic() + 30
while sdk.jobs.get_job(request=api.GetJobRequest(job_id=job.job_id)).job_response.status.value != "cancelled":
    assert time.monotonic() < deadline
    time.sleep(0.05)
jobs = sdk.jobs.list_jobs(
    request=api.ListJobsRequest(connection_id=connection.connection_id, order_by="createdAt|DESC", limit=5)
).jobs_response
assert [item.job_id for item in jobs.data] == [job.job_id]

# The end of all of them.
sdk.connections.delete_connection(request=api.DeleteConnectionRequest(connection_id=connection.connection_id))
sdk.sources.delete_source(request=api.DeleteSourceRequest(source_id=source.source_id))
sdk.destinations.delete_destination(request=api.DeleteDestinationRequest(destination_id=destination))
gone = api.GetConnectionRequest(connection_id=connection.connection_id)
assert status_of(lambda: sdk.connections.get_connection(request=gone)) == 404
print("ok")
