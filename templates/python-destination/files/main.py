"""Starts the connector: `python main.py spec`, and so on."""

import signal
import sys


def main() -> None:
    # A container's first process ignores SIGTERM unless it says otherwise; so this is
    # said before the slow imports.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Each message goes out at once: a state that waits in a buffer proves nothing.
    sys.stdout.reconfigure(line_buffering=True)

    from destination_<%= snake %> import Destination<%= pascal %>

    Destination<%= pascal %>().run(sys.argv[1:])


if __name__ == "__main__":
    main()
