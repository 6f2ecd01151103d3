"""What counts as the price of the same goods: conditions, deposits, sizes, other goods, rounding.

The three rules that compare prices are asked the same: a price that not every buyer can have, one of
another size, or of other goods under the same link, is no measure on either side.
"""

from __future__ import annotations

from typing import Any

import pytest

from detectors.alerts import Alert
from detectors.events import Event, Price
from detectors.rules.prices.same import has_variants, other_goods
from tests.detectors.build import order, price, product, run

DAY = 86_400
ORIGINAL = "false-original-price"
RAISED = "raise-then-cut"
SETTLED = "low-show-high-settle"
#: Prices for some buyers only, or for part of the price.
PERSONAL = [
    "国补", "国补后", "政府补贴", "以旧换新补贴价", "会员价", "PLUS会员", "88VIP", "首单券", "新人首单", "跨店满减", "满300减50",
    "店铺满减", "3人团", "粉丝专享", "学生价", "第二件半价", "分期立减", "淘金币抵扣", "红包抵扣", "企业采购价", "政府消费券",
]  # fmt: skip
PARTIAL = ["预售", "定金膨胀", "定金50抵100", "尾款"]


def compared(fen: int, reference: int, **fields: Any) -> Price:
    return price(fen, 0, reference_price=reference, reference_label="原价", **fields)


def raised(rule: str, events: list[Event]) -> list[Alert]:
    return run(rule, sorted(events, key=lambda event: event.at))


# Conditions -----------------------------------------------------------------------------------

USUAL = [price(45900, -9 * DAY), order(-6 * DAY, price=45900), price(45900, -DAY, kind="transaction")]  # fmt: skip


@pytest.mark.parametrize("condition", [*PERSONAL, *PARTIAL])
def test_a_price_for_some_is_no_lowest_transaction_price(condition: str) -> None:
    paid = price(36900, -3 * DAY, kind="transaction", conditions=[condition])
    assert raised(ORIGINAL, [*USUAL, paid, compared(35900, 45900)]) == []


@pytest.mark.parametrize("condition", [*PERSONAL, *PARTIAL])
def test_nor_is_an_order_at_such_a_price(condition: str) -> None:
    shown = [
        price(36900, -3 * DAY, conditions=[condition]),
        order(-3 * DAY + 60, price=36900),
        price(45900, -2 * DAY),
    ]
    assert raised(ORIGINAL, [*USUAL, *shown, compared(35900, 45900)]) == []


def test_what_everybody_paid_counts_beside_the_prices_of_some() -> None:
    events = [
        *USUAL,
        price(29900, -3 * DAY, kind="transaction", conditions=["会员价"]),
        price(39900, -2 * DAY, kind="transaction"),
        compared(35900, 45900),
    ]
    (alert,) = raised(ORIGINAL, events)
    numbers = alert.evidence.numbers
    assert (numbers["lowest_fen"], numbers["excess_fen"]) == (39900, 6000)
    assert numbers["conditional_sales"] == 1
    assert "399.00 元，高出 60.00 元" in alert.reason


def test_a_coupon_for_everybody_makes_the_price() -> None:
    open_coupon = [price(39900, -3 * DAY, kind="coupon"), order(-3 * DAY + 60, price=39900)]
    (alert,) = raised(ORIGINAL, [price(45900, -9 * DAY), *open_coupon, compared(35900, 45900)])
    assert alert.evidence.numbers["lowest_fen"] == 39900
    first_order = [
        price(39900, -3 * DAY, kind="coupon", conditions=["首单券"]),
        order(-3 * DAY + 60, price=39900),
        price(45900, -2 * DAY, kind="transaction"),
    ]
    assert raised(ORIGINAL, [*USUAL, *first_order, compared(35900, 45900)]) == []


def test_a_balance_is_not_the_whole_price() -> None:
    """50 paid in advance count 100: 359 at the end are 409 in all."""
    presale = [
        price(45900, -9 * DAY),
        price(5000, -5 * DAY, kind="deposit", conditions=["定金50抵100"]),
        order(-5 * DAY + 60, price=5000),
        price(35900, -2 * DAY, conditions=["尾款"]),
        order(-2 * DAY + 60, price=35900),
    ]
    assert raised(ORIGINAL, [*presale, compared(39900, 40900)]) == []


