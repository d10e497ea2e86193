"""Where bodies move: geometry only, in metres, scaled to the body."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import mujoco
import numpy as np

from skillkit.types import Float
from skillkit.worlds.boxes import add_boxes

WALL_COLOR = (0.55, 0.60, 0.68, 1.0)
ZONE_COLOR, ZONE_HALF_HEIGHT = (0.05, 0.72, 0.42, 0.35), 0.005  # m


@dataclass(frozen=True)
class Rectangle:
    """What a wall or a zone covers of the floor: planar centre (x, y) and half sizes (half_x, half_y), metres."""

    x: float
    y: float
    half_x: float
    half_y: float


@dataclass(frozen=True)
class Arena:
    """A floor with walls, places to go to, and the view that shows it all.

    goals: planar centres; goal_distance: metres from the origin to goals in any direction, 0 where `goals` names
    them; nearest: of a goal that is a region, its nearest points to positions (n, 2), None where goals are points;
    goal_radius: metres within which a goal is reached; goal_spread: metres over which nearness to it is felt; zones:
    where a region is, for pictures; boxes: how many can be pushed around, box_mass: of each, kg; view: (x, y, radius)
    of a circle around everything, metres.
    """

    walls: tuple[Rectangle, ...] = ()
    goals: tuple[tuple[float, float], ...] = ()
    goal_distance: float = 0.0
    nearest: Callable[[Float], Float] | None = None
    goal_radius: float = 0.0
    goal_spread: float = 1.0
    zones: tuple[Rectangle, ...] = ()
    boxes: int = 0
    box_mass: float = 0.0
    wall_height: float = 0.0
    view: tuple[float, float, float] = (0.0, 0.0, 10.0)

    def marks(self, goal: Float) -> Float:
        """The discs that a picture marks as goals, (k, 3): x, y, radius in m; of a region its centres, if it has some.

        goal: the one that was drawn, (2,) m.
        """
        places = [goal] if self.nearest is None else self.goals
        return np.reshape([[*place, self.goal_radius] for place in places], (-1, 3))

    def add_to(self, spec: mujoco.MjSpec) -> None:
        """Put walls and boxes into a body's MJCF, and the zones as something to see."""
        for index, wall in enumerate(self.walls):
            geom = spec.worldbody.add_geom()
            geom.name = f"skillkit/wall_{index}"
            geom.type = mujoco.mjtGeom.mjGEOM_BOX
            geom.pos = [wall.x, wall.y, self.wall_height / 2.0]
            geom.size = [wall.half_x, wall.half_y, self.wall_height / 2.0]
            geom.rgba = WALL_COLOR
            geom.contype, geom.conaffinity = 1, 1
            geom.condim, geom.priority = 1, 1  # without friction: bodies slide along walls rather than stick to them
        for index, zone in enumerate(self.zones):
            geom = spec.worldbody.add_geom()
            geom.name = f"skillkit/zone_{index}"
            geom.type = mujoco.mjtGeom.mjGEOM_BOX
            geom.pos = [zone.x, zone.y, ZONE_HALF_HEIGHT]
            geom.size = [zone.half_x, zone.half_y, ZONE_HALF_HEIGHT]
            geom.rgba = ZONE_COLOR
            geom.contype, geom.conaffinity = 0, 0
        add_boxes(spec, self.boxes, self.box_mass)


def floor(scale: float) -> Arena:
    """A floor without walls."""
    return Arena(view=(0.0, 0.0, 12.0 * scale))


def floor_with_goal(scale: float) -> Arena:
    """A floor without walls; at scale 1 the goal is 8 m from the origin in any direction, its radius 0.5 m."""
    return Arena(goal_distance=8.0 * scale, goal_radius=0.5 * scale, view=(0.0, 0.0, 12.0 * scale))


def four_goals(scale: float) -> Arena:
    """A floor with goals at 5 m along both axes, both ways, at scale 1; their radius is 1 m. Any of them counts."""
    places = ((5.0, 0.0), (0.0, 5.0), (-5.0, 0.0), (0.0, -5.0))
    goals = tuple((scale * x, scale * y) for x, y in places)
    nearest = partial(_nearest_of, np.array(goals))
    return Arena(goals=goals, nearest=nearest, goal_radius=scale, view=(0.0, 0.0, 7.0 * scale))


def finish_line(scale: float) -> Arena:
    """A floor whose goal is everything beyond a line across it, at x = 1.5 m at scale 1."""
    line = 1.5 * scale
    zone = Rectangle(line + 0.05 * scale, 0.0, 0.05 * scale, 3.0 * scale)
    return Arena(nearest=partial(_beyond, line), zones=(zone,), view=(0.0, 0.0, 5.0 * scale))


def table_with_target(x: float | None, y: float | None) -> Arena:
    """A table where an object shall be within 0.2 m of a line, x = ... or y = ... m, or of the point of both."""
    near, far = 0.2, 2.0
    zone = Rectangle(x or 0.0, y or 0.0, far if x is None else near, far if y is None else near)
    target = np.array([np.nan if place is None else place for place in (x, y)])
    return Arena(nearest=partial(_on_target, target), goal_radius=near, zones=(zone,), view=(0.0, -0.3, 2.2))


