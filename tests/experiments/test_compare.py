"""Comparisons of runs written by hand: scores, budgets, labels and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from skillkit.errors import UserError
from skillkit.experiments.compare import cautions, compare, draw, rows, table
from skillkit.experiments.contenders import read_contenders

Write = Callable[..., Path]


def seeds(write: Write, place: str, curves: Sequence[Mapping[int, float | None]], **flags: Any) -> list[Path]:
    return [write(f"{place}_{seed}", curve, training__seed=seed, **flags) for seed, curve in enumerate(curves)]


def test_seeds_are_one_contender_and_scores_are_means_over_them(write: Write) -> None:
    slow = seeds(write, "slow", [{100: 0.0, 200: 0.2}, {100: 0.0, 200: 0.4}], name="slow")
    fast = seeds(write, "fast", [{100: 0.5, 200: 0.9}, {100: 0.5, 200: 0.3}], name="fast", pretraining_steps=50)
    contenders = read_contenders([*slow, *fast])
    assert [(contender.label, len(contender.runs)) for contender in contenders] == [("slow", 2), ("fast", 2)]
    comparison = compare(contenders, "success")
    best, other = comparison.scores
    assert (best.contender.label, best.mean, best.improvement) == ("fast", pytest.approx(0.6), None)
    assert (best.low, best.high) == (pytest.approx(0.3), pytest.approx(0.9))
    assert other.mean == pytest.approx(0.3)
    assert other.improvement is not None
    assert other.improvement[0] == 3 / 4  # of (0.9, 0.2), (0.9, 0.4), (0.3, 0.2), (0.3, 0.4)
    assert comparison.unequal == {}
    assert rows(comparison)[0][:4] == ("fast", "2", "50", "0.6 (0.3 to 0.9)")
    assert "success after 200 control steps" in str(table(comparison).title)


def test_scores_are_taken_where_the_shortest_ends_and_budgets_are_told(write: Write) -> None:
    short = write("short", {1000: 0.0, 2000: 1.0}, name="short")
    long = write("long", {1000: 0.4, 3000: 0.8, 9000: 0.0}, name="long")
    comparison = compare(read_contenders([short, long]), "success")
    assert comparison.steps == 2000
    assert [score.mean for score in comparison.scores] == [1.0, pytest.approx(0.6)]  # halfway from 0.4 to 0.8
    assert comparison.unequal == {"short": (2000, 2000), "long": (9000, 9000)}
    uneven = seeds(
        write, "uneven", [{1000: 0.0, 2000: 1.0}, {1000: 0.0, 9000: 1.0}], name="uneven", training__steps=9000
    )
    assert compare(read_contenders([*uneven, short]), "success").unequal == {
        "uneven": (2000, 9000),
        "short": (2000, 2000),
    }
    counted = compare(
        read_contenders([write("late", {1000: 0.4, 3000: 0.8}, name="late", pretraining_steps=1000), short]),
        "success",
        count_pretraining=True,
    )
    assert counted.steps == 2000
    assert {score.contender.label: score.mean for score in counted.scores} == {"short": 1.0, "late": 0.4}
    assert comparison.scores[1].improvement is None  # a single run says nothing of chance


def test_the_farther_from_the_goal_the_worse(write: Write) -> None:
    near = write("near", {100: 1.0}, "final_distance", name="near")
    far = write("far", {100: 5.0}, "final_distance", name="far")
    assert [s.contender.label for s in compare(read_contenders([far, near]), "final_distance").scores] == [
        "near",
        "far",
    ]


@pytest.mark.parametrize(
    ("flags", "metric", "message"),
    [
        ({"world__goal": "1"}, "success", "has goal 0, .* has goal 1; compare them apart."),
        ({"world__task": "goal", "world__goal": None}, "success", "has task maze, .* has task goal"),
        ({"world__body": "ant"}, "success", "has body ball, .* has body ant"),
        (
            {"world__rewards": {"goal-reached": 2.0, "given-up": 100.0}},
            "return",
            "goal-reached=2; compare them apart, or by",
        ),
        (
            {"world__rewards": {"goal-reached": 1000.0}},
            "success",
            "has end of bodies .* has end at falls",
        ),
        ({"world__episode_steps": 60}, "success", "has episode_steps 50, .* has episode_steps 60"),
    ],
)
def test_different_tasks_are_refused(write: Write, flags: dict[str, Any], metric: str, message: str) -> None:
    contenders = read_contenders([write("one", {100: 0.0}, metric), write("two", {100: 0.0}, metric, **flags)])
    with pytest.raises(UserError, match=message):
        compare(contenders, metric)


def test_other_rewards_are_compared_by_success(write: Write) -> None:
    two = write("two", {100: 0.5}, world__rewards={"goal-reached": 2.0, "given-up": 1.0})
    assert compare(read_contenders([write("one", {100: 0.0}), two]), "success").scores[0].mean == 0.5


def test_what_is_not_there_is_said(write: Write, tmp_path: Path) -> None:
    run = write("run", {100: 0.0, 200: None})
    late = write("late", {100: None, 200: None, 300: 0.0}, name="late")
    with pytest.raises(UserError, match=r"no metric 'sucess'; did you mean 'success'\?"):
        compare(read_contenders([run]), "sucess")
    with pytest.raises(UserError, match="ball ends at 100 steps, before late first logs 'success'"):
        compare(read_contenders([run, late]), "success")
    with pytest.raises(UserError, match="no value of 'success' yet"):
        compare(read_contenders([write("silent", {100: None})]), "success")
    with pytest.raises(UserError, match="expected a run's folder"):
        read_contenders([tmp_path / "nothing"])
    (run / "metrics.csv").unlink()
    with pytest.raises(UserError, match="has no metrics yet"):
        compare(read_contenders([run]), "success")


def test_figures_are_written_twice_and_the_same_each_time(write: Write, tmp_path: Path) -> None:
    paths = seeds(write, "run", [{100: 0.0, 200: 0.2}, {100: 0.1, 200: 0.4}], pretraining_steps=1000)
    contenders = read_contenders(paths)
    png, svg = draw(contenders, "success", tmp_path / "figure.png")
    assert png.read_bytes().startswith(b"\x89PNG")
    first = svg.read_text()
    assert "control steps, pretraining counted" in first
    draw(contenders, "success", tmp_path / "figure.png")
    assert svg.read_text() == first


def test_what_a_recipe_leaves_open_is_the_tasks_own(write: Write) -> None:
    open_goal = write("one", {100: 0.0})
    named = write("two", {100: 0.5}, world__goal="0", world__rewards={"goal-reached": 1000.0, "given-up": 100.0})
    assert len(compare(read_contenders([open_goal, named]), "success").scores) == 2


def test_a_task_without_a_goal_has_no_success(write: Write) -> None:
    run = write("run", {100: 0.0}, world__task="open", world__goal=None)
    with pytest.raises(UserError, match=r"the task 'open' of .* has no goal, got 'success'; give --metric return"):
        compare(read_contenders([run]), "success")


def test_a_metric_without_a_better_side_is_not_ranked(write: Write) -> None:
    slow = seeds(write, "slow", [{100: 1.0}, {100: 2.0}], name="slow", metric="seconds")
    fast = seeds(write, "fast", [{100: 5.0}, {100: 6.0}], name="fast", metric="seconds")
    scores = compare(read_contenders([*slow, *fast]), "seconds").scores
    assert [(score.contender.label, score.improvement) for score in scores] == [("slow", None), ("fast", None)]


def test_alike_labels_are_told_apart_and_scored_apart(write: Write) -> None:
    one = write("one", {100: 0.9}, world__rewards={"goal-reached": 1000.0, "given-up": 100.0})
    other = write("two", {100: 0.1}, world__rewards={"goal-reached": 1000.0, "given-up": 7.0, "alive": 7.0})
    scores = compare(read_contenders([one, other]), "success").scores
    assert [score.mean for score in scores] == [0.9, 0.1]
    labels = [score.contender.label for score in scores]
    assert "given-up.weight 100.0" in labels[0]
    assert "alive.weight 7.0" in labels[1]


def test_windows_of_rewards_are_part_of_the_task(write: Write) -> None:
    rewards = ({"displacement-norm": {"weight": 1.0, "window": window}} for window in (1.0, 4.0))
    paths = [
        write(f"{index}", {100: 0.0}, "return", world__task="open", world__goal=None, world__rewards=terms)
        for index, terms in enumerate(rewards)
    ]
    with pytest.raises(UserError, match=r"displacement-norm=1 over 1 s, .* displacement-norm=1 over 4 s"):
        compare(read_contenders(paths), "return")


@pytest.mark.parametrize("text", ["steps,success\n1,x\n", "success\n1\n", "steps,success\n,1\n"])
def test_damaged_metrics_are_said(write: Write, text: str) -> None:
    run = write("run", {100: 0.0})
    (run / "metrics.csv").write_text(text)
    with pytest.raises(UserError, match=r"metrics.csv is damaged"):
        compare(read_contenders([run]), "success")


def test_a_gymnasium_environment_that_reports_no_success_is_not_compared_by_it(write: Write) -> None:
    gym = {"world__task": "gym:Pendulum-v1", "world__body": None, "world__episode_steps": None}
    never = write("never", {100: 0.0}, **gym)
    with pytest.raises(UserError, match="no run of gym:Pendulum-v1 ever reports a success; give --metric return"):
        compare(read_contenders([never]), "success")
    once = write("once", {100: 0.5}, name="other", **gym)
    assert compare(read_contenders([never, once]), "success").scores[0].mean == 0.5


def test_cautions_say_what_is_uneven(write: Write) -> None:
    few = seeds(write, "few", [{1000: 0.0}, {1000: 1.0}], name="few")
    many = seeds(write, "many", [{1000: 0.2}, {1000: 0.5}, {1000: 1.0, 9000: 1.0}], name="many", training__steps=9000)
    for run, updates in [*((run, 250) for run in few), *((run, 330) for run in many)]:
        rows = [row.split(",") for row in (run / "metrics.csv").read_text().split()]
        ends = ["updates", *(str(int(int(row[0]) * updates / 1000)) for row in rows[1:])]
        text = "\n".join(",".join((*row, end)) for row, end in zip(rows, ends, strict=True))
        (run / "metrics.csv").write_text(text + "\n")
    assert cautions(compare(read_contenders([*few, *many]), "success")) == [
        "They end at different steps (few 1,000; many 1,000 to 9,000); scores are where the shortest ends.",
        "They make different numbers of updates for a control step (many 0.33; few 0.25).",
        "The best is chosen on the runs that it is compared on, which favours it a little.",
        "With fewer than 10 runs, bootstrap intervals are too narrow.",
    ]


def test_a_gymnasium_run_is_another_task(write: Write) -> None:
    body = write("body", {100: 0.0}, "return")
    gym = write(
        "gym",
        {100: 0.0},
        "return",
        **{"world__task": "gym:Pendulum-v1", "world__body": None, "world__episode_steps": None},
    )
    with pytest.raises(UserError, match=r"has body ball, .* has body none"):
        compare(read_contenders([body, gym]), "return")
