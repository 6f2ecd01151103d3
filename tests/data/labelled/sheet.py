"""Scenarios written down as steps: who does what, how many seconds into the talk.

One call of `yes` or `no` is one idea. The halves are dealt by idea, so that what is held out
differs from what rules were tuned on by more than its figures; `idea-2` belongs to `idea`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from scene import MIN, Fields, S, Scene

Step = Callable[[Scene], None]

#: Talk of the host, cards and prices of other goods that break no rule.
_ASIDE = ["欢迎刚进直播间的家人们", "尺码表在详情页，大家按尺码表拍", "稍等我喝口水", "来看下一位家人的问题",
          "没听清的家人可以看回放", "地址填对，备注好就行", "后面的款一会儿挨个讲"]  # fmt: skip
_OTHER = [("抽纸 24包", 2990, "home"), ("纯棉毛巾 3条", 3590, "home"), ("数据线 1米", 1290, "electronics"),
          ("帆布袋", 1990, "other"), ("垃圾袋 100只", 990, "home")]  # fmt: skip


class Idea:
    """One scenario of one rule."""

    def __init__(self, name: str, expect: bool, why: str, steps: tuple[Step, ...], fields: Fields):
        self.name, self.expect, self.why, self.steps = name, expect, why, steps
        self.start: str | None = fields.pop("at", None)
        self.noise: bool | None = fields.pop("noise", None)
        #: Ideas of a later round are dealt after the others, so that none changes its half.
        self.round: int = fields.pop("round", 1)
        self.fields = fields

    @property
    def kind(self) -> str:
        """What variants of one idea share."""
        return re.sub(r"-\d+$", "", self.name)


SHEETS: dict[str, list[Idea]] = {}


class Sheet:
    """The scenarios of one rule."""

    def __init__(self, rule: str) -> None:
        self.ideas = SHEETS.setdefault(rule, [])

    def yes(self, name: str, why: str, *steps: Step, **fields: Any) -> None:
        """The rule must raise. `level` and `subject` as the law fixes them; `at` Shanghai time."""
        self.ideas.append(Idea(name, True, why, steps, fields))

    def no(self, name: str, why: str, *steps: Step, **fields: Any) -> None:
        """The rule must stay silent."""
        self.ideas.append(Idea(name, False, why, steps, fields))


def event(type_: str, t_s: float, **fields: Any) -> Step:
    """Any event, `t_s` seconds after the start."""
    return lambda s: s.add(type_, t_s * S, **fields)


def host(t_s: float, text: str, sku: str | None = "A", speaker: str = "host") -> Step:
    """The host speaks with a product on screen."""
    return lambda s: s.say(t_s * S, text, sku, speaker)


def viewer(t_s: float, text: str, user: str = "v1", role: str = "viewer") -> Step:
    """A line of the chat."""
    return lambda s: s.chat(t_s * S, text, user, role)


def viewers(t_s: float, every_s: float, *texts: str) -> Step:
    """Lines of different viewers, one after another."""

    def run(s: Scene) -> None:
        for n, text in enumerate(texts):
            s.chat((t_s + n * every_s) * S, text, f"w{n}")

    return run


def card(t_s: float = -20, title: str = "", attrs: Fields | None = None, **fields: Any) -> Step:
    """A product card; attributes that are not given are unknown, empty ones observed absent."""
    if attrs is not None:
        fields["attributes"] = attrs
    return lambda s: s.card(t_s * S, title=title, **fields)


def room(t_s: float = -1795, **fields: Any) -> Step:
    """Who is behind the room; replaces what a scene says of it by default."""

    def run(s: Scene) -> None:
        if len(s.events) == 2 and s.events[1]["at"] == s.start - 1799 * S:
            s.events.pop()
        s.add("room", t_s * S, **fields)

    return run


def price(t_s: float, fen: int | None, kind: str = "asking", sku: str = "A", **fields: Any) -> Step:
    """A price; `ref` and `label` are the reference price and what it is called."""
    if "ref" in fields:
        fields["reference_price"] = fields.pop("ref")
        fields["reference_label"] = fields.pop("label", "原价")
    if fen is not None:
        fields["price"] = fen
    return lambda s: s.add("price", t_s * S, sku=sku, kind=kind, **fields)


def order(
    t_s: float, number: int, user: str, fen: int, sku: str = "A", status: str = "paid"
) -> Step:
    """One paid order."""
    return event("order", t_s, order=f"o{number}", sku=sku, user=user, quantity=1, price=fen, status=status)  # fmt: skip


def gap(from_s: float, until_s: float, reason: str = "reconnect") -> Step:
    """Nothing was watched."""

    def run(s: Scene) -> None:
        at = s.start + int(from_s * S)
        until = s.start + int(until_s * S)
        s.add("gap", from_s * S, **{"from": at, "until": until, "reason": reason, "source": "demo"})

    return run


def crowd(minutes: float, per_min: float = 4, viewers: int = 400, from_s: float = 0) -> Step:
    """Viewers who talk of this and that."""
    return lambda s: s.crowd(minutes, per_min, viewers, from_s / 60)


def end(t_s: float) -> Step:
    """The broadcast ends."""
    return event("session", t_s, phase="ended")


def again(times: int) -> Step:
    """The event before, delivered more often: the same observation, the same id."""
    return lambda s: s.events.extend([s.events[-1]] * times)


def _background(s: Scene) -> None:
    minutes = s.rng.randrange(3, 9)
    s.crowd(minutes, s.rng.choice([3, 5, 8]), s.rng.choice([60, 300, 1500]))
    title, fen, category = s.rng.choice(_OTHER)
    t = s.rng.randrange(-300, 240) * S
    s.card(
        t,
        "Y",
        title=title,
        category=category,
        price=fen,
        status="listed",
        stock=s.rng.randrange(80, 900),
    )
    s.add("price", t + S, sku="Y", kind="asking", price=fen, unit="1件")
    likes = s.rng.randrange(2000, 60000)
    for k in range(minutes):
        likes += s.rng.randrange(20, 400)
        s.add("counter", k * MIN + 7 * S, name="likes", value=likes)
    for _ in range(s.rng.randrange(1, 4)):
        s.say(s.rng.randrange(-240, minutes * 60) * S, s.rng.choice(_ASIDE), None)


def _row(rule: str, number: int, idea: Idea) -> Fields:
    start = None
    if idea.start:
        start = round(datetime.fromisoformat(idea.start + "+08:00").timestamp() * 1000)
    scene = Scene(random.Random(f"{rule}/{idea.name}"), str(78_000 + number), start)
    for step in idea.steps:
        step(scene)
    if (idea.noise is None and scene.rng.random() < 0.65) or idea.noise:
        told = len(scene.events)
        _background(scene)
        gaps = [row for row in scene.events if row["type"] == "gap"]
        scene.events[told:] = [
            row
            for row in scene.events[told:]
            if not any(seen["from"] <= row["at"] < seen["until"] for seen in gaps)
        ]
    events = sorted(scene.events, key=lambda row: row["at"])
    if scene.rng.random() < 0.1:
        # Delivered twice after a reconnection.
        events.append(events[-1])
    return {
        "name": idea.name,
        "why": idea.why,
        "expect": idea.expect,
        **idea.fields,
        "events": events,
    }


def scenarios() -> dict[str, dict[str, list[Fields]]]:
    """By rule and half; whole ideas go to one half, the smaller one first."""
    for path in sorted(Path(__file__).parent.glob("scenarios_*.py")):
        import_module(path.stem)
    dealt: dict[str, dict[str, list[Fields]]] = {}
    for rule, ideas in SHEETS.items():
        names = [idea.name for idea in ideas]
        if len(set(names)) < len(names):
            raise ValueError(f"{rule}: two scenarios of one name")
        rows = {idea.name: _row(rule, number, idea) for number, idea in enumerate(ideas)}
        halves: dict[str, list[Fields]] = {"dev": [], "heldout": []}
        counts = {expect: dict.fromkeys(halves, 0) for expect in (True, False)}
        rng = random.Random(f"split/{rule}")
        for turn in sorted({idea.round for idea in ideas}):
            for expect in (True, False):
                chosen = [i for i in ideas if i.expect is expect and i.round == turn]
                kinds = sorted({idea.kind for idea in chosen})
                rng.shuffle(kinds)
                for kind in kinds:
                    half = min(halves, key=lambda name: counts[expect][name])
                    some = [rows[idea.name] for idea in chosen if idea.kind == kind]
                    halves[half] += some
                    counts[expect][half] += len(some)
        dealt[rule] = halves
    return dealt
