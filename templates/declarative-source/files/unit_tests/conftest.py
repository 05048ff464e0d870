"""A small API on this machine, with which the source is tested."""

<% if auth == "basic" %>
import base64
<% endif %>
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

RECORDS = [
    {
        "id": number,
        "name": f"item {number}",
        "updated_at": f"2024-03-{number // 10 + 1:02}T00:00:{number % 10:02}Z",
    }
    for number in range(250)
]
<% if auth == "bearer" %>
CREDENTIALS = {"api_token": "right"}
AUTHORIZATION = ("Authorization", "Bearer right")
<% elif auth == "api_key" %>
CREDENTIALS = {"api_key": "right"}
AUTHORIZATION = ("X-Api-Key", "right")
<% elif auth == "basic" %>
CREDENTIALS = {"username": "user", "password": "right"}
AUTHORIZATION = (
    "Authorization",
    "Basic " + base64.b64encode(b"user:right").decode(),
)
<% else %>
CREDENTIALS = {}
<% endif %>


# TODO: let it answer as your API does
class Api(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.server.queries.append(query)
<% if auth != "none" %>
        if self.headers[AUTHORIZATION[0]] != AUTHORIZATION[1]:
            return self.answer(401, {"message": "who are you?"})
<% endif %>
        if self.server.failures:
            return self.answer(*self.server.failures.pop(0))
        if url.path != "/items":
            return self.answer(404, {"message": "no such path"})
<% if incremental == "yes" %>
        since = query["updated_since"]
        found = [record for record in RECORDS if record["updated_at"] >= since]
<% else %>
        found = RECORDS
<% endif %>
<% if paging == "page" %>
        size, page = int(query["per_page"]), int(query.get("page", 1))
        self.answer(200, {"items": found[(page - 1) * size : page * size]})
<% elif paging == "offset" %>
        size, offset = int(query["limit"]), int(query.get("offset", 0))
        self.answer(200, {"items": found[offset : offset + size]})
<% elif paging == "cursor" %>
        start = int(query.get("cursor", 0))
        end = start + int(query["limit"])
        more = {"next_cursor": str(end)} if end < len(found) else {}
        self.answer(200, {"items": found[start:end], **more})
<% elif paging == "link" %>
        size, page = int(query["per_page"]), int(query.get("page", 1))
        headers = {}
        if page * size < len(found):
            here = f"http://{self.headers['Host']}{url.path}"
<% if incremental == "yes" %>
            here += f"?updated_since={since}&per_page={size}&page={page + 1}"
<% else %>
            here += f"?per_page={size}&page={page + 1}"
<% endif %>
            headers["Link"] = f'<{here}>; rel="next"'
        self.answer(200, {"items": found[(page - 1) * size : page * size]}, headers)
<% else %>
        self.answer(200, {"items": found})
<% endif %>

    def answer(self, status: int, body: object, headers: dict | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def api():
    """The server; it notes `queries`, and answers its `failures` first."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.queries, server.failures = [], []
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def config(api):
    return {
        "base_url": f"http://127.0.0.1:{api.server_port}",
<% if incremental == "yes" %>
        "start_date": "2024-01-01T00:00:00Z",
<% endif %>
        **CREDENTIALS,
    }
