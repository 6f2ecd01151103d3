"""One message for many alerts, where a bot may not say each of them.

Each lead has a line of its own; those for which there is no room stay where they are and come with
the next digest, so none is lost. What is below a lead is told by its number and its titles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from detectors.alerts import LEVEL_NAMES
from monitor.notify.notice import Notice, cut, plain, titles

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Digest", "digest_of"]

#: Bytes that are kept for the last lines: what is below a lead, what comes later, the link.
FOOT_BYTES = 420
#: Titles below a lead that are named.
TITLES = 5


class Digest(Struct, frozen=True):
    """A text, and the places of the notices that it covers."""

    text: str
    covered: list[int]


def digest_of(notices: Sequence[Notice], limit: int, *, since_s: float, console: str) -> Digest:
    """A digest of at most so many bytes; it covers at least one notice.

    Args:
        notices: leads first.
        limit: bytes of the text, 600 at least.
        since_s: over how long they were gathered.
        console: address of the console.
    """
    leads = [place for place, notice in enumerate(notices) if notice.level == "lead"]
    others = [place for place, notice in enumerate(notices) if notice.level != "lead"]
    head_room = 200
    room = limit - FOOT_BYTES - head_room
    listed: list[int] = []
    lines: list[str] = []
    for place in leads:
        line = cut(f"{len(lines) + 1}. {notices[place].line()}", 300)
        size = len(line.encode()) + 1
        if lines and size > room:
            break
        room -= size
        lines.append(line)
        listed.append(place)
    later = len(leads) - len(listed)
    covered = sorted(listed + others)
    head = cut(_head([notices[place] for place in covered], since_s), head_room)
    foot = [f"其余 {later} 条线索见下一条汇总"] if later else []
    if others:
        named = titles(notices[place] for place in others)
        words = "、".join(f"{cut(plain(title), 60)} {count}" for title, count in named[:TITLES])
        more = f" 等 {len(named)} 类" if len(named) > TITLES else ""
        foot.append(cut(f"未逐条列出：{words}{more}", FOOT_BYTES - 120))
    foot.append(cut(f"{console.rstrip('/')}/alerts", 60))
    return Digest(cut("\n".join([head, *lines, *foot]), limit), covered)


def _head(notices: Sequence[Notice], since_s: float) -> str:
    levels = [notice.level for notice in notices]
    highest = next(level for level in LEVEL_NAMES if level in levels)
    span = f"{round(since_s)} 秒" if since_s < 60 else f"{round(since_s / 60)} 分钟"
    counted = "，".join(
        f"{LEVEL_NAMES[level]} {levels.count(level)} 条" for level in LEVEL_NAMES if level in levels
    )
    return f"【汇总】过去 {span} {len(notices)} 条，最高{LEVEL_NAMES[highest]}：{counted}"
