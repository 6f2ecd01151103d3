"""`livewatch sources`: which there are, whether they would work, and what they would bring."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from connectors.decoders.proof import PROOFS
from connectors.errors import Fatal
from connectors.plugins import DECODERS, SOURCES, Plugin, installed
from monitor.commands.answer import print_json
from monitor.commands.exits import Exit
from monitor.commands.monitor_api import MonitorApi, NoAnswer, Refused, configured
from monitor.commands.readable import local_time, minute, printable, readable
from monitor.config import Config, load_config
from monitor.errors import ConfigError
from monitor.pseudonyms import pseudonyms_of
from monitor.sources.inspection import Finding, check_source, trial_pseudonyms
from monitor.sources.plans import check_settings, plans_of, rooms_of

if TYPE_CHECKING:
    from connectors.sink import Letter
    from monitor.sources.settings import SourceSettings
    from monitor.sources.trial import Trial

__all__ = ["check", "show_all", "try_one", "unwatched"]

REASON_SHOWN = 200


def show_all(config: Path | None, url: str | None, *, as_json: bool) -> Exit:
    """Lists what is installed, and what is configured with its state in the running monitor."""

    def work(settings: Config) -> Exit:
        check_settings(settings.sources)
        return _listed(settings, _health(url, settings), as_json=as_json)

    return configured("sources", config, work)


def _listed(settings: Config, health: dict[str, Any] | None, *, as_json: bool) -> Exit:
    # A monitor where people sign in tells others no more than that it runs.
    untold = health is not None and health.keys() <= {"status", "ready"}
    states = _part(health, "sources")
    # Whoever has the token, and senders of webhooks; only a running monitor knows of them.
    senders = _part(health, "senders") or {}
    listing = {
        "installed": {
            kind: [_plugin(plugin) for _, plugin in sorted(installed(group).items())]
            for kind, group in (("sources", SOURCES), ("decoders", DECODERS))
        },
        "configured": [_configured(source, states, untold=untold) for source in settings.sources],
        "senders": senders,
    }
    if as_json:
        print_json(listing)
    else:
        _print(listing)
    if untold:
        _say(
            "livewatch sources: the monitor tells who shows a token of the scope `metrics` how its sources"
            " are (LIVEWATCH_API_TOKEN_FILE or LIVEWATCH_API_TOKEN; livewatch users token)"
        )
    return Exit.DONE


def unwatched(config: Path | None, url: str | None, *, as_json: bool) -> Exit:
    """Names the configured rooms that the running monitor does not watch."""

    def work(settings: Config) -> Exit:
        check_settings(settings.sources)
        if url is None and settings.server.port == 0:
            raise NoAnswer("any free port is configured; name the address by --url")
        return _named(MonitorApi(url, settings).get("/api/v1/unwatched")["items"], as_json=as_json)

    return configured("sources", config, work)


def _named(rooms: list[dict[str, Any]], *, as_json: bool) -> Exit:
    if as_json:
        print_json(rooms)
    for room in [] if as_json else rooms:
        since = room["since"]
        when = f"since {minute(since)}" if since else "never since the start"
        name = printable(room["room"]) if room["room"] else "(all rooms)"
        problem = f": {printable(room['problem'])}" if room["problem"] else ""
        print(f"{room['source']:<18} {room['platform']}:{name}  {room['state']}, {when}{problem}")
    if not rooms:
        _say("every configured room is watched")
    return Exit.CHECK_FAILED if rooms else Exit.DONE


def check(config: Path | None, names: list[str], *, offline: bool, as_json: bool = False) -> Exit:
    """Checks sources, all that are enabled when none is named."""
    settings = _settings(config)
    if settings is None:
        return Exit.CONFIGURATION
    unknown = [name for name in names if name not in {source.name for source in settings.sources}]
    if unknown:
        _say(f"livewatch sources: there is no source named {', '.join(unknown)}")
        return Exit.USAGE
    chosen = [
        source
        for source in settings.sources
        if source.name in names or (source.enabled and not names)
    ]
    if not chosen:
        _say("livewatch sources: no source is configured ([[sources]] in livewatch.toml)")
        if as_json:
            print_json([])
        return Exit.DONE
    found: list[Finding] = []

    def note(finding: Finding) -> None:
        found.append(finding)
        # One after the other, since each may take as long as the other side does.
        if not as_json:
            print(
                f"{finding.verdict:<4}  {finding.source}  {finding.what}: {finding.detail}",
                flush=True,
            )

    async def checking() -> None:
        for finding in _check_key(settings):
            note(finding)
        for source in chosen:
            async for finding in check_source(source, offline=offline):
                note(finding)

    asyncio.run(checking())
    if as_json:
        print_json(found)
    failed = any(finding.verdict == "fail" for finding in found)
    return Exit.CHECK_FAILED if failed else Exit.DONE


def try_one(
    config: Path | None, name: str, room: str | None, *, seconds: float, limit: int
) -> Exit:
    """Connects one room of a source and prints what comes, as JSON lines."""
    settings = _settings(config)
    if settings is None:
        return Exit.CONFIGURATION
    source = next((source for source in settings.sources if source.name == name), None)
    if source is None:
        _say(f"livewatch sources: there is no source named {name}")
        return Exit.USAGE
    from monitor.logs import configure
    from monitor.sources.trial import try_plan

    configure("error")
    types: Counter[str] = Counter()

    def show(data: bytes) -> None:
        types[msgspec.json.decode(data)["type"]] += 1
        sys.stdout.buffer.write(data + b"\n")
        sys.stdout.buffer.flush()

    try:
        source = msgspec.structs.replace(source, enabled=True)
        rooms = [room] if room is not None else list(rooms_of(source))[:1]
        source = msgspec.structs.replace(
            source, rooms=[each for each in rooms if each], rooms_file=None
        )
        (plan,) = plans_of([source], trial_pseudonyms())
    except ConfigError as error:
        _say(f"livewatch: {error}")
        return Exit.CONFIGURATION
    trial = asyncio.run(
        try_plan(
            plan, seconds=seconds, limit=limit, show=show, complain=_complain, pass_over=_pass_over
        )
    )
    _sum_up(trial, types)
    failed = trial.stats.messages == 0 and trial.problem is not None
    return Exit.UNREACHABLE if failed else Exit.DONE


def _check_key(settings: Config) -> Iterator[Finding]:
    key_file = settings.collection.pseudonym_key_file
    if key_file is None:
        return  # made in the data directory, or said by the command that needs it
    try:
        pseudonyms_of(None, os.environ, key_file)
    except ConfigError as error:
        yield Finding("collection", "pseudonym_key_file", "fail", str(error))
    else:
        yield Finding("collection", "pseudonym_key_file", "ok", key_file)


def _settings(config: Path | None) -> Config | None:
    try:
        settings = load_config(config, os.environ)
        check_settings(settings.sources)
    except ConfigError as error:
        _say(f"livewatch: {error}")
        return None
    return settings


def _plugin(plugin: Plugin) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "target": plugin.target,
        "problem": None,
    }
    if plugin.entry.group == DECODERS:
        # A stranger's own may have the name of one of ours that is not installed.
        proof = PROOFS.get(plugin.name) if plugin.distribution.startswith("livewatch ") else None
        found["proven"] = proof.level if proof is not None else None
    try:
        options = getattr(plugin.load(), "Options", None)
    except Fatal as error:
        found["problem"] = error.reason
    else:
        if options is not None:
            found["options"] = msgspec.json.schema(options)
    return found


def _configured(
    source: SourceSettings, states: dict[str, Any] | None, *, untold: bool
) -> dict[str, Any]:
    try:
        rooms: int | None = len(rooms_of(source))
    except ConfigError:
        rooms = None
    running = states.get(source.name) if states is not None else None
    if not source.enabled:
        state = "off"
    elif states is None:
        state = "no monitor answers"
    elif untold:
        state = "the monitor does not tell"
    elif running is None:
        state = "not running"
    else:
        counts = running.get("connections", {})
        state = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    return {
        "name": source.name,
        "type": source.type,
        "decoder": source.decoder,
        "platform": source.platform,
        "connections": rooms,
        "state": state,
        "running": running,
    }


def _part(health: dict[str, Any] | None, name: str) -> dict[str, Any] | None:
    if health is None:
        return None
    part = health.get(name, {})
    return part if isinstance(part, dict) else None


def _health(url: str | None, settings: Config) -> dict[str, Any] | None:
    """What the running monitor says of itself; ``None``: none answers, or one that fails.

    Raises:
        NoAnswer: none answers at the address that was asked for.
        Refused: it does not know the token.
    """
    if url is None and settings.server.port == 0:
        return None
    api = MonitorApi(url, settings)
    try:
        if api.shows_token:
            _admitted(api)
        health = api.get("/healthz")
    except NoAnswer:
        if url is not None:
            raise
        return None
    except Refused as error:
        if error.status < 500:
            raise
        return None
    return health if isinstance(health, dict) else None


def _admitted(api: MonitorApi) -> None:
    """/healthz answers whatever is shown to it, so a token is tried where one is looked at.

    Raises:
        Refused: the monitor does not know the token.
    """
    try:
        api.get("/api/v1/unwatched")
    except Refused as error:
        # One of another scope, as of a program that only reads figures, is none that is wrong.
        if error.of_all:
            raise


def _print(listing: dict[str, Any]) -> None:
    for kind in ("sources", "decoders"):
        print(f"installed {kind}:")
        for plugin in listing["installed"][kind]:
            problem = f"  ! {plugin['problem']}" if plugin["problem"] else ""
            proven = f"  ({plugin['proven']})" if plugin.get("proven") else ""
            print(f"  {plugin['name']:<18} {plugin['distribution']}{proven}{problem}")
    print("configured:" if listing["configured"] else "configured: none")
    for source in listing["configured"]:
        count = "?" if source["connections"] is None else source["connections"]
        wrong = _problem(source["running"] or {})
        print(
            f"  {source['name']:<18} {source['type']:<16} {source['platform']:<10} "
            f"{count} connection{'' if count == 1 else 's'}: {source['state']}"
            + (f"  ! {wrong}" if wrong else "")
        )
        _print_carried(source["running"] or {})
    if listing["senders"]:
        print("senders:")
    for name, sender in listing["senders"].items():
        wrong = _problem(sender)
        print(
            f"  {name:<18} {sender.get('requests', 0):,} requests, {sender.get('events', 0):,} events"
            + (f"  ! {wrong}" if wrong else "")
        )
        _print_carried(sender)


def _print_carried(running: dict[str, Any]) -> None:
    """Which fields come, by kind of event, and which kinds of message nobody knows."""
    for kind, fields in running.get("fields", {}).items():
        shares = ", ".join(
            f"{field} {count:,}" for field, count in fields.items() if field != "all"
        )
        print(f"      {kind} {fields.get('all', 0):,}: {shares}")
    for told in running.get("missing", []):
        print(f"      {told}")
    for kind, count in running.get("unknown", {}).items():
        print(f"      unknown {kind} {count:,}")


def _problem(running: dict[str, Any]) -> str | None:
    wrong, retry_at = running.get("problem"), running.get("retry_at_ms")
    if not wrong and running.get("silent"):
        last = running.get("last_message_ms")
        return "silent: " + (f"nothing came since {minute(last)}" if last else "nothing ever came")
    if wrong and isinstance(retry_at, int) and running.get("connections", {}).get("failed"):
        return f"{wrong}; refused connections are tried again at {local_time(retry_at):%H:%M}"
    return wrong


def _complain(letter: Letter) -> None:
    _say(f"not used: {printable(letter.reason)[:REASON_SHOWN]}: {readable(letter.frame)}")


def _pass_over(reason: str, frame: bytes) -> None:
    _say(f"passed over: {printable(reason)}: {readable(frame)}")


def _sum_up(trial: Trial, types: Counter[str]) -> None:
    stats = trial.stats
    by_type = ", ".join(f"{count} {name}" for name, count in types.most_common())
    _say(
        f"{stats.messages} frames, {sum(types.values())} events ({by_type or 'none'}), "
        f"{stats.unknown} unknown, {stats.skipped} passed over, {stats.reconnects} connections lost"
    )
    for kind, count in trial.unknown.most_common(20):
        _say(f"  {count} × {kind}")
    for reason, count in trial.skipped.most_common(20):
        _say(f"  {count} × passed over: {reason}")
    for told in trial.missing:
        _say(told)
    if trial.problem:
        _say(f"problem: {trial.problem}")


def _say(text: str) -> None:
    print(text, file=sys.stderr)
