"""Figures are written whole, at the right colours and limits."""

from __future__ import annotations

from pathlib import Path

import imageio.v2 as imageio
import numpy as np
import pytest

from skillkit.evaluation.path_panels import Panel, _bounds, path_colors, plot_path_panels

PATHS = [np.array([[0.0, 0.0], [1.0, 2.0]]), np.array([[0.0, 0.0], [-3.0, 1.0]])]


def test_success_and_failure_have_two_colours() -> None:
    good, bad = path_colors([True, False], 2)
    assert good != bad
    assert path_colors([np.True_, np.False_], 2) == [good, bad]


def test_each_latent_has_a_colour_whatever_its_index() -> None:
    colors = path_colors([7, 3, 7, 5], 4)
    assert colors[0] == colors[2]
    assert len(set(colors)) == 3
    assert len(set(path_colors(list(range(30)), 30))) == 30


def test_paths_without_meaning_share_a_colour() -> None:
    assert len(set(path_colors(None, 5))) == 1


def test_colours_must_match_the_paths() -> None:
    with pytest.raises(ValueError, match="each of 2 trajectories, got 3"):
        path_colors([True, True, False], 2)


def test_bounds_hold_paths_walls_and_goals() -> None:
    panel = Panel("", PATHS, walls=[(0.0, -4.0, 2.0, 0.5)], goals=[(6.0, 1.0)], goal_radius=1.5)
    low, high = _bounds(panel)
    assert low.tolist() == [-3.0, -4.5]
    assert high.tolist() == [7.5, 2.5]
    low, high = _bounds(Panel("", PATHS, boxes=[np.array([[-4.0, 0.0, 0.0], [5.0, 3.0, 0.0]])]))
    corner = np.sqrt(0.5)  # a box is as wide as that whichever way it is turned
    assert [low[0], *high] == pytest.approx([-4.0 - corner, 5.0 + corner, 3.0 + corner])


def test_boxes_and_many_goals_are_drawn(tmp_path: Path) -> None:
    plain, boxed, many = (tmp_path / f"{name}.png" for name in ("plain", "boxed", "many"))
    way = np.array([[2.0, 2.0, 0.0], [3.0, 2.5, 0.3]])
    goals = [(0.1 * index, 1.0) for index in range(20)]
    plot_path_panels(plain, [Panel("", PATHS)])
    plot_path_panels(boxed, [Panel("", PATHS, boxes=[way])])
    plot_path_panels(many, [Panel("", PATHS, goals=goals, goal_radius=0.5, boxes=[way] * 20)])
    assert len({path.read_bytes() for path in (plain, boxed, many)}) == 3


def test_one_panel_writes_one_png_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "figures" / "paths.png"
    panel = Panel("", PATHS, walls=[(0.0, -4.0, 2.0, 0.5)], goals=[(1.0, 2.0)], colors=[True, False])
    plot_path_panels(target, [panel])
    assert [file.name for file in target.parent.iterdir()] == ["paths.png"]
    height, width = imageio.imread(target).shape[:2]
    assert min(height, width) > 500


def test_panels_stand_side_by_side_and_may_be_empty(tmp_path: Path) -> None:
    target = tmp_path / "panels.png"
    plot_path_panels(target, [Panel("skill", PATHS, colors=[0, 1]), Panel("flat", [], goals=[(1.0, 1.0)])])
    height, width = imageio.imread(target).shape[:2]
    assert width > 1.5 * height
