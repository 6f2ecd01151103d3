"""A chat item of Bilibili as danmaku files hold it: attributes, and the platform's own message.

What real files do: `sent` is in milliseconds, on the main site in seconds; files of
BililiveRecorder 1.3.11 have no uid; `raw`, where it is there, is the platform's message (the
`info` array of DANMU_MSG, the data of SUPER_CHAT_MESSAGE) and goes before the attributes; the
main site writes the CRC32 of the uid and a row's own id.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from connectors.decoders.fields import MAX_ID
from connectors.decoders.whole import BAD_JSON
from detectors.events import EARLIEST_MS, LATEST_MS

__all__ = ["DanmakuItem", "id_in", "millis"]

_MESSAGE = msgspec.json.Decoder(Any)


class _Extra(msgspec.Struct):
    """What is read of the JSON text `extra`: the rest, two dozen settings, is passed over."""

    id_str: Any = None


_EXTRA = msgspec.json.Decoder(_Extra)


class DanmakuItem(msgspec.Struct):
    """A chat item in the words of the platform; ``None`` is unknown."""

    text: str
    user: str | None = None
    uid: str | None = None
    second: float | None = None
    sent_ms: int | None = None
    id: str | None = None
    moderator: bool = False

    @property
    def account(self) -> str | None:
        """What tells this person from others. Without a login the platform shows “张***” for
        many people and the uid 0: that is nobody."""
        if self.uid and self.uid != "0":
            return self.uid
        if self.user and "***" not in self.user:
            return f"name:{self.user}"
        return None

    @classmethod
    def read(cls, name: str, attributes: dict[str, str], text: str) -> DanmakuItem:
        item = cls(text=text, user=attributes.get("user") or attributes.get("username"))
        item.uid = attributes.get("uid") or None
        if name == "d":
            item._place(attributes.get("p", "").split(","))
        else:
            item.second = _number(attributes.get("ts"), float)
        if item.sent_ms is None:
            item.sent_ms = millis(attributes.get("timestamp"))
        message = _json(attributes.get("raw"))
        if name == "d" and isinstance(message, list):
            item._danmu(message)
        elif name == "sc" and isinstance(message, dict):
            item._super_chat(message)
        return item

    @classmethod
    def of_info(cls, info: list[Any]) -> DanmakuItem:
        """The `info` array of DANMU_MSG. Without a login the uid is 0, and the CRC32 of it stays."""
        item = cls(text="")
        item._danmu(info)
        head = _at(info, 0)
        crc = _at(head, 7) if isinstance(head, list) else None
        if item.uid is None and isinstance(crc, str) and crc:
            item.uid = f"crc:{crc[:16]}"
        if item.sent_ms is None and isinstance(_at(info, 9), dict):
            item.sent_ms = millis(info[9].get("ts"))
        return item

    def _place(self, fields: list[str]) -> None:
        self.second = _number(_at(fields, 0), float)
        self.sent_ms = millis(_at(fields, 4))
        sender, row = _at(fields, 6), _at(fields, 7)
        if row and row.isdigit() and row != "0":
            # The main site: a row's own id, and the sender as the CRC32 of the uid.
            self.id = f"d-{row}"[:256]
            self.uid = self.uid or (f"crc:{sender}" if sender else None)
        elif sender and sender.isdigit():
            self.uid = self.uid or sender

    def _danmu(self, info: list[Any]) -> None:
        """The platform's `info` array of DANMU_MSG."""
        head, sender = _at(info, 0), _at(info, 2)
        if isinstance(head, list):
            self.sent_ms = millis(_at(head, 4)) or self.sent_ms
            extra = _at(head, 15)
            message_id = id_in(extra.get("extra")) if isinstance(extra, dict) else None
            if message_id is not None:
                self.id = f"d-{message_id}"
        if isinstance(_at(info, 1), str):
            self.text = info[1]
        if isinstance(sender, list):
            uid, user = _at(sender, 0), _at(sender, 1)
            if isinstance(uid, int | str) and str(uid) not in ("", "0"):
                self.uid = str(uid)
            if isinstance(user, str) and user:
                self.user = user
            self.moderator = _at(sender, 2) == 1

    def _super_chat(self, data: dict[str, Any]) -> None:
        if isinstance(data.get("message"), str):
            self.text = data["message"]
        if isinstance(data.get("uid"), int | str) and str(data["uid"]) not in ("", "0"):
            self.uid = str(data["uid"])
        self.sent_ms = millis(data.get("ts")) or millis(data.get("start_time")) or self.sent_ms
        if isinstance(data.get("id"), int | str) and 0 < len(str(data["id"])) <= 128:
            self.id = f"sc-{data['id']}"


def _at(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else None


def _json(text: object) -> Any:
    if not isinstance(text, str):
        return None
    try:
        return _MESSAGE.decode(text)
    except BAD_JSON:
        return None


def id_in(extra: object) -> str | None:
    """The id in the JSON text that is the platform's `extra`."""
    if not isinstance(extra, str):
        return None
    try:
        found = _EXTRA.decode(extra).id_str
    except BAD_JSON:
        return None
    return found if isinstance(found, str) and 0 < len(found) <= MAX_ID else None


def _number(text: object, kind: Callable[[str], float]) -> float | None:
    try:
        number = kind(str(text))
    except (ValueError, OverflowError):
        return None
    # Seconds into a recording: less than a year, which also rules out infinities.
    return number if 0 <= number < 31_536_000 else None


def millis(value: object) -> int | None:
    """A time in milliseconds, also from one in seconds; ``None`` for 0 and nonsense."""
    try:
        number = value if type(value) is int else int(str(value)[:20])
    except ValueError:
        return None
    if 1_000_000_000 <= number < 10_000_000_000:
        number *= 1_000
    return number if EARLIEST_MS <= number <= LATEST_MS else None
