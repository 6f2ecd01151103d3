"""`livewatch notify …`: telling people of alerts."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from monitor.cli.options import AsJson, ConfigFile, MonitorUrl

__all__ = ["app"]

app = typer.Typer(help="Telling people of alerts: channels, what waits.", no_args_is_help=True)


@app.command("test")
def try_(
    channels: Annotated[
        list[str] | None, typer.Argument(metavar="[CHANNEL]...", help="By default all.")
    ] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Send a test message to each channel, now and from here; no monitor need run.

    \b
    Exit status: 0 all took it; 1 one did not; 2 no such channel; 3 configuration; 130 interrupted.
    """
    from monitor.commands import notify as command

    raise typer.Exit(command.try_channels(config, channels or [], as_json=as_json))


@app.command("list")
def list_(
    url: MonitorUrl = None,
    state: Annotated[
        Literal["waiting", "sent", "dropped", "dead"] | None,
        typer.Option(help="Only messages of this state."),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=1_000, help="At most so many messages, the newest.")
    ] = 50,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List the channels of the running monitor, and who was told of what.

    \b
    Exit status: 0 done; 2 bad usage; 3 configuration; 4 no monitor answers; 130 interrupted.
    """
    from monitor.commands import notify as command

    raise typer.Exit(command.show(config, url, state, limit, as_json=as_json))


@app.command()
def retry(
    channel: Annotated[
        str | None, typer.Argument(metavar="[CHANNEL]", help="By default all.")
    ] = None,
    url: MonitorUrl = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Send dead messages again.

    \b
    Exit status: 0 done; 2 bad usage; 3 configuration; 4 no monitor answers; 130 interrupted.
    """
    from monitor.commands import notify as command

    raise typer.Exit(command.retry(config, url, channel, as_json=as_json))
