"""Builders: a valid event from the two or three fields that a test cares about."""

from __future__ import annotations

import copy
import functools
import itertools
from collections.abc import Iterable, Sequence
from typing import Any, cast

import msgspec

from detectors.across.signal import Signal
from detectors.across.stage import Stage
from detectors.alerts import Alert
from detectors.engine.engine import Engine
from detectors.events import (
    Chat,
    Counter,
    Event,
    Gap,
    Order,
    Price,
    Prize,
    Product,
    Room,
    Session,
    Speech,
    decode,
)
from detectors.lab.cases import BASE_MS
from detectors.pack.load import Rulebook, load_rulebook
from monitor.images import CachedImages

_ids = itertools.count(1)
_book: list[Rulebook] = []


def rulebook() -> Rulebook:
    """The shipped rules, loaded once, from the image that commands read them from, too."""
    if not _book:
        _book.append(load_rulebook(images=CachedImages([], replace=False)))
    return _book[0]


@functools.cache
def only(*rule_ids: str) -> Rulebook:
    """Some of the shipped rules. Whose words are whose is found out once: 20 ms for a rule of claims."""
    return rulebook().only(*rule_ids)


def at(seconds: float) -> int:
    """Event time, ms, from seconds relative to the base."""
    return BASE_MS + round(seconds * 1000)


def event(type_: str, t: float = 0, **fields: Any) -> Event:
    """Any event; `t` in seconds relative to the base."""
    return decode(
        msgspec.json.encode(
            {
                "type": type_, "id": f"t{next(_ids)}", "platform": "demo", "room": "1",
                "session": "s1", "at": at(t), **fields,
            }
        )
    )  # fmt: skip


def speech(text: str, t: float = 0, **fields: Any) -> Speech:
    return cast(Speech, event("speech", t, **{"speaker": "host", "text": text, **fields}))


def chat(text: str, t: float = 0, **fields: Any) -> Chat:
    return cast(Chat, event("chat", t, **{"user": "u1", "role": "viewer", "text": text, **fields}))


def price(fen: int | None, t: float = 0, **fields: Any) -> Price:
    return cast(Price, event("price", t, **{"sku": "A", "kind": "asking", "price": fen, **fields}))


def product(t: float = 0, **fields: Any) -> Product:
    return cast(Product, event("product", t, **{"sku": "A", "title": "商品", **fields}))


def counter(name: str, value: int | None, t: float = 0, **fields: Any) -> Counter:
    return cast(Counter, event("counter", t, name=name, value=value, **fields))


def order(t: float = 0, **fields: Any) -> Order:
    base = {"order": f"o{next(_ids)}", "sku": "A", "status": "paid"}
    return cast(Order, event("order", t, **{**base, **fields}))


def prize(t: float = 0, **fields: Any) -> Prize:
    return cast(Prize, event("prize", t, **{"prize": "p1", "phase": "announced", **fields}))


def session(phase: str = "started", t: float = 0, **fields: Any) -> Session:
    return cast(Session, event("session", t, phase=phase, **fields))


def room(t: float = 0, **fields: Any) -> Room:
    return cast(Room, event("room", t, **fields))


def gap(start: float, end: float, **fields: Any) -> Gap:
    return cast(Gap, event("gap", end, **{"from": at(start), "until": at(end), **fields}))


def without_model() -> Rulebook:
    """The shipped rules where nothing tells at what a text hints: words alone decide who is asked."""
    book = copy.copy(rulebook())
    book.__dict__["likeness"] = None
    return book


def run(
    rule_ids: str | Sequence[str] | None, events: Iterable[Event], **options: Any
) -> list[Alert]:
    """Final versions of the alerts of some rules (``None``: all) over a recording."""
    return run_engine(rule_ids, events, is_shown=False, **options)[0]


def run_engine(
    rule_ids: str | Sequence[str] | None, events: Iterable[Event], *, is_shown: bool = True,
    **options: Any,
) -> tuple[list[Alert], Engine]:  # fmt: skip
    """As `run`, with the engine, to look at what was declined: one rule tells that of any text with its words,
    unless not `is_shown`."""
    ids = (rule_ids,) if isinstance(rule_ids, str) else rule_ids
    engine = Engine(rulebook() if ids is None else only(*ids), **{"lateness_ms": 10_000, **options})
    if is_shown and isinstance(rule_ids, str):
        engine.reader.leads.always = engine.viewers.always = rule_ids
    states: dict[str, Any] = {}
    final: dict[str, Alert] = {}
    for item in events:
        key = f"{item.platform}:{item.room}"
        if key not in states:
            states[key] = engine.open(item.platform, item.room)
        for version in engine.step(states[key], [item], now=item.at):
            final[version.id] = version
    for state in states.values():
        for version in engine.finish(state, now=0):
            final[version.id] = version
    assert not engine.stats.failures, engine.stats.failures
    return sorted(final.values(), key=lambda alert: (alert.first_at, alert.id)), engine


def run_stages(
    events: Iterable[Event], book: Rulebook | None = None, *, signals: list[Signal] | None = None
) -> list[Alert]:
    """Final versions of the alerts of rooms and over rooms; the signals go to `signals`."""
    book = book or rulebook()
    engine, stage = Engine(book, lateness_ms=10_000), Stage(book)
    rooms: dict[str, Any] = {}
    clusters: dict[str, Any] = {}
    final: dict[str, Alert] = {}

    def take(versions: list[Alert], state: Any) -> None:
        for signal in engine.signals(state):
            if signals is not None:
                signals.append(signal)
            if signal.key not in clusters:
                clusters[signal.key] = stage.open(signal.key)
            versions = [*versions, *stage.step(clusters[signal.key], [signal], now=0)]
        final.update((version.id, version) for version in versions)

    for item in events:
        key = f"{item.platform}:{item.room}"
        if key not in rooms:
            rooms[key] = engine.open(item.platform, item.room)
        take(engine.step(rooms[key], [item], now=item.at), rooms[key])
    for state in rooms.values():
        take(engine.finish(state, now=0), state)
    assert not engine.stats.failures, engine.stats.failures
    assert not stage.stats.failures, stage.stats.failures
    return sorted(final.values(), key=lambda alert: (alert.first_at, alert.id))