def hallway(scale: float, width: float) -> Arena:
    """A hallway along x from x = -2 m, closed there, of this width, m at scale 1; nobody walks to its other end."""
    thick, length = 0.25, 40.0
    half = width / 2.0
    walls = [(length / 2.0 - 2.0, side * (half + thick), length / 2.0, thick) for side in (-1.0, 1.0)]
    walls.append((-2.0 - thick, 0.0, thick, half + 2 * thick))
    return Arena(walls=_walls(scale, walls), wall_height=scale, view=(10.0 * scale, 0.0, 13.0 * scale))


def u_turn(scale: float) -> Arena:
    """A hallway that turns back: 5 m out along y = 0, and back along y = 4 to the goal at (0, 4) m, at scale 1.

    Haarnoja (2018) shows such a hallway (figure 3.7d) without its sizes.
    """
    thick = 0.25
    walls = [
        (2.5, -1.5 - thick, 4.5 + 2 * thick, thick),
        (2.5, 5.5 + thick, 4.5 + 2 * thick, thick),
        (-2.0 - thick, 2.0, thick, 3.5),
        (7.0 + thick, 2.0, thick, 3.5),
        (0.75, 2.0, 2.75, 0.5),  # what it turns around
    ]
    return Arena(
        walls=_walls(scale, walls),
        goals=((0.0, 4.0 * scale),),
        goal_radius=scale,
        goal_spread=2.0 * scale,
        wall_height=scale,
        view=(2.5 * scale, 2.0 * scale, 5.5 * scale),
    )


def blocked_passage(scale: float) -> Arena:
    """Two passages to a goal behind the wall between them, alike at first; the left one is a dead end.

    At scale 1 the hall is 14 by 6 m, the wall 6 m long, and the goal 11 m ahead of the start. Haarnoja (2018) shows
    such a maze (figure 3.5b) without its sizes.
    """
    thick = 0.25
    walls = [
        (5.0, -3.0 - thick, 7.0 + 2 * thick, thick),
        (5.0, 3.0 + thick, 7.0 + 2 * thick, thick),
        (-2.0 - thick, 0.0, thick, 3.0),
        (12.0 + thick, 0.0, thick, 3.0),
        (5.0, 0.0, 3.0, 0.1),  # what stands between the passages
        (8.0 - thick, 1.55, thick, 1.45),  # the dead end
    ]
    return Arena(
        walls=_walls(scale, walls),
        goals=((11.0 * scale, 0.0),),
        goal_radius=scale,
        goal_spread=6.0 * scale,
        wall_height=scale,
        view=(5.0 * scale, 0.0, 7.5 * scale),
    )


def cross_maze(scale: float) -> Arena:
    """The cross maze of Haarnoja et al. (2018), section 6.3: start at its west end, goals at the other three.

    At scale 1 the corridors are 4 m wide around the lines y = 0 and x = 6; goals 0, 1, 2 stand at (6, -6),
    (6, 6), (12, 0) with a radius of 2 m. The paper gives goals and radius; the corridors are read off its figure.
    """
    half, thick = 2.0, 0.25  # half width of a corridor, half thickness of a wall
    walls = []
    for side in (-1.0, 1.0):
        offset = side * (half + thick)
        walls += [(1.0, offset, 3.0, thick), (11.0, offset, 3.0, thick)]  # along the corridor to goal 2
        walls += [(6.0 + offset, side_y * 5.0, thick, 3.0) for side_y in (-1.0, 1.0)]  # along goals 0 and 1
        walls += [(6.0, side * (8.0 + thick), half + 2 * thick, thick)]  # behind goals 0 and 1
    walls += [(-2.0 - thick, 0.0, thick, half + 2 * thick), (14.0 + thick, 0.0, thick, half + 2 * thick)]
    return Arena(
        walls=_walls(scale, walls),
        goals=tuple((scale * x, scale * y) for x, y in ((6.0, -6.0), (6.0, 6.0), (12.0, 0.0))),
        goal_radius=2.0 * scale,
        wall_height=1.0 * scale,
        view=(6.0 * scale, 0.0, 9.5 * scale),
    )


def _walls(scale: float, walls: list[tuple[float, float, float, float]]) -> tuple[Rectangle, ...]:
    return tuple(Rectangle(*(scale * value for value in wall)) for wall in walls)


def _nearest_of(goals: Float, position: Float) -> Float:
    """The nearest of goals (k, 2) to each position (n, 2)."""
    return goals[np.linalg.norm(position[:, None] - goals, axis=2).argmin(1)]


def _beyond(line: float, position: Float) -> Float:
    """The nearest point with x >= line to each position (n, 2)."""
    return np.stack([np.maximum(position[:, 0], line), position[:, 1]], axis=1)


def _on_target(target: Float, position: Float) -> Float:
    """The nearest point to each position (n, 2) whose coordinates are the target's (2,) where those are numbers."""
    return np.where(np.isnan(target), position, target)
