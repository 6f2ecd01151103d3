"""`livewatch topics …` and `livewatch deadletters …`: what lies in Kafka, or beside."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from monitor.cli.options import AsJson, ConfigFile

__all__ = ["letters_app", "topics_app"]

topics_app = typer.Typer(help="The topics of the scale-out runtime on Kafka.", no_args_is_help=True)
letters_app = typer.Typer(help="What could not be used, kept with its bytes.", no_args_is_help=True)


@topics_app.command("create")
def topics_create(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Make the topics that are missing; those that are there stay as they are.

    \b
    Exit status: 0 all are as configured; 1 some are not; 2 bad usage; 3 configuration; 4 no broker
    answers; 130 interrupted.
    """
    from monitor.commands import topics as command

    raise typer.Exit(command.create(config, as_json=as_json))


@topics_app.command("check")
def topics_check(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Compare the topics with the configuration.

    \b
    Exit status: 0 all are as configured; 1 some are not; 2 bad usage; 3 configuration; 4 no broker
    answers; 130 interrupted.
    """
    from monitor.commands import topics as command

    raise typer.Exit(command.check(config, as_json=as_json))


Data = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Folder of the embedded monitor, instead of Kafka."),
]


@letters_app.command("list")
def letters_list(
    data: Data = None,
    stage: Annotated[
        Literal["ingest", "decode", "rule", "engine"] | None,
        typer.Option(help="Where it was found that they cannot be used."),
    ] = None,
    cause: Annotated[
        Literal["invalid", "too_large", "unknown", "decoder", "fault", "undecided"] | None,
        typer.Option(help="Why; unknown: of a kind of message that no decoder knows."),
    ] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="TEXT", help="In the name of an unknown kind.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of this source or sender, or NAME/ROOM."),
    ] = None,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="In the reason.")] = None,
    rule: Annotated[str | None, typer.Option(help="Of this rule.")] = None,
    counts: Annotated[
        bool,
        typer.Option(
            "--counts", help="How many letters and attempts by stage, cause, source and kind."
        ),
    ] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List the letters: number, stage, place, cause, what it is about, reason.

    \b
    Exit status: 0 done; 2 bad usage; 3 configuration; 4 no broker answers, or the folder cannot be
    read; 130 interrupted.
    """
    from monitor.commands import deadletters as command

    only = command.LetterFilter(
        stage=stage, cause=cause, kind=kind, source=source, reason=reason, rule=rule
    )
    options = command.LetterOptions(config=config, data=data)
    raise typer.Exit(command.show_all(options, only, counts=counts, as_json=as_json))


@letters_app.command("show")
def letters_show(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="As listed.")],
    data: Data = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Print the bytes of a letter; what is known of it goes to standard error.

    \b
    Exit status: 0 done; 2 there is no such letter; 3 configuration; 4 no broker answers, or the
    folder cannot be read; 130 interrupted.
    """
    from monitor.commands import deadletters as command

    options = command.LetterOptions(config=config, data=data)
    raise typer.Exit(command.show(options, number, as_json=as_json))


@letters_app.command("replay")
def letters_replay(
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="NUMBER...", help="As listed; all by default.")
    ] = None,
    data: Data = None,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="The running monitor, with --data.")
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="LIVEWATCH_INGEST_TOKEN", help="Its token.  [default: that of the folder]"
        ),
    ] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Send letters into the log again, after what kept them from being used is mended.

    Frames of a source are decoded again by its decoder.

    \b
    Exit status: 0 done; 2 bad usage; 3 configuration; 4 no broker or monitor answers; 5 some are
    still no events; 130 interrupted.
    """
    from monitor.commands import deadletters as command

    options = command.LetterOptions(config=config, data=data, url=url, token=token)
    raise typer.Exit(command.replay(options, numbers or [], as_json=as_json))
