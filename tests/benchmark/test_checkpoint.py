from __future__ import annotations

from skillkit.benchmark.checkpoint import Checkpoints, PlainFile

TRANSITIONS = 1000
ROW = 4 * (30 + 8 + 3)  # bytes: what critics see, an action, reward, discount and the row that follows


def test_a_checkpoint_holds_the_whole_replay() -> None:
    written = Checkpoints("ant-27", transitions=TRANSITIONS)
    written.warm_up()
    one = written.run(0.0)
    large = Checkpoints("ant-27", transitions=2 * TRANSITIONS)
    large.warm_up()
    assert one.count == 1
    assert one.seconds > 0
    assert large.bytes - written.bytes == TRANSITIONS * ROW


def test_one_is_read_again_and_again() -> None:
    read = Checkpoints("ant-27", reads=True, transitions=TRANSITIONS)
    read.warm_up()
    assert [read.run(0.0).count for _ in range(2)] == [1, 1]


def test_a_plain_file_has_as_many_bytes() -> None:
    plain, written = (kind("ant-27", transitions=TRANSITIONS) for kind in (PlainFile, Checkpoints))
    for contender in (plain, written):
        contender.warm_up()
    assert plain.settings == written.settings
    assert plain.run(0.0).count == 1
