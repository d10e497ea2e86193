"""What the tests of several algorithms share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from skillkit.algorithms.learner import ActorCriticLearner

Made = Callable[[], ActorCriticLearner]
Train = Callable[[ActorCriticLearner], None]


@pytest.fixture
def assert_compiled_equals_eager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Made, Train], None]:
    """That learners which are made alike and trained alike come to the same, eager, compiled, and on two cores."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def check(made: Made, train: Train) -> None:
        eager, compiled, parallel = (made() for _ in range(3))
        compiled.compile(8)
        parallel.compile(8, parallel=True)
        for learner in (eager, compiled, parallel):
            train(learner)
        for one, other, same in zip(
            (*eager.critics, *eager.actor),
            (*compiled.critics, *compiled.actor),
            (*parallel.critics, *parallel.actor),
            strict=True,
        ):
            torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-3)
            assert torch.equal(other, same)

    return check
