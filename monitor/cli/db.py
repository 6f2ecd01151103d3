"""`livewatch db …`: the database of alerts."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.options import ConfigFile

__all__ = ["app"]

app = typer.Typer(help="The database of alerts.", no_args_is_help=True)

DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="postgresql://user@host:port/database or sqlite:///FILE.  [default: store.url]",
    ),
]


@app.command("migrate")
def db_migrate(url: DatabaseUrl = None, config: ConfigFile = None) -> None:
    """Bring the database to this version; a desk does the same when it starts.

    \b
    Exit status: 0 done; 2 no database is named; 3 configuration; 4 the server cannot be reached,
    or the database is newer than this version.
    """
    from monitor.commands import db as command

    raise typer.Exit(command.migrate(url, config))


@app.command("status")
def db_status(url: DatabaseUrl = None, config: ConfigFile = None) -> None:
    """List the steps of the schema and whether the database has made them; changes nothing.

    \b
    Exit status: 0 all are made; 1 some are missing; 2 no database is named; 3 configuration;
    4 the server cannot be reached, or the database is newer than this version.
    """
    from monitor.commands import db as command

    raise typer.Exit(command.status(url, config))
