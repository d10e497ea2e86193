"""`skillkit compare`: which training learns more, and how sure that is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skillkit.cli.console import console, output
from skillkit.errors import UserError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(compare)


def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN", help="Folders of runs, or of several seeds.")],
    metric: Annotated[
        str, typer.Option("--metric", help="Column of metrics.csv: success, return, falls ...")
    ] = "success",
    out: Annotated[
        Path, typer.Option("--out", help="Figure to write, as PNG and as SVG; replaced if it is there.")
    ] = Path("comparison.png"),
    count_pretraining: Annotated[
        bool, typer.Option("--count-pretraining", help="Count the control steps behind what a run started from.")
    ] = False,
) -> None:
    """Compare what runs of one task learn.

    It draws curves, and prints scores with intervals and chances of improvement; seeds of one recipe count as one.
    """
    if out.suffix not in (".png", ".svg") or not out.parent.is_dir():
        raise UserError(f"expected --out as a .png or .svg file in a folder that exists, got {str(out)!r}.")
    for file in (out.with_suffix(".png"), out.with_suffix(".svg")):
        if file.is_dir():
            raise UserError(f"expected a file to write the figure to, {str(file)!r} is a folder; choose another --out.")
    from skillkit.experiments import compare as job
    from skillkit.experiments.contenders import read_contenders

    contenders = read_contenders(runs)
    comparison = job.compare(contenders, metric, count_pretraining=count_pretraining)
    output.print(job.table(comparison))
    for caution in job.cautions(comparison):
        console.print(f"note: {caution}", highlight=False)
    try:
        files = job.draw(contenders, metric, out)
    except OSError as error:
        raise UserError(f"the figure could not be written: {error}; choose another --out.") from error
    for file in files:
        console.print(f"figure: {file}", highlight=False, soft_wrap=True)
