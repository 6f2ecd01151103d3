"""`livewatch sources …`: what brings events."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.options import ConfigFile

__all__ = ["app"]

app = typer.Typer(
    help="What brings events: installed and configured sources.", no_args_is_help=True
)


@app.command("list")
def list_(
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="The running monitor, for the state.  [default: as the configuration says]",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="As JSON, with the schema of each kind's options.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """List installed sources and decoders, and configured sources with their state.

    \b
    Exit status: 0 done; 3 configuration.
    """
    from monitor.commands import sources as command

    raise typer.Exit(command.show_all(config, url, as_json=as_json))


@app.command()
def check(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="By default all that are on.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Do not connect.")] = False,
    config: ConfigFile = None,
) -> None:
    """Check sources: configuration, files of secrets, and whether the other side answers.

    \b
    Exit status: 0 all is well; 1 something failed; 2 no such source; 3 configuration.
    """
    from monitor.commands import sources as command

    raise typer.Exit(command.check(config, names or [], offline=offline))


@app.command("try")
def try_(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As in the configuration.")],
    seconds: Annotated[float, typer.Option(min=0.1, help="How long.")] = 10.0,
    limit: Annotated[int, typer.Option(min=1, help="End after so many events.")] = 1_000_000,
    room: Annotated[
        str | None, typer.Option(help="Which room.  [default: the first of its list]")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Connect a source and print its events as JSON lines; nothing is stored or acknowledged.

    \b
    Exit status: 0 done; 2 no such source; 3 configuration; 4 no connection.
    """
    from monitor.commands import sources as command

    raise typer.Exit(command.try_one(config, name, room, seconds=seconds, limit=limit))
