"""Frames of Bilibili's live broadcast, of the open platform and of the web: chat, goods, counters.

The frames are described in `bilibili_packets`, what becomes of cards and prices in
`bilibili_goods`. The commands are those that public clients of the platform name; the open
platform's documentation (https://open-live.bilibili.com/document/) lists its own.

The times: a message's own, else the moment of its arrival. The ids: the platform's, else a hash of
the message and its time, with a number where the same message came before. The session is that
of the broadcast (`live_key`); where the decoder came into a broadcast, or was away for more than ten minutes, it is named after
the room and the day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from connectors.decoders import bilibili_goods as goods
from connectors.decoders.bilibili_command import Command, counter
from connectors.decoders.bilibili_danmu import Info, chat_of, read
from connectors.decoders.bilibili_packets import (
    AUTHENTICATION_REPLY,
    COMMAND,
    HEARTBEAT_REPLY,
    Packet,
    packets,
)
from connectors.decoders.bilibili_talk import enforcement, said, super_chat, written
from connectors.decoders.decoded import (
    LIVE_OCCURRENCES,
    Decoded,
    Occurrences,
    Recording,
    fits,
    takes,
)
from connectors.decoders.fields import Fields, text_of
from connectors.errors import DecodeError
from detectors.events import Chat, Counter, Event, Session

__all__ = ["BilibiliFrames"]

#: After a pause of so long it is not known whether the broadcast is the same, ms.
PAUSE_MS = 600_000

#: Commands that have no place in the contract: money for the host, decoration, ranks, games.
_PASSED_OVER = frozenset(
    {
        "ACTIVITY_BANNER_UPDATE_V2", "ANCHOR_LOT_CHECKSTATUS", "COMBO_SEND", "COMMON_NOTICE_DANMAKU",
        "DM_INTERACTION", "ENTRY_EFFECT", "ENTRY_EFFECT_MUST_RECEIVE", "FULL_SCREEN_SPECIAL_EFFECT",
        "GUARD_BUY", "GUARD_HONOR_THOUSAND", "HOT_RANK_CHANGED", "HOT_RANK_CHANGED_V2",
        "HOT_RANK_SETTLEMENT", "HOT_RANK_SETTLEMENT_V2", "HOT_ROOM_NOTIFY", "INTERACT_WORD",
        "INTERACT_WORD_V2", "LIKE_INFO_V3_CLICK", "LIKE_INFO_V3_NOTICE",
        "LIVE_INTERACTIVE_GAME", "LIVE_OPEN_PLATFORM_GUARD", "LIVE_OPEN_PLATFORM_INTERACTION_END",
        "LIVE_OPEN_PLATFORM_LIKE", "LIVE_OPEN_PLATFORM_LIVE_ROOM_ENTER",
        "LIVE_OPEN_PLATFORM_SEND_GIFT", "LIVE_OPEN_PLATFORM_SUPER_CHAT_DEL", "LOG_IN_NOTICE",
        "MESSAGEBOX_USER_GAIN_MEDAL", "NOTICE_MSG", "ONLINE_RANK_TOP3", "ONLINE_RANK_V2",
        "ONLINE_RANK_V3", "PLAYURL_RELOAD", "POPULARITY_RED_POCKET_NEW",
        "POPULARITY_RED_POCKET_START", "POPULARITY_RED_POCKET_V2_NEW",
        "POPULARITY_RED_POCKET_V2_START", "POPULARITY_RED_POCKET_V2_WINNER_LIST",
        "POPULARITY_RED_POCKET_WINNER_LIST", "POPULAR_RANK_CHANGED", "RANK_CHANGED", "RANK_CHANGED_V2",
        "RANK_REM", "ROOM_REAL_TIME_MESSAGE_UPDATE", "SEND_GIFT", "SEND_GIFT_V2", "SPECIAL_GIFT",
        "STOP_LIVE_ROOM_LIST", "SUPER_CHAT_ENTRANCE", "SUPER_CHAT_MESSAGE_DELETE",
        "SUPER_CHAT_MESSAGE_JPN", "SYS_MSG", "TRADING_SCORE", "USER_TOAST_MSG", "USER_TOAST_MSG_V2",
        "VOICE_JOIN_LIST", "VOICE_JOIN_ROOM_COUNT_INFO", "VOICE_JOIN_STATUS", "WIDGET_BANNER",
        "WIDGET_GIFT_STAR_PROCESS", "WIDGET_GIFT_STAR_PROCESS_V2",
    }
)  # fmt: skip


_LINES = frozenset({"DANMU_MSG", "DANMU_MSG_MIRROR"})
#: Commands that always say something.
_TELLING = frozenset(
    {"DANMU_MSG", "DANMU_MSG_MIRROR", "LIVE_OPEN_PLATFORM_DM", "SUPER_CHAT_MESSAGE",
     "SHOPPING_EXPLAIN_CARD", "HOT_BUY_NUM"}
)  # fmt: skip


#: What a command lacks that became no event.
_LACKING = {
    **dict.fromkeys(
        ("DANMU_MSG", "DANMU_MSG_MIRROR", "LIVE_OPEN_PLATFORM_DM", "SUPER_CHAT_MESSAGE"),
        ("chat", "text"),
    ),
    "SHOPPING_EXPLAIN_CARD": ("product", "sku"),
}


@takes("bytes")
class BilibiliFrames:
    """A `FrameDecoder` for one room."""

    checked: ClassVar = True

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self.broadcast = recording.session
        """``None``: not known yet; empty: off the air."""
        self._heard_at: int | None = None
        self._occurrences = Occurrences(LIVE_OCCURRENCES)
        self._fits: tuple[int, str] | None = None
        """Arrival and session with which the contract took an event."""

    def feed(self, frame: bytes, received_at: int) -> Decoded:
        """What is in one websocket message."""
        out = Decoded()
        if self._heard_at is not None and received_at - self._heard_at > PAUSE_MS:
            # Even a quiet room answers heartbeats: nobody was there, perhaps for an end and a start.
            self.broadcast = self._recording.session
        self._heard_at = received_at
        for packet in packets(frame, out):
            if packet.op == COMMAND:
                self._command(packet, received_at, out)
            elif packet.op == HEARTBEAT_REPLY:
                # 人气值, a number of the platform's own making: no count of anything.
                out.skip("heartbeat reply")
            elif packet.op == AUTHENTICATION_REPLY:
                out.skip("authentication reply")
            else:
                out.strange(packet.place, f"operation {packet.op}", packet.body)
        return out

    def _command(self, packet: Packet, received_at: int, out: Decoded) -> None:
        if not packet.body:
            out.skip("empty packet")
            return
        try:
            message = read(packet.body)
            command = Fields.read(packet.body).get("cmd") if message is None else message.cmd
            # The platform hangs on numbers: DANMU_MSG:4:0:2:2:2:0.
            name = (text_of(command) or "").partition(":")[0]
            if name in _PASSED_OVER:
                out.skip(name)
                return
            info = message.info if message is not None and name in _LINES else None
            if info is not None and self._take_line(info, packet, received_at, out):
                return
            fields = Fields.read(packet.body)
        except DecodeError as error:
            out.bad(packet.place, error.reason, packet.body)
            return
        if not name:
            out.bad(packet.place, "a command without a name", packet.body)
        elif name in self._READERS:
            command = Command(
                name, fields, packet.body, received_at, self._recording,
                self._session_at(received_at), self._occurrences,
            )  # fmt: skip
            events = self._READERS[name](self, command)
            for event in events:
                self._take(event, packet, received_at, out)
            if events:
                return
            content = fields.get("info" if name.startswith("DANMU_MSG") else "data")
            if name in _TELLING or (content and not isinstance(content, dict)):
                # Known by name, without what makes an event: a change that someone should see.
                out.strange(packet.place, f"shape of {name}", packet.body)
                if name in _LACKING:
                    out.lack(*_LACKING[name])
            else:
                out.skip(f"{name} without content")
        else:
            out.strange(packet.place, f"command {name}", packet.body)

    def _take_line(self, info: Info, packet: Packet, received_at: int, out: Decoded) -> bool:
        """Takes a chat line that is as it should be, and says whether it is."""
        session = self._session_at(received_at)
        line = chat_of(info, packet.body, self._recording, session, received_at)
        if line is None:
            return False
        self._take(line, packet, received_at, out)
        return True

    def _take(self, event: Event, packet: Packet, received_at: int, out: Decoded) -> None:
        shared = (received_at, event.session)
        if shared == self._fits and isinstance(event, Chat | Counter) and fits(event):
            # What it shares with an earlier event of the frame was checked with that one.
            out.events.append(event)
        elif out.take(event, packet.place, packet.body):
            self._fits = shared

    # The broadcast ------------------------------------------------------------------------

    def _session_at(self, received_at: int) -> str:
        if self.broadcast is None:
            self.broadcast = f"{self._recording.room}-{self._local(received_at):%Y%m%d}"
        return self.broadcast

    def _local(self, at: int) -> datetime:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
        return moment.astimezone(self._recording.zone)

    def _started(self, command: Command) -> list[Event]:
        fields, data = command.fields, command.data
        at = fields.millis("live_time") or command.at
        room = self._recording.room
        key = fields.id("live_key") or data.id("live_key")
        session = f"{room}-{key}" if key else f"{room}-{self._local(at):%Y%m%dT%H%M%S}"
        if (
            not key
            and self.broadcast
            and self.broadcast.startswith(f"{room}-{self._local(at):%Y%m%dT}")
        ):
            # Sent twice, the second time without the time of the start.
            session = self.broadcast
        self.broadcast = command.session = session
        return [
            Session(
                **command.common(f"live-{session}", at),
                phase="started",
                title=data.some_text("title"),
                host=self._recording.host,
            )
        ]

    def _ended(self, command: Command) -> list[Event]:
        self.broadcast = ""
        if not command.session:
            return []
        return [Session(**command.common(f"end-{command.session}"), phase="ended")]

    def _renamed(self, command: Command) -> list[Event]:
        """A new title: the broadcast goes on under it."""
        title = command.data.some_text("title")
        if title is None or not command.session:
            return []
        return [
            Session(**command.common(), phase="started", title=title, host=self._recording.host)
        ]

    # Numbers ------------------------------------------------------------------------------

    def _visits(self, command: Command) -> list[Event]:
        return counter(command, "visits", "num", "text_small")

    def _viewers(self, command: Command) -> list[Event]:
        # `count` is the length of a list of the platform's; only this counts people.
        return counter(command, "viewers", "online_count", "online_count_text")

    def _likes(self, command: Command) -> list[Event]:
        return counter(command, "likes", "click_count")

    _READERS: ClassVar[dict[str, Callable[[BilibiliFrames, Command], list[Event]]]] = {
        "DANMU_MSG": lambda _, command: said(command),
        "DANMU_MSG_MIRROR": lambda _, command: said(command),
        "LIVE_OPEN_PLATFORM_DM": lambda _, command: written(command),
        "LIVE_OPEN_PLATFORM_DM_MIRROR": lambda _, command: written(command),
        "SUPER_CHAT_MESSAGE": lambda _, command: super_chat(command),
        "LIVE_OPEN_PLATFORM_SUPER_CHAT": lambda _, command: super_chat(command),
        "GOTO_BUY_FLOW": lambda _, command: enforcement(command),
        "WARNING": lambda _, command: enforcement(command),
        "CUT_OFF": lambda _, command: enforcement(command),
        "RECALL_DANMU_MSG": lambda _, command: enforcement(command),
        "LIVE": _started,
        "LIVE_OPEN_PLATFORM_LIVE_START": _started,
        "PREPARING": _ended,
        "LIVE_OPEN_PLATFORM_LIVE_END": _ended,
        "ROOM_CHANGE": _renamed,
        "WATCHED_CHANGE": _visits,
        "ONLINE_RANK_COUNT": _viewers,
        "LIKE_INFO_V3_UPDATE": _likes,
        "SHOPPING_CART_SHOW": lambda _, command: goods.shelf(command),
        "SHOPPING_EXPLAIN_CARD": lambda _, command: goods.explained(command),
        "RECOMMEND_CARD": lambda _, command: goods.recommended(command),
        "SELECTED_GOODS_INFO": lambda _, command: goods.selected(command),
        "SHOPPING_BUBBLES_STYLE": lambda _, command: goods.bubbles(command),
        "HOT_BUY_NUM": lambda _, command: goods.hot(command),
    }
