"""The command line. Names options and says what they mean; the work is in `monitor.commands`,
loaded when a command runs, so that `--help` answers at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

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
rules_app = typer.Typer(
    help="The rules: what is watched for, and on which legal basis.", no_args_is_help=True
)
app.add_typer(rules_app, name="rules")
topics_app = typer.Typer(help="The topics of the scale-out runtime on Kafka.", no_args_is_help=True)
app.add_typer(topics_app, name="topics")
letters_app = typer.Typer(help="What workers could not evaluate, in Kafka.", no_args_is_help=True)
app.add_typer(letters_app, name="deadletters")

db_app = typer.Typer(help="The database of alerts.", no_args_is_help=True)
app.add_typer(db_app, name="db")

ConfigFile = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Configuration (livewatch.toml).")
]
Host = Annotated[str | None, typer.Option(help="Address to listen on.  [default: 127.0.0.1]")]
Port = Annotated[
    int | None,
    typer.Option(min=0, max=65535, help="Port to answer on; 0: a free one, which is printed."),
]
Files = Annotated[
    list[str], typer.Argument(metavar="FILE...", help="Files; - is standard input; .gz too.")
]


@app.command()
def scan(
    files: Files,
    versions: Annotated[
        bool, typer.Option("--versions", help="Each version of an alert as it was raised.")
    ] = False,
    lateness: Annotated[
        float,
        typer.Option(
            "--lateness",
            min=0,
            max=3600,
            metavar="SECONDS",
            help="How far out of order events may come.",
        ),
    ] = 10.0,
    rule: Annotated[
        list[str] | None,
        typer.Option("--rule", metavar="ID", help="Only this rule; may be repeated."),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No summary on standard error.")
    ] = False,
) -> None:
    """Run the detectors over recorded events (JSON lines) and print the alerts as JSON lines.

    Several files are read together, in the order of event time. A summary and every invalid
    line go to standard error.

    \b
    Exit status: 0 done, whatever was found; 2 bad usage or no readable input;
    3 the rule packs cannot be used; 5 some lines were no valid events (the rest was scanned);
    130 interrupted.
    """
    from monitor.commands import scan as command

    raise typer.Exit(
        command.run(files, versions=versions, lateness_s=lateness, rules=rule or (), quiet=quiet)
    )


@app.command("import")
def import_(
    files: Files,
    format_: Annotated[
        Literal["auto", "bililive", "pytchat", "srt", "vtt", "funasr", "csv", "jsonl"],
        typer.Option("--format", help="What the files are; auto looks at how they begin."),
    ] = "auto",
    platform: Annotated[
        str | None,
        typer.Option(help="Platform, such as douyin; bilibili for bililive, youtube for pytchat."),
    ] = None,
    room: Annotated[str | None, typer.Option(help="Room, where the file does not name it.")] = None,
    session: Annotated[
        str | None,
        typer.Option(help="Session; by default room and day; a price list belongs to none."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="ISO", help="When the zero of relative times was: 2026-09-01T19:30:00."
        ),
    ] = None,
    timezone: Annotated[str, typer.Option(help="Zone of times that name none.")] = "+08:00",
    host: Annotated[str | None, typer.Option(help="Name of the host, as shown.")] = None,
    speaker: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LABEL=WHO",
            help="Who speaks under a label of a transcript: 0=host, 张三=guest.",
        ),
    ] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="FIELD=HEADER",
            help="Column of a table: sku=货品代码. Fields: sku title shop brand "
            "category status url asking coupon transaction deposit reference date clock sold stock unit conditions.",
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="FIELD=VALUE", help="What all rows of a table share: sku=A12."
        ),
    ] = None,
    dates: Annotated[
        Literal["ymd", "dmy", "mdy"] | None,
        typer.Option(help="How to read dates such as 03/04/2024."),
    ] = None,
    key_file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Key of viewers' pseudonyms (k1:SECRET), else LIVEWATCH_PSEUDONYM_KEY, else a one-time key.",
        ),
    ] = None,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where the events go; - is standard output."
        ),
    ] = "-",
) -> None:
    """Turn recordings that people have into events: JSON lines, in the order of time.

    Danmaku XML of BililiveRecorder and biliup, YouTube chat of pytchat and yt-dlp, subtitles
    (SRT, VTT) and FunASR transcripts as host speech, price and product lists (CSV in UTF-8 or
    GBK), JSON lines of the contract. Viewers become pseudonyms; phone numbers and the like in
    what they write are masked. Pieces that cannot be used are reported on standard error.

    \b
    Exit status: 0 done; 2 bad usage or no readable input; 5 some pieces could not be used
    (the rest was imported); 130 interrupted.
    """
    from monitor.commands import importing as command

    options = command.ImportOptions(
        format=format_,
        platform=platform,
        room=room,
        session=session,
        start=start,
        zone=timezone,
        host=host,
        speakers=_speakers(speaker),
        columns=_pairs(map_, "--map"),
        constants=_pairs(set_, "--set"),
        dates=dates,
        key_file=key_file,
        output=output,
    )
    raise typer.Exit(command.run(files, options))


@app.command()
def replay(
    files: Files,
    url: Annotated[
        str, typer.Option(help="Address of the running monitor.")
    ] = "http://127.0.0.1:8080",
    token: Annotated[
        str | None, typer.Option(envvar="LIVEWATCH_INGEST_TOKEN", help="Its ingest token.")
    ] = None,
    speed: Annotated[
        float,
        typer.Option(min=0, metavar="X", help="Times its own pace; 0: as fast as it is taken."),
    ] = 1.0,
    max_pause: Annotated[
        float | None,
        typer.Option(min=0, metavar="SECONDS", help="Longest wait between two events."),
    ] = None,
    shift_to_now: Annotated[
        Literal["first", "last"] | None,
        typer.Option(help="Move all times so that the first or the last event happens now."),
    ] = None,
    session: Annotated[str | None, typer.Option(help="Another session for all events.")] = None,
    give_up_after: Annotated[
        float,
        typer.Option(min=0, metavar="SECONDS", help="How long to try again when nothing answers."),
    ] = 120.0,
    to: Annotated[
        Literal["http", "kafka"],
        typer.Option(help="To a monitor over HTTP, or straight into the events topic."),
    ] = "http",
    config: ConfigFile = None,
) -> None:
    """Play recorded events into a running monitor, several files merged by time.

    Nothing is lost and the order is kept: what was not answered is sent again, which is
    harmless. With --shift-to-now the events get other ids, so that a recording can be played
    more than once.

    \b
    Exit status: 0 all was accepted; 2 bad usage, no readable input or a wrong token;
    4 the monitor cannot be reached; 5 some events were rejected; 130 interrupted.
    """
    from monitor.commands import replay as command

    options = command.ReplayOptions(
        url=url,
        token=token,
        speed=speed,
        max_pause_s=max_pause,
        shift_to_now=shift_to_now,
        session=session,
        give_up_after_s=give_up_after,
        kafka=to == "kafka",
        config=config,
    )
    raise typer.Exit(command.run(files, options))


@rules_app.command("list")
def rules_list(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    stage: Annotated[
        list[str] | None,
        typer.Option(help="Only rules of this stage (draft, shadow, trial, stable, retired)."),
    ] = None,
) -> None:
    """List the rules with their legal basis and the number of their cases.

    \b
    Exit status: 0 done; 2 bad usage; 3 the rule packs cannot be used.
    """
    from monitor.commands import rules as command

    raise typer.Exit(command.show_rules(as_json=as_json, stages=stage or ()))


@rules_app.command("test")
def rules_test(
    rule: Annotated[
        list[str] | None,
        typer.Option("--rule", metavar="ID", help="Only this rule; may be repeated."),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Name the cases that hold, too.")
    ] = False,
) -> None:
    """Run the rules' own cases: those that must raise an alert, and those that must not.

    \b
    Exit status: 0 all hold; 1 a case failed; 2 bad usage; 3 the rule packs cannot be used.
    """
    from monitor.commands import rules as command

    raise typer.Exit(command.check_cases(rule_ids=rule or (), verbose=verbose))


@rules_app.command("evaluate")
def rules_evaluate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Labelled texts and recordings.")],
    half: Annotated[str, typer.Option(help="Which files: RULE.HALF.jsonl.")] = "dev",
    wrong: Annotated[bool, typer.Option("--wrong", help="Show the rows decided wrongly.")] = False,
) -> None:
    """Measure precision and recall of the rules on labelled texts and recordings.

    \b
    Exit status: 0 done; 2 no labelled files, or files that cannot be read; 3 the rule packs
    cannot be used.
    """
    from monitor.commands import evaluate as command

    raise typer.Exit(command.run(folder, half=half, show_wrong=wrong))


@app.command()
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
    ingest_token: Annotated[
        str | None,
        typer.Option(
            envvar="LIVEWATCH_INGEST_TOKEN", help="Token that senders of events must show."
        ),
    ] = None,
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
        data=data, port=port, host=host, ingest_token=ingest_token, config=config
    )
    raise typer.Exit(command.run(options))


@app.command()
def worker(port: Port = None, host: Host = None, config: ConfigFile = None) -> None:
    """Evaluate events from Kafka; as many of these processes as there is work, up to one a partition.

    Answers with health and metrics.

    \b
    Exit status: 0 stopped, with everything evaluated acknowledged; 2 bad usage; 3 configuration,
    or topics that are not as configured; 4 the brokers cannot be reached (nothing was lost).
    """
    from monitor.commands import worker as command

    raise typer.Exit(command.run(command.WorkerOptions(config=config, host=host, port=port)))


@app.command()
def ingest(
    port: Port = None,
    host: Host = None,
    token: Annotated[
        str | None,
        typer.Option(
            "--ingest-token",
            envvar="LIVEWATCH_INGEST_TOKEN",
            help="Token that senders of events must show.",
        ),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Take events over HTTP (POST /api/v1/events) and put them into Kafka.

    \b
    Exit status: 0 stopped; 2 bad usage; 3 configuration, or topics that are not as configured;
    4 the brokers cannot be reached or the port is in use.
    """
    from monitor.commands import ingest as command

    options = command.IngestOptions(config=config, host=host, port=port, token=token)
    raise typer.Exit(command.run(options))


