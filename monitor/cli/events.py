"""`livewatch events …`: what the monitor takes."""

from __future__ import annotations

import typer

from monitor.cli.options import IsJson

__all__ = ["app"]

app = typer.Typer(help="The events that the monitor takes.", no_args_is_help=True)


@app.callback()
def events() -> None:
    """The events that the monitor takes."""


@app.command("schema")
def events_schema(_json: IsJson = True) -> None:
    """Print JSON Schema (draft 2020-12) of one event, with the bounds of every field.

    \b
    Exit status: 0 done; 2 bad usage; 130 interrupted.
    """
    from monitor.commands import events as command

    raise typer.Exit(command.schema())
