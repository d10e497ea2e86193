"""One set of figures for every evaluation, with intervals; null where a figure does not apply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from skillkit.evaluation.locomotion import LocomotionReport
from skillkit.evaluation.rollout import PlayedEpisode
from skillkit.evaluation.statistics import bootstrap_interval, wilson_interval


@dataclass(frozen=True)
class Report:
    """What `skillkit eval --json` prints: distances in m, speed in m/s, lengths in control steps.

    Intervals are 95%: Wilson's for success, bootstrap for the return. latent_draw: how the top latent was drawn;
    goal_shares: how often each goal was reached, in the arena's order, where any of several counts.
    """

    episodes: int
    success_rate: float | None
    success_low: float | None
    success_high: float | None
    return_mean: float
    return_low: float
    return_high: float
    episode_length_mean: float
    final_distance_mean: float | None
    fall_rate: float | None
    mean_speed: float | None
    net_displacement_median: float | None
    heading_spread: float | None
    steering: float | None
    coverage: int | None
    goal_shares: list[float] | None
    latent_draw: str

    def as_dict(self) -> dict[str, object]:
        """The figures by name, in order."""
        return asdict(self)


def summarise(
    played: Sequence[PlayedEpisode],
    *,
    has_goal: bool,
    time_step: float | None,
    locomotion: LocomotionReport | None,
    goals: Sequence[tuple[float, float]] = (),
    latent_draw: str,
    seed: int,
) -> Report:
    """The report of episodes; `locomotion` for skills without a goal, `time_step` in seconds where known.

    goals: m, where any of them counts.
    """
    returns = np.array([episode.episode_return for episode in played])
    low, high = bootstrap_interval(returns, seed)
    successes = sum(episode.success for episode in played)
    rate = wilson_interval(successes, len(played)) if has_goal else (None, None)
    paths = [episode.path for episode in played if episode.path is not None]
    distances = [episode.final_distance for episode in played if episode.final_distance is not None]
    speed = None
    if paths and time_step is not None:
        walked = sum(float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum()) for path in paths)
        speed = walked / (time_step * max(1, sum(len(path) - 1 for path in paths)))
    return Report(
        episodes=len(played),
        success_rate=successes / len(played) if has_goal else None,
        success_low=rate[0],
        success_high=rate[1],
        return_mean=float(returns.mean()),
        return_low=low,
        return_high=high,
        episode_length_mean=float(np.mean([episode.length for episode in played])),
        final_distance_mean=float(np.mean(distances)) if has_goal and distances else None,
        fall_rate=float(np.mean([episode.fallen for episode in played])) if paths else None,
        mean_speed=speed,
        net_displacement_median=locomotion.net_displacement_median if locomotion else None,
        heading_spread=locomotion.heading_spread if locomotion else None,
        steering=locomotion.steering if locomotion else None,
        coverage=locomotion.coverage if locomotion else None,
        goal_shares=_goal_shares(played, goals),
        latent_draw=latent_draw,
    )


def _goal_shares(played: Sequence[PlayedEpisode], goals: Sequence[tuple[float, float]]) -> list[float] | None:
    reached = [tuple(episode.goal) for episode in played if episode.success and episode.goal is not None]
    return [reached.count(goal) / len(played) for goal in goals] if goals else None
