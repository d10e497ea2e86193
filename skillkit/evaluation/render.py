"""Films of a body in its world, with or without a screen.

MuJoCo settles its OpenGL backend once, from MUJOCO_GL, when it is imported, and by then it is too
late to find out which one works. So the backends are tried in processes of their own, and the
context of the one that works is built directly.
"""

from __future__ import annotations

import copy
import functools
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jaxtyping import Float, UInt8

from skillkit.errors import UserError
from skillkit.files import written_whole

if TYPE_CHECKING:
    import mujoco

BACKEND_HELP = (
    "no OpenGL backend can draw without a screen here: install one (Debian and Ubuntu: "
    "apt install libegl1 libgl1-mesa-dri, or libosmesa6), or set MUJOCO_GL to one that works."
)

_OFF = ("disable", "disabled", "off", "false", "0")
_NAMED = ("egl", "osmesa", "glfw", "cgl")  # the modules of mujoco that hold a GLContext
_PROBE_SECONDS = 60
_PROBE = """
import importlib, sys, mujoco
context = importlib.import_module("mujoco." + sys.argv[1]).GLContext(32, 32)
context.make_current()
model = mujoco.MjModel.from_xml_string("<mujoco/>")
gl = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100.value)
assert gl.offWidth > 0 and gl.currentBuffer is not None
gl.free()
context.free()
"""

_GOAL_COLOUR = np.array([0.05, 0.72, 0.42, 0.45], dtype=np.float32)
_GOAL_HALF_HEIGHT = 0.02  # metres
_SETTLE_SECONDS = 0.35  # time the following camera takes to make up 63% of its lag
_JUMP = 1.0  # metres in one frame; nothing walks so fast, so a new episode began
_MOST_GEOMS = 10_000


def choose_backend() -> str | None:
    """The OpenGL backend that draws here ("egl", "osmesa", "glfw" or "cgl"), or None.

    A MUJOCO_GL that is set is the only one tried. The answer is kept for the process, and MUJOCO_GL
    is set to it for the processes it starts.
    """
    candidates = _candidates(os.environ.get("MUJOCO_GL", ""), sys.platform)
    backend = next((name for name in candidates if _works(name)), None)
    if backend is not None:
        os.environ["MUJOCO_GL"] = backend
    return backend


def _candidates(requested: str, platform: str) -> tuple[str, ...]:
    """Backends worth trying, best first, for a value of MUJOCO_GL and a `sys.platform`."""
    requested = requested.lower().strip()
    if requested in _OFF:
        return ()
    if requested:
        return (requested,) if requested in _NAMED else ("glfw",)
    if platform.startswith("linux"):
        return ("egl", "osmesa", "glfw") if os.environ.get("DISPLAY") else ("egl", "osmesa")
    return ("cgl", "glfw") if platform == "darwin" else ("glfw",)


