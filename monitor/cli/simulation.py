"""`livewatch simulate`: simulated evenings, and what was found of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.options import AsJson

__all__ = ["app"]

app = typer.Typer(invoke_without_command=True)


@app.callback()
def simulate(
    context: typer.Context,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Folder for events.jsonl and truth.json."),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="The same number, the same bytes.")] = 1,
    rooms: Annotated[int, typer.Option(min=0, max=10_000, help="Ordinary rooms.")] = 24,
    operators: Annotated[
        int,
        typer.Option(
            min=0, max=1_000, help="Ordinary operators with several rooms over several evenings."
        ),
    ] = 0,
    operator_rooms: Annotated[int, typer.Option(min=1, max=50, help="Rooms of each of them.")] = 3,
    evenings: Annotated[
        int, typer.Option(min=1, max=30, help="Evenings on which their rooms are on the air.")
    ] = 3,
    histories: Annotated[
        int, typer.Option(min=0, max=10_000, help="Rooms with a lawful price history.")
    ] = 20,
    campaign: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND[:STRENGTH]",
            help="A campaign, in a room of its own; may be repeated. "
            "By default every kind at every strength; none: no campaign.",
        ),
    ] = None,
    minutes: Annotated[float, typer.Option(min=10, max=720, help="Length of each broadcast.")] = 75,
    viewers: Annotated[
        int | None,
        typer.Option(min=1, max=1_000_000, help="Size of every crowd; else 15 to 20,000."),
    ] = None,
    ordinary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="What every ordinary room holds; may be repeated. Else a few kinds by chance.",
        ),
    ] = None,
    start: Annotated[
        str, typer.Option(metavar="ISO", help="When the first evening begins.")
    ] = "2026-09-01T20:00:00+08:00",
    harder: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="N",
            help="Generation of the campaigns: those that were found in the N before have changed.",
        ),
    ] = 0,
    found: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Rooms found in each generation before; see score."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write evenings of ordinary crowds and campaigns, and the truth about them.

    What the kinds are: docs/simulation.md. Then `livewatch scan --versions DIR/events.jsonl >
    alerts.jsonl` and `livewatch simulate score DIR/truth.json alerts.jsonl`.

    \b
    Exit status: 0 done; 2 bad usage, or the folder cannot be written; 130 interrupted.
    """
    if context.invoked_subcommand:
        return
    from monitor.commands import simulate as command

    if out is None:
        raise typer.BadParameter("name a folder", param_hint="--out")
    options = command.SimulateOptions(
        out=out,
        seed=seed,
        rooms=rooms,
        operators=operators,
        operator_rooms=operator_rooms,
        evenings=evenings,
        histories=histories,
        campaigns=campaign or (),
        minutes=minutes,
        viewers=viewers,
        ordinary=ordinary or (),
        start=start,
        harder=harder,
        found=found,
    )
    raise typer.Exit(command.run(options, as_json=as_json))


@app.command()
def score(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="TRUTH ALERTS...",
            help="truth.json of a simulation and what `livewatch scan --versions` printed of it "
            "(-: standard input); several such pairs are counted together.",
        ),
    ],
    lateness: Annotated[
        float,
        typer.Option(min=0, metavar="SECONDS", help="How long after a campaign an alert counts."),
    ] = 10.0,
    found: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Add the rooms found here, for `livewatch simulate --harder`."
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Say what was found of a simulation: by kind and strength, when, and what was raised wrongly.

    \b
    Exit status: 0 done; 2 bad usage, or a file cannot be read; 130 interrupted.
    """
    from monitor.commands import simulation_score as command

    raise typer.Exit(command.run(files, lateness_s=lateness, found=found, json=json))
