"""Readable tables of a bundle: chat and speech, prices, as CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

from detectors.events import Chat, Event, Price, Product, Speech

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["CHAT", "PRICES", "chat_row", "head_of", "line_of", "price_row"]

BEIJING = timezone(timedelta(hours=8))
#: Heads of the columns.
CHAT = (
    "位置",
    "时间（北京时间）",
    "时间（UTC）",
    "房间",
    "类型",
    "谁",
    "账号（化名）",
    "内容",
    "识别置信度",
    "事件编号",
)
PRICES = (
    "位置", "时间（北京时间）", "时间（UTC）", "房间", "商品", "价格种类", "价格（元）",
    "参考价（元）", "参考价名称", "计价单位", "事件编号",
)  # fmt: skip
#: What a spreadsheet takes for the beginning of a formula (OWASP ASVS 1.2.10).
_FORMULA = frozenset("=+-@\t\0\r\n＝＋－＠")


def head_of(columns: Sequence[str]) -> bytes:
    """The first line: UTF-8 with the mark that spreadsheets ask for, RFC 4180."""
    return "\ufeff".encode() + _line(columns)


def line_of(row: Sequence[object], masked: Callable[[str], str]) -> bytes:
    """A row as a line."""
    cells = [f"'{cell}" if cell[:1] in _FORMULA else cell for cell in map(str, row)]
    return masked(_line(cells).decode()).encode()


def chat_row(position: int, event: Event) -> Sequence[object] | None:
    """A row of what was written or said; ``None``: the event is neither."""
    if isinstance(event, Chat):
        return (
            position, *_times(event.at), event.room, "弹幕", event.role or "", event.user or "",
            event.text or "", "", event.id,
        )  # fmt: skip
    if isinstance(event, Speech):
        sure = "" if event.confidence is None else f"{event.confidence:.2f}"
        return (
            position, *_times(event.at), event.room, "口播", event.speaker or "", "",
            event.text or "", sure, event.id,
        )  # fmt: skip
    return None


def price_row(position: int, event: Event) -> Sequence[object] | None:
    """A row of a price; ``None``: the event has none."""
    kind: str
    if isinstance(event, Price):
        kind, unit = event.kind or "", event.unit or ""
    elif isinstance(event, Product) and event.price is not None:
        kind, unit = "card", ""
    else:
        return None
    return (
        position, *_times(event.at), event.room, event.sku or "", kind, _yuan(event.price),
        _yuan(event.reference_price), event.reference_label or "", unit, event.id,
    )  # fmt: skip


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