@functools.cache
def _works(backend: str) -> bool:
    """Whether a fresh process can open a context of this backend: a broken driver may crash it."""
    command, environment = [sys.executable, "-c", _PROBE, backend], os.environ | {"MUJOCO_GL": backend}
    try:
        result = subprocess.run(command, env=environment, capture_output=True, timeout=_PROBE_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return result.returncode == 0


def write_video(
    path: Path,
    model: mujoco.MjModel,
    qpos_frames: Float[np.ndarray, "frames nq"],
    fps: float,
    *,
    root_body: str,
    camera: Literal["follow", "side", "overview"] = "follow",
    extent: tuple[float, float, float] | None = None,
    goals: Float[np.ndarray, "... goals 3"] | None = None,
    overlays: Sequence[str] | None = None,
    width: int = 640,
    height: int = 480,
) -> None:
    """Write an MP4 (H.264, yuv420p) of recorded joint positions, one a frame.

    camera: "follow" looks from behind and above at `root_body`, "side" from its right; "overview" stands still,
    with y up the picture, and sees the disc `extent` (cx, cy, radius) in metres. goals: discs as (x, y, radius), the
    same for all frames, or with a leading axis of frames; NaN hides one. overlays: a text for each
    frame. Episodes are joined by joining their frames. Sizes in pixels, both even.
    Raises UserError where nothing can draw.
    """
    with _renderer(model, width, height) as renderer:
        cameras = _cameras(renderer, qpos_frames, fps, root_body, camera, extent)
        discs = _goals_by_frame(goals, len(qpos_frames))
        texts = overlays if overlays is not None else [""] * len(qpos_frames)
        frames = (
            renderer.draw(qpos, view, disc, text)
            for qpos, view, disc, text in zip(qpos_frames, cameras, discs, texts, strict=True)
        )
        _encode(path, frames, fps)


def smooth_track(points: Float[np.ndarray, "frames 3"], fps: float) -> Float[np.ndarray, "frames 3"]:
    """The points a calm camera looks at: exponential smoothing that starts anew where a point jumps."""
    gain = 1.0 - np.exp(-1.0 / (fps * _SETTLE_SECONDS))
    track = np.array(points, dtype=np.float64)
    for i in range(1, len(track)):
        if np.linalg.norm(points[i] - points[i - 1]) < _JUMP:
            track[i] = track[i - 1] + gain * (points[i] - track[i - 1])
    return track


def _goals_by_frame(goals: Float[np.ndarray, "... goals 3"] | None, frames: int) -> Float[np.ndarray, "frames goals 3"]:
    discs = np.zeros((0, 3)) if goals is None else np.asarray(goals, dtype=np.float64)
    return np.broadcast_to(discs, (frames, *discs.shape[-2:]))


class _Renderer:
    """MuJoCo's scene and OpenGL contexts for one model; `draw` gives one picture."""

    def __init__(self, model: mujoco.MjModel, gl: Any, width: int, height: int) -> None:
        import mujoco

        self.model, self.gl, self.size = model, gl, (height, width)
        self.data = mujoco.MjData(model)
        self.scene = mujoco.MjvScene(model, maxgeom=_MOST_GEOMS)
        self.scene.flags[mujoco.mjtRndFlag.mjRND_REFLECTION.value] = 0  # slow in software, and busy
        self.option = mujoco.MjvOption()
        gl.make_current()
        self.context = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100.value)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, self.context)

    def pose(self, qpos: Float[np.ndarray, " nq"]) -> None:
        import mujoco

        self.data.qpos[:] = qpos
        mujoco.mj_kinematics(self.model, self.data)

    def draw(
        self,
        qpos: Float[np.ndarray, " nq"],
        camera: mujoco.MjvCamera,
        goals: Float[np.ndarray, "goals 3"],
        text: str,
    ) -> UInt8[np.ndarray, "height width 3"]:
        import mujoco

        self.data.qpos[:] = qpos
        mujoco.mj_forward(self.model, self.data)
        every = mujoco.mjtCatBit.mjCAT_ALL.value
        mujoco.mjv_updateScene(self.model, self.data, self.option, None, camera, every, self.scene)
        for goal in goals[~np.isnan(goals).any(axis=-1)]:
            _add_goal(self.scene, goal)
        height, width = self.size
        rect = mujoco.MjrRect(0, 0, width, height)
        mujoco.mjr_render(rect, self.scene, self.context)
        if text:
            corner, font = mujoco.mjtGridPos.mjGRID_TOPLEFT.value, mujoco.mjtFont.mjFONT_NORMAL.value
            mujoco.mjr_overlay(font, corner, rect, text, "", self.context)
        pixels = np.empty((height, width, 3), dtype=np.uint8)
        mujoco.mjr_readPixels(pixels, None, rect, self.context)
        return np.flipud(pixels)


@contextmanager
def _renderer(model: mujoco.MjModel, width: int, height: int) -> Iterator[_Renderer]:
    backend = choose_backend()
    if backend is None:
        raise UserError(BACKEND_HELP)
    gl = importlib.import_module(f"mujoco.{backend}").GLContext(width, height)
    renderer = _Renderer(_for_pictures(copy.copy(model), width, height), gl, width, height)
    try:
        yield renderer
    finally:
        renderer.context.free()
        gl.free()


def _for_pictures(model: mujoco.MjModel, width: int, height: int) -> mujoco.MjModel:
    """Make room for the picture and ask for smooth edges; changes the model given."""
    model.vis.global_.offwidth = max(width, model.vis.global_.offwidth)
    model.vis.global_.offheight = max(height, model.vis.global_.offheight)
    model.vis.quality.offsamples = 4
    model.vis.quality.shadowsize = 1024
    return model


