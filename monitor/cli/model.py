"""`livewatch model …`: an office's own model of what is like a violation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.options import AsJson, ConfigFile

if TYPE_CHECKING:
    from monitor.commands.model import ModelOptions

__all__ = ["app"]

app = typer.Typer(
    help="The model that finds what nobody wrote down, taught by the office's decisions.",
    no_args_is_help=True,
)

Data = Annotated[Path, typer.Option(metavar="DIR", help="Data directory of the monitor.")]
ModelFile = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", help="A model; else the one in the data directory."),
]


@app.command()
def train(
    data: Data,
    file: ModelFile = None,
    aside: Annotated[
        float,
        typer.Option(min=0, max=0.9, help="Newest part of the decisions, kept for the comparison."),
    ] = 0.2,
    until: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Learn from decisions before this day in China instead."),
    ] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Make a model from our labelled texts and the decisions of this office.

    An alert that was closed as confirmed, minor or transferred is a violation, one that was closed
    because the rule is too wide is none. Only sellers' own words are learned from. The model is
    written beside the one in use, which stays. Needs the extra `model`; takes about a minute.

    \b
    Exit status: 0 done; 1 too few decisions; 2 bad usage; 3 configuration, or the extra is missing;
    4 the store cannot be reached; 130 interrupted.
    """
    from monitor.commands import model as command

    raise typer.Exit(
        command.train(_options(data, file, config, as_json=as_json), aside=aside, until=until)
    )


@app.command()
def evaluate(
    data: Data,
    file: ModelFile = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Put the trained model beside the one in use, by rule, on decisions that neither has seen.

    Those are the decisions that were made after the ones that either learned from. All figures come
    with Wilson's interval of 95 %.

    \b
    Exit status: 0 it is not worse; 1 it is, or nothing could be compared; 2 no model;
    3 configuration; 4 the store cannot be reached; 130 interrupted.
    """
    from monitor.commands import model as command

    raise typer.Exit(command.evaluate(_options(data, file, config, as_json=as_json)))


@app.command()
def install(
    data: Data,
    file: ModelFile = None,
    active: Annotated[
        bool,
        typer.Option("--active", help="The model in the shadow takes the place of the one in use."),
    ] = False,
    anyway: Annotated[bool, typer.Option("--anyway", help="Even if it is worse.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Let the trained model read along in the shadow; with --active, let it decide.

    In the shadow it raises nothing: what it would watch and the model in use would not, and the other
    way round, is counted (livewatch_shadow_model_total). A model that is worse on decisions that
    neither has seen is refused. The model that was in use is kept
    (livewatch model back). Takes effect at the next start.

    \b
    Exit status: 0 done; 1 refused; 2 no model; 3 configuration; 4 the store cannot be reached;
    130 interrupted.
    """
    from monitor.commands import model as command

    raise typer.Exit(
        command.install(_options(data, file, config, as_json=as_json), active=active, anyway=anyway)
    )


@app.command()
def back(data: Data, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Put the model in use that was so before the latest install --active; once more undoes it.

    That is the model that ships, where the office had none in use. The one that is replaced is kept
    as the one before. Takes effect at the next start.

    \b
    Exit status: 0 done; 2 bad usage, no other model, or a damaged one; 3 configuration; 130 interrupted.
    """
    from monitor.commands import model as command

    raise typer.Exit(command.back(_options(data, None, config, as_json=as_json)))


@app.command()
def status(data: Data, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Say which models there are: in use, in the shadow, trained last, and in use before.

    A monitor that was started before the latest change reads by other ones: /healthz then has `model`
    in `restart_needed`, and livewatch doctor says so.

    \b
    Exit status: 0 done; 2 bad usage; 3 configuration; 130 interrupted.
    """
    from monitor.commands import model as command

    raise typer.Exit(command.status(_options(data, None, config, as_json=as_json)))


def _options(
    data: Path, file: Path | None, config: Path | None, *, as_json: bool = False
) -> ModelOptions:
    from monitor.commands.model import ModelOptions

    return ModelOptions(data=data, file=file, config=config, json=as_json)
