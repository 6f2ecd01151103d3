"""`livewatch topics …` and `livewatch deadletters …`: the scale-out runtime on Kafka."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.options import ConfigFile

__all__ = ["letters_app", "topics_app"]

topics_app = typer.Typer(help="The topics of the scale-out runtime on Kafka.", no_args_is_help=True)
letters_app = typer.Typer(help="What workers could not evaluate, in Kafka.", no_args_is_help=True)


@topics_app.command("create")
def topics_create(config: ConfigFile = None) -> None:
    """Make the topics that are missing; those that are there stay as they are.

    \b
    Exit status: 0 all are as configured; 1 some are not; 3 configuration; 4 no broker answers.
    """
    from monitor.commands import topics as command

    raise typer.Exit(command.create(config))


@topics_app.command("check")
def topics_check(config: ConfigFile = None) -> None:
    """Compare the topics with the configuration.

    \b
    Exit status: 0 all are as configured; 1 some are not; 3 configuration; 4 no broker answers.
    """
    from monitor.commands import topics as command

    raise typer.Exit(command.check(config))


@letters_app.command("list")
def letters_list(config: ConfigFile = None) -> None:
    """List the letters: number, stage, place, rule and event, reason.

    \b
    Exit status: 0 done; 3 configuration; 4 no broker answers.
    """
    from monitor.commands import deadletters as command

    raise typer.Exit(command.show_all(config))


@letters_app.command("show")
def letters_show(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="As listed.")],
    config: ConfigFile = None,
) -> None:
    """Print the bytes of a letter; what is known of it goes to standard error.

    \b
    Exit status: 0 done; 2 there is no such letter; 3 configuration; 4 no broker answers.
    """
    from monitor.commands import deadletters as command

    raise typer.Exit(command.show(config, number))


@letters_app.command("replay")
def letters_replay(
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="NUMBER...", help="As listed; all by default.")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Send letters to the events topic again, after what kept them from being evaluated is mended.

    \b
    Exit status: 0 done; 3 configuration; 4 no broker answers; 5 some are still no events.
    """
    from monitor.commands import deadletters as command

    raise typer.Exit(command.replay(config, numbers or []))
