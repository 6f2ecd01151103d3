"""`livewatch users …`: who may sign in at the console."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.options import AsJson, ConfigFile

if TYPE_CHECKING:
    from monitor.commands.users import Place

__all__ = ["app"]

_EXITS = """\b
Exit status: 0 done; 1 refused, and why; 2 bad usage; 3 configuration, or no password to be had;
4 the database cannot be reached.
"""

app = typer.Typer(
    help="People who sign in at the console, their sessions and tokens.\n\n" + _EXITS,
    no_args_is_help=True,
)


class RoleName(StrEnum):
    """What somebody may do."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    ENFORCEMENT = "enforcement"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Scope(StrEnum):
    """What a token is for."""

    READ = "read"
    HANDLE = "handle"
    UNMASK = "unmask"
    APPROVE = "approve"
    EXPORT = "export"
    CHANNELS = "channels"
    JOURNAL = "journal"
    METRICS = "metrics"


Name = Annotated[str, typer.Argument(metavar="NAME", help="As the person signs.")]
Data = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Data directory; not needed where store.url names a server."),
]
Role = Annotated[RoleName, typer.Option(help="What the person may do (docs/sign-in.md).")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="File of the password.  [default: it is asked for]"),
]
Generate = Annotated[
    bool, typer.Option("--generate", help="Make a password, and print it this one time.")
]
Territory = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CODE",
        help="Bound to this administrative division (33, 3301, 330106, or unknown: of no known one);"
        " repeat it.  [default: everywhere]",
    ),
]


def _place(data: Path | None, config: Path | None) -> Place:
    from monitor.commands.users import Place

    return Place(data, config)


@app.command()
def add(
    name: Name,
    role: Role,
    territory: Territory = None,
    data: Data = None,
    password_file: PasswordFile = None,
    generate: Generate = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Make a user; from the first one on, people have to sign in.

    \b
    Exit status: 0 done; 1 refused, and why; 2 bad usage; 3 configuration, or no password to be had;
    4 the database cannot be reached; 130 interrupted.
    """
    from monitor.commands import users as command

    raise typer.Exit(
        command.add(
            _place(data, config),
            name,
            role.value,
            password_file,
            generate=generate,
            as_json=as_json,
            territories=territory or [],
        )
    )


@app.command("list")
def list_(data: Data = None, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """List everybody.

    \b
    Exit status: 0 done; 2 bad usage; 3 configuration; 4 the database cannot be reached;
    130 interrupted.
    """
    from monitor.commands import users as command

    raise typer.Exit(command.list_users(_place(data, config), as_json=as_json))


@app.command("role")
def role_(
    name: Name, role: Role, data: Data = None, as_json: AsJson = False, config: ConfigFile = None
) -> None:
    """Give somebody another role; his sessions end.

    \b
    Exit status: 0 done; 1 refused, and why; 2 bad usage; 3 configuration; 4 the database cannot be
    reached; 130 interrupted.
    """
    from monitor.commands import users as command

    raise typer.Exit(command.change_role(_place(data, config), name, role.value, as_json=as_json))


@app.command("territories")
def territories_(
    name: Name,
    territory: Territory = None,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="Bound to none any more.")
    ] = False,
    data: Data = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Bind somebody to territories: he is shown what lies in them; his sessions end.

    \b
    Exit status: 0 done; 1 refused, and why; 2 bad usage; 3 configuration; 4 the database cannot be
    reached; 130 interrupted.
    """
    from monitor.commands import users as command

    if bool(territory) == everywhere:
        raise typer.BadParameter("name territories, or --everywhere")
    raise typer.Exit(
        command.change_territories(_place(data, config), name, territory or [], as_json=as_json)
    )


@app.command()
def password(
    name: Name,
    data: Data = None,
    password_file: PasswordFile = None,
    generate: Generate = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Give somebody another password; his sessions end.

    \b
    Exit status: 0 done; 1 refused, and why; 2 bad usage; 3 configuration, or no password to be had;
    4 the database cannot be reached; 130 interrupted.
    """
    from monitor.commands import users as command

    raise typer.Exit(
        command.change_password(
            _place(data, config), name, password_file, generate=generate, as_json=as_json
        )
    )


@app.command()
def lock(name: Name, data: Data = None, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Let somebody in no more: sessions end, tokens do not hold.

    \b
    Exit status: 0 done; 1 refused, and why; 2 bad usage; 3 configuration; 4 the database cannot be
    reached; 130 interrupted.
    """
    from monitor.commands import users as command

    raise typer.Exit(command.lock(_place(data, config), name, locked=True, as_json=as_json))


@app.command()
def unlock(
    name: Name, data: Data = None, as_json: AsJson = False, config: ConfigFile = None
) -> None:
    """Let somebody in again.

    \b
    Exit status: 0 done; 1 refused, and why; 2 bad usage; 3 configuration; 4 the database cannot be
    reached; 130 interrupted.
    """
    from monitor.commands import users as command

    raise typer.Exit(command.lock(_place(data, config), name, locked=False, as_json=as_json))


@app.command()
def sessions(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Of one person.  [default: of all]")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List sessions that have not ended, and tokens that hold.

    \b
    Exit status: 0 done; 1 there is nobody of this name; 2 bad usage; 3 configuration; 4 the
    database cannot be reached; 130 interrupted.
    """
    from monitor.commands import users as command

    raise typer.Exit(command.list_sessions(_place(data, config), name, as_json=as_json))


@app.command()
def revoke(
    name: Name,
    session: Annotated[
        str | None, typer.Option(metavar="ID", help="One session.  [default: all of them]")
    ] = None,
    token: Annotated[
        str | None, typer.Option(metavar="ID", help="One token, instead of sessions.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """End somebody's sessions, one of them, or a token; open streams end within a second.

    \b
    Exit status: 0 done; 1 there is no such person, session or token; 2 bad usage; 3 configuration;
    4 the database cannot be reached; 130 interrupted.
    """
    from monitor.commands import users as command

    raise typer.Exit(command.revoke(_place(data, config), name, session, token, as_json=as_json))


@app.command("token")
def token_(
    name: Name,
    label: Annotated[str, typer.Option(metavar="TEXT", help="What it is for.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may be used for; repeat it.")],
    days: Annotated[int, typer.Option(min=1, max=730, help="How long it holds.")] = 90,
    territory: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE", help="Of what NAME is shown, only this territory; repeat it."),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Make a token for a program of somebody's, and print it this one time.

    \b
    Exit status: 0 done; 1 refused, and why; 2 bad usage; 3 configuration; 4 the database cannot be
    reached; 130 interrupted.
    """
    from monitor.commands import users as command

    scopes = [one.value for one in scope]
    raise typer.Exit(
        command.make_token(
            _place(data, config),
            name,
            label,
            scopes,
            days,
            as_json=as_json,
            territories=territory or [],
        )
    )


@app.command()
def journal(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 50,
    data: Data = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List who signed in or tried to and who changed what about people, newest first; check the chain.

    \b
    Exit status: 0 done; 1 an entry was changed; 2 bad usage; 3 configuration; 4 the database cannot
    be reached; 130 interrupted.
    """
    from monitor.commands import users as command

    raise typer.Exit(command.list_journal(_place(data, config), limit, as_json=as_json))
