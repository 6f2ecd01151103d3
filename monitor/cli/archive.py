"""`livewatch evidence archive …`: what is kept for years."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated, Literal

import typer

from monitor.cli.options import (
    AsJson,
    ConfigFile,
    HistoryRooms,
    HistorySince,
    HistoryUntil,
    IsJson,
    Who,
    span,
)

__all__ = ["app"]

app = typer.Typer(
    help="The archive: what arrived, by hour and room, in a folder or in S3.", no_args_is_help=True
)

Data = Annotated[Path, typer.Option(metavar="DIR", help="Data directory of the monitor or desk.")]


@app.command()
def status(data: Data, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Show how much there is, what waits to be written, what is held.

    \b
    Exit status: 0 done; 2 no database; 3 configuration, or there is no archive; 4 the database or
    the archive cannot be reached; 130 interrupted.
    """
    from monitor.commands import archive as command

    raise typer.Exit(command.status(config, data, as_json=as_json))


@app.command()
def verify(data: Data, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Check every byte: files, manifests, records against the Merkle log, records of purges.

    \b
    Exit status: 0 all of it holds; 1 something was changed, is missing or too much; 2 no database;
    3 configuration, or there is no archive; 4 the database or the archive cannot be reached;
    130 interrupted.
    """
    from monitor.commands import archive as command

    raise typer.Exit(command.verify(config, data, as_json=as_json))


@app.command()
def purge(
    data: Data,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="events or raw.  [default: both]")
    ] = None,
    days: Annotated[
        float | None,
        typer.Option(min=0.0001, metavar="DAYS", help="Older than this.  [default: as configured]"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say which files.")] = False,
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the record.")] = "",
    who: Who = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Take out what has had its time and is not held, with a record that proves what it was.

    A running monitor does it by itself once a day, by archive.events_days and archive.raw_days.

    \b
    Exit status: 0 done; 1 the store did not delete all of it, and why is printed; 2 bad usage, or
    no database; 3 configuration, or there is no archive; 4 the database or the archive cannot be
    reached; 130 interrupted.
    """
    from monitor.commands import archive as command

    if kind not in (None, "events", "raw"):
        typer.echo("--kind is events or raw", err=True)
        raise typer.Exit(2)
    raise typer.Exit(
        command.purge(
            config,
            data,
            who or getpass.getuser(),
            kind=kind,
            days=days,
            why=why,
            dry_run=dry_run,
            as_json=as_json,
        )
    )


@app.command()
def hold(
    data: Data,
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the record.")],
    room: Annotated[
        str | None, typer.Option(metavar="PLATFORM:ROOM", help="All that is kept of a room.")
    ] = None,
    alert: Annotated[
        str | None, typer.Option(metavar="ID", help="An alert, with all rooms that it names.")
    ] = None,
    case: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="The alerts that were exported under this number."),
    ] = None,
    who: Who = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Hold a room, an alert or a case: nothing of it is purged until the hold is released.

    \b
    Exit status: 0 done; 2 bad usage, no such alert or case, or no database; 3 configuration, or
    there is no archive; 4 the store cannot be told (the hold is in force here all the same);
    130 interrupted.
    """
    from monitor.commands import archive as command

    kinds: tuple[tuple[Literal["room", "alert", "case"], str | None], ...] = (
        ("room", room),
        ("alert", alert),
        ("case", case),
    )
    named = [(kind, subject) for kind, subject in kinds if subject]
    if len(named) != 1:
        typer.echo("name one of --room, --alert, --case", err=True)
        raise typer.Exit(2)
    [(kind, subject)] = named
    name = who or getpass.getuser()
    raise typer.Exit(command.hold(config, data, name, kind, subject, why, as_json=as_json))


@app.command()
def release(
    number: Annotated[int, typer.Argument(metavar="HOLD", help="Its number.")],
    data: Data,
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the record.")],
    who: Who = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Release a hold.

    \b
    Exit status: 0 done; 2 no such hold, or no database; 3 configuration, or there is no archive;
    4 the store cannot be told (the hold is released here all the same); 130 interrupted.
    """
    from monitor.commands import archive as command

    name = who or getpass.getuser()
    raise typer.Exit(command.release(config, data, name, number, why, as_json=as_json))


@app.command()
def holds(data: Data, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """List the holds, with those that were released.

    \b
    Exit status: 0 done; 2 no database; 3 configuration; 4 the database cannot be reached;
    130 interrupted.
    """
    from monitor.commands import archive as command

    raise typer.Exit(command.holds(config, data, as_json=as_json))


@app.command()
def export(
    data: Data,
    room: HistoryRooms = None,
    since: HistorySince = None,
    until: HistoryUntil = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to.  [default: standard output]")
    ] = None,
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the record.")] = "",
    who: Who = None,
    _json: IsJson = True,
    config: ConfigFile = None,
) -> None:
    """Write events of the archive as JSON lines, byte for byte: for scan, replay, rules backtest.

    \b
    Exit status: 0 done; 1 a file is gone or not what it was, and is left out; 2 bad usage, or no
    database; 3 configuration, or there is no archive; 4 the database or the archive cannot be
    reached; 130 interrupted.
    """
    from monitor.commands import archive as command

    begin, end = span(since, until)
    name = who or getpass.getuser()
    raise typer.Exit(
        command.export(
            config, data, out, rooms=room or [], since=begin, until=end, who=name, why=why
        )
    )
