"""The store: one object for everything durable that is not the log.

Every method blocks (a read some ms, a write until it is on the disk): call them from a thread
(`asyncio.to_thread`), not from the event loop. They may be called from any thread.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from detectors.events import room_key
from monitor.evidence import custody
from monitor.store import (
    alerts,
    containment,
    dead_letters,
    forgetting,
    numbering,
    overview,
    queries,
    retention,
    room_rows,
    transitions,
)
from monitor.store.database import Connections, Database
from monitor.store.integrity import is_damage
from monitor.store.rows import (
    AlertFilter,
    AlertRow,
    DeadLetter,
    Order,
    Outcome,
    Overview,
    Page,
    Reopening,
    RoomRow,
    Status,
    Sums,
    Transition,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from sqlalchemy import URL, Connection

    from detectors.alerts import Alert, Level
    from monitor.store.overview import Fold

__all__ = ["Store", "StoredShelf"]


class StoredShelf:
    """The shelved parts of one room, read from the database one by one."""

    def __init__(self, database: Connections, key: str) -> None:
        self._database = database
        self._key = key

    def get(self, part: str) -> bytes | None:
        """A part as it was committed last; ``None``: there is none of this name."""
        with self._database.read() as connection:
            return room_rows.shelved(connection, self._key, part)


class _TakenBack(Exception):
    """Raised to roll back a write that succeeded."""


class Store:
    """Alerts and their handling, rooms, dead letters."""

    def __init__(self, database: Connections) -> None:
        self.database = database
        self._listeners: list[Callable[[int], None]] = []
        self._handling: list[Callable[[AlertRow], None]] = []
        self.reopening = Reopening()
        """What reopens a closed alert; set by the runtime."""
        self.caught_up = False
        """True once the records of all earlier alerts are held (`holding.catch_up`)."""
        self._lock = threading.Lock()
        self._code_key = b""
        with database.read() as connection:
            self._seq = numbering.current(connection, "seq")

    @classmethod
    def open(cls, path: Path) -> Store:
        """Opens the database file, made and brought to this version where needed."""
        return cls(Database(path))

    @classmethod
    def connect(cls, url: URL) -> Store:
        """Opens a store on a PostgreSQL server, brought to this version where needed.

        Raises:
            StoreUnreachable: the server cannot be reached, or its database cannot be used.
        """
        from monitor.store.postgres import PostgresDatabase

        return cls(PostgresDatabase(url))

    def close(self) -> None:
        """Writes what is queued and closes every connection."""
        self.database.close()

    def code_key(self) -> bytes:
        """The key of the codes that replace viewers' accounts; the same for every desk. The first call
        makes and stores it."""
        if not self._code_key:
            self._code_key = self.database.write(numbering.code_key)
        return self._code_key

    # Alerts

    def list_alerts(
        self,
        wanted: AlertFilter | None = None,
        limit: int = 50,
        cursor: str | None = None,
        order: Order = "raised",
    ) -> Page:
        """One page of alerts; raises `BadCursor`."""
        with self.database.read() as connection:
            return queries.list_alerts(connection, wanted or AlertFilter(), limit, cursor, order)

    def overview(
        self,
        wanted: AlertFilter,
        limit: int,
        cursor: str | None = None,
        *,
        order: Order = "grave",
        by_room: bool = True,
        fold: Fold = "none",
    ) -> Overview:
        """One page of the feed, by rooms or in one list; raises `BadCursor`."""
        with self.database.read() as connection:
            return overview.overview(
                connection, wanted, limit, cursor, order=order, by_room=by_room, fold=fold
            )

    def sums_of_rooms(
        self, wanted: AlertFilter, rooms: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], Sums]:
        """Totals of the alerts of each of these rooms."""
        with self.database.read() as connection:
            return overview.sums_of_rooms(connection, wanted, rooms)

    def sums_of_matters(
        self,
        wanted: AlertFilter,
        fold: Fold,
        matters: Sequence[str],
        room: tuple[str, str] | None = None,
    ) -> dict[str, Sums]:
        """Totals of the alerts of each of these matters, everywhere or in one room."""
        with self.database.read() as connection:
            return overview.sums_of_matters(connection, wanted, fold, matters, room)

    def room_hits(
        self, wanted: AlertFilter, rooms: Iterable[tuple[str, str]], since: int = 0
    ) -> dict[tuple[str, str], list[int]]:
        """Moments of hits (event time, ms, to ten seconds) in each of these rooms."""
        with self.database.read() as connection:
            return overview.room_hits(connection, wanted, rooms, since)

    def get_alert(self, alert: str) -> AlertRow | None:
        """The alert as it stands now."""
        with self.database.read() as connection:
            return queries.get_alert(connection, alert)

    def versions(self, alert: str) -> list[Alert]:
        """The kept versions of an alert, oldest first."""
        with self.database.read() as connection:
            return queries.versions(connection, alert)

    def history(self, alert: str) -> list[Transition]:
        """How an alert was handled, oldest first."""
        with self.database.read() as connection:
            return transitions.history(connection, alert)

    def changes_since(self, seq: int, limit: int = 500) -> list[AlertRow]:
        """Alerts changed after `seq`, in the order of their latest change."""
        with self.database.read() as connection:
            return queries.changes_since(connection, seq, limit)

    def counts(self, wanted: AlertFilter | None = None) -> dict[Level, int]:
        """Alerts by level."""
        with self.database.read() as connection:
            return queries.count_by_level(connection, wanted or AlertFilter())

    def counts_by_rule(self, wanted: AlertFilter | None = None) -> dict[str, int]:
        """Alerts by rule, of those that have any."""
        with self.database.read() as connection:
            return queries.count_by_rule(connection, wanted or AlertFilter())

    def hit_times(self, alert_ids: Iterable[str], since: int = 0) -> dict[str, list[int]]:
        """Moments of hits (event time, ms, to ten seconds) from `since` on."""
        with self.database.read() as connection:
            return queries.hit_times(connection, alert_ids, since)

    def transition(
        self,
        alert: str,
        to: Status,
        who: str,
        at: int,
        reason: str | None = None,
        note: str | None = None,
    ) -> AlertRow:
        """Changes the status; raises `UnknownAlert` or `TransitionRefused`."""

        def job(connection: Connection) -> tuple[int, AlertRow]:
            seq = transitions.transition(
                connection, alert, to, who=who, at=at, reason=reason, note=note
            )
            row = queries.get_alert(connection, alert)
            assert row is not None  # noqa: S101 - the transition has just found it
            return seq, row

        seq, row = self.database.write(job)
        self._announce(seq)
        for listener in self._handling:
            listener(row)
        return row

    def verify_history(self) -> int | None:
        """Number of the first transition that was changed or taken out; ``None``: intact."""
        with self.database.read() as connection:
            return transitions.verify(connection)

    # Changes

    @property
    def seq(self) -> int:
        """Number of the latest change that is durable."""
        return self._seq

    def listen(self, listener: Callable[[int], None]) -> Callable[[], None]:
        """Calls `listener(seq)` after each durable change of alerts; returns how to stop it.

        It is called in a foreign thread and must neither block nor raise.
        """
        with self._lock:
            self._listeners.append(listener)

        def stop() -> None:
            with self._lock:
                self._listeners.remove(listener)

        return stop

    def listen_handling(self, listener: Callable[[AlertRow], None]) -> None:
        """Calls `listener(row)` after each durable change of status that a person made."""
        self._handling.append(listener)

    def _announce(self, seq: int) -> None:
        with self._lock:
            if seq <= self._seq:
                return
            self._seq = seq
            listeners = list(self._listeners)
        for listener in listeners:
            listener(seq)

    # The worker's side

    def commit(self, outcome: Outcome, now: int) -> list[alerts.Change]:
        """Writes everything that a batch has changed in one transaction; waits until durable.

        What lies on a damaged page is left out (`containment`).
        """
        try:
            changes = self.database.write(
                lambda connection: containment.write_whole(
                    connection, outcome, now, self.reopening, caught_up=self.caught_up
                )
            )
        except sa.exc.DBAPIError as error:
            if not is_damage(error.orig):
                raise
            changes = containment.write_around(self.database, outcome, now, self.reopening)
        if changes:
            self._announce(changes[-1].seq)
        return changes

    def probe(self, outcome: Outcome, now: int) -> None:
        """Raises what `commit` would raise, and leaves nothing of the outcome here."""

        def job(connection: Connection) -> None:
            containment.write_whole(connection, outcome, now)
            raise _TakenBack

        with contextlib.suppress(_TakenBack):
            self.database.write(job)

    def load_room(self, platform: str, room: str) -> tuple[RoomRow, dict[str, bytes]] | None:
        """Summary and state of a room, to go on from; ``None`` when it was never seen.

        Of the embedded store alone: on PostgreSQL the states are in Kafka's table, not here.

        Of a room that lies on a damaged page the state is one that nobody can restore: the room
        starts anew, and whoever restores it tells why.
        """
        try:
            with self.database.read() as connection:
                return room_rows.load_room(connection, platform, room)
        except sa.exc.DBAPIError as error:
            if not is_damage(error.orig):
                raise
            lost = {"damaged page": str(error.orig).encode()}
        try:
            [row] = self.named_rooms([(platform, room)])
        except (sa.exc.DBAPIError, ValueError):
            row = RoomRow(platform=platform, room=room, last_arrival_ms=0)
        return row, lost

    def shelf(self, platform: str, room: str) -> StoredShelf:
        """Where the shelved parts of a room are read from."""
        return StoredShelf(self.database, room_key(platform, room))

    def rooms_due(self) -> list[tuple[int, str, str]]:
        """Rooms that wait for time to pass, as (wall clock in ms, platform, room)."""
        with self.database.read() as connection:
            return room_rows.rooms_due(connection)

    def rooms_idle(self, since: int, before: int, limit: int) -> list[RoomRow]:
        """Rooms in which nothing waits, last heard of in ``[since, before)``, the oldest first."""
        with self.database.read() as connection:
            return room_rows.rooms_idle(connection, since, before, limit)

    def forget_remains(self, before: int) -> int:
        """Takes out what is left of rooms that are forgotten, of events before a time; how many."""
        with self.database.read() as connection:
            old = room_rows.remains_before(connection, before)
        if old:
            self.database.write(lambda connection: room_rows.write_parts(connection, {}, old))
        return len(old)

    def forget_alerts(self, before: int, levels: Sequence[Level], limit: int = 500) -> int:
        """Takes out alerts of these levels that changed last before a moment; how many.

        Those that were acknowledged, or closed as a violation or handed on, stay.
        """
        return self.database.write(
            lambda connection: retention.forget_alerts(connection, before, levels, limit)
        )

    def forget_letters(self, before: int, most_bytes: int) -> int:
        """Takes out dead letters that came last before a moment, and the oldest beyond so many
        bytes; how many."""
        return self.database.write(
            lambda connection: dead_letters.forget_letters(connection, before, most_bytes)
        )

    def sizes(self) -> list[retention.Size]:
        """Rows and bytes of what is stored, by kind; reads through the tables."""
        with self.database.read() as connection:
            return retention.sizes(connection)

    def load_cluster(self, key: str) -> dict[str, bytes] | None:
        """State of a cluster of the second stage; ``None`` when it was never seen."""
        with self.database.read() as connection:
            return room_rows.load_parts(connection, key)

    def forget_clusters(self, before: int) -> int:
        """Takes out clusters that were last of use before a moment (wall clock, ms); how many."""
        with self.database.read() as connection:
            old = room_rows.clusters_before(connection, before)
        if old:
            self.database.write(lambda connection: room_rows.write_parts(connection, {}, old))
        return len(old)

    def forget_viewer(
        self, pseudonyms: Iterable[str], *, account: str | None = None, who: str, at: int,
        archive: bool = False,
    ) -> forgetting.Forgotten:  # fmt: skip
        """Takes out what a viewer wrote, all of it or nothing; no worker may have the rooms. The
        archive, where there is one, has to be told to go on (`monitor.archive.forgetting`)."""
        names = list(pseudonyms)
        done = self.database.write(
            lambda connection: forgetting.forget_viewer(
                connection, names, account=account, who=who, at=at, archive=archive
            )
        )
        with self.database.read() as connection:
            seq = numbering.current(connection, "seq")
        self._announce(seq)
        return done

    def note_custody(self, act: custody.Act, **values: Any) -> custody.CustodyRecord:
        """Adds a record to the chain of custody (`custody.append`); durable when it returns."""
        return self.database.write(lambda connection: custody.append(connection, act, **values))

    def custody_of(self, *subjects: str) -> list[custody.CustodyRecord]:
        """What was done with something, oldest first."""
        with self.database.read() as connection:
            return custody.of(connection, subjects)

    def latest_custody(self, limit: int, before: int | None = None) -> list[custody.CustodyRecord]:
        """The latest records of custody, or of those before one; newest first."""
        with self.database.read() as connection:
            return custody.latest(connection, limit, before)

    # Rooms and dead letters

    def rooms(self, limit: int | None = None) -> list[RoomRow]:
        """Rooms, all or the first: on the air first, then by the latest arrival."""
        with self.database.read() as connection:
            return room_rows.list_rooms(connection, limit)

    def room_page(
        self, limit: int, cursor: str | None, on_air: bool
    ) -> tuple[list[RoomRow], str | None]:
        """A page, those on the air first, and the next cursor; raises `BadCursor`."""
        with self.database.read() as connection:
            return room_rows.room_page(connection, limit, cursor, on_air=on_air)

    def named_rooms(self, keys: Iterable[tuple[str, str]]) -> list[RoomRow]:
        """Those of these rooms, by platform and room, that were ever seen."""
        with self.database.read() as connection:
            return room_rows.named_rooms(connection, keys)

    def rooms_called(self, room: str) -> list[RoomRow]:
        """Rooms of this name, on whatever platform."""
        with self.database.read() as connection:
            return room_rows.rooms_called(connection, room)

    def count_rooms(self) -> tuple[int, int, int]:
        """Rooms ever seen, those on the air, and the latest arrival (ms)."""
        with self.database.read() as connection:
            return room_rows.count_rooms(connection)

    def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        """What could not be evaluated, newest first."""
        with self.database.read() as connection:
            return dead_letters.list_dead_letters(connection, limit)

    def bury(self, letters: list[DeadLetter]) -> Future[None]:
        """Keeps letters; the future is done when they are durable."""
        return self.database.submit(
            lambda connection: dead_letters.write_dead_letters(connection, letters)
        )
