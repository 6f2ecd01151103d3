"""`livewatch alerts unmask …`: seeing the accounts of an alert by case."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from monitor.cli.options import AsJson, ConfigFile, MonitorUrl

__all__ = ["app"]

app = typer.Typer(
    help="See the accounts of an alert by case, which a second person approves.",
    no_args_is_help=True,
)

Request = Annotated[str, typer.Argument(metavar="REQUEST", help="Id of the request.")]
Note = Annotated[str, typer.Option(help="What is said with the decision.")]


class State(StrEnum):
    """How a request stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    ENDED = "ended"
    LAPSED = "lapsed"


@app.command()
def ask(
    alert: Annotated[str, typer.Argument(metavar="ID", help="Id of the alert.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why.")],
    case: Annotated[str, typer.Option(metavar="NUMBER", help="Number of the case.")],
    url: MonitorUrl = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Ask to see the accounts of an alert; prints the request.

    \b
    Exit status: 0 done; 1 refused, and why; 2 bad usage; 3 configuration; 4 no monitor answers;
    130 interrupted.
    """
    from monitor.commands import unmask as command

    raise typer.Exit(command.ask(config, url, alert, reason, case, as_json=as_json))


@app.command("list")
def list_(
    alert: Annotated[str | None, typer.Option(metavar="ID", help="Of one alert.")] = None,
    state: Annotated[State | None, typer.Option(help="Only those that stand so.")] = None,
    url: MonitorUrl = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List requests, newest first: one's own, or of all for those who may approve.

    \b
    Exit status: 0 done; 1 refused; 2 bad usage; 3 configuration; 4 no monitor answers;
    130 interrupted.
    """
    from monitor.commands import unmask as command

    wanted = state.value if state is not None else None
    raise typer.Exit(command.show_all(config, url, alert, wanted, as_json=as_json))


@app.command()
def approve(
    request: Request,
    minutes: Annotated[
        int | None,
        typer.Option(
            min=1, help="For how long.  [default: as long as sign_in.unmasking.hold_min says]"
        ),
    ] = None,
    note: Note = "",
    url: MonitorUrl = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Approve the request of another person.

    \b
    Exit status: 0 done; 1 refused, and why; 2 bad usage; 3 configuration; 4 no monitor answers;
    130 interrupted.
    """
    from monitor.commands import unmask as command

    body: dict[str, object] = {"note": note, "minutes": minutes}
    raise typer.Exit(command.act(config, url, request, "approve", body, as_json=as_json))


@app.command()
def refuse(
    request: Request, note: Note = "", url: MonitorUrl = None, as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:  # fmt: skip
    """Refuse the request of another person.

    \b
    Exit status: 0 done; 1 refused, and why; 2 bad usage; 3 configuration; 4 no monitor answers;
    130 interrupted.
    """
    from monitor.commands import unmask as command

    raise typer.Exit(command.act(config, url, request, "refuse", {"note": note}, as_json=as_json))


@app.command()
def end(
    request: Request, url: MonitorUrl = None, as_json: AsJson = False, config: ConfigFile = None
) -> None:
    """Give up one's own request or approval, or take back another's.

    \b
    Exit status: 0 done; 1 refused, and why; 2 bad usage; 3 configuration; 4 no monitor answers;
    130 interrupted.
    """
    from monitor.commands import unmask as command

    raise typer.Exit(command.act(config, url, request, "end", {}, as_json=as_json))
