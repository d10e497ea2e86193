"""Bodies and boxes are put at their targets and the reward is read; resets; what the tasks refuse; resuming."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from skillkit.errors import UserError
from skillkit.types import Step
from skillkit.worlds.boxes import gap
from skillkit.worlds.factory import make_world
from skillkit.worlds.model import fingerprint
from skillkit.worlds.mujoco_world import MujocoWorld
from skillkit.worlds.registration import ERRANDS, WALKERS


def started(body: str, task: str, **options: Any) -> MujocoWorld:
    """One world, all at rest."""
    world = make_world(body, task, **options)
    world.reset()
    world.physics.qvel[:] = 0.0
    return world


def asked(world: MujocoWorld) -> np.ndarray:
    """The targets that are asked for, (k, 2) m."""
    marks = world.marks()[0]
    return marks[marks[:, 2] == 0.5, :2]


def targets(world: MujocoWorld) -> np.ndarray:
    return world.marks()[0][:, :2]


def seen(world: MujocoWorld, group: str) -> list[float]:
    found: list[float] = world.observe()[0, world.layout.span(group)].tolist()
    return found


def put_body(world: MujocoWorld, place: np.ndarray) -> Step:
    """One step without commands, the body there."""
    world.physics.qpos[:, :2] = place
    return still(world)


def put_boxes(world: MujocoWorld, places: np.ndarray) -> Step:
    """One step without commands, the boxes (k, 2) there, square to the room."""
    world.physics.qpos[0, world.body_model.nq :] = np.pad(places, ((0, 0), (0, 1))).ravel()
    return still(world)


def still(world: MujocoWorld) -> Step:
    world.physics.qvel[:] = 0.0
    return world.step(np.zeros((1, len(world.action_names)), np.float32))


def paid(step: Step) -> tuple[float, float, bool, bool]:
    """What was paid for parts and for the whole, and whether that was a success and an end."""
    parts, whole = (float(step.terms[name][0]) for name in ("part-done", "goal-reached"))
    assert step.reward[0] == parts + whole
    return parts, whole, bool(step.success[0]), bool(step.terminated[0])


LARGEST = {"goto-targets": 13, "move-box": 4, "gather-boxes": 6}  # counts that the room still holds
NOTHING, DONE = (0.0, 0.0, False, False), (1.0, 10.0, True, True)


@pytest.mark.parametrize("body", WALKERS)
def test_going_to_the_target_that_is_named(body: str) -> None:
    world = started(body, "goto-targets", seed=3)
    (named,) = asked(world)
    index = seen(world, "target_index").index(1.0)
    np.testing.assert_array_equal(targets(world)[index], named)
    for other in np.delete(targets(world), index, axis=0):
        assert paid(put_body(world, other)) == NOTHING
    assert paid(put_body(world, named + np.array([0.52, 0.0]))) == NOTHING
    step = put_body(world, named + np.array([0.0, 0.3]))
    assert paid(step) == DONE
    assert step.goal_distance is not None
    assert step.goal_distance[0] == pytest.approx(0.3, abs=0.02)
    assert not step.truncated[0]


@pytest.mark.parametrize("body", WALKERS)
@pytest.mark.parametrize("task", ["move-box", "move-heavy-box"])
def test_moving_boxes_each_to_its_own_target(body: str, task: str) -> None:
    world = started(body, task, count=2, seed=3)
    first, second = targets(world)
    away = -4.0 * first / np.linalg.norm(first)
    assert paid(put_boxes(world, np.stack([second, away]))) == NOTHING  # not its own
    assert paid(put_boxes(world, np.stack([first, away]))) == (1.0, 0.0, False, False)
    assert paid(put_boxes(world, np.stack([away, second]))) == (1.0, 0.0, False, False)
    assert paid(put_boxes(world, np.stack([away, first]))) == NOTHING
    assert paid(put_boxes(world, np.stack([first, second]))) == (0.0, 10.0, True, True)  # both parts were paid before
    assert world.highest_return == 12.0
    world.reset()
    assert paid(put_boxes(world, targets(world))) == (2.0, 10.0, True, True)  # a new episode pays anew


@pytest.mark.parametrize("body", WALKERS)
def test_gathering_boxes_in_a_chain(body: str) -> None:
    world = started(body, "gather-boxes", count=3)
    put_body(world, np.array([4.0, 4.0]))
    assert paid(put_boxes(world, np.array([[0.0, 0.0], [1.1, 0.0], [1.1, 3.0]]))) == NOTHING
    assert paid(put_boxes(world, np.array([[0.0, 0.0], [1.04, 0.0], [1.04, 3.0]]))) == (1.0, 0.0, False, False)
    assert paid(put_boxes(world, np.array([[0.0, 0.0], [1.04, 0.0], [1.04, 1.04]]))) == DONE
    assert world.highest_return == 12.0
    assert make_world(body, "gather-boxes").highest_return == 11.0


@pytest.mark.parametrize("body", WALKERS)
def test_either_the_box_or_the_body_at_the_target(body: str) -> None:
    found = set()
    for seed in range(24):
        world = started(body, "move-or-goto", count=2, seed=seed)
        (named,) = asked(world)
        np.testing.assert_array_equal(targets(world)[seen(world, "target_index").index(1.0)], named)
        push = seen(world, "errand") == [0.0, 1.0]
        found.add((push, seen(world, "target_index").index(1.0)))
        wrong, right = (put_body, put_boxes) if push else (put_boxes, put_body)
        assert paid(wrong(world, named[None])) == NOTHING
        wrong(world, -4.0 * named[None] / np.linalg.norm(named))  # out of the way again
        assert paid(right(world, named[None])) == DONE
        assert world.highest_return == 11.0
    assert found == {(push, target) for push in (False, True) for target in (0, 1)}


@pytest.mark.parametrize("body", WALKERS)
def test_the_box_at_one_target_and_the_body_at_the_other(body: str) -> None:
    world = started(body, "move-and-goto")
    for_box, for_body = targets(world)
    assert len(asked(world)) == 2
    away = -4.0 * for_body / np.linalg.norm(for_body)
    assert paid(put_body(world, for_body)) == (1.0, 0.0, False, False)
    put_body(world, away)
    assert paid(put_boxes(world, for_box[None])) == (1.0, 0.0, False, False)
    assert paid(put_body(world, for_body)) == (0.0, 10.0, True, True)
    assert world.highest_return == 12.0


@pytest.mark.parametrize("body", WALKERS)
@pytest.mark.parametrize(("task", "count"), [*((task, None) for task in ERRANDS), *LARGEST.items()])
def test_no_reset_is_solved_or_overlaps(body: str, task: str, count: int | None) -> None:
    world = make_world(body, task, count=count, num_worlds=100, seed=1)
    for _ in range(2):
        world.reset()
        assert np.ptp(world.heading) > 5.0  # facing anywhere
        boxes = world.boxes(world.physics.qpos)
        ends = np.abs(boxes[..., :2]).max(initial=0.0)
        assert ends < 5.0 - np.sqrt(0.5) - 1.0  # a body can get behind each
        for one in range(boxes.shape[1]):
            assert all((gap(boxes[:, one], boxes[:, other]) > 0.05).all() for other in range(one))
        # MuJoCo itself finds no contact but of the body's feet with the floor, and not a box moves in a step.
        step = world.step(np.zeros((100, len(world.action_names)), np.float32))
        np.testing.assert_allclose(world.boxes(world.physics.qpos), boxes, atol=1e-9)
        assert not step.success.any()
        assert not step.reward.any()
        assert step.goal_distance is not None
        assert (step.goal_distance > 0.1).all()


@pytest.mark.parametrize("body", WALKERS)
@pytest.mark.parametrize("task", ERRANDS)
def test_what_each_level_may_see(body: str, task: str) -> None:
    world = make_world(body, task)
    own = tuple(group.name for group in world.body.groups)
    assert not {"heading", "position", "boxes_velocity"} & set(world.actor_groups)
    assert world.actor_groups == (*own, *world.high_groups)
    boxes = ("boxes_ego", "boxes_heading") if task != "goto-targets" else ()
    assert world.low_groups == (*own, *boxes)
    assert set(boxes) <= set(world.high_groups)
    assert ("boxes_velocity" in world.layout.names) == bool(boxes)
    assert make_world(body, "open").high_groups == ()


@pytest.mark.parametrize("body", WALKERS)
@pytest.mark.parametrize("task", ERRANDS)
def test_all_bodies_see_the_same_task(body: str, task: str) -> None:
    ant, other = make_world("ant", task), make_world(body, task)
    assert ant.task == other.task  # the room is not scaled to the body
    assert ant.layout.subset(ant.high_groups) == other.layout.subset(other.high_groups)
    assert (other.episode_steps, other.body.time_step) == (400, 0.05)
    assert fingerprint(other.body_model) == fingerprint(make_world(body, "open").body_model)


@pytest.mark.parametrize("body", WALKERS)
@pytest.mark.parametrize("task", ["move-or-goto", "gather-boxes"])
def test_resuming_goes_on_bit_for_bit(body: str, task: str) -> None:
    def play(world: MujocoWorld, commands: np.ndarray) -> list[np.ndarray]:
        found: list[np.ndarray] = []
        for command in commands:
            step = world.step(command)
            found += [step.observation, step.reward, step.terminated, step.truncated]
            found += [world.reset(step.ended)] if step.ended.any() else []
        return found

    world, other = (make_world(body, task, episode_steps=9, num_worlds=3, seed=seed) for seed in (1, 2))
    world.reset()
    commands = np.random.default_rng(0).uniform(-1, 1, (30, 3, len(world.action_names))).astype(np.float32)
    play(world, commands[:12])
    state = world.get_state()
    expected = play(world, commands[12:])
    other.set_state(state)
    for one, again in zip(play(other, commands[12:]), expected, strict=True):
        np.testing.assert_array_equal(one, again)


def test_a_part_that_was_paid_is_not_paid_again_after_resuming() -> None:
    world, other = (started("ball", "move-and-goto", seed=seed) for seed in (1, 2))
    assert paid(put_body(world, targets(world)[1])) == (1.0, 0.0, False, False)
    other.set_state(world.get_state())
    np.testing.assert_array_equal(targets(other), targets(world))
    assert paid(still(other)) == NOTHING


def test_a_body_that_lies_is_given_up() -> None:
    world = started("ant", "move-box")
    world.physics.qpos[0, 2:7] = [0.3, 0.0, 1.0, 0.0, 0.0]  # on its back
    steps = [world.step(np.zeros((1, 8), np.float32)) for _ in range(20)]
    assert [step.reward[0] for step in steps] == [0.0] * 19 + [-1.0]
    assert steps[-1].terminated[0]


@pytest.mark.parametrize(
    ("task", "options", "message"),
    [
        ("move-box", {"count": 0}, "the task 'move-box' needs a count of at least 1, got 0; give more"),
        ("move-or-goto", {"count": -1}, "the task 'move-or-goto' needs a count of at least 1, got -1; give more"),
        ("gather-boxes", {"count": 0}, "the task 'gather-boxes' needs a count of at least 2, got 0; give more"),
        ("gather-boxes", {"count": 1}, "the task 'gather-boxes' needs a count of at least 2, got 1; give more"),
        *(
            (
                task,
                {"count": most + 1},
                f"the task {task!r} holds a count of at most {most}, got {most + 1}; give less",
            )
            for task, most in LARGEST.items()
        ),
        ("goto-targets", {"count": 10**9}, r"holds a count of at most \d+, got 1000000000"),
        ("move-or-goto", {"count": 40}, r"holds a count of at most \d+, got 40"),
        ("move-box", {"box_mass": 0.0}, "needs a box_mass above 0 and at most 1000 kg, got 0"),
        ("move-and-goto", {"box_mass": float("nan")}, "needs a box_mass above 0 and at most 1000 kg, got nan"),
        ("move-and-goto", {"count": 2}, "the task 'move-and-goto' has no count to choose, got 2; leave count out"),
        ("goto-targets", {"box_mass": 2.0}, "'goto-targets' has no box_mass to choose, got 2; leave box_mass out"),
        ("maze", {"count": 2}, "the task 'maze' has no count to choose, got 2; leave count out"),
        ("move-box", {"goal": 1}, "'move-box' has no goals to choose from, got goal '1'"),
    ],
)
def test_what_the_tasks_refuse(task: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        make_world("ball", task, **options)


def test_masses_and_counts_reach_the_model() -> None:
    world = make_world("ball", "move-box", count=2, box_mass=5.0)
    assert [world.physics.model.body(f"skillkit/box_{index}").mass[0] for index in (0, 1)] == [5.0, 5.0]
    masses = {name: make_world("ball", name).physics.model.body("skillkit/box_0").mass[0] for name in ERRANDS[1:]}
    assert masses == {**dict.fromkeys(ERRANDS[1:], 1.5), "move-heavy-box": 3.0}
