"""What a skill without a goal does with its latents: how far, how fast, and in how many directions.

Paths are xy in metres at every control step, the first point being the start; the path of a body
that fell stays where it fell. Directions are those of the net displacement, seen from the body's
first heading, so that they compare across random starts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

MOVED = 1.0  # metres; a shorter net displacement has no direction worth the name
_OCTANTS = 8
_LEAST_SPREAD = 0.1  # below it, all latents head one way and steering would divide by noise


@dataclass(frozen=True)
class LocomotionReport:
    """The locomotion figures of one evaluation.

    net_displacement_median: metres.
    heading_spread: 1 - a, where a is the mean cosine between directions under different latents;
    0 when every latent heads the same way, 1 when they head anywhere.
    steering: (w - a) / (1 - a), where w is that cosine under the same latent; 1 when the latent
    settles the direction, 0 when it says nothing about it.
    coverage: octants, 0 to 8, that some latent reaches in at least four of five repeats.
    unmoved: episodes whose net displacement is under `MOVED`; they enter neither a nor w.
    """

    net_displacement_median: float
    heading_spread: float | None
    steering: float | None
    coverage: int
    unmoved: int


def net_displacement(paths: Float[np.ndarray, "episodes time 2"]) -> Float[np.ndarray, " episodes"]:
    """Distance in metres from the first to the last point of each path."""
    return np.linalg.norm(paths[:, -1] - paths[:, 0], axis=-1)


def net_direction(
    paths: Float[np.ndarray, "episodes time 2"], initial_heading: Float[np.ndarray, " episodes"]
) -> Float[np.ndarray, " episodes"]:
    """Angle in radians of the net displacement, anticlockwise from the body's first heading."""
    displacement = paths[:, -1] - paths[:, 0]
    return np.arctan2(displacement[:, 1], displacement[:, 0]) - initial_heading


def pair_cosines(
    direction: Float[np.ndarray, " episodes"], latent_index: Int[np.ndarray, " episodes"]
) -> tuple[float | None, float | None]:
    """Mean cosine over pairs of episodes with different latents and with the same; None without a pair."""
    cosine = np.cos(direction[:, None] - direction[None, :])
    pair = np.triu(np.ones_like(cosine, dtype=bool), k=1)
    same = latent_index[:, None] == latent_index[None, :]
    return _mean_or_none(cosine[pair & ~same]), _mean_or_none(cosine[pair & same])


def spread_and_steering(
    direction: Float[np.ndarray, " episodes"], latent_index: Int[np.ndarray, " episodes"]
) -> tuple[float | None, float | None]:
    """Heading spread and steering; None where their pairs are missing, steering also where there is hardly a spread."""
    across, within = pair_cosines(direction, latent_index)
    if across is None:
        return None, None
    spread = 1.0 - across
    return spread, None if within is None or spread < _LEAST_SPREAD else (within - across) / spread


def octant(direction: Float[np.ndarray, " episodes"]) -> Int[np.ndarray, " episodes"]:
    """Index 0 to 7 of the 45 degree sector; sector k is centred at k * 45 degrees."""
    return np.floor(direction / (2 * np.pi / _OCTANTS) + 0.5).astype(np.int64) % _OCTANTS


def coverage(
    direction: Float[np.ndarray, " episodes"],
    latent_index: Int[np.ndarray, " episodes"],
    moved: Bool[np.ndarray, " episodes"],
) -> int:
    """Octants that some latent reaches in at least four of five repeats; an unmoved repeat is a miss."""
    sector = np.where(moved, octant(direction), _OCTANTS)
    reached = np.zeros(_OCTANTS, dtype=bool)
    for latent in np.unique(latent_index):
        repeats = sector[latent_index == latent]
        hits = np.bincount(repeats, minlength=_OCTANTS + 1)[:_OCTANTS]
        reached |= 5 * hits >= 4 * repeats.size
    return int(reached.sum())


def locomotion_report(
    paths: Float[np.ndarray, "episodes time 2"],
    initial_heading: Float[np.ndarray, " episodes"],
    latent_index: Int[np.ndarray, " episodes"],
) -> LocomotionReport:
    """All locomotion figures of a set of episodes.

    Paths in metres, headings in radians.
    Raises ValueError when there is no episode or a path has no step.
    """
    if paths.shape[0] == 0 or paths.shape[1] < 2:
        raise ValueError(
            f"expected at least one episode of at least one step, got paths of shape {paths.shape}; "
            "record the start and every control step"
        )
    distance = net_displacement(paths)
    direction = net_direction(paths, initial_heading)
    moved = distance >= MOVED
    spread, steering = spread_and_steering(direction[moved], latent_index[moved])
    return LocomotionReport(
        net_displacement_median=float(np.median(distance)),
        heading_spread=spread,
        steering=steering,
        coverage=coverage(direction, latent_index, moved),
        unmoved=int((~moved).sum()),
    )


def _mean_or_none(values: Float[np.ndarray, " pairs"]) -> float | None:
    return float(values.mean()) if values.size else None
