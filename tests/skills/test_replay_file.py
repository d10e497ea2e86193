"""The replay beside a skill: a sample of its rows, and what is not it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from skillkit.errors import UserError
from skillkit.skills.file import save_skill
from skillkit.skills.replay_file import METADATA_KEY, ROWS, load_replay, replay_path, save_replay
from skillkit.skills.skill import Skill


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a_replay.safetensors"


def test_it_lies_beside_the_skill() -> None:
    assert replay_path(Path("there/a.safetensors")) == Path("there/a_replay.safetensors")


def test_few_rows_are_kept_as_they_are(file: Path) -> None:
    observation = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    save_replay(file, observation, "digest", 0)
    assert torch.equal(load_replay(file, "digest", 2), observation)


def test_of_many_rows_a_sample_is_kept_which_the_seed_draws(file: Path) -> None:
    observation = torch.arange(2 * (ROWS + 5), dtype=torch.float32).reshape(-1, 2)
    drawn = []
    for seed in (0, 0, 1):
        save_replay(file, observation, "digest", seed)
        drawn.append(load_replay(file, "digest", 2))
    assert drawn[0].shape == drawn[0].unique(dim=0).shape == (5_000, 2)
    assert torch.equal(drawn[0][:, 0] + 1.0, drawn[0][:, 1])  # rows are whole
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


@pytest.mark.parametrize(
    "observation",
    [torch.zeros(4, 3), torch.zeros(0, 2), torch.zeros(4, 2, 1), torch.full((4, 2), torch.nan)],
)
def test_what_no_policy_can_be_drawn_from(file: Path, observation: torch.Tensor) -> None:
    save_replay(file, observation, "digest", 0)
    with pytest.raises(UserError, match="does not hold finite observations of 2 numbers; export the skill again"):
        load_replay(file, "digest", 2)


def test_another_skills_an_altered_one_and_no_replay_at_all(file: Path, ball_skill: Skill) -> None:
    save_replay(file, torch.zeros(4, 2), "digest", 0)
    with pytest.raises(UserError, match="is the replay of another skill"):
        load_replay(file, "other", 2)
    with safe_open(file, framework="pt") as opened:
        note = opened.metadata()[METADATA_KEY]
    save_file({"observation": torch.ones(4, 2)}, file, metadata={METADATA_KEY: note})
    with pytest.raises(UserError, match="was altered after it was written"):
        load_replay(file, "digest", 2)
    save_skill(file, ball_skill)
    with pytest.raises(UserError, match=r"is no whole replay .*export the skill again with --with-replay"):
        load_replay(file, "digest", 2)
    file.write_bytes(b"nonsense")
    with pytest.raises(UserError, match="is no whole replay"):
        load_replay(file, "digest", 2)
