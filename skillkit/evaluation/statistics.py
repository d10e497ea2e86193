"""Confidence intervals for a success rate, for a mean over episodes and over seeds, and to compare seeds' scores.

What compares seeds follows Agarwal et al. (2021), whose own library does not import beside pandas 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import stats

_RESAMPLES = 9999
_RESAMPLES_AT_ONCE = 500  # bounds the memory that many episodes would take
_QUARTER = 0.25  # share of the runs that an interquartile mean leaves out at either end


def wilson_interval(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a success probability.

    Raises ValueError unless 0 <= successes <= n and n >= 1. Source: E. B. Wilson, JASA 22 (1927).
    """
    if n < 1:
        raise ValueError(f"expected at least one trial, got n={n}; run at least one episode")
    interval = stats.binomtest(int(successes), int(n)).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


def bootstrap_interval(
    values: Sequence[float] | np.ndarray, seed: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean, in the unit of the values.

    Values that are all equal, or one alone, give (v, v). Raises ValueError when there are none.
    Source: B. Efron, Annals of Statistics 7 (1979).
    """
    sample = np.asarray(values, dtype=np.float64).ravel()
    if sample.size == 0:
        raise ValueError("expected at least one value, got none; run at least one episode")
    if np.all(sample == sample[0]):
        return float(sample[0]), float(sample[0])
    low, high = _bootstrap((sample,), np.mean, seed, confidence)
    return float(low), float(high)


def student_interval(values: Sequence[float] | np.ndarray, confidence: float = 0.95) -> tuple[float, float]:
    """Student's t interval of the mean, for the few values that seeds give, in their unit.

    Values that are all equal, or one alone, give (v, v). Raises ValueError when there are none.
    Source: Student, Biometrika 6 (1908).
    """
    sample = np.asarray(values, dtype=np.float64).ravel()
    if sample.size == 0:
        raise ValueError("expected at least one value, got none; run at least one seed")
    if np.all(sample == sample[0]):
        return float(sample[0]), float(sample[0])
    low, high = stats.t.interval(confidence, sample.size - 1, loc=sample.mean(), scale=stats.sem(sample))
    return float(low), float(high)


def interquartile_mean(values: np.ndarray, axis: int = 0) -> np.ndarray:
    """Mean of the middle half of the values along an axis, in their unit; of fewer than four, of all.

    Source: Agarwal et al., NeurIPS 2021, section 4.3.
    """
    return np.asarray(stats.trim_mean(values, _QUARTER, axis=axis))


def interquartile_interval(values: np.ndarray, seed: int, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Percentile bootstrap interval, over runs, of the interquartile mean: lower and upper ends, each (...).

    values: (runs, ...), runs resampled whole. A single run gives its own values twice.
    """
    if len(values) == 1:
        return values[0], values[0]
    return _bootstrap((values,), interquartile_mean, seed, confidence)


def probability_of_improvement(ours: np.ndarray, theirs: np.ndarray, axis: int = -1) -> np.ndarray:
    """How often a run of ours (..., runs) ends above one of theirs (..., runs), ties counting half: (...), 0 to 1.

    axis: that of the runs.

    Source: Agarwal et al., NeurIPS 2021, section 4.3; it is Mann and Whitney's U over the number of pairs.
    """
    ours, theirs = np.moveaxis(ours, axis, -1), np.moveaxis(theirs, axis, -1)
    difference = ours[..., :, None] - theirs[..., None, :]
    return ((difference > 0) + 0.5 * (difference == 0)).mean(axis=(-2, -1))


def improvement_interval(
    ours: np.ndarray, theirs: np.ndarray, seed: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Percentile bootstrap interval of the probability of improvement, runs of both sides resampled."""
    low, high = _bootstrap((ours, theirs), probability_of_improvement, seed, confidence)
    return float(low), float(high)


def _bootstrap(
    samples: Sequence[np.ndarray], statistic: Callable[..., Any], seed: int, confidence: float
) -> tuple[np.ndarray, np.ndarray]:
    """Percentile bootstrap interval of a statistic that takes an `axis`, each sample resampled along its first one."""
    found = stats.bootstrap(
        samples,
        statistic,
        axis=0,
        n_resamples=_RESAMPLES,
        batch=_RESAMPLES_AT_ONCE,
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    return np.asarray(found.confidence_interval.low), np.asarray(found.confidence_interval.high)
