"""Results as rows of a table and as one JSON document."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from skillkit.benchmark.rounds import Measure, Result, ratios
from skillkit.machine import cores

HEADER = ("contender", "threads", "median", "lowest to highest", "compared", "settings")


def rows(measure: Measure, results: Sequence[Result]) -> list[tuple[str, ...]]:
    """A row of text for each result, in the columns of `HEADER`."""
    return [
        (
            result.greeting.name,
            str(result.greeting.threads),
            number(result.median),
            f"{number(min(result.values))} to {number(max(result.values))}",
            ", ".join(compared(measure, name, share) for name, share in ratios(results, result).items()),
            _settings(result),
        )
        for result in results
    ]


def title(measure: Measure) -> str:
    """The measure with its unit."""
    return f"{measure.title} ({measure.unit})"


def number(value: float) -> str:
    """Whole from a hundred on, one digit behind the point below that."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"


def compared(measure: Measure, name: str, share: float) -> str:
    """`4.2 x NAME`, or `71% of NAME`."""
    return f"{share:.2f} x {name}" if measure.comparison == "times" else f"{share:.0%} of {name}"


def document(measured: Sequence[tuple[Measure, Sequence[Result]]], *, rounds: int, seconds: float) -> dict[str, Any]:
    """Everything that was measured, where and with what, for JSON. seconds: of a round."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": machine(),
        "rounds": rounds,
        "seconds": seconds,
        "measures": [
            {
                "key": measure.key,
                "title": measure.title,
                "unit": measure.unit,
                "results": [
                    {
                        "key": result.key,
                        **asdict(result.greeting),
                        "values": list(result.values),
                        "median": result.median,
                        "updates_per_count": result.updates_per_count,
                        "ratios": ratios(results, result),
                    }
                    for result in results
                ],
            }
            for measure, results in measured
        ],
    }


def machine() -> dict[str, str]:
    """Processor, cores, memory and system."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": _processor(),
        "cores": str(cores()),
        "memory": f"{pages / 2**30:.0f} GiB",
        "system": platform.platform(),
    }


def all_versions(made: Mapping[str, Any]) -> dict[str, list[str]]:
    """The versions in a document by package, more than one where environments differ."""
    found: dict[str, set[str]] = {}
    for measure in made["measures"]:
        for result in measure["results"]:
            for package, version in result["versions"].items():
                found.setdefault(package, set()).add(version)
    return {package: sorted(versions) for package, versions in sorted(found.items())}


def _settings(result: Result) -> str:
    share = result.updates_per_count
    return result.greeting.settings + ("" if share is None else f"; {share:.2f} updates a step")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
