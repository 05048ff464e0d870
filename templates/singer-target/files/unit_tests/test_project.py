"""What can be tested of a wrapped target without an account: its settings, and that its program starts."""

import json
import subprocess
import sys
<% if target_package == "target-jsonl" %>
import tempfile
<% endif %>
import unittest
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
TARGET = Path(sys.executable).with_name("<%= target_program %>")


def load(name):
    return json.loads((PROJECT / name).read_text(encoding="utf-8"))


class TheProject(unittest.TestCase):
    def test_configurations_are_objects(self):
        for name in ("sample_config.json", "integration_tests/invalid_config.json"):
            self.assertIsInstance(load(name), dict, name)

    def test_the_sample_messages_are_of_the_sample_catalog(self):
        streams = {configured["stream"]["name"] for configured in load("integration_tests/configured_catalog.json")["streams"]}
        lines = (PROJECT / "integration_tests/messages.jsonl").read_text(encoding="utf-8").splitlines()
        messages = [json.loads(line) for line in lines]
        self.assertEqual({message["record"]["stream"] for message in messages if message["type"] == "RECORD"}, streams)


class TheTarget(unittest.TestCase):
    def test_it_knows_how_to_help(self):
        answer = subprocess.run([TARGET, "--help"], capture_output=True, text=True, check=True)
        self.assertIn("--config", answer.stdout)
<% if target_package == "target-jsonl" %>

    def test_it_writes_what_it_is_given(self):
        schema = {"type": "object", "properties": {"id": {"type": "integer"}}}
        messages = [
            {"type": "SCHEMA", "stream": "people", "schema": schema, "key_properties": []},
            {"type": "RECORD", "stream": "people", "record": {"id": 1}},
        ]
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "config.json"
            config.write_text(json.dumps({"destination_path": folder, "do_timestamp_file": False}), encoding="utf-8")
            lines = "".join(json.dumps(message) + "\n" for message in messages)
            subprocess.run([TARGET, "--config", config], input=lines, text=True, capture_output=True, check=True)
            self.assertEqual((Path(folder) / "people.jsonl").read_text(encoding="utf-8"), '{"id": 1}\n')
<% else %>

    # TODO: write a few messages to a place that needs no account, and look whether they arrive.
<% endif %>


if __name__ == "__main__":
    unittest.main()
