"""Price and product lists."""

from __future__ import annotations

import hashlib
import tracemalloc

import pytest

from connectors.decoders.tables import TableLayout
from detectors.events import Counter, Price, Product
from tests.connectors.importing import DATA, START_MS, decode_bytes, decode_file

HEADER = "sku,价格,时间\n"


def prices(text: str, layout: TableLayout | None = None, **known: object) -> list[Price]:
    out = decode_bytes(text.encode(), "csv", layout=layout, **known)
    return [event for event in out.events if isinstance(event, Price)]


def test_a_row_becomes_a_card_its_prices_and_its_counts() -> None:
    events = [
        event
        for event in decode_file("prices_gbk.csv", "csv").events
        if getattr(event, "sku", "") == "10023"
    ]

    card, asking, coupon, sold, stock = events
    assert isinstance(card, Product)
    assert (card.title, card.category, card.shop) == ("明前龙井茶 250g", "food", "茶山旗舰店")
    assert (card.price, card.reference_price, card.reference_label) == (9_990, 45_900, "划线价")
    assert isinstance(asking, Price)
    assert (asking.kind, asking.price, asking.conditions) == ("asking", 9_990, ["¥99.9-129.9"])
    assert isinstance(coupon, Price)
    assert (coupon.kind, coupon.price, coupon.reference_price) == ("coupon", 8_990, None)
    assert isinstance(sold, Counter)
    assert (sold.value, sold.low, sold.high) == (None, 12_000, 12_999)
    assert card.sold is None  # a rounded number is no point
    assert isinstance(stock, Counter)
    assert (stock.value, card.stock) == (300, 300)


def test_all_events_of_a_row_share_its_time() -> None:
    events = decode_file("prices_gbk.csv", "csv").events

    assert {event.at for event in events if getattr(event, "sku", "") == "10023"} == {START_MS}


def test_gbk_and_utf8_give_the_same_events_but_for_the_hash_of_the_bytes() -> None:
    gbk = decode_file("prices_gbk.csv", "csv").events
    utf8 = decode_file("prices_utf8.csv", "csv").events
    assert [event.id for event in gbk] == [event.id for event in utf8]

    line = (DATA / "prices_gbk.csv").read_bytes().split(b"\n")[1] + b"\n"
    assert gbk[0].raw == hashlib.sha256(line).hexdigest()
    assert gbk[0].raw != utf8[0].raw


def test_utf16_with_tabs_as_spreadsheets_save_it() -> None:
    text = "sku\t价格\t时间\nA\t39.9\t2026-09-01 19:30\n"

    (event,) = decode_bytes(text.encode("utf-16"), "csv").events
    assert isinstance(event, Price)
    assert (event.sku, event.price, event.at) == ("A", 3_990, START_MS)


@pytest.mark.parametrize("place", [0, 1])
def test_a_line_of_very_many_cells_is_refused_and_not_taken_apart(place: int) -> None:
    lines = [HEADER, "10023,99,2026-07-01 20:00:00\n"]
    lines.insert(place, "a," * 2_000_000 + "\n")
    tracemalloc.start()
    out = decode_bytes("".join(lines).encode(), "csv")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    [problem] = out.problems
    assert problem.place == f"line {place + 1}"
    assert problem.reason == "more than 16,384 cells: this is no table"
    assert [event.price for event in out.events if isinstance(event, Price)] == [9_900]
    assert peak < 60e6


def test_bad_rows_are_reported_with_line_and_reason_and_the_others_kept() -> None:
    out = decode_file("prices_gbk.csv", "csv")

    assert [problem.place for problem in out.problems] == ["line 4", "line 7", "line 8"]
    assert "面议" in out.problems[0].reason
    assert "which product" in out.problems[1].reason
    assert "calendar" in out.problems[2].reason
    assert {"10023", "10024", "10026"} == {getattr(event, "sku", None) for event in out.events}


def test_two_identical_rows_are_two_observations() -> None:
    out = decode_file("prices_gbk.csv", "csv")
    asking = [event for event in out.events if isinstance(event, Price) and event.sku == "10026"]

    assert len({event.id for event in asking}) == 2


def test_a_longer_list_has_the_same_ids_for_the_same_rows() -> None:
    short = prices(HEADER + "A,1.00,2026-09-01\n")
    longer = prices(HEADER + "B,2.00,2026-08-31\nA,1.00,2026-09-01\n")

    assert short[0].id in {price.id for price in longer}


def test_the_column_of_dates_decides_how_they_are_read() -> None:
    first, second = decode_file(
        "history_dmy.csv", "csv", layout=TableLayout(constants={"sku": "carrot"})
    ).events

    assert isinstance(first, Price)
    assert (first.sku, first.price, first.reference_price, first.reference_label) == (
        "carrot",
        9_300,
        12_740,
        "MRP",
    )
    # 1 and 31 August, both at midnight in China.
    assert second.at - first.at == 30 * 86_400_000


