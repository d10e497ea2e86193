"""How the driver of a benchmark speaks with a contender: one line in, one line of JSON out.

Nothing but the standard library and skillkit's errors is imported, so that contenders of other
environments can use it as well.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol, TextIO

from skillkit.errors import UserError

PACKAGES = (
    "skillkit-rl", "torch", "jax", "jaxlib", "numpy", "mujoco", "mjbatch", "gymnasium", "stable_baselines3", "sbx-rl",
)  # fmt: skip
PATIENCE = 5.0  # seconds


@dataclass(frozen=True)
class Reading:
    """What one round read: a count of whatever is measured, in how many seconds; updates made, where any are."""

    count: float
    seconds: float
    updates: int | None = None


class Contender(Protocol):
    """Something to be measured. threads: how many it computes with; settings: what a reader should know of it."""

    name: str
    threads: int
    settings: str

    def warm_up(self) -> None:
        """Build and compile what is needed, so that every round is like the others."""
        ...

    def run(self, seconds: float) -> Reading:
        """Work for about that long."""
        ...


@dataclass(frozen=True)
class Greeting:
    """What a contender says of itself once it is warm. versions: of the packages in its environment."""

    name: str
    threads: int
    settings: str
    versions: Mapping[str, str]


def installed_versions() -> dict[str, str]:
    """Versions of the packages that speed depends on, those that are here."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def parse_request(line: str) -> float:
    """Seconds from `round SECONDS`; ValueError for any other line."""
    word, _, seconds = line.strip().partition(" ")
    if word != "round":
        raise ValueError(f"expected 'round SECONDS', got {line!r}")
    return float(seconds)


def answer(contender: Contender, requests: TextIO, replies: TextIO) -> None:
    """Warm up, greet, then a round for every line until the requests end."""
    contender.warm_up()
    greeting = Greeting(contender.name, contender.threads, contender.settings, installed_versions())
    print(json.dumps(asdict(greeting)), file=replies, flush=True)
    for line in requests:
        print(json.dumps(asdict(contender.run(parse_request(line)))), file=replies, flush=True)


def serve(contender: Contender) -> None:
    """`answer` on stdin and stdout; whatever else is printed goes to stderr."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    answer(contender, sys.stdin, replies)


class Remote:
    """A contender in a process of its own: idle in a read between its rounds, and ended by `close`.

    name: of the contender in errors. Raises UserError with the process's last words when it ends early.
    """

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self.name = name
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  closed with the process
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**os.environ, **(environment or {})},
        )

    def greeting(self) -> Greeting:
        """Wait until the contender is warm."""
        return Greeting(**self._read())

    def run(self, seconds: float) -> Reading:
        """One round of about that long."""
        assert self._process.stdin is not None
        try:
            print(f"round {seconds:g}", file=self._process.stdin, flush=True)
        except BrokenPipeError:
            raise self._ended() from None
        return Reading(**self._read())

    def close(self) -> None:
        """End the requests, upon which the process ends; one that is still at work after seconds is terminated."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.terminate()
            self._process.wait()
        self._errors.close()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._ended()
        reply: dict[str, Any] = json.loads(line)
        return reply

    def _ended(self) -> UserError:
        code = self._process.wait()
        self._errors.seek(0)
        words = " | ".join(self._errors.read().strip().splitlines()[-3:])
        return UserError(
            f"the contender {self.name!r} should have answered and ended with code {code} instead; it said: {words}"
        )
