"""`livewatch events …`: what the monitor takes."""

from __future__ import annotations

import typer

__all__ = ["app"]

app = typer.Typer(help="The events that the monitor takes.", no_args_is_help=True)


@app.callback()
def events() -> None:
    """The events that the monitor takes."""


@app.command("schema")
def events_schema() -> None:
    """Print JSON Schema (draft 2020-12) of one event, with the bounds of every field.

    \b
    Exit status: 0 done.
    """
    from monitor.commands import events as command

    raise typer.Exit(command.schema())
