"""A destination for tests: `destination.py HOW FILE write …` appends every line that it gets to FILE, as it came, and
echoes states as HOW says: once, never, twice, reversed, dies-before or dies-after (the second state)."""

import json
import os
import signal
import sys

how, path = sys.argv[1:3]


def states(lines):
    for line in lines:
        seen.write(line)
        if b'"STATE"' in line and json.loads(line)["type"] == "STATE":
            yield line


def echo(line):
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


def die():
    seen.flush()
    os.kill(os.getpid(), signal.SIGKILL)


with open(path, "ab") as seen:
    kept = []
    for number, state in enumerate(states(sys.stdin.buffer), 1):
        if how == "dies-before" and number == 2:
            die()
        if how == "reversed":
            kept.insert(0, state)
        elif how != "never":
            echo(state)
        if how == "twice":
            echo(state)
        if how == "dies-after" and number == 2:
            die()
    for state in kept:
        echo(state)
