"""What Prefect, Dagster, Kestra and Terraform send, by hand and without a library."""
import base64
import json
import sys
import urllib.error
import urllib.request

told = json.loads(sys.argv[1])
BASIC = base64.b64encode(f"{told['email']}:{told['password']}".encode()).decode()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


opener = urllib.request.build_opener(NoRedirect)


def call(method, path, body=None, headers=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(told["url"] + path, data=data, method=method)
    request.add_header("Content-Type", "application/json")
    request.add_header("Authorization", f"Basic {BASIC}")
    for name, value in (headers or {}).items():
        request.add_header(name, value)
    try:
        answer = opener.open(request, timeout=5)
    except urllib.error.HTTPError as error:
        answer = error
    text = answer.read().decode()
    return answer.status, json.loads(text) if text.startswith(("{", "[")) else text


def made(path, body, key):
    status, answer = call("POST", path, body)
    assert status == 200, answer
    return answer[key]


place = {"workspaceId": told["workspace_id"]}
source = made("/api/public/v1/sources", {"name": "s", "configuration": {"sourceType": "faker", "count": 1}, **place}, "sourceId")
body = {"name": "d", "configuration": {"destinationType": "sqlite", "path": "/x"}, **place}
destination = made("/api/public/v1/destinations", body, "destinationId")
body = {"name": "slow", "sourceId": source, "destinationId": destination, "namespaceFormat": None}
connection = made("/api/public/v1/connections", body, "connectionId")

# Prefect: every path ends in a slash. Kestra: some are doubled.
assert call("GET", "/api/v1/health/") == (200, {"available": True})
assert call("POST", "/api/v1/connections/get/", {"connectionId": connection})[1]["status"] == "active"
status, begun = call("POST", "//api/v1/connections/sync/", {"connectionId": connection})
assert status == 200 and begun["job"]["status"] in ("pending", "running"), begun
status, refused = call("POST", "/api/v1/connections/sync/", {"connectionId": connection})
assert status == 409 and "already running" in json.dumps(refused), refused
status, read = call("POST", "/api/v1/jobs/get/", {"id": begun["job"]["id"]})
assert status == 200 and read["attempts"][-1]["attempt"]["id"] == 0, read

# Dagster: the last page leads to an empty one; a running job is found.
status, page = call("GET", f"/api/public/v1/connections?workspaceIds={told['workspace_id']}&limit=100")
assert page["next"].startswith(told["url"]) and len(page["data"]) == 1
status, page = call("GET", page["next"].removeprefix(told["url"]))
assert page["data"] == [] and page["next"] == ""
query = f"workspaceIds={told['workspace_id']}&connectionId={connection}&createdAtStart=2000-01-01T00:00:00Z"
status, page = call("GET", f"/api/public/v1/jobs?{query}")
assert [job["jobId"] for job in page["data"]] == [begun["job"]["id"]] and "lastUpdatedAt" not in page["data"][0]
assert call("DELETE", f"/api/public/v1/jobs/{begun['job']['id']}")[0] == 200

# Terraform: exactly 200 and 204, then 404.
assert call("DELETE", f"/api/public/v1/connections/{connection}")[0] == 204
assert call("GET", f"/api/public/v1/connections/{connection}")[0] == 404
print("ok")
