"""Updates per second of the learner alone, and the limit: its multiply-adds at the machine's SGEMM rate."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import cycle, islice

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from skillkit.algorithms.learner import ActorCriticLearner
from skillkit.benchmark import settings
from skillkit.benchmark.protocol import Reading
from skillkit.config import Recipe
from skillkit.types import Batch, BatchSource, SequenceBatch

BATCHES = settings.WORLDS  # of one call, as many as a round brings
CHUNKS = 20  # parts of a round of matrix products, of which the fastest counts


class LearnerAlone:
    """The compiled update of a training at one of the `settings.SIZES`, on random batches."""

    def __init__(self, size: str, algorithm: str, policy: str, threads: int) -> None:
        self.name = f"skillkit {algorithm} {policy}, {size}"
        self.threads = threads
        hidden, batch = settings.SIZES[size].hidden, settings.SIZES[size].batch
        self.settings = f"{hidden}x{hidden}, batch {batch}"
        self._recipe = settings.recipe(size, policy, algorithm=algorithm, replay=1000)

    def warm_up(self) -> None:
        """Compile, and update for half a second."""
        torch.set_num_threads(1)
        self._learner = settings.training(self._recipe, threading.Event()).learner
        self._learner.compile(self._recipe.algorithm.batch_size, parallel=self.threads > 1)
        batches = [random_batch(empty_batch(self._learner, self._recipe)) for _ in range(BATCHES)]
        endless = cycle(batches)
        self._sample: BatchSource = lambda count: list(islice(endless, count))
        self.run(0.5)

    def run(self, seconds: float) -> Reading:
        """Updates made."""

        def update() -> int:
            self._learner.update(self._sample, BATCHES)
            return BATCHES

        return repeat(update, seconds)


class MatrixProducts:
    """The limit of `LearnerAlone`: how often the multiply-adds of one update fit into a second of SGEMM.

    The rate is that of batch x hidden x hidden, the product that the hidden layers consist of. Several threads share
    every product in one half of a round and have products of their own in the other, and the faster way counts.
    """

    def __init__(self, size: str, algorithm: str, policy: str, threads: int) -> None:
        self.name = f"limit of {algorithm} {policy}, {size}"
        self.threads = threads
        self.settings = ""
        hidden, batch = settings.SIZES[size].hidden, settings.SIZES[size].batch
        self._shapes = ((batch, hidden), (hidden, hidden))
        self._recipe = settings.recipe(size, policy, algorithm=algorithm, replay=1000)

    def warm_up(self) -> None:
        """Count an update's multiply-adds, and multiply for half a second."""
        learner = settings.training(self._recipe, threading.Event()).learner
        batch = random_batch(empty_batch(learner, self._recipe))
        self._of_update = multiply_adds(lambda: learner.update(lambda _: [batch], 1))
        self.settings = f"{self._of_update / 1e6:.1f} million multiply-adds an update"
        torch.set_num_threads(self.threads)
        products = [_Product(*(torch.randn(shape) for shape in self._shapes)) for _ in range(self.threads)]
        self._ways: list[Callable[[], int]] = [products[0], _SideBySide(products)] if self.threads > 1 else [*products]
        self.run(0.5)

    def run(self, seconds: float) -> Reading:
        """As many updates as the fastest chunk of the round could have held."""
        chunks = [repeat(way, seconds / CHUNKS) for way in self._ways for _ in range(CHUNKS // len(self._ways))]
        best = max(chunks, key=lambda done: done.count / done.seconds)
        return Reading(best.count / self._of_update, best.seconds)


class _Product:
    """A hundred products of the same two matrices; a call returns its multiply-adds."""

    def __init__(self, left: Tensor, right: Tensor) -> None:
        self._left, self._right, self._out = left, right, left @ right
        self._multiply_adds = 100 * left.shape[0] * left.shape[1] * right.shape[1]

    def __call__(self) -> int:
        for _ in range(100):
            torch.mm(self._left, self._right, out=self._out)
        return self._multiply_adds


class _SideBySide:
    """Products in a thread each; a call returns their multiply-adds together."""

    def __init__(self, products: Sequence[_Product]) -> None:
        self._products = products
        self._pool = ThreadPoolExecutor(len(products), initializer=torch.set_num_threads, initargs=(1,))

    def __call__(self) -> int:
        return sum(self._pool.map(_Product.__call__, self._products))


def repeat(work: Callable[[], int], seconds: float) -> Reading:
    """Work over and over for that long; the counts that it returns are summed."""
    count, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        count += work()
    return Reading(count, elapsed)


def multiply_adds(work: Callable[[], object]) -> int:
    """Multiply-adds of the matrix products in a piece of eager work; PyTorch counts each as two operations."""
    counter = FlopCounterMode(display=False)
    with counter:
        work()
    return counter.get_total_flops() // 2


def empty_batch(learner: ActorCriticLearner, recipe: Recipe) -> Batch:
    """The shapes of a batch of that learner."""
    return learner.steps.empty_batch(recipe.algorithm.batch_size, learner.critic.normalizer.mean.shape[0])


def random_batch(like: Batch) -> Batch:
    """A batch of the same shapes: standard normal numbers, actions in [-1, 1], none of them an end."""
    batch = type(like)(*(torch.randn_like(tensor) for tensor in like.tensors()))
    batch = replace(
        batch, action=2.0 * torch.rand_like(like.action) - 1.0, discount=torch.full_like(like.discount, 0.99)
    )
    return replace(batch, valid=torch.ones_like(batch.valid)) if isinstance(batch, SequenceBatch) else batch
