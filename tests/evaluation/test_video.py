"""The camera's path, and a film that can be read back."""

from __future__ import annotations

import os
from pathlib import Path

import imageio.v2 as imageio
import mujoco
import numpy as np
import pytest

from skillkit.errors import UserError
from skillkit.evaluation.video import smooth_track, write_video
from skillkit.rendering import backend

BALL = """
<mujoco>
  <worldbody>
    <light pos="0 0 4"/>
    <geom type="plane" size="20 20 1" rgba="0.3 0.3 0.8 1"/>
    <body name="ball" pos="0 0 0.5"><freejoint/><geom type="sphere" size="0.5" rgba="0.9 0.1 0.1 1"/></body>
  </worldbody>
</mujoco>
"""


@pytest.fixture
def drawable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJOCO_GL", os.environ.get("MUJOCO_GL", ""))  # restores it afterwards
    if backend.choose_backend() is None:
        pytest.skip(backend.BACKEND_HELP)


@pytest.fixture
def model() -> mujoco.MjModel:
    return mujoco.MjModel.from_xml_string(BALL)


def frames_at(*xs: float) -> np.ndarray:
    return np.array([[x, 0.0, 0.5, 1.0, 0.0, 0.0, 0.0] for x in xs])


def read(path: Path) -> np.ndarray:
    with imageio.get_reader(path, format="FFMPEG") as reader:
        return np.stack(list(reader.iter_data()))


def test_a_missing_backend_is_a_sentence_for_the_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: mujoco.MjModel
) -> None:
    monkeypatch.setattr(backend, "_works", lambda name: False)
    with pytest.raises(UserError, match="libegl1"):
        write_video(tmp_path / "film.mp4", model, frames_at(0.0), 20.0, root_body="ball")
    assert not list(tmp_path.iterdir())


def test_the_camera_follows_with_a_lag_and_snaps_at_a_jump() -> None:
    # At 1 / (0.35 ln 2) frames a second the gain is one half.
    points = np.zeros((5, 3))
    points[:, 0] = [0.0, 0.8, 0.8, 10.0, 10.0]
    track = smooth_track(points, fps=1 / (0.35 * np.log(2)))
    assert track[:, 0] == pytest.approx([0.0, 0.4, 0.6, 10.0, 10.0])


@pytest.mark.usefixtures("drawable")
def test_a_film_has_its_frames_and_leaves_the_model_alone(tmp_path: Path, model: mujoco.MjModel) -> None:
    target = tmp_path / "films" / "ball.mp4"
    zfar = model.vis.map.zfar
    write_video(target, model, frames_at(0.0, 0.1, 0.2), 20.0, root_body="ball", width=160, height=120)
    film = read(target)
    assert film.shape == (3, 120, 160, 3)
    assert [file.name for file in target.parent.iterdir()] == ["ball.mp4"]
    assert model.vis.map.zfar == zfar
    red, _, blue = film[0, 60, 80].astype(int)
    assert red > blue + 40  # the ball is in the middle


@pytest.mark.usefixtures("drawable")
def test_the_overview_has_x_right_and_y_up_and_goals_that_come_and_go(tmp_path: Path, model: mujoco.MjModel) -> None:
    target = tmp_path / "film.mp4"
    goals = np.array([[[3.0, 3.0, 1.0]], [[np.nan, 3.0, 1.0]]])
    write_video(
        target, model, frames_at(0.0, 0.0), 20.0, root_body="ball", camera="overview",
        extent=(0.0, 0.0, 6.0), goals=goals, width=320, height=240,
    )  # fmt: skip
    shown, hidden = read(target).astype(int)
    greener = (shown - hidden)[..., 1] - (shown - hidden)[..., 2]
    rows, columns = np.nonzero(greener > 40)
    assert len(rows) > 50
    assert rows.mean() < 120
    assert columns.mean() > 160


@pytest.mark.usefixtures("drawable")
def test_the_overview_needs_an_extent(tmp_path: Path, model: mujoco.MjModel) -> None:
    with pytest.raises(ValueError, match="extent"):
        write_video(
            tmp_path / "film.mp4", model, frames_at(0.0), 20.0, root_body="ball", camera="overview",
            width=160, height=120,
        )  # fmt: skip
