"""The command line. Names options and says what they mean; the work is in `monitor.commands`,
loaded when a command runs, so that `--help` answers at once.
"""

from __future__ import annotations

import sys
from typing import Annotated, NoReturn

import typer

from detectors import __version__
from monitor.cli import (
    alerts,
    config,
    db,
    events,
    evidence,
    kafka,
    law,
    model,
    notify,
    privacy,
    recordings,
    rules,
    running,
    simulation,
    sources,
    users,
)

__all__ = ["app", "main"]

_EXITS = """\b
Exit status: 0 done, 1 a check failed, 2 bad usage or no readable input,
3 configuration, 4 a dependency cannot be reached, 5 some input was invalid,
130 interrupted.
"""

app = typer.Typer(
    help="Watches live-commerce sessions (直播带货): events in, alerts with evidence out.\n\n"
    + _EXITS,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command()(recordings.scan)
app.command("import")(recordings.import_)
app.command()(recordings.replay)
app.command()(running.serve)
app.command()(running.worker)
app.command()(running.ingest)
app.command()(running.desk)
app.command()(running.demo)
app.command()(running.run)
app.command()(config.doctor)
app.add_typer(alerts.app, name="alerts")
app.add_typer(users.app, name="users")
app.add_typer(config.app, name="config")
app.add_typer(simulation.app, name="simulate")
app.add_typer(rules.app, name="rules")
app.add_typer(law.app, name="law")
app.add_typer(model.app, name="model")
app.add_typer(events.app, name="events")
app.add_typer(kafka.topics_app, name="topics")
app.add_typer(kafka.letters_app, name="deadletters")
app.add_typer(db.app, name="db")
app.add_typer(sources.app, name="sources")
app.add_typer(notify.app, name="notify")
app.add_typer(privacy.app, name="privacy")
app.add_typer(evidence.app, name="evidence")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"livewatch {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """What may stand before a command."""


def main() -> NoReturn:
    """Runs the command line; an interruption ends it with 130."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)
