"""What a viewer wrote is taken out of the store, where no handled alert holds it.

The lines stay as events, so that counts and times are what they were: their text becomes a mark,
and the pseudonym another one that belongs to nobody. All of it is one transaction, with a row in
the chain of transitions that says who did it, when and how much, and not of whom.

Held is the evidence of alerts that were acknowledged, or closed as a violation or handed on.
"""

from __future__ import annotations

import re
import secrets
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from detectors.alerts import Alert
from monitor.evidence import custody, versions
from monitor.evidence.ledger import EVENTS
from monitor.evidence.versions import Written
from monitor.store import numbering
from monitor.store.alerts import digest_of
from monitor.store.bodies import pack, unpack
from monitor.store.readings import readings, varint
from monitor.store.rows import HELD_REASONS
from monitor.store.search_words import open_words_of, words_of
from monitor.store.tables import (
    alert_versions,
    alerts,
    dead_letters,
    event_log,
    held_for,
    held_records,
    room_parts,
    room_shelf,
)
from monitor.store.transitions import append_transition

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["FORGOTTEN", "MARK", "Forgotten", "Viewer", "forget_viewer", "pattern", "shows"]

#: What stands in the place of a text.
MARK = "〔已删除〕"
#: Reason of the row in the chain.
FORGOTTEN = "viewer-forgotten"
#: Names of the shelved parts that are alerts begin so (`detectors.engine.raised`).
SHELVED = "raised:"
#: Members of evidence that are events.
_EVENTS = ("trigger", "before", "after", "facts")
_QUOTED = re.compile(r"“([^“”]+)”")
#: Shorter texts stand in too many sentences by chance.
_SHORTEST = 2
#: Ids of so many characters stand nowhere by chance, nor numbers so large as five bytes.
_LONG, _LARGE = 16, 1 << 28


class Forgotten(Struct, kw_only=True):
    """How much was changed, and what was not."""

    events: int = 0
    """Of the log."""
    alerts: int = 0
    alerts_held: int = 0
    """Left as they are: they are handled."""
    parts: int = 0
    """Of states of rooms."""
    letters: int = 0
    """Dead letters, taken out whole."""
    frames: int = 0
    """Frames that wait for the archive, taken out whole."""


class Viewer(Struct):
    """Who is forgotten, and what he was found to have written."""

    names: dict[str, str]
    """What stands in the place of each pseudonym."""
    texts: set[str] = set()
    events: set[tuple[Any, Any, Any]] = set()
    """Platform, room and id."""
    frames: set[str] = set()
    """SHA-256 of the frames that his events were read from."""

    def nobody(self, text: str) -> str:
        for name, other in self.names.items():
            if name in text:
                text = text.replace(name, other)
        return text

    def scrub(self, value: Any) -> Any:
        """The value without his names and texts; notes what he wrote."""
        if isinstance(value, str):
            return self.nobody(value)
        if isinstance(value, list):
            return [self.scrub(item) for item in value]
        if not isinstance(value, dict):
            return value
        out = {self.scrub(key): self.scrub(item) for key, item in value.items()}
        text, user = value.get("text"), value.get("user")
        if isinstance(text, str) and isinstance(user, str) and user in self.names:
            self.texts.add(text)
            self.events.add((value.get("platform"), value.get("room"), value.get("id")))
            out["text"] = MARK
        if isinstance(user, str) and user in self.names and isinstance(value.get("raw"), str):
            self.frames.add(value["raw"])
        return out

    def rewritten(self, data: bytes) -> bytes:
        """A record without him, of the same length where it has not become longer.

        The log reckons its size by running totals: blanks behind an event keep them true. One that
        has become longer than it was is off by some bytes, until it is trimmed.
        """
        try:
            event = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return MARK.encode()
        if isinstance(event, dict) and event.get("type") == "speech":
            # What was said in the room is no viewer's, whatever it is like.
            return data
        return msgspec.json.encode(self.scrub(event)).ljust(len(data))


