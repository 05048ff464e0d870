"""Starts the connector: `python main.py spec`, and so on."""

import signal
import sys


def main() -> None:
    # A container's first process ignores SIGTERM unless it says otherwise; so this is
    # said before the slow imports.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    from airbyte_cdk.entrypoint import launch

    from source_<%= snake %> import Source<%= pascal %>

    launch(Source<%= pascal %>(), sys.argv[1:])


if __name__ == "__main__":
    main()
