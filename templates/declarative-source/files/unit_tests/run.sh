#!/bin/sh
# Runs the unit tests in an environment of their own; makes it when it is missing, or when what it needs has changed.
set -e
cd "$(dirname "$0")/.."
needs() { cat requirements.txt unit_tests/requirements.txt; }
if ! needs | cmp -s - .venv/needs; then
    python3 -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r unit_tests/requirements.txt
    needs > .venv/needs
fi
exec .venv/bin/python -m pytest unit_tests "$@"
