"""The training loop, the same for every level: collect and learn in lockstep, log, checkpoint, stop cleanly."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skillkit.errors import Diverged
from skillkit.training.collector import Collected, Collector, Episode
from skillkit.training.replay import Replay
from skillkit.types import Learner

SWITCH_INTERVAL = 5e-5  # seconds that a thread may keep the interpreter while another waits for it
RECENT = 100  # episodes that the running averages look back on

Row = dict[str, float]


@dataclass(frozen=True)
class Schedule:
    """How long and how often. steps, checkpoint_every, log_every: control steps summed over worlds.

    warmup: transitions collected before the first update; update_to_data: updates for each transition after that.
    """

    steps: int
    warmup: int
    update_to_data: float
    batch_size: int
    checkpoint_every: int
    log_every: int


class Trainer:
    """While round i is collected with the weights of round i-1, the learner updates on the rounds before.

    The schedule depends on counts alone, so that a run is both parallel and reproducible. log: called with a row
    of metrics; checkpoint: called with the trainer at a barrier, where `get_state` is whole; stop: when set, the
    loop ends at the next barrier.
    """

    def __init__(
        self,
        collector: Collector,
        learner: Learner,
        replay: Replay,
        schedule: Schedule,
        *,
        log: Callable[[Row], None],
        checkpoint: Callable[[Trainer], None],
        stop: threading.Event,
    ) -> None:
        self.collector, self.learner, self.replay, self.schedule = collector, learner, replay, schedule
        self.log, self.checkpoint, self.stop = log, checkpoint, stop
        self.steps = self.transitions = self.updates = self.episodes = 0
        self.seconds = 0.0
        self._recent: deque[Episode] = deque(maxlen=RECENT)
        self._metrics: Mapping[str, Tensor] = {}

    def run(self) -> None:
        """Train until the scheduled steps are done or `stop` is set; ends with a checkpoint, also if a round breaks."""
        self.learner.publish()
        clock = Clock(self.seconds, self.steps, self.updates)
        saved = self.steps
        with _prompt_switches(), ThreadPoolExecutor(1, "collector", torch.set_num_threads, (1,)) as pool:
            while self.steps < self.schedule.steps and not self.stop.is_set():
                before = self.steps
                self._round(pool)
                self.seconds = clock.seconds()
                if self._passed(before, self.schedule.log_every) or self.steps >= self.schedule.steps:
                    self.log(self._row(clock))  # before the checkpoint, which a resumed run goes on behind
                if self._passed(before, self.schedule.checkpoint_every):
                    self.checkpoint(self)
                    saved = self.steps
        if self.steps != saved:
            self.checkpoint(self)

    def score(self) -> Row:
        """Averages over the last episodes, without the reward terms; empty before the first one has ended."""
        means = episode_means(list(self._recent)) if self._recent else {}
        return {name: value for name, value in means.items() if not name.startswith("reward/")}

    def get_state(self) -> dict[str, Any]:
        """Everything needed to go on exactly from here, but for the replay's and the learner's own state."""
        recent = [
            [e.episode_return, e.length, e.success, e.fallen, dict(e.terms), e.final_distance] for e in self._recent
        ]
        return {
            "collector": self.collector.get_state(),
            "counters": [self.steps, self.transitions, self.updates, self.episodes],
            "seconds": self.seconds,
            "recent": recent,
            "metrics": {name: float(value) for name, value in self._metrics.items()},
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take over what `get_state` returned."""
        self.collector.set_state(state["collector"])
        self.steps, self.transitions, self.updates, self.episodes = state["counters"]
        self.seconds = state["seconds"]
        self._recent.extend(Episode(*fields) for fields in state["recent"])
        self._metrics = {name: torch.tensor(value) for name, value in state["metrics"].items()}

    def _round(self, pool: Executor) -> None:
        """Collect and learn side by side; when one of them raises, save what was whole before and raise it.

        Where numbers diverged nothing is saved: what made them is among what was whole before.
        """
        parts = self.collector.get_state(), self.learner.state_dict(), self.replay.state_dict()
        updates, metrics = self.updates, self._metrics
        collecting = pool.submit(self.collector.collect)
        try:
            self._learn()
            collected = collecting.result()
        except Diverged:
            wait([collecting])
            raise
        except Exception as error:
            wait([collecting])
            try:
                self.collector.set_state(parts[0])
                self.learner.load_state_dict(parts[1])
                self.replay.load_state_dict(parts[2])
                self.updates, self._metrics = updates, metrics
                self.checkpoint(self)
            except Exception as another:
                error.add_note(f"and no checkpoint could be saved: {another}")
            raise
        self._take(collected)

    def _learn(self) -> None:
        learnable = max(0, self.transitions - self.schedule.warmup)
        due = int(learnable * self.schedule.update_to_data) - self.updates
        if due <= 0 or self.replay.size == 0:
            return
        self._metrics = self.learner.update(partial(self.replay.sample, self.schedule.batch_size), due)
        self.updates += due
        for name, value in self._metrics.items():
            if not torch.isfinite(value).all():
                raise Diverged(f"{name} is NaN or infinite")

    def _take(self, collected: Collected) -> None:
        self.replay.add(collected.round)
        self.learner.observe(collected.round.observed())
        self.learner.publish()
        self.steps += collected.steps
        self.transitions += int(collected.round.moved.sum())
        self.episodes += len(collected.episodes)
        self._recent.extend(collected.episodes)

    def _passed(self, before: int, every: int) -> bool:
        return before // every != self.steps // every

    def _row(self, clock: Clock) -> Row:
        row = {
            "steps": self.steps,
            "transitions": self.transitions,
            "updates": self.updates,
            "update_to_data": self.updates / max(1, self.transitions - self.schedule.warmup),
            "episodes": self.episodes,
            "seconds": self.seconds,
            **clock.rates(self.steps, self.updates),
        }
        if self._recent:
            row |= episode_means(list(self._recent))
        return row | {name: float(value) for name, value in self._metrics.items()}


@contextlib.contextmanager
def _prompt_switches() -> Iterator[None]:
    """Let the learner's threads, whose compiled calls last half a millisecond, not wait 5 ms for the collector's.

    The interval is the process's; it is what it was when the training ends.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


class Clock:
    """Wall-clock seconds of the whole run, earlier parts counted in, and rates since the last question."""

    def __init__(self, seconds: float, steps: int, updates: int) -> None:
        self._start = time.monotonic() - seconds
        self._last = (seconds, steps, updates)

    def seconds(self) -> float:
        """Seconds of training so far."""
        return time.monotonic() - self._start

    def rates(self, steps: int, updates: int) -> Row:
        """Control steps and updates per second since the last call."""
        now = self.seconds()
        elapsed = max(now - self._last[0], 1e-9)
        rates = {
            "steps_per_second": (steps - self._last[1]) / elapsed,
            "updates_per_second": (updates - self._last[2]) / elapsed,
        }
        self._last = (now, steps, updates)
        return rates


def episode_means(episodes: list[Episode]) -> Row:
    """Averages over episodes, each reward term among them."""
    row = {
        "return": float(np.mean([episode.episode_return for episode in episodes])),
        "length": float(np.mean([episode.length for episode in episodes])),
        "success": float(np.mean([episode.success for episode in episodes])),
        "falls": float(np.mean([episode.fallen for episode in episodes])),
    }
    distances = [episode.final_distance for episode in episodes if episode.final_distance is not None]
    if distances:
        row["final_distance"] = float(np.mean(distances))
    for name in episodes[0].terms:
        row[f"reward/{name}"] = float(np.mean([episode.terms[name] for episode in episodes]))
    return row
