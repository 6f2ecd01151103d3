"""Labelled scenarios of events: what a rule must raise on, and the lawful look-alikes.

Semi-synthetic: the background is generated, the figures of the campaigns come from published
enforcement notices. Everything is seeded, so the files beside this script can be made again:
``python tests/data/labelled/generate.py``.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import sheet
from scene import CHAT, DAY, FILL, HOUR, MIN, NAMES, RULES, TITLES, Fields, S, Scene, case

# --- false-original-price -------------------------------------------------------------------

FOP = "false-original-price"


@case(FOP, True, "sold cheaper than the shown 原价 inside the seven days", [(8990, 45900, "原价"), (29800, 198000, "划线价"), (29900, 79800, "原价"), (26800, 138800, "日常价")], subject="A")  # fmt: skip
def sold_cheaper(s: Scene, v: Any) -> None:
    price, ref, label = v
    s.card(category="clothing")
    s.sales(price, range(s.rng.randrange(9, 30), 0, -1))
    s.crowd(6)
    s.offer(price, ref, label)


@case(FOP, True, "no sale in seven days; the last sale before was below the reference", [(9900, 19900, 9), (4500, 12800, 15)], subject="A")  # fmt: skip
def last_sale_older(s: Scene, v: Any) -> None:
    price, ref, day = v
    s.shelf(price, range(day + 10, 0, -1))
    s.sales(price, range(day + 6, day, -1))
    s.crowd(6)
    s.offer(price - 500, ref)


@case(FOP, True, "history of two days only, but one paid price below the reference is enough", [(6900, 15900), (13900, 39900)], subject="A")  # fmt: skip
def short_but_enough(s: Scene, v: Any) -> None:
    s.sales(v[0], range(2, 0, -1))
    s.crowd(5)
    s.offer(v[0], v[1])


@case(
    FOP,
    True,
    "one single cheaper sale, just inside the window, among dearer ones",
    [6.9, 5.2],
    subject="A",
)
def just_inside(s: Scene, v: float) -> None:
    s.sales(19900, range(20, 0, -1))
    s.add("price", -v * DAY, sku="A", kind="transaction", price=9900)
    s.crowd(5)
    s.offer(9900, 19900, t_ms=30 * S)


@case(FOP, True, "list prices only, over ten days and more; the reference was never asked", [(5900, 12900), (15800, 39900)], subject="A")  # fmt: skip
def never_asked(s: Scene, v: Any) -> None:
    s.shelf(v[0], range(s.rng.randrange(10, 25), 0, -1))
    s.crowd(5)
    s.offer(v[0] - 100, v[1])


@case(FOP, True, "everybody paid less through an open coupon, so the undiscounted price is no 原价", [(19900, 9900), (8800, 5900)], subject="A")  # fmt: skip
def open_coupon(s: Scene, v: Any) -> None:
    s.shelf(v[0], range(14, 0, -1))
    s.sales(v[1], range(12, 0, -1))
    s.crowd(5)
    s.offer(v[1], v[0])


@case(
    FOP,
    False,
    "really sold at the reference until today",
    [(45900, 29900), (8900, 6900), (12800, 9900)],
)
def truly_sold(s: Scene, v: Any) -> None:
    s.shelf(v[0], range(16, 0, -1))
    s.sales(v[0], range(16, 0, -1))
    s.crowd(5)
    s.offer(v[1], v[0])


@case(FOP, False, "the cheaper sales lie before the window of seven days", [9, 12])
def before_window(s: Scene, v: int) -> None:
    s.sales(6900, range(v + 12, v, -1))
    s.sales(12900, range(v - 1, 0, -1))
    s.crowd(5)
    s.offer(7900, 12900)


@case(FOP, False, "the promotion began days ago; the cheap sales belong to it, before it the price was real", [3, 5])  # fmt: skip
def same_promotion(s: Scene, v: int) -> None:
    s.sales(19900, range(v + 16, v, -1))
    s.offer(9900, 19900, t_ms=-v * DAY + 6 * HOUR)
    s.sales(9900, range(v - 1, 0, -1))
    s.crowd(5)
    s.offer(9900, 19900)


@case(FOP, False, "watched for less than seven days and no paid price seen", [2, 4])
def too_short(s: Scene, v: int) -> None:
    s.shelf(9900, range(v, 0, -1))
    s.crowd(5)
    s.offer(9900, 15900)


@case(
    FOP, False, "a printed or recommended retail price, so labelled", ["厂商建议零售价", "吊牌价"]
)
def printed(s: Scene, v: str) -> None:
    s.sales(29900, range(14, 0, -1))
    s.crowd(5)
    s.offer(29900, 59900, v)


@case(
    FOP,
    False,
    "another pack size: the cheaper sales were for a smaller unit",
    [("1盒", "3盒"), ("5斤", "10斤")],
)
def other_unit(s: Scene, v: Any) -> None:
    s.sales(3990, range(14, 0, -1), unit=v[0])
    s.sales(10900, range(14, 0, -1), unit=v[1])
    s.crowd(5)
    s.offer(8900, 10900, unit=v[1])


@case(FOP, False, "the cheaper sales are of another SKU", [(3900, 12900), (6900, 25900)])
def other_sku(s: Scene, v: Any) -> None:
    s.sales(v[0], range(14, 0, -1), sku="B")
    s.sales(v[1], range(14, 0, -1))
    s.crowd(5)
    s.offer(v[1] - 2000, v[1])


@case(
    FOP,
    False,
    "only members, first orders or a state subsidy paid less",
    [["会员价"], ["新人首单"], ["国补"]],
)
def conditional(s: Scene, v: list[str]) -> None:
    s.sales(29900, range(15, 0, -1))
    s.sales(24900, range(6, 0, -1), conditions=v)
    s.crowd(5)
    s.offer(25900, 29900)


@case(FOP, False, "a deposit is no price", [(5000, 39900)])
def deposit(s: Scene, v: Any) -> None:
    s.sales(v[1], range(12, 0, -1))
    s.add("price", -2 * DAY, sku="A", kind="deposit", price=v[0])
    s.crowd(5)
    s.offer(33900, v[1])


@case(FOP, False, "rounded to the full yuan", [(19990, 20000), (8998, 9000)])
def rounded(s: Scene, v: Any) -> None:
    s.sales(v[0], range(14, 0, -1))
    s.crowd(5)
    s.offer(v[0] - 3000, v[1])


# --- raise-then-cut -------------------------------------------------------------------------

RTC = "raise-then-cut"


@case(RTC, True, "raised for hours, hardly sold, then the raised price is the base of the cut", [(9900, 15900, 40, 9900), (29900, 39900, 60, 27900), (4900, 9900, 20, 4500), (19900, 23900, 30, 19900), (6800, 12800, 50, 6900), (15800, 29800, 12, 15800), (3990, 5990, 66, 3890), (89900, 129900, 24, 88900)], subject="A")  # fmt: skip
def brief_raise(s: Scene, v: Any) -> None:
    base, high, hours, cut = v
    s.card()
    s.shelf(base, range(s.rng.randrange(12, 35), 3, -1))
    s.sales(base, range(11, 3, -1))
    for hour in range(0, hours, 6):
        s.add("price", -(hours - hour) * HOUR, sku="A", kind="asking", price=high)
    s.crowd(5)
    s.offer(cut, high)


@case(RTC, True, "raised twice in steps within three days, then used as 划线价", [(9900, 12900, 16900), (25900, 29900, 39900)], subject="A")  # fmt: skip
def stepped(s: Scene, v: Any) -> None:
    s.shelf(v[0], range(28, 3, -1))
    for hour in (58, 52, 46, 40):
        s.add("price", -hour * HOUR, sku="A", kind="asking", price=v[1])
    for hour in (34, 26, 18, 8, 2):
        s.add("price", -hour * HOUR, sku="A", kind="asking", price=v[2])
    s.crowd(5)
    s.offer(v[0], v[2], "划线价")


@case(RTC, True, "a week at the raised price, but two buyers only", [(9900, 14900), (5900, 9900), (39900, 59900), (12800, 16800)], subject="A")  # fmt: skip
def raise_without_buyers(s: Scene, v: Any) -> None:
    s.shelf(v[0], range(27, 7, -1))
    s.sales(v[0], range(27, 7, -1))
    s.shelf(v[1], range(7, 0, -1))
    for n, day in enumerate((5, 3)):
        s.add(
            "order",
            -day * DAY,
            order=f"o{n}",
            sku="A",
            user=f"b{n}",
            quantity=1,
            price=v[1],
            status="paid",
        )
    s.crowd(5)
    s.offer(v[0], v[1])


@case(RTC, False, "raised, held for long and well sold at the raised price", [(9900, 14900, 12), (5900, 7900, 20), (29900, 36900, 9)])  # fmt: skip
def lasting_raise(s: Scene, v: Any) -> None:
    s.shelf(v[0], range(v[2] + 12, v[2], -1))
    s.shelf(v[1], range(v[2], 0, -1))
    for n in range(v[2] * 3):
        s.add("order", -v[2] * DAY + n * 7 * HOUR, order=f"o{n}", sku="A", user=f"b{n}", quantity=1, price=v[1], status="paid")  # fmt: skip
    s.sales(v[1], range(v[2], 0, -1))
    s.crowd(5)
    s.offer(v[0], v[1])


@case(RTC, False, "raised by less than fifteen per cent", [(9900, 10900), (19900, 21900)])
def small_raise(s: Scene, v: Any) -> None:
    s.shelf(v[0], range(20, 2, -1))
    s.shelf(v[1], range(2, 0, -1))
    s.crowd(5)
    s.offer(v[0], v[1])


@case(RTC, False, "dearer because the pack is bigger", [("1袋", "2袋"), ("500g", "1kg")])
def bigger_pack(s: Scene, v: Any) -> None:
    s.shelf(4900, range(20, 2, -1), unit=v[0])
    s.shelf(8900, range(2, 0, -1), unit=v[1])
    s.crowd(5)
    s.offer(7900, 8900, unit=v[1])


@case(
    RTC,
    False,
    "raised and cut again, but the raised price is not shown as a base",
    [(9900, 13900), (2990, 4590)],
)
def no_base(s: Scene, v: Any) -> None:
    s.shelf(v[0], range(20, 2, -1))
    s.shelf(v[1], range(2, 0, -1))
    s.crowd(5)
    s.offer(v[0])


@case(
    RTC,
    False,
    "never raised: the base is the price asked all along",
    [(15900, 9900), (6900, 4900), (39900, 29900)],
)
def steady(s: Scene, v: Any) -> None:
    s.shelf(v[0], range(25, 0, -1))
    s.sales(v[0], range(25, 0, -1))
    s.crowd(5)
    s.offer(v[1], v[0])


@case(RTC, False, "another SKU was raised", [(9900, 15900), (3900, 6900)])
def raise_elsewhere(s: Scene, v: Any) -> None:
    s.shelf(v[0], range(15, 2, -1), sku="B")
    s.shelf(v[1], range(2, 0, -1), sku="B")
    s.shelf(v[1], range(15, 0, -1))
    s.sales(v[1], range(15, 0, -1))
    s.crowd(5)
    s.offer(v[0], v[1])


@case(
    RTC,
    False,
    "the low days were a 秒杀 or coupon price beside an unchanged list price",
    ["coupon", "asking"],
)
def flash_before(s: Scene, v: str) -> None:
    s.shelf(15900, range(26, 0, -1))
    s.sales(15900, range(26, 0, -1))
    s.add("price", -3 * DAY, sku="A", kind=v, price=9900, conditions=["限时秒杀"])
    s.add("price", -3 * DAY + HOUR, sku="A", kind="asking", price=15900)
    s.crowd(5)
    s.offer(11900, 15900)


# --- price-swing ----------------------------------------------------------------------------

SWING = "price-swing"


def _noisy(s: Scene, base: int, days: int, spread: float, **fields: Any) -> None:
    for day in range(days, 0, -1):
        for half in (0, 8 * HOUR):
            price = int(base * s.rng.uniform(1 - spread, 1 + spread))
            s.add("price", -day * DAY + half, sku="A", kind="asking", price=price, **fields)


@case(SWING, True, "calm for weeks, then a jump", [(9900, 0.3, 30), (3900, 2.6, 25), (19900, 0.35, 38), (5900, 3.0, 20), (12800, 0.25, 28), (2990, 2.2, 35), (45900, 0.4, 30), (6800, 4.0, 22), (8900, 0.2, 33), (159900, 0.45, 40), (3390, 2.4, 26), (7900, 0.3, 18), (26800, 1.9, 30), (4990, 0.38, 24)], level="info", subject="A")  # fmt: skip
def jump(s: Scene, v: Any) -> None:
    _noisy(s, v[0], v[2], 0.02)
    s.crowd(4)
    s.offer(int(v[0] * v[1]))


@case(SWING, False, "small moves", [(9900, 0.97), (3900, 1.03), (25900, 1.0)])
def calm(s: Scene, v: Any) -> None:
    _noisy(s, v[0], 30, 0.03)
    s.crowd(4)
    s.offer(int(v[0] * v[1]))


@case(
    SWING,
    False,
    "fresh goods whose price always moves like that",
    [(3000, 0.75), (1200, 1.35), (2200, 0.7)],
)
def lively(s: Scene, v: Any) -> None:
    s.card(category="fresh_produce")
    _noisy(s, v[0], 35, 0.4)
    s.crowd(4)
    s.offer(int(v[0] * v[1]))


@case(SWING, False, "lower only by a stated condition", [["限时秒杀"], ["满199减100"], ["会员价"]])
def on_condition(s: Scene, v: list[str]) -> None:
    _noisy(s, 9900, 28, 0.02)
    s.crowd(4)
    s.offer(4900, conditions=v)


@case(SWING, False, "coupon or deposit, no price of its own kind", ["coupon", "deposit"])
def other_kind(s: Scene, v: str) -> None:
    _noisy(s, 19900, 28, 0.02)
    s.crowd(4)
    s.add("price", 5 * MIN, sku="A", kind=v, price=5000)


@case(SWING, False, "another unit", [("1盒", "4盒", 3.6), ("10斤", "3斤", 0.35)])
def other_pack(s: Scene, v: Any) -> None:
    _noisy(s, 4900, 28, 0.02, unit=v[0])
    s.crowd(4)
    s.offer(int(4900 * v[2]), unit=v[1])


@case(SWING, False, "two prices seen before: too little to say what is normal", [0.3, 3.0])
def no_history(s: Scene, v: float) -> None:
    _noisy(s, 9900, 1, 0.01)
    s.crowd(4)
    s.offer(int(9900 * v))


# --- low-show-high-settle -------------------------------------------------------------------

LOW = "low-show-high-settle"


@case(LOW, True, "shown low, paid more, again and again", [(7900, 9900, 3), (2990, 3990, 2), (15900, 16900, 4), (990, 1990, 5), (49900, 52900, 3), (6800, 6900, 4)], subject="A")  # fmt: skip
def paid_more(s: Scene, v: Any) -> None:
    s.card(price=v[0])
    s.crowd(12)
    for k in range(v[2] * 2):
        s.offer(v[0], t_ms=k * 100 * S)
    for k in range(v[2]):
        t = 130 * S + k * 100 * S
        s.add("price", t, sku="A", kind="transaction", price=v[1])


@case(LOW, True, "orders paid above the asking price", [(7900, 8900), (12900, 15900), (1990, 2990), (25900, 29900)], subject="A")  # fmt: skip
def orders_above(s: Scene, v: Any) -> None:
    s.card(price=v[0])
    s.crowd(12)
    for k in range(5):
        s.offer(v[0], t_ms=k * 120 * S)
        s.add("order", 90 * S + k * 120 * S, order=f"o{k}", sku="A", user=f"b{k}", quantity=1, price=v[1], status="paid")  # fmt: skip


@case(LOW, True, "the card's price below what is paid, on two captures minutes apart", [(5900, 6900), (8800, 9900), (3990, 5990), (19900, 21900)], subject="A")  # fmt: skip
def card_below(s: Scene, v: Any) -> None:
    s.crowd(12)
    for k in range(4):
        s.card(k * 150 * S, price=v[0])
        s.add("price", k * 150 * S + 20 * S, sku="A", kind="transaction", price=v[1])


def _paid(s: Scene, show: int, paid: int, times: int = 3, **fields: Any) -> None:
    s.crowd(10)
    for k in range(times):
        s.offer(show, t_ms=k * 120 * S, **fields)
        s.add("price", k * 120 * S + 70 * S, sku="A", kind="transaction", price=paid)


@case(LOW, False, "paid as shown or less", [(9900, 9900), (9900, 8900), (3990, 3890)])
def as_shown(s: Scene, v: Any) -> None:
    _paid(s, *v)


@case(LOW, False, "“…起”: the lowest of a visible range", [(3990, 5990), (9900, 19900)])
def from_price(s: Scene, v: Any) -> None:
    s.card(title=s.title + " 多规格", price=v[0])
    _paid(s, *v, conditions=["起"])


@case(LOW, False, "a price for members, shown as such", [["会员价"], ["新人价"]])
def member_price(s: Scene, v: list[str]) -> None:
    _paid(s, 7900, 9900, conditions=v)


@case(LOW, False, "one capture only: the page was a few seconds old", [20, 45])
def cache_delay(s: Scene, v: int) -> None:
    s.crowd(8)
    s.offer(7900, t_ms=0)
    s.offer(9900, t_ms=300 * S)
    s.add("price", (300 - v) * S, sku="A", kind="transaction", price=9900)
    s.offer(9900, t_ms=400 * S)


@case(LOW, False, "a deposit is shown, the full price is paid", [(1000, 19900), (5000, 39900)])
def deposit_shown(s: Scene, v: Any) -> None:
    s.crowd(8)
    for k in range(3):
        s.add("price", k * 120 * S, sku="A", kind="deposit", price=v[0])
        s.add("price", k * 120 * S + 70 * S, sku="A", kind="transaction", price=v[1])


@case(LOW, False, "dearer payments are for another SKU", [(4900, 9900), (1990, 5990)])
def dearer_sku(s: Scene, v: Any) -> None:
    s.crowd(8)
    for k in range(4):
        s.offer(v[0], t_ms=k * 120 * S)
        s.add("price", k * 120 * S + 70 * S, sku="B", kind="transaction", price=v[1])


@case(LOW, False, "shown for one pack, paid for another", [("1盒", "2盒"), ("3斤", "5斤")])
def pack_paid(s: Scene, v: Any) -> None:
    s.crowd(8)
    for k in range(4):
        s.offer(3900, t_ms=k * 120 * S, unit=v[0])
        s.add("price", k * 120 * S + 70 * S, sku="A", kind="transaction", price=6900, unit=v[1])


# --- promo-rule-mismatch --------------------------------------------------------------------

PROMO = "promo-rule-mismatch"


def _promise(
    s: Scene, text: str, price: int, later: list[int], later_price: int | None, t_ms: int = 6 * MIN
) -> None:
    s.card(price=price)
    s.offer(price, t_ms=MIN)
    s.crowd(15)
    s.say(t_ms, text)
    s.offer(price, t_ms=t_ms + 30 * S)
    for hours in later:
        if later_price is not None:
            s.offer(later_price, t_ms=t_ms + hours * HOUR)


_DAYS = [1, 2, 26, 30, 50, 74]


@case(PROMO, True, "“today only”, and the same price for days after", [("这个价仅限今天啊家人们，明天就没有了", 8990), ("就今天晚上，仅限今晚，过了今晚恢复九十八", 2930), ("最后一天了最后一天，错过就恢复原价", 15900), ("活动今天结束，零点准时恢复原价一百二十九", 6900)], subject="A")  # fmt: skip
def today_only(s: Scene, v: Any) -> None:
    _promise(s, v[0], v[1], _DAYS, v[1])


@case(PROMO, True, "minutes to go, and nothing changed hours later", [("还有十分钟恢复原价啊，抓紧", 2930), ("最后五分钟，五分钟以后恢复到九十八", 2930), ("倒计时三分钟，三分钟之后涨回一百五十九", 9900), ("还有15分钟恢复原价，没拍的赶紧拍", 19900)], subject="A")  # fmt: skip
def minutes_left(s: Scene, v: Any) -> None:
    _promise(s, v[0], v[1], [1, 2, 3, 25, 49], v[1])


@case(
    PROMO,
    True,
    "下播 is the stated end; unchanged for twenty-one days",
    [(2930, 21), (4900, 9)],
    subject="A",
)
def not_restored(s: Scene, v: Any) -> None:
    _promise(
        s,
        "这个价只有今天直播间有，仅限今天，明天恢复九十八一瓶",
        v[0],
        [24 * d + 2 for d in range(1, v[1])],
        v[0],
    )


@case(
    PROMO,
    True,
    "the countdown starts anew again and again at one price",
    [5, 10, 3, 8],
    subject="A",
)
def reset(s: Scene, v: int) -> None:
    s.card(price=5900)
    s.crowd(50)
    for k in range(4):
        s.offer(5900, t_ms=k * (v + 2) * MIN + 30 * S)
        s.say(k * (v + 2) * MIN + MIN, f"还有{v}分钟恢复原价啊，就{v}分钟")
    s.offer(5900, t_ms=80 * MIN)
    s.offer(5900, t_ms=120 * MIN)


@case(PROMO, False, "restored as promised", [("仅限今天啊，明天恢复原价", 6900, 9900, [27, 50]), ("还有十分钟恢复原价", 2930, 9800, [1, 25]), ("最后一天，明天就是一百五", 9900, 15000, [20, 30, 48])])  # fmt: skip
def restored(s: Scene, v: Any) -> None:
    _promise(s, v[0], v[1], v[3], v[2])


@case(PROMO, False, "extended, with the reason said on air before the end", ["因为物流停运两天，活动延长到周日，价格一样", "系统刚才卡了好多人没拍到，我们申请延长到明天晚上"])  # fmt: skip
def extended(s: Scene, v: str) -> None:
    _promise(s, "这个价仅限今天啊", 6900, [26, 40], 6900)
    s.say(9 * MIN, v)


@case(PROMO, False, "the platform extended the whole campaign", ["平台通知，全平台大促统一延长到二十五号，不是我们一家", "接平台公告，大促活动整体延期三天，所有店铺都一样"])  # fmt: skip
def platform_wide(s: Scene, v: str) -> None:
    _promise(s, "大促最后一天，今天结束恢复原价", 9900, [26], 9900)
    s.chat(20 * MIN, v, "sys", role="system")
    s.say(21 * MIN, v)


@case(
    PROMO,
    False,
    "nobody looked at the price afterwards",
    ["仅限今天，明天恢复原价", "还有十分钟恢复原价"],
)
def unseen(s: Scene, v: str) -> None:
    _promise(s, v, 6900, [], None)
    end = s.start + 20 * MIN
    s.add(
        "gap",
        20 * MIN,
        **{"from": end, "until": end + 3 * DAY, "reason": "not watched", "source": "demo"},
    )


@case(PROMO, False, "another SKU keeps its price", [3900, 12900])
def other_goods(s: Scene, v: int) -> None:
    _promise(s, "这一款仅限今天这个价，明天恢复", 6900, [27, 50], 9900)
    for hours in (1, 26, 50):
        s.offer(v, t_ms=hours * HOUR, sku="B")


@case(PROMO, False, "no promise of an end", ["不是只限今天啊，这个价这周都有，不着急", "今天下单明天就发货，最晚后天", "今天是最后一天穿短袖了，明天降温", "最后五分钟我们抽个奖"])  # fmt: skip
def no_promise(s: Scene, v: str) -> None:
    _promise(s, v, 6900, [2, 26, 50], 6900)


@case(PROMO, False, "a viewer says it", ["是不是仅限今天这个价", "还有十分钟恢复原价吗"])
def viewer_says(s: Scene, v: str) -> None:
    s.card(price=6900)
    s.offer(6900, t_ms=MIN)
    s.crowd(12)
    s.chat(5 * MIN, v, "u7")
    for hours in (1, 26, 50):
        s.offer(6900, t_ms=hours * HOUR)


# --- fabricated-sales-figure ----------------------------------------------------------------

SALES = "fabricated-sales-figure"


def _claim(s: Scene, text: str, sold: int | tuple[int, int] | None, sku: str = "A") -> None:
    s.card(category="food")
    s.crowd(8)
    if sold is not None:
        for k in range(5):
            figures = (
                {"value": sold + k * 2}
                if isinstance(sold, int)
                else {"low": sold[0], "high": sold[1]}
            )
            s.add("counter", k * 50 * S, name="sold", sku="A", **figures)
    s.say(150 * S, text, sku=sku)


@case(SALES, True, "the claim is far above the counter of the same link", [("已经卖了十万单了家人们", 3120), ("这个链接已经卖出去3万多单了", 860), ("今天已售两万件，还剩最后一点", 412), ("已经拍了一万八千单，你还在犹豫什么", 2300), ("这一款现在销量破五万了", 9800), ("卖了八千多单没有一个差评", 95), ("你看，五十万单，我们这个链接卖了五十万单", 12000), ("刚刚这一波就走了三千单", 140), ("已经有六万个家人下单了", 20500), ("二十万份都卖掉了，这个品", 73000)], subject="A")  # fmt: skip
def above_counter(s: Scene, v: Any) -> None:
    _claim(s, *v)


@case(SALES, True, "above the upper end of the rounded band too", [("已经卖了10万单", (10_000, 20_000)), ("卖了五万单了这个", (1_000, 2_000)), ("已售三十万件", (100_000, 110_000)), ("这链接卖出八万单", (12_000, 13_000))], subject="A")  # fmt: skip
def above_band(s: Scene, v: Any) -> None:
    _claim(s, *v)


@case(SALES, False, "the counter bears it out", [("已经卖了三千单了", 3050), ("卖了一万单", 9400), ("已经卖了一万多单", (10_000, 20_000)), ("快两万单了", (10_000, 20_000))])  # fmt: skip
def borne_out(s: Scene, v: Any) -> None:
    _claim(s, *v)


@case(SALES, False, "another scope is named", [("全渠道累计卖了一百万单", 3200), ("去年一年我们卖了二十万单", 800), ("整个店铺加起来卖了五万单，不是这一个链接", 1500), ("我们这个品牌十年累计卖了三百万罐", 2600), ("老链接卖了十万单，今天换的新链接从零开始", 120)])  # fmt: skip
def other_scope(s: Scene, v: Any) -> None:
    _claim(s, *v)


@case(SALES, False, "an aim, a stock or something else than sales", [("今天的目标是卖到十万单，大家帮帮忙", 300), ("仓库备了五万单的货，都能发", 420), ("点赞到十万我们上福袋", 420), ("要是能卖十万单我给大家跳个舞", 200), ("没有卖十万单，别听人家瞎说，就三百来单", 310)])  # fmt: skip
def no_sales_claim(s: Scene, v: Any) -> None:
    _claim(s, *v)


@case(SALES, False, "no counter was seen", ["已经卖了十万单了", "卖出去两万件了"])
def no_counter(s: Scene, v: str) -> None:
    _claim(s, v, None)


@case(SALES, False, "said by a viewer", ["已经卖了十万单了吧", "卖了五万单真的假的"])
def said_by_viewer(s: Scene, v: str) -> None:
    _claim(s, "欢迎新进来的朋友", 900)
    s.chat(170 * S, v, "u4")


# --- fake-scarcity --------------------------------------------------------------------------

SCARCE = "fake-scarcity"


def _last(
    s: Scene,
    times: list[float],
    stocks: list[int],
    texts: list[str],
    sku: str = "A",
    step_s: int = 60,
) -> None:
    s.card(stock=stocks[0])
    s.crowd(max(times) + 4)
    for k, stock in enumerate(stocks):
        s.add("counter", k * step_s * S, name="stock", sku="A", value=stock)
    for k, minute in enumerate(times):
        s.say(minute * MIN + 20 * S, texts[k % len(texts)], sku=sku)


_LAST = [
    "最后三单了啊，拍完就没了",
    "只剩最后3件，真的没有了",
    "还有最后三单，马上没了家人们",
    "最后几件了，抢完下架",
]


@case(SCARCE, True, "declared the last again and again, the stock does not fall", [(4, 500), (5, 1200), (6, 88), (3, 3000), (4, 260), (7, 640), (5, 5000), (4, 350)], subject="A")  # fmt: skip
def never_the_last(s: Scene, v: Any) -> None:
    _last(s, [2 + 5 * k for k in range(v[0])], [v[1]] * 35, _LAST)


@case(SCARCE, True, "sold out and refilled within two minutes, several times", [(50, 60), (100, 90), (30, 45), (200, 110), (66, 70), (20, 100)], subject="A")  # fmt: skip
def refilled(s: Scene, v: Any) -> None:
    s.card(stock=v[0])
    s.crowd(24)
    for k in range(4):
        t = k * 6 * MIN
        for part in range(4):
            s.add("counter", t + part * 50 * S, name="stock", sku="A", value=v[0] * (3 - part) // 3)
        s.say(t + 152 * S, "没了没了，抢光了，最后一批了")
        s.card(t + 155 * S, status="sold_out", stock=0)
        s.card(t + (155 + v[1]) * S, status="explaining", stock=v[0])
        s.add("counter", t + (156 + v[1]) * S, name="stock", sku="A", value=v[0])


@case(SCARCE, False, "the stock really runs out", [(40, 4), (90, 5), (24, 3)])
def really_last(s: Scene, v: Any) -> None:
    _last(s, [2 + 4 * k for k in range(v[1])], [max(0, v[0] - k * v[0] // 20) for k in range(24)],
          ["最后几十件了", "剩的不多了，看库存", "最后几件了真的"])  # fmt: skip
    s.card(24 * MIN, status="sold_out", stock=0)


@case(SCARCE, False, "said once or twice only", [1, 2])
def said_rarely(s: Scene, v: int) -> None:
    _last(s, [3 + 10 * k for k in range(v)], [300] * 20, _LAST)


@case(SCARCE, False, "last minutes, questions and sizes, not last goods", [["最后五分钟了", "最后一个问题", "最后再讲一遍尺码"], ["最后三分钟抽奖", "最后一次打招呼", "最后说一下快递"]])  # fmt: skip
def other_last(s: Scene, v: list[str]) -> None:
    _last(s, [2, 6, 10, 14], [400] * 20, v)


@case(SCARCE, False, "refilled in batches announced before", [3, 4])
def batches(s: Scene, v: int) -> None:
    s.card(stock=100)
    s.crowd(20)
    s.say(10 * S, f"今天一共分{v}批放，每批一百件，放完一批再上一批")
    for k in range(v):
        t = (1 + k * 5) * MIN
        s.say(t - 10 * S, f"第{k + 1}批，一百件")
        s.card(t, stock=100)
        s.card(t + 3 * MIN, status="sold_out", stock=0)
    s.say((1 + v * 5) * MIN, "都放完了，谢谢大家")


@case(SCARCE, False, "unpaid orders fell back, said openly, in small numbers", [(5, 2), (8, 3)])
def unpaid_back(s: Scene, v: Any) -> None:
    s.card(stock=60)
    s.crowd(14)
    s.add("counter", MIN, name="stock", sku="A", value=60)
    s.card(4 * MIN, status="sold_out", stock=0)
    for k, n in enumerate(v):
        t = (5 + 4 * k) * MIN
        s.say(t - 5 * S, f"有{n}个没付款的退回来了，放出来给大家")
        s.card(t, stock=n)
        s.card(t + MIN, status="sold_out", stock=0)


@case(SCARCE, False, "presale without a stock", ["预售的，十五天后发货", "这款是预售，现做现发"])
def presale(s: Scene, v: str) -> None:
    _last(s, [2, 7, 12], [999] * 16, [v, "预售名额还有，慢慢拍"])


@case(SCARCE, False, "each time another SKU", [4, 5])
def changing_goods(s: Scene, v: int) -> None:
    s.crowd(25)
    for k in range(v):
        s.card(k * 5 * MIN, sku=f"K{k}", stock=3, title=TITLES[k])
        s.say(k * 5 * MIN + MIN, "这个最后三件了", sku=f"K{k}")
        s.card(k * 5 * MIN + 3 * MIN, sku=f"K{k}", stock=0, status="sold_out", title=TITLES[k])


@case(SCARCE, False, "the stock was never seen", [4])
def stock_unknown(s: Scene, v: int) -> None:
    s.card()
    s.crowd(20)
    s.say(3 * MIN, "库存不多了")
    s.say(9 * MIN, "剩下的不多")


# --- scripted-chat --------------------------------------------------------------------------

BOTS = "scripted-chat"

_PRAISE = ["用了半个月皮肤真的变好了", "这个茶喝了一周睡得特别香", "给我妈买的她说效果特别好", "已经回购三次了质量真的没话说",
           "主播推荐的从来没踩过雷必须支持"]  # fmt: skip


@case(BOTS, True, "a few templates of praise from many accounts within minutes", [(12, 1), (25, 3), (40, 4), (60, 5), (16, 2), (30, 1)])  # fmt: skip
def templates(s: Scene, v: Any) -> None:
    s.card()
    s.crowd(12, per_min=10)
    for k in range(v[0]):
        line = _PRAISE[k % v[1]] + s.rng.choice(["", "", "！", "～", "呀"])
        s.chat(3 * MIN + s.rng.uniform(0, 4) * MIN, line, f"bot{k}")


@case(BOTS, True, "named accounts of one template, each several times, slightly changed", [(15, 3), (30, 2), (10, 6), (20, 4)])  # fmt: skip
def numbered_accounts(s: Scene, v: Any) -> None:
    s.card()
    s.crowd(10, per_min=8)
    line = s.rng.choice(_PRAISE)
    for round_ in range(v[1]):
        for k in range(v[0]):
            tail = s.rng.choice(["", "。", "，真的", "哈"])
            s.chat(
                2 * MIN + round_ * 70 * S + k * s.rng.uniform(1, 3) * S,
                line + tail,
                f"用户8810{k:02d}",
            )


@case(
    BOTS,
    True,
    "a burst of one line in the same second, repeatedly",
    [(12, 4), (20, 3), (9, 5), (35, 3)],
)
def same_second(s: Scene, v: Any) -> None:
    s.card()
    s.crowd(10, per_min=10)
    for burst in range(v[1]):
        for k in range(v[0]):
            s.chat(2 * MIN + burst * 80 * S + k * 40, _PRAISE[burst % 3], f"b{burst}-{k}")


@case(BOTS, False, "a chant that the host asked for", [("想要的打一波想要这件羽绒服黑色款", "想要这件羽绒服黑色款", 60), ("拍到的家人公屏打已拍优先发货谢谢", "已拍优先发货谢谢", 45), ("新来的把我要关注主播不迷路打出来", "我要关注主播不迷路", 90)])  # fmt: skip
def chant(s: Scene, v: Any) -> None:
    s.crowd(8, per_min=10)
    s.say(2 * MIN, v[0], sku=None)
    for k in range(v[2]):
        s.chat(2 * MIN + s.rng.uniform(3, 90) * S, v[1], f"u{k + 1000}")


@case(BOTS, False, "the passphrase of an open prize draw", [("祝主播生意兴隆天天爆单", 150), ("支持国货从我做起加油", 220), ("这个面膜真的好用我要抽中", 120)])  # fmt: skip
def passphrase(s: Scene, v: Any) -> None:
    s.crowd(8, per_min=10)
    s.add("prize", MIN, prize="p1", phase="announced", name="保温杯", value=3900, count=3, passphrase=v[0],
          conditions=["发送口令"], ends_at=s.start + 6 * MIN)  # fmt: skip
    for k in range(v[1]):
        s.chat(MIN + s.rng.uniform(2, 290) * S, v[0], f"u{k + 1000}")


@case(BOTS, False, "emoji, applause and the platform's quick replies", [("666666666", 60), ("❤️❤️❤️❤️❤️❤️❤️❤️", 50), ("多少钱", 40), ("哈哈哈哈哈哈哈哈哈哈", 70)])  # fmt: skip
def quick(s: Scene, v: Any) -> None:
    s.crowd(8, per_min=10)
    for k in range(v[1]):
        s.chat(2 * MIN + s.rng.uniform(0, 200) * S, v[0], f"u{k + 1000}")


@case(BOTS, False, "few accounts say the same", [4, 6])
def too_few(s: Scene, v: int) -> None:
    s.crowd(8, per_min=10)
    for k in range(v):
        s.chat(2 * MIN + k * 25 * S, _PRAISE[0], f"u{k + 1000}")


@case(BOTS, False, "lively chat of genuine variety", [25, 40])
def lively_chat(s: Scene, v: int) -> None:
    s.crowd(8, per_min=v, viewers=1500)


@case(BOTS, False, "praise spread over hours, in each buyer's own words", [12, 16])
def own_words(s: Scene, v: int) -> None:
    s.crowd(20, per_min=6)
    for k in range(v):
        line = f"{s.rng.choice(['上次', '去年', '前天'])}{s.rng.choice(['买的', '拍的', '收到的'])}{s.rng.choice(TITLES)}{s.rng.choice(['还行', '挺好', '不错就是慢', '家里人喜欢', '颜色比图深'])}"  # fmt: skip
        s.chat(k * 70 * S, line, f"u{k + 1000}")


# --- fake-transaction -----------------------------------------------------------------------

DEALS = "fake-transaction"


def _orders(s: Scene, times: list[float], users: list[str], price: int = 5900) -> None:
    for k, t in enumerate(times):
        s.add(
            "order",
            t,
            order=f"o{k}",
            sku="A",
            user=users[k],
            quantity=1,
            price=price,
            status="paid",
        )


@case(DEALS, True, "clockwork orders by new accounts of one pattern", [(30, 18, 0.03), (60, 9, 0.05), (24, 24, 0.08), (80, 7, 0.1), (45, 12, 0.02)], subject="A")  # fmt: skip
def clockwork(s: Scene, v: Any) -> None:
    n, gap, jitter = v
    s.card()
    s.crowd(14, viewers=120)
    _orders(
        s,
        [4 * MIN + (k + s.rng.uniform(-jitter, jitter)) * gap * S for k in range(n)],
        [f"新用户77{k:03d}" for k in range(n)],
    )


@case(DEALS, True, "clockwork orders, nearly all refunded within a day", [(40, 14), (60, 9), (296, 2), (30, 17)], subject="A")  # fmt: skip
def refunded(s: Scene, v: Any) -> None:
    n, gap = v
    s.card()
    s.crowd(14, viewers=150)
    _orders(
        s,
        [3 * MIN + (k + s.rng.uniform(-0.04, 0.04)) * gap * S for k in range(n)],
        [f"u{s.rng.randrange(900)}" for _ in range(n)],
    )
    for k in range(n):
        if k % 10:
            s.add("order", s.rng.uniform(2, 20) * HOUR, order=f"o{k}", sku="A", quantity=1, price=5900, status="refunded")  # fmt: skip


@case(DEALS, True, "the sales counter outruns the viewers, the orders come from accounts just seen", [(50, 30, 2500), (90, 60, 4000), (40, 25, 900), (120, 80, 9000), (60, 20, 1500)], subject="A")  # fmt: skip
def outruns(s: Scene, v: Any) -> None:
    n, viewers, rise = v
    s.card()
    s.crowd(14, viewers=viewers)
    times = sorted(3 * MIN + s.rng.uniform(0, 9) * MIN for _ in range(n))
    _orders(s, times, [f"买家{k:04d}" for k in range(n)])
    for k in range(12):
        s.add("counter", 2 * MIN + k * 50 * S, name="sold", sku="A", value=200 + rise * k // 11)


def _organic(s: Scene, n: int, start_min: float, minutes: float) -> None:
    """Orders of people who had been there, and talked, for a good while."""
    regulars = [f"r{s.rng.randrange(100_000)}" for _ in range(n)]
    for user in regulars:
        line = s.rng.choice(CHAT).format(s.rng.choice(FILL))
        s.chat(-s.rng.uniform(6, 25) * MIN, line, user)
    times = sorted(start_min * MIN + s.rng.uniform(0, minutes) * MIN for _ in range(n))
    users = [u if s.rng.random() < 0.8 else f"n{k}" for k, u in enumerate(regulars)]
    _orders(s, times, users)


@case(DEALS, False, "ordinary sales", [(25, 500), (60, 1500), (15, 300), (120, 4000)])
def ordinary_sales(s: Scene, v: Any) -> None:
    s.card()
    s.crowd(16, per_min=15, viewers=v[1])
    _organic(s, v[0], 5, 10)


@case(DEALS, False, "flash sale at the announced minute", [(150, 3000), (80, 1500), (200, 6000)])
def flash_sale(s: Scene, v: Any) -> None:
    s.card()
    s.crowd(14, per_min=20, viewers=v[1])
    s.say(3 * MIN, "九点整准时开秒杀，倒计时五分钟，大家先把地址填好")
    s.say(8 * MIN, "三二一上链接，开抢")
    times = sorted(8 * MIN + s.rng.expovariate(1 / 25) * S for _ in range(v[0]))
    _orders(s, times, [f"{s.rng.choice(NAMES)}{s.rng.randrange(99999)}" for _ in range(v[0])])


@case(DEALS, False, "restocked goods that people had waited for", [(60, 2000), (90, 3000)])
def restocked(s: Scene, v: Any) -> None:
    s.card(status="sold_out", stock=0)
    s.crowd(14, per_min=15, viewers=v[1])
    s.say(5 * MIN, "补货到了，重新上架，没拍到的可以拍了")
    s.card(5 * MIN + 10 * S, stock=500)
    times = sorted(5 * MIN + s.rng.expovariate(1 / 60) * S + 15 * S for _ in range(v[0]))
    _orders(s, times, [f"{s.rng.choice(NAMES)}{s.rng.randrange(99999)}" for _ in range(v[0])])


@case(
    DEALS,
    False,
    "a counter that the platform rounds: one step of a band",
    [(10_000, 20_000), (1_000, 2_000)],
)
def rounded_counter(s: Scene, v: Any) -> None:
    s.card()
    s.crowd(14, per_min=10, viewers=300)
    for k in range(10):
        low = v[0] if k > 5 else v[0] * 9 // 10
        s.add("counter", k * 60 * S, name="sold", sku="A", low=low, high=v[1] if k > 5 else v[0])
    _organic(s, 25, 3, 9)


@case(DEALS, False, "too few orders to speak of", [8, 15])
def few_orders(s: Scene, v: int) -> None:
    s.card()
    s.crowd(12, viewers=80)
    _orders(s, [3 * MIN + k * 20 * S for k in range(v)], [f"n{k}" for k in range(v)])


@case(DEALS, False, "many refunds alone: sizes did not fit", [30, 45])
def only_refunds(s: Scene, v: int) -> None:
    s.card(category="clothing")
    s.crowd(16, per_min=20, viewers=2000)
    _organic(s, v, 4, 11)
    for k in range(int(v * 0.75)):
        s.add(
            "order",
            s.rng.uniform(5, 23) * HOUR,
            order=f"o{k}",
            sku="A",
            quantity=1,
            price=5900,
            status="refunded",
        )


# --- fake-traffic ---------------------------------------------------------------------------

TRAFFIC = "fake-traffic"


def _curve(s: Scene, values: list[int], step_s: int = 15, likes: float = 2.0) -> None:
    total = 1000.0
    for k, value in enumerate(values):
        t = k * step_s * S
        s.add("counter", t, name="viewers", value=value)
        total += value * likes * step_s / 60
        s.add("counter", t + 200, name="likes", value=int(total))


@case(TRAFFIC, True, "viewers many times over within a minute, a storm of likes, nobody talks", [(200, 2000, 20), (80, 900, 30), (400, 2600, 16), (150, 1600, 40), (1000, 8000, 15), (60, 450, 25), (300, 4000, 18)])  # fmt: skip
def silent_surge(s: Scene, v: Any) -> None:
    before, after, likes = v
    s.crowd(10, per_min=max(8, before / 12), viewers=None)
    total = 1000.0
    for k in range(72):
        level = before if k < 40 else after if k > 43 else before + (after - before) * (k - 40) // 3
        s.add("counter", k * 15 * S, name="viewers", value=int(level * s.rng.uniform(0.97, 1.03)))
        total += level * (likes if k >= 40 else 2) / 4
        s.add("counter", k * 15 * S + 200, name="likes", value=int(total))
    s.crowd(8, per_min=max(4, before / 14), viewers=None, from_min=10)


@case(TRAFFIC, True, "the number of viewers stands still for a quarter of an hour and more", [(3000, 0.001, 22), (860, 0.0005, 20), (12000, 0.002, 30), (5200, 0.0, 18), (1500, 0.001, 25), (680, 0.001, 19), (9999, 0.0, 24)])  # fmt: skip
def flat(s: Scene, v: Any) -> None:
    s.crowd(v[2], per_min=6, viewers=None)
    _curve(s, [int(v[0] * s.rng.uniform(1 - v[1], 1 + v[1])) for _ in range(v[2] * 2)], step_s=30)


@case(TRAFFIC, False, "ordinary evening: people come and go", [200, 900, 4000])
def come_and_go(s: Scene, v: int) -> None:
    s.crowd(18, per_min=10, viewers=None)
    level, values = float(v), []
    for _ in range(72):
        level *= s.rng.uniform(0.95, 1.055)
        values.append(int(level))
    _curve(s, values)


@case(TRAFFIC, False, "visitors from another room, who talk", [(150, 1500, "隔壁老王直播间的家人们过来了，欢迎欢迎，刚刚连麦的"), (300, 2500, "感谢小美把她直播间的家人带过来"), (100, 900, "刚刚和大刘连麦结束，他的粉丝都进来了")])  # fmt: skip
def raid(s: Scene, v: Any) -> None:
    s.crowd(8, per_min=10, viewers=None)
    s.say(8 * MIN, v[2], sku=None)
    _curve(s, [int((v[0] if k < 32 else v[1]) * s.rng.uniform(0.94, 1.06)) for k in range(64)])
    s.crowd(8, per_min=60, viewers=None, from_min=8)


@case(
    TRAFFIC,
    False,
    "paid or recommended traffic: a surge whose visitors like and talk as usual",
    [(200, 1400), (90, 700)],
)
def recommended(s: Scene, v: Any) -> None:
    s.crowd(8, per_min=10, viewers=None)
    _curve(s, [int((v[0] if k < 32 else v[1]) * s.rng.uniform(0.93, 1.07)) for k in range(64)])
    s.crowd(8, per_min=50, viewers=None, from_min=8)


@case(
    TRAFFIC,
    False,
    "a well-known guest arrives",
    ["欢迎我们的嘉宾，世界冠军来到直播间", "今天请来了大家喜欢的演员做客"],
)
def guest(s: Scene, v: str) -> None:
    s.crowd(8, per_min=10, viewers=None)
    s.say(7 * MIN + 50 * S, v, sku=None)
    _curve(
        s, [int((300 if k < 32 else 3000) * s.rng.uniform(0.93, 1.07)) for k in range(64)], likes=4
    )
    s.crowd(8, per_min=70, viewers=None, from_min=8)


@case(
    TRAFFIC,
    False,
    "a rounded counter stands still by its nature",
    [(12_000, 13_000), (100_000, 110_000)],
)
def rounded_viewers(s: Scene, v: Any) -> None:
    s.crowd(20, per_min=15, viewers=None)
    for k in range(40):
        s.add("counter", k * 30 * S, name="viewers", low=v[0], high=v[1])


@case(TRAFFIC, False, "a handful of viewers who stay", [2, 5])
def handful(s: Scene, v: int) -> None:
    s.crowd(20, per_min=1, viewers=None)
    _curve(s, [v] * 40, step_s=30)


@case(TRAFFIC, False, "the jump lies in a time that was not watched", [(200, 1500), (400, 3600)])
def unwatched(s: Scene, v: Any) -> None:
    s.crowd(5, per_min=10, viewers=None)
    for k in range(20):
        s.add("counter", k * 15 * S, name="viewers", value=int(v[0] * s.rng.uniform(0.95, 1.05)))
    at = s.start + 5 * MIN
    s.add(
        "gap",
        5 * MIN,
        **{"from": at, "until": at + 20 * MIN, "reason": "reconnect", "source": "demo"},
    )
    for k in range(20):
        s.add(
            "counter",
            25 * MIN + k * 15 * S,
            name="viewers",
            value=int(v[1] * s.rng.uniform(0.95, 1.05)),
        )
    s.crowd(5, per_min=40, viewers=None, from_min=25)


def scenarios(rule: str) -> dict[str, list[Fields]]:
    """The scenarios of one rule, dealt at random into `dev` and `heldout`, half of each label."""
    rows: list[Fields] = []
    for number, (name, why, expect, extra, build, figures) in enumerate(RULES[rule]):
        scene = Scene(random.Random(f"{rule}/{name}"), str(77_000 + number))
        build(scene, figures)
        events = sorted(scene.events, key=lambda event: event["at"])
        rows.append({"name": name, "why": why, "expect": expect, **extra, "events": events})
    dealt: dict[str, list[Fields]] = {"dev": [], "heldout": []}
    rng = random.Random(f"split/{rule}")
    for label in (True, False):
        group = [row for row in rows if row["expect"] is label]
        rng.shuffle(group)
        half = (len(group) + 1) // 2
        dealt["dev"] += group[:half]
        dealt["heldout"] += group[half:]
    return dealt


def main() -> None:
    folder = Path(__file__).parent / "scenarios"
    folder.mkdir(exist_ok=True)
    dealt = {rule: scenarios(rule) for rule in RULES} | sheet.scenarios()
    for rule in sorted(dealt):
        for half, rows in dealt[rule].items():
            lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows]
            (folder / f"{rule}.{half}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
