"""A skill file of version 2 as skillkit 0.1.0 wrote it, kept for ever like that of version 1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import skillkit
from skillkit.experiments.evaluate import evaluate

FILE = Path(__file__).parent / "files" / "format_2.safetensors"  # a sampler, and a mixture with its critics


def test_it_is_loaded_and_acts_and_judges_as_it_did() -> None:
    skill = skillkit.load_skill(FILE)
    assert [(layer.card.kind, layer.hold, layer.latent_width) for layer in skill.layers] == [
        ("sampler", 1, 2),
        ("mixture", 2, 3),
    ]
    groups = {group.name: np.linspace(-1.0, 1.0, group.width, dtype=np.float32) for group in skill.groups}
    actions = [skill.act(groups, np.array([first, 0.5, -1.0], np.float32)).tolist() for first in (-2.0, 2.0)]
    assert actions[0] == pytest.approx([-0.820873, 0.994377], abs=1e-5)  # printed when it was written
    assert actions[1] == pytest.approx([-0.994991, -0.997149], abs=1e-5)
    seen = {group.name: np.linspace(-1.0, 1.0, group.width)[None] for group in skill.card.critics[0].groups}
    assert skill.action_value(seen, np.array([[0.5, -1.0]])).tolist() == pytest.approx([-0.259746], abs=1e-5)


def test_it_is_played_in_its_world() -> None:
    report = evaluate(str(FILE), episodes=2).report
    assert (report.episodes, report.latent_draw) == (2, "zero")
