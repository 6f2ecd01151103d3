"""One row of a table: its cells by field, and how they are read."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.decoders.decoded import Recording
from connectors.errors import NotAValue
from connectors.instants import DateOrder, parse_instant
from connectors.numbers import Amount

__all__ = ["TableRow"]

#: Contents of cells that mean “unknown”.
_UNKNOWN = frozenset(
    {"", "-", "--", "—", "/", "N/A", "n/a", "null", "NULL", "None", "暂无", "nan"}
)  # fmt: skip
#: How exports keep a spreadsheet from rounding a number: a formula, an apostrophe.
_QUOTED = re.compile(r"=\"(.*)\"|'(.*)", re.DOTALL)
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
#: Digits that a spreadsheet keeps of a number; it fills up with zeros.
SPREADSHEET_DIGITS = 15
_PERIOD = re.compile(r"\s{0,8}(?:~|～|至|—)\s{0,8}")
#: Days since the end of 1899, of the years 2009 to 2064.
_SERIAL = re.compile(r"[45]\d{4}(?:\.\d{1,12})?")
_SERIAL_ZERO = datetime(1899, 12, 30, tzinfo=UTC)


class TableRow:
    """A row while it is decoded."""

    def __init__(
        self,
        recording: Recording,
        place: str,
        data: bytes,
        raw: str,
        labels: dict[str, str],
        order: DateOrder | None,
    ) -> None:
        self.recording = recording
        self.place = place
        self.data = data
        self.raw = raw
        self.labels = labels
        self.date_order = order
        self.cells: dict[str, str] = {}
        self.attributes: dict[str, str] = {}

    def cell(self, field: str) -> str | None:
        """A cell; empty and the usual dashes are unknown."""
        text = self.cells.get(field, "").strip()
        quoted = _QUOTED.fullmatch(text)
        if quoted is not None:
            text = (quoted[1] or quoted[2] or "").strip()
        return None if text in _UNKNOWN else text

    def identifier(self, field: str) -> str | None:
        """An id.

        Raises:
            NotAValue: a spreadsheet has rounded it, so that two ids may have become one.
        """
        text = self.cell(field)
        if text is None:
            return None
        rounded = text.isdigit() and not text[SPREADSHEET_DIGITS:].strip("0")
        if _SCIENTIFIC.fullmatch(text) or (len(text) > SPREADSHEET_DIGITS and rounded):
            raise NotAValue(
                f"“{text[:40]}” was rounded by a spreadsheet: export {self.labels.get(field, field)} as text"
            )
        return text

    def sku(self) -> str:
        """Which product the row is about.

        Raises:
            NotAValue: the row does not say.
        """
        sku = (self.identifier("sku") or self.cell("title") or "")[:256]
        if not sku:
            raise NotAValue("the row does not say which product it is about")
        return sku

    def instant(self, field: str) -> int | None:
        """A time; of a period, its end.

        Raises:
            NotAValue: it cannot be read.
        """
        text = self.cell(field)
        if text is None:
            return None
        return parse_instant(_PERIOD.split(text)[-1], self.recording.zone, self.date_order)

    def observed_at(self) -> int:
        """When the values of the row were observed.

        Raises:
            NotAValue: neither the row nor the recording says.
        """
        date, clock = self.cell("date"), self.cell("clock")
        start_ms, zone = self.recording.start_ms, self.recording.zone
        if date is None:
            if start_ms is None:
                raise NotAValue("the row has no time: say --start")
            return start_ms
        if re.fullmatch(r"\d{1,2}[:：]\d{2}(?:[:：]\d{2})?", date) and start_ms is not None:
            # A time of day alone: on the day on which the recording began, or the night after.
            began = datetime.fromtimestamp(start_ms / 1_000, UTC).astimezone(zone)
            at = parse_instant(f"{began:%Y-%m-%d} {date}", zone)
            if at < start_ms - 12 * 3_600_000:
                at = parse_instant(f"{began + timedelta(days=1):%Y-%m-%d} {date}", zone)
            return at
        date = _PERIOD.split(date)[-1]
        if _SERIAL.fullmatch(date):
            # A date that lost its format is the number of days that a spreadsheet keeps it as.
            moment = _SERIAL_ZERO + timedelta(milliseconds=round(float(date) * 86_400_000))
            date = moment.date().isoformat() if clock else f"{moment:%Y-%m-%d %H:%M:%S}"
        return parse_instant(f"{date} {clock}" if clock else date, zone, self.date_order)

    def conditions(self, amount: Amount) -> list[str] | None:
        """What a price depends on, with the range where it is one."""
        said = [self.cell("conditions"), None if amount.exact else amount.text]
        return [text for text in said if text] or None

    def shared(self, at: int) -> dict[str, Any]:
        """Fields that all events of the row have."""
        return {
            "platform": self.recording.platform,
            "room": self.recording.room,
            "session": self.recording.session or "",
            "at": at,
            "raw": self.raw,
        }
