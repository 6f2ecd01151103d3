"""`operator-cluster`: one operator behind many rooms, and whether the rooms say so alike.

That a company runs many rooms is lawful: it is said as `info`, for whoever plans an inspection.
Where rooms show one credit code under different names, what they show cannot all be true.
"""

from __future__ import annotations

import hashlib

from msgspec import Struct

from detectors.across.cluster import Cluster
from detectors.across.rule import AcrossRule, Conclusion, Inconclusive, first_of_each_room
from detectors.across.signal import Clue, Signal
from detectors.alerts import Exemption, Level
from detectors.events import Party, Room
from detectors.match import expression as re
from detectors.match.fold import fold
from detectors.rule import Context, RuleSpec, rule

__all__ = ["OperatorCluster", "clusters_of"]

_USCC = re.compile("[0-9A-HJ-NPQRTUWXY]{18}")
_PHONE = re.compile(r"\d{7,12}")
_PUNCTUATION = re.compile(r"[\s()（）·.,，。\-]+")


class Told(Struct):
    """What was handed on last in this broadcast; nothing else is remembered."""

    session: str = ""
    clusters: list[str] = []
    name: str = ""


@rule
class OperatorCluster(AcrossRule):
    id = "operator-cluster"
    State = Told

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.rooms = spec.count("rooms")
        self.names = spec.count("names")

    def on_room(self, ctx: Context, event: Room) -> None:
        operator = ctx.room.operator
        if operator is None:
            return
        told: Told = ctx.state
        found = clusters_of(operator)
        name = operator.name or ""
        if (told.session, told.clusters, told.name) == (event.session, found, name):
            return
        told.session, told.clusters, told.name = event.session, found, name
        for cluster in found:
            ctx.clue(Clue(to=self.id, cluster=cluster, event=event, words=operator.name or ""))

    def place(self, signal: Signal) -> str:
        return f"{super().place(signal)}\t{_plain(signal.words)}"

    def judge(self, cluster: Cluster) -> Conclusion | Inconclusive:
        sightings = cluster.in_order()
        rooms = first_of_each_room(sightings)
        names = _names(sightings)
        kind = cluster.name.partition("-")[0]
        if len(rooms) < self.rooms or (kind == "phone" and len(names) < self.names):
            return Inconclusive("too-few-rooms")
        differ = len(names) >= self.names
        level: Level = "watch" if kind == "uscc" and differ else "info"
        operator = rooms[0].operator or Party()
        shared = {
            "uscc": f"统一社会信用代码 {operator.uscc}",
            "phone": "联系电话",
            "name": f"运营者名称“{operator.name}”",
        }[kind]
        reason = f"{len(rooms)} 个直播间公示同一{shared}"
        shown = "、".join(f"“{name}”" for name in names[:5]) + ("等" if len(names) > 5 else "")
        if differ:
            reason += f"，运营者名称却有 {len(names)} 个：{shown}"
        return Conclusion(
            level=level,
            hits=len(rooms),
            sightings=rooms,
            subject_title=operator.name or shared,
            title=None if level == "watch" else "多个直播间由同一经营者运营（信息）",
            reason=reason + ("，所公示的名称互不相同。" if level == "watch" else "。"),
            numbers={
                "rooms": len(rooms),
                "names": len(names),
                "platforms": len({one.event.platform for one in rooms}),
                "counted_in_full": not cluster.full,
            },
            exemptions=[
                Exemption(
                    clause="一家经营者依法开设多个直播间",
                    met=level == "info",
                    why="各直播间公示的主体一致，或只有电话相同，本身不违法"
                    if level == "info"
                    else f"同一信用代码下公示了 {len(names)} 个名称",
                )
            ],
            law=None if level == "watch" else [],
        )


def clusters_of(operator: Party) -> list[str]:
    """Clusters to which an operator belongs: by its code, else its name; and by its telephone."""
    found = []
    code = fold(operator.uscc or "").text.upper().strip()
    if _USCC.fullmatch(code):
        found.append(f"uscc-{code}")
    elif operator.name and len(_plain(operator.name)) >= 4:
        found.append(f"name-{_digest(_plain(operator.name))}")
    digits = _PHONE.search(re.sub(r"[\s\-—()]", "", fold(operator.phone or "").text))
    if digits is not None:
        found.append(f"phone-{_digest(digits.group())}")
    return found


def _names(sightings: list[Signal]) -> list[str]:
    """Different names of the operator, in the order of time."""
    found: dict[str, str] = {}
    for one in sightings:
        if one.words:
            found.setdefault(_plain(one.words), one.words)
    return list(found.values())


def _plain(name: str) -> str:
    return _PUNCTUATION.sub("", fold(name).text)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
