"""A skill file as skillkit 0.1.0 wrote it, kept for ever: every later version loads it, or says what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import skillkit
from skillkit.experiments.evaluate import evaluate

FILE = Path(__file__).parent / "files" / "format_1.safetensors"  # a flow, and a Gaussian that holds its latent


def test_it_is_loaded_and_acts_as_it_did() -> None:
    skill = skillkit.load_skill(FILE)
    assert [(layer.card.kind, layer.hold) for layer in skill.layers] == [("flow", 1), ("gaussian", 6)]
    groups = {group.name: np.linspace(-1.0, 1.0, group.width, dtype=np.float32) for group in skill.groups}
    action = skill.act(groups, np.array([0.5, -1.0], np.float32))
    assert action.tolist() == pytest.approx([-0.723298, 0.2006453], abs=1e-5)  # printed when it was written


def test_it_is_played_in_its_world() -> None:
    assert evaluate(str(FILE), episodes=2).report.episodes == 2
