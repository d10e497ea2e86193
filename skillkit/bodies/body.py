"""What every body offers: its model, its proprioception by name, its motors, and when it is healthy."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol, runtime_checkable

import mujoco
import numpy as np

from skillkit.types import Bool, Float, Float32, Group

Derived = Mapping[str, Float]  # MjData fields by name, (n, ...)
NOTHING: Derived = MappingProxyType({})


class Body(Protocol):
    """A body as a batch of n states sees it; `qpos` is (n, nq) and `qvel` is (n, nv), both read-only.

    scale: size of its arena relative to the ant's; time_step: seconds a control step; substeps: physics steps
    in it; root: the MuJoCo body that tasks follow; motors: actuator names, which take commands in [-1, 1];
    control_range, control_middle: what maps these to the actuators' ctrlrange, middle + range * command, one number
    for all or one each; derived: MjData fields that it senses beside positions and velocities, which makes its
    simulation slower.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def description(self) -> str: ...  # noqa: D102
    @property
    def scale(self) -> float: ...  # noqa: D102
    @property
    def time_step(self) -> float: ...  # noqa: D102
    @property
    def substeps(self) -> int: ...  # noqa: D102
    @property
    def root(self) -> str: ...  # noqa: D102
    @property
    def motors(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def groups(self) -> tuple[Group, ...]: ...  # noqa: D102
    @property
    def control_range(self) -> float | Float: ...  # noqa: D102
    @property
    def control_middle(self) -> float | Float: ...  # noqa: D102
    @property
    def derived(self) -> tuple[str, ...]: ...  # noqa: D102

    def spec(self) -> mujoco.MjSpec:
        """A fresh MJCF of the body on a bare floor."""
        ...

    def proprioception(self, qpos: Float, qvel: Float, derived: Derived = NOTHING) -> Float32:
        """The groups, side by side: (n, sum of widths). Knows neither position nor absolute heading."""
        ...

    def position(self, qpos: Float, derived: Derived = NOTHING) -> Float:
        """Planar position of the root in metres, (n, 2)."""
        ...

    def heading(self, qpos: Float) -> Float:
        """Yaw of the root in radians, (n,)."""
        ...

    def healthy(self, qpos: Float, qvel: Float) -> Bool:
        """Whether the body still stands as it should, (n,)."""
        ...

    def initial_state(self, heading: Float, rng: np.random.Generator) -> tuple[Float, Float]:
        """Slightly random qpos (n, nq) and qvel (n, nv) at the origin, facing `heading` (n,)."""
        ...


@runtime_checkable
class FeelsContact(Protocol):
    """A body that can weigh what its contacts cost."""

    def contact_load(self, derived: Derived) -> Float:
        """Squared contact forces, as far as they count, N^2, (n,); where `derived` has them."""
        ...
