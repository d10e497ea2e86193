from __future__ import annotations

import time

import torch

from skillkit.benchmark.learner import LearnerAlone, MatrixProducts, multiply_adds, random_batch, repeat
from skillkit.types import Batch


def test_multiply_adds_of_a_tiny_network_by_hand() -> None:
    """Forward 4 x (3*5 + 5*2) = 100; backward the same for the weights, and 4 * 5*2 = 40 for the hidden layer."""
    network = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
    inputs = torch.randn(4, 3)
    assert multiply_adds(lambda: network(inputs)) == 100
    assert multiply_adds(lambda: network(inputs).sum().backward()) == 100 + 100 + 40


def test_repeat_sums_what_the_work_returns() -> None:
    def work() -> int:
        time.sleep(0.01)
        return 7

    done = repeat(work, 0.05)
    assert done.seconds >= 0.05
    assert done.count % 7 == 0
    assert 7 <= done.count <= 35


def test_batches_have_the_learner_s_shapes() -> None:
    like = Batch(*(torch.zeros(4, *shape) for shape in ((3,), (2,), (), (), (3,))))
    batch = random_batch(like)
    assert [tuple(tensor.shape) for tensor in batch.tensors()] == [(4, 3), (4, 2), (4,), (4,), (4, 3)]
    assert batch.action.abs().max() <= 1.0


def test_multiply_adds_of_the_gaussian_s_update_by_hand() -> None:
    """Batch 128, widths 26 -> 128 -> 128 -> 16 and, twice, 38 -> 128 -> 128, whose last layer is no matrix product.

    Critics' step: policy, two targets and two critics forward; back to the weights as much again, to the hidden layer
    all but the first. Actor's step: policy and two critics forward, two critics back to the action as much again, the
    policy back to its weights as much again, to its hidden layers all but the first.
    """
    policy, policy_first = 26 * 128 + 128 * 128 + 128 * 16, 26 * 128
    critic, critic_first = 38 * 128 + 128 * 128, 38 * 128
    critics_step = policy + 2 * critic + 2 * (critic + critic + critic - critic_first)
    actor_step = policy + 2 * (critic + critic) + policy + policy - policy_first
    contender = MatrixProducts("ant-27", "sac", "gaussian", 1)
    contender.warm_up()
    assert contender._of_update == 128 * (critics_step + actor_step)
    assert contender.run(0.02).count > 0


def test_contenders_say_what_they_are() -> None:
    contender = LearnerAlone("ant-105", "sac", "gaussian", 2)
    assert (contender.name, contender.threads) == ("skillkit sac gaussian, ant-105", 2)
    assert contender.settings == "256x256, batch 256"
