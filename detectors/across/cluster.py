"""The state of one cluster: the sightings in one period, as a set.

Signals of different rooms come in any order, twice, and cut into any batches. So a cluster keeps
no counters, only the sightings themselves, each under a key (`AcrossRule.place`: the room, and what
else the rule distinguishes). Of two sightings with one key the earlier is kept, and beyond
`MAX_SIGHTINGS` (or the rule's own bound) the earliest are. So what is kept is a function of the set
of all signals, and so is every verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from detectors.across.signal import Signal
from detectors.alerts import Level

__all__ = ["Cluster", "ClusterError"]

#: Sightings of one cluster at most, unless the rule says otherwise.
MAX_SIGHTINGS = 500
#: Name of the part that is no sighting; keys of sightings contain a tab, so none equals it.
HEAD = "cluster"
#: Version of the encoding.
STATE_VERSION = 1


class ClusterError(ValueError):
    """Bytes that are no state of a cluster, or one of another version."""


class ClusterHead(Struct):
    """The latest verdict on a cluster."""

    key: str
    arrived: int = 0
    """Wall clock of the last signal, ms."""
    level: Level | None = None
    """``None``: nothing was raised yet."""
    hits: int = 0
    accounts: int = 0
    last_at: int = 0


class Cluster:
    """One cluster in one period."""

    __slots__ = ("_changed", "head", "most", "sightings")

    def __init__(self, head: ClusterHead) -> None:
        self.head = head
        #: Bound that its rule sets; 0: `MAX_SIGHTINGS`.
        self.most = 0
        #: By key (`AcrossRule.place`).
        self.sightings: dict[str, Signal] = {}
        self._changed: set[str] = {HEAD}

    @property
    def key(self) -> str:
        return self.head.key

    @property
    def rule(self) -> str:
        return self.head.key.split("/", 2)[0]

    @property
    def period(self) -> int:
        return int(self.head.key.split("/", 2)[1])

    @property
    def name(self) -> str:
        """What the signals have in common."""
        return self.head.key.split("/", 2)[2]

    def take(self, signal: Signal, place: str) -> bool:
        """Adds a signal under its key (`AcrossRule.place`); false: nothing changed."""
        known = self.sightings.get(place)
        if known is not None:
            if _order(known) <= _order(signal):
                return False
        elif len(self.sightings) >= (self.most or MAX_SIGHTINGS):
            last = max(self.sightings, key=lambda name: (self.sightings[name].at, name))
            if (self.sightings[last].at, last) <= (signal.at, place):
                return False
            del self.sightings[last]
            self._changed.add(last)
        self.sightings[place] = signal
        self._changed.add(place)
        return True

    def touch(self, now: int) -> None:
        """Notes the wall clock, ms, of the last use."""
        self.head.arrived = now
        self._changed.add(HEAD)

    @property
    def full(self) -> bool:
        """True if there may have been more sightings than are kept."""
        return len(self.sightings) >= (self.most or MAX_SIGHTINGS)

    def in_order(self) -> list[Signal]:
        """All sightings by time."""
        return sorted(self.sightings.values(), key=lambda one: (one.at, one.room, one.event.id))

    def until(self, last: Signal) -> Cluster:
        """The cluster as it was when `last` was its latest sighting."""
        earlier = Cluster(ClusterHead(self.head.key))
        earlier.most = self.most
        end = (last.at, last.room, last.event.id)
        earlier.sightings = {
            place: one
            for place, one in self.sightings.items()
            if (one.at, one.room, one.event.id) <= end
        }
        return earlier

    # As parts, so that only what changed is written -----------------------------------------

    def changed_parts(self) -> dict[str, bytes | None]:
        """The parts that changed since the last call, encoded; ``None``: it is gone."""
        found = {name: self._encode(name) for name in sorted(self._changed)}
        self._changed.clear()
        return found

    def parts(self) -> dict[str, bytes]:
        """All parts, encoded."""
        encoded = ((name, self._encode(name)) for name in (HEAD, *self.sightings))
        return {name: data for name, data in encoded if data is not None}

    def _encode(self, name: str) -> bytes | None:
        body: Any = self.head if name == HEAD else self.sightings.get(name)
        return None if body is None else msgspec.msgpack.encode((STATE_VERSION, body))


def restore(parts: Mapping[str, bytes]) -> Cluster:
    """The cluster that was written as parts.

    Raises:
        ClusterError: a part cannot be read, or is of another version.
    """
    if HEAD not in parts:
        raise ClusterError("a cluster without a head")
    cluster = Cluster(_decode(parts[HEAD], ClusterHead))
    cluster._changed.clear()
    for name, data in parts.items():
        if name != HEAD:
            cluster.sightings[name] = _decode(data, Signal)
    return cluster


def arrived(head: bytes) -> int:
    """When a cluster was last of use, from its part `HEAD`; 0: it cannot be read."""
    try:
        return int(_decode(head, ClusterHead).arrived)
    except ClusterError:
        return 0


def _order(signal: Signal) -> tuple[int, str, str]:
    return signal.at, signal.event.id, signal.words


def _decode(data: bytes, kind: Any) -> Any:
    try:
        version, body = msgspec.msgpack.decode(data, type=tuple[int, msgspec.Raw])
        if version != STATE_VERSION:
            raise ClusterError(f"state of version {version}, this is {STATE_VERSION}")
        return msgspec.msgpack.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise ClusterError(str(error)) from error