def test_dates_that_nothing_decides_are_refused_until_their_order_is_said() -> None:
    text = HEADER + "A,1.00,03/04/2026\n"
    assert "two ways" in decode_bytes(text.encode(), "csv").problems[0].reason

    (price,) = prices(text, TableLayout(dates="dmy"))
    # 3 April 2026, midnight in China.
    assert price.at == 1_775_145_600_000


def test_columns_can_be_named() -> None:
    text = "货,多少钱\nA,39.9\n"
    assert "which product" in decode_bytes(text.encode(), "csv").problems[0].reason

    (price,) = prices(text, TableLayout(columns={"sku": "货", "asking": "多少钱"}))
    assert (price.sku, price.price, price.at) == ("A", 3_990, START_MS)


@pytest.mark.parametrize(
    ("layout", "reason"),
    [
        (TableLayout(columns={"sku": "没有"}), "no column “没有”"),
        (TableLayout(columns={"colour": "sku"}), "no field 'colour'"),
    ],
)
def test_a_layout_that_does_not_fit_is_reported_once(layout: TableLayout, reason: str) -> None:
    out = decode_bytes((HEADER + "A,1,2026-09-01\n" * 3).encode(), "csv", layout=layout)

    assert len(out.problems) == 1
    assert reason in out.problems[0].reason


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("成交价", "transaction"),
        ("到手价", "coupon"),
        ("券后价", "coupon"),
        ("定金", "deposit"),
        ("售价(元)", "asking"),
    ],
)
def test_the_header_says_what_kind_of_price_it_is(header: str, kind: str) -> None:
    (price,) = prices(f"sku,{header},原价\nA,39.9,99\n")

    assert (price.kind, price.price, price.reference_price) == (kind, 3_990, 9_900)


def test_a_rows_own_time_of_day_lies_on_the_day_of_the_recording() -> None:
    late, after_midnight = prices(HEADER + "A,1,23:50:00\nA,2,00:10:00\n")

    assert late.at == START_MS + (4 * 60 + 20) * 60_000
    assert after_midnight.at == START_MS + (4 * 60 + 40) * 60_000


def test_a_row_without_a_time_needs_the_start() -> None:
    out = decode_bytes("sku,价格\nA,1\n".encode(), "csv", start_ms=None)

    assert "--start" in out.problems[0].reason


def test_an_empty_cell_is_unknown() -> None:
    card, *_ = decode_bytes("sku,标题,店铺,价格\nA,茶,,1\n".encode(), "csv").events

    assert isinstance(card, Product)
    assert card.shop is None


def test_labels_of_the_package_are_attributes_of_the_card() -> None:
    card, *_ = decode_bytes("sku,标题,产地,保质期\nA,茶,杭州,18个月\n".encode(), "csv").events

    assert isinstance(card, Product)
    assert card.attributes == {"产地": "杭州", "保质期": "18个月"}


def test_a_cell_may_hold_line_ends_and_commas() -> None:
    text = 'sku,标题,价格\nA,"茶\n一斤, 装",39.9\nB,杯,10\n'
    out = decode_bytes(text.encode(), "csv")

    titles = [event.title for event in out.events if isinstance(event, Product)]
    assert titles == ["茶\n一斤, 装", "杯"]


def test_a_line_in_another_encoding_is_reported_and_the_others_kept() -> None:
    data = (
        (HEADER + "A,1,2026-09-01\n").encode()
        + "茶,2,2026-09-01\n".encode("gbk")
        + b"B,3,2026-09-01\n"
    )
    out = decode_bytes(data, "csv")

    assert [getattr(event, "sku", "") for event in out.events] == ["A", "B"]
    assert [problem.place for problem in out.problems] == ["line 3"]


def test_a_row_that_says_nothing_is_counted() -> None:
    out = decode_bytes((HEADER + "A,,2026-09-01\n").encode(), "csv")

    assert out.events == []
    assert out.skipped == {"row without a price, a count or a card": 1}


def test_a_title_above_the_header_is_passed_over() -> None:
    (price,) = prices(
        "茶山旗舰店商品清单\n导出时间,2026-09-02\n\n货号,售价,日期\nA,39.9,2026-09-01\n"
    )

    assert (price.sku, price.price) == ("A", 3_990)