def forget_viewer(
    connection: Connection,
    pseudonyms: Iterable[str],
    *,
    account: str | None = None,
    who: str,
    at: int,
    archive: bool = False,
) -> Forgotten:
    """Takes out what a viewer wrote, under any of his pseudonyms.

    Args:
        archive: there is one, which has to forget him, too (`monitor.archive.forgetting`).
        account: the platform's own id, where it is known: dead letters hold what was not made
            pseudonymous yet.
        at: now, ms.
    """
    # Of the same length, and of nothing that could be led back.
    viewer = Viewer({name: _nobody(name) for name in pseudonyms})
    done = Forgotten()
    embedded = connection.dialect.name == "sqlite"
    positions: list[int] = []
    rewritten: list[Written] = []
    if embedded:
        # What is deleted is overwritten, too.
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
        positions = _log(connection, viewer, done)
    held = _alerts(connection, viewer, done, rewritten)
    versions.append(connection, rewritten, at)
    if embedded:
        _parts(connection, viewer, held, done)
    places = _held_records(connection, viewer, held)
    positions = sorted({*positions, *(place for log, place in places if log == EVENTS)})
    _letters(connection, viewer, account, done)
    frames = _frames(connection, viewer, account, done) if embedded else []
    if archive:
        from monitor.archive import forgetting

        forgetting.ask(
            connection, viewer.names, account=account, frames=viewer.frames, who=who, at=at
        )
    note = msgspec.json.encode(done).decode()
    append_transition(connection, "", "new", "new", who=who, at=at, reason=FORGOTTEN, note=note)
    # Which records do not give the hash any more that the Merkle log has of them, and why.
    detail = msgspec.to_builtins(done) | {"positions": positions}
    places += [("raw", position) for position in frames]
    if elsewhere := sorted(place for place in places if place[0] != EVENTS):
        detail["places"] = elsewhere
    custody.append(connection, "forgotten", who=who, at=at, why=FORGOTTEN, detail=detail)
    return done


def _nobody(name: str) -> str:
    version = name.partition(":")[0]
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    return f"{version}:" + "".join(secrets.choice(letters) for _ in name[len(version) + 1 :])


def _log(connection: Connection, viewer: Viewer, done: Forgotten) -> list[int]:
    """Events in the log; returns their positions."""
    positions = []
    for position, data in _containing(connection, [event_log.c.position], event_log.c.data, viewer):
        connection.execute(
            sa.update(event_log)
            .where(event_log.c.position == position)
            .values(data=viewer.rewritten(data))
        )
        done.events += 1
        positions.append(position)
    return positions


def _held_records(connection: Connection, viewer: Viewer, held: set[str]) -> list[tuple[str, int]]:
    """Records that are held for alerts none of which is handled; returns their places."""
    columns = held_records.c
    names = [name.encode() for name in viewer.names]
    places = []
    for log, position in connection.execute(sa.select(columns.log, columns.position)).all():
        # One by one: together they may be gigabytes.
        one = (columns.log == log) & (columns.position == position)
        data = connection.execute(sa.select(columns.data).where(one)).scalar_one()
        if not any(name in data for name in names):
            continue
        alerts_of = sa.select(held_for.c.alert).where(
            held_for.c.log == log, held_for.c.position == position
        )
        if held.intersection(connection.execute(alerts_of).scalars()):
            continue
        connection.execute(sa.update(held_records).where(one).values(data=viewer.rewritten(data)))
        places.append((str(log), int(position)))
    return places


