"""Errors that a person reads: a sentence each, never a traceback."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable


class UserError(Exception):
    """Bad input: the message is one sentence that says what was expected, what came and what to do.

    A word of over 600 characters, which only input can have brought, is cut, so that the sentence stays readable.
    """

    def __init__(self, message: str) -> None:
        super().__init__(re.sub(r"(\S{60})\S{541,}", r"\1...", message))


class RunFailed(Exception):
    """A training that broke down: the message is one sentence that says where its traceback and checkpoint are."""


class Diverged(Exception):
    """Numbers that are no longer finite: the message says which, as in "the reward 'forward' is NaN or infinite"."""


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name closest to `name`, or None when none is close."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return matches[0] if matches else None


def unknown_name(kind: str, name: str, known: Iterable[str]) -> UserError:
    """A UserError for a name that is not known, with the nearest one that is."""
    names = sorted(known)
    near = nearest_name(name, names)
    hint = f"did you mean {near!r}?" if near else f"known: {', '.join(names)}."
    return UserError(f"unknown {kind} {name!r}; {hint}")
