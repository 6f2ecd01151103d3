"""The price curve stops at gaps, keeps its scale honest, and marks what the rule compared."""

from __future__ import annotations

import re

from detectors.alerts import Evidence, PricePoint, WatchedGap
from monitor.desk.curve import LEFT, RIGHT, WIDTH, curve_of
from monitor.evidence.report import chart
from tests.monitor.desk import evening
from tests.monitor.desk.evening import DAY, HOUR, NOW


def asked(at: int, until: int, price: int) -> PricePoint:
    return PricePoint(at=at, until=until, kind="asking", price=price, event=f"e{at}")


def with_prices(*points: PricePoint, gaps: tuple[WatchedGap, ...] = (), **numbers: int) -> Evidence:
    return Evidence(
        trigger=[evening.speech(NOW, "…")],
        prices=list(points),
        gaps=list(gaps),
        numbers=dict(numbers),
    )


def test_an_alert_without_prices_has_no_curve() -> None:
    assert curve_of(evening.alert()) is None


def test_the_line_is_broken_by_a_gap() -> None:
    gap = WatchedGap(from_=NOW - 6 * HOUR, until=NOW - 4 * HOUR)
    whole = curve_of(evening.alert(at=NOW, evidence=with_prices(asked(NOW - 12 * HOUR, NOW, 8990))))
    broken = curve_of(
        evening.alert(at=NOW, evidence=with_prices(asked(NOW - 12 * HOUR, NOW, 8990), gaps=(gap,)))
    )
    assert whole is not None
    assert broken is not None
    assert whole.panels[0].path.count("M") == 1
    assert broken.panels[0].path.count("M") == 2
    (stripe,) = broken.gaps
    numbers = [float(number) for number in re.findall(r"[MH](\d+\.?\d*)", broken.panels[0].path)]
    # The first piece ends where the hatch begins, the second begins where it ends.
    assert numbers[1] == stripe.x
    assert abs(numbers[2] - (stripe.x + stripe.width)) < 0.2


def test_the_upper_panel_starts_at_zero_and_holds_the_reference() -> None:
    curve = curve_of(evening.false_original_price())
    assert curve is not None
    upper, lower = curve.panels
    assert upper.low_fen == 0
    assert upper.high_fen >= 45900
    assert 0 < lower.low_fen <= 8990
    assert lower.high_fen >= 9900
    assert curve.reference_label == "原价"
    assert curve.reference_fen == 45900


def test_the_window_is_the_one_that_the_rule_compared() -> None:
    curve = curve_of(evening.false_original_price())
    assert curve is not None
    assert curve.window is not None
    assert curve.window.end - curve.window.start == 7 * DAY
    assert curve.lowest_fen == 8990


def test_a_price_that_was_settled_above_what_is_shown_is_marked_and_nothing_else_is_compared() -> (
    None
):
    """The picture drew a reference price that the rule had not looked at, and left this one without words."""
    shown = PricePoint(
        at=NOW - HOUR, until=NOW, kind="asking", price=12_900, event="p1", reference_price=19_900
    )
    paid = PricePoint(at=NOW, until=NOW, kind="transaction", price=14_900, event="p2")
    numbers = {"shown_fen": 12_900, "settled_fen": 14_900, "excess_fen": 2_000}
    one = evening.alert(
        "low-show-high-settle", at=NOW, evidence=with_prices(shown, paid, **numbers)
    )
    curve = curve_of(one)
    assert curve is not None
    assert (curve.reference_fen, curve.reference_y, curve.settled_fen) == (None, None, 14_900)
    assert curve.settled in curve.panels[-1].dots
    picture = chart(one)
    assert picture is not None
    assert "结算价 149.00" in picture
    assert "199" not in picture
    one.evidence.numbers["where"] = "详情页"
    assert "详情页价 149.00" in (chart(one) or "")
    one.evidence.numbers["where"] = "另一处"
    assert "另一处的标价 149.00" in (chart(one) or "")


def test_everything_stays_inside_the_frame() -> None:
    curve = curve_of(evening.false_original_price())
    assert curve is not None
    places = [dot.x for panel in curve.panels for dot in panel.dots] + [
        tick.place for tick in curve.days
    ]
    assert all(LEFT <= place <= WIDTH - RIGHT for place in [*places, curve.alert_x])
    assert all(0 <= dot.y <= curve.height for panel in curve.panels for dot in panel.dots)


def test_one_price_and_prices_of_nothing_can_be_drawn() -> None:
    for price in (0, 1, 99, 10**9):
        curve = curve_of(evening.alert(at=NOW, evidence=with_prices(asked(NOW, NOW, price))))
        assert curve is not None
        assert all(panel.high_fen > panel.low_fen for panel in curve.panels)


def test_a_price_that_starts_near_zero_has_one_panel_and_no_empty_space_below() -> None:
    two = curve_of(evening.false_original_price())
    one = curve_of(
        evening.alert(
            at=NOW,
            evidence=with_prices(
                asked(NOW - DAY, NOW - HOUR, 6990),
                asked(NOW - HOUR, NOW, 3990),
                PricePoint(
                    at=NOW - HOUR, until=NOW - HOUR, kind="transaction", price=3990, event="t"
                ),
                window_start=NOW - 7 * DAY,
                window_end=NOW,
            ),
        )
    )
    assert two is not None
    assert one is not None
    assert (len(two.panels), len(one.panels)) == (2, 1)
    assert one.height < two.height
    (panel,) = one.panels
    assert one.lowest is not None
    assert panel.top <= one.lowest.y <= panel.top + panel.height
