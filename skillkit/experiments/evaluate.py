"""Evaluate a skill: its task's success, or for a skill without a goal, how far and where it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import torch

from skillkit.build import PhysicalWorld, build_world, embed, feeds, open_skill, skill_actor, world_of
from skillkit.config import GYM_PREFIX, WorldConfig
from skillkit.errors import UserError
from skillkit.evaluation.locomotion import LocomotionReport, locomotion_report
from skillkit.evaluation.path_panels import Panel, plot_path_panels
from skillkit.evaluation.report import Report, summarise
from skillkit.evaluation.rollout import WAVE, FixedLatents, PlayedEpisode, play
from skillkit.evaluation.video import write_video
from skillkit.rendering.backend import BACKEND_HELP, choose_backend
from skillkit.skills.card import EvaluationDraw, WorldCard
from skillkit.skills.library import bundled_skills
from skillkit.skills.skill import Skill
from skillkit.training.run_folder import is_run, newest_run
from skillkit.worlds.mujoco_world import MujocoWorld
from skillkit.worlds.tasks import RUN

EPISODES = 100
REPEATS = 5  # episodes for each latent of a skill without a goal
THREADS = 2  # of the physics
LATENTS = 16  # drawn from the prior for a skill without a goal
SECONDS = 20.0  # over which its net displacement is measured
VIDEO_EPISODES = 4


@dataclass(frozen=True)
class Evaluation:
    """A report, the episodes behind it, and the world that they were played in."""

    name: str
    report: Report
    played: list[PlayedEpisode]
    physical: PhysicalWorld
    latent_index: np.ndarray | None
    unmoved: int | None = None  # episodes that moved under 1 m, left out of spread and steering


def newest_skill_name() -> str:
    """The newest run that has a skill; UserError when there is none."""
    run = newest_run()
    if run is None:
        raise UserError(
            f"there is no run here to evaluate; name a skill file or one of the bundled: {', '.join(bundled_skills())}."
        )
    return str(run)


def evaluate(
    name: str,
    *,
    task: str | None = None,
    goal: str | None = None,
    episodes: int | None = None,
    latent_draw: str | None = None,
    seed: int = 0,
) -> Evaluation:
    """Play episodes with the skill that `name` means, on its own task or another.

    episodes: 100 by default; for a skill without a goal 80, and a multiple of 16. latent_draw: of the top latent,
    None as the skill says. seed: of fresh worlds and latents. Raises UserError for a skill that is not found or
    damaged, and for a task, goal or draw that it does not fit.
    """
    _, skill = open_skill(name)
    return evaluate_skill(skill, task=task, goal=goal, episodes=episodes, latent_draw=latent_draw, seed=seed)


def evaluate_skill(
    skill: Skill,
    *,
    task: str | None = None,
    goal: str | None = None,
    episodes: int | None = None,
    latent_draw: str | None = None,
    seed: int = 0,
) -> Evaluation:
    """Play episodes with a skill in memory; see `evaluate`."""
    draw = _checked_draw(latent_draw)
    config = _world_config(skill.card.world, task, goal)
    count = episodes if episodes is not None else EPISODES
    physical = build_world(config, seed=seed, num_worlds=min(WAVE, count), threads=THREADS)
    feeds(skill, physical)
    if isinstance(physical, MujocoWorld) and physical.task.open_ended:
        if draw is not None:
            raise UserError("a skill without a goal is evaluated with fixed latents; leave --latent-draw out.")
        steps = round(SECONDS / physical.body.time_step)
        config = config.model_copy(update={"episode_steps": steps})
        return _evaluate_locomotion(skill, config, episodes if episodes is not None else REPEATS * LATENTS, seed)
    world, actor = skill_actor(skill, physical, draw)
    recorded = physical if isinstance(physical, MujocoWorld) else None
    played = play(world, actor, recorded, count, seed)
    report = summarise(
        played,
        has_goal=recorded is not None and recorded.task.can_succeed,
        time_step=recorded.body.time_step if recorded else None,
        locomotion=None,
        goals=recorded.task.arena.goals if recorded is not None and recorded.task.arena.nearest is not None else (),
        latent_draw=actor.draw,
        seed=seed,
    )
    return Evaluation(skill.card.name, report, played, physical, None)


def _checked_draw(draw: str | None) -> EvaluationDraw | None:
    known: dict[str | None, EvaluationDraw] = {name: name for name in get_args(EvaluationDraw)}
    if draw is not None and draw not in known:
        raise UserError(
            f"expected --latent-draw as {', '.join(get_args(EvaluationDraw))}, got {draw!r}; or leave it out."
        )
    return known.get(draw)


def draw_paths(evaluation: Evaluation, path: Path) -> None:
    """A top-down figure of the episodes' paths."""
    plot_path_panels(path, [panel(evaluation)])


