"""Reward terms: small pure functions of what one control step brought; each has a name and a weight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from skillkit.bodies.rotation import to_heading_frame
from skillkit.errors import unknown_name
from skillkit.types import Bool, Float

DEFAULT_WINDOW = 4.0  # seconds


@dataclass(frozen=True)
class Motion:
    """One control step of n worlds, as far as rewards look at it.

    previous_position, position: (n, 2) m; heading: (n,) rad, after the step; action: (n, motors) in [-1, 1];
    healthy: (n,); reached: (n,), that the goal is reached now; success: (n,), that it is reached as it should be;
    part_done: (n,), how many parts of what is asked for hold for the first time in the episode;
    given_up: (n,), that the body has lain for too long; window_start: (n, 2) m, where the body was one window ago, or
    at the episode's start; window: s; time_step: s; goal_distance: (n,) m, 0 where there is no goal; goal_spread: m,
    over which nearness to a goal is felt; contact_load: (n,), squared contact torques and forces, N^2 m^2 and N^2, as
    the body weighs them.
    """

    previous_position: Float
    position: Float
    heading: Float
    action: Float
    healthy: Bool
    reached: Bool
    success: Bool
    part_done: Float
    given_up: Bool
    window_start: Float
    window: float
    time_step: float
    goal_distance: Float
    goal_spread: float
    contact_load: Float


def velocity_norm(motion: Motion) -> Float:
    """Planar speed in any direction, m/s (Haarnoja et al. 2018, section 6.3)."""
    return np.linalg.norm(motion.position - motion.previous_position, axis=1) / motion.time_step


def displacement_norm(motion: Motion) -> Float:
    """Net planar displacement over a window, per second, m/s: speed without shivering or circling."""
    return np.linalg.norm(motion.position - motion.window_start, axis=1) / motion.window


def forward(motion: Motion) -> Float:
    """Planar speed along the body's own heading, m/s."""
    velocity = (motion.position - motion.previous_position) / motion.time_step
    return to_heading_frame(motion.heading, velocity)[:, 0]


def x_velocity(motion: Motion) -> Float:
    """Speed along the world's x axis, m/s (what Gymnasium's running tasks pay)."""
    velocity: Float = (motion.position - motion.previous_position)[:, 0] / motion.time_step
    return velocity


def x_displacement_norm(motion: Motion) -> Float:
    """Net displacement along the world's x axis, either way, over a window, per second, m/s."""
    return np.abs(motion.position - motion.window_start)[:, 0] / motion.window


def alive(motion: Motion) -> Float:
    """1 for every step in which the body is healthy."""
    return motion.healthy.astype(np.float64)


def control_cost(motion: Motion) -> Float:
    """Minus the squared norm of the motors' commands."""
    return -np.square(motion.action).sum(axis=1)


def contact_cost(motion: Motion) -> Float:
    """Minus the squared contact forces, of bodies on the task run that observe them."""
    return -motion.contact_load


def squared_goal_distance(motion: Motion) -> Float:
    """Minus the squared distance from the goal, m^2."""
    return -np.square(motion.goal_distance)


def goal_distance(motion: Motion) -> Float:
    """Minus the distance from the goal, m."""
    return -motion.goal_distance


def goal_proximity(motion: Motion) -> Float:
    """A Gaussian bump of height 1 around the goal, as wide as the arena says."""
    return np.exp(-0.5 * np.square(motion.goal_distance / motion.goal_spread))


def at_goal(motion: Motion) -> Float:
    """1 for every step at the goal, or within its region."""
    return motion.reached.astype(np.float64)


def goal_reached(motion: Motion) -> Float:
    """1 for the step in which the goal is reached."""
    return motion.success.astype(np.float64)


def part_done(motion: Motion) -> Float:
    """1 for each part of an errand in the step in which it is done for the first time."""
    return motion.part_done


def given_up(motion: Motion) -> Float:
    """-1 for the step in which a body that does not get up is given up."""
    return np.where(motion.given_up, -1.0, 0.0)


@dataclass(frozen=True)
class RewardKind:
    """A reward by name: its function, and whether it looks back over a window.

    bounds: the least and most that it pays in an episode, None where that depends on the episode's length; by_parts:
    whether these are for each part of what is asked for.
    """

    function: Callable[[Motion], Float]
    windowed: bool = False
    bounds: tuple[float, float] | None = None
    by_parts: bool = False


REWARDS: dict[str, RewardKind] = {
    "velocity-norm": RewardKind(velocity_norm),
    "displacement-norm": RewardKind(displacement_norm, windowed=True),
    "forward": RewardKind(forward),
    "x-velocity": RewardKind(x_velocity),
    "x-displacement-norm": RewardKind(x_displacement_norm, windowed=True),
    "alive": RewardKind(alive),
    "control-cost": RewardKind(control_cost),
    "contact-cost": RewardKind(contact_cost),
    "goal-distance": RewardKind(goal_distance),
    "goal-proximity": RewardKind(goal_proximity),
    "squared-goal-distance": RewardKind(squared_goal_distance),
    "at-goal": RewardKind(at_goal),
    "goal-reached": RewardKind(goal_reached, bounds=(0.0, 1.0)),
    "part-done": RewardKind(part_done, bounds=(0.0, 1.0), by_parts=True),
    "given-up": RewardKind(given_up, bounds=(-1.0, 0.0)),
}


@dataclass(frozen=True)
class RewardTerm:
    """A named reward with its weight, and for windowed ones the window in seconds (None: 4 s).

    Raises UserError for a name that is not known.
    """

    name: str
    weight: float = 1.0
    window: float | None = None

    def __post_init__(self) -> None:
        if self.name not in REWARDS:
            raise unknown_name("reward", self.name, REWARDS)

    @property
    def looks_back(self) -> float | None:
        """Seconds of the past that it pays for, None where that is the last control step alone."""
        return (self.window or DEFAULT_WINDOW) if REWARDS[self.name].windowed else None

    def most(self, parts: int) -> float | None:
        """The most that it can pay in an episode that asks for so many parts, None where that depends on its length."""
        kind = REWARDS[self.name]
        if kind.bounds is None:
            return None
        return max(self.weight * bound for bound in kind.bounds) * (parts if kind.by_parts else 1)

    def __call__(self, motion: Motion) -> Float:
        """The weighted value, (n,)."""
        return self.weight * REWARDS[self.name].function(motion)
