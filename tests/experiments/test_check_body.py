"""What is said of a robot of one's own: facts, warnings, and why it cannot be used."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from skillkit.errors import UserError
from skillkit.experiments.check_body import check_body, draw
from skillkit.rendering.backend import choose_backend

HEXAPOD = Path(__file__).parents[2] / "docs" / "examples" / "hexapod"


@pytest.fixture
def hexapod(tmp_path: Path) -> Path:
    shutil.copytree(HEXAPOD, tmp_path, dirs_exist_ok=True)
    return tmp_path / "hexapod.yaml"


def change(path: Path, one: str, other: str) -> None:
    """Replace a text in the description or in the MJCF beside it."""
    for file in (path, path.with_suffix(".xml")):
        file.write_text(file.read_text().replace(one, other))


def test_what_is_right_has_facts_and_no_warnings(hexapod: Path) -> None:
    found = check_body(hexapod)
    facts = dict(found.facts)
    assert found.warnings == []
    assert facts["motors"].startswith("front_left_swing [-0.611, 0.611], front_left_lift [-0.698, 0.349]")
    assert "joint_pos (12)" in facts["senses"]
    assert (facts["nominal height"], facts["control step"]) == ("0.2 m", "0.05 s in 5 steps of 0.01 s")
    assert facts["random commands"].startswith("healthy for ")


@pytest.mark.parametrize(
    ("one", "other", "warning"),
    [
        ("height: 0.2\n", "height: 0.12\n", "reaches 0.069 m into the floor; raise nominal.height"),
        ("height: 0.2\n", "height: 0.3\n", "hangs 0.11 m above the floor; lower nominal.height"),
        ('kp="30" inheritrange="1"', 'kp="1"', "have no ctrlrange, so they are driven from -1 to 1"),
        ("[0.1, 0.6]", "[0.19, 0.6]", "with all motors at 0 it is no longer healthy after"),
        ('size="0.025"', 'size="0.15" conaffinity="1"', "touches itself: 'front_left_upper' and 'middle_left_upper'"),
    ],
)
def test_warnings(hexapod: Path, one: str, other: str, warning: str) -> None:
    change(hexapod, one, other)
    assert any(warning in text for text in check_body(hexapod).warnings)


@pytest.mark.parametrize(
    ("one", "other", "sentence"),
    [
        ('conaffinity="0"', 'contype="0" conaffinity="0"', "falls through the floor: expected its geoms to collide"),
        ('kp="30"', 'kp="1e7"', "the body 'hexapod' explodes when it is simulated"),
        ("name: hexapod", "name: ball", "expected a name of its own, got that of skillkit's 'ball'; change it"),
        ("root: trunk", "root: tronk", "unknown body of its MJCF 'tronk'; did you mean 'trunk'?"),
    ],
)
def test_what_cannot_be_used(
    hexapod: Path, cwd: Path, capfd: pytest.CaptureFixture[str], one: str, other: str, sentence: str
) -> None:
    change(hexapod, one, other)
    with pytest.raises(UserError) as caught:
        check_body(hexapod)
    assert sentence in str(caught.value)
    assert list(cwd.iterdir()) == []  # MuJoCo's log of warnings
    assert capfd.readouterr().err == ""


def test_the_picture(hexapod: Path, tmp_path: Path) -> None:
    import imageio.v3 as imageio

    if choose_backend() is None:
        pytest.skip("nothing can draw here")
    assert draw(check_body(hexapod).body, tmp_path / "hexapod.png") == []
    pixels = imageio.imread(tmp_path / "hexapod.png")
    assert pixels.shape == (480, 640, 3)
    assert np.ptp(pixels[200:280, 280:360]) > 50  # there is something in the middle
