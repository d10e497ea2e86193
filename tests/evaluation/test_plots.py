"""Learning curves are written whole, and the same each time."""

from __future__ import annotations

from pathlib import Path

import imageio.v2 as imageio
import numpy as np

from skillkit.evaluation.plots import Band, CurvePanel, plot_bands, plot_curves


def test_plot_curves_replaces_an_older_file(tmp_path: Path) -> None:
    target = tmp_path / "curves.png"
    target.write_text("old")
    plot_curves(target, {"flow": (np.array([0, 1000]), np.array([0.0, 1.0]))}, "steps", "return")
    assert imageio.imread(target).ndim == 3


def test_bands_are_one_png_or_the_same_svg_each_time(tmp_path: Path) -> None:
    steps, ones = np.array([0.0, 1000.0]), np.ones(2)
    panel = CurvePanel("steps", "return", [Band("flow", steps, ones, 0.5 * ones, 2.0 * ones)])
    for name in ("a.svg", "b.svg", "one.png", "two.png"):
        plot_bands(tmp_path / name, [panel] * (2 if name == "two.png" else 1))
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    widths = [imageio.imread(tmp_path / f"{name}.png").shape[1] for name in ("one", "two")]
    assert widths[1] > 1.5 * widths[0]
