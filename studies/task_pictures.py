"""A picture of each task of `docs/room_tasks.md`, as an episode starts: `python -m studies.task_pictures`."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import imageio.v2 as imageio

from skillkit.worlds.factory import make_world
from skillkit.worlds.picture import Picture
from skillkit.worlds.registration import ERRANDS

FOLDER = Path(__file__).parents[1] / "docs" / "images" / "tasks"
BODIES = ("ball", "ant")  # by turns
SEED = 3


def draw(body: str, task: str, path: Path) -> None:
    """A PNG of the first episode."""
    world = make_world(body, task, seed=SEED)
    world.reset()
    with closing(Picture(world)) as picture:
        imageio.imwrite(path, picture.draw(), format="PNG", optimize=True)


def main() -> None:
    """Draw all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for index, task in enumerate(ERRANDS):
        draw(BODIES[index % len(BODIES)], task, FOLDER / f"{task.replace('-', '_')}.png")


if __name__ == "__main__":
    main()
