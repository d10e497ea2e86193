"""Evaluation: which episodes are played, and that the same seed plays the same ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from skillkit.build import Training, build_world, freeze, skill_actor, world_of
from skillkit.config import Recipe
from skillkit.errors import UserError
from skillkit.experiments import evaluate as job
from skillkit.policies.mixture import MixturePolicy
from skillkit.skills.file import load_skill, save_skill
from skillkit.skills.skill import Skill

Tiny = Callable[..., Recipe]


def short(skill: Skill, steps: int = 20) -> Skill:
    """The skill with shorter episodes."""
    world = skill.card.world.model_copy(update={"episode_steps": steps})
    return Skill(skill.layers, skill.card.model_copy(update={"world": world}))


def test_a_skill_without_a_goal_repeats_its_latents(ball_skill: Skill) -> None:
    found = job.evaluate_skill(ball_skill, seed=2)
    assert found.latent_index is not None
    assert found.latent_index.tolist() == list(range(16)) * 5
    assert (found.report.episodes, found.report.latent_draw) == (80, "fixed")
    assert found.report.success_rate is None
    assert found.report.net_displacement_median is not None
    assert found.report.episode_length_mean == 400  # 20 s of 0.05 s each, whatever the card says
    ends = np.array([episode.path[-1] - episode.path[0] for episode in found.played if episode.path is not None])
    assert ends.shape == (80, 2)
    assert found.report.net_displacement_median == pytest.approx(np.median(np.linalg.norm(ends, axis=1)))


def test_more_episodes_come_one_wave_after_another(ball_skill: Skill) -> None:
    found = job.evaluate_skill(ball_skill, episodes=96, seed=2)
    assert found.latent_index is not None
    assert found.latent_index.tolist() == list(range(16)) * 6
    assert found.physical.num_worlds == 80
    # A latent leads the ball about as far in the second wave as in the first.
    first, second = ([episode.episode_return for episode in part] for part in (found.played[:16], found.played[80:]))
    assert np.corrcoef(first, second)[0, 1] > 0.9


@pytest.mark.parametrize("episodes", [1, 15, 20])
def test_latents_must_come_out_even(ball_skill: Skill, episodes: int) -> None:
    with pytest.raises(UserError, match=f"16 latents, so --episodes must be a multiple of 16; got {episodes}"):
        job.evaluate_skill(ball_skill, episodes=episodes)


def test_the_same_seed_plays_the_same_episodes(ball_skill: Skill, maze_skill: Skill) -> None:
    for skill, episodes in ((ball_skill, 16), (maze_skill, 6)):
        first, again, other = (job.evaluate_skill(skill, episodes=episodes, seed=seed) for seed in (1, 1, 2))
        assert first.report == again.report
        paths = [[episode.path for episode in found.played] for found in (first, again, other)]
        assert all(np.array_equal(*pair) for pair in zip(paths[0], paths[1], strict=True))  # type: ignore[arg-type]
        assert not all(np.array_equal(*pair) for pair in zip(paths[0], paths[2], strict=True))  # type: ignore[arg-type]


def test_a_skill_with_a_goal_plays_its_own_task(maze_skill: Skill) -> None:
    found = job.evaluate_skill(short(maze_skill), episodes=30, seed=1)
    assert (found.report.episodes, found.report.latent_draw) == (30, "episode")
    assert found.report.success_rate is not None
    assert {tuple(episode.goal) for episode in found.played if episode.goal is not None} == {(3.0, -3.0)}
    assert all(episode.length <= 20 for episode in found.played)
    assert job.shown_goals(found) == [(3.0, -3.0)]


def test_a_hundred_episodes_by_default(maze_skill: Skill) -> None:
    assert job.evaluate_skill(short(maze_skill, 4)).report.episodes == 100


@pytest.mark.parametrize(("goal", "places"), [("2", [(6.0, 0.0)]), ("random", [(3.0, -3.0), (3.0, 3.0), (6.0, 0.0)])])
def test_another_goal(maze_skill: Skill, goal: str, places: list[tuple[float, float]]) -> None:
    found = job.evaluate_skill(short(maze_skill, 4), goal=goal, episodes=40)
    assert job.shown_goals(found) == places


def test_another_task_must_offer_what_the_skill_senses(ball_skill: Skill, maze_skill: Skill) -> None:
    with pytest.raises(UserError, match=r"needs observation groups that the ball on the task 'open' lacks: target_ego"):
        job.evaluate_skill(maze_skill, task="open")
    with pytest.raises(UserError, match="unknown task 'mase'; did you mean 'maze'"):
        job.evaluate_skill(maze_skill, task="mase")
    with pytest.raises(UserError, match="'open' has no goals to choose from, got goal '1'"):
        job.evaluate_skill(ball_skill, goal="1", episodes=16)


def test_a_low_level_skill_in_the_maze(ball_skill: Skill, monkeypatch: pytest.MonkeyPatch) -> None:
    found = job.evaluate_skill(ball_skill, task="maze", episodes=2)
    assert found.report.success_rate is not None
    assert found.report.latent_draw == "step"


def test_one_latent_an_episode(tiny: Tiny, train_in_memory: Callable[..., Training]) -> None:
    recipe = tiny("ball_maze", base=None, policy__hold=1, policy__latent_draw="episode", training__steps=40)
    skill = freeze(train_in_memory(recipe))
    assert job.evaluate_skill(short(skill, 4), episodes=2).report.latent_draw == "episode"


def test_a_mixture_acts_by_its_best_component_or_by_samples(
    tiny: Tiny, train_in_memory: Callable[..., Training], tmp_path: Path
) -> None:
    recipe = tiny("ball_maze", base=None, policy__hold=1, policy__kind="mixture", policy__components=3)
    path = tmp_path / "mixture.safetensors"
    save_skill(path, freeze(train_in_memory(recipe)))
    skill = load_skill(path)
    assert (skill.latent_width, skill.card.layers[0].components, skill.card.format_version) == (3, 3, 2)
    physical = build_world(world_of(skill.card.world), seed=0, num_worlds=4)
    world, actor = skill_actor(skill, physical)
    observation = torch.from_numpy(world.reset())
    action, _ = actor.act(observation, actor.initial_state(4), torch.Generator())
    seen = {group.name: observation[:, physical.layout.span(group.name)].numpy() for group in physical.layout.groups}
    policy = skill.layers[0].policy
    assert isinstance(policy, MixturePolicy)
    sensed = observation[:, physical.layout.indices(skill.layers[0].layout.names)]
    means = torch.tanh(policy.transform.parts(policy.normalizer(sensed))[1])
    values = torch.stack([torch.from_numpy(skill.action_value(seen, means[:, k].numpy())) for k in range(3)])
    torch.testing.assert_close(action, means[torch.arange(4), values.argmax(0)])
    draws = [job.evaluate_skill(short(skill), episodes=2, latent_draw=draw).report for draw in (None, "step")]
    assert [report.latent_draw for report in draws] == ["zero", "step"]


def test_pictures_go_to_the_run_or_here(maze_skill: Skill, cwd: Path) -> None:
    found = job.evaluate_skill(short(maze_skill, 4), episodes=2)
    assert job.picture_paths(found, Path("some.safetensors")) == (Path("ball_maze.png"), Path("ball_maze.mp4"))
    run = Path("runs/ball_maze_1")
    (run / "figures").mkdir(parents=True)
    for name in ("recipe.yaml", "run.json"):
        (run / name).touch()
    for source in (run, Path(f"{run}@200")):
        assert job.picture_paths(found, source)[0] == run / "figures" / "ball_maze.png"
    job.draw_paths(found, Path("paths.png"))
    assert Path("paths.png").read_bytes()[:4] == b"\x89PNG"


def test_a_title_sums_up(maze_skill: Skill, ball_skill: Skill) -> None:
    maze = job.evaluate_skill(short(maze_skill, 4), episodes=2)
    assert job.title(maze) == "ball_maze: success 0.00 over 2 episodes"
    assert job.title(job.evaluate_skill(ball_skill, episodes=16)).startswith("ball_loco: median net displacement ")


def test_without_a_run_there_is_no_newest_skill(cwd: Path) -> None:
    with pytest.raises(UserError, match="there is no run here to evaluate"):
        job.newest_skill_name()
