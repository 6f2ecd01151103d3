"""A month of decisions, as an office of its region would leave them in its store.

Hosts of the region sell by their own turns of speech, which nobody who wrote our texts has heard:
some are claims of a cure that the office confirms, some sound like it and are closed as a rule that
is too wide. What is said changes from day to day; the turns of speech stay.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from detectors.alerts import Evidence, Span
from detectors.events import Speech
from monitor.store.rows import CloseReason, Outcome
from monitor.store.store import Store
from tests.monitor.build import alert

DAY_MS = 86_400_000
#: 2026-09-01 in China, where the month begins.
BEGIN_MS = 1_788_192_000_000

GOODS = [
    "山茶",
    "老姜膏",
    "苦荞",
    "桑叶粉",
    "葛根",
    "杜仲茶",
    "黄精",
    "灰树花",
    "玉米须",
    "羊奶粉",
    "铁皮枫斗",
    "蚂蚁酒",
]
WHO = [
    "我家婆婆",
    "隔壁老张",
    "村里的会计",
    "我二姨",
    "有个粉丝",
    "店里的大姐",
    "我爸",
    "厂里的师傅",
    "上周那个姐",
]
WHEN = ["一个礼拜", "俩月", "半个冬天", "十来天", "三罐", "一个疗程的量", "没几天", "小半年"]
#: Turns of speech that the office confirms.
CURES = [
    "{who}吃{good}{when}，那个指标就绿了",
    "{good}喝{when}，{who}的药瓶子都挂墙上了",
    "{who}说{when}的{good}下去，跟那个老毛病拜拜",
    "{when}{good}，{who}再没进过白大褂的门",
    "{who}拿{good}顶了{when}，化验单上的箭头全没了",
]
#: Turns of speech that only sound like it.
LAWFUL = [
    "{who}喝{good}{when}，说这个味道戒不掉了",
    "{good}{who}家里一直备着，{when}就见底",
    "{who}问{good}放{when}会不会坏，不会的",
    "{when}前{who}订的{good}，今天都到货了",
    "{who}拿{good}送领导，{when}就送出去一箱",
]


class Said(NamedTuple):
    """What was said, how the office decided, and when."""

    text: str
    reason: CloseReason
    at: int


def month(seed: int, many: int = 240) -> Iterator[Said]:
    """The decisions of a month, the oldest first; every tenth is about data or a repetition."""
    draw = random.Random(seed)
    for number in range(many):
        at = BEGIN_MS + number * 30 * DAY_MS // many
        is_cure = draw.random() < 0.5
        text = draw.choice(CURES if is_cure else LAWFUL).format(
            who=draw.choice(WHO), good=draw.choice(GOODS), when=draw.choice(WHEN)
        )
        reason: CloseReason = draw.choice(["confirmed", "minor"]) if is_cure else "rule-too-wide"
        if draw.random() < 0.1:
            reason = draw.choice(["data-error", "duplicate"])
        yield Said(text, reason, at)


def decide(store: Store, said: Iterator[Said], rule: str = "medical-claim") -> None:
    """Raises an alert for each text, and closes it."""
    for number, (text, reason, at) in enumerate(said):
        spoken = Speech(
            id=f"s{number}", platform="demo", room="1", at=at, text=text, speaker="host"
        )
        span = Span(event=spoken.id, start=0, end=len(text), text=text)
        raised = alert(
            f"claim-{rule}-{number}", rule=rule, level="watch",
            evidence=Evidence(trigger=[spoken], spans=[span]),
        )  # fmt: skip
        store.commit(Outcome(alerts=[raised]), now=at)
        store.transition(raised.id, "acknowledged", "王某", at)
        store.transition(raised.id, "closed", "王某", at, reason)
