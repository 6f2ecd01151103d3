"""`livewatch alerts …`: the alerts of a running monitor."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import typer

from monitor.cli import unmask
from monitor.cli.options import AsJson, ConfigFile, MonitorUrl

__all__ = ["app"]

app = typer.Typer(help="The alerts of a running monitor.", no_args_is_help=True)
app.add_typer(unmask.app, name="unmask")


class Status(StrEnum):
    """How an alert stands."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class Level(StrEnum):
    """How grave it is."""

    LEAD = "lead"
    WATCH = "watch"
    INFO = "info"


Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of alerts.")]
Who = Annotated[
    str | None,
    typer.Option(
        envvar="LIVEWATCH_WHO", help="Who acts, for the history.  [default: the login name]"
    ),
]
Note = Annotated[str | None, typer.Option(help="A note for the history.")]


@app.command("list")
def list_(
    url: MonitorUrl = None,
    status: Annotated[
        list[Status] | None,
        typer.Option(help="May be repeated.  [default: new, acknowledged]"),
    ] = None,
    level: Annotated[list[Level] | None, typer.Option(help="May be repeated.")] = None,
    rule: Annotated[list[str] | None, typer.Option(help="Ids of rules; may be repeated.")] = None,
    platform: Annotated[str | None, typer.Option(help="Only of this platform.")] = None,
    room: Annotated[str | None, typer.Option(help="Only of this room.")] = None,
    text: Annotated[
        str | None, typer.Option(help="Words in title, reason, subject or rule.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 50,
    as_json: AsJson = False,
    ndjson: Annotated[bool, typer.Option("--ndjson", help="As JSON, an alert a line.")] = False,
    config: ConfigFile = None,
) -> None:
    """List alerts, newest first.

    \b
    Exit status: 0 done; 2 bad usage; 3 configuration; 4 no monitor answers; 130 interrupted.
    """
    from monitor.commands import alerts as command

    wanted = command.Wanted(
        status=[one.value for one in status or (Status.NEW, Status.ACKNOWLEDGED)],
        level=[one.value for one in level or ()],
        rule=rule or [],
        platform=platform,
        room=room,
        text=text,
        limit=limit,
    )
    form: Literal["table", "json", "ndjson"]
    form = "json" if as_json else "ndjson" if ndjson else "table"
    raise typer.Exit(command.show_all(config, url, wanted, form))


@app.command()
def show(
    alert: Annotated[str, typer.Argument(metavar="ID", help="Id of the alert.")],
    url: MonitorUrl = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Show one alert: what was seen, which law, what is missing, who was told.

    \b
    Exit status: 0 done; 2 no such alert; 3 configuration; 4 no monitor answers; 130 interrupted.
    """
    from monitor.commands import alerts as command

    raise typer.Exit(command.show_one(config, url, alert, as_json=as_json))


@app.command()
def ack(
    alerts: Ids,
    url: MonitorUrl = None,
    who: Who = None,
    note: Note = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Acknowledge alerts: somebody takes care of them.

    \b
    Exit status: 0 done; 1 one was refused; 2 bad usage; 3 configuration; 4 no monitor answers;
    130 interrupted.
    """
    from monitor.commands import alerts as command

    raise typer.Exit(
        command.handle(config, url, alerts, "acknowledge", who=who, note=note, as_json=as_json)
    )


@app.command()
def close(
    alerts: Ids,
    reason: Annotated[
        Literal["confirmed", "minor", "rule-too-wide", "data-error", "duplicate", "transferred"],
        typer.Option(help="Why."),
    ],
    url: MonitorUrl = None,
    who: Who = None,
    note: Note = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Close alerts, for a stated reason.

    \b
    Exit status: 0 done; 1 one was refused; 2 bad usage; 3 configuration; 4 no monitor answers;
    130 interrupted.
    """
    from monitor.commands import alerts as command

    raise typer.Exit(
        command.handle(
            config, url, alerts, "close", who=who, note=note, reason=reason, as_json=as_json
        )
    )
