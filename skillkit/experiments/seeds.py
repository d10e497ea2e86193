"""Train several seeds of one recipe, each in its own run, as one job that can be stopped and resumed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from skillkit.config import Recipe
from skillkit.errors import UserError
from skillkit.evaluation.statistics import student_interval
from skillkit.experiments.output import check_output, is_from
from skillkit.experiments.seed_group import SeedGroup, is_finished
from skillkit.experiments.seed_processes import SeedProcess, State, run_all
from skillkit.experiments.train import check_recipe
from skillkit.skills.file import load_skill
from skillkit.skills.replay_file import replay_path
from skillkit.training.run_folder import newest_skill

MOST_SEEDS = 100
LARGEST_SEED = 2**63 - 1
FORM = "expected --seeds as 0-4, 0,3,7 or 0-2,5"


@dataclass(frozen=True)
class SeedResult:
    """How one seed ended; score: averages over the last training episodes, for a seed that is done."""

    seed: int
    state: State
    out: Path
    log: Path
    score: dict[str, float]


@dataclass(frozen=True)
class SeedsResult:
    """How all seeds ended; group: their folder; command: the skillkit command that goes on with it."""

    group: Path
    command: str
    seeds: tuple[SeedResult, ...]

    def of_state(self, *states: State) -> list[SeedResult]:
        """The seeds that ended so."""
        return [result for result in self.seeds if result.state in states]


def parse_seeds(text: str) -> tuple[int, ...]:
    """The seeds that `0-4`, `0,3,7` or `0-2,5` mean, in that order; UserError when it means none or too many."""
    seeds: list[int] = []
    for part in text.split(","):
        found = re.fullmatch(r"\s*([0-9]{1,19})\s*(?:-\s*([0-9]{1,19})\s*)?", part)
        if found is None:
            raise UserError(f"{FORM}, each of 0 to 2**63-1, got {text[:60]!r}.")
        first, last = int(found[1]), int(found[2] or found[1])
        if max(first, last) > LARGEST_SEED:
            raise UserError(f"a seed is at most 2**63-1, got {max(first, last)}; choose a smaller one.")
        if last < first:
            raise UserError(f"{FORM}, got the range {part.strip()!r} which runs backwards; write {last}-{first}.")
        if len(seeds) + last - first + 1 > MOST_SEEDS:
            raise UserError(f"at most {MOST_SEEDS} seeds are trained at once, {text[:60]!r} has more; give fewer.")
        seeds += range(first, last + 1)
    twice = next((seed for seed in seeds if seeds.count(seed) > 1), None)
    if twice is not None:
        raise UserError(f"--seeds names the seed {twice} more than once in {text[:60]!r}; name each once.")
    return tuple(seeds)


def seed_files(out: Path, seeds: Sequence[int], force: bool, with_replay: bool = False) -> dict[int, Path]:
    """Where the skill of each seed goes: `ant.safetensors` becomes `ant_seed0.safetensors`; all are checked.

    with_replay: whether their replays go beside them, and are checked too.
    """
    check_output(out, force=True)
    files = {seed: out.with_name(f"{out.stem}_seed{seed}{out.suffix}") for seed in seeds}
    for path in files.values():
        check_output(path, force)
        if with_replay:
            check_output(replay_path(path), force)
    return files


def train_seeds(recipe: Recipe, seeds: Sequence[int], out: Path, *, force: bool, console: Console) -> SeedsResult:
    """Train a recipe from each seed, side by side, in processes of their own; arguments as for `train`."""
    files = seed_files(out, seeds, force, recipe.training.with_replay)
    group = SeedGroup.create(recipe, files, digests=check_recipe(recipe).digests, force=force)
    try:
        console.print(f"{recipe.name}: training {len(seeds)} seeds in {group.path}", highlight=False, soft_wrap=True)
        return _result(group, run_all(group, console))
    finally:
        group.close()


def resume_seeds(path: Path, console: Console) -> SeedsResult:
    """Resume the seeds of a group's folder that are not done."""
    group = SeedGroup.reopen(path)
    try:
        left = [entry for entry in group.contents.seeds if not is_finished(group.find_run(entry))]
        if not left:
            raise UserError(f"the seeds in {path} are finished, their skills were written; train longer in new runs.")
        for entry in left:
            run = group.find_run(entry)
            check_output(entry.out, group.contents.force or (run is not None and is_from(run, entry.out)))
        return _result(group, run_all(group, console))
    finally:
        group.close()


def result_table(result: SeedsResult) -> Table:
    """Seed, scores and file of those that are done; their mean with a 95% interval over two or more."""
    done = result.of_state("done")
    names = list(dict.fromkeys(name for seed in done for name in seed.score))
    table = Table("seed", *names)
    table.add_column("file", overflow="fold")
    for seed in done:
        scores = (f"{seed.score[name]:.4g}" if name in seed.score else "-" for name in names)
        table.add_row(str(seed.seed), *scores, str(seed.out))
    if len(done) > 1:
        columns = [mean_and_interval([seed.score[name] for seed in done if name in seed.score]) for name in names]
        table.add_section()
        for index, label in enumerate(("mean", "95% from", "95% to")):
            table.add_row(label, *(f"{column[index]:.4g}" for column in columns))
    return table


def mean_and_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """The mean over seeds and the ends of its 95% interval."""
    return float(np.mean(values)), *student_interval(values)


def _result(group: SeedGroup, processes: Sequence[SeedProcess]) -> SeedsResult:
    results = []
    for process in processes:
        entry = process.entry
        skill = newest_skill(process.run) if process.state == "done" and process.run is not None else None
        score = load_skill(skill).card.score if skill is not None else {}
        results.append(SeedResult(entry.seed, process.state, entry.out, group.log_path(entry.seed), score))
    return SeedsResult(group.path, group.contents.command, tuple(results))
