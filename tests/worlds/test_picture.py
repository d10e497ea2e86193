"""A picture of the maze shows its goal."""

from __future__ import annotations

import numpy as np
import pytest

from skillkit.errors import UserError
from skillkit.worlds.env import WorldEnv


@pytest.mark.parametrize("task", ["maze", "open"])
def test_a_picture(task: str) -> None:
    env = WorldEnv("ball", task, render_mode="rgb_array")
    env.reset(seed=0)
    try:
        pixels = env.render()
    except UserError as error:
        pytest.skip(str(error))
    assert pixels is not None
    assert (pixels.shape, pixels.dtype) == ((480, 480, 3), np.uint8)
    red, green, blue = pixels.astype(int).transpose(2, 0, 1)
    assert ((green > red + 40) & (green > blue + 20)).any() == (task == "maze")  # the goal is green
    env.close()
    env.close()
