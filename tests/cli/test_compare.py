"""`skillkit compare` on real runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from skillkit import load_skill

Command = Callable[..., Any]


def test_compares_seeds_and_shows_pretraining(command: Command, tiny_flags: list[str]) -> None:
    maze = ("--recipe", "ball_maze_flat", *tiny_flags)
    seeds = command("pretrain", *maze, "--seeds", "0-1")
    assert seeds.code == 0, seeds.err
    started = command("pretrain", *maze, "--init", "ball_maze_flat_seed0.safetensors", "--out", "again.safetensors")
    assert started.code == 0, started.err
    notes = json.loads(Path("runs/ball_maze_flat_3/run.json").read_text())
    assert notes["base_sha256"] is None
    assert notes["init_sha256"] == load_skill("ball_maze_flat_seed0.safetensors").card.sha256
    ran = command("compare", "runs/ball_maze_flat_seeds_1", "runs/ball_maze_flat_3", "--out", "both.svg")
    assert ran.code == 0, ran.err
    counts = [line.split("│")[3].strip() for line in ran.out.splitlines() if line.count("│") > 4]
    assert {"0", "400"} <= set(counts)  # control steps of the skill that the third one started from
    assert "figure: both.png" in ran.err
    assert Path("both.png").stat().st_size > 1000
    assert Path("both.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nope",), "expected a run's folder"),
        (("nope", "--out", "a.pdf"), "expected --out as a .png or .svg file"),
        (("nope", "--out", "nowhere/a.png"), "expected --out as a .png or .svg file in a folder that exists"),
        (("nope", "--out", "."), "expected --out as a .png or .svg file"),
    ],
)
def test_wrong_inputs(command: Command, arguments: tuple[str, ...], message: str) -> None:
    ran = command("compare", *arguments)
    assert ran.code == 2
    assert message in ran.err
    assert list(Path().iterdir()) == []
