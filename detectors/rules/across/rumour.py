"""`price-hike-rumour-spread`: goods that people need are said to become dearer, without a source, in many rooms.

价格法 14(3). In the table of violations the rumour is one row, `price-hike-rumour`: `watch` in one
room, more when five rooms say it within a day. An alert of one room and one over rooms are two
alerts with two identities, so the second has an id of its own. What is a rumour, that rule decides;
it hands over what it raised, with the goods as cluster.
"""

from __future__ import annotations

from detectors.across.cluster import Cluster
from detectors.across.rule import (
    AcrossRule,
    Conclusion,
    Inconclusive,
    first_of_each_room,
    hours_between,
    not_shown,
    parties,
    told_parties,
    unknown_parties,
)
from detectors.across.signal import Signal, period_start
from detectors.alerts import Exemption, Level, unmet
from detectors.calendar import HOUR_MS
from detectors.rule import RuleSpec, rule
from detectors.rules.prices.rumour import goods_named

__all__ = ["PriceHikeRumourSpread"]

#: Sightings of a room in this time are one.
SLOT_MS = 600_000


@rule
class PriceHikeRumourSpread(AcrossRule):
    id = "price-hike-rumour-spread"

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.rooms = spec.count("rooms")
        self.parties = spec.count("parties")

    def place(self, signal: Signal) -> str:
        return f"{super().place(signal)}\t{signal.at // SLOT_MS}"

    def judge(self, cluster: Cluster) -> Conclusion | Inconclusive:
        sightings = cluster.in_order()
        windows = self._windows(sightings, cluster.period)
        if not windows:
            return Inconclusive("too-few-rooms")
        window = max(windows, key=lambda window: len(first_of_each_room(window)))
        rooms = first_of_each_room(window)
        if len(rooms) < self.rooms:
            return Inconclusive("too-few-rooms")
        most = max(
            parties(window) for window in windows if len(first_of_each_room(window)) >= self.rooms
        )
        level: Level = "lead" if most >= self.parties else "watch"
        known, unknown = parties(window), unknown_parties(window)
        goods = goods_named(cluster.name)
        hours = hours_between(rooms[0].at, rooms[-1].at)
        return Conclusion(
            level=level,
            hits=len(rooms),
            sightings=rooms,
            subject_title=f"{goods}要涨价的说法",
            reason=f"{len(rooms)} 个直播间（{told_parties(window)}）在 {hours} 小时内称{goods}要涨价，均未说明可核实的来源；"
            f"最早的一句是“{rooms[0].words}”。",
            numbers={
                "rooms": len(rooms),
                "rooms_least": self.rooms,
                "parties": known,
                "parties_unknown": len(unknown),
                "span_hours": hours,
                "window_hours": self.window_ms // HOUR_MS,
                "rooms_in_period": len({one.room for one in sightings}),
                "counted_in_full": not cluster.full,
            },
            exemptions=[
                unmet("有可核实的来源", "各直播间的原话同句均未提到主管部门、公告或具体报道"),
                Exemption(
                    clause="只有一家经营者的自家调价",
                    met=level == "watch" or (None if unknown else False),
                    why=f"公示主体不同或未知而分别计的 {known} 个",
                ),
            ],
            missing=not_shown(unknown),
        )

    def _windows(self, sightings: list[Signal], period: int) -> list[list[Signal]]:
        """The sightings in each window that begins in the period, in slots of time."""
        width = self.window_ms // SLOT_MS
        end = period_start(period, self.period_ms) + self.period_ms
        slots = [one.at // SLOT_MS for one in sightings]
        found = []
        high = 0
        for low, one in enumerate(sightings):
            if one.at >= end:
                break
            while high < len(slots) and slots[high] < slots[low] + width:
                high += 1
            found.append(sightings[low:high])
        return found