@pytest.mark.parametrize("condition", [*PERSONAL, *PARTIAL])
def test_a_list_price_for_some_was_not_raised(condition: str) -> None:
    low = [
        price(15900, -10 * DAY),
        price(15900, -4 * DAY),
        price(8990, -60 * 3600, conditions=[condition]),
    ]
    assert raised(RAISED, [*low, price(15900, -2 * DAY), compared(8990, 15900)]) == []


@pytest.mark.parametrize("condition", [*PERSONAL, *PARTIAL])
def test_what_is_shown_or_paid_under_conditions_is_not_held_against_the_other(
    condition: str,
) -> None:
    shown = [price(3990, 0, conditions=[condition]), order(300, price=4990), order(480, price=4990)]
    assert raised(SETTLED, [*shown]) == []
    paid = [
        price(4990, t, kind="transaction", conditions=[condition]) for t in (300, 480)
    ]  # fmt: skip
    assert raised(SETTLED, [price(3990, 0), *paid]) == []


# Sizes and other goods ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "others"),
    [
        ("大米 5kg", "大米 10kg", True),
        ("大米 5kg", "【热卖】新大米 5公斤 东北", False),
        ("纯棉袜子 3双", "羽绒服 男", True),
        ("四件套", "纯棉四件套 1.8米", False),
        ("面膜 10片", "面膜 5片装 升级", True),
        ("面膜 10片", "面膜", False),
        (None, "面膜", False),
        ("A7", "B9", False),
    ],
)
def test_titles_tell_other_goods(before: str | None, after: str, others: bool) -> None:
    assert other_goods(before, after) is others


def test_sales_of_other_goods_under_the_same_link_are_no_measure() -> None:
    for old, new in (("袜子 3双", "羽绒服 男"), ("大米 5kg", "大米 10kg")):
        events = [
            product(-9 * DAY, title=old, price=3990),
            order(-8 * DAY, price=3990),
            order(-3 * DAY, price=3990),
            product(-2 * DAY, title=new, price=45900),
            compared(35900, 45900),
        ]
        assert raised(ORIGINAL, [*events]) == []
        cut = product(0, title=new, price=35900, reference_price=45900, reference_label="原价")
        assert raised(RAISED, [*events[:1], events[3], cut]) == []


def test_a_reworded_title_hides_nothing() -> None:
    events = [
        product(-9 * DAY, title="大米 5kg", price=3990),
        order(-3 * DAY, price=3990),
        product(-2 * DAY, title="【热卖】大米 5kg 新米", price=6990),
        compared(5990, 6990),
    ]
    (alert,) = raised(ORIGINAL, [*events])
    assert alert.evidence.numbers["lowest_fen"] == 3990


def test_units_are_compared_with_their_like() -> None:
    sold = [
        price(2990, -9 * DAY, unit="1盒"),
        price(2990, -3 * DAY, kind="transaction", unit="1盒"),
    ]
    assert raised(ORIGINAL, [*sold, compared(7990, 8970, unit="3盒")]) == []
    assert len(raised(ORIGINAL, [*sold, compared(2490, 3990, unit="1盒")])) == 1
    grown = [price(8990, -10 * DAY, unit="1盒"), price(15900, -2 * DAY, unit="2盒")]
    assert raised(RAISED, [*grown, compared(13900, 15900, unit="2盒")]) == []
    assert raised(
        SETTLED,
        [
            price(3990, 0, unit="1盒"),
            *(price(7990, t, kind="transaction", unit="2盒") for t in (300, 480)),
        ],
    ) == []  # fmt: skip


def test_one_link_for_several_sizes() -> None:
    card = product(-9 * DAY, title="四件套 1.5m/1.8m/2.0m", price=9900)
    assert has_variants(card)
    assert raised(SETTLED, [card, order(-9 * DAY + 300, price=12900), order(-9 * DAY + 480, price=12900)]) == []  # fmt: skip
    events = [card, order(-3 * DAY, price=9900), compared(8900, 12900)]
    (alert,) = raised(ORIGINAL, [*events])
    assert alert.level == "watch"
    assert any("哪一规格" in fact for fact in alert.missing)


# Rounding -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sold", "reference", "count"), [(8990, 9000, 0), (45850, 45900, 0), (8900, 9000, 0), (8899, 9000, 1)]
)  # fmt: skip
def test_rounding_is_no_fiction(sold: int, reference: int, count: int) -> None:
    events = [price(sold, -9 * DAY), price(sold, -3 * DAY, kind="transaction"), compared(6990, reference)]  # fmt: skip
    assert len(raised(ORIGINAL, [*events])) == count