@app.command()
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


DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="postgresql://user@host:port/database or sqlite:///FILE.  [default: store.url]",
    ),
]


@db_app.command("migrate")
def db_migrate(url: DatabaseUrl = None, config: ConfigFile = None) -> None:
    """Bring the database to this version; a desk does the same when it starts.

    \b
    Exit status: 0 done; 2 no database is named; 3 configuration; 4 the server cannot be reached,
    or the database is newer than this version.
    """
    from monitor.commands import db as command

    raise typer.Exit(command.migrate(url, config))


@db_app.command("status")
def db_status(url: DatabaseUrl = None, config: ConfigFile = None) -> None:
    """List the steps of the schema and whether the database has made them; changes nothing.

    \b
    Exit status: 0 all are made; 1 some are missing; 2 no database is named; 3 configuration;
    4 the server cannot be reached, or the database is newer than this version.
    """
    from monitor.commands import db as command

    raise typer.Exit(command.status(url, config))


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


@app.command()
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
    Exit status: 0 stopped by Ctrl-C, or written; 2 the file cannot be written;
    3 configuration; 4 the folder or the port is in use.
    """
    from monitor.commands import demo as command

    options = command.DemoOptions(
        data=data, port=port, pace=1.0 if own_pace else pace, open=open_, write=write
    )
    raise typer.Exit(command.run(options))


@app.command()
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
    Exit status: as of serve and demo.
    """
    from monitor.commands import demo as command

    options = command.DemoOptions(data=data, port=port, pace=1.0 if own_pace else pace, open=open_)
    raise typer.Exit(command.run_or_serve(options))


def _pairs(values: list[str] | None, option: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for value in values or ():
        name, equals, rest = value.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{value!r}: write NAME=VALUE", param_hint=option)
        pairs[name.strip()] = rest.strip()
    return pairs


def _speakers(values: list[str] | None) -> dict[str, Literal["host", "assistant", "guest"]]:
    known: dict[str, Literal["host", "assistant", "guest"]] = {}
    for label, who in _pairs(values, "--speaker").items():
        if who not in ("host", "assistant", "guest"):
            raise typer.BadParameter(f"{who!r}: host, assistant or guest", param_hint="--speaker")
        known[label] = who  # type: ignore[assignment]  # one of the three
    return known


def main() -> NoReturn:
    """Runs the command line; an interruption ends it with 130."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)


if __name__ == "__main__":
    main()
