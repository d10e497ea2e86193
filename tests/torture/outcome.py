"""What became of a kind of accident."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """tried: how often it was done to a training; survived: how often nothing was lost; note: what was, if anything."""

    kind: str
    tried: int
    survived: int
    note: str = ""

    @property
    def lost(self) -> int:
        """How often something was."""
        return self.tried - self.survived
