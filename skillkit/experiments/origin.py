"""What a training starts from: the skill that it stacks on, and the one whose weights it takes over."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from skillkit.build import open_skill
from skillkit.config import Recipe
from skillkit.errors import UserError
from skillkit.files import written_whole
from skillkit.skills.file import load_skill
from skillkit.skills.skill import Skill

BASE_FILE, INIT_FILE = "base.safetensors", "init.safetensors"  # a run's own copies


@dataclass(frozen=True)
class Origin:
    """Both with their files; None where there is none."""

    base: tuple[Path, Skill] | None
    init: tuple[Path, Skill] | None

    @classmethod
    def of_recipe(cls, recipe: Recipe) -> Origin:
        """The skills that a recipe names; UserError where one cannot be found or read."""
        base, init = (open_skill(name) if name is not None else None for name in (recipe.base, recipe.init))
        return cls(base, init)

    @classmethod
    def of_run(cls, run: Path, recipe: Recipe, notes: Mapping[str, object]) -> Origin:
        """The copies that a run of that recipe keeps; UserError where one is gone, or not what the run's notes say."""
        named = ((run / BASE_FILE, recipe.base), (run / INIT_FILE, recipe.init))
        base, init = ((file, load_skill(file)) if name is not None else None for file, name in named)
        found = cls(base, init)
        changed = [key for key, value in found.notes().items() if notes.get(key, value) != value]
        if changed:
            raise UserError(f"the copies in {run} are not what it started from ({', '.join(changed)}); train anew.")
        return found

    @property
    def skills(self) -> tuple[Skill | None, Skill | None]:
        """Base and init."""
        return (self.base[1] if self.base else None, self.init[1] if self.init else None)

    def copy_to(self, run: Path) -> None:
        """Keep copies in a run's folder, so that it can be resumed whatever becomes of the files."""
        for found, name in ((self.base, BASE_FILE), (self.init, INIT_FILE)):
            if found is not None:
                with written_whole(run / name) as aside:
                    shutil.copyfile(found[0], aside)
                if load_skill(run / name).card.sha256 != found[1].card.sha256:
                    raise UserError(f"{found[0]} was replaced while the training began; start it again.")

    def notes(self) -> dict[str, object]:
        """Digests of both, and the control steps that went into what is frozen and what is trained on."""
        base, init = self.skills
        frozen = base.card.training.steps if base else []
        continued = init.card.training.steps[len(frozen) :] if init else []
        return {
            "pretraining_steps": sum(frozen) + sum(continued),
            "base_sha256": base.card.sha256 if base else None,
            "init_sha256": init.card.sha256 if init else None,
        }
