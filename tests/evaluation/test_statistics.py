"""Confidence intervals against numbers worked out by hand."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from skillkit.evaluation.statistics import (
    bootstrap_interval,
    improvement_interval,
    interquartile_interval,
    interquartile_mean,
    probability_of_improvement,
    student_interval,
    wilson_interval,
)


def test_wilson_interval_of_eight_in_ten() -> None:
    # z = 1.959964: centre (0.8 + z^2/20) / (1 + z^2/10), half width z sqrt(0.016 + z^2/400) / (1 + z^2/10)
    z = 1.959964
    centre = (0.8 + z**2 / 20) / (1 + z**2 / 10)
    half = z * math.sqrt(0.016 + z**2 / 400) / (1 + z**2 / 10)
    low, high = wilson_interval(8, 10)
    assert (low, high) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert (low, high) == pytest.approx((centre - half, centre + half), abs=1e-6)


def test_wilson_interval_of_no_success_starts_at_zero() -> None:
    # With no success the upper end is z^2 / (n + z^2) = 3.8415 / 13.8415.
    low, high = wilson_interval(0, 10)
    assert low == pytest.approx(0.0, abs=1e-12)
    assert high == pytest.approx(0.27753, abs=1e-5)


def test_wilson_interval_narrows_with_less_confidence() -> None:
    wide, narrow = wilson_interval(5, 20, 0.99), wilson_interval(5, 20, 0.8)
    assert wide[0] < narrow[0] < 0.25 < narrow[1] < wide[1]


def test_wilson_interval_refuses_no_trials() -> None:
    with pytest.raises(ValueError, match="at least one trial"):
        wilson_interval(0, 0)


def test_bootstrap_interval_is_near_the_normal_one() -> None:
    # 0..99: mean 49.5, standard error sqrt((100^2 - 1) / 12 / 100) = 2.8866, so 49.5 +- 5.658.
    low, high = bootstrap_interval(np.arange(100.0), seed=0)
    assert (low, high) == pytest.approx((43.842, 55.158), abs=0.3)


def test_bootstrap_interval_of_two_values_is_their_range() -> None:
    # A resample is (0, 0) or (1, 1) with probability 1/4 each: the outer 2.5% are the values themselves.
    assert bootstrap_interval([0.0, 1.0], seed=3) == (0.0, 1.0)


def test_bootstrap_interval_depends_on_the_seed_alone() -> None:
    values = np.random.default_rng(1).normal(size=30)
    assert bootstrap_interval(values, seed=7) == bootstrap_interval(values, seed=7)
    assert bootstrap_interval(values, seed=7) != bootstrap_interval(values, seed=8)


@pytest.mark.parametrize("values", [[2.5], [2.5, 2.5, 2.5]])
def test_bootstrap_interval_of_equal_values_is_a_point_without_warning(values: list[float]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert bootstrap_interval(values, seed=0) == (2.5, 2.5)


def test_bootstrap_interval_refuses_no_values() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        bootstrap_interval([], seed=0)


def test_student_interval_of_two_seeds() -> None:
    # Mean 2, standard error sqrt(2 / 2) = 1, and 12.7062 of them each way at one degree of freedom.
    assert student_interval([1.0, 3.0]) == pytest.approx((2.0 - 12.7062, 2.0 + 12.7062), abs=1e-4)


def test_student_interval_of_equal_values_has_no_width() -> None:
    assert student_interval([0.3]) == student_interval([0.3, 0.3]) == (0.3, 0.3)


def test_student_interval_needs_a_value() -> None:
    with pytest.raises(ValueError, match="at least one"):
        student_interval([])


def test_interquartile_mean_leaves_out_a_quarter_at_either_end() -> None:
    assert float(interquartile_mean(np.array([0.0, 1.0, 2.0, 100.0]))) == 1.5
    assert float(interquartile_mean(np.array([0.0, 1.0, 5.0]))) == 2.0  # of three runs, none is left out
    columns = np.array([[0.0, 9.0], [1.0, 9.0], [2.0, 9.0], [100.0, 9.0]])
    np.testing.assert_allclose(interquartile_mean(columns), [1.5, 9.0])


def test_interquartile_interval_holds_the_mean_and_narrows_with_more_runs() -> None:
    rng = np.random.default_rng(0)
    few, many = rng.normal(3.0, 1.0, (5, 1)), rng.normal(3.0, 1.0, (80, 1))
    (low, high), (tight_low, tight_high) = (interquartile_interval(values, seed=0) for values in (few, many))
    assert low[0] < interquartile_mean(few)[0] < high[0]
    assert tight_low[0] < 3.0 < tight_high[0]
    assert tight_high[0] - tight_low[0] < 0.7 * (high[0] - low[0])


def test_interquartile_interval_of_one_run_is_that_run() -> None:
    low, high = interquartile_interval(np.array([[1.0, 2.0]]), seed=0)
    assert low.tolist() == high.tolist() == [1.0, 2.0]


def test_probability_of_improvement_counts_pairs_and_halves_ties() -> None:
    # of the pairs (1, 0), (1, 1), (2, 0), (2, 1), three are won and one is a tie
    assert float(probability_of_improvement(np.array([1.0, 2.0]), np.array([0.0, 1.0]))) == 3.5 / 4
    assert float(probability_of_improvement(np.array([0.0]), np.array([1.0, 2.0]))) == 0.0


def test_improvement_interval_is_a_point_where_all_runs_agree_and_wide_where_they_do_not() -> None:
    assert improvement_interval(np.array([2.0, 3.0]), np.array([0.0, 1.0]), seed=0) == (1.0, 1.0)
    low, high = improvement_interval(np.array([0.0, 2.0, 4.0]), np.array([1.0, 2.0, 3.0]), seed=0)
    assert low < 0.4 < 0.6 < high
