"""The cross maze: corridors are free, goals are in them, and nothing gets out."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from skillkit.worlds.arenas import Wall, cross_maze, floor, floor_with_goal


def distance(wall: Wall, points: np.ndarray) -> np.ndarray:
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


def test_nothing_gets_out() -> None:
    cell, walls = 0.2, cross_maze(1.0).walls
    reached, edge = {(0, 0)}, [(0, 0)]
    while edge:
        x, y = edge.pop()
        for near in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            inside = any(distance(wall, cell * np.array([near], float))[0] == 0.0 for wall in walls)
            if near not in reached and not inside:
                assert max(abs(near[0]), abs(near[1])) * cell < 15.0
                reached.add(near)
                edge.append(near)
    assert (round(12.0 / cell), 0) in reached


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
