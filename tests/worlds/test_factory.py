"""Names become worlds, arenas scaled to the body; unknown names are the user's error."""

from __future__ import annotations

import pytest

from skillkit.bodies import BODIES
from skillkit.errors import UserError
from skillkit.worlds.factory import make_world
from skillkit.worlds.rewards import RewardTerm


def test_the_arena_fits_the_body() -> None:
    assert make_world("ant", "maze").task.arena.goal_radius == 2.0
    assert make_world("ball", "maze", 2).task.arena.goal_radius == 1.0


def test_arguments_reach_the_world() -> None:
    rewards = (RewardTerm("alive"),)
    world = make_world("ball", "open", rewards=rewards, episode_steps=7, num_worlds=3)
    assert (world.rewards, world.episode_steps, world.num_worlds) == (rewards, 7, 3)


def test_a_body_of_ones_own_is_on_every_task_that_has_none_of_its_own() -> None:
    car = BODIES["car"]
    assert make_world(car, "maze").task.arena.goal_radius == 1.0
    with pytest.raises(UserError, match="for the bodies arm, got 'car'; choose one of open, maze, goal"):
        make_world(car, "pusher")
    with pytest.raises(UserError, match="unknown task 'mace'; did you mean 'maze'"):
        make_world(car, "mace")


def test_unknown_names() -> None:
    with pytest.raises(UserError, match="unknown body 'and'; did you mean 'ant'"):
        make_world("and", "open")
    with pytest.raises(UserError, match="unknown task 'mace'; did you mean 'maze'"):
        make_world("ant", "mace")
