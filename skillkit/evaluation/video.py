"""Films of a body in its world."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import mujoco
import numpy as np
from jaxtyping import Float, UInt8

from skillkit.files import written_whole
from skillkit.rendering.renderer import Renderer, camera_at

_SETTLE_SECONDS = 0.35  # time the following camera takes to make up 63% of its lag
_JUMP = 1.0  # metres in one frame; nothing walks so fast, so a new episode began


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
    width: int = 640,
    height: int = 480,
) -> None:
    """Write an MP4 (H.264, yuv420p) of recorded joint positions, one a frame.

    camera: "follow" looks from behind and above at `root_body`, "side" from its right; "overview" stands still,
    with y up the picture, and sees the disc `extent` (cx, cy, radius) in metres. goals: discs as (x, y, radius), the
    same for all frames, or with a leading axis of frames; NaN hides one. Episodes are joined by joining their frames.
    Sizes in pixels, both even. Raises UserError where nothing can draw.
    """
    with closing(Renderer(model, width, height)) as renderer:
        cameras = _cameras(renderer, qpos_frames, fps, root_body, camera, extent)
        discs = _goals_by_frame(goals, len(qpos_frames))
        frames = (renderer.draw(*one) for one in zip(qpos_frames, cameras, discs, strict=True))
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


def _cameras(
    renderer: Renderer,
    qpos_frames: Float[np.ndarray, "frames nq"],
    fps: float,
    root_body: str,
    camera: Literal["follow", "side", "overview"],
    extent: tuple[float, float, float] | None,
) -> list[mujoco.MjvCamera]:
    if camera == "overview":
        if extent is None:
            raise ValueError('expected extent=(cx, cy, radius) with camera="overview", got None')
        return [renderer.overview(extent)] * len(qpos_frames)
    body = renderer.model.body(root_body).id
    renderer.pose(qpos_frames[0])
    azimuth = np.degrees(_yaw(renderer.data.xmat[body]))
    distance = 3.6 * _body_radius(renderer, body)
    renderer.see_between(0.02 * distance, 30 * distance)
    points = smooth_track(_track(renderer, qpos_frames, body), fps)
    if camera == "side":
        return [camera_at(point, distance, azimuth + 90.0, -12.0) for point in points]
    return [camera_at(point, distance, azimuth, -24.0) for point in points]


def _track(renderer: Renderer, qpos_frames: Float[np.ndarray, "frames nq"], body: int) -> Float[np.ndarray, "frames 3"]:
    points = np.empty((len(qpos_frames), 3))
    for i, qpos in enumerate(qpos_frames):
        renderer.pose(qpos)
        points[i] = renderer.data.xpos[body]
    return points


def _yaw(xmat: Float[np.ndarray, " 9"]) -> float:
    """Angle in radians of a frame's x axis seen from above."""
    return float(np.arctan2(xmat[3], xmat[0]))


def _body_radius(renderer: Renderer, body: int) -> float:
    """Distance in metres from a root body's origin to the far end of what hangs on it."""
    model, data = renderer.model, renderer.data
    geoms = np.flatnonzero(model.body_rootid[model.geom_bodyid] == model.body_rootid[body])
    reach = np.linalg.norm(data.geom_xpos[geoms] - data.xpos[body], axis=-1) + model.geom_rbound[geoms]
    return float(np.max(reach, initial=0.5))


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
