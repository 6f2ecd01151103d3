"""`livewatch db …`: the database of events and alerts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.options import AsJson, ConfigFile

__all__ = ["app"]

app = typer.Typer(help="The database of events and alerts.", no_args_is_help=True)

DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="postgresql://user@host:port/database or sqlite:///FILE.  [default: store.url]",
    ),
]

DataDir = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Folder of the embedded monitor, or of a desk."),
]


@app.command("migrate")
def db_migrate(
    data: DataDir = None,
    url: DatabaseUrl = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Bring the database to this version; a desk does the same when it starts.

    \b
    Exit status: 0 done; 2 no database is named; 3 configuration; 4 the server cannot be reached,
    the database is newer than this version, or a monitor runs in DIR; 130 interrupted.
    """
    from monitor.commands import db as command

    raise typer.Exit(command.migrate(url, config, data, as_json=as_json))


@app.command("status")
def db_status(
    data: DataDir = None,
    url: DatabaseUrl = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List the steps of the schema and whether the database has made them; changes nothing.

    \b
    Exit status: 0 all are made; 1 some are missing; 2 no database is named; 3 configuration; 4 the
    server cannot be reached, or the database is newer than this version; 130 interrupted.
    """
    from monitor.commands import db as command

    raise typer.Exit(command.status(url, config, data, as_json=as_json))


@app.command("backup")
def db_backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="Must not be there yet.")],
    data: DataDir = None,
    url: DatabaseUrl = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Copy the database into one file, checked, while the monitor goes on.

    The copy holds what was committed when it began. Copy `pseudonym.key` and the configuration,
    too; the files of the folder as they lie there are no backup.

    \b
    Exit status: 0 done; 2 no database is named, or it is PostgreSQL's (pg_dump copies that);
    3 configuration; 4 it cannot be read, is damaged, or FILE cannot be written; 130 interrupted.
    """
    from monitor.commands import db as command

    raise typer.Exit(command.backup(target, data, url, config, as_json=as_json))


@app.command("restore")
def db_restore(
    copy: Annotated[Path, typer.Argument(metavar="FILE", help="What `db backup` wrote.")],
    data: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the monitor.")],
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of the database of a monitor that is stopped.

    FILE is checked first. The database that was there is kept beside.

    \b
    Exit status: 0 done; 2 bad usage; 3 the folder cannot be used; 4 a monitor works in it, or FILE
    cannot be read or is damaged (then nothing was changed); 130 interrupted.
    """
    from monitor.commands import db as command

    raise typer.Exit(command.restore(copy, data, as_json=as_json))


@app.command("check")
def db_check(
    data: DataDir = None,
    url: DatabaseUrl = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Look through all of the database: damaged pages, missing commits, changed history.

    A monitor may run meanwhile. A large database takes minutes.

    \b
    Exit status: 0 nothing is wrong; 1 something is, and is named; 2 no database is named;
    3 configuration; 4 it cannot be read at all; 130 interrupted.
    """
    from monitor.commands import db as command

    raise typer.Exit(command.check(data, url, config, as_json=as_json))
