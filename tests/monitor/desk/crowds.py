"""Alerts on crowds, as the rules raise them: of chat over two evenings, and of orders that came back."""

from __future__ import annotations

from typing import Any

from detectors.alerts import (
    Alert,
    CrowdAccount,
    CrowdAct,
    CrowdBroadcast,
    CrowdCounter,
    CrowdEvidence,
    CrowdSignal,
    Evidence,
    Sighting,
    WatchedGap,
)
from detectors.events import Counter, Event, Order
from tests.monitor.desk import evening
from tests.monitor.desk.evening import DAY, MINUTE, NOW

WORDS = "用了半个月皮肤真的变好了"
START = NOW - 40 * MINUTE


def counter(name: str, at: int, value: int | None, **more: Any) -> Counter:
    return Counter(
        id=f"{name}{at}{more.get('sku', '')}", at=at, platform="禾播", room="77001", session="s1",
        name=name, value=value, **more,  # type: ignore[arg-type]  # a name of a counter
    )  # fmt: skip


def order(number: int, at: int, user: str, status: str = "placed") -> Order:
    return Order(
        id=f"o{number}{status}", at=at, platform="禾播", room="77001", session="s1",
        order=f"o{number}", sku="T1", user=user, status=status,  # type: ignore[arg-type]
    )  # fmt: skip


def account(number: int, name: str, **more: Any) -> CrowdAccount:
    first = START + number * 10_000
    return CrowdAccount(name=name, first=first, last=first, **more)


def chatting(people: int = 24, named: int = 24, gaps: tuple[WatchedGap, ...] = ()) -> Alert:
    """Praise from many accounts, ten of which act in step, yesterday, too."""
    accounts = []
    lines: list[Event] = []
    for number in range(named):
        at = START + number * 10_000
        in_step = number < 10
        accounts.append(
            account(
                number, f"k1:{'abcdefghij'[number % 10]}{number:03}yz{'q' * 12}",
                lines=3 if in_step else 1,
                windows=[at - DAY, at] if in_step else [at],
                said=["用半个月皮肤变好"],
                groups=["echo", "lockstep"] if in_step else ["echo"],
            )
        )  # fmt: skip
        if number < 12:
            lines.append(evening.chat(at, WORDS, user=accounts[-1].name))
    crowd = CrowdEvidence(
        accounts=accounts,
        of=people,
        people=412,
        signals=[
            CrowdSignal(name="lockstep", value=10, expected=0.4, surprise=2.8),
            CrowdSignal(name="echo", value=people, expected=0.9, surprise=12.0),
        ],
        windows=[START - DAY + MINUTE, START + MINUTE],
        rhythm=[[START - 10 * MINUTE + minute * MINUTE, 20 + minute % 5] for minute in range(50)],
    )
    return evening.alert(
        "scripted-chat", subject="crowd", subject_title=f"{people} 个账号", title="弹幕集中重复",
        reason=f"{people} 个账号的长句好评与他人同文", focus="F1", at=START + 4 * MINUTE,
        evidence=Evidence(
            trigger=lines,
            before=[counter("viewers", START - minute * MINUTE, 900 + minute) for minute in range(4)],
            gaps=list(gaps), crowd=crowd, numbers={"accounts": people, "surprise": 12.0},
        ),
    )  # fmt: skip


def returning() -> Alert:
    """Buyers of one making whose orders come back; one of their names is a formula."""
    names = ["=HYPERLINK(1)", "买家001", "买家002", "＋8613800000000"]
    placed = [START + number * 10_000 for number in range(4)]
    back = [at + 30 * MINUTE for at in placed]
    crowd = CrowdEvidence(
        accounts=[
            account(number, name, orders=1, returned=number % 2, skus=["T1"], ordered=[placed[number]],
                    refunded=[back[number]] if number % 2 else [], groups=["orders"])
            for number, name in enumerate(names)
        ],
        of=4, people=30, signals=[],
    )  # fmt: skip
    events: list[Event] = []
    for number, name in enumerate(names):
        events.append(order(number, placed[number], name))
        # The same order once more, when it is paid.
        events.append(order(number, placed[number] + 5_000, name, "paid"))
    return evening.alert(
        "fake-transaction", at=NOW, evidence=Evidence(trigger=events, crowd=crowd, numbers={})
    )


