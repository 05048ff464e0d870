"""A source for tests: numbers from 1 to `count`, with a state after every tenth, and a mishap if its configuration names one."""

import json
import os
import sys
import time

SPEC = {
    "connectionSpecification": {
        "type": "object",
        "properties": {"folder": {"type": "string"}, "phrase": {"type": "string", "airbyte_secret": True}},
    }
}
NAME = "numbers"
STREAM = {
    "name": NAME,
    "json_schema": {"type": "object", "properties": {"n": {"type": "integer"}}},
    "supported_sync_modes": ["full_refresh", "incremental"],
    "source_defined_cursor": True,
    "default_cursor_field": ["n"],
}


def say(message):
    print(json.dumps(message), flush=True)


def status(word):
    trace = {"stream_descriptor": {"name": NAME}, "status": word}
    say({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 0, "stream_status": trace}})


def state(n):
    stream = {"stream_descriptor": {"name": NAME}, "stream_state": {"n": n}}
    say({"type": "STATE", "state": {"type": "STREAM", "stream": stream}})


def is_first(folder, what):
    try:
        os.close(os.open(f"{folder}/{what}", os.O_CREAT | os.O_EXCL))
        return True
    except FileExistsError:
        return False


def read(config, start):
    folder, mishap = config["folder"], config.get("mishap")
    status("STARTED")
    if mishap == "exits" and is_first(folder, "exited"):
        sys.exit(7)
    for n in range(start + 1, config["count"] + 1):
        say({"type": "RECORD", "record": {"stream": NAME, "data": {"n": n}, "emitted_at": 0}})
        if n % 10 == 0:
            state(n)
        if n == 10 and mishap == "hangs" and is_first(folder, "hung"):
            with open(f"{folder}/pid", "w") as file:
                file.write(str(os.getpid()))
            time.sleep(600)
        time.sleep(config.get("pace", 0))
    state(config["count"])
    status("COMPLETE")


def main():
    verb, arguments = sys.argv[1], dict(zip(sys.argv[2::2], sys.argv[3::2]))
    if verb == "spec":
        return say({"type": "SPEC", "spec": SPEC})
    with open(arguments["--config"]) as file:
        config = json.load(file)
    if verb == "check":
        return say({"type": "CONNECTION_STATUS", "connectionStatus": {"status": "SUCCEEDED"}})
    if verb == "discover":
        return say({"type": "CATALOG", "catalog": {"streams": [STREAM]}})
    if "phrase" in config:
        say({"type": "LOG", "log": {"level": "INFO", "message": "given " + json.dumps(config)}})
        print(f"the phrase is {config['phrase']}", file=sys.stderr)
    start = 0
    if "--state" in arguments:
        with open(arguments["--state"]) as file:
            start = json.load(file)[0]["stream"]["stream_state"]["n"]
    read(config, start)


main()
