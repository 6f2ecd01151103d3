"""What is said of one alert, and how it is cut to size."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Struct, UnsetType

from detectors.alerts import LEVEL_NAMES, Alert, Level
from monitor.territory import parties_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.notify.settings import Notify

__all__ = ["Notice", "cut", "notice_of", "plain", "test_notice"]

BEIJING = ZoneInfo("Asia/Shanghai")
#: Characters of a reason that are kept for a message.
REASON_MAX = 2_000


class Notice(Struct, kw_only=True, frozen=True):
    """What people are told of an alert."""

    alert: str
    """Its id; empty: a test."""
    rule: str
    level: Level
    platform: str
    room: str
    session: str
    title: str
    subject: str
    reason: str
    """Empty where the configuration says `brief`."""
    at: int
    """Latest hit, ms."""
    hits: int
    link: str
    who: str = ""
    """Name of the operator, or of the seller, as displayed."""
    trace: str | UnsetType = UNSET
    """`traceparent` of the alert's latest change, where it is traced."""

    def text(self, *, first: str = "") -> str:
        """A message of its own."""
        when = f"{datetime.fromtimestamp(self.at / 1000, UTC).astimezone(BEIJING):%m-%d %H:%M:%S}"
        place = f"{self.platform} 直播间 {self.room}" if self.room else "多个直播间"
        lines = [
            f"{first}【{LEVEL_NAMES[self.level]}】{self.title}",
            f"{place}{'，' + self.who if self.who else ''}，{when}，第 {self.hits} 次",
            *([f"对象：{self.subject}"] if self.subject else []),
            *([self.reason] if self.reason else []),
            self.link,
        ]
        return "\n".join(plain(line) for line in lines)

    def line(self) -> str:
        """One line of a digest."""
        place = f"{self.platform} {self.room}" if self.room else "多个直播间"
        return plain(f"{self.title}｜{cut(place, 60)}｜{cut(self.subject, 60)}")


def notice_of(alert: Alert, settings: Notify, trace: str | None = None) -> Notice:
    """What people are told of an alert.

    Args:
        trace: `traceparent` of its latest change.
    """
    parties = parties_of(alert)
    return Notice(
        alert=alert.id,
        rule=alert.rule,
        level=alert.level,
        platform=alert.platform,
        room=alert.room,
        session=alert.session,
        title=alert.title,
        subject=(alert.subject_title or alert.subject)[:200],
        reason=alert.reason[:REASON_MAX] if settings.words == "full" else "",
        at=alert.last_at,
        hits=alert.hits,
        link=f"{settings.console.rstrip('/')}/alerts/{quote(alert.id, safe='')}",
        who=next((party.name for party in parties if party.name), ""),
        trace=trace or UNSET,
    )


def test_notice(settings: Notify, now: int) -> Notice:
    """What a test says: it is about no room."""
    return Notice(
        alert="",
        rule="test",
        level="info",
        platform="livewatch",
        room="-",
        session="",
        title="通知测试，请忽略 · a test of notifications",
        subject="",
        reason="能看到这条消息，说明该渠道可用。This channel works.",
        at=now,
        hits=1,
        link=settings.console,
    )


# Not a test of pytest's.
test_notice.__test__ = False  # type: ignore[attr-defined]


def cut(text: str, limit: int) -> str:
    """The beginning of a text that has at most so many bytes in UTF-8, with “…” where it was cut.

    >>> cut("全网最低价", 12)
    '全网最…'
    >>> len(cut("全网最低价", 14).encode())
    12
    """
    data = text.encode("utf-8", "replace")
    if len(data) <= limit:
        return text
    if limit < 3:
        return ""
    return data[: limit - 3].decode("utf-8", "ignore") + "…"


def plain(text: str) -> str:
    """A text of strangers that no chat program reads as a command: Feishu takes `<at …>` in a text
    for a call of everybody, and control characters hide what follows.

    >>> plain('<at user_id="all">买')
    '＜at user_id="all"＞买'
    """
    text = text.replace("<", "＜").replace(">", "＞")
    return "".join(char if char.isprintable() else " " for char in text)


def decode(body: bytes) -> Notice:
    """A notice as it was put into the outbox."""
    return _decoder.decode(body)


def encode(notice: Notice) -> bytes:
    """A notice for the outbox."""
    return msgspec.json.encode(notice)


_decoder = msgspec.json.Decoder(Notice)


def titles(notices: Iterable[Notice]) -> list[tuple[str, int]]:
    """Titles, the most frequent first, and how often."""
    found: dict[str, int] = {}
    for notice in notices:
        found[notice.title] = found.get(notice.title, 0) + 1
    return sorted(found.items(), key=lambda one: (-one[1], one[0]))
