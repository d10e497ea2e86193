from __future__ import annotations

from skillkit.benchmark.settings import recipe


def test_every_network_is_as_large_as_the_size_says() -> None:
    small, large = recipe("ant-27", "flow"), recipe("ant-105", "gaussian")
    assert (small.policy.hidden, small.algorithm.critic_hidden, small.algorithm.batch_size) == ((128, 128),) * 2 + (
        128,
    )
    assert (large.policy.hidden, large.algorithm.critic_hidden, large.algorithm.batch_size) == ((256, 256),) * 2 + (
        256,
    )
    assert (small.algorithm.update_to_data, large.algorithm.update_to_data) == (1.0, 1.0)
    assert large.world.task == "gym:Ant-v5"
