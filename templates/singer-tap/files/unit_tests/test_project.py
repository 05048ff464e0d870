"""What can be tested of a wrapped tap without an account: its settings, and that its program starts."""

import json
import subprocess
import sys
import unittest
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
TAP = Path(sys.executable).with_name("<%= tap_program %>")


def load(name):
    return json.loads((PROJECT / name).read_text(encoding="utf-8"))


class TheProject(unittest.TestCase):
    def test_configurations_are_objects(self):
        for name in ("sample_config.json", "integration_tests/invalid_config.json"):
            self.assertIsInstance(load(name), dict, name)

    def test_streams_are_configured_once(self):
        names = [configured["stream"]["name"] for configured in load("integration_tests/configured_catalog.json")["streams"]]
        self.assertEqual(len(names), len(set(names)))

    def test_no_stream_is_both_left_out_and_described(self):
        settings = load("singer.json")
        self.assertFalse(set(settings["exclude_streams"]) & set(settings["streams"]))


class TheTap(unittest.TestCase):
    def test_it_knows_how_to_help(self):
        answer = subprocess.run([TAP, "--help"], capture_output=True, text=True, check=True)
        self.assertIn("--config", answer.stdout)
<% if tap_package == "tap-dbf" %>

    def test_it_discovers_the_sample_stream(self):
        command = [TAP, "--config", "sample_config.json", "--discover"]
        answer = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
        streams = [stream["tap_stream_id"] for stream in json.loads(answer.stdout)["streams"]]
        self.assertEqual(streams, ["people"])
<% else %>

    # TODO: test what singer.json says of the tap's streams once it says something: run the tap with --discover and a
    # configuration that needs no account, and look whether each stream that singer.json names is there.
<% endif %>


if __name__ == "__main__":
    unittest.main()
