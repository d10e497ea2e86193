"""Where bodies were over the last seconds, for rewards that look back and the critics that judge them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from skillkit.bodies.rotation import to_heading_frame
from skillkit.errors import UserError
from skillkit.types import Bool, Float, Float32, Group, Int
from skillkit.worlds.rewards import RewardTerm

WINDOW_LAGS = 4  # the critic sees the displacement since 1/4, 2/4, 3/4 and 4/4 of the window ago
WINDOW_GROUP = Group("window_displacement", 2 * WINDOW_LAGS, "m")


class Window:
    """The positions of each of n worlds over the window of the rewards that look back, else over one control step.

    seconds: its length, whole control steps; looked_at: whether any reward does.
    Raises UserError where rewards look back over different windows.
    """

    def __init__(self, rewards: Sequence[RewardTerm], time_step: float, num_worlds: int) -> None:
        wanted = sorted({term.looks_back for term in rewards if term.looks_back is not None})
        if len(wanted) > 1:
            named = ", ".join(f"{seconds:g}" for seconds in wanted)
            raise UserError(f"expected one window for all rewards that look back, got {named} s; give them the same.")
        steps = max(1, round(wanted[0] / time_step)) if wanted else 1
        self.seconds, self.looked_at = steps * time_step, bool(wanted)
        self._lags = np.array([1, *(round(steps * lag / WINDOW_LAGS) for lag in range(1, WINDOW_LAGS + 1))])
        self._in_time = np.arange(steps, -1, -1)  # lags, the longest first
        self._ring: Float = np.zeros((num_worlds, steps + 1, 2))  # `_slots` knows what stands where
        self._rows = np.arange(num_worlds)[:, None]

    def start(self, chosen: Bool, position: Float) -> None:
        """The chosen worlds have always been where they are now; position: (n, 2) m."""
        self._ring[chosen] = position[chosen][:, None, :]

    def note(self, elapsed: Int, position: Float) -> None:
        """Where the bodies are now, (n, 2) m; elapsed: control steps since their episodes began, (n,)."""
        self._ring[self._rows, self._slots(elapsed, 0)] = position[:, None]

    def past(self, elapsed: Int) -> Float:
        """Where the bodies were one control step ago and each quarter of the window ago, (n, 1 + 4, 2) m."""
        return self._ring[self._rows, self._slots(elapsed, self._lags)]

    def in_time(self, elapsed: Int) -> Float:
        """All that is remembered, (n, steps + 1, 2) m, the oldest first."""
        return self._ring[self._rows, self._slots(elapsed, self._in_time)]

    def take_over(self, elapsed: Int, history: Float) -> None:
        """Remember what `in_time` returned."""
        self._ring[self._rows, self._slots(elapsed, self._in_time)] = history

    def _slots(self, elapsed: Int, lags: Int | int) -> Int:
        """Where in each world's ring the positions of `lags` (k,) control steps ago stand, (n, k)."""
        return (elapsed[:, None] - lags) % self._ring.shape[1]


def window_displacement(position: Float, heading: Float, past: Float) -> Float32:
    """Displacement since each of k past positions (n, k, 2), in the heading's frame: (n, 2 k) m, ahead then left."""
    moved = to_heading_frame(heading, position[:, None] - past)
    return moved.swapaxes(1, 2).reshape(len(moved), -1).astype(np.float32)
