"""`livewatch sources …`: what brings events."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from monitor.cli.options import AsJson, ConfigFile, IsJson, MonitorUrl

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
    Exit status: 0 done; 2 bad usage, or a token that is wrong; 3 configuration; 4 no monitor answers
    at the address of --url; 130 interrupted.
    """
    from monitor.commands import sources as command

    raise typer.Exit(command.show_all(config, url, as_json=as_json))


@app.command()
def unwatched(
    url: MonitorUrl = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Name the configured rooms that the running monitor does not watch at the moment.

    \b
    Exit status: 0 every room is watched; 1 some are not; 2 bad usage; 3 configuration; 4 no monitor
    answers; 130 interrupted.
    """
    from monitor.commands import sources as command

    raise typer.Exit(command.unwatched(config, url, as_json=as_json))


@app.command()
def check(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="By default all that are on.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Do not connect.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Check sources: configuration, files of secrets, and whether the other side answers.

    \b
    Exit status: 0 all is well; 1 something failed; 2 no such source; 3 configuration;
    130 interrupted.
    """
    from monitor.commands import sources as command

    raise typer.Exit(command.check(config, names or [], offline=offline, as_json=as_json))


@app.command("try")
def try_(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As in the configuration.")],
    seconds: Annotated[float, typer.Option(min=0.1, help="How long.")] = 10.0,
    limit: Annotated[int, typer.Option(min=1, help="End after so many events.")] = 1_000_000,
    room: Annotated[
        str | None, typer.Option(help="Which room.  [default: the first of its list]")
    ] = None,
    _json: IsJson = True,
    config: ConfigFile = None,
) -> None:
    """Connect a source and print its events as JSON lines; nothing is stored or acknowledged.

    \b
    Exit status: 0 done; 2 no such source; 3 configuration; 4 no connection; 130 interrupted.
    """
    from monitor.commands import sources as command

    raise typer.Exit(command.try_one(config, name, room, seconds=seconds, limit=limit))


@app.command()
def hear(
    audio: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A recording: sound or a film, as ffmpeg reads it."),
    ],
    engine: Annotated[
        Literal["sense-voice", "paraformer", "whisper"], typer.Option(help="The kind of model.")
    ],
    model: Annotated[Path, typer.Option(metavar="DIR", help="Folder of its weights.")],
    reference: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What is said in it, as text.")
    ] = None,
    language: Annotated[str, typer.Option(help="For models of several languages.")] = "zh",
    threads: Annotated[int, typer.Option(min=1, help="That the model computes in.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Measure a model of speech on a recording of your own: what it hears, how wrong, at what cost.

    With --reference the character error rate; always processor time and memory, and how many such
    rooms one processor carries.

    \b
    Exit status: 0 done; 2 no such file; 3 model, package or ffmpeg are missing; 130 interrupted.
    """
    from monitor.commands import hearing as command

    options = command.HearingOptions(
        engine=engine,
        model=model,
        language=language,
        threads=threads,
        reference=reference,
        json=as_json,
    )
    raise typer.Exit(command.run(audio, options))
