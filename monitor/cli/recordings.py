"""Commands that read recordings: scan, import, replay."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from monitor.cli.options import (
    AsJson,
    ConfigFile,
    Files,
    History,
    HistoryRooms,
    HistorySince,
    HistoryUntil,
    IsJson,
    MaybeFiles,
    Packs,
    asked_of,
)

__all__ = ["import_", "replay", "scan"]


def scan(
    files: MaybeFiles = None,
    data: History = None,
    room: HistoryRooms = None,
    since: HistorySince = None,
    until: HistoryUntil = None,
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
    packs: Packs = None,
    config: ConfigFile = None,
    _json: IsJson = True,
) -> None:
    """Run the detectors over recorded events (JSON lines) and print the alerts as JSON lines.

    Several files are read together, in the order of event time. With --data the events of a monitor
    are read, from its archive and its log. A summary and every invalid line go to standard error.

    \b
    Exit status: 0 done, whatever was found; 2 bad usage or no readable input; 3 the rule packs or
    the configuration cannot be used; 4 the monitor's store or archive cannot be reached; 5 some
    lines were no valid events (the rest was scanned); 130 interrupted.
    """
    from monitor.commands import scan as command

    asked = asked_of(data, room, since, until, config, files)
    raise typer.Exit(
        command.run(
            files or [],
            asked=asked,
            versions=versions,
            lateness_s=lateness,
            rules=rule or (),
            quiet=quiet,
            packs=packs or (),
            config=config,
        )
    )


def import_(
    files: Files,
    format_: Annotated[
        Literal[
            "auto",
            "bililive",
            "pytchat",
            "srt",
            "vtt",
            "ass",
            "lrc",
            "funasr",
            "whisper",
            "csv",
            "xlsx",
            "har",
            "page",
            "frames",
            "jsonl",
        ],
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
            "category status url asking coupon transaction deposit reference date clock sold stock unit conditions; "
            "of orders and broadcasts see docs/import.md.",
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
    unknown: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Keep frames of unknown kinds here, as JSON lines with their bytes.",
        ),
    ] = None,
    rejected: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Keep what could not be used here, as JSON lines with its bytes."
        ),
    ] = None,
    _json: IsJson = True,
) -> None:
    """Turn recordings that people have into events: JSON lines, in the order of time.

    Danmaku XML of BililiveRecorder and biliup, YouTube chat of pytchat and yt-dlp, subtitles
    (SRT, VTT) and FunASR transcripts as host speech, lists of products, orders and broadcasts
    (CSV in UTF-8 or GBK, XLSX), what a browser recorded of a live page (HAR, saved websocket
    frames), JSON lines of the contract. Viewers become pseudonyms; phone numbers and the like in
    what they write are masked. Pieces that cannot be used are reported on standard error, and so is
    what is not there: products without prices, columns that were not read.

    \b
    Exit status: 0 done; 2 bad usage or no readable input; 5 some pieces could not be used (the rest
    was imported), nothing of a file was understood, or a list has a column of prices that was not
    read and no product got one; 130 interrupted.
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
        unknown=unknown,
        rejected=rejected,
    )
    raise typer.Exit(command.run(files, options))


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
        typer.Option(min=0, metavar="SECONDS", help="How long to try again what is not taken."),
    ] = 120.0,
    to: Annotated[
        Literal["http", "kafka"],
        typer.Option(help="To a monitor over HTTP, or straight into the events topic."),
    ] = "http",
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Play recorded events into a running monitor, several files merged by time.

    Nothing is lost and the order is kept: what was not answered is sent again, which is
    harmless. With --shift-to-now the events get other ids, so that a recording can be played
    more than once.

    \b
    Exit status: 0 all was accepted; 2 bad usage, no readable input or a wrong token; 3
    configuration; 4 the monitor cannot be reached; 5 some events were rejected; 130 interrupted.
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
    raise typer.Exit(command.run(files, options, as_json=as_json))


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
