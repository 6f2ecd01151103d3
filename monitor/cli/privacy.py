"""`livewatch privacy …`: keys of pseudonyms, and what a viewer wrote."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.options import AsJson, ConfigFile, Who

__all__ = ["app"]

app = typer.Typer(
    help="Keys of viewers' pseudonyms, and forgetting a viewer.", no_args_is_help=True
)

Data = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Data directory of the embedded monitor.")
]


@app.command()
def rotate(
    data: Data = None, who: Who = None, as_json: AsJson = False, config: ConfigFile = None
) -> None:
    """Make a new key of pseudonyms; the old ones stay, to tell old pseudonyms.

    \b
    Exit status: 0 done; 2 bad usage; 3 configuration; 130 interrupted.
    """
    from monitor.commands import privacy as command

    raise typer.Exit(command.rotate(config, data, who or getpass.getuser(), as_json=as_json))


@app.command()
def forget(
    key: Annotated[
        str | None, typer.Option(metavar="VERSION", help="An old key (k2), to be destroyed.")
    ] = None,
    unused_days: Annotated[
        float | None,
        typer.Option(metavar="N", min=0, help="All keys that were replaced N days ago or longer."),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(metavar="PLATFORM:ID", help="A viewer, by the platform's own account id."),
    ] = None,
    pseudonym: Annotated[
        str | None, typer.Option(metavar="k3:…", help="A viewer, by his pseudonym.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: Data = None,
    who: Who = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Destroy old keys, or take out what a viewer wrote; neither can be undone.

    For a viewer the embedded monitor has to be stopped. Evidence of alerts that were acknowledged,
    confirmed or handed on stays.

    \b
    Exit status: 0 done; 1 not confirmed; 2 bad usage; 3 configuration, or the key is in use; 4 the
    monitor runs, or the database cannot be reached; 130 interrupted.
    """
    from monitor.commands import privacy as command

    if sum(one is not None for one in (key, unused_days, account, pseudonym)) != 1:
        typer.echo("name one of --key, --unused-days, --account, --pseudonym", err=True)
        raise typer.Exit(2)

    def confirm(question: str) -> bool:
        if yes:
            return True
        # Not typer.confirm: what it asks goes to standard output, and Ctrl-C there ends with 1.
        typer.echo(f"{question} [y/N]: ", nl=False, err=True)
        return sys.stdin.readline().strip().casefold() in ("y", "yes")

    name = who or getpass.getuser()
    if account is not None:
        raise typer.Exit(
            command.forget_account(config, data, name, account, confirm, as_json=as_json)
        )
    if pseudonym is not None:
        raise typer.Exit(
            command.forget_pseudonym(config, data, name, pseudonym, confirm, as_json=as_json)
        )
    raise typer.Exit(
        command.forget_keys(
            config, data, name, key=key, unused_days=unused_days, confirm=confirm, as_json=as_json
        )
    )
