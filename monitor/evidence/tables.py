"""Readable tables of a bundle, in Chinese, as CSV that no spreadsheet takes for formulas: chat and speech,
prices with what orders paid, orders, draws, counters, reviews.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta, timezone
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from detectors.events import (
    Chat,
    Counter,
    Event,
    Order,
    Price,
    Prize,
    Product,
    Review,
    Speech,
)
from monitor.desk.language import language

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["TABLES", "Table", "head_of", "line_of"]

BEIJING = timezone(timedelta(hours=8))
_WHEN = ("位置", "时间（北京时间）", "时间（UTC）", "房间")
_ID = "事件编号"
#: What a spreadsheet takes for the beginning of a formula (OWASP ASVS 1.2.10).
_FORMULA = frozenset("=+-@\t\0\r\n＝＋－＠")


def head_of(columns: Sequence[str]) -> bytes:
    """The first line: UTF-8 with the mark that spreadsheets ask for, RFC 4180."""
    return "\ufeff".encode() + _line(columns)


def line_of(row: Sequence[object], masked: Callable[[str], str]) -> bytes:
    """A row as a line."""
    cells = [f"'{cell}" if cell[:1] in _FORMULA else cell for cell in map(str, row)]
    return masked(_line(cells).decode()).encode()


def _chat_row(position: int, event: Event) -> Sequence[object] | None:
    """A row of what was written or said; ``None``: the event is neither."""
    if isinstance(event, Chat):
        return (
            *_when(position, event), "弹幕", _say("who", event.role), event.user or "",
            event.text or "", "", event.id,
        )  # fmt: skip
    if isinstance(event, Speech):
        sure = "" if event.confidence is None else f"{event.confidence:.2f}"
        return (
            *_when(position, event), "口播", _say("who", event.speaker), "", event.text or "", sure,
            event.id,
        )  # fmt: skip
    return None


def _price_row(position: int, event: Event) -> Sequence[object] | None:
    """A row of a price that was shown or paid; ``None``: the event has none."""
    reference, label, unit, conditions = None, "", "", ""
    if isinstance(event, Price):
        kind, unit = _say("price", event.kind), event.unit or ""
        reference, label = event.reference_price, event.reference_label or ""
        conditions = "；".join(event.conditions or ())
    elif isinstance(event, Product) and event.price is not None:
        kind = "商品卡标价"
        reference, label = event.reference_price, event.reference_label or ""
    elif isinstance(event, Order) and event.price is not None:
        kind = f"订单（{_say('order', event.status)}）"
    else:
        return None
    return (
        *_when(position, event), event.sku or "", kind, _yuan(event.price), _yuan(reference), label,
        unit, conditions, event.id,
    )  # fmt: skip


def _order_row(position: int, event: Event) -> Sequence[object] | None:
    if not isinstance(event, Order):
        return None
    return (
        *_when(position, event), event.order, event.sku, _say("order", event.status),
        event.user or "", _number(event.quantity), _yuan(event.price), event.id,
    )  # fmt: skip


def _prize_row(position: int, event: Event) -> Sequence[object] | None:
    if not isinstance(event, Prize):
        return None
    conditions = event.conditions or ()
    ends = "" if event.ends_at is None else _times(event.ends_at)[0]
    return (
        *_when(position, event), event.prize, _say("prize", event.phase), event.name or "",
        _yuan(event.value), _number(event.count), event.odds or "",
        conditions if isinstance(conditions, str) else "；".join(conditions), ends,
        event.passphrase or "", "" if event.winners is None else "、".join(event.winners), event.id,
    )  # fmt: skip


def _counter_row(position: int, event: Event) -> Sequence[object] | None:
    if not isinstance(event, Counter):
        return None
    return (
        *_when(position, event), _say("counter", event.name), event.sku or "", _number(event.value),
        _number(event.low), _number(event.high), event.id,
    )  # fmt: skip


def _review_row(position: int, event: Event) -> Sequence[object] | None:
    if not isinstance(event, Review):
        return None
    return (
        *_when(position, event), event.review, event.sku or "", _say("review", event.phase),
        event.user or "", "" if event.rating is None else event.rating, event.text or "", event.id,
    )  # fmt: skip


class Table(NamedTuple):
    """A file of the bundle: its columns, and the row of an event; ``None``: the event is not in it."""

    head: Sequence[str]
    row: Callable[[int, Event], Sequence[object] | None]


#: By the name of the file without its ending.
TABLES = {
    "chat": Table((*_WHEN, "类型", "谁", "账号（化名）", "内容", "识别置信度", _ID), _chat_row),
    "prices": Table(
        (*_WHEN, "商品", "价格种类", "价格（元）", "参考价（元）", "参考价名称", "计价单位", "条件", _ID),
        _price_row,
    ),
    "orders": Table(
        (*_WHEN, "订单", "商品", "状态", "账号（化名）", "件数", "单价（元）", _ID), _order_row
    ),
    "prizes": Table(
        (*_WHEN, "抽奖", "阶段", "奖品", "价值（元）", "名额", "中奖概率", "参与条件", "开奖时间（北京时间）",
         "口令", "中奖账号（化名）", _ID),
        _prize_row,
    ),
    "counters": Table((*_WHEN, "读数", "商品", "数值", "下限", "上限", _ID), _counter_row),
    "reviews": Table(
        (*_WHEN, "评价", "商品", "状态", "账号（化名）", "评分", "内容", _ID), _review_row
    ),
}  # fmt: skip


def _when(position: int, event: Event) -> tuple[object, ...]:
    return (position, *_times(event.at), event.room)


@cache
def _say(group: str, value: str | None) -> str:
    """A value in the words of the desk; empty: it is not known."""
    return language("zh_CN").say(f"{group}.{value}") if value else ""


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _times(at: int) -> tuple[str, str]:
    local, moment = _second(at // 1_000)
    tail = f".{at % 1_000:03d}"
    return f"{local}{tail}", f"{moment}{tail}Z"


@lru_cache(maxsize=256)
def _second(second: int) -> tuple[str, str]:
    """A second in Beijing time and in UTC; neighbours mostly share theirs."""
    moment = datetime.fromtimestamp(second, UTC)
    return f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}", f"{moment:%Y-%m-%dT%H:%M:%S}"


def _yuan(fen: int | None) -> str:
    return "" if fen is None else f"{fen // 100}.{fen % 100:02d}"


class _Answering:
    """What a line is written to, and answered by `writerow`."""

    def write(self, text: str) -> str:
        return text


_writer = csv.writer(_Answering())


def _line(cells: Sequence[str]) -> bytes:
    line: str = _writer.writerow(cells)
    return line.encode("utf-8", "backslashreplace")
