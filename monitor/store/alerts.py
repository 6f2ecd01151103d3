"""Writing alerts: one row an alert id, its versions, and the moments of its hits.

The engine hands out an alert again whenever it has changed. The row keeps the greatest number of
hits, the latest moment and the highest level, whatever order the versions come in, so a version
that is delivered twice or late changes nothing that counts. What hits a closed alert is kept and
counted (`again`), and opens it again where the office wants that (`Reopening`).

**Which versions are kept.** Those that the alert itself tells apart (`Alert.version`: level, story
or law changed), and of alerts over rooms, whose versions follow each other quickly, those that
differ in level, in law or in reason and not by less than `COLLAPSE_MS`. Any other replaces the one
before it, which had the same to say with less evidence; so does one that has only another story
where there are `VERSIONS_KEPT` (of level info `INFO_KEPT`) of them. An alert that begins anew, since
the room had forgotten it, never replaces what is there, and its versions are counted on. So the
first evidence of each level and law and the present state are always there, and an alert that is
hit ten times a second does not fill the disk.
"""

from __future__ import annotations

import hashlib
import struct
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import sqlalchemy as sa
from msgspec import UNSET

from detectors.alerts import SEVERITY, Alert, Input, encode
from detectors.engine.raised import skus_of
from detectors.events import room_key
from monitor.evidence import kept_rules, versions
from monitor.evidence.ledger import EVENTS
from monitor.evidence.versions import Written
from monitor.store import numbering
from monitor.store.bodies import decode_body, pack
from monitor.store.dialects import run
from monitor.store.rows import HIT_AGAIN, LEVEL_RAISED, MONITOR, OTHER_PRODUCT, Reopening
from monitor.store.search_words import open_words_of, words_of
from monitor.store.tables import alert_versions, alerts, event_log
from monitor.store.territories import of_alert
from monitor.store.transitions import append_transition

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

__all__ = ["Change", "digest_of", "note_traces", "upsert_alerts"]

#: Versions of one level less than this apart, ms, become one version.
COLLAPSE_MS = 1_000
#: Versions of an alert at most, apart from those that change level or law.
VERSIONS_KEPT = 16
INFO_KEPT = 4
#: How a version says that its alert had been closed.
CLOSED_AND_HIT = "closed-and-hit-again"
#: Width of a slice of hit times, ms of event time.
HIT_SLICE_MS = 10_000
#: Variables in one statement; SQLite's own limit is 999 in old builds.
CHUNK = 500


class Change(msgspec.Struct, frozen=True):
    """What an upsert did to one alert; the runtime counts them."""

    alert: str
    rule: str
    level: str
    created: bool
    level_raised: bool
    reopened: bool
    seq: int


def upsert_alerts(
    connection: Connection,
    incoming: Iterable[Alert],
    *,
    now: int,
    reopening: Reopening = Reopening(),  # noqa: B008  it is frozen
) -> list[Change]:
    """Writes alert versions in the order given; versions that say nothing new are passed over."""
    changes: list[Change] = []
    pending = list(incoming)
    if not pending:
        return changes
    known = _rows(connection, [alert.id for alert in pending])
    written: list[Written] = []
    coming = Counter(alert.id for alert in pending)
    for alert in pending:
        row = known.get(alert.id)
        coming[alert.id] -= 1
        change = (
            _create(connection, alert, written)
            if row is None
            else _update(connection, row, alert, now, reopening, written)
        )
        if change is not None:
            changes.append(change)
            if coming[alert.id]:
                known.update(_rows(connection, [alert.id]))
    versions.append(connection, written, now)
    return changes


def note_traces(connection: Connection, traces: Mapping[str, str]) -> None:
    """Notes to which trace the latest change of alerts belongs, as `traceparent`."""
    for alert, parent in traces.items():
        _set(connection, alert, {"trace": parent})