def by_minute() -> Alert:
    """The same with a book of the room by minute."""
    minutes = [START - START % MINUTE + number * MINUTE for number in range(30)]
    crowd = CrowdEvidence(
        accounts=[],
        of=0,
        people=0,
        signals=[],
        rhythm=[[minute, 12] for minute in minutes],
        counters=[
            CrowdCounter(
                name="viewers", minutes=[[one, 500 + n, 500 + n] for n, one in enumerate(minutes)]
            ),
            CrowdCounter(name="visits", minutes=[[minutes[0], 9_000, 9_999]]),
        ],
    )
    trigger: list[Event] = [counter("viewers", NOW, 530)]
    return evening.alert(
        "fake-traffic",
        subject="viewers:line",
        at=NOW,
        evidence=Evidence(trigger=trigger, crowd=crowd),
    )


def surging() -> Alert:
    """An alert that stands on counters and names nobody."""
    viewers = [
        counter("viewers", NOW - second * 15_000, 900 if second < 3 else 100) for second in range(8)
    ]
    likes = [
        counter("likes", NOW - second * 15_000, None, low=12_000, high=13_000)
        for second in range(3)
    ]
    return evening.alert(
        "fake-traffic", subject="viewers:surge", at=NOW, evidence=Evidence(trigger=[*viewers, *likes])
    )  # fmt: skip


def touring(broadcasts: int = 4) -> Alert:
    """Eight buyers that come together in two rooms, evening after evening; two more that do not."""
    accounts = []
    for number in range(10):
        acts = [
            CrowdAct(
                broadcast=place,
                at=START + place * DAY // 2 + (number * 6_000 if number < 8 else number * 400_000),
                kind="order",
            )
            for place in range(broadcasts)
        ]
        accounts.append(
            CrowdAccount(
                name=f"k1:{'abcdefghij'[number]}{number:03}yz{'q' * 12}",
                first=acts[0].at, last=acts[-1].at, orders=len(acts), acts=acts,
                groups=["buying-again", "together"] if number < 8 else ["buying-again"],
            )
        )  # fmt: skip
    places = [("禾播", "77001" if place % 2 else "77002") for place in range(broadcasts)]
    crowd = CrowdEvidence(
        accounts=accounts, of=10, people=300,
        signals=[
            CrowdSignal(name="buying-again", value=10, expected=3.2, surprise=3.1),
            CrowdSignal(name="together", value=8, expected=0.02, surprise=11.0),
        ],
        broadcasts=[
            CrowdBroadcast(
                platform=platform, room=room, session=f"s{place}", accounts=80,
                rhythm=[[START - START % 300_000 + place * DAY // 2 + slice * 300_000, 4 + slice % 5] for slice in range(14)],
            )
            for place, (platform, room) in enumerate(places)
        ],
    )  # fmt: skip
    return evening.alert(
        "shared-crowd", room=("", ""), session="", subject="hebo-uscc-91@2026-11-23", level="lead",
        subject_title="青禾县陈记茶业有限公司的直播间", title="涉嫌多个直播间共用同一批账号", hits=broadcasts,
        reason="同一运营者的 2 个直播间里，8 个账号一再于同样的几分钟内出现", focus="F1", at=NOW,
        evidence=Evidence(
            trigger=[order(0, START, accounts[0].name)], crowd=crowd, numbers={"accounts": 10, "together": 8},
            rooms=[
                Sighting(platform=platform, room=room, session=f"s{place}", at=START + place * DAY // 2, event=f"e{place}")
                for place, (platform, room) in enumerate(places)
            ],
        ),
    )  # fmt: skip
