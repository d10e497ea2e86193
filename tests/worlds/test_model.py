"""What is compiled from a body and an arena, and its fingerprint."""

from __future__ import annotations

from skillkit.bodies.ball import Ball
from skillkit.worlds.arenas import cross_maze, floor
from skillkit.worlds.model import build_model, fingerprint


def test_walls_are_added_to_the_body() -> None:
    bare, walled = build_model(Ball(), floor(0.5)), build_model(Ball(), cross_maze(0.5))
    assert walled.ngeom - bare.ngeom == len(cross_maze(0.5).walls)
    assert walled.nu == bare.nu == 2
    assert walled.geom("skillkit/wall_0").id >= 0


def test_the_fingerprint_is_the_bodys_alone() -> None:
    found = fingerprint(build_model(Ball(), cross_maze(0.5)))
    assert found == fingerprint(build_model(Ball(), floor(0.5)))
    assert found["motors"] == ["roll", "turn"]
    assert found["joints"] == ["root_x", "root_y", "root_z", "turn", "roll"]
    assert found["gears"] == [1.0, 0.8]
    assert found["masses"] == [1.52, 1.0]
