"""The command line. Names options and says what they mean; the work is in `monitor.commands`,
loaded when a command runs, and so are the options of a command: `--help` answers at once.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command_from_info, get_group_from_info
from typer.models import CommandInfo, TyperInfo

from detectors import __version__
from monitor.cli.output import InputClosed, OutputFailed, checked_output, hold_closed
from monitor.standard_output import discard

__all__ = ["COMMANDS", "app", "main"]

_EXITS = """\b
Exit status: 0 done, 1 a check failed, 2 bad usage, no readable input or
no output that can be written, 3 configuration, 4 a dependency cannot be reached, 5 some input was invalid,
130 interrupted.
"""

#: Every command by name: the module of this package and the name in it, and the first paragraph of
#: its help, which a test holds against the command itself.
COMMANDS: dict[str, tuple[str, str]] = {
    "scan": ("recordings:scan", "Run the detectors over recorded events (JSON lines) and print the alerts as JSON lines."),
    "import": ("recordings:import_", "Turn recordings that people have into events: JSON lines, in the order of time."),
    "replay": ("recordings:replay", "Play recorded events into a running monitor, several files merged by time."),
    "serve": ("running:serve", "Run the embedded monitor: console, API and detectors in one process."),
    "worker": ("running:worker", "Evaluate events from Kafka; as many of these processes as there is work, up to one a partition."),
    "ingest": ("running:ingest", "Take events over HTTP (POST /api/v1/events) and put them into Kafka."),
    "desk": ("running:desk", "Show the alerts that workers found: the console over a store that follows Kafka."),
    "demo": ("running:demo", "Play a recorded evening into the monitor and watch the alerts appear."),
    "run": ("running:run", "Serve as livewatch.toml of this folder says; without that file, play the demo."),
    "doctor": ("config:doctor", "Look at everything that livewatch depends on, and say how to mend what is wrong."),
    "alerts": ("alerts:app", "The alerts of a running monitor."),
    "users": ("users:app", "People who sign in at the console, their sessions and tokens."),
    "config": ("config:app", "The configuration: one file and the environment."),
    "simulate": ("simulation:app", "Write evenings of ordinary crowds and campaigns, and the truth about them."),
    "rules": ("rules:app", "The rules: what is watched for, and on which legal basis."),
    "law": ("law:app", "The law table: articles by day, with old and new numbers and penalties."),
    "model": ("model:app", "The model that finds what nobody wrote down, taught by the office's decisions."),
    "events": ("events:app", "The events that the monitor takes."),
    "topics": ("kafka:topics_app", "The topics of the scale-out runtime on Kafka."),
    "deadletters": ("kafka:letters_app", "What could not be used, kept with its bytes."),
    "db": ("db:app", "The database of events and alerts."),
    "sources": ("sources:app", "What brings events: installed and configured sources."),
    "notify": ("notify:app", "Telling people of alerts: channels, what waits."),
    "privacy": ("privacy:app", "Keys of viewers' pseudonyms, and forgetting a viewer."),
    "evidence": ("evidence:app", "Evidence: the log of what arrived, its keys, bundles."),
}  # fmt: skip


def _build(name: str) -> Any:
    module, _, attribute = COMMANDS[name][0].partition(":")
    found = getattr(import_module(f"monitor.cli.{module}"), attribute)
    if isinstance(found, typer.Typer):
        return get_group_from_info(
            TyperInfo(found, name=name), pretty_exceptions_short=True, suggest_commands=True,
            rich_markup_mode=None,
        )  # fmt: skip
    return get_command_from_info(
        CommandInfo(name=name, callback=found), pretty_exceptions_short=True, rich_markup_mode=None
    )


class _Commands(TyperGroup):
    """The commands. Each is built when it is asked for, since to read the options of all from their
    signatures takes more time than anything else here; help and completion of names build none."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**{**attributes, "commands": dict.fromkeys(COMMANDS)})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command; ``None``: there is none of that name."""
        return _build(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Names and what they are for, from the table."""
        limit = formatter.width - 6 - max(map(len, COMMANDS))
        rows = [
            (name, TyperCommand(name, help=says).get_short_help_str(limit))
            for name, (_, says) in COMMANDS.items()
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


app = typer.Typer(
    cls=_Commands,
    help="Watches live-commerce sessions (直播带货): events in, alerts with evidence out.\n\n"
    + _EXITS,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


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
    """Runs the command line; an interruption ends it with 130, a standard stream that fails with 2."""
    status: str | int | None = 0
    hold_closed()
    try:
        sys.stdout = checked_output(sys.stdout)
        try:
            app()
        except SystemExit as end:
            status = end.code
        except KeyboardInterrupt:
            status = 130
        # What waits in the buffer would fail behind the status. Of a broken pipe that is told there.
        with suppress(BrokenPipeError):
            sys.stdout.flush()
    except OutputFailed as error:
        status = 2
        discard()
        with suppress(OSError):
            sys.stderr.write(f"livewatch: cannot write to standard output: {error}\n")
    except InputClosed as error:
        status = 2
        sys.stderr.write(f"livewatch: cannot read {error.filename}: {error.strerror}\n")
    sys.exit(status)
