"""Exports of 罗盘, 生意参谋 and 抖店: orders, broadcasts, buckets; as CSV and as workbooks."""

from __future__ import annotations

import hashlib
import io
import time
import zipfile
from datetime import datetime

import pytest
import xlsxwriter

from connectors.decoders import sheet_lines, workbook
from connectors.decoders.decoded import Decoded
from connectors.decoders.merged_cells import merged_rows
from detectors.events import Counter, Event, Order, Price, Product
from tests.connectors.importing import DATA, START_MS, decode_bytes

ORDERS = """主订单编号,子订单编号,选购商品,商品ID,商品数量,订单应付金额,运费,收件人,收件人手机号,详细地址,订单提交时间,支付完成时间,订单状态,售后状态,买家ID
691001,\t691001001,桂花茶,3512,2,￥79.80,0,王小明,13800138000,某路1号,2026-09-01 19:30:00,2026-09-01 19:30:05,已发货,-,b1
691002,691002001,桂花茶,3512,1,44.90,5.00,李小红,13900139000,某路2号,2026-09-01 19:31:00,,待支付,-,b2
691003,691003001,桂花茶,3512,3,100.00,0,张小刚,13700137000,某路3号,2026-09-01 19:32:00,2026-09-01 19:32:09,已关闭,退款成功,b1
691004,="691004001",桂花茶,3512,1,39.90,,赵小强,13600136000,某路4号,2026-09-01 19:33:00,2026-09-01 19:33:09,已完成,,b3
691005,691005001,桂花茶,3512,1,39.90,0,孙小丽,13500135000,某路5号,2026-09-01 19:34:00,,已取消,-,b4
"""


def decode(data: bytes | str, format_: str = "csv", **known: object) -> Decoded:
    raw = data.encode() if isinstance(data, str) else data
    return decode_bytes(raw, format_, **({"session": None} | known))  # type: ignore[arg-type]


