"""Commands that stay: the embedded monitor, the processes at scale, the demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.options import ConfigFile, Host, IngestToken, IngestTokenFile, Port

__all__ = ["demo", "desk", "ingest", "run", "serve", "worker"]


def serve(
    data: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of all state; made if it is not there.")
    ],
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Port of console and API; 0: a free one, which is printed."
        ),
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on.  [default: 127.0.0.1]")
    ] = None,
    ingest_token: IngestToken = None,
    ingest_token_file: IngestTokenFile = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Configuration (livewatch.toml).")
    ] = None,
) -> None:
    """Run the embedded monitor: console, API and detectors in one process.

    \b
    Exit status: 0 stopped (also by Ctrl-C, with everything committed); 2 bad usage;
    3 configuration; 4 the folder or the port is in use.
    """
    from monitor.commands import serve as command

    options = command.ServeOptions(
        data=data,
        port=port,
        host=host,
        ingest_token=ingest_token,
        ingest_token_file=ingest_token_file,
        config=config,
    )
    raise typer.Exit(command.run(options))


def worker(port: Port = None, host: Host = None, config: ConfigFile = None) -> None:
    """Evaluate events from Kafka; as many of these processes as there is work, up to one a partition.

    Answers with health and metrics.

    \b
    Exit status: 0 stopped, with everything evaluated acknowledged; 2 bad usage; 3 configuration, or
    topics that are not as configured; 4 the brokers cannot be reached (nothing was lost).
    """
    from monitor.commands import worker as command

    raise typer.Exit(command.run(command.WorkerOptions(config=config, host=host, port=port)))


def ingest(
    port: Port = None,
    host: Host = None,
    token: IngestToken = None,
    token_file: IngestTokenFile = None,
    config: ConfigFile = None,
) -> None:
    """Take events over HTTP (POST /api/v1/events) and put them into Kafka.

    \b
    Exit status: 0 stopped; 2 bad usage; 3 configuration, or topics that are not as configured;
    4 the brokers cannot be reached or the port is in use.
    """
    from monitor.commands import ingest as command

    options = command.IngestOptions(
        config=config, host=host, port=port, token=token, token_file=token_file
    )
    raise typer.Exit(command.run(options))


def desk(
    data: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the store; made if it is not there.")
    ],
    port: Port = None,
    host: Host = None,
    config: ConfigFile = None,
) -> None:
    """Show the alerts that workers found: the console over a store that follows Kafka.

    \b
    Exit status: 0 stopped; 2 bad usage; 3 configuration; 4 the brokers cannot be reached, the
    folder or the port is in use.
    """
    from monitor.commands import desk as command

    options = command.DeskOptions(data=data, config=config, host=host, port=port)
    raise typer.Exit(command.run(options))


Pace = Annotated[
    float, typer.Option(min=0.1, metavar="X", help="Times its own pace; 30 takes two minutes.")
]
OwnPace = Annotated[
    bool, typer.Option("--own-pace", help="As slowly as it happened; the evening starts now.")
]
OpenBrowser = Annotated[bool, typer.Option("--open/--no-open", help="Show it in the browser.")]
DemoPort = Annotated[
    int | None,
    typer.Option(min=0, max=65535, help="Port of the console; 0: any free one.  [default: 8080]"),
]


def demo(
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of all state.  [default: var/demo]")
    ] = None,
    port: DemoPort = None,
    pace: Pace = 30.0,
    own_pace: OwnPace = False,
    open_: OpenBrowser = False,
    write: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Only write the recording, always the same one."),
    ] = None,
) -> None:
    """Play a recorded evening into the monitor and watch the alerts appear.

    Ten days of an invented shop and one evening of its room, with conduct that must be found
    and lawful conduct beside it that must not. A second start continues where the first
    stopped.

    \b
    Exit status: 0 stopped by Ctrl-C, or written; 2 the file cannot be written; 3 configuration;
    4 the folder or the port is in use.
    """
    from monitor.commands import demo as command

    options = command.DemoOptions(
        data=data, port=port, pace=1.0 if own_pace else pace, open=open_, write=write
    )
    raise typer.Exit(command.run(options))


def run(
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder of all state.  [default: var/livewatch, var/demo]"
        ),
    ] = None,
    port: DemoPort = None,
    pace: Pace = 30.0,
    own_pace: OwnPace = False,
    open_: OpenBrowser = False,
) -> None:
    """Serve as livewatch.toml of this folder says; without that file, play the demo.

    \b
    Exit status: 0 stopped; 2 bad usage; 3 configuration; 4 the folder or the port is in use.
    """
    from monitor.commands import demo as command

    options = command.DemoOptions(data=data, port=port, pace=1.0 if own_pace else pace, open=open_)
    raise typer.Exit(command.run_or_serve(options))