def _alerts(
    connection: Connection, viewer: Viewer, done: Forgotten, rewritten: list[Written]
) -> set[str]:
    """Alerts that are handled and have him in their evidence; notes versions of others."""
    held: set[str] = set()
    touched: set[str] = set()
    names = [name.encode() for name in viewer.names]
    keys = sa.select(alert_versions.c.alert, alert_versions.c.version).order_by(
        alert_versions.c.alert, alert_versions.c.version
    )
    for alert, version in connection.execute(keys).all():
        # One by one: they are packed, so no query can look into them.
        one = (alert_versions.c.alert == alert) & (alert_versions.c.version == version)
        data = unpack(connection.execute(sa.select(alert_versions.c.body).where(one)).scalar_one())
        if not any(name in data for name in names):
            continue
        row = connection.execute(sa.select(alerts).where(alerts.c.id == alert)).one()
        if row.status == "acknowledged" or (
            row.status == "closed" and row.close_reason in HELD_REASONS
        ):
            held.add(alert)
            continue
        touched.add(alert)
        body = msgspec.json.encode(_scrub_alert(msgspec.json.decode(data), viewer))
        connection.execute(sa.update(alert_versions).where(one).values(body=pack(body)))
        rewritten.append(Written(alert, version, body))
        if version == row.version:
            latest = msgspec.json.decode(body, type=Alert)
            values = {
                "digest": digest_of(latest),
                "words": words_of(latest),
                "open_words": open_words_of(latest),
                "seq": numbering.reserve(connection, "seq", 1) + 1,
            }
            connection.execute(sa.update(alerts).where(alerts.c.id == alert).values(values))
    done.alerts, done.alerts_held = len(touched), len(held)
    return held


def _scrub_alert(alert: dict[str, Any], viewer: Viewer) -> dict[str, Any]:
    """The alert without him: his lines in the evidence, and where its words quote them."""
    out: dict[str, Any] = viewer.scrub(alert)
    evidence = out.get("evidence") or {}
    platform, room = alert.get("platform"), alert.get("room")
    quotes = set(viewer.texts)
    for span in evidence.get("spans") or []:
        if (platform, room, span.get("event")) in viewer.events:
            quotes.add(span["text"])
            span |= {"text": MARK, "start": 0, "end": len(MARK)}
    for found in out.get("findings") or []:
        if (platform, room, found.get("event")) in viewer.events and found.get("text"):
            quotes.add(found["text"])
            found |= {"text": MARK, "start": 0, "end": len(MARK)}
    for sighting in evidence.get("rooms") or []:
        seen = (sighting.get("platform"), sighting.get("room"), sighting.get("event"))
        if seen in viewer.events and sighting.get("words"):
            quotes.add(sighting["words"])
            sighting["words"] = MARK
    known = sorted((one for one in quotes if len(one) >= _SHORTEST), key=len, reverse=True)
    events = {name: evidence.pop(name) for name in _EVENTS if name in evidence}
    out = _unquoted(out, known)
    if events:
        out["evidence"] = events | out["evidence"]
    return out


def _unquoted(value: Any, quotes: list[str]) -> Any:
    """The value with these texts, also beginnings of them in quotation marks, taken out."""
    if isinstance(value, dict):
        return {key: _unquoted(item, quotes) for key, item in value.items()}
    if isinstance(value, list):
        return [_unquoted(item, quotes) for item in value]
    if not isinstance(value, str):
        return value

    def shorten(found: re.Match[str]) -> str:
        said = found[1].rstrip("…")
        cut = len(said) >= _SHORTEST and any(said in quote for quote in quotes)
        return f"“{MARK}”" if cut else found[0]

    value = _QUOTED.sub(shorten, value)
    for quote in quotes:
        value = value.replace(quote, MARK)
    return value


def _parts(connection: Connection, viewer: Viewer, held: set[str], done: Forgotten) -> None:
    key = [room_parts.c.room, room_parts.c.part]
    for room, part, data in _containing(connection, key, room_parts.c.data, viewer):
        kind, _, name = part.partition(":")
        if kind in ("alert", "after") and name in held:
            # What the engine writes next must not take out what is held.
            continue
        state = msgspec.msgpack.decode(data)
        if kind == "alert":
            state[1]["alert"] = _scrub_alert(state[1]["alert"], viewer)
        body = msgspec.msgpack.encode(viewer.scrub(state))
        connection.execute(
            sa.update(room_parts)
            .where(room_parts.c.room == room, room_parts.c.part == part)
            .values(data=body)
        )
        done.parts += 1
    _shelf(connection, viewer, held, done)


