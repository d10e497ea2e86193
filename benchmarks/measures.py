"""The measures with the peers in them, each peer a process of `.venv-peers`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from skillkit.benchmark.measures import own_measures
from skillkit.benchmark.rounds import Entry, Measure
from skillkit.errors import UserError

ROOT = Path(__file__).parent.parent
PYTHON = ROOT / ".venv-peers" / "bin" / "python"

# By measure: each peer's key with its module and argument.
PEERS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "end-to-end-27": {"sb3": ("sb3", "ant-27"), "sbx": ("sbx", "ant-27"), "cleanrl": ("cleanrl", "ant-27")},
    "end-to-end-105": {"sb3": ("sb3", "ant-105"), "sbx": ("sbx", "ant-105"), "cleanrl": ("cleanrl", "ant-105")},
    "simulation": {"sync": ("gym_vector", "sync"), "async": ("gym_vector", "async")},
    "memory": {"sb3-27": ("sb3_memory", "ant-27"), "sb3-105": ("sb3_memory", "ant-105")},
}

# By measure: which peers each of skillkit's own contenders is compared with.
AGAINST: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "end-to-end-27": dict.fromkeys(("flow-27", "flow-27-plain", "gaussian-27"), ("sb3", "sbx", "cleanrl")),
    "end-to-end-105": dict.fromkeys(("gaussian-105", "gaussian-105-plain"), ("sb3", "sbx", "cleanrl")),
    "memory": {"memory-27": ("sb3-27",), "memory-105": ("sb3-105",)},
}


def all_measures() -> tuple[Measure, ...]:
    """skillkit's own measures, the peers added; UserError when their environment is not there."""
    if not PYTHON.exists():
        raise UserError(f"expected the peers' environment at {PYTHON.parent.parent}; build it with make bench.")
    return tuple(with_peers(measure) for measure in own_measures())


def with_peers(measure: Measure) -> Measure:
    """The measure with its peers, and what skillkit's own contenders are compared with."""
    against = AGAINST.get(measure.key, {})
    own = [replace(entry, against=entry.against + against.get(entry.key, ())) for entry in measure.entries]
    peers = [peer(key, *target) for key, target in PEERS.get(measure.key, {}).items()]
    return replace(measure, entries=(*own, *peers))


def peer(key: str, module: str, argument: str) -> Entry:
    """A peer that finds the protocol in this project's own source."""
    command = (str(PYTHON), "-m", f"benchmarks.peers.{module}", argument)
    return Entry(key, command, environment={"PYTHONPATH": str(ROOT)})
