"""Locomotion figures on paths whose answers are plain."""

from __future__ import annotations

import numpy as np
import pytest

from skillkit.evaluation.locomotion import (
    coverage,
    locomotion_report,
    net_direction,
    net_displacement,
    octant,
    pair_cosines,
    spread_and_steering,
)


def straight(degrees: list[float], length: float = 5.0) -> np.ndarray:
    """Straight paths of 11 points from (1, 2), one for each direction."""
    angle = np.radians(degrees)
    end = length * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    return np.array([1.0, 2.0]) + np.linspace(0, 1, 11)[None, :, None] * end[:, None, :]


def test_net_displacement_ignores_the_way() -> None:
    path = np.array([[[1.0, 1.0], [9.0, 9.0], [4.0, 5.0]]])
    assert net_displacement(path) == pytest.approx([5.0])


def test_net_direction_is_seen_from_the_first_heading() -> None:
    direction = net_direction(straight([90.0, 0.0]), np.radians([90.0, 90.0]))
    assert np.degrees(direction) == pytest.approx([0.0, -90.0], abs=1e-9)


def test_octants_are_centred_on_multiples_of_45_degrees() -> None:
    degrees = np.array([0.0, 22.0, 23.0, 45.0, 180.0, -180.0, -45.0, -22.0, 337.0, 382.0])
    assert octant(np.radians(degrees)).tolist() == [0, 0, 1, 1, 4, 4, 7, 0, 7, 0]


def test_four_steered_directions() -> None:
    # Of the 6 pairs of latents four are at right angles and two opposite: a = -2/6; w = 1.
    degrees = [0.0, 0.0, 90.0, 90.0, 180.0, 180.0, 270.0, 270.0]
    latents = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    report = locomotion_report(straight(degrees), np.zeros(8), latents)
    assert report.net_displacement_median == pytest.approx(5.0)
    assert report.heading_spread == pytest.approx(4 / 3)
    assert report.steering == pytest.approx(1.0)
    assert report.coverage == 4
    assert report.unmoved == 0


def test_a_latent_that_says_nothing_steers_nothing() -> None:
    # Both latents go once east and once north: a = (1 + 0 + 0 + 1) / 4, w = 0.
    direction, latents = np.radians([0.0, 90.0, 0.0, 90.0]), np.array([0, 0, 1, 1])
    assert pair_cosines(direction, latents) == pytest.approx((0.5, 0.0))
    assert spread_and_steering(direction, latents) == pytest.approx((0.5, -1.0))
    assert coverage(direction, latents, np.ones(4, dtype=bool)) == 0


def test_steering_is_left_out_when_all_go_one_way() -> None:
    direction, latents = np.radians([0.0, 1.0, 0.0, 1.0]), np.array([0, 0, 1, 1])
    spread, steering = spread_and_steering(direction, latents)
    assert spread == pytest.approx(0.0, abs=1e-3)
    assert steering is None


def test_spread_needs_different_latents_and_steering_repeats_too() -> None:
    direction = np.array([0.0, 1.0])
    assert spread_and_steering(direction, np.array([0, 0])) == (None, None)
    assert spread_and_steering(direction, np.array([0, 1])) == (pytest.approx(1.0 - np.cos(1.0)), None)


def test_unmoved_episodes_are_counted_and_left_out() -> None:
    # Without the two that hardly moved, latent 0 goes east twice and latent 1 north twice: a = 0, w = 1.
    moved = straight([0.0, 0.0, 90.0, 90.0])
    paths = np.concatenate([moved, straight([180.0, 180.0], length=0.9)])
    report = locomotion_report(paths, np.zeros(6), np.array([0, 0, 1, 1, 0, 1]))
    assert report.unmoved == 2
    assert report.heading_spread == pytest.approx(1.0)
    assert report.steering == pytest.approx(1.0)
    assert report.coverage == 0  # two of three repeats are fewer than four of five


def test_no_episode_moved() -> None:
    report = locomotion_report(np.zeros((3, 4, 2)), np.zeros(3), np.arange(3))
    assert (report.heading_spread, report.steering, report.coverage, report.unmoved) == (None, None, 0, 3)


def test_coverage_wants_four_of_five() -> None:
    direction = np.radians([0.0, 0.0, 0.0, 0.0, 90.0, 0.0, 0.0, 0.0, 90.0, 90.0])
    latents = np.repeat([0, 1], 5)
    assert coverage(direction, latents, np.ones(10, dtype=bool)) == 1
    still = np.ones(10, dtype=bool)
    still[0] = False
    assert coverage(direction, latents, still) == 0


def test_report_refuses_paths_without_a_step() -> None:
    with pytest.raises(ValueError, match="at least one step"):
        locomotion_report(np.zeros((3, 1, 2)), np.zeros(3), np.arange(3))