def _rows(connection: Connection, ids: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for start in range(0, len(ids), CHUNK):
        query = sa.select(alerts).where(alerts.c.id.in_(ids[start : start + CHUNK]))
        found.update({row.id: row for row in connection.execute(query)})
    return found


def _create(connection: Connection, alert: Alert, written: list[Written]) -> Change:
    seq = numbering.reserve(connection, "seq", 1) + 1
    number = numbering.reserve(connection, "alert", 1) + 1
    values: dict[str, object] = {
        "number": number,
        "id": alert.id,
        "seq": seq,
        "version": 1,
        "digest": digest_of(alert),
        "rule": alert.rule,
        "level": alert.level,
        "focus": alert.focus,
        "platform": alert.platform,
        "room": alert.room,
        "last_at": alert.last_at,
        "hits": alert.hits,
        "status": "new",
        "words": words_of(alert),
        "open_words": open_words_of(alert),
        "changed_at": alert.raised_at,
        "matter": alert.id,
        "product_matter": alert.id,
        "territories": of_alert(connection, alert),
    }
    run(
        connection,
        f"INSERT INTO alerts ({', '.join(values)}) VALUES ({_marks(values)})",  # noqa: S608  ours
        list(values.values()),
    )
    matters = _matters(connection, alert, (alert.id, alert.id))
    if matters:
        _set(connection, alert.id, matters)
    written.append(
        _write_version(connection, alert, 1, _says(alert), since=alert.raised_at, replace=False)
    )
    _count_hits(connection, alert.id, alert.last_at, alert.hits)
    return Change(alert.id, alert.rule, alert.level, True, False, False, seq)


def _update(
    connection: Connection,
    row: Any,
    alert: Alert,
    now: int,
    reopening: Reopening,
    written: list[Written],
) -> Change | None:
    digest = digest_of(alert)
    if digest == row.digest:
        return None
    raised = SEVERITY[alert.level] > SEVERITY[row.level]
    advanced = alert.hits > row.hits or alert.last_at > row.last_at or raised
    if alert.hits < row.hits and not advanced:
        return None
    # An alert that has begun anew counts from one again: what is later than all that is known is a
    # hit at least.
    fresh = max(int(alert.last_at > row.last_at), alert.hits - row.hits)
    # Fewer hits than are known: a version that comes late, or an alert that has begun anew.
    first_at = alert.first_at
    if alert.hits < row.hits:
        first_at = min(first_at, _latest(connection, row).first_at)
    kept = msgspec.structs.replace(
        alert,
        first_at=first_at,
        hits=max(alert.hits, row.hits),
        last_at=max(alert.last_at, row.last_at),
        level=alert.level if raised else row.level,
    )
    seq = numbering.reserve(connection, "seq", 1) + 1
    # An alert that reopened by itself goes on counting until a person handles it.
    again = row.again + fresh if row.status == "closed" or row.again else 0
    # Decided before the version is written, which may replace the last one.
    why = ""
    if row.status == "closed":
        why = _reopens(connection, row, kept, reopening, again, raised=raised)
    one = _next_version(
        connection, row, kept, anew=alert.first_at > first_at,
        again=again > 0 and row.again == 0,
    )  # fmt: skip
    written.append(one)
    values: dict[str, object] = {
        "seq": seq,
        "version": one.version,
        "digest": digest,
        "level": kept.level,
        "focus": kept.focus,
        "last_at": kept.last_at,
        "hits": kept.hits,
        "words": words_of(kept),
        "open_words": open_words_of(kept),
        "changed_at": max(row.changed_at, alert.raised_at),
        "again": again,
        **_matters(connection, alert, (row.matter, row.product_matter)),
        "territories": of_alert(connection, kept, row.territories),
    }
    reopened = bool(why)
    if reopened:
        append_transition(connection, alert.id, "closed", "new", who=MONITOR, at=now, reason=why)
        values |= {"status": "new", "who": MONITOR, "status_at": now, "close_reason": None}
        values["note"] = None
    _set(connection, alert.id, values)
    if fresh:
        _count_hits(connection, alert.id, alert.last_at, fresh)
    return Change(alert.id, alert.rule, kept.level, False, raised, reopened, seq)


def _reopens(
    connection: Connection, row: Any, kept: Alert, reopening: Reopening, again: int, *, raised: bool
) -> str:
    """Why a closed alert is opened again; empty: it stays closed."""
    if raised and reopening.level:
        return LEVEL_RAISED
    if reopening.hits and again >= reopening.hits:
        return HIT_AGAIN
    if reopening.product and skus_of(kept) - skus_of(_latest(connection, row)):
        return OTHER_PRODUCT
    return ""


def _matters(connection: Connection, alert: Alert, own: tuple[str, str]) -> dict[str, object]:
    """Which matters an alert belongs to from now on, where that changes: of all alerts of its
    utterances, and of its utterances or products, the one that was raised first.

    Args:
        own: the two that it belonged to.
    """
    if not alert.related:
        return {}
    why = {one.id: one.why for one in alert.related}
    rows = run(
        connection,
        f"SELECT id, matter, product_matter FROM alerts WHERE id IN ({_marks(why)})",  # noqa: S608  ours
        list(why),
    ).all()
    said = {matter for other, matter, _ in rows if why[other] == "utterance"}
    changed = {
        "matter": _joined(connection, "matter", own[0], said),
        "product_matter": _joined(connection, "product_matter", own[1], {one for *_, one in rows}),
    }
    return {name: matter for name, matter in changed.items() if matter}


def _joined(connection: Connection, column: str, own: str, others: set[str]) -> str:
    """Makes one matter of several; empty: they were one."""
    names = sorted({own, *others} - {""})
    if names == [own]:
        return ""
    first = run(
        connection,
        f"SELECT id FROM alerts WHERE id IN ({_marks(names)}) ORDER BY number LIMIT 1",  # noqa: S608  ours
        names,
    ).scalar()
    # Where retention has taken out all of them, their names still join those that are left.
    first = names[0] if first is None else first
    run(
        connection,
        f"UPDATE alerts SET {column} = ? WHERE {column} IN ({_marks(names)})",  # noqa: S608  ours
        (first, *names),
    )
    return str(first)


def _set(connection: Connection, alert: str, values: Mapping[str, object]) -> None:
    """Changes columns of an alert's row. A statement that is put together takes longer than it runs,
    and a busy monitor writes fifty versions a second."""
    columns = ", ".join(f"{name} = ?" for name in values)
    run(connection, f"UPDATE alerts SET {columns} WHERE id = ?", (*values.values(), alert))  # noqa: S608  ours


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))


