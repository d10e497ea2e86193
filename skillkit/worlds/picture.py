"""Single pictures of a world, for Gymnasium's `render`; drawn by MuJoCo, with or without a screen."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import mujoco
import numpy as np

from skillkit.errors import UserError
from skillkit.worlds.mujoco_world import MujocoWorld

SIZE = 480  # pixels, both ways
FOLLOW_DISTANCE = 8.0  # metres from an ant
ELEVATION, OVERVIEW_ELEVATION = -30.0, -62.0  # degrees
GOAL_COLOR = np.array([0.05, 0.72, 0.42, 0.45], np.float32)


class Picture:
    """Draws the first world of a batch: its whole arena where it has walls, else the body from nearby."""

    def __init__(self, world: MujocoWorld) -> None:
        self.world = world
        self._model = world.physics.model
        self._data = mujoco.MjData(self._model)
        backend = opengl_backend(dict(os.environ), sys.platform)
        try:
            self._gl = import_module(f"mujoco.{backend}").GLContext(SIZE, SIZE)
            self._gl.make_current()
            self._context = mujoco.MjrContext(self._model, mujoco.mjtFontScale.mjFONTSCALE_100.value)
        except Exception as error:  # each backend fails in its own way
            raise UserError(
                f"the OpenGL backend {backend!r} cannot draw here ({error}); set MUJOCO_GL to egl, osmesa or glfw."
            ) from error
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, self._context)
        self._scene = mujoco.MjvScene(self._model, maxgeom=1000)

    def draw(self) -> np.ndarray:
        """The world now, (480, 480, 3) uint8."""
        self._gl.make_current()
        self._data.qpos[:] = self.world.physics.qpos[0]
        mujoco.mj_forward(self._model, self._data)
        every, option = mujoco.mjtCatBit.mjCAT_ALL.value, mujoco.MjvOption()
        mujoco.mjv_updateScene(self._model, self._data, option, None, self._camera(), every, self._scene)
        if self.world.task.goal is not None:
            self._add_goal()
        rect, pixels = mujoco.MjrRect(0, 0, SIZE, SIZE), np.empty((SIZE, SIZE, 3), np.uint8)
        mujoco.mjr_render(rect, self._scene, self._context)
        mujoco.mjr_readPixels(pixels, None, rect, self._context)
        return pixels[::-1].copy()

    def close(self) -> None:
        """Free what the graphics driver holds."""
        self._context.free()
        self._gl.free()

    def _camera(self) -> mujoco.MjvCamera:
        camera, arena = mujoco.MjvCamera(), self.world.task.arena
        camera.azimuth = 90.0
        if arena.walls:
            x, y, radius = arena.view
            camera.lookat[:] = (x, y, 0.0)
            camera.distance = radius / np.sin(np.radians(self._model.vis.global_.fovy / 2.0))
            camera.elevation = OVERVIEW_ELEVATION
        else:
            camera.lookat[:] = self._data.body(self.world.body.root).xpos
            camera.distance = FOLLOW_DISTANCE * self.world.body.scale
            camera.elevation = ELEVATION
        return camera

    def _add_goal(self) -> None:
        place = np.array([*self.world.goal[0], 0.02])
        size = np.array([self.world.task.arena.goal_radius, 0.02, 0.0])
        disc, kind = self._scene.geoms[self._scene.ngeom], mujoco.mjtGeom.mjGEOM_CYLINDER.value
        mujoco.mjv_initGeom(disc, kind, size, place, np.eye(3).ravel(), GOAL_COLOR)
        self._scene.ngeom += 1


def opengl_backend(environment: dict[str, str], platform: str) -> str:
    """The backend that MUJOCO_GL names, else EGL on Linux without a screen and GLFW anywhere else."""
    named = environment.get("MUJOCO_GL", "").lower()
    if named in ("egl", "osmesa", "glfw", "cgl"):
        return named
    return "egl" if platform.startswith("linux") and not environment.get("DISPLAY") else "glfw"
