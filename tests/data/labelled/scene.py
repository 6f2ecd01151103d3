"""One room on one evening: what the generators of labelled scenarios build their events with."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

Fields = dict[str, Any]
Build = Callable[["Scene", Any], None]

S = 1_000
MIN = 60 * S
HOUR = 60 * MIN
DAY = 24 * HOUR
#: 2026-10-20T12:00:00Z, 20:00 in Shanghai: the evening of the broadcast.
EVENING_MS = 1_792_497_600_000

TITLES = ["陈皮白茶 150g", "长绒棉四件套", "男士羽绒服", "挂耳咖啡 20包", "不粘炒锅 32cm", "赣南脐橙 5斤",
           "保温杯 500ml", "儿童卫衣", "抽纸 24包", "氨基酸洗面奶"]  # fmt: skip
NAMES = [
    "小鱼",
    "阿珍",
    "晴天",
    "老周",
    "糖糖",
    "木子",
    "南山客",
    "芒果",
    "大雷",
    "一粒米",
    "西西",
    "月亮",
]
CHAT = ["主播好", "这个{}色有吗", "身高{}穿什么码", "{}号链接讲一下", "发什么快递", "多少钱", "到{}几天",
         "刚下班进来看看", "上次买的还没吃完", "能不能便宜{}块", "尺码偏大吗", "我也在{}", "哈哈哈哈",
         "有没有{}个装的", "支持退货吗", "这灯光好亮", "主播吃饭了吗", "等{}天了终于开播", "孩子{}岁能穿吗"]  # fmt: skip
FILL = ["黑", "白", "红", "160", "172", "1", "3", "5", "8", "成都", "沈阳", "杭州", "两", "六"]


class Scene:
    """One room on one evening, with the days before it."""

    def __init__(self, rng: random.Random, room: str, start_ms: int | None = None) -> None:
        self.rng = rng
        self.room = room
        self.events: list[Fields] = []
        self.start = EVENING_MS + rng.randrange(-3, 4) * DAY + rng.randrange(0, 40) * MIN
        if start_ms is not None:
            self.start = start_ms
        self.title = rng.choice(TITLES)
        self.add("session", -30 * MIN, phase="started", title="晚上好，" + self.title)
        self.add("room", -30 * MIN + S, host_kind="seller", host="主播" + rng.choice(NAMES))

    def add(self, type_: str, t_ms: float, /, **fields: Any) -> None:
        at = self.start + int(t_ms)
        off_air = t_ms < -HOUR or t_ms > 4 * HOUR
        self.events.append({
            "type": type_, "id": f"{type_}-{len(self.events) + 1}", "platform": "demo", "room": self.room,
            "session": "" if off_air else f"{self.room}-1", "at": at, **fields,
        })  # fmt: skip

    def say(self, t_ms: float, text: str, sku: str | None = "A", speaker: str = "host") -> None:
        fields: Fields = {"speaker": speaker, "text": text, "until": self.start + int(t_ms) + 3 * S,
                          "confidence": round(self.rng.uniform(0.86, 0.97), 2)}  # fmt: skip
        if sku:
            fields["sku"] = sku
        self.add("speech", t_ms, **fields)

    def chat(self, t_ms: float, text: str, user: str, role: str = "viewer") -> None:
        self.add("chat", t_ms, user=user, role=role, text=text)

    def card(self, t_ms: float = -20 * S, sku: str = "A", **fields: Any) -> None:
        self.add(
            "product", t_ms, **{"sku": sku, "title": self.title, "status": "explaining", **fields}
        )

    def crowd(
        self, minutes: float, per_min: float = 4, viewers: int | None = 400, from_min: float = 0
    ) -> None:
        """Viewers who talk of this and that, and the number of them every 30 s."""
        t = from_min * MIN
        while t < (from_min + minutes) * MIN:
            line = self.rng.choice(CHAT).format(self.rng.choice(FILL))
            self.chat(t, line, f"u{self.rng.randrange(900)}")
            t += self.rng.expovariate(per_min) * MIN
        if viewers is not None:
            for i in range(int(minutes * 2)):
                value = int(viewers * self.rng.uniform(0.9, 1.1))
                self.add("counter", from_min * MIN + i * 30 * S, name="viewers", value=value)

    def sales(self, price: int, days: range, sku: str = "A", **fields: Any) -> None:
        """Paid prices, one to three a day; `days` counts days before the evening."""
        for day in days:
            for _ in range(self.rng.randrange(1, 4)):
                t = -day * DAY + self.rng.randrange(30, 600) * MIN * 0.5
                self.add("price", t, sku=sku, kind="transaction", price=price, **fields)

    def shelf(self, price: int, days: range, sku: str = "A", **fields: Any) -> None:
        """The displayed price, twice a day."""
        for day in days:
            for half in (0, 9 * HOUR):
                self.add("price", -day * DAY + half + self.rng.randrange(60) * MIN, sku=sku,
                         kind="asking", price=price, **fields)  # fmt: skip

    def offer(self, price: int, ref: int | None = None, label: str = "原价", t_ms: float = 5 * MIN,
              sku: str = "A", **fields: Any) -> None:  # fmt: skip
        if ref is not None:
            fields |= {"reference_price": ref, "reference_label": label}
        self.add("price", t_ms, sku=sku, kind="asking", price=price, **fields)


#: By rule: name, why, expected, further fields of the row, the builder and its figures.
RULES: dict[str, list[tuple[str, str, bool, Fields, Build, Any]]] = {}


def case(
    rule: str, expect: bool, why: str, variants: list[Any], **extra: Any
) -> Callable[..., None]:
    """Registers a builder once for each variant of its figures."""

    def register(build: Build) -> None:
        for number, variant in enumerate(variants, 1):
            name = f"{build.__name__.strip('_').replace('_', '-')}-{number}"
            RULES.setdefault(rule, []).append((name, why, expect, extra, build, variant))

    return register
