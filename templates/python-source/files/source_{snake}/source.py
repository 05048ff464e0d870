"""The source: how it is checked, and which streams it has."""

import logging
from collections.abc import Mapping
from typing import Any

from airbyte_cdk.sources import AbstractSource
from airbyte_cdk.sources.streams import Stream

from .streams import Measurements


class Source<%= pascal %>(AbstractSource):
    # A stream that the source no longer has ends a sync with an error, not silently.
    raise_exception_on_missing_stream = True

    def check_connection(
        self, logger: logging.Logger, config: Mapping[str, Any]
    ) -> tuple[bool, Any | None]:
        # TODO: connect to your system; return False and what is wrong when that fails
        return True, None

    def streams(self, config: Mapping[str, Any]) -> list[Stream]:
        # TODO: list your own streams
        return [Measurements(start_date=config["start_date"])]
