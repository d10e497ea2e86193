"""Where bodies move: geometry only, in metres, scaled to the body."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco

WALL_COLOR = (0.55, 0.60, 0.68, 1.0)


@dataclass(frozen=True)
class Wall:
    """An upright box: planar centre (x, y) and half sizes (half_x, half_y), metres."""

    x: float
    y: float
    half_x: float
    half_y: float


@dataclass(frozen=True)
class Arena:
    """A floor with walls, places to go to, and the view that shows it all.

    goals: planar centres; goal_distance: metres from the origin to goals in any direction, 0 where `goals` names
    them; goal_radius: metres; view: (x, y, radius) of a circle around everything, metres.
    """

    walls: tuple[Wall, ...] = ()
    goals: tuple[tuple[float, float], ...] = ()
    goal_distance: float = 0.0
    goal_radius: float = 0.0
    wall_height: float = 0.0
    view: tuple[float, float, float] = (0.0, 0.0, 10.0)

    def add_to(self, spec: mujoco.MjSpec) -> None:
        """Put the walls into a body's MJCF."""
        for index, wall in enumerate(self.walls):
            geom = spec.worldbody.add_geom()
            geom.name = f"wall_{index}"
            geom.type = mujoco.mjtGeom.mjGEOM_BOX
            geom.pos = [wall.x, wall.y, self.wall_height / 2.0]
            geom.size = [wall.half_x, wall.half_y, self.wall_height / 2.0]
            geom.rgba = WALL_COLOR
            geom.contype, geom.conaffinity = 1, 1
            geom.condim, geom.priority = 1, 1  # without friction: bodies slide along walls rather than stick to them


def floor(scale: float) -> Arena:
    """A floor without walls."""
    return Arena(view=(0.0, 0.0, 12.0 * scale))


def floor_with_goal(scale: float) -> Arena:
    """A floor without walls; at scale 1 the goal is 8 m from the origin in any direction, its radius 0.5 m."""
    return Arena(goal_distance=8.0 * scale, goal_radius=0.5 * scale, view=(0.0, 0.0, 12.0 * scale))


def four_goals(scale: float) -> Arena:
    """A floor with goals at 5 m along both axes, both ways, at scale 1; their radius is 1 m."""
    places = ((5.0, 0.0), (0.0, 5.0), (-5.0, 0.0), (0.0, -5.0))
    goals = tuple((scale * x, scale * y) for x, y in places)
    return Arena(goals=goals, goal_radius=scale, view=(0.0, 0.0, 7.0 * scale))


def cross_maze(scale: float) -> Arena:
    """The cross maze of Haarnoja et al. (2018), section 6.3: start at its west end, goals at the other three.

    At scale 1 the corridors are 4 m wide around the lines y = 0 and x = 6; goals 0, 1, 2 stand at (6, -6),
    (6, 6), (12, 0) with a radius of 2 m. The paper gives goals and radius; the corridors are read off its figure.
    """
    half, thick = 2.0, 0.25  # half width of a corridor, half thickness of a wall
    boxes = []
    for side in (-1.0, 1.0):
        offset = side * (half + thick)
        boxes += [(1.0, offset, 3.0, thick), (11.0, offset, 3.0, thick)]  # along the corridor to goal 2
        boxes += [(6.0 + offset, side_y * 5.0, thick, 3.0) for side_y in (-1.0, 1.0)]  # along goals 0 and 1
        boxes += [(6.0, side * (8.0 + thick), half + 2 * thick, thick)]  # behind goals 0 and 1
    boxes += [(-2.0 - thick, 0.0, thick, half + 2 * thick), (14.0 + thick, 0.0, thick, half + 2 * thick)]
    return Arena(
        walls=tuple(Wall(*(scale * value for value in box)) for box in boxes),
        goals=tuple((scale * x, scale * y) for x, y in ((6.0, -6.0), (6.0, 6.0), (12.0, 0.0))),
        goal_radius=2.0 * scale,
        wall_height=1.0 * scale,
        view=(6.0 * scale, 0.0, 9.5 * scale),
    )
