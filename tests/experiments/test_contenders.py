"""Runs that a comparison reads: which are one contender, what it is called, and its curves by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from skillkit.errors import UserError
from skillkit.experiments.contenders import Contender, Run, read_contenders, values_at

Write = Callable[..., Path]


def test_curves_are_read_between_their_points_on_a_line() -> None:
    curves = [(np.array([0.0, 100.0]), np.array([0.0, 1.0])), (np.array([50.0, 150.0]), np.array([2.0, 4.0]))]
    np.testing.assert_allclose(values_at(np.array([0.0, 50.0, 100.0]), curves), [[0.0, 0.5, 1.0], [2.0, 2.0, 3.0]])


def test_a_curve_begins_where_its_metric_is_known(write: Write) -> None:
    run = Run.read(write("run", {100: None, 200: 0.5, 300: None, 400: 1.0}, pretraining_steps=7, base_sha256="1" * 64))
    steps, values = run.curve("success")
    assert (steps.tolist(), values.tolist()) == ([200.0, 400.0], [0.5, 1.0])
    assert run.pretraining_steps == 7
    assert run.origin == {"base": "1" * 64, "init": None, "head": None}
    with pytest.raises(UserError, match="has no value of 'return' yet; wait until an episode has ended"):
        run.curve("return")
    with pytest.raises(UserError, match="has no metric 'zzz'; there are steps, episodes, success"):
        run.curve("zzz")


@pytest.mark.parametrize(("last", "expected"), [(300, [200.0, 300.0]), (99, [100.0, 200.0, 300.0])])
def test_a_curve_is_drawn_from_where_enough_episodes_have_ended(write: Write, last: int, expected: list[float]) -> None:
    path = write("run", {100: 1.0, 200: 0.1, 300: 0.2})
    (path / "metrics.csv").write_text(f"steps,episodes,success\n100,2,1\n200,{min(last, 100)},0.1\n300,{last},0.2\n")
    run = Run.read(path)
    assert run.settled("success")[0].tolist() == expected
    assert run.curve("success")[0].tolist() == [100.0, 200.0, 300.0]


def test_a_contender_is_known_where_all_of_its_runs_are(write: Write) -> None:
    curves: list[dict[int, float | None]] = [{100: 0.0, 300: 1.0}, {100: None, 200: 0.5, 400: 0.7}]
    paths = [write(f"run{seed}", curve, pretraining_steps=10 * seed) for seed, curve in enumerate(curves)]
    contender = Contender("both", tuple(Run.read(path) for path in paths))
    assert (contender.first("success"), contender.last("success")) == (200.0, 300.0)
    assert (contender.longest("success"), contender.pretraining_steps) == (400.0, 10)
    np.testing.assert_allclose(contender.values("success", np.array([200.0, 300.0])), [[0.5, 1.0], [0.5, 0.6]])
    assert contender.updates_a_step is None


def test_updates_a_step_are_the_mean_over_runs(write: Write) -> None:
    paths = [write(f"run{seed}", {100: 0.0}) for seed in (0, 1)]
    for path, updates in zip(paths, (50, 25), strict=True):
        (path / "metrics.csv").write_text(f"steps,episodes,success,updates\n100,1,0.0,{updates}\n")
    assert Contender("both", tuple(map(Run.read, paths))).updates_a_step == 0.375


def test_contenders_of_one_name_are_told_apart_by_what_differs(write: Write) -> None:
    paths = [
        write("a", {100: 0.0}, algorithm__discount=0.9),
        write("b", {100: 0.0}, algorithm__discount=0.99),
        write("c", {100: 0.0}, algorithm__discount=0.99, training__seed=7),
        write("d", {100: 0.0}, algorithm__discount=0.99, name="other"),
    ]
    assert [c.label for c in read_contenders(paths[:3])] == ["discount 0.9", "discount 0.99"]
    labels = [contender.label for contender in read_contenders(paths)]
    assert labels == ["ball, discount 0.9", "ball, discount 0.99", "other"]


def test_one_training_twice_is_no_second_seed(write: Write) -> None:
    runs = [write(name, {100: 0.0}) for name in ("once", "again")]
    with pytest.raises(UserError, match=r"once and .*again are the same training of the same seed; leave one out"):
        read_contenders(runs)


def test_one_recipe_on_two_versions_of_a_base_is_two_contenders(write: Write) -> None:
    digests = "1" * 64, "2" * 64
    runs = [write(f"on_{digest[0]}", {100: 0.0}, base_sha256=digest) for digest in digests]
    twin = write("twin", {100: 0.0}, training__seed=1, base_sha256=digests[0])
    found = [(contender.label, len(contender.runs)) for contender in read_contenders([*runs, twin])]
    assert found == [("base_sha256 11111111", 2), ("base_sha256 22222222", 1)]


def test_a_run_counts_once_however_it_is_named(write: Write, tmp_path: Path) -> None:
    run = write("run", {100: 0.0})
    (tmp_path / "link").symlink_to(run)
    assert [len(contender.runs) for contender in read_contenders([run, tmp_path / "link"])] == [1]


@pytest.mark.parametrize("text", ['{"pretraining_steps": "many"}', "[]", '{"pretraining_steps": null}'])
def test_damaged_notes_are_said(write: Write, text: str) -> None:
    run = write("run", {100: 0.0})
    (run / "run.json").write_text(text)
    with pytest.raises(UserError, match=r"run.json is damaged"):
        read_contenders([run])