def _cameras(
    renderer: _Renderer,
    qpos_frames: Float[np.ndarray, "frames nq"],
    fps: float,
    root_body: str,
    camera: Literal["follow", "side", "overview"],
    extent: tuple[float, float, float] | None,
) -> list[mujoco.MjvCamera]:
    model = renderer.model
    if camera == "overview":
        if extent is None:
            raise ValueError('expected extent=(cx, cy, radius) with camera="overview", got None')
        cx, cy, radius = extent
        distance = radius / np.sin(np.radians(model.vis.global_.fovy / 2))
        _see_between(model, 0.3 * distance, 4 * distance)
        return [_camera(np.array([cx, cy, 0.0]), distance, 90.0, -62.0)] * len(qpos_frames)
    body = model.body(root_body).id
    renderer.pose(qpos_frames[0])
    azimuth = np.degrees(_yaw(renderer.data.xmat[body]))
    distance = 3.6 * _body_radius(renderer, body)
    _see_between(model, 0.02 * distance, 30 * distance)
    points = smooth_track(_track(renderer, qpos_frames, body), fps)
    if camera == "side":
        return [_camera(point, distance, azimuth + 90.0, -12.0) for point in points]
    return [_camera(point, distance, azimuth, -24.0) for point in points]


def _camera(lookat: Float[np.ndarray, " 3"], distance: float, azimuth: float, elevation: float) -> Any:
    import mujoco

    camera = mujoco.MjvCamera()
    camera.lookat[:] = lookat
    camera.distance, camera.azimuth, camera.elevation = distance, azimuth, elevation
    return camera


def _track(
    renderer: _Renderer, qpos_frames: Float[np.ndarray, "frames nq"], body: int
) -> Float[np.ndarray, "frames 3"]:
    points = np.empty((len(qpos_frames), 3))
    for i, qpos in enumerate(qpos_frames):
        renderer.pose(qpos)
        points[i] = renderer.data.xpos[body]
    return points


def _yaw(xmat: Float[np.ndarray, " 9"]) -> float:
    """Angle in radians of a frame's x axis seen from above."""
    return float(np.arctan2(xmat[3], xmat[0]))


def _body_radius(renderer: _Renderer, body: int) -> float:
    """Distance in metres from a root body's origin to the far end of what hangs on it."""
    model, data = renderer.model, renderer.data
    geoms = np.flatnonzero(model.body_rootid[model.geom_bodyid] == model.body_rootid[body])
    reach = np.linalg.norm(data.geom_xpos[geoms] - data.xpos[body], axis=-1) + model.geom_rbound[geoms]
    return float(np.max(reach, initial=0.5))


def _see_between(model: mujoco.MjModel, near: float, far: float) -> None:
    """Set the clipping planes, in metres; MuJoCo keeps them in units of the model's extent."""
    model.vis.map.znear = near / model.stat.extent
    model.vis.map.zfar = far / model.stat.extent


def _add_goal(scene: mujoco.MjvScene, goal: Float[np.ndarray, " 3"]) -> None:
    import mujoco

    x, y, radius = goal
    size = np.array([radius, _GOAL_HALF_HEIGHT, 0.0])
    position = np.array([x, y, _GOAL_HALF_HEIGHT])
    kind = mujoco.mjtGeom.mjGEOM_CYLINDER.value
    mujoco.mjv_initGeom(scene.geoms[scene.ngeom], kind, size, position, np.eye(3).ravel(), _GOAL_COLOUR)
    scene.geoms[scene.ngeom].category = mujoco.mjtCatBit.mjCAT_DECOR.value
    scene.ngeom += 1


def _encode(path: Path, frames: Iterator[UInt8[np.ndarray, "height width 3"]], fps: float) -> None:
    import imageio.v2 as imageio

    path.parent.mkdir(parents=True, exist_ok=True)
    h264: dict[str, Any] = {"codec": "libx264", "pixelformat": "yuv420p", "quality": 8, "macro_block_size": 2}
    writer: Any  # the FFMPEG plugin's, which imageio does not type
    with (
        written_whole(path) as aside,
        imageio.get_writer(aside, format="FFMPEG", fps=fps, **h264) as writer,
    ):
        for frame in frames:
            writer.append_data(frame)
