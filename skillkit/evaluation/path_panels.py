"""Figures of paths seen from above, alone or side by side, with what stands in their arena."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Rectangle
from matplotlib.ticker import MaxNLocator

from skillkit.evaluation.plots import INK, QUALITATIVE, dress, save

Trajectory = Float[np.ndarray, "time 2"]
Wall = tuple[float, float, float, float]

_SUCCESS, _FAILURE, _GOAL = "#0072B2", "#D55E00", "#009E73"
_BOX = "#A0703C"
_WALL = "#B4BAC2"
_MANY = 12  # goals or boxes in one panel, which are then drawn faintly
_LEGEND_COLOURS = 6  # lines in the legend's sample of many colours


@dataclass(frozen=True)
class Panel:
    """One view from above, in metres.

    walls, zones: boxes as centre and half sizes (cx, cy, half_x, half_y), zones those that are goals. goals: centres
    (x, y) of discs of `goal_radius`. boxes: the ways of boxes 1 m wide, (time, 3) each: x, y, yaw in rad. colors: for
    each trajectory its success (bool) or its latent's index (int).
    """

    title: str
    trajectories: Sequence[Trajectory]
    walls: Sequence[Wall] = ()
    zones: Sequence[Wall] = ()
    goals: Sequence[tuple[float, float]] = ()
    goal_radius: float | None = None
    boxes: Sequence[Float[np.ndarray, "time 3"]] = ()
    colors: Sequence[int | bool] | None = None


def plot_path_panels(path: Path, panels: Sequence[Panel]) -> None:
    """Write a PNG of several panels side by side; each is a square that holds all it shows."""
    side = 5.2 if len(panels) == 1 else 4.2
    figure = Figure(figsize=(side * len(panels), side + 0.5), layout="constrained")
    for ax, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        _draw_panel(ax, panel)
    save(figure, path)


def path_colors(colors: Sequence[int | bool] | None, count: int) -> list[str]:
    """One hex colour for each trajectory: by success, by latent, or one for all."""
    if colors is None:
        return [_SUCCESS] * count
    if len(colors) != count:
        raise ValueError(f"expected one colour for each of {count} trajectories, got {len(colors)}")
    if _are_successes(colors):
        return [_SUCCESS if success else _FAILURE for success in colors]
    indices = {latent: position for position, latent in enumerate(sorted(set(colors)))}
    palette = _latent_palette(len(indices))
    return [palette[indices[latent]] for latent in colors]


def _latent_palette(count: int) -> Sequence[str]:
    if count <= len(QUALITATIVE):
        return QUALITATIVE
    # Neighbours differ little beyond eight colours; turbo at least keeps them ordered and strong.
    samples = matplotlib.colormaps["turbo"](np.linspace(0.04, 0.96, count))
    return [matplotlib.colors.to_hex(colour) for colour in samples]


def _are_successes(colors: Sequence[int | bool]) -> bool:
    return all(isinstance(color, bool | np.bool_) for color in colors)


def _draw_panel(ax: Axes, panel: Panel) -> None:
    dress(ax)
    for cx, cy, half_x, half_y in panel.walls:
        corner = (cx - half_x, cy - half_y)
        ax.add_patch(Rectangle(corner, 2 * half_x, 2 * half_y, facecolor=_WALL, edgecolor="none", zorder=2))
    for cx, cy, half_x, half_y in panel.zones:
        corner = (cx - half_x, cy - half_y)
        size = (2 * half_x, 2 * half_y)
        ax.add_patch(Rectangle(corner, *size, facecolor=_GOAL, alpha=0.28, edgecolor="none", zorder=2.4))
    for goal in panel.goals:
        _draw_goal(ax, goal, panel.goal_radius, faint=len(panel.goals) > _MANY)
    for box in panel.boxes:
        _draw_box(ax, box, faint=len(panel.boxes) > _MANY)
    colors = path_colors(panel.colors, len(panel.trajectories))
    width, alpha = (1.5, 0.9) if len(colors) <= 40 else (1.0, 0.65)
    style: dict[str, Any] = {"linewidth": width, "alpha": alpha, "solid_capstyle": "round", "zorder": 3}
    for trajectory, color in zip(panel.trajectories, colors, strict=True):
        ax.plot(trajectory[:, 0], trajectory[:, 1], color=color, **style)
        ax.plot(*trajectory[-1], marker="o", markersize=3.2, color=color, markeredgewidth=0, zorder=4)
    for trajectory in panel.trajectories:
        ax.plot(*trajectory[0], marker="o", markersize=5, color=INK, markeredgecolor="white", zorder=5)
    _frame(ax, panel)
    _legend(ax, panel.colors, colors)


def _draw_goal(ax: Axes, goal: tuple[float, float], radius: float | None, *, faint: bool) -> None:
    if radius is None:
        ax.plot(*goal, marker="*", markersize=13, color=_GOAL, markeredgecolor="white", zorder=2.5)
        return
    alpha, width = (0.06, 0.3) if faint else (0.28, 1.2)
    ax.add_patch(Circle(goal, radius, facecolor=_GOAL, alpha=alpha, edgecolor="none", zorder=2.4))
    ax.add_patch(Circle(goal, radius, fill=False, edgecolor=_GOAL, linewidth=width, zorder=2.5))


def _draw_box(ax: Axes, way: Float[np.ndarray, "time 3"], *, faint: bool) -> None:
    """Where a box stood at the end, its way there, and where that began."""
    x, y, yaw = way[-1]
    alpha, line = (0.1, 0.6) if faint else (0.35, 1.0)
    square = Rectangle((x - 0.5, y - 0.5), 1.0, 1.0, angle=np.degrees(yaw), rotation_point="center")
    square.set(facecolor=_BOX, alpha=alpha, edgecolor="none", zorder=2.6)
    ax.add_patch(square)
    ax.plot(way[:, 0], way[:, 1], color=_BOX, linewidth=line, zorder=2.7)
    ax.plot(*way[0, :2], marker="s", markersize=2.4, color=_BOX, markeredgewidth=0, zorder=2.7)


def _frame(ax: Axes, panel: Panel) -> None:
    low, high = _bounds(panel)
    centre, half = (low + high) / 2, max(float(np.max(high - low)) / 2, 0.5) * 1.04
    ax.set(xlim=(centre[0] - half, centre[0] + half), ylim=(centre[1] - half, centre[1] + half))
    ax.set_aspect("equal")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    ax.set(xlabel="x (m)", ylabel="y (m)")
    ax.set_title(panel.title, fontsize=11.5, color=INK, pad=8)


def _bounds(panel: Panel) -> tuple[Float[np.ndarray, " 2"], Float[np.ndarray, " 2"]]:
    """Lowest and highest xy of all that the panel shows."""
    radius = panel.goal_radius or 0.0
    reach = 0.5 * 2.0**0.5  # m, of a box's corners
    boxes = [*panel.walls, *((x, y, radius, radius) for x, y in panel.goals)]
    boxes += [(*map(float, way[end, :2]), reach, reach) for way in panel.boxes for end in (0, -1)]
    corners = [(cx + sign * hx, cy + sign * hy) for cx, cy, hx, hy in boxes for sign in (-1, 1)]
    points = np.concatenate([np.reshape(corners, (-1, 2)), *(np.asarray(t) for t in panel.trajectories)])
    return (points.min(axis=0), points.max(axis=0)) if len(points) else (np.zeros(2), np.zeros(2))


def _legend(ax: Axes, colors: Sequence[int | bool] | None, drawn: Sequence[str]) -> None:
    """Say under the panel what the colours mean."""
    if colors is None or not len(colors):
        return
    if _are_successes(colors):
        successes = sum(bool(success) for success in colors)
        handles: list[Any] = [_line(_SUCCESS), _line(_FAILURE)]
        labels = [f"success ({successes})", f"failure ({len(colors) - successes})"]
    else:
        distinct = sorted(set(drawn), key=list(drawn).index)
        chosen = np.linspace(0, len(distinct) - 1, min(_LEGEND_COLOURS, len(distinct))).astype(int)
        handles, labels = [tuple(_line(distinct[index]) for index in chosen)], ["one colour per latent"]
    ax.legend(
        handles, labels, loc="upper center", bbox_to_anchor=(0.5, -0.11), ncols=2, frameon=False,
        fontsize=9, labelcolor=INK, handlelength=1.6 if len(handles) == 2 else 4.5,
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0.2)},
    )  # fmt: skip


def _line(color: str) -> Line2D:
    return Line2D([], [], color=color, linewidth=2.4, solid_capstyle="butt")
