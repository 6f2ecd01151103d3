"""One recording in which every rule is found, and what it does at its end."""

from __future__ import annotations

from detectors.across.rule import AcrossRule
from detectors.events import Event, decode
from detectors.lab.cases import case_events
from tests.detectors.build import rulebook
from tests.monitor.build import chat, line, speech

__all__ = ["evening_that_ends", "every_rule"]

CLAIM = "这款茶喝上一个月，高血压自己就降下来了"
BEST = "我们家的茶是全国第一，最好的茶"


def every_rule() -> list[Event]:
    """The first case of each rule that raises it, each in a room (or rooms) of its own; nothing
    follows on the last of them."""
    events: list[Event] = []
    for rule in rulebook():
        case = next(case for case in rule.spec.cases if case.get("expect"))
        for event in case_events(case):
            over_rooms = isinstance(rule, AcrossRule)
            event.room = f"{rule.id} {event.room}" if over_rooms else rule.id
            events.append(event)
    events.sort(key=lambda event: event.at)
    return events


def evening_that_ends(room: str = "evening") -> list[Event]:
    """A broadcast with several alerts, a gap and a last claim just before its end, then silence.

    One thing is said again when the context of its alert has been closed, another one after a prize
    that is never drawn was promised.
    """

    def said(name: str, t_s: float, text: str) -> bytes:
        return speech(f"{room}-{name}", t_s, text, room=room, sku="T1")

    lines = [
        line("session", f"{room}-on", 0, room=room, phase="started", title="晚场", host="陈姐"),
        line(
            "product", f"{room}-p", 1, room=room, sku="T1", title="云雾茶", category="food",
            status="explaining", price=9_900,
        ),
        said("a", 10, CLAIM),
        said("b", 15, BEST),
        *(chat(f"{room}-c{n}", 20 + 9 * n, f"第{n}句", room=room) for n in range(60)),
        line(
            "prize", f"{room}-z", 100, room=room, prize="Z", phase="announced", name="保温杯",
            count=3, value=9_900, conditions="评论区打卡", ends_at=1_790_856_000_000 + 300_000,
        ),
        line(
            "gap", f"{room}-g", 260, room=room, until=1_790_856_000_000 + 260_000,
            reason="disconnected", **{"from": 1_790_856_000_000 + 220_000},
        ),
        said("c", 400, BEST),
        said("d", 560, "这款茶能治好糖尿病"),
        said("e", 585, CLAIM),
        line("session", f"{room}-off", 590, room=room, phase="ended"),
    ]  # fmt: skip
    return sorted(map(decode, lines), key=lambda event: event.at)
