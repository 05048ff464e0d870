"""What the destination makes of the messages that it is given."""

import io
import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from airbyte_cdk.models import FailureType, Status
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from destination_<%= snake %> import Destination<%= pascal %>

PROJECT = Path(__file__).parent.parent
USERS = {"name": "users"}


def record(number, stream="users"):
    data = {"id": number}
    return {
        "type": "RECORD",
        "record": {"stream": stream, "emitted_at": 1, "data": data},
    }


def state(number):
    stream = {"stream_descriptor": USERS, "stream_state": {"id": number}}
    return {"type": "STATE", "state": {"type": "STREAM", "stream": stream}}


def status(word):
    said = {"stream_descriptor": USERS, "status": word}
    trace = {"type": "STREAM_STATUS", "emitted_at": 1, "stream_status": said}
    return {"type": "TRACE", "trace": trace}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "folder"


@pytest.fixture
def arguments(tmp_path, folder):
    """The words of `write`; without a generation as an old platform has them."""

    def arguments(mode="overwrite", generation=None, minimum=None):
        stream = {"name": "users", "json_schema": {}}
        stream["supported_sync_modes"] = ["full_refresh"]
        configured = {"stream": stream, "sync_mode": "full_refresh"}
        configured["destination_sync_mode"] = mode
        if generation is not None:
            configured["generation_id"] = generation
            configured["minimum_generation_id"] = minimum
        config, catalog = tmp_path / "config.json", tmp_path / "catalog.json"
        config.write_text(json.dumps({"folder": str(folder)}))
        catalog.write_text(json.dumps({"streams": [configured]}))
        return ["write", "--config", str(config), "--catalog", str(catalog)]

    return arguments


@pytest.fixture
def write(arguments, monkeypatch, capsys):
    """Runs `write` to its end: the error, and the messages that it answered."""

    def write(messages, **how):
        told = "".join(f"{json.dumps(message)}\n" for message in messages)
        stdin = io.TextIOWrapper(io.BytesIO(told.encode()))
        monkeypatch.setattr(sys, "stdin", stdin)
        error = None
        try:
            Destination<%= pascal %>().run(arguments(**how))
        except AirbyteTracedException as raised:
            error = raised
        answer = capsys.readouterr().out.splitlines()
        return error, [json.loads(line) for line in answer]

    return write


@pytest.fixture
def start(arguments):
    """Starts the program itself."""

    def start(**how):
        return subprocess.Popen(
            [sys.executable, "main.py", *arguments(**how)],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    return start


def of_type(messages, wanted):
    return [message for message in messages if message["type"] == wanted]


def ids(folder):
    lines = (folder / "users.jsonl").read_text().splitlines()
    return [json.loads(line)["_airbyte_data"]["id"] for line in lines]


def test_check_says_whether_the_folder_can_be_written(folder):
    destination, logger = Destination<%= pascal %>(), logging.getLogger("airbyte")
    good = destination.check(logger, {"folder": str(folder)})
    bad = destination.check(logger, {"folder": "/dev/null/folder"})
    assert (good.status, bad.status) == (Status.SUCCEEDED, Status.FAILED)
    assert "/dev/null/folder" in bad.message


def test_appends_and_answers_states_with_counts(write, folder):
    messages = [record(1), record(2), state(2), record(3), state(3)]
    for _ in range(2):
        error, answer = write(messages, mode="append")
        counts = [
            message["state"]["destinationStats"]["recordCount"]
            for message in of_type(answer, "STATE")
        ]
        assert (error, counts) == (None, [2.0, 1.0])
    assert ids(folder) == [1, 2, 3, 1, 2, 3]


def test_overwrites_when_an_old_platform_ends_the_input(write, folder):
    assert write([record(1)])[0] is None
    assert write([record(2)])[0] is None
    assert ids(folder) == [2]


def test_shows_old_records_until_the_stream_is_complete(write, folder):
    write([record(1), status("COMPLETE")], generation=1, minimum=1)
    error, answer = write([record(2), state(2)], generation=2, minimum=2)
    assert "before these streams were complete: users" in error.message
    assert len(of_type(answer, "STATE")) == 1
    assert ids(folder) == [1]

    again = [record(3), status("COMPLETE")]
    assert write(again, generation=2, minimum=2)[0] is None
    assert ids(folder) == [2, 3]


def test_keeps_what_an_earlier_attempt_of_the_generation_completed(write, folder):
    write([record(1), status("COMPLETE")], generation=1, minimum=1)
    assert write([status("COMPLETE")], generation=1, minimum=1)[0] is None
    assert ids(folder) == [1]


def test_an_incomplete_stream_keeps_its_old_records(write, folder):
    write([record(1), status("COMPLETE")], generation=1, minimum=1)
    assert write([record(2), status("INCOMPLETE")], generation=2, minimum=2)[0]
    assert ids(folder) == [1]


def test_an_unknown_stream_fails(write):
    error, _ = write([record(1, stream="no_such_stream")])
    assert error.message == "stream no_such_stream is not in the configured catalog"
    assert error.failure_type == FailureType.config_error


def test_a_failure_ends_the_program_with_an_error(start):
    process = start(generation=1, minimum=1)
    answer, _ = process.communicate("")
    messages = [json.loads(line) for line in answer.splitlines()]
    (trace,) = of_type(messages, "TRACE")
    error = trace["trace"]["error"]
    assert "before these streams were complete: users" in error["message"]
    assert process.returncode == 1


def test_what_a_state_covers_survives_a_kill(start, folder):
    process = start(mode="append")
    for message in [record(2**80), state(1), record(2)]:
        process.stdin.write(f"{json.dumps(message)}\n")
    process.stdin.flush()
    answers = (json.loads(line) for line in process.stdout)
    assert next(message for message in answers if message["type"] == "STATE")
    process.kill()
    process.communicate()
    assert ids(folder) == [2**80]


def test_a_half_line_of_a_crash_is_removed(write, folder):
    folder.mkdir()
    whole = '{"_airbyte_generation_id":0,"_airbyte_data":{"id":1}}\n'
    (folder / "users.jsonl").write_text(f'{whole}{{"_airbyte_da')
    assert write([record(2)], mode="append")[0] is None
    assert ids(folder) == [1, 2]
