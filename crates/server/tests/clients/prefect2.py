"""prefect-airbyte 0.3.2 with Prefect 2: a line for each thing that works; the first that does not ends it."""

import asyncio
import json
import logging
import sys

import httpx
from prefect_airbyte.client import AirbyteClient
from prefect_airbyte.exceptions import ConnectionNotFoundException, JobNotFoundException

told = json.loads(sys.argv[1])
root = told["url"] + "/api/v1"
login = (told["email"], told["password"])
public = httpx.Client(base_url=told["url"] + "/api/public/v1", auth=login, timeout=30)


def check(name, is_right, what=""):
    if not is_right:
        sys.exit(f"FAILED {name}: {what!r}")
    print(f"ok {name}")


def made(path, **body):
    answer = public.post(path, json=body)
    check(f"POST {path}", answer.status_code == 200, answer.text)
    return answer.json()


async def main():
    workspace = told["workspace_id"]
    source = made("/sources", name="s", workspaceId=workspace, configuration={"sourceType": "faker", "count": 3})
    place = {"destinationType": "sqlite", "path": "/tmp/x.db"}
    destination = made("/destinations", name="d", workspaceId=workspace, configuration=place)
    connection = made(
        "/connections", name="prefect", sourceId=source["sourceId"], destinationId=destination["destinationId"]
    )["connectionId"]
    async with AirbyteClient(logging.getLogger("airbyte"), root, auth=login, timeout=5) as client:
        check("health", True)
        check("get_connection_status", await client.get_connection_status(connection) == "active")
        job, created_at = await client.trigger_manual_sync_connection(connection)
        check("trigger_manual_sync_connection", created_at > 1_700_000_000, created_at)
        while True:
            info = await client.get_job_info(job)
            status, attempt = info["job"]["status"], info["attempts"][-1]["attempt"]
            if status in ("succeeded", "failed", "cancelled"):
                break
        check("get_job_info", status == "succeeded", info)
        check("records", attempt["recordsSynced"] == 20, attempt)
        status, created_at, updated_at = await client.get_job_status(job)
        check("get_job_status", status == "succeeded" and updated_at >= created_at)
        for call, error in [
            (client.get_connection_status("0" * 8 + "-0000" * 3 + "-" + "0" * 12), ConnectionNotFoundException),
            (client.get_job_info(999999), JobNotFoundException),
        ]:
            try:
                await call
                check(error.__name__, False)
            except error:
                check(error.__name__, True)
    print("ok")


asyncio.run(main())
