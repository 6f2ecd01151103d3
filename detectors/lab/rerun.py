"""Recordings through the rules, in memory: the alerts of rooms and of several rooms together."""

from __future__ import annotations

from collections.abc import Iterable

from detectors.across.cluster import Cluster
from detectors.across.stage import Stage, StageStats
from detectors.alerts import Alert
from detectors.engine.engine import Engine
from detectors.engine.room import RoomState
from detectors.events import Event
from detectors.pack.load import Rulebook

__all__ = ["Rerun"]


class Rerun:
    """One pass over recordings of any rooms, with the rules of one book."""

    def __init__(self, rulebook: Rulebook, *, lateness_ms: int = 10_000) -> None:
        self.engine = Engine(rulebook, lateness_ms=lateness_ms, remembered_ids=1_000_000)
        self.stage = Stage(rulebook)
        self._rooms: dict[tuple[str, str], RoomState] = {}
        self._clusters: dict[str, Cluster] = {}
        self._alerts: dict[str, Alert] = {}

    def show(self, rule_id: str) -> None:
        """Asks a rule about any text with its words, so that what it makes of them is told."""
        self.engine.reader.leads.always = self.engine.viewers.always = rule_id

    def begin(self) -> None:
        """Forgets the recordings and what was counted: what comes is another pass by the same engine."""
        self.engine.stats.clear()
        self.stage.stats = StageStats()
        self._rooms, self._clusters, self._alerts = {}, {}, {}

    def feed(self, events: Iterable[Event]) -> None:
        """Takes events in the order of their arrival."""
        groups: dict[tuple[str, str], list[Event]] = {}
        for event in events:
            groups.setdefault((event.platform, event.room), []).append(event)
        for key, group in groups.items():
            state = self._rooms.get(key)
            if state is None:
                state = self._rooms[key] = self.engine.open(*key)
            self._keep(self.engine.step(state, group, now=0))
            self._combine(state)

    def finish(self) -> list[Alert]:
        """The final version of each alert, by time."""
        for state in self._rooms.values():
            self._keep(self.engine.finish(state, now=0))
            self._combine(state)
        return sorted(self._alerts.values(), key=lambda alert: (alert.first_at, alert.id))

    def _combine(self, state: RoomState) -> None:
        for signal in self.engine.signals(state):
            cluster = self._clusters.get(signal.key)
            if cluster is None:
                cluster = self._clusters[signal.key] = self.stage.open(signal.key)
            self._keep(self.stage.step(cluster, [signal], now=0))

    def _keep(self, alerts: Iterable[Alert]) -> None:
        for alert in alerts:
            self._alerts[alert.id] = alert
