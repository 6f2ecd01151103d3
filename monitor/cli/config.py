"""`livewatch config …` and `livewatch doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.options import AsJson, ConfigFile, IsJson

__all__ = ["app", "doctor"]

app = typer.Typer(help="The configuration: one file and the environment.", no_args_is_help=True)


@app.command()
def check(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Check the configuration with all that it names: sources, packs, channels, files of secrets.

    \b
    Exit status: 0 it can be used; 2 bad usage; 3 it cannot, and why; 130 interrupted.
    """
    from monitor.commands import config as command

    raise typer.Exit(command.check(config, as_json=as_json))


@app.command()
def show(
    redacted: Annotated[
        bool, typer.Option("--redacted", help="Secrets are always left out; here for scripts.")
    ] = True,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Print the configuration as it is in force, file, environment and defaults, without secrets.

    \b
    Exit status: 0 done; 2 bad usage; 3 configuration; 130 interrupted.
    """
    from monitor.commands import config as command

    raise typer.Exit(command.show(config, as_json=as_json))


@app.command()
def schema(_json: IsJson = True) -> None:
    """Print the JSON Schema of the configuration.

    \b
    Exit status: 0 done; 2 bad usage; 130 interrupted.
    """
    from monitor.commands import config as command

    raise typer.Exit(command.schema())


@app.command()
def openapi(_json: IsJson = True) -> None:
    """Print the OpenAPI document of the API, as a running monitor gives it at /api/v1/openapi.json.

    \b
    Exit status: 0 done; 2 bad usage; 130 interrupted.
    """
    from monitor.commands import config as command

    raise typer.Exit(command.openapi())


def doctor(
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the monitor's state.")
    ] = None,
    kafka: Annotated[bool, typer.Option("--kafka", help="Ask the brokers, too.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Look at everything that livewatch depends on, and say how to mend what is wrong.

    \b
    Exit status: 0 nothing is wrong (there may be warnings); 1 something is, and is named; 2 bad
    usage; 130 interrupted.
    """
    from monitor.commands import doctor as command

    raise typer.Exit(command.run(config, data, kafka=kafka, as_json=as_json))
