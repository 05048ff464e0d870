"""A destination for tests: a file of JSON lines for each stream, below the folder of its configuration."""

import json
import sys

SPEC = {
    "connectionSpecification": {
        "type": "object",
        "properties": {"folder": {"type": "string"}, "phrase": {"type": "string", "airbyte_secret": True}},
    },
    "supported_destination_sync_modes": ["append", "overwrite"],
}


def say(message):
    print(json.dumps(message), flush=True)


def write(folder, catalog):
    files = {}
    for stream in catalog["streams"]:
        mode = "w" if stream["destination_sync_mode"] == "overwrite" else "a"
        name = stream["stream"]["name"]
        files[name] = open(f"{folder}/{name}.jsonl", mode)
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "RECORD":
            record = message["record"]
            files[record["stream"]].write(json.dumps(record["data"]) + "\n")
        elif message["type"] == "STATE":
            for file in files.values():
                file.flush()
            say(message)


def main():
    verb, arguments = sys.argv[1], dict(zip(sys.argv[2::2], sys.argv[3::2]))
    if verb == "spec":
        return say({"type": "SPEC", "spec": SPEC})
    with open(arguments["--config"]) as file:
        config = json.load(file)
    if verb == "check":
        return say({"type": "CONNECTION_STATUS", "connectionStatus": {"status": "SUCCEEDED"}})
    if "phrase" in config:
        print(f"the phrase is {config['phrase']}", file=sys.stderr)
    with open(arguments["--catalog"]) as file:
        write(config["folder"], json.load(file))


main()
