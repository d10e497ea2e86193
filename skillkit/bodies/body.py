"""What every body offers: its model, its proprioception by name, its motors, and when it is healthy."""

from __future__ import annotations

from typing import Protocol

import mujoco
import numpy as np

from skillkit.types import Bool, Float, Float32, Group


class Body(Protocol):
    """A body as a batch of n states sees it; `qpos` is (n, nq) and `qvel` is (n, nv), both read-only.

    scale: size of its arena relative to the ant's; time_step: seconds a control step; substeps: physics steps
    in it; root: the MuJoCo body that tasks follow; motors: actuator names, all with limits [-1, 1].
    """

    name: str
    description: str
    scale: float
    time_step: float
    substeps: int
    root: str
    motors: tuple[str, ...]
    groups: tuple[Group, ...]

    def spec(self) -> mujoco.MjSpec:
        """A fresh MJCF of the body on a bare floor."""
        ...

    def proprioception(self, qpos: Float, qvel: Float) -> Float32:
        """The groups, side by side: (n, sum of widths). Knows neither position nor absolute heading."""
        ...

    def position(self, qpos: Float) -> Float:
        """Planar position of the root in metres, (n, 2)."""
        ...

    def heading(self, qpos: Float) -> Float:
        """Yaw of the root in radians, (n,)."""
        ...

    def healthy(self, qpos: Float) -> Bool:
        """Whether the body still stands as it should, (n,)."""
        ...

    def initial_state(self, heading: Float, rng: np.random.Generator) -> tuple[Float, Float]:
        """Slightly random qpos (n, nq) and qvel (n, nv) at the origin, facing `heading` (n,)."""
        ...