def panel(evaluation: Evaluation) -> Panel:
    """The episodes' paths with walls and goals; coloured by success, or by latent for a skill without a goal."""
    physical = evaluation.physical
    assert isinstance(physical, MujocoWorld)
    colors: Sequence[int | bool] = [episode.success for episode in evaluation.played]
    if evaluation.latent_index is not None:
        colors = [int(index) for index in evaluation.latent_index]
    arena = physical.task.arena
    return Panel(
        title(evaluation),
        [episode.path for episode in evaluation.played if episode.path is not None],
        walls=[(wall.x, wall.y, wall.half_x, wall.half_y) for wall in arena.walls],
        zones=[(zone.x, zone.y, zone.half_x, zone.half_y) for zone in arena.zones],
        goals=shown_goals(evaluation),
        goal_radius=arena.goal_radius or None,
        boxes=_box_paths(evaluation),
        colors=colors,
    )


def film(evaluation: Evaluation, path: Path) -> None:
    """A video of the first episodes; UserError that says what to install when no renderer works."""
    physical = evaluation.physical
    assert isinstance(physical, MujocoWorld)
    if choose_backend() is None:
        raise UserError(f"no video was written: {BACKEND_HELP}")
    chosen = evaluation.played[:VIDEO_EPISODES]
    arena = physical.task.arena
    write_video(
        path,
        physical.physics.model,
        np.concatenate([episode.poses for episode in chosen if episode.poses is not None]),
        fps=1.0 / physical.body.time_step,
        root_body=physical.body.root,
        camera=_camera(physical),
        extent=arena.view,
        goals=_goals_by_frame(chosen),
    )


def _camera(world: MujocoWorld) -> Literal["follow", "side", "overview"]:
    """All of an arena with something in it; what runs along x from its side; else from behind the body."""
    if world.task.arena.walls or world.task.arena.zones:
        return "overview"
    return "side" if world.task.name == RUN else "follow"


def check_drawable(name: str) -> None:
    """A UserError when the skill lives in a Gymnasium environment, of which there is no floor plan."""
    if open_skill(name)[1].card.world.body is None:
        raise UserError("--render draws skillkit's own worlds, this skill's is a Gymnasium environment; leave it out.")


def picture_paths(evaluation: Evaluation, source: Path) -> tuple[Path, Path]:
    """Where the figure and the video go: among a run's figures, else in the current folder."""
    physical = evaluation.physical
    assert isinstance(physical, MujocoWorld)
    run = Path(str(source).rpartition("@")[0] or source)
    folder = run / "figures" if is_run(run) else Path()
    stem = (
        evaluation.name if evaluation.name.endswith(physical.task.name) else f"{evaluation.name}_{physical.task.name}"
    )
    return folder / f"{stem}.png", folder / f"{stem}.mp4"


def shown_goals(evaluation: Evaluation) -> list[tuple[float, float]]:
    """The goals that occurred in the episodes, and the targets that were asked for."""
    physical = evaluation.physical
    if not isinstance(physical, MujocoWorld):
        return []
    marks = [mark for episode in evaluation.played if episode.marks is not None for mark in episode.marks.tolist()]
    return sorted({(x, y) for x, y, radius in marks if radius == physical.task.arena.goal_radius})


