"""`price-hike-rumour-spread`: goods that people need are said to become dearer, without a source, in many rooms.

价格法 14(3). In the table of violations the rumour is one row, `price-hike-rumour`: `watch` in one
room, more when five rooms say it within a day. An alert of one room and one over rooms are two
alerts with two identities, so the second has an id of its own. Until a rule of that name watches
single rooms, this one looks for the words itself and only gives clues; such a rule hands over the
same clue (`to="price-hike-rumour-spread"`, the goods as cluster), and `find` here can go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from detectors.across.cluster import Cluster
from detectors.across.rule import (
    AcrossRule,
    Conclusion,
    Declined,
    first_of_each_room,
    parties,
    unknown_parties,
)
from detectors.across.signal import Clue, Signal, period_start
from detectors.alerts import Exemption, Level
from detectors.events import Speech
from detectors.rule import Context, RuleSpec, rule
from detectors.rules.claims.claim import Claim, ClaimMemory, ClaimRule
from detectors.rules.claims.reading import Reading
from detectors.text.lexicon import Hit

__all__ = ["PriceHikeRumourSpread"]

HOUR_MS = 3_600_000
#: Sightings of a room in this time are one.
SLOT_MS = 600_000
#: Hearsay is how a rumour spreads: it does not excuse whoever passes it on.
_HEARSAY = ("听说", "据说", "网上", "外面", "外边", "传言", "他们", "同行", "所谓")
#: Goods that people need, by the last part of the group's name.
GOODS = {
    "rice": "大米", "flour": "面粉", "grain": "粮食", "oil": "食用油", "salt": "食盐", "sugar": "食糖",
    "meat": "肉类", "egg": "鸡蛋", "vegetable": "蔬菜", "milk": "奶粉", "water": "饮用水",
    "mask": "口罩", "disinfectant": "消毒用品", "medicine": "药品", "paper": "纸巾", "fuel": "燃料",
    "farm": "农资",
}  # fmt: skip


class Spoken(ClaimMemory):
    """What the claim rules remember, and when the goods were last signalled: one an hour."""

    signalled: dict[str, int] = {}


@rule
class PriceHikeRumourSpread(AcrossRule, ClaimRule):
    id = "price-hike-rumour-spread"
    State = Spoken
    worded: ClassVar[bool] = False
    strong: ClassVar[frozenset[str]] = frozenset({"hike"})

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.rooms = spec.count("rooms")
        self.parties = spec.count("parties")
        self.reach = spec.count("reach_characters")

    # In the room --------------------------------------------------------------------------

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        hikes, causes = reading.kind("hike"), reading.kind("cause")
        pairs = reading.pairs(hikes, causes, after=self.reach, before=self.reach, marks=3)
        if not pairs:
            return []
        pair = pairs[0]
        goods = self._goods(ctx, reading, pair.first)
        if goods is None:
            ctx.decline("no-essential-goods")
            return []
        sources = [
            hit for hit in reading.kind("source") if reading.scope.sentence(hit.start)
            == reading.scope.sentence(pair.first.start)
        ]  # fmt: skip
        return [
            Claim(
                concept=goods,
                hits=[pair.first, pair.second],
                level="info",
                says="",
                exemptions=[
                    Exemption(
                        clause="有可核实的来源", met=bool(sources),
                        why=f"同句提到“{sources[0].term}”" if sources else "同句未提到来源",
                    )
                ],
            )
        ]  # fmt: skip

    def _goods(self, ctx: Context, reading: Reading, hike: Hit) -> str | None:
        """The goods that are named in the sentence, else those on screen."""
        sentence = reading.scope.sentence(hike.start)
        named = [
            hit for hit in reading.kind("good")
            if reading.scope.sentence(hit.start) == sentence
        ]  # fmt: skip
        if named:
            nearest = min(named, key=lambda hit: (abs(hit.start - hike.start), hit.start))
            return nearest.group.partition(".")[2]
        card = ctx.room.cards.get(reading.utterance.sku or "")
        title = (card.title if card is not None else None) or ""
        for group, terms in self.spec.patterns.items():
            if group.startswith("good.") and any(term in title for term in terms):
                return group.partition(".")[2]
        return None

    def _quoted(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim, subject: str,
        quoted: str,
    ) -> bool:  # fmt: skip
        if quoted.startswith(_HEARSAY) and reading.scope.answer(claim.end) != "no":
            return self._raise(ctx, memory, reading, claim, subject, claim.exemptions)
        return super()._quoted(ctx, memory, reading, claim, subject, quoted)

    def _raise(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim, subject: str,
        considered: Sequence[Exemption],
    ) -> bool:  # fmt: skip
        event = reading.utterance.event
        confidence = event.confidence if isinstance(event, Speech) else None
        if confidence is not None and confidence < self.low_confidence:
            ctx.decline("low-confidence", subject)
            return False
        spoken: Spoken = ctx.state
        last = spoken.signalled.get(claim.concept)
        if last is not None and 0 <= event.at - last < HOUR_MS:
            return True
        spoken.signalled[claim.concept] = event.at
        ctx.clue(
            Clue(to=self.id, cluster=claim.concept, event=event, words=self._quote(reading, claim))
        )
        return True

    # Over rooms ---------------------------------------------------------------------------

    def place(self, signal: Signal) -> str:
        return f"{super().place(signal)}\t{signal.at // SLOT_MS}"

    def judge(self, cluster: Cluster) -> Conclusion | Declined:
        sightings = cluster.in_order()
        windows = self._windows(sightings, cluster.period)
        if not windows:
            return Declined("too-few-rooms")
        window = max(windows, key=lambda window: len(first_of_each_room(window)))
        rooms = first_of_each_room(window)
        if len(rooms) < self.rooms:
            return Declined("too-few-rooms")
        most = max(
            parties(window) for window in windows if len(first_of_each_room(window)) >= self.rooms
        )
        level: Level = "lead" if most >= self.parties else "watch"
        known, unknown = parties(window), unknown_parties(window)
        goods = GOODS.get(cluster.name, cluster.name)
        hours = max(1, -(-(rooms[-1].at - rooms[0].at) // HOUR_MS))
        return Conclusion(
            level=level,
            hits=len(rooms),
            sightings=rooms,
            subject_title=f"{goods}要涨价的说法",
            reason=f"{len(rooms)} 个直播间、{known} 个主体在 {hours} 小时内称{goods}要涨价，均未说明可核实的来源；"
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
                Exemption(
                    clause="有可核实的来源",
                    met=False,
                    why="各直播间的原话同句均未提到主管部门、公告或具体报道",
                ),
                Exemption(
                    clause="只有一家经营者的自家调价",
                    met=level == "watch",
                    why=f"已知或视为不同的主体 {known} 个",
                ),
            ],
            missing=[f"运营者或主播身份（{len(unknown)} 个直播间未见公示）"] if unknown else [],
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
