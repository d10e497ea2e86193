"""Composing from start to file: what it is made of, what it refuses, and that the result is a skill like any other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from skillkit.config import Recipe
from skillkit.errors import UserError
from skillkit.experiments.compose import compose_skills, parse_weights
from skillkit.experiments.evaluate import evaluate_skill
from skillkit.experiments.train import train
from skillkit.skills.file import load_skill
from skillkit.skills.replay_file import load_replay, replay_path
from skillkit.skills.skill import Skill

Tiny = Callable[..., Recipe]
SMALL: dict[str, Any] = {
    "policy__hidden": [8],
    "algorithm__particles": 2,
    "algorithm__value_samples": 2,
    "algorithm__critic_hidden": [8],
    "training__steps": 300,
    "training__with_replay": True,
}


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled extraction has its test where it is written."""
    monkeypatch.setattr("skillkit.experiments.compose.compiler", lambda: None)


@pytest.fixture(scope="module")
def console() -> Console:
    return Console(quiet=True)


@pytest.fixture(scope="module")
def pair(tiny: Tiny, console: Console, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two seeds of a point among four goals, each with its replay beside it."""
    folder = tmp_path_factory.mktemp("pair")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for seed in (0, 1):
            recipe = tiny("point_multi_goal_flat", training__seed=seed, **SMALL)
            train(recipe, Path(f"seed{seed}.safetensors"), force=False, console=console)
    return folder / "seed0.safetensors", folder / "seed1.safetensors"


def composed(names: list[Any], out: Path, weights: str | None = None, **changes: Any) -> Skill:
    options: dict[str, Any] = {"policy": "sampler", "updates": 3, "seed": 0, "force": False}
    return compose_skills([str(name) for name in names], weights, out, **options | changes, console=Console(quiet=True))


def test_a_composed_skill_is_a_skill_like_any_other(pair: tuple[Path, Path], cwd: Path) -> None:
    skill = composed([*pair], cwd / "both.safetensors", "1,3")
    first, second = map(load_skill, pair)
    card = skill.card
    assert (card.name, card.training.algorithm, card.format_version) == ("both", "compose", 2)
    assert [critic.weight for critic in card.critics] == [0.25, 0.75]
    assert [one["sha256"] for one in card.training.recipe["constituents"]] == [first.card.sha256, second.card.sha256]
    assert card.training.steps == [first.card.training.steps[0] + second.card.training.steps[0]]
    assert card.score["disagreement"] >= -1e-6
    place, action = {"position": np.ones((4, 2))}, np.random.default_rng(0).uniform(-1.0, 1.0, (4, 2))
    mean = 0.25 * first.action_value(place, action) + 0.75 * second.action_value(place, action)
    np.testing.assert_allclose(skill.action_value(place, action), mean, atol=1e-5)
    assert evaluate_skill(skill, episodes=2).report.episodes == 2
    again = composed([cwd / "both.safetensors", pair[0]], cwd / "again.safetensors", policy="flow")
    assert [critic.weight for critic in again.card.critics] == [0.125, 0.375, 0.5]
    assert again.layers[0].card.kind == "flow"


def test_a_skill_agrees_with_itself(pair: tuple[Path, Path], cwd: Path) -> None:
    assert composed([pair[0], pair[0]], cwd / "twice.safetensors").card.score["disagreement"] == pytest.approx(
        0.0, abs=1e-4
    )


def test_states_come_from_the_run_where_none_lie_beside(pair: tuple[Path, Path], cwd: Path) -> None:
    runs = sorted((pair[0].parent / "runs").iterdir())
    skill = composed(runs, cwd / "both.safetensors")
    assert [one["states_from"] for one in skill.card.training.recipe["constituents"]] == ["run", "run"]
    assert [one["states"] for one in skill.card.training.recipe["constituents"]] == [
        len(load_replay(replay_path(path), load_skill(path).card.sha256, 2)) for path in pair
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"algorithm__discount": 0.9}, r"differ in discount \(0\.99 and 0\.9\); compose"),
        ({"algorithm__temperature": 3.0}, r"differ in temperature \(1\.0 and 3\.0\)"),
        ({"policy__hold": 2}, r"differ in hold \(1 and 2\)"),
        ({"algorithm__reward_scale": 0.5}, r"differ in reward scale \(0\.1 and 0\.5\)"),
        ({"algorithm__action_prior": "gaussian"}, r"differ in action prior \(auto and gaussian\)"),
        (
            {"world__body": "ball", "world__task": "open"},
            r"differ in body \(point and ball\), make of the body, .*motors",
        ),
        ({"world__rewards": {"displacement-norm": {"weight": 1.0, "window": 1.0}}}, "differ in .*reward windows"),
    ],
)
def test_what_two_skills_do_not_share_is_named(
    pair: tuple[Path, Path], tiny: Tiny, cwd: Path, console: Console, changes: dict[str, Any], message: str
) -> None:
    recipe = tiny("point_multi_goal_flat", **SMALL | {"training__steps": 8} | changes)
    other = train(recipe, Path("other.safetensors"), force=False, console=console).skill
    with pytest.raises(UserError, match=message):
        composed([pair[0], other], cwd / "both.safetensors")
    assert not (cwd / "both.safetensors").exists()


def test_what_is_refused(pair: tuple[Path, Path], ball_file: Path, cwd: Path, tiny: Tiny, console: Console) -> None:
    out = cwd / "both.safetensors"
    with pytest.raises(UserError, match="was saved without a critic"):
        composed([pair[0], ball_file], out)
    recipe = tiny("point_multi_goal_flat", algorithm__kind="sac", policy__kind="mixture", training__steps=8)
    mixture = train(recipe, Path("mixture.safetensors"), force=False, console=console).skill
    with pytest.raises(UserError, match="trained by sac, judge its own policy alone; compose skills of --algo sql"):
        composed([pair[0], mixture], out)
    with pytest.raises(UserError, match="expected two skills or more"):
        composed([pair[0]], out)
    with pytest.raises(UserError, match="a composed policy is one of flow, sampler, got 'gaussian'"):
        composed([*pair], out, policy="gaussian")
    alone = cwd / "alone.safetensors"
    alone.write_bytes(pair[0].read_bytes())
    with pytest.raises(UserError, match=r"neither alone_replay\.safetensors beside it"):
        composed([alone, pair[1]], out)
    replay_path(alone).write_bytes(replay_path(pair[1]).read_bytes())
    with pytest.raises(UserError, match="is the replay of another skill"):
        composed([alone, pair[1]], out)
    replay_path(alone).write_bytes(b"nonsense")
    with pytest.raises(UserError, match="is no whole replay"):
        composed([alone, pair[1]], out)
    assert not out.exists()
    replay_path(out).write_bytes(b"mine")
    with pytest.raises(UserError, match=r"both_replay\.safetensors' exists already"):
        composed([*pair], out)


def test_weights() -> None:
    assert parse_weights(None, 4) == [0.25] * 4
    assert parse_weights("1,3", 2) == [0.25, 0.75]
    for text in ("", "a,b", "1;2", "1,"):
        with pytest.raises(UserError, match="expected --weights as numbers"):
            parse_weights(text, 2)
    for text in ("0,1", "-1,2", "nan,1", "inf,1", "1e308,1e308"):
        with pytest.raises(UserError, match="greater than 0"):
            parse_weights(text, 2)
    with pytest.raises(UserError, match="a weight for each of 2 skills, got 3"):
        parse_weights("1,2,3", 2)


def test_goals_that_the_task_can_name_together_become_one(tiny: Tiny, console: Console, cwd: Path) -> None:
    for name, goal in (("left", "x=-1"), ("bottom", "y=-0.5")):
        recipe = tiny("arm_pusher_flat", world__goal=goal, **SMALL)
        train(recipe, Path(f"{name}.safetensors"), force=False, console=console)
    made = composed(["left.safetensors", "bottom.safetensors"], Path("both.safetensors"), policy="flow")
    assert made.card.world.goal == "x=-1,y=-0.5"
    found = evaluate_skill(made, episodes=2)
    assert found.report.final_distance_mean is not None
    ends = np.array([episode.path[-1] for episode in found.played if episode.path is not None])
    assert found.report.final_distance_mean == pytest.approx(np.linalg.norm(ends - (-1.0, -0.5), axis=1).mean())


def test_a_composed_skill_is_stacked_upon(pair: tuple[Path, Path], cwd: Path, tiny: Tiny, console: Console) -> None:
    both = cwd / "both.safetensors"
    composed([*pair], both)
    recipe = tiny("ball_maze", name="up", base=str(both), world__body="point", world__task="multi-goal")
    top = load_skill(train(recipe, Path("up.safetensors"), force=False, console=console).skill)
    assert [layer.card.kind for layer in top.layers] == [load_skill(both).card.layers[0].kind, "flow"]
    assert top.critics == ()
