"""Single pictures of a world, for Gymnasium's `render`."""

from __future__ import annotations

import mujoco
import numpy as np

from skillkit.rendering.renderer import Renderer, camera_at
from skillkit.worlds.mujoco_world import MujocoWorld

SIZE = 480  # pixels, both ways
FOLLOW_DISTANCE = 8.0  # metres from an ant
FOLLOW_ELEVATION = -30.0  # degrees


class Picture:
    """Draws the first world of a batch: its whole arena where there is something in it, else the body from nearby."""

    def __init__(self, world: MujocoWorld) -> None:
        self.world = world
        self._renderer = Renderer(world.physics.model, SIZE, SIZE)

    def draw(self) -> np.ndarray:
        """The world now, (480, 480, 3) uint8."""
        world = self.world
        return self._renderer.draw(world.physics.qpos[0], self._camera(), world.marks()[0])

    def close(self) -> None:
        """Free what the graphics driver holds."""
        self._renderer.close()

    def _camera(self) -> mujoco.MjvCamera:
        world = self.world
        if world.task.arena.walls or world.task.arena.zones:
            return self._renderer.overview(world.task.arena.view)
        self._renderer.pose(world.physics.qpos[0])
        root = self._renderer.data.body(world.body.root).xpos
        return camera_at(root, FOLLOW_DISTANCE * world.body.scale, 90.0, FOLLOW_ELEVATION)
