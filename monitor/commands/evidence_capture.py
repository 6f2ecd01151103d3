"""`livewatch evidence capture` and `captures`: screenshots and clips from files."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from monitor.commands.answer import answer, print_json
from monitor.commands.evidence import opened
from monitor.commands.exits import Exit

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.evidence.captures import Captures, Supplied
    from monitor.store.store import Store

__all__ = ["show", "take"]

BLOCK = 2**20


def take(
    config: Path | None,
    data: Path,
    file: Path,
    *,
    at: int,
    until: int | None,
    room: str,
    alert: str,
    note: str,
    clock_ahead: int | None,
    who: str,
    as_json: bool = False,
) -> Exit:
    """Takes in a file."""
    from monitor.evidence.captures import Supplied

    platform, _, place = room.partition(":")
    supplied = Supplied(
        who=who, way="command", platform=platform, room=place, alert=alert, at=at, until=until,
        name=file.name, note=note, clock_ahead=clock_ahead,
    )  # fmt: skip

    def work(store: Store, settings: Config) -> Exit:
        from monitor.evidence.door import NotTaken

        captures = _captures(store, settings, data)
        try:
            with file.open("rb") as opened_:
                return _take(captures, supplied, opened_, as_json=as_json)
        except OSError as error:
            print(f"livewatch evidence capture: {file}: {error.strerror}", file=sys.stderr)
            return Exit.USAGE
        except NotTaken as error:
            print(f"livewatch evidence capture: {file}: {error}", file=sys.stderr)
            return Exit.UNREACHABLE if error.kind == "no-room" else Exit.USAGE

    return opened("capture", config, data, work)


def _take(captures: Captures, supplied: Supplied, file: IO[bytes], *, as_json: bool) -> Exit:
    with captures.door() as door:
        while block := file.read(BLOCK):
            door.write(block)
        row, new = captures.add(door, supplied)
    lines = [
        f"{row.capture.id}  {row.capture.type}, {row.capture.bytes:,} bytes",
        f"sha256 {row.sha256}",
    ]
    if row.capture.sm3:
        lines.append(f"sm3    {row.capture.sm3}")
    if not new:
        lines.append("it is here already: nothing was changed")
    answer({"capture": msgspec.Raw(row.told), "new": new}, *lines, as_json=as_json)
    return Exit.DONE


def _captures(store: Store, settings: Config, data: Path) -> Captures:
    from monitor.evidence.captures import Captures
    from monitor.evidence.keeper import captures_folder
    from monitor.pipeline.worker import wall_clock_ms

    return Captures(
        store, captures_folder(data, settings.evidence), wall_clock_ms,
        least_free=settings.ingest.min_free_bytes,
    )  # fmt: skip


def show(config: Path | None, data: Path, alert: str, *, as_json: bool) -> Exit:
    """Lists them."""

    def work(store: Store, settings: Config) -> Exit:
        captures = _captures(store, settings, data)
        if alert:
            row = store.get_alert(alert)
            if row is None:
                print(f"livewatch evidence captures: no alert {alert[:64]!r}", file=sys.stderr)
                return Exit.USAGE
            found = captures.of_alert(row.alert)
        else:
            found = captures.all()
        if as_json:
            print_json([msgspec.Raw(one.told) for one in found])
            return Exit.DONE
        for one in found:
            made = one.capture
            print(
                f"{one.number}  {_time(made.at)}  {made.platform}:{made.room}  {made.type}"
                f"  {made.bytes:,} bytes  {made.who} ({made.way}, {_time(made.received)})"
                f"  {one.sha256}  {made.note}"
            )
        return Exit.DONE

    return opened("captures", config, data, work)


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
