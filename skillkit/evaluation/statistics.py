"""Confidence intervals for a success rate, for a mean over episodes and for a mean over seeds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

_RESAMPLES = 9999
_RESAMPLES_AT_ONCE = 500  # bounds the memory that many episodes would take


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
    result = stats.bootstrap(
        (sample,),
        np.mean,
        n_resamples=_RESAMPLES,
        batch=_RESAMPLES_AT_ONCE,
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    return float(result.confidence_interval.low), float(result.confidence_interval.high)


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
