"""Options that several commands share."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from monitor.commands.history import Asked

__all__ = [
    "AsJson",
    "ConfigFile",
    "Files",
    "History",
    "HistoryRooms",
    "HistorySince",
    "HistoryUntil",
    "Host",
    "IngestToken",
    "IngestTokenFile",
    "IsJson",
    "MaybeFiles",
    "MonitorUrl",
    "Packs",
    "Port",
    "Who",
    "asked_of",
    "moment",
    "span",
]

AsJson = Annotated[bool, typer.Option("--json", help="As one JSON document.")]
#: Of commands that write JSON or JSON lines whatever is asked.
IsJson = Annotated[bool, typer.Option("--json", help="It is JSON in any case; for scripts.")]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Configuration (livewatch.toml).")
]
MaybeFiles = Annotated[
    list[str] | None,
    typer.Argument(metavar="[FILE...]", help="Files; - is standard input; .gz too."),
]
MonitorUrl = Annotated[
    str | None,
    typer.Option(metavar="URL", help="The running monitor.  [default: as the configuration says]"),
]
Who = Annotated[
    str | None, typer.Option(metavar="NAME", help="Who does it, for the record.  [default: you]")
]
Host = Annotated[str | None, typer.Option(help="Address to listen on.  [default: 127.0.0.1]")]
Port = Annotated[
    int | None,
    typer.Option(min=0, max=65535, help="Port to answer on; 0: a free one, which is printed."),
]
IngestToken = Annotated[
    str | None,
    typer.Option(
        "--ingest-token",
        envvar="LIVEWATCH_INGEST_TOKEN",
        help="Token that senders of events must show. In the list of processes everybody can read"
        " it: rather set the variable, or use --ingest-token-file.",
    ),
]
IngestTokenFile = Annotated[
    Path | None,
    typer.Option("--ingest-token-file", metavar="FILE", help="File that holds that token."),
]
Packs = Annotated[
    list[Path] | None,
    typer.Option(
        "--packs",
        metavar="PATH",
        help="Own packs beside ours, a file or folder; may be repeated.",
    ),
]
Files = Annotated[
    list[str], typer.Argument(metavar="FILE...", help="Files; - is standard input; .gz too.")
]
History = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="What this monitor has had: of its archive, and what is not in it yet.",
    ),
]
HistoryRooms = Annotated[
    list[str] | None,
    typer.Option("--room", metavar="PLATFORM:ROOM", help="Of this room only; may be repeated."),
]
HistorySince = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        help="From 2026-11-29T20:00 on, by event time; Beijing's, or with a zone.",
    ),
]
HistoryUntil = Annotated[
    str | None,
    typer.Option("--until", metavar="TIME", help="Before this; Beijing's, or with a zone."),
]


def asked_of(
    data: Path | None, rooms: list[str] | None, since: str | None, until: str | None,
    config: Path | None, files: list[str] | None,
) -> Asked | None:  # fmt: skip
    """The history that is asked for; ``None``: none is.

    Raises:
        typer.Exit: neither files nor a history, or a time is none.
    """
    if data is None:
        if not files or rooms or since or until:
            typer.echo(
                "name files, or a monitor with --data (for --room, --since, --until)", err=True
            )
            raise typer.Exit(2)
        return None
    from monitor.commands.history import Asked

    begin, end = span(since, until)
    return Asked(data=data, rooms=rooms or [], since=begin, until=end, config=config)


def span(since: str | None, until: str | None) -> tuple[int | None, int | None]:
    """From when to when, in ms, as far as it was given.

    Raises:
        typer.Exit: one is no time.
    """
    return None if since is None else moment(since), None if until is None else moment(until)


def moment(text: str) -> int:
    """A time that was given, in ms; without a zone it is Beijing's, as in the API and the console.

    Raises:
        typer.Exit: it is none.
    """
    from detectors.calendar import BEIJING

    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        typer.echo(
            "times are like 2026-11-29T20:00 (Beijing's), or with a zone 2026-11-29T12:00+00:00",
            err=True,
        )
        raise typer.Exit(2) from None
    return int((given if given.tzinfo else given.replace(tzinfo=BEIJING)).timestamp() * 1000)
