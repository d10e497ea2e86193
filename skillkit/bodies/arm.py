"""A planar arm that pushes a cylinder about on a table."""

from __future__ import annotations

from importlib.resources import files

import mujoco
import numpy as np

from skillkit.bodies.body import NOTHING, Derived
from skillkit.types import Bool, Float, Float32, Group

LINKS = (0.7, 0.7, 0.4)  # m, as in the MJCF
REACH = (0.3, 1.38)  # m; how near and how far the wrist's joint is at a start
BENT = 2.6  # rad; how far elbow and wrist bend at a start, their limits being 2.7
PLACES = ((-1.1, -1.2), (1.1, 0.5))  # m, lowest and highest of hand and cylinder at a start


class Arm:
    """Three joints that reach 1.8 m around the origin; what tasks follow is the cylinder between its fingers.

    Four fingers stand around the cylinder, so that it can be pushed any way. What it senses knows where the hand is.
    A new episode has both anywhere with x in [-1.1, 1.1] and y in [-1.2, 0.5] m, so that what pushes to a line has
    seen all of it.
    """

    name = "arm"
    description = "planar arm with a cylinder between its fingers, 3 motors"
    scale = 1.0
    time_step = 0.05
    substeps = 5
    control_range = 1.0
    control_middle = 0.0
    derived: tuple[str, ...] = ()
    root = "cylinder"
    motors: tuple[str, ...] = ("shoulder", "elbow", "wrist")
    groups: tuple[Group, ...] = (
        Group("joint_direction", 6, "1"),  # cosines, then sines
        Group("joint_vel", 3, "rad/s"),
        Group("hand", 2, "m"),
        Group("cylinder_from_hand", 2, "m"),
        Group("cylinder_velocity", 2, "m/s"),
    )

    def spec(self) -> mujoco.MjSpec:
        """The MJCF beside this file."""
        return mujoco.MjSpec.from_string((files("skillkit.bodies") / "arm.xml").read_text(encoding="utf-8"))

    def proprioception(self, qpos: Float, qvel: Float, derived: Derived = NOTHING) -> Float32:
        """Joints, hand, and the cylinder as seen from it."""
        joints, hand = qpos[:, :3], self._hand(qpos)
        parts = [np.cos(joints), np.sin(joints), qvel[:, :3], hand, qpos[:, 3:5] - hand, qvel[:, 3:5]]
        return np.concatenate(parts, axis=1, dtype=np.float32)

    def position(self, qpos: Float, derived: Derived = NOTHING) -> Float:
        """Centre of the cylinder, (n, 2) m."""
        return qpos[:, 3:5]

    def heading(self, qpos: Float) -> Float:
        """0, (n,) rad: the cylinder looks the same from everywhere."""
        return np.zeros(len(qpos))

    def healthy(self, qpos: Float, qvel: Float) -> Bool:
        """Always, (n,)."""
        return np.ones(len(qpos), bool)

    def initial_state(self, heading: Float, rng: np.random.Generator) -> tuple[Float, Float]:
        """At rest, the cylinder in the middle of the hand, which is anywhere with the same chance."""
        hand = rng.uniform(*PLACES, (len(heading), 2))
        joints, found = _bent_to(hand, rng)
        while not found.all():
            joints[~found], found[~found] = _bent_to(hand[~found], rng)
        return np.concatenate([joints, hand], axis=1), np.zeros((len(heading), 5))

    def _hand(self, qpos: Float) -> Float:
        """Centre of the hand, (n, 2) m."""
        angle = np.cumsum(qpos[:, :3], axis=1)
        return np.stack([np.cos(angle) @ LINKS, np.sin(angle) @ LINKS], axis=1)


def _bent_to(hand: Float, rng: np.random.Generator) -> tuple[Float, Bool]:
    """Joints (n, 3) rad that bring the hand to places (n, 2) from any side, and whether they can be had."""
    upper, _, last = LINKS  # upper arm and forearm are of one length
    direction = rng.uniform(-np.pi, np.pi, len(hand))
    wrist = hand - last * np.stack([np.cos(direction), np.sin(direction)], axis=1)
    reach = np.linalg.norm(wrist, axis=1)
    bend = 2.0 * np.arccos(np.clip(reach / (2.0 * upper), 0.0, 1.0)) * rng.choice((-1.0, 1.0), len(hand))
    shoulder = np.arctan2(wrist[:, 1], wrist[:, 0]) - bend / 2.0
    turn = np.angle(np.exp(1j * (direction - shoulder - bend)))  # wrapped to (-pi, pi]
    within = (reach >= REACH[0]) & (reach <= REACH[1]) & (np.abs(bend) <= BENT) & (np.abs(turn) <= BENT)
    return np.stack([shoulder, bend, turn], axis=1), within