def _next_version(
    connection: Connection, row: Any, kept: Alert, *, anew: bool, again: bool
) -> Written:
    """Writes the version row, in place of the last one or after it.

    Args:
        again: it is the first hit since the alert was closed.
    """
    last = int(row.version)
    level, since, said = run(
        connection,
        "SELECT level, since, says FROM alert_versions WHERE alert = ? AND version = ?",
        (row.id, last),
    ).one()
    before = _read(said)
    now = _says(kept)
    # What older versions say is not known: they are told apart by their level alone.
    same_law = before is None or before.law == now.law
    same_reason = before is not None and before.reason == now.reason
    quick = kept.raised_at - since < COLLAPSE_MS
    full = last >= (INFO_KEPT if kept.level == "info" else VERSIONS_KEPT)
    if before is not None and before.told:
        same = kept.version == before.told or bool(not kept.platform and (same_reason or quick))
        shown = before.shown + (0 if kept.version == before.told else 1)
        if kept.version > before.told and not anew:
            # Those in between were passed over: their numbers are theirs.
            shown = before.shown + kept.version - before.told
        elif again:
            shown = before.shown + 1
    else:
        same, shown = same_reason or quick, last + 1
    replaces = level == kept.level and same_law and not anew and not again and (same or full)
    marked = again or (replaces and before is not None and before.marked)
    if replaces and before is not None and not before.told:
        shown = before.shown
    now = now._replace(shown=shown, marked=marked)
    if marked:
        own = kept.changed if before is not None and kept.version != before.told else []
        kept = msgspec.structs.replace(kept, changed=[*own, CLOSED_AND_HIT])
    if replaces:
        return _write_version(connection, kept, last, now, since=since, replace=True)
    return _write_version(connection, kept, last + 1, now, since=kept.raised_at, replace=False)


def _latest(connection: Connection, row: Any) -> Alert:
    query = sa.select(alert_versions.c.body).where(
        alert_versions.c.alert == row.id, alert_versions.c.version == row.version
    )
    return decode_body(connection.execute(query).scalar_one())


class _Said(NamedTuple):
    """What tells a version from others."""

    law: bytes
    reason: bytes
    told: int
    """The alert's own number of it; 0: not known, it was written before there were numbers."""
    shown: int
    """The number under which it is shown: it goes on where an alert begins anew."""
    marked: bool = False
    """Its alert had been closed and was hit again."""


