from __future__ import annotations

import io
import json
import sys

import pytest

from skillkit.benchmark.protocol import Reading, Remote, answer, parse_request
from skillkit.errors import UserError

CONTENDER = """
import sys
from skillkit.benchmark.protocol import Reading, serve

class Echo:
    name, threads, settings = "echo", 1, "none"
    def warm_up(self):
        print("noise on stdout")
    def run(self, seconds):
        if seconds > 9:
            sys.exit("too long")
        return Reading(10 * seconds, seconds, updates=3)

serve(Echo())
"""


class Counting:
    name, threads, settings = "counting", 2, "two worlds"

    def warm_up(self) -> None:
        self.warm = True

    def run(self, seconds: float) -> Reading:
        assert self.warm
        return Reading(3, seconds)


def test_a_request() -> None:
    assert parse_request("round 2.5\n") == 2.5


@pytest.mark.parametrize("line", ["", "rounds 2", "round", "round two"])
def test_what_is_no_request(line: str) -> None:
    with pytest.raises(ValueError, match=r"round|float"):
        parse_request(line)


def test_a_greeting_and_then_an_answer_for_each_line() -> None:
    replies = io.StringIO()
    answer(Counting(), io.StringIO("round 2\nround 0.5\n"), replies)
    greeting, first, second = (json.loads(line) for line in replies.getvalue().splitlines())
    assert (greeting["name"], greeting["threads"], greeting["settings"]) == ("counting", 2, "two worlds")
    assert "numpy" in greeting["versions"]
    assert first == {"count": 3, "seconds": 2.0, "updates": None}
    assert second["seconds"] == 0.5


def test_a_contender_in_a_process_of_its_own() -> None:
    remote = Remote("echo", [sys.executable, "-c", CONTENDER])
    assert remote.greeting().name == "echo"
    assert remote.run(2.0) == Reading(20.0, 2.0, updates=3)
    with pytest.raises(UserError, match=r"'echo' should have answered and ended with code 1 instead.*too long"):
        remote.run(10.0)
    remote.close()
