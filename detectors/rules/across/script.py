"""`shared-script`: the same wording, itself a claim that raised an alert, in the rooms of several parties.

A script that is sold (话术) is said in rooms that have nothing to do with each other. Each of
them has an alert of its own; that they all say the same is what no room can show. Only the
spoken words of claims count: greetings raise no claim, and titles of goods are the maker's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz, process

from detectors.across.cluster import Cluster
from detectors.across.passage import anchor, shape_of
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
from detectors.across.signal import Clue, Signal
from detectors.alerts import Exemption, Level, unmet
from detectors.engine.room import RoomState
from detectors.events import Chat, Speech
from detectors.match.fold import fold
from detectors.rule import Finding, RuleSpec, rule
from detectors.speech.pieces import LONGEST, piece_around
from detectors.speech.scope import Scope

__all__ = ["SharedScript"]

#: Longest passage that is quoted, in characters.
QUOTED = 80


@rule
class SharedScript(AcrossRule):
    id = "shared-script"

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.shortest = spec.count("shortest")
        self.similarity = spec.threshold("similarity")
        self.rooms = spec.count("rooms")
        self.parties = spec.count("parties")

    def from_claim(self, room: RoomState, finding: Finding) -> Clue | None:
        if not finding.spans:
            return None
        said = finding.spans[0]
        event = next((event for event in finding.trigger if event.id == said.event), None)
        if not isinstance(event, Speech | Chat) or said.field != "text":
            return None
        spans = [(span.start, span.end) for span in finding.spans if span.event == event.id]
        names = _names(room, event)
        for words in _passages(event.text, spans):
            shape = shape_of(words, names)
            if len(shape) >= self.shortest:
                break
        else:
            return None
        claim = finding.subject.rpartition("/")[2]
        return Clue(to=self.id, cluster=anchor(shape, claim), event=event, words=words, shape=shape)

    def place(self, signal: Signal) -> str:
        return f"{super().place(signal)}\t{signal.shape}"

    def judge(self, cluster: Cluster) -> Conclusion | Inconclusive:
        sightings = cluster.in_order()
        said, most = self._said(sightings)
        if not said:
            return Inconclusive("too-few-rooms")
        level: Level = "watch" if most >= self.parties else "info"
        group = [one for one in sightings if one.shape in said]
        rooms = first_of_each_room(group)
        known = parties(group)
        unknown = unknown_parties(group)
        words = rooms[0].words
        hours = hours_between(rooms[0].at, rooms[-1].at)
        wordings = len({one.shape for one in group})
        same = "同一段话" if wordings == 1 else f"相近的话（{wordings} 种说法），如"
        reason = f"{len(rooms)} 个直播间（{told_parties(group)}）在 {hours} 小时内说{same}“{words}”"
        if level == "info":
            reason += f"，分属不同经营者的不足 {self.parties} 家"
        return Conclusion(
            level=level,
            hits=len(rooms),
            sightings=rooms,
            subject_title=f"“{words if len(words) <= 40 else words[:39] + '…'}”",
            reason=f"{reason}；各直播间已就该说法单独提示。",
            numbers={
                "rooms": len(rooms),
                "parties": known,
                "parties_least": self.parties,
                "parties_unknown": len(unknown),
                "span_hours": hours,
                "wordings": wordings,
                "similarity": self.similarity,
                "counted_in_full": not cluster.full,
            },
            exemptions=[
                Exemption(
                    clause="同一经营者的统一话术",
                    met=level == "info" or (None if unknown else False),
                    why=f"公示主体不同或未知而分别计的 {known} 个，"
                    + ("不足以认为是不同经营者" if level == "info" else "是否关联须查明"),
                ),
                unmet("日常问候、平台统一用语", "该段话在各直播间已触发宣传类提示"),
            ],
            missing=not_shown(unknown),
        )

    def _said(self, sightings: list[Signal]) -> tuple[dict[str, None], int]:
        """The wordings that enough rooms use, or something alike; and the most parties of one.

        A text between two wordings belongs to both.
        """
        rooms: dict[str, set[str]] = {}
        speakers: dict[str, set[str]] = {}
        for one in sightings:
            rooms.setdefault(one.shape, set()).add(one.room)
            speakers.setdefault(one.shape, set()).add(one.party)
        shapes = sorted(rooms)
        said: dict[str, None] = {}
        most = 0
        for shape in shapes:
            found = process.extract(
                shape,
                shapes,
                scorer=fuzz.ratio,
                processor=None,
                score_cutoff=self.similarity,
                limit=None,
            )
            alike = [other for other, _, _ in found]
            places = set().union(*(rooms[other] for other in alike))
            if len(places) >= self.rooms:
                said.update(dict.fromkeys(alike))
                known = set().union(*(speakers[other] for other in alike))
                most = max(most, min(len(known), len(places)))
        return said, most


def _passages(text: str, spans: list[tuple[int, int]]) -> Iterator[str]:
    """The clauses around the words that made the claim, as they were said; then with their
    neighbours in the sentence, those before first: a claim is often cut in two by a comma."""
    start, end = min(start for start, _ in spans), max(end for _, end in spans) - 1
    if len(text) > LONGEST:
        # Of a long text the passage is the piece in which the claim was read.
        low, high = piece_around(text, start, end + 1)
        text, start, end = text[low:high], start - low, end - low
    folded = fold(text)
    scope = Scope(folded.text)
    offsets = folded.offsets
    if offsets is not None:
        start, end = _place(offsets, start), _place(offsets, end)
    low, high = scope.clause(start)[0], max(scope.clause(end)[1], end + 1)
    first, last = scope.sentence(start)[0], scope.sentence(end)[1]
    while True:
        begin, until = folded.to_original(low, high)
        words = folded.original[begin:until].strip(" ，,。")
        yield words if len(words) <= QUOTED else words[: QUOTED - 1] + "…"
        if low > first:
            low = scope.clause(low - 1)[0]
        elif high < last:
            high = max(scope.clause(high + 1)[1], high + 1)
        else:
            return


def _place(offsets: Sequence[int], index: int) -> int:
    """Where a character of the original stands in the folded text."""
    return max((place for place, origin in enumerate(offsets) if origin <= index), default=0)


def _names(room: RoomState, event: Speech | Chat) -> list[str | None]:
    """Names that every room puts into the script: the host's, the shop's, the goods'."""
    sku = (event.sku if isinstance(event, Speech) else None) or room.explaining
    card = room.cards.get(sku or "")
    operator = room.operator.name if room.operator is not None else None
    goods = [card.title, card.brand, card.shop] if card is not None else []
    return [room.host, operator, *goods]
