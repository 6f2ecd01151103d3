"""The whole recording: ten days of the shop, two earlier sessions, and the evening."""

from __future__ import annotations

import random
from dataclasses import dataclass

from detectors.calendar import DAY_MS, in_beijing
from detectors.events import Event, Order, Price, Product, Room
from monitor.demo.script import SCENES, read_screenplay
from monitor.demo.shelf import HOST, OPERATOR, PLATFORM, ROOM, SHELF, SHOP, TITLE
from monitor.demo.stage import Performance, Stage, Staged

__all__ = ["FIXED_START_MS", "Recording", "record"]

#: When the evening starts in a recording that is written to a file: 2026-09-01 20:00, Beijing.
FIXED_START_MS = 1_788_264_000_000
#: The earlier sessions: folder of their scenes, title, and days before the evening.
EARLIER = (
    ("earlier-1", "山里老陈的茶铺：春茶降价了", 8),
    ("earlier-2", "山里老陈的茶铺：桑菊草本茶", 4),
)


@dataclass(frozen=True, slots=True)
class Recording:
    """Events in the order of time, and what the screenplay expects of the rules."""

    history: list[Event]
    evening: list[Event]
    expectations: list[Staged]
    start_ms: int
    length_s: float

    @property
    def events(self) -> list[Event]:
        return [*self.history, *self.evening]


def record(start_ms: int = FIXED_START_MS, *, seed: int = 77001) -> Recording:
    """The recording with the evening starting at a time.

    The same arguments give the same events, byte for byte.
    """
    earlier = [
        _play(folder, title, start_ms - days * DAY_MS, seed + days, viewers=260)
        for folder, title, days in EARLIER
    ]
    evening = _play("", TITLE, start_ms, seed, viewers=560)
    history = _between(start_ms, seed)
    for performance in earlier:
        history.extend(performance.events)
    history.sort(key=lambda event: (event.at, event.rank, event.id))
    front = _room(start_ms, session=_session_name(start_ms), tag=_tag(start_ms))
    return Recording(
        history=history,
        evening=[front, *evening.events],
        expectations=[
            staged for performance in (*earlier, evening) for staged in performance.expectations
        ],
        start_ms=start_ms,
        length_s=evening.length_s,
    )


def _play(folder: str, title: str, start_ms: int, seed: int, *, viewers: int) -> Performance:
    stage = Stage(
        start_ms=start_ms, session=_session_name(start_ms), tag=_tag(start_ms), seed=seed,
        viewers=viewers,
    )  # fmt: skip
    return stage.play(title, read_screenplay(SCENES / folder))


def _session_name(start_ms: int) -> str:
    return f"{ROOM}-{in_beijing(start_ms):%Y%m%d-%H%M}"


def _tag(start_ms: int) -> str:
    """First part of event ids: another start, other ids."""
    return f"d{start_ms // 1000:x}"


def _room(at: int, *, session: str, tag: str) -> Room:
    return Room(
        id=f"{tag}-room", platform=PLATFORM, room=ROOM, session=session, at=at,
        operator=OPERATOR, seller=OPERATOR, host=HOST, host_kind="seller",
    )  # fmt: skip


def _between(start_ms: int, seed: int) -> list[Event]:
    """Cards, displayed prices and what was paid in the shop while the room was off the air."""
    rng = random.Random(seed + 1)  # noqa: S311  a play, no secret
    tag = f"{_tag(start_ms)}-h"
    begin = start_ms - round(10.5 * DAY_MS)
    events: list[Event] = [_room(begin, session="", tag=tag)]
    number = 0
    for sku, goods in SHELF.items():
        if not goods.past:
            continue
        events.append(
            Product(
                id=f"{tag}-card-{sku}", platform=PLATFORM, room=ROOM, at=begin + 1_000, sku=sku,
                title=goods.title, shop=SHOP, brand=goods.brand, category=goods.category,
                attributes=goods.attributes, status="listed", price=goods.past[0][1],
            )
        )  # fmt: skip
        ends = [since for since, _, _ in goods.past[1:]] + [0.06]
        for (since, price, per_day), until in zip(goods.past, ends, strict=True):
            # The shelf is read every eight hours, and when the price has changed.
            days = since
            while days > until:
                number += 1
                at = start_ms - round(days * DAY_MS)
                events.append(
                    Price(
                        id=f"{tag}-p{number}",
                        platform=PLATFORM,
                        room=ROOM,
                        at=at,
                        sku=sku,
                        kind="asking",
                        price=price,
                        unit=goods.unit,
                    )
                )
                days -= rng.uniform(0.3, 0.36)
            for _ in range(max(1, round(per_day * (since - until)))):
                number += 1
                at = start_ms - round(rng.uniform(until + 0.01, since - 0.01) * DAY_MS)
                events.append(
                    Order(
                        id=f"{tag}-o{number}", at=at, order=f"{tag}-{number}", quantity=1,
                        user=f"茶客{rng.randrange(1_000, 9_999)}号", platform=PLATFORM, room=ROOM,
                        sku=sku, price=price, status="paid",
                    )
                )  # fmt: skip
    return events
