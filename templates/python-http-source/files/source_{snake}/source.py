"""The source: its streams, and how the API is asked for them."""

import logging
from abc import ABC
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any
<% if paging == "link" %>
from urllib.parse import parse_qsl, urlsplit
<% elif paging in ["page", "offset"] %>
from urllib.parse import parse_qs, urlsplit
<% endif %>

import requests
from airbyte_cdk.sources import AbstractSource
from airbyte_cdk.sources.streams import CheckpointMixin, Stream
from airbyte_cdk.sources.streams.http import HttpStream
from airbyte_cdk.sources.streams.http.error_handlers import BackoffStrategy
<% if auth == "bearer" %>
from airbyte_cdk.sources.streams.http.requests_native_auth import TokenAuthenticator
<% elif auth == "basic" %>
from airbyte_cdk.sources.streams.http.requests_native_auth import (
    BasicHttpAuthenticator,
)
<% elif auth == "api_key" %>
from requests.auth import AuthBase
<% endif %>

TIMEOUT_SECONDS = 60


class ApiStream(HttpStream, CheckpointMixin, ABC):
    """What all streams of the API have in common."""

    page_size = 100
    # A state after so many records. Leave it out if the API does not sort by the
    # cursor: there is one state at the end then.
    state_checkpoint_interval = page_size

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(authenticator=authenticator(config))
        self._base_url = config["base_url"].rstrip("/") + "/"
        self._cursor = config["start_date"]

    @property
    def url_base(self) -> str:
        return self._base_url

    def request_params(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> MutableMapping[str, Any]:
        # TODO: how your API is told to sort, to filter and how long its pages are
        since = (stream_state or self.state)[self.cursor_field]
        params = {"sort": self.cursor_field, "updated_since": since}
<% if paging in ["offset", "cursor"] %>
        params["limit"] = self.page_size
<% elif paging != "none" %>
        params["per_page"] = self.page_size
<% endif %>
        return params | (next_page_token or {})

    def next_page_token(self, response: requests.Response) -> Mapping[str, Any] | None:
<% if paging == "page" %>
        # TODO: how your API goes on; here a page that is not full is the last one
        if len(response.json()["items"]) < self.page_size:
            return None
        query = parse_qs(urlsplit(response.request.url).query)
        return {"page": int(query.get("page", ["1"])[0]) + 1}
<% elif paging == "offset" %>
        # TODO: how your API goes on; here a page that is not full is the last one
        if len(response.json()["items"]) < self.page_size:
            return None
        query = parse_qs(urlsplit(response.request.url).query)
        return {"offset": int(query.get("offset", ["0"])[0]) + self.page_size}
<% elif paging == "cursor" %>
        # TODO: how your API goes on; here each page but the last names the next one
        cursor = response.json().get("next_cursor")
        return {"cursor": cursor} if cursor else None
<% elif paging == "link" %>
        # Only the query of the link is followed: credentials go to no other host.
        link = response.links.get("next")
        return dict(parse_qsl(urlsplit(link["url"]).query)) if link else None
<% else %>
        return None  # one page is all there is
<% endif %>

    def parse_response(
        self, response: requests.Response, **_: Any
    ) -> Iterable[Mapping[str, Any]]:
        for record in response.json()["items"]:  # TODO: where your API has its records
            self._cursor = max(self._cursor, record[self.cursor_field])
            yield record

    @property
    def state(self) -> MutableMapping[str, Any]:
        return {self.cursor_field: self._cursor}

    @state.setter
    def state(self, value: MutableMapping[str, Any]) -> None:
        self._cursor = value.get(self.cursor_field, self._cursor)

    def request_kwargs(self, *_: Any, **__: Any) -> Mapping[str, Any]:
        return {"timeout": TIMEOUT_SECONDS}

    def get_backoff_strategy(self) -> BackoffStrategy:
        return RetryAfter()


# TODO: rename it; a stream is called like its class, in snake case, as is its schema
class Items(ApiStream):
    primary_key = "id"
    cursor_field = "updated_at"

    def path(self, **_: Any) -> str:
        return "items"  # TODO: the path of your stream


class RetryAfter(BackoffStrategy):
    """Waits as long as the API says, else longer from one attempt to the next."""

    def backoff_time(
        self, response_or_exception: Any, attempt_count: int
    ) -> float | None:
        headers = getattr(response_or_exception, "headers", {})
        seconds = headers.get("Retry-After", "")
        return float(seconds) if seconds.isdigit() else None


<% if auth == "bearer" %>
def authenticator(config: Mapping[str, Any]) -> TokenAuthenticator:
    return TokenAuthenticator(config["api_token"])
<% elif auth == "basic" %>
def authenticator(config: Mapping[str, Any]) -> BasicHttpAuthenticator:
    return BasicHttpAuthenticator(config["username"], config["password"])
<% elif auth == "api_key" %>
class ApiKey(AuthBase):
    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["X-Api-Key"] = self._key  # TODO: the header of your API
        return request


def authenticator(config: Mapping[str, Any]) -> ApiKey:
    return ApiKey(config["api_key"])
<% else %>
def authenticator(config: Mapping[str, Any]) -> None:
    return None
<% endif %>


class Source<%= pascal %>(AbstractSource):
    # A stream that the source no longer has ends a sync with an error, not silently.
    raise_exception_on_missing_stream = True

    def check_connection(
        self, logger: logging.Logger, config: Mapping[str, Any]
    ) -> tuple[bool, Any | None]:
        # One request, without retries: whoever checks waits for the answer.
        stream = Items(config)
        try:
            response = requests.get(
                stream.url_base + stream.path(),
                params=stream.request_params(None),
                auth=authenticator(config),
                timeout=10,
            )
            response.raise_for_status()
            response.json()["items"]  # TODO: what an answer of your API must have
        except requests.ConnectionError:
            return False, f"{config['base_url']} cannot be reached"
        except (requests.RequestException, KeyError, TypeError) as error:
            return False, f"{config['base_url']} does not answer as it should: {error}"
        return True, None

    def streams(self, config: Mapping[str, Any]) -> list[Stream]:
        # TODO: list your own streams
        return [Items(config)]