def _box_paths(evaluation: Evaluation) -> list[np.ndarray]:
    """The way of each box in each episode, (length + 1, 3) each: x and y in m, yaw in rad."""
    physical = evaluation.physical
    assert isinstance(physical, MujocoWorld)
    poses = [episode.poses for episode in evaluation.played if episode.poses is not None]
    return [path for each in poses for path in np.swapaxes(physical.boxes(each), 0, 1)]


def _goals_by_frame(played: Sequence[PlayedEpisode]) -> np.ndarray:
    """The goals of each frame's episode as (frames, goals, 3): x, y, radius in m."""
    shown = [(episode.marks, episode.length + 1) for episode in played if episode.marks is not None]
    return np.concatenate([np.repeat(marks[None], frames, axis=0) for marks, frames in shown])


def title(evaluation: Evaluation) -> str:
    """One line that says what the episodes came to."""
    report = evaluation.report
    if report.success_rate is not None:
        return f"{evaluation.name}: success {report.success_rate:.2f} over {report.episodes} episodes"
    if report.net_displacement_median is None:
        return f"{evaluation.name}: return {report.return_mean:.4g} over {report.episodes} episodes"
    return f"{evaluation.name}: median net displacement {report.net_displacement_median:.1f} m in {SECONDS:.0f} s"


def _evaluate_locomotion(skill: Skill, config: WorldConfig, episodes: int, seed: int) -> Evaluation:
    """Latents from the prior, each held for whole episodes of 20 s, several episodes for each."""
    if episodes % LATENTS:
        raise UserError(
            f"a skill without a goal is evaluated with {LATENTS} latents, so --episodes must be a multiple of "
            f"{LATENTS}; got {episodes}."
        )
    count = min(REPEATS * LATENTS, episodes)  # at a time; a multiple of the latents, as all episodes are
    physical = build_world(config, seed=seed, num_worlds=count, threads=THREADS)
    assert isinstance(physical, MujocoWorld)
    index = np.arange(episodes) % LATENTS
    generator = torch.Generator().manual_seed(seed)
    latents = torch.randn(LATENTS, skill.latent_width, generator=generator)[index[:count]]
    world = embed(physical, skill.layers, hold=1, discount=1.0)
    played = play(world, FixedLatents(latents), physical, episodes, seed)
    paths = [episode.path for episode in played if episode.path is not None]
    report: LocomotionReport = locomotion_report(
        np.stack([np.pad(path, ((0, physical.episode_steps + 1 - len(path)), (0, 0)), mode="edge") for path in paths]),
        np.array([episode.heading for episode in played]),
        index,
    )
    summary = summarise(
        played,
        has_goal=False,
        time_step=physical.body.time_step,
        locomotion=report,
        latent_draw="fixed",
        seed=seed,
    )
    return Evaluation(skill.card.name, summary, played, physical, index, report.unmoved)


def _world_config(card: WorldCard, task: str | None, goal: str | None) -> WorldConfig:
    """The skill's own world, with another task or goal where asked for."""
    if card.body is None and (task not in (None, card.task) or goal is not None):
        raise UserError(f"this skill is of the environment {card.task}, which has no other task or goal.")
    if task is not None and task.startswith(GYM_PREFIX) and task != card.task:
        raise UserError(f"a skill of the {card.body} cannot act in {task}; choose a task of skillkit's own.")
    for kind, name in (("task", task), ("goal", goal)):
        if name == "":
            raise UserError(f"expected the name of a {kind}, got an empty one; leave --{kind} out for the skill's own.")
    if task is not None and task != card.task:
        return WorldConfig(body=card.body, own_body=card.own_body, task=task, goal=goal)
    return world_of(card, goal, trusted=task is not None)