def test_a_quote_that_is_not_doubled_gives_no_product_the_price_of_another() -> None:
    rows = [f"A{at},茶{at},{at}0.9,2026-09-01 19:30" for at in range(1, 21)]
    rows[8] = 'A9,"电视机 55寸"",99.9,2026-09-01 19:30'
    rows[14] = 'A15,"茶叶""15",159.9,2026-09-01 19:30'
    text = "商品ID,标题,售价,时间\n" + "\n".join(rows) + "\n"

    out = decode_bytes(text.encode(), "csv")

    assert [problem.place for problem in out.problems] == ["line 10"]
    assert "quote" in out.problems[0].reason
    found = {event.sku: event.price for event in out.events if isinstance(event, Price)}
    expected = {f"A{at}": at * 1_000 + 90 for at in range(1, 21) if at != 9} | {"A15": 15_990}
    assert found == expected


@pytest.mark.parametrize("closing", ['A15,电视 15",159.9,19:30', 'A15,电视,159.9,19:30 15"', ""])
@pytest.mark.parametrize("opening", [1, 9, 14])
def test_rows_behind_an_open_quote_are_taken_or_named(opening: int, closing: str) -> None:
    rows = [f"A{at},茶{at},{at}0.9,19:{at + 10}" for at in range(1, 21)]
    rows[opening - 1] = f'A{opening},"电视机 55寸,9.9,19:30'
    if closing:
        rows[14] = closing
    out = decode_bytes(("商品ID,标题,售价,时间\n" + "\n".join(rows)).encode(), "csv")

    unusable = {opening, 15} if closing else {opening}
    assert {f"line {at + 1}" for at in unusable} == {problem.place for problem in out.problems}
    found = {event.sku: event.price for event in out.events if isinstance(event, Price)}
    assert found == {f"A{at}": at * 1_000 + 90 for at in range(1, 21) if at not in unusable}


def test_quotes_that_open_again_and_again_make_no_row_of_the_whole_file() -> None:
    rows = [f"A{at},茶{at},{at}.5" for at in range(1, 10)]
    # Each closes what the one before opened, so that no cell is long and the row never ends.
    endless = ['x",茶,"' for _ in range(1_000)]
    text = "sku,标题,价格\n" + "\n".join([*rows, 'B,杯,"', *endless, "A10,杯,10"]) + "\n"
    out = decode_bytes(text.encode(), "csv")

    assert [problem.place for problem in out.problems] == [f"line {at}" for at in range(11, 1_012)]
    assert "more than 200 lines" in out.problems[0].reason
    assert (
        b"".join(problem.data for problem in out.problems[1:]).decode().split("\n")[:-1] == endless
    )
    found = {event.sku for event in out.events if isinstance(event, Price)}
    assert found == {f"A{at}" for at in range(1, 11)}


@pytest.mark.parametrize("lines", [199, 201])
def test_a_cell_may_hold_two_hundred_lines_and_what_is_longer_is_named(lines: int) -> None:
    cell = "\n".join("好茶" for _ in range(lines))
    out = decode_bytes(f'sku,标题,价格\nA,"{cell}",10\nB,杯,20\n'.encode(), "csv")

    found = {event.sku for event in out.events if isinstance(event, Price)}
    if lines <= 200:
        assert (out.problems, found) == ([], {"A", "B"})
    else:
        assert {problem.place for problem in out.problems} >= {f"line {at}" for at in range(2, 203)}
        assert found == {"B"}


def test_a_file_that_is_cut_within_a_quoted_cell_says_so() -> None:
    out = decode_bytes('sku,标题,价格\nA,杯,10\nB,"茶\n一斤'.encode(), "csv")

    assert [problem.place for problem in out.problems] == ["line 3", "line 4"]
    assert {event.sku for event in out.events if isinstance(event, Price)} == {"A"}


def test_the_rest_of_a_row_with_bad_quotes_is_no_product() -> None:
    text = 'sku,标题,价格\nA,"茶 5"寸\n一斤, 装",39.9\nB,杯,10\n'
    out = decode_bytes(text.encode(), "csv")

    assert [problem.place for problem in out.problems] == ["line 2", "line 3"]
    assert [event.sku for event in out.events if isinstance(event, Price)] == ["B"]


@pytest.mark.parametrize(
    "cell",
    ["茶, 好\n一斤, 装", "茶\n\n1. 好\n2. 香, 甜, 浓\n一斤", "\n茶", "茶\r\n", '他说"\n"好"，茶'],
)
def test_a_cell_with_line_ends_and_commas_is_one_cell(cell: str) -> None:
    quoted = cell.replace('"', '""')
    text = f'sku,标题,价格,销量\n10023,"{quoted}",39.9,5\n10024,杯,10,\n'
    out = decode_bytes(text.encode(), "csv")

    assert out.problems == []
    found = [event for event in out.events if isinstance(event, Product)]
    assert [(event.title, event.price) for event in found] == [(cell.strip(), 3_990), ("杯", 1_000)]
