"""What a training starts from: the skill that it stacks on, and those whose weights it takes over."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from skillkit.build import kept_steps, open_skill
from skillkit.config import Recipe
from skillkit.errors import UserError
from skillkit.files import written_whole
from skillkit.skills.file import load_skill
from skillkit.skills.skill import Skill

FILES = {name: f"{name}.safetensors" for name in ("base", "init", "head")}  # a run's own copies


Command = Literal["pretrain", "stack", "transfer"]


@dataclass(frozen=True)
class Origin:
    """All of a recipe's with their files, by its keys; absent where it names none."""

    recipe: Recipe
    found: Mapping[str, tuple[Path, Skill]]

    @classmethod
    def of_recipe(cls, recipe: Recipe) -> Origin:
        """The skills that a recipe names; UserError where one cannot be found or read."""
        return cls(recipe, {key: open_skill(name) for key in FILES if (name := getattr(recipe, key)) is not None})

    @classmethod
    def of_run(cls, run: Path, recipe: Recipe, notes: Mapping[str, object]) -> Origin:
        """The copies that a run of that recipe keeps; UserError where one is gone, or not what the run's notes say."""
        named = {key: run / file for key, file in FILES.items() if getattr(recipe, key) is not None}
        found = cls(recipe, {key: (file, load_skill(file)) for key, file in named.items()})
        changed = [key for key, value in found.notes().items() if notes.get(key, value) != value]
        if changed:
            raise UserError(f"the copies in {run} are not what it started from ({', '.join(changed)}); train anew.")
        return found

    @property
    def skills(self) -> tuple[Skill | None, ...]:
        """Base, init and head."""
        return tuple(self.found[key][1] if key in self.found else None for key in FILES)

    def copy_to(self, run: Path) -> None:
        """Keep copies in a run's folder, so that it can be resumed whatever becomes of the files."""
        for key, (file, skill) in self.found.items():
            with written_whole(run / FILES[key]) as aside:
                shutil.copyfile(file, aside)
            if load_skill(run / FILES[key]).card.sha256 != skill.card.sha256:
                raise UserError(f"{file} was replaced while the training began; start it again.")

    @property
    def digests(self) -> dict[str, str | None]:
        """Of each skill, None where there is none."""
        return {f"{key}_sha256": self.found[key][1].card.sha256 if key in self.found else None for key in FILES}

    def notes(self) -> dict[str, object]:
        """Digests of all, and the control steps that went into what is frozen and what is trained on."""
        base, init, head = self.skills
        if self.recipe.algorithm.kind == "kl":
            return {"pretraining_steps": kept_steps(self.recipe, base, head), **self.digests}
        frozen = base.card.training.steps if base else []
        continued = init.card.training.steps[len(frozen) :] if init else []
        return {"pretraining_steps": sum(frozen) + sum(continued), **self.digests}


def command_of(recipe: Recipe) -> Command:
    """The command that trains a recipe."""
    return "stack" if recipe.base is not None else "transfer" if recipe.head is not None else "pretrain"
