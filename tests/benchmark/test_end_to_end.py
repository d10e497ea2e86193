from __future__ import annotations

from typing import Any

import pytest

from skillkit.algorithms.learner import ActorCriticLearner
from skillkit.benchmark.end_to_end import EndToEnd


def test_a_round_makes_one_update_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def leave_eager(learner: ActorCriticLearner, batch_size: int, **_: Any) -> None:
        pass

    monkeypatch.setattr(ActorCriticLearner, "compile", leave_eager)
    contender = EndToEnd("ant-27", "gaussian")
    contender.warm_up()
    done = contender.run(0.3)
    assert done.updates is not None
    assert done.count > 0
    assert done.updates == done.count
    assert 0.3 <= done.seconds < 3.0
