"""Gymnasium's swimmer as a snake: where it is, its centre of mass says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skillkit.bodies.body import NOTHING, Derived
from skillkit.bodies.gymnasium_bodies import GymnasiumBody
from skillkit.types import Float

# In the MJCF the head link lies 0.5 to 1.5 m ahead of the joint of the root, and each other 1 m behind the one before.
AHEAD, LENGTH = 0.5, 1.0


@dataclass(frozen=True)
class Snake(GymnasiumBody):
    """The swimmer, three equal links of 1 m; a head that swings to and fro has not moved."""

    def position(self, qpos: Float, derived: Derived = NOTHING) -> Float:
        """Centre of mass, (n, 2) m."""
        angle = np.cumsum(qpos[:, 2:5], axis=1)
        along = np.stack([np.cos(angle), np.sin(angle)], axis=-1)  # of each link
        joint = AHEAD * along[:, 0]
        centres = joint + 0.5 * LENGTH * along[:, 0], joint - 0.5 * LENGTH * along[:, 1]
        last = joint - LENGTH * along[:, 1] - 0.5 * LENGTH * along[:, 2]
        centre: Float = qpos[:, :2] + (centres[0] + centres[1] + last) / 3.0
        return centre
