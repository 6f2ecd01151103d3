"""The store as somebody may see it: what lies outside his territories is not there for him.

The desk reads alerts and rooms through this alone, so that no list, count or address is a way around.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from monitor.errors import UnknownAlert
from monitor.store import queries, room_rows
from monitor.store.overview import matter_column
from monitor.store.rows import AlertFilter
from monitor.store.tables import alerts
from monitor.store.territories import within

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from detectors.alerts import Alert, Level
    from monitor.store.overview import Fold
    from monitor.store.rows import (
        AlertRow,
        Order,
        Overview,
        Page,
        RoomRow,
        Status,
        Sums,
        Transition,
    )
    from monitor.store.scope import Scope
    from monitor.store.store import Store

__all__ = ["ScopedStore"]


class ScopedStore:
    """Alerts and rooms of some territories; the methods are those of `Store`."""

    def __init__(self, store: Store, scope: Scope, *, masked: bool = False) -> None:
        """
        Args:
            masked: whoever asks may not see viewers' pseudonyms.
        """
        self._store = store
        self.scope = scope
        self._masked = masked

    @property
    def seq(self) -> int:
        """Number of the latest change that is durable, of whatever alert."""
        return self._store.seq

    def narrowed(self, wanted: AlertFilter | None) -> AlertFilter:
        """What is meant by a filter of his."""
        wanted = msgspec.structs.replace(wanted or AlertFilter(), masked=self._masked)
        if not self.scope:
            return wanted
        return msgspec.structs.replace(
            wanted,
            scope=self.scope,
            matter=self._matter_of("matter", wanted.matter),
            product_matter=self._matter_of("product_matter", wanted.product_matter),
        )

    def _matter_of(self, name: str, alert: str | None) -> str | None:
        """The matter that any of its alerts stands for: what it began with may lie elsewhere."""
        if alert is None:
            return None
        query = sa.select(alerts.c[name]).where(
            alerts.c.id == alert, *within(alerts.c.territories, self.scope)
        )
        with self._store.database.read() as connection:
            return connection.execute(query).scalar_one_or_none() or alert

    def matters_named(self, fold: Fold, matters: Iterable[str]) -> dict[str, str]:
        """By which alert each of these matters is named: what it began with, or the first of its alerts
        that is there for him."""
        names = {name: name for name in matters}
        if fold == "none" or not self.scope:
            return names
        column = matter_column(fold)
        hidden = names.keys() - self.visible(names)
        query = (
            sa.select(column, alerts.c.id)
            .where(column.in_(hidden), *within(alerts.c.territories, self.scope))
            .order_by(alerts.c.number.desc())
        )
        with self._store.database.read() as connection:
            return names | {row[0]: row[1] for row in connection.execute(query)}

    def code_key(self) -> bytes:
        """The key of the codes in the place of accounts."""
        return self._store.code_key()

    def list_alerts(
        self,
        wanted: AlertFilter | None = None,
        limit: int = 50,
        cursor: str | None = None,
        order: Order = "raised",
    ) -> Page:
        """One page of alerts; raises `BadCursor`."""
        return self._store.list_alerts(self.narrowed(wanted), limit, cursor, order)

    def counts(self, wanted: AlertFilter | None = None) -> dict[Level, int]:
        """Alerts by level."""
        return self._store.counts(self.narrowed(wanted))

    def counts_by_rule(self, wanted: AlertFilter | None = None) -> dict[str, int]:
        """Alerts by rule, of those that have any."""
        return self._store.counts_by_rule(self.narrowed(wanted))

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
        return self._store.overview(
            self.narrowed(wanted), limit, cursor, order=order, by_room=by_room, fold=fold
        )

    def sums_of_rooms(
        self, wanted: AlertFilter, rooms: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], Sums]:
        """Totals of the alerts of each of these rooms."""
        return self._store.sums_of_rooms(self.narrowed(wanted), rooms)

    def sums_of_matters(
        self,
        wanted: AlertFilter,
        fold: Fold,
        matters: Sequence[str],
        room: tuple[str, str] | None = None,
    ) -> dict[str, Sums]:
        """Totals of the alerts of each of these matters, everywhere or in one room."""
        return self._store.sums_of_matters(self.narrowed(wanted), fold, matters, room)

    def room_hits(
        self, wanted: AlertFilter, rooms: Iterable[tuple[str, str]], since: int = 0
    ) -> dict[tuple[str, str], list[int]]:
        """Moments of hits (event time, ms, to ten seconds) in each of these rooms."""
        return self._store.room_hits(self.narrowed(wanted), rooms, since)

    def get_alert(self, alert: str) -> AlertRow | None:
        """The alert as it stands now."""
        row = self._store.get_alert(alert)
        return row if row is not None and self.scope.covers(row.territories) else None

    def visible(self, ids: Iterable[str]) -> set[str]:
        """Which of these alerts lie in the reader's territories."""
        wanted = list(ids)
        query = sa.select(alerts.c.id).where(
            alerts.c.id.in_(wanted), *within(alerts.c.territories, self.scope)
        )
        with self._store.database.read() as connection:
            return set(connection.execute(query).scalars()) if wanted else set()

    def versions(self, alert: str) -> list[Alert]:
        """The kept versions of an alert, oldest first."""
        return self._store.versions(alert) if self.visible([alert]) else []

    def history(self, alert: str) -> list[Transition]:
        """How an alert was handled, oldest first."""
        return self._store.history(alert) if self.visible([alert]) else []

    def changes_since(self, seq: int, limit: int = 500) -> list[AlertRow]:
        """Alerts changed after `seq`, in the order of their latest change."""
        with self._store.database.read() as connection:
            return queries.changes_since(connection, seq, limit, self.scope)

    def hit_times(self, alert_ids: Iterable[str], since: int = 0) -> dict[str, list[int]]:
        """Moments of hits (event time, ms, to ten seconds) from `since` on."""
        ids = list(alert_ids)
        if self.scope:
            seen = self.visible(ids)
            ids = [one for one in ids if one in seen]
        return self._store.hit_times(ids, since)

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
        if self.scope and not self.visible([alert]):
            raise UnknownAlert(alert)
        return self._store.transition(alert, to, who, at, reason, note)

    def rooms(self, limit: int | None = None) -> list[RoomRow]:
        """Rooms, all or the first: on the air first, then by the latest arrival."""
        with self._store.database.read() as connection:
            return room_rows.list_rooms(connection, limit, self.scope)

    def room_page(
        self, limit: int, cursor: str | None, on_air: bool
    ) -> tuple[list[RoomRow], str | None]:
        """A page, those on the air first, and the next cursor; raises `BadCursor`."""
        with self._store.database.read() as connection:
            return room_rows.room_page(connection, limit, cursor, on_air=on_air, scope=self.scope)

    def named_rooms(self, keys: Iterable[tuple[str, str]]) -> list[RoomRow]:
        """Those of these rooms, by platform and room, that were ever seen."""
        found = self._store.named_rooms(keys)
        return [room for room in found if self.scope.covers(room.territories)]

    def rooms_called(self, room: str) -> list[RoomRow]:
        """Rooms of this name, on whatever platform."""
        found = self._store.rooms_called(room)
        return [room for room in found if self.scope.covers(room.territories)]

    def count_rooms(self) -> tuple[int, int, int]:
        """Rooms ever seen, those on the air, and the latest arrival (ms)."""
        with self._store.database.read() as connection:
            return room_rows.count_rooms(connection, self.scope)

    def knows_room(self, platform: str, room: str) -> bool:
        """Is it a room of his: by itself, or by an alert of it?"""
        return bool(
            self.named_rooms([(platform, room)])
            or self.list_alerts(AlertFilter(platform=platform, room=room), 1).items
        )
