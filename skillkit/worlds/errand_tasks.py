"""Tasks of a room with targets and boxes, after Tirumala et al. (2020), appendix C.1; the same room for every body.

All pay 1 for each part that is done for the first time in an episode and 10 when all hold at once, which ends it; a
body that is given up costs 1. The paper describes them in words and gives no sizes.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count as counting

from skillkit.errors import UserError
from skillkit.types import Group
from skillkit.worlds.arenas import Arena, Rectangle
from skillkit.worlds.boxes import HEAVY_MASS, MASS
from skillkit.worlds.errands import RADIUS, Errands
from skillkit.worlds.placements import fits
from skillkit.worlds.rewards import RewardTerm
from skillkit.worlds.task import HEADING, PATIENCE, POSITION, Task, no_goal

HALF = 5.0  # m, of the room, inside
HEAVIEST = 1000.0  # kg
LIMIT = 100  # targets or boxes, more than the room holds


def goto_targets(scale: float, goal: str | None, count: int = 3) -> Task:
    """Go to one of K targets, whichever the episode names."""
    return _task("goto-targets", goal, _checked("goto-targets", _visits, count), indexed=True)


def move_box(scale: float, goal: str | None, count: int = 1, box_mass: float = MASS) -> Task:
    """Push K boxes to K targets, each to its own."""
    return _task("move-box", goal, _checked("move-box", _deliveries, count, box_mass))


def move_heavy_box(scale: float, goal: str | None, count: int = 1, box_mass: float = HEAVY_MASS) -> Task:
    """Push K boxes of twice the mass to K targets, each to its own."""
    return _task("move-heavy-box", goal, _checked("move-heavy-box", _deliveries, count, box_mass))


def gather_boxes(scale: float, goal: str | None, count: int = 2, box_mass: float = MASS) -> Task:
    """Push K boxes together, each against the next."""
    return _task("gather-boxes", goal, _checked("gather-boxes", _touches, count, box_mass, least=2))


def move_or_goto(scale: float, goal: str | None, count: int = 1, box_mass: float = MASS) -> Task:
    """Go to one of K targets, or push the box there, whichever the episode names."""
    errands = _checked("move-or-goto", _visits_or_deliveries, count, box_mass)
    return _task("move-or-goto", goal, errands, indexed=True, either=True)


def move_and_goto(scale: float, goal: str | None, box_mass: float = MASS) -> Task:
    """Push the box to the first target and go to the second."""
    _check_mass("move-and-goto", box_mass)
    errands = Errands(2, 1, ((0, 1),), box_mass, visits=(1,), deliveries=((0, 0),))
    return _task("move-and-goto", goal, errands)


def _visits(count: int, box_mass: float) -> Errands:
    visits = tuple(range(count))
    return Errands(count, 0, tuple((part,) for part in visits), count=count, visits=visits)


def _deliveries(count: int, box_mass: float) -> Errands:
    each = tuple(range(count))
    return Errands(count, count, (each,), box_mass, count, deliveries=tuple(zip(each, each, strict=True)))


def _touches(count: int, box_mass: float) -> Errands:
    touches = tuple((box, box + 1) for box in range(count - 1))
    return Errands(0, count, (tuple(range(count - 1)),), box_mass, count, touches=touches)


def _visits_or_deliveries(count: int, box_mass: float) -> Errands:
    visits, deliveries = tuple(range(count)), tuple((0, target) for target in range(count))
    asked = tuple((part,) for part in range(2 * count))
    return Errands(count, 1, asked, box_mass, count, visits, deliveries)


def _task(name: str, goal: str | None, errands: Errands, *, indexed: bool = False, either: bool = False) -> Task:
    """The task of these errands. indexed: whether a target is named; either: whether to go or to push is named."""
    no_goal(name, goal)
    targets, boxes = 2 * errands.targets, 2 * errands.boxes
    offered = (
        Group("targets_ego", targets, "m"),
        Group("target_index", errands.targets * indexed, "1"),
        Group("boxes_ego", boxes, "m"),
        Group("boxes_heading", boxes, "1"),
        Group("errand", 2 * either, "1"),
    )
    seen = tuple(group for group in offered if group.width)
    velocity = (Group("boxes_velocity", boxes, "m/s"),) if boxes else ()
    return Task(
        name=name,
        arena=room(errands.boxes, errands.box_mass or 0.0),
        episode_steps=400,
        rewards=(RewardTerm("part-done"), RewardTerm("goal-reached", weight=10.0), RewardTerm("given-up")),
        errands=errands,
        random_heading=True,
        patience=PATIENCE,
        groups=(HEADING, POSITION, *seen, *velocity),
        actor_groups=tuple(group.name for group in seen),
        low_groups=("boxes_ego", "boxes_heading") if boxes else (),
    )


def room(boxes: int, box_mass: float) -> Arena:
    """A square room, 10 m wide for every body, with so many boxes of this mass, kg."""
    thick = 0.25
    far, long = HALF + thick, HALF + 2 * thick
    walls = (Rectangle(-far, 0.0, thick, long), Rectangle(far, 0.0, thick, long), Rectangle(0.0, -far, HALF, thick))
    return Arena(
        walls=(*walls, Rectangle(0.0, far, HALF, thick)),
        goal_radius=RADIUS,
        boxes=boxes,
        box_mass=box_mass,
        wall_height=0.5,
        view=(0.0, 0.0, 6.2),
    )


def _checked(
    name: str, make: Callable[[int, float], Errands], count: int, box_mass: float = MASS, *, least: int = 1
) -> Errands:
    """The errands of so many targets or boxes; a UserError for a count or a mass that there cannot be."""
    _check_mass(name, box_mass)
    if count < least:
        raise UserError(f"the task {name!r} needs a count of at least {least}, got {count}; give more.")
    if count > LIMIT or not fits(make(count, box_mass)):
        most = next(number for number in counting(least) if not fits(make(number + 1, box_mass)))
        raise UserError(f"the room of the task {name!r} holds a count of at most {most}, got {count}; give less.")
    return make(count, box_mass)


def _check_mass(name: str, box_mass: float) -> None:
    if not 0.0 < box_mass <= HEAVIEST:
        raise UserError(
            f"the task {name!r} needs a box_mass above 0 and at most {HEAVIEST:g} kg, got {box_mass:g}; change it."
        )
