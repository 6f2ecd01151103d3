"""Who showed himself in each room of a bundle, for the report: no room has the names of another."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from detectors.events import Room, Session
from monitor.desk.parties import displayed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from detectors.alerts import Alert
    from detectors.events import Event, Party
    from monitor.desk.parties import Side

__all__ = ["Parties", "Place", "rooms_of"]

#: Names of one kind that are told of a room: a host has few, and a sender may invent any number.
NAMES = 10
_SIDES: tuple[tuple[Side, str], ...] = (("operator", "运营者"), ("seller", "销售者"))


class Place(NamedTuple):
    """A room in the report."""

    where: str
    """Platform, room and broadcast."""
    who: str
    """As displayed; empty: nothing was seen of anybody."""


class Parties:
    """Collects what was displayed, over all events of a bundle."""

    def __init__(self, masked: Callable[[str], str]) -> None:
        """
        Args:
            masked: puts numbers in the place of viewers' pseudonyms, in a redacted copy.
        """
        self._masked = masked
        self._shown: dict[tuple[str, str], dict[str, dict[str, str]]] = defaultdict(
            lambda: defaultdict(dict)
        )
        """Of a room, by kind: names with their code."""
        self._absent: set[tuple[str, str, str]] = set()
        """Sides of which a room was seen to name nobody."""

    def note(self, event: Event) -> None:
        """Takes what an event shows of who is behind its room."""
        place = (event.platform, event.room)
        if isinstance(event, Room):
            for side, _ in _SIDES:
                self._party(place, side, event.operator if side == "operator" else event.seller)
                if displayed(event, side)["name"] == "":
                    self._absent.add((*place, side))
        if isinstance(event, Room | Session) and event.host:
            self._name(place, "host", event.host)

    def note_alert(self, alert: Alert) -> None:
        """Takes what an alert has of it by itself: its records may be gone."""
        evidence = alert.evidence
        for event in (*evidence.facts, *evidence.before, *evidence.trigger):
            self.note(event)
        for seen in evidence.rooms:
            self._party((seen.platform, seen.room), "operator", seen.operator)
            if seen.host:
                self._name((seen.platform, seen.room), "host", seen.host)

    def hosts(self, platform: str, room: str) -> list[str]:
        """Names of a room's hosts."""
        return list(self._of((platform, room)).get("host", ()))

    def places(self, alerts: Iterable[Alert]) -> list[Place]:
        """The rooms of these alerts, each once."""
        found: dict[Place, None] = {}
        for alert in alerts:
            for platform, room, session in rooms_of(alert):
                tail = f"，场次 {session}" if session else "，未在播"
                where = f"平台 {platform}，直播间 {room}{tail}"
                found[Place(where, self._told((platform, room)))] = None
        return list(found)

    def _told(self, place: tuple[str, str]) -> str:
        shown = self._of(place)
        parts = []
        for side, word in _SIDES:
            names = [
                f"{name}（{code}）" if code else name for name, code in shown.get(side, {}).items()
            ]
            if names:
                parts.append(f"{word} {'、'.join(names)}")
            elif (*place, side) in self._absent:
                parts.append(f"所见页面没有公示{word}")
        if hosts := shown.get("host"):
            parts.append(f"主播 {'、'.join(hosts)}")
        return "；".join(parts)

    def _of(self, place: tuple[str, str]) -> dict[str, dict[str, str]]:
        return self._shown.get(place, {})

    def _party(self, place: tuple[str, str], side: str, party: Party | None) -> None:
        if party is not None and party.name:
            self._name(place, side, party.name, party.uscc or "")

    def _name(self, place: tuple[str, str], kind: str, name: str, code: str = "") -> None:
        name, code = self._masked(name), self._masked(code)
        names = self._shown[place][kind]
        if name in names or len(names) < NAMES:
            names[name] = names.get(name) or code


def rooms_of(alert: Alert) -> list[tuple[str, str, str]]:
    """Platform, room and broadcast of an alert, or of each of its rooms."""
    if alert.evidence.rooms:
        return [(seen.platform, seen.room, seen.session) for seen in alert.evidence.rooms]
    return [(alert.platform, alert.room, alert.session)]
