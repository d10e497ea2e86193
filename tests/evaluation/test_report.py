"""The report: numbers by hand, and null where a figure does not apply."""

from __future__ import annotations

import json

import numpy as np
import pytest

from skillkit.evaluation.locomotion import LocomotionReport
from skillkit.evaluation.report import Report, summarise
from skillkit.evaluation.rollout import PlayedEpisode
from skillkit.evaluation.statistics import wilson_interval

KEYS = [
    "episodes",
    "success_rate",
    "success_low",
    "success_high",
    "return_mean",
    "return_low",
    "return_high",
    "episode_length_mean",
    "final_distance_mean",
    "fall_rate",
    "mean_speed",
    "net_displacement_median",
    "heading_spread",
    "steering",
    "coverage",
    "goal_shares",
    "latent_draw",
]


def walk(
    points: list[tuple[float, float]], *, episode_return: float, success: bool, fallen: bool = False
) -> PlayedEpisode:
    """An episode along these points, its goal at (3, 4)."""
    path = np.array(points)
    goal = np.array([3.0, 4.0])
    distance = float(np.linalg.norm(path[-1] - goal))
    return PlayedEpisode(
        episode_return, len(points) - 1, success, fallen, path, path, 0.0, goal, final_distance=distance
    )


WALKS = [
    walk([(0, 0), (3, 4)], episode_return=1000.0, success=True),
    walk([(0, 0), (0, 1), (0, 2), (0, 0)], episode_return=0.0, success=False, fallen=True),
    walk([(0, 0), (0, 4), (0, 4)], episode_return=20.0, success=False),
]


def report(played: list[PlayedEpisode], *, has_goal: bool, locomotion: LocomotionReport | None = None) -> Report:
    return summarise(played, has_goal=has_goal, time_step=0.05, locomotion=locomotion, latent_draw="step", seed=0)


def test_numbers_by_hand() -> None:
    found = report(WALKS, has_goal=True)
    assert found.episodes == 3
    assert found.success_rate == pytest.approx(1 / 3)
    assert (found.success_low, found.success_high) == wilson_interval(1, 3)
    assert found.return_mean == pytest.approx(340.0)
    assert 0.0 <= found.return_low <= 340.0 <= found.return_high <= 1000.0
    assert found.episode_length_mean == 2.0
    assert found.final_distance_mean == pytest.approx((0 + 5 + 3) / 3)
    assert found.fall_rate == pytest.approx(1 / 3)
    assert found.mean_speed == pytest.approx((5 + 4 + 4) / (6 * 0.05))
    assert found.latent_draw == "step"
    assert found.net_displacement_median is found.heading_spread is found.steering is found.coverage is None


def test_shares_of_goals_of_which_any_counts() -> None:
    goals = [(3.0, 4.0), (0.0, 1.0)]
    found = summarise(WALKS, has_goal=True, time_step=0.05, locomotion=None, goals=goals, latent_draw="step", seed=0)
    assert found.goal_shares == [pytest.approx(1 / 3), 0.0]  # one of three walks reached its goal, the first


def test_without_a_goal_there_is_neither_success_nor_distance() -> None:
    locomotion = LocomotionReport(net_displacement_median=7.5, heading_spread=0.9, steering=None, coverage=6, unmoved=2)
    found = report(WALKS, has_goal=False, locomotion=locomotion)
    assert found.success_rate is found.success_low is found.success_high is found.final_distance_mean is None
    assert (found.net_displacement_median, found.heading_spread, found.steering, found.coverage) == (7.5, 0.9, None, 6)


def test_a_gymnasium_environment_leaves_returns_and_lengths() -> None:
    played = [PlayedEpisode(1.0, 10, False, False), PlayedEpisode(3.0, 20, False, False)]
    found = summarise(played, has_goal=False, time_step=None, locomotion=None, latent_draw="zero", seed=0)
    filled = {name: value for name, value in found.as_dict().items() if value is not None}
    returns = {"return_mean", "return_low", "return_high"}
    assert filled.keys() == {"episodes", *returns, "episode_length_mean", "latent_draw"}
    assert (found.return_mean, found.episode_length_mean) == (2.0, 15.0)


def test_the_keys_of_the_json_document() -> None:
    document = json.loads(json.dumps(report(WALKS, has_goal=True).as_dict(), allow_nan=False))
    assert list(document) == KEYS
    assert document["steering"] is None


def test_the_same_seed_gives_the_same_interval() -> None:
    assert report(WALKS, has_goal=True) == report(WALKS, has_goal=True)


def test_one_episode_is_a_report_too() -> None:
    found = report(WALKS[:1], has_goal=True)
    assert (found.return_low, found.return_mean, found.return_high) == (1000.0, 1000.0, 1000.0)
    assert found.success_rate == 1.0
