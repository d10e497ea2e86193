"""A skill file of version 3 as skillkit 0.1.0 wrote it, kept for ever like those before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import skillkit
from skillkit.experiments.evaluate import evaluate
from skillkit.policies.high_level import HighLevel
from skillkit.policies.low_level import LowLevel

FILE = Path(__file__).parent / "files" / "format_3.safetensors"  # two levels, held to a learnt default policy
# The numbers below were printed when it was written.


def test_it_is_loaded_and_acts_as_it_did_and_so_does_what_it_was_held_to() -> None:
    skill = skillkit.load_skill(FILE)
    low, high = skill.layers
    assert [(layer.card.kind, layer.latent_width) for layer in skill.layers] == [
        ("conditional", 3),
        ("autoregressive", 3),
    ]
    assert (skill.card.world.count, skill.card.world.box_mass) == (2, 2.0)
    assert isinstance(high.policy, HighLevel)
    groups = {group.name: np.linspace(-1.0, 1.0, group.width, dtype=np.float32) for group in skill.groups}
    seen = torch.from_numpy(np.concatenate([groups[group.name] for group in high.card.groups])[None])
    with torch.no_grad():
        first, _ = high.policy.distribution(seen, torch.zeros(1, 3), torch.zeros(1, 1))
        second, _ = high.policy.distribution(seen, first, torch.ones(1, 1))
    assert first[0].tolist() == pytest.approx([-1.250078, -1.124510, -1.500510], abs=1e-5)
    assert second[0].tolist() == pytest.approx([-1.445426, -1.295186, -1.668881], abs=1e-5)
    own = np.concatenate([groups[group.name] for group in low.card.groups])[None]
    assert isinstance(low.policy, LowLevel)
    motors, _ = low.policy.distribution(torch.from_numpy(own), second)
    assert torch.tanh(motors)[0].tolist() == pytest.approx([-0.222257, 0.151778], abs=1e-5)
    prior = skill.prior
    assert prior is not None
    assert prior.latent is not None
    assert prior.low is not None
    assert isinstance(prior.low.policy, LowLevel)
    mean, log_std = prior.latent(second, torch.ones(1, 1))
    assert mean[0].tolist() == pytest.approx([-1.797989, -1.601004, -2.092858], abs=1e-5)
    assert log_std[0].tolist() == pytest.approx([-0.892714, -0.872525, -0.778672], abs=1e-5)
    default, _ = prior.low.policy.distribution(torch.from_numpy(own), second)
    assert default[0].tolist() == pytest.approx([-1.7448, 1.5458], abs=1e-4)


def test_it_is_played_in_its_world() -> None:
    assert evaluate(str(FILE), episodes=2).report.episodes == 2