_SAID = struct.Struct(">8s8sII?")


def _says(alert: Alert) -> _Said:
    """What a version says, its law and its reason as digests."""
    law = "\n".join(f"{basis.law} {basis.article}" for basis in alert.law)
    told = alert.version if alert.findings else 0
    return _Said(_digest(law), _digest(alert.reason), told, alert.version)


def _read(said: bytes | None) -> _Said | None:
    if said is None:
        return None
    return _Said(*_SAID.unpack(bytes(said).ljust(_SAID.size, b"\0")))


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


def _write_version(
    connection: Connection, alert: Alert, version: int, said: _Said, *, since: int, replace: bool
) -> Written:
    placed = msgspec.structs.replace(alert, version=said.shown, inputs=_placed(connection, alert))
    plain = encode(placed)
    body = pack(plain)
    if alert.engine is not UNSET and alert.engine.rules:
        kept_rules.name(connection, alert.id, alert.engine.rules)
    if replace:
        run(
            connection,
            "UPDATE alert_versions SET body = ?, says = ? WHERE alert = ? AND version = ?",
            (body, _SAID.pack(*said), alert.id, version),
        )
    else:
        run(
            connection,
            "INSERT INTO alert_versions (alert, version, level, since, body, says)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (alert.id, version, alert.level, since, body, _SAID.pack(*said)),
        )
    return Written(alert.id, version, plain)


def _placed(connection: Connection, alert: Alert) -> list[Input]:
    """What the verdict read, with its places as far as they are known: those of what is held for
    earlier versions, and those in the log where the log is beside the store."""
    ids = [one.event for one in alert.inputs if one.event is not UNSET and one.position is UNSET]
    if not ids or not alert.platform:
        return alert.inputs
    wanted = (room_key(alert.platform, alert.room), *ids[:CHUNK])
    marks = _marks(wanted[1:])
    rows = run(
        connection,
        f"SELECT event, log, position FROM held_records WHERE room = ? AND event IN ({marks})",  # noqa: S608  ours
        wanted,
    )
    places = {event: (log, position) for event, log, position in rows}
    if connection.dialect.name == "sqlite" and len(places) < len(ids):
        rows = run(
            connection,
            f"SELECT event, position FROM event_log WHERE room = ? AND event IN ({marks})",  # noqa: S608  ours
            wanted,
        )
        places |= {event: (EVENTS, position) for event, position in rows}
    gone = _let_go(connection) if len(places) < len(ids) else 0
    inputs = []
    for one in alert.inputs:
        if one.event in places and one.position is UNSET:
            named, position = places[one.event]
            one = msgspec.structs.replace(one, log=named, position=position)
        elif gone and one.position is UNSET and one.event is not UNSET:
            one = msgspec.structs.replace(one, log=EVENTS, from_=1, to=gone)
        inputs.append(one)
    return inputs


def _let_go(connection: Connection) -> int:
    """The last position that the log beside the store has let go of; 0: none, or there is no log."""
    if connection.dialect.name != "sqlite":
        return 0
    query = sa.select(sa.func.min(event_log.c.position))
    first = connection.execute(query).scalar_one_or_none()
    return numbering.current(connection, "position") if first is None else int(first) - 1


def _count_hits(connection: Connection, alert: str, at: int, hits: int) -> None:
    run(
        connection,
        "INSERT INTO alert_hits (alert, at, hits) VALUES (?, ?, ?)"
        " ON CONFLICT (alert, at) DO UPDATE SET hits = alert_hits.hits + excluded.hits",
        (alert, at - at % HIT_SLICE_MS, hits),
    )


def digest_of(alert: Alert) -> bytes:
    """Two versions with the same digest say the same; when they were raised does not count, nor how
    much is known of where their records stand."""
    inputs = [
        one
        if one.log is UNSET
        else msgspec.structs.replace(one, log=UNSET, position=UNSET, from_=UNSET, to=UNSET)
        for one in alert.inputs
    ]
    plain = msgspec.structs.replace(alert, raised_at=0, inputs=inputs)
    return hashlib.blake2b(encode(plain), digest_size=16).digest()
