"""Figures of learning curves, alone or with bands, and the look of all figures.

Figures are built as objects, without pyplot's global state, and written in one step: a reader never
finds half a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
from jaxtyping import Float, Shaped
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from skillkit.files import written_whole

# Okabe and Ito's colours, which readers with any colour vision tell apart.
QUALITATIVE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C6BB1", "#4D4D4D")
INK, _GRID = "#333A44", "#E8EBEF"
_DPI = 150


def plot_curves(
    path: Path,
    curves: Mapping[str, tuple[Shaped[np.ndarray, " points"], Shaped[np.ndarray, " points"]]],
    xlabel: str,
    ylabel: str,
) -> None:
    """Write a PNG of labelled curves, each given as (steps, values)."""
    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    ax = figure.subplots()
    for index, (label, (steps, values)) in enumerate(curves.items()):
        ax.plot(steps, values, color=QUALITATIVE[index % len(QUALITATIVE)], linewidth=1.8, label=label)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    dress(ax)
    ax.margins(x=0.01)
    ax.xaxis.set_major_formatter(EngFormatter(sep=""))
    if curves:
        ax.legend(frameon=False, labelcolor=INK)
    save(figure, path)


@dataclass(frozen=True)
class Band:
    """A curve with its interval: steps, middle, low and high are (points,)."""

    label: str
    steps: Float[np.ndarray, " points"]
    middle: Float[np.ndarray, " points"]
    low: Float[np.ndarray, " points"]
    high: Float[np.ndarray, " points"]


@dataclass(frozen=True)
class CurvePanel:
    """Curves with bands on one pair of axes."""

    xlabel: str
    ylabel: str
    bands: Sequence[Band]


def plot_bands(path: Path, panels: Sequence[CurvePanel]) -> None:
    """Write a PNG or SVG of panels side by side, with one legend under them all."""
    figure = Figure(figsize=(1.2 + 4.6 * len(panels), 4.4), layout="constrained")
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for ax, panel in zip(axes, panels, strict=True):
        for index, band in enumerate(panel.bands):
            color = QUALITATIVE[index % len(QUALITATIVE)]
            ax.fill_between(band.steps, band.low, band.high, color=color, alpha=0.18, linewidth=0)
            ax.plot(band.steps, band.middle, color=color, linewidth=1.8, label=band.label)
        ax.set(xlabel=panel.xlabel, ylabel=panel.ylabel)
        dress(ax)
        ax.margins(x=0.01)
        ax.xaxis.set_major_formatter(EngFormatter(sep=""))
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, labelcolor=INK, fontsize=9)
    save(figure, path)


def dress(ax: Axes) -> None:
    """The look that every axis shares: a light grid, no frame."""
    ax.set_axisbelow(True)
    ax.grid(color=_GRID, linewidth=0.8)
    ax.tick_params(length=0, labelsize=9, colors=INK)
    ax.spines[:].set_visible(False)
    ax.xaxis.label.set_color(INK)
    ax.yaxis.label.set_color(INK)


def save(figure: Figure, path: Path) -> None:
    """Write a figure whole, in the format of the file's suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as aside:
        canvas = FigureCanvasAgg(figure)  # hands over to the backend of the file's suffix
        # Without a date and with a fixed salt, the same curves are the same bytes.
        metadata = {"Date": None} if path.suffix == ".svg" else None
        with matplotlib.rc_context({"svg.hashsalt": "skillkit"}):
            canvas.print_figure(aside, dpi=_DPI, bbox_inches="tight", pad_inches=0.12, metadata=metadata)