def orders(out: Decoded) -> list[tuple[str, str, int | None, int]]:
    return [
        (event.order, event.status, event.price, event.at - START_MS)
        for event in out.events
        if isinstance(event, Order)
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_orders_of_抖店_with_what_was_paid_for_one(encoding: str) -> None:
    out = decode(ORDERS.encode(encoding))

    assert out.problems == []
    assert orders(out) == [
        ("691001001", "paid", 3_990, 5_000),  # 79.80 for two
        ("691002001", "placed", None, 60_000),
        ("691003001", "paid", None, 129_000),  # 100.00 for three cannot be divided
        ("691003001", "refunded", None, 129_000),
        ("691004001", "paid", 3_990, 189_000),
        ("691005001", "cancelled", None, 240_000),
    ]
    paid = [event for event in out.events if isinstance(event, Price)]
    assert [(price.kind, price.sku, price.price) for price in paid] == [
        ("transaction", "3512", 3_990),
        ("transaction", "3512", 3_990),
    ]


def test_of_buyers_only_a_pseudonym_is_left() -> None:
    out = decode(ORDERS)
    users = [event.user for event in out.events if isinstance(event, Order)]

    assert all(user is not None and user.startswith("k1:") for user in users)
    assert users[0] == users[2]
    for secret in ("王小明", "13800138000", "某路", "赵小强"):
        assert secret not in repr(out.events)


def test_a_state_that_nobody_knows_is_reported() -> None:
    out = decode("订单号,商品ID,订单状态,下单时间\n1,2,薛定谔,2026-09-01 19:30\n")

    assert [problem.reason for problem in out.problems] == [
        "“薛定谔” is no known state of an order"
    ]


@pytest.mark.parametrize("number", ["6.91829E+18", "6918293847123450000"])
@pytest.mark.parametrize("row", ["{0},3512,已支付", "77,{0},已支付"])
def test_a_number_that_a_spreadsheet_rounded_names_nothing(number: str, row: str) -> None:
    out = decode(f"订单号,商品ID,订单状态,下单时间\n{row.format(number)},2026-09-01 19:30\n")

    assert out.events == []
    assert "was rounded by a spreadsheet" in out.problems[0].reason


def test_a_long_number_in_full_is_taken() -> None:
    out = decode("订单号,商品ID,订单状态,下单时间\n6918293847123456789,3,已支付,2026-09-01 19:30\n")

    assert [event.order for event in out.events if isinstance(event, Order)] == [
        "6918293847123456789"
    ]


BROADCASTS = """直播间ID,直播标题,主播昵称,开播时间,下播时间,观看人次,点赞次数,成交订单数,成交金额
8801,茶山夜场,茶山小店,2026-09-01 19:30,2026-09-01 21:30,1.2万,"3,456",100-250,¥1万-¥2.5万
"""


def test_a_list_of_broadcasts_gives_the_counts_of_the_whole_at_its_end() -> None:
    out = decode(BROADCASTS)

    # Neither a beginning nor an end: nobody watched what lies between.
    assert [
        (event.name, event.value, event.low, event.high)
        for event in out.events
        if isinstance(event, Counter)
    ] == [
        ("visits", None, 12_000, 12_999),
        ("likes", 3_456, None, None),
        ("orders", None, 100, 250),
    ]
    assert len(out.events) == 3
    assert {(event.session, event.at - START_MS) for event in out.events} == {("8801", 7_200_000)}


def test_figures_of_a_period_are_no_displayed_counts_and_are_named() -> None:
    out = decode(
        "【生意参谋平台】商品排行\n统计日期,商品ID,商品名称,支付件数,支付金额\n"
        "2026-08-01~2026-08-31,3512,桂花茶,86,¥3431.40\n"
    )
    (card,) = out.events

    assert isinstance(card, Product)
    assert card.at == START_MS - 86_400_000 * 1 - 19 * 3_600_000 - 30 * 60_000
    assert out.notes == [
        "line 2: not read, as figures of a period that nobody was shown: 支付件数, 支付金额"
    ]


def test_a_bucket_of_prices_is_the_lowest_with_the_range_beside_it() -> None:
    out = decode("商品ID,价格,销量,时间\n3512,¥29.9-¥99.9,100-250,2026-09-01 19:30\n")
    price, sold = out.events

    assert isinstance(price, Price)
    assert isinstance(sold, Counter)
    assert (price.price, price.conditions) == (2_990, ["¥29.9-¥99.9"])
    assert (sold.value, sold.low, sold.high) == (None, 100, 250)


def book(*sheets: list[list[object]]) -> bytes:
    """A workbook, written by another library than the one that reads it."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as made:
        moment = made.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for rows in sheets:
            sheet = made.add_worksheet()
            for row, cells in enumerate(rows):
                for column, value in enumerate(cells):
                    if isinstance(value, datetime):
                        sheet.write_datetime(row, column, value, moment)
                    else:
                        sheet.write(row, column, value)
    return file.getvalue()


PRICES: list[list[object]] = [
    ["商品列表导出"],
    [],
    ["商品ID", "商品名称", "售价", "划线价", "销量", "采集时间"],
    ["3512345678901234567", "桂花茶", 39.9, "¥459", "1.2万", datetime(2026, 9, 1, 19, 30)],  # noqa: DTZ001
    ["3513", "茶杯", 19, None, 86, "2026-09-01 19:31"],
]


def plain(events: list[Event]) -> list[tuple[object, ...]]:
    return [
        (type(event).__name__, event.id, event.at, getattr(event, "price", None))
        for event in events
    ]


def test_a_workbook_is_read_as_the_same_table_in_csv() -> None:
    csv = (
        "商品ID,商品名称,售价,划线价,销量,采集时间\n"
        "3512345678901234567,桂花茶,39.9,¥459,1.2万,2026-09-01 19:30:00\n"
        "3513,茶杯,19,,86,2026-09-01 19:31\n"
    )
    data = book(PRICES)
    out = decode(data, "xlsx")

    assert out.problems == []
    assert plain(out.events) == plain(decode(csv).events)
    assert {event.raw for event in out.events} == {hashlib.sha256(data).hexdigest()}


def test_a_workbook_of_excel_97_says_the_same() -> None:
    # Written with xlwt: titles, blank rows, a date as a number, an explanation on a second sheet.
    out = decode((DATA / "prices.xls").read_bytes(), "xlsx")

    assert out.problems == []
    assert plain(out.events) == plain(decode(book(PRICES), "xlsx").events)


def test_a_merged_cell_stands_in_each_of_its_rows() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        sheet.merge_range("A1:D1", "直播价格表（9月）")
        for column, text in enumerate(["商品名称", "规格", "直播价", "采集时间"]):
            sheet.write(1, column, text)
        sheet.merge_range("A3:A5", "云雾茶")
        sheet.merge_range("D3:D4", "2026-09-01 19:30")
        for row, price in enumerate([39.9, 59.9, 99.9], 2):
            sheet.write(row, 1, f"{row}两")
            sheet.write(row, 2, price)
        sheet.write(4, 3, "2026-09-01 19:35")
    out = decode(file.getvalue(), "xlsx")
    prices = [event for event in out.events if isinstance(event, Price)]
    assert out.problems == []
    assert [(one.sku, one.price, one.at % 3_600_000 // 60_000) for one in prices] == [
        ("云雾茶", 3_990, 30), ("云雾茶", 5_990, 30), ("云雾茶", 9_990, 35),
    ]  # fmt: skip


def test_a_sheet_that_claims_to_be_one_merged_cell_costs_little() -> None:
    ranges = b"".join(b'<mergeCell ref="A%d:XFD1048576"/>' % row for row in range(1, 2_000))
    began = time.process_time()
    assert len(merged_rows(io.BytesIO(b"<mergeCells>" + ranges))) <= 1_048_576
    assert merged_rows(io.BytesIO(b"<" * 500_000 + b"x" * 500_000)) == {}
    assert time.process_time() - began < 5


def test_date_and_time_of_day_may_stand_in_cells_of_their_own() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["商品名称", "价格", "日期", "时刻"])
        sheet.write_row(1, 0, ["云雾茶", 39.9])
        day, clock = (made.add_format({"num_format": each}) for each in ("yyyy/m/d", "hh:mm"))
        sheet.write_datetime(1, 2, datetime(2026, 9, 1), day)  # noqa: DTZ001
        sheet.write_number(1, 3, 0.8125, clock)
    [_, price] = decode(file.getvalue(), "xlsx").events
    assert price.at == START_MS


@pytest.mark.parametrize(
    ("header", "cells"),
    [("时间", "46266.8125"), ("日期,时刻", "46266,19:30"), ("日期,时刻", "46266.5,19:30:00")],
)
def test_a_date_that_lost_its_format_is_still_one(header: str, cells: str) -> None:
    [_, price] = decode(f"商品名称,价格,{header}\n云雾茶,39.9,{cells}\n").events
    assert price.at == START_MS


def test_each_sheet_is_a_table_and_a_cover_is_none() -> None:
    out = decode(book([["说明：仅供内部使用"]], PRICES, PRICES[2:4]), "xlsx")
    named = [event for event in out.events if isinstance(event, Price)]

    assert [price.price for price in named] == [3_990, 1_900, 3_990]
    assert out.problems == []


def test_a_number_that_the_workbook_holds_as_a_float_is_no_id() -> None:
    out = decode(
        book([["商品ID", "售价", "时间"], [3_512_345_678_901_234_567, 9, "2026-09-01"]]), "xlsx"
    )

    assert out.events == []
    assert out.problems[0].place == "sheet “Sheet1” row 2"
    assert "was rounded by a spreadsheet" in out.problems[0].reason


def test_orders_from_a_workbook() -> None:
    # A formula has no value before Excel has opened the workbook: the number stands as text.
    text = ORDERS.replace('="691004001"', "691004001")
    rows: list[list[object]] = [line.split(",") for line in text.splitlines()]

    assert orders(decode(book(rows), "xlsx")) == orders(decode(ORDERS))


def repacked(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """The workbook with another text in one part."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(file, "w") as target:
        for part in source.namelist():
            content = source.read(part)
            assert part != name or old in content
            target.writestr(part, content.replace(old, new) if part == name else content)
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_the_dimensions_that_an_exporter_claims_are_not_believed() -> None:
    data = book(PRICES)
    lying = repacked(data, SHEET, b'<dimension ref="A1:F5"/>', b'<dimension ref="A1"/>')

    assert plain(decode(lying, "xlsx").events) == plain(decode(data, "xlsx").events)


def test_a_cell_at_the_far_end_costs_no_memory() -> None:
    far = repacked(book(PRICES), SHEET, b'r="A5"', b'r="XFD1048576"')

    assert len(decode(far, "xlsx").events) >= 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet'),
        (b'<?xml version="1.0"', b"\xff\xfe<\x00?\x00"),
    ],
)
def test_xml_that_declares_entities_or_hides_in_another_encoding_is_refused(
    old: bytes, new: bytes
) -> None:
    out = decode(repacked(book(PRICES), SHEET, old, new), "xlsx")

    assert out.events == []
    assert [problem.reason for problem in out.problems] == [f"{SHEET} is no XML of a workbook"]


@pytest.mark.slow
def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 4 << 20)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(SHEET, bytes(32 << 20))

    assert [problem.reason for problem in decode(file.getvalue(), "xlsx").problems] == [
        "unpacks to more than 4 MiB"
    ]


def test_rows_beyond_the_limit_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_lines, "MAX_ROWS", 4)
    out = decode(book(PRICES), "xlsx")

    assert [problem.reason for problem in out.problems] == [
        "more than 4 rows: the rest is not read"
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "no workbook: CompDocError",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "the workbook is locked with a password",
        ),
        (b"PK\x03\x04 and no more", "no workbook: BadZipFile"),
        (book([[]]), "the workbook is empty"),
    ],
)
def test_what_cannot_be_read_is_said(data: bytes, reason: str) -> None:
    (problem,) = decode(data, "xlsx").problems

    assert problem.reason.startswith(reason)