def _shelf(connection: Connection, viewer: Viewer, held: set[str], done: Forgotten) -> None:
    """The alerts that are not at hand; what else is shelved holds no text."""
    names = [name.encode() for name in viewer.names]
    alerts_of = room_shelf.c.part.startswith(SHELVED, autoescape=True)
    keys = connection.execute(sa.select(room_shelf.c.room, room_shelf.c.part).where(alerts_of))
    for room, part in keys.all():
        if part.removeprefix(SHELVED) in held:
            continue
        # One by one: they are packed, so no query can look into them.
        one = (room_shelf.c.room == room) & (room_shelf.c.part == part)
        data = connection.execute(sa.select(room_shelf.c.data).where(one)).scalar_one()
        body = zlib.decompress(data)
        if not any(name in body for name in names):
            continue
        state = msgspec.msgpack.decode(body)
        state[1]["alert"] = _scrub_alert(state[1]["alert"], viewer)
        packed = zlib.compress(msgspec.msgpack.encode(viewer.scrub(state)), 1)
        connection.execute(sa.update(room_shelf).where(one).values(data=packed))
        done.parts += 1


def _letters(connection: Connection, viewer: Viewer, account: str | None, done: Forgotten) -> None:
    known = pattern([*viewer.names] if account is None else [*viewer.names, account])
    numbers = connection.scalars(sa.select(dead_letters.c.number)).all()
    for number in numbers:
        # One by one: together they may be gigabytes.
        one = dead_letters.c.number == number
        data = connection.scalar(sa.select(dead_letters.c.data).where(one))
        if data is not None and shows(known, data):
            connection.execute(sa.delete(dead_letters).where(one))
            done.letters += 1


def _frames(
    connection: Connection, viewer: Viewer, account: str | None, done: Forgotten
) -> list[int]:
    """Frames that wait for the archive: those of his events, and those that show his account.
    Returns their positions."""
    known = None if account is None else pattern([account])
    changed = []
    keys = connection.exec_driver_sql("SELECT position, event FROM raw_frames").fetchall()
    for position, event in keys:
        his = event in viewer.frames
        if not his and known is not None:
            # One by one: together they may be gigabytes.
            data = connection.exec_driver_sql(
                "SELECT data FROM raw_frames WHERE position = ?", (position,)
            ).scalar_one()
            his = shows(known, data)
        if his:
            connection.exec_driver_sql(
                "UPDATE raw_frames SET data = ? WHERE position = ?", (MARK.encode(), position)
            )
            changed.append(int(position))
    done.frames = len(changed)
    return changed


def pattern(names: Iterable[str]) -> re.Pattern[bytes]:
    """Finds any of these in bytes, also where protobuf has them."""
    found = []
    for name in names:
        text = re.escape(name.encode())
        # A short one may stand in a longer one; a long one only by being it, and what stands
        # before it may be its own length, which can look like a letter.
        word = len(name) < _LONG
        found.append(rb"(?<![0-9A-Za-z_])" + text + rb"(?![0-9A-Za-z_])" if word else text)
        if name.isascii() and name.isdigit() and _LARGE <= int(name) < 1 << 64:
            found.append(re.escape(varint(int(name))))
    return re.compile(b"|".join(found))


def shows(known: re.Pattern[bytes], data: bytes) -> bool:
    """Is a pattern found in bytes, as they are or as anything that they can be read as."""
    return any(known.search(reading) for reading in readings(data))


def _containing(connection: Connection, key: list[Any], data: Any, viewer: Viewer) -> list[Any]:
    """Rows whose bytes have one of his pseudonyms: the columns of the key, then the bytes."""
    if connection.dialect.name == "sqlite":
        wanted = [sa.func.instr(data, name.encode()) > 0 for name in viewer.names]
    else:
        # PostgreSQL's position() has a grammar of its own; this is the same of bytes.
        wanted = [data.op("LIKE")(b"%" + name.encode() + b"%") for name in viewer.names]
    query = sa.select(*key, data).where(sa.or_(*wanted)).order_by(*key)
    return list(connection.execute(query))
