"""Draws poses of one model into arrays of pixels."""

from __future__ import annotations

import copy
import importlib

import mujoco
import numpy as np
from jaxtyping import Float, UInt8

from skillkit.errors import UserError
from skillkit.rendering.backend import BACKEND_HELP, choose_backend

_GOAL_COLOUR = np.array([0.05, 0.72, 0.42, 0.45], dtype=np.float32)
_GOAL_HALF_HEIGHT = 0.02  # metres
_MOST_GEOMS = 10_000
_OVERVIEW_ELEVATION = -62.0  # degrees


class Renderer:
    """MuJoCo's scene and OpenGL contexts for a copy of one model; `close` it in the end.

    width, height: of its pictures, in pixels. Raises UserError where nothing can draw.
    """

    def __init__(self, model: mujoco.MjModel, width: int, height: int) -> None:
        backend = choose_backend()
        if backend is None:
            raise UserError(BACKEND_HELP)
        self.model, self.size = _for_pictures(copy.copy(model), width, height), (height, width)
        self.data = mujoco.MjData(self.model)
        self._scene = mujoco.MjvScene(self.model, maxgeom=_MOST_GEOMS)
        self._scene.flags[mujoco.mjtRndFlag.mjRND_REFLECTION.value] = 0  # slow in software, and busy
        self._option = mujoco.MjvOption()
        self._gl = importlib.import_module(f"mujoco.{backend}").GLContext(width, height)
        self._gl.make_current()
        self._context = mujoco.MjrContext(self.model, mujoco.mjtFontScale.mjFONTSCALE_100.value)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, self._context)

    def pose(self, qpos: Float[np.ndarray, " nq"]) -> None:
        """Put the model in a pose, so that `data` says where its bodies are."""
        self.data.qpos[:] = qpos
        mujoco.mj_kinematics(self.model, self.data)

    def draw(
        self, qpos: Float[np.ndarray, " nq"], camera: mujoco.MjvCamera, goals: Float[np.ndarray, "goals 3"]
    ) -> UInt8[np.ndarray, "height width 3"]:
        """A picture of a pose. goals: discs as (x, y, radius) in metres; NaN hides one."""
        self._gl.make_current()
        self.data.qpos[:] = qpos
        mujoco.mj_forward(self.model, self.data)
        every = mujoco.mjtCatBit.mjCAT_ALL.value
        mujoco.mjv_updateScene(self.model, self.data, self._option, None, camera, every, self._scene)
        for goal in goals[~np.isnan(goals).any(axis=-1)]:
            _add_goal(self._scene, goal)
        height, width = self.size
        rect, pixels = mujoco.MjrRect(0, 0, width, height), np.empty((height, width, 3), dtype=np.uint8)
        mujoco.mjr_render(rect, self._scene, self._context)
        mujoco.mjr_readPixels(pixels, None, rect, self._context)
        return np.flipud(pixels)

    def overview(self, extent: tuple[float, float, float]) -> mujoco.MjvCamera:
        """A camera that stands still, with y up the picture, and sees the disc (cx, cy, radius) in metres."""
        cx, cy, radius = extent
        distance = radius / np.sin(np.radians(self.model.vis.global_.fovy / 2))
        self.see_between(0.3 * distance, 4 * distance)
        return camera_at(np.array([cx, cy, 0.0]), distance, 90.0, _OVERVIEW_ELEVATION)

    def see_between(self, near: float, far: float) -> None:
        """Set the clipping planes, in metres; MuJoCo keeps them in units of the model's extent."""
        self.model.vis.map.znear = near / self.model.stat.extent
        self.model.vis.map.zfar = far / self.model.stat.extent

    def close(self) -> None:
        """Free what the graphics driver holds."""
        self._context.free()
        self._gl.free()


def camera_at(lookat: Float[np.ndarray, " 3"], distance: float, azimuth: float, elevation: float) -> mujoco.MjvCamera:
    """A camera that looks at a point (m) from a distance (m), turned by two angles (degrees)."""
    camera = mujoco.MjvCamera()
    camera.lookat[:] = lookat
    camera.distance, camera.azimuth, camera.elevation = distance, azimuth, elevation
    return camera


def _for_pictures(model: mujoco.MjModel, width: int, height: int) -> mujoco.MjModel:
    """Make room for the picture and ask for smooth edges; changes the model given."""
    model.vis.global_.offwidth = max(width, model.vis.global_.offwidth)
    model.vis.global_.offheight = max(height, model.vis.global_.offheight)
    model.vis.quality.offsamples = 4
    model.vis.quality.shadowsize = 1024
    return model


def _add_goal(scene: mujoco.MjvScene, goal: Float[np.ndarray, " 3"]) -> None:
    x, y, radius = goal
    size = np.array([radius, _GOAL_HALF_HEIGHT, 0.0])
    position = np.array([x, y, _GOAL_HALF_HEIGHT])
    kind = mujoco.mjtGeom.mjGEOM_CYLINDER.value
    mujoco.mjv_initGeom(scene.geoms[scene.ngeom], kind, size, position, np.eye(3).ravel(), _GOAL_COLOUR)
    scene.geoms[scene.ngeom].category = mujoco.mjtCatBit.mjCAT_DECOR.value
    scene.ngeom += 1
