"""Arenas: corridors are free, goals are in them, and nothing gets out."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from skillkit.worlds.arenas import (
    Arena,
    Rectangle,
    blocked_passage,
    cross_maze,
    finish_line,
    floor,
    floor_with_goal,
    four_goals,
    hallway,
    table_with_target,
    u_turn,
)


def distance(wall: Rectangle, points: np.ndarray) -> np.ndarray:
    """From points (k, 2) to a wall's nearest face, (k,) m."""
    outside = np.abs(points - (wall.x, wall.y)) - (wall.half_x, wall.half_y)
    return np.linalg.norm(np.maximum(outside, 0.0), axis=1)


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_corridors_are_two_metres_wide_on_either_side_at_scale_one(scale: float) -> None:
    along = np.linspace(0.0, 12.0, 49)
    lines = np.concatenate([np.stack([along, 0 * along], 1), np.stack([0 * along + 6.0, along - 6.0], 1)]) * scale
    nearest = np.min([distance(wall, lines) for wall in cross_maze(scale).walls], axis=0)
    assert nearest.min() == pytest.approx(2.0 * scale)


def test_goals_of_the_paper_and_their_scale() -> None:
    assert cross_maze(1.0).goals == ((6.0, -6.0), (6.0, 6.0), (12.0, 0.0))
    assert cross_maze(0.5).goals == ((3.0, -3.0), (3.0, 3.0), (6.0, 0.0))
    assert cross_maze(0.5).goal_radius == 1.0


CELL = 0.2  # m


def reachable(arena: Arena, limit: float) -> set[tuple[int, int]]:
    """The cells of 0.2 m that the origin is connected with; nothing is expected beyond `limit`, m."""
    reached, edge = {(0, 0)}, [(0, 0)]
    while edge:
        x, y = edge.pop()
        for near in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            inside = any(distance(wall, CELL * np.array([near], float))[0] == 0.0 for wall in arena.walls)
            if near not in reached and not inside:
                assert max(abs(near[0]), abs(near[1])) * CELL < limit
                reached.add(near)
                edge.append(near)
    return reached


def cell(x: float, y: float) -> tuple[int, int]:
    """The cell of a place."""
    return round(x / CELL), round(y / CELL)


@pytest.mark.parametrize("arena", [cross_maze(1.0), u_turn(1.0), blocked_passage(1.0)])
def test_goals_can_be_reached_and_nothing_gets_out(arena: Arena) -> None:
    reached = reachable(arena, 15.0)
    assert all(cell(*goal) in reached for goal in arena.goals)


def test_the_u_leads_around_its_end_alone() -> None:
    closed = u_turn(1.0)
    barrier = Rectangle(5.5, 2.0, 2.0, 0.3)
    reached = reachable(Arena(walls=(*closed.walls, barrier)), 15.0)
    assert cell(0.0, 4.0) not in reached


def test_one_way_around_the_block_is_a_dead_end() -> None:
    arena = blocked_passage(1.0)
    other_way = Rectangle(5.0, -1.5, 0.3, 1.6)
    reached = reachable(Arena(walls=(*arena.walls, other_way)), 15.0)
    assert cell(7.0, 1.6) in reached  # in, but not through
    assert cell(11.0, 0.0) not in reached


def test_a_hallway_is_open_ahead_and_closed_behind() -> None:
    walls = hallway(1.0, 3.0).walls
    assert max(wall.x + wall.half_x for wall in walls) == 38.0
    behind = next(wall for wall in walls if wall.half_x < 1.0)
    assert (behind.x + behind.half_x, behind.half_y) == (-2.0, 2.0)


def test_the_nearest_points_of_regions() -> None:
    places = np.array([[0.2, 0.5], [-4.0, 1.0]])
    nearest = [four_goals(1.0).nearest, finish_line(1.0).nearest]
    nearest += [table_with_target(*target).nearest for target in ((1.0, None), (None, -1.0), (1.0, -1.0))]
    found = [place(places).tolist() for place in nearest if place is not None]
    assert found == [
        [[0.0, 5.0], [-5.0, 0.0]],
        [[1.5, 0.5], [1.5, 1.0]],
        [[1.0, 0.5], [1.0, 1.0]],
        [[0.2, -1.0], [-4.0, -1.0]],
        [[1.0, -1.0], [1.0, -1.0]],
    ]


def test_walls_stand_on_the_floor() -> None:
    spec = mujoco.MjSpec()
    cross_maze(0.5).add_to(spec)
    model = spec.compile()
    assert model.ngeom == len(cross_maze(0.5).walls)
    np.testing.assert_allclose(model.geom_pos[:, 2], model.geom_size[:, 2])
    assert not floor(1.0).walls


def test_a_goal_on_the_floor_scales_with_the_body() -> None:
    arenas = floor_with_goal(1.0), floor_with_goal(0.5)
    assert [(arena.goal_distance, arena.goal_radius) for arena in arenas] == [(8.0, 0.5), (4.0, 0.25)]
    assert all(arena.view[2] > arena.goal_distance + arena.goal_radius and not arena.walls for arena in arenas)


def test_zones_are_seen_and_not_felt() -> None:
    spec = mujoco.MjSpec()
    table_with_target(-1.0, None).add_to(spec)
    model = spec.compile()
    assert (model.ngeom, model.geom_contype[0], model.geom_conaffinity[0]) == (1, 0, 0)
    np.testing.assert_allclose(model.geom_pos[0, :2], [-1.0, 0.0])
    np.testing.assert_allclose(model.geom_size[0, :2], [0.2, 2.0])


def test_pictures_mark_the_goal_that_was_drawn_or_all_of_a_region() -> None:
    goal = np.array([3.0, -3.0])
    assert cross_maze(0.5).marks(goal).tolist() == [[3.0, -3.0, 1.0]]
    assert four_goals(1.0).marks(goal).tolist() == [[5, 0, 1], [0, 5, 1], [-5, 0, 1], [0, -5, 1]]
    assert finish_line(1.0).marks(goal).shape == (0, 3)  # its zone stands in the model itself
