"""Looking at a configured source before it is trusted: does it load, are its secrets there, does
the other side answer?
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from connectors.errors import ConnectorError
from connectors.privacy import Pseudonyms
from monitor.errors import ConfigError
from monitor.sources.files import files_of, missing_files
from monitor.sources.plans import maker_of, rooms_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from monitor.sources.settings import SourceSettings

__all__ = ["Finding", "check_source", "trial_pseudonyms"]

#: How long the other side may take to answer, s.
PATIENCE_S = 10.0


class Finding(Struct, frozen=True):
    """One thing that was looked at."""

    source: str
    what: str
    verdict: Literal["ok", "warn", "fail"]
    detail: str


def trial_pseudonyms() -> Pseudonyms:
    """Under a key that nobody keeps: what is only shown is linked to nothing that is stored."""
    return Pseudonyms(secrets.token_bytes(32), "k0")


async def check_source(source: SourceSettings, *, offline: bool) -> AsyncIterator[Finding]:
    """Everything that can be found out about a source without storing anything.

    Args:
        offline: do not connect.
    """

    def found(what: str, verdict: Literal["ok", "warn", "fail"], detail: str) -> Finding:
        return Finding(source.name, what, verdict, detail)

    try:
        rooms = rooms_of(source)
        make = maker_of(source, trial_pseudonyms())
    except ConfigError as error:
        yield found("configuration", "fail", str(error))
        return
    count = (
        "one connection for all rooms"
        if rooms == ("",)
        else f"{len(rooms)} room{'s' if len(rooms) > 1 else ''}"
    )
    yield found("configuration", "ok" if rooms else "warn", count if rooms else "no rooms")
    room = rooms[0] if rooms else "0"
    gone = list(missing_files(source))
    missing = any(not one.awaited for one in gone)
    for one in gone:
        yield found(one.option, "warn" if one.awaited else "fail", str(one))
    for option, path in files_of(source.options):
        if option in (one.option for one in gone):
            continue
        # Where each room has a file of its own, the first is looked at.
        finding = _secret(source.name, option, path.replace("{room}", room))
        missing |= finding.verdict == "fail"
        yield finding
    try:
        connection, _ = make(room)
    except ConnectorError as error:
        yield found("plug-in", "fail", str(error))
        return
    except Exception as error:  # noqa: BLE001  a stranger's code may raise anything
        yield found("plug-in", "fail", f"{type(error).__name__}: {error}")
        return
    yield found("plug-in", "ok", source.type)
    if offline or missing or not rooms:
        return
    try:
        async with asyncio.timeout(PATIENCE_S):
            await connection.connect()
    except TimeoutError:
        yield found("connection", "fail", f"no answer within {PATIENCE_S:g} s")
    except Exception as error:  # noqa: BLE001  a stranger's code may raise anything
        yield found("connection", "fail", str(error) or type(error).__name__)
    else:
        yield found("connection", "ok", f"room {room} answers" if room else "it answers")
    finally:
        # What was half made may not be able to end; it ends with the command.
        with contextlib.suppress(Exception):
            await connection.close()


def _secret(source: str, option: str, name: str) -> Finding:
    path = Path(name)
    try:
        empty = not path.read_bytes().strip()
        mode = path.stat().st_mode
    except OSError as error:
        return Finding(source, option, "fail", f"cannot read {path}: {error.strerror}")
    if empty:
        return Finding(source, option, "fail", f"{path} is empty")
    if mode & 0o077:
        return Finding(source, option, "warn", f"{path} can be read by others: chmod 600 {path}")
    return Finding(source, option, "ok", str(path))
