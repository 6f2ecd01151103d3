"""Captured frames of Douyin's and TikTok's live socket: PushFrame → gzip → Response → messages.

The two share the envelope and the numbers of the fields that are read here; only TikTok has
`WebcastOec…`. Field numbers: the public schema `new_douyin.proto` of douyinlive-proto (MIT).
Douyin's `room_id` is another one for each broadcast: it is the session, and the room only where
nobody said which room it is. Nothing is answered: these frames were captured by a browser.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from connectors.decoders import webcast_goods as goods
from connectors.decoders.decoded import Decoded, Recording, takes
from connectors.decoders.fields import millis
from connectors.decoders.frame import Broadcast, Frame
from connectors.decoders.inflate import GZIP_MARK, inflate
from connectors.decoders.webcast_text import text_of
from connectors.decoders.wire import Form, Message, Shape, key_of, parse, text_in
from connectors.errors import DecodeError

__all__ = ["WebcastFrames", "is_push_frame", "is_response"]

#: Messages of one response that are read; a busy room has a few dozen.
MAX_MESSAGES = 5_000
#: Messages without a place in the contract: gifts apart, who came, followed, joined a fan club,
#: rankings, decoration.
_NOT_OURS = frozenset(
    f"Webcast{name}Message"
    for name in (
        "Member", "Social", "Fansclub", "EcomFansClub", "CommonText", "RoomRank", "EmojiChat",
        "RanklistHourEntrance", "InRoomBanner", "LinkMic", "LinkMicMethod", "RoomDataSync",
        "RoomStreamAdaptation", "GiftSort", "GiftPanelUpdate", "ProfitInteractionScore", "Barrage",
        "EcomBuyIntention", "UpdateFanTicket", "LightGift", "InteractEffect", "NotifyEffect",
        "RoomIntro", "RankText", "ScreenChat", "QuizAudienceStatus", "LinkerContribute", "Caption",
    )
)  # fmt: skip
#: Actions of a control message after which the broadcast is over: it ended, and, as clients of
#: TikTok name it, it was suspended. What Douyin's 4 means is not known.
_ENDED, _SUSPENDED = 3, 4
#: Kinds of frames.
_KINDS = frozenset({"msg", "hb", "ack", "close"})
#: What the longest spelling of the room's number says that it counts: “1.2万在线观众”.
_ONLINE = ("在线", "人气")
_VISITS = ("观看", "看过", "人次")


_PUSH = Form(messages=(1, "all bytes"), kind=(7, "text"), payload=(8, "bytes"))
_RESPONSE = Form(
    messages=(1, Form(method=(1, "text"), payload=(2, "bytes"), msg_id=(3, "number"))),
    now=(4, "number"),
)
_SENT_TO = Form(room_id=(3, "number"), create_time=(4, "number"))
_ANY = Form(common=(1, _SENT_TO))
_LINE = Form(
    common=(1, _SENT_TO), user=(2, Form(id=(1, "number"), nickname=(3, "text"))),
    content=(3, "text"), event_time=(15, "number"),
)  # fmt: skip
_ENVELOPE = Shape(method=(1, "bytes"), payload=(2, "bytes"), msg_id=(3, "numeric id"))
_BODY = Shape(common=(1, "bytes"))
_COMMON = Shape(msg_id=(2, "numeric id"), room_id=(3, "numeric id"), create_time=(4, "number"))
_CHAT = Shape(user=(2, "bytes"), content=(3, "bytes"), event_time=(15, "number"))
_LIKE = Shape(total=(3, "number"))
_AUDIENCE = Shape(total=(3, "number"), total_user=(7, "number"))
_USER = Shape(id=(1, "numeric id"), nickname=(3, "bytes"))
_USER_ID = Shape(id_str=(1028, "textual id"))


@takes("bytes")
class WebcastFrames:
    """Frames of one room, one at a time."""

    checked: ClassVar = True

    def __init__(self, recording: Recording, broadcast: Broadcast | None = None) -> None:
        self.recording = recording
        self.broadcast = broadcast if broadcast is not None else Broadcast()

    def feed(self, frame: bytes, received_at: int) -> Decoded:
        """What is in one frame, or in one answer of the page's polling."""
        seen = Frame(self.recording, frame, received_at, self.broadcast)
        out = seen.out
        push = _PUSH.read(frame)
        kind, payload = (push.kind, push.payload) if push is not None else ("", b"")
        if push is None or push.messages or not payload:
            response = parse(frame)
            if is_response(response):
                self._response(seen, response, frame)
                return out
            kind, payload = response.text(7) or "", response.data(8) or b""
            if not payload:
                out.skip(f"frame without a body ({kind if kind in _KINDS else 'other'})")
                return out
        if payload.startswith(GZIP_MARK):
            try:
                payload = inflate(payload)
            except DecodeError as error:
                out.bad("frame", error.reason, frame)
                return out
        if kind in ("", "msg") and self._whole_response(seen, payload):
            return out
        response = parse(payload)
        if kind not in ("", "msg") and not is_response(response):
            out.skip("frame of another kind")
            return out
        self._response(seen, response, frame)
        return out

    def _whole_response(self, frame: Frame, payload: bytes) -> bool:
        """Takes a response in which nothing is broken or too much, and says whether it was one."""
        response = _RESPONSE.read(payload)
        if response is None:
            return False
        messages = response.messages
        if not 0 < len(messages) <= MAX_MESSAGES:
            return False
        rest = parse(payload)
        now = millis(response.now or rest.integer(4))
        for number, message in enumerate(messages, 1):
            method, msg_id = message.method, message.msg_id
            if not (
                method
                and msg_id
                and self._take(frame, method, message.payload, str(msg_id), number, now)
            ):
                self._message(frame, rest.datas(1)[number - 1], number, now)
        return True

    def _take(
        self, frame: Frame, method: str, payload: bytes, event_id: str, number: int, now: int | None
    ) -> bool:
        """Takes a message that is whole and says which room it is from, and says whether it was
        one. If not, nothing has happened."""
        is_line = method == _LINE_METHOD
        body = (_LINE if is_line else _ANY).read(payload)
        if body is None or not (common := body.common) or not (room_id := common[-1].room_id):
            return False
        frame.enter(str(room_id))
        if method not in _HANDLERS:
            self._pass_over(frame, method, payload, number)
            return True
        at = millis(common[-1].create_time or parse(payload).message(1).integer(4)) or now
        if is_line and (users := body.user):
            user, text, said = users[-1], body.content, body.event_time
            if user.id and user.nickname and text and said:
                at = millis(said) or at
                took = frame.chat(event_id, text, str(user.id), author=user.nickname, at=at)
                if not took and frame.has_room:
                    frame.out.strange(f"message {number}", f"shape of {method}", payload)
                return True
        self._handle(frame, method, payload, event_id, number, at, whole=True)
        return True

    def _message(self, frame: Frame, envelope: bytes, number: int, now: int | None) -> None:
        name, payload, msg_id = _ENVELOPE.read(envelope)
        place, payload = f"message {number}", payload or b""
        if not name:
            frame.out.bad(place, "a message without a name", payload)
            return
        method = text_in(name)
        (common,), whole = _BODY.read_checked(payload)
        common_id, room_id, sent = _COMMON.read(common) if common else (None, None, None)
        if not whole:
            frame.out.bad(place, f"{method} is cut off or broken; what was read is kept", payload)
        if room := key_of(room_id):
            frame.enter(room)
        if method not in _HANDLERS:
            self._pass_over(frame, method, payload, number)
            return
        event_id = key_of(msg_id) or key_of(common_id) or frame.id(number)
        self._handle(frame, method, payload, event_id, number, millis(sent) or now, whole=whole)

    def _pass_over(self, frame: Frame, method: str, payload: bytes, number: int) -> None:
        if method in _NOT_OURS:
            frame.out.skip(method)
        else:
            frame.out.strange(f"message {number}", method, payload)

    def _handle(
        self, frame: Frame, method: str, payload: bytes, event_id: str, number: int, at: int | None,
        *, whole: bool,
    ) -> None:  # fmt: skip
        out = frame.out
        may_be_silent = method not in _TELLING or not whole or not frame.has_room
        before = 0 if may_be_silent else len(out.events) + out.skipped.total()
        _HANDLERS[method](frame, Message(payload), event_id, at)
        if not may_be_silent and before == len(out.events) + out.skipped.total():
            # Its fields may have moved.
            out.strange(f"message {number}", f"shape of {method}", payload)

    def _response(self, frame: Frame, response: Message, data: bytes) -> None:
        """Takes a response field by field."""
        out = frame.out
        if not response.whole:
            out.bad("frame", "a response that is cut off or broken; what was read is kept", data)
        messages = response.datas(1)
        if not messages and not is_response(response):
            out.strange("frame", "frame of the live socket", data)
            return
        if len(messages) > MAX_MESSAGES:
            out.bad("frame", f"{len(messages)} messages: only {MAX_MESSAGES} are read", data)
        now = millis(response.integer(4))
        for number, envelope in enumerate(messages[:MAX_MESSAGES], 1):
            self._message(frame, envelope, number, now)


def is_response(fields: Message) -> bool:
    """True if this is a Response: its first field holds messages with known names."""
    first = (parse(data).text(1) or "" for data in fields.datas(1)[:3])
    return any(name.startswith("Webcast") for name in first)


def is_push_frame(fields: Message) -> bool:
    """True if this is a PushFrame: a kind, mostly with a payload."""
    kind = fields.text(7)
    return fields.whole and kind is not None and (bool(fields.data(8)) or kind in _KINDS)


def _chat(frame: Frame, message: Message, event_id: str, at: int | None) -> None:
    user, content, sent = _CHAT.read(message.raw)
    text = text_in(content) if content else _rich_text(message)
    if not text:
        frame.out.lack("chat", "text")
        return
    account, name = _USER.read(user) if user else (None, None)
    account = key_of(account) or (key_of(*_USER_ID.read(user)) if user else None)
    author = text_in(name) if name is not None else None
    frame.chat(event_id, text, account, author=author, at=millis(sent) or at)


def _rich_text(message: Message) -> str | None:
    return text_of(message, 41) or text_of(message, 40) or text_of(message, 22)


def _like(frame: Frame, message: Message, event_id: str, at: int | None) -> None:
    (likes,) = _LIKE.read(message.raw)
    frame.counter(event_id, "likes", likes, at=at)


def _audience(frame: Frame, message: Message, event_id: str, at: int | None) -> None:
    viewers, visits = _AUDIENCE.read(message.raw)
    frame.counter(f"{event_id}-viewers", "viewers", viewers or message.text(4), at=at)
    frame.counter(f"{event_id}-visits", "visits", visits or message.text(8), at=at)


def _stats(frame: Frame, message: Message, event_id: str, at: int | None) -> None:
    if message.integer(7) or message.integer(8):
        frame.out.skip("room statistics that are hidden or only a difference")
        return
    label = message.text(4) or ""
    shown = message.integer(5) or message.text(2)
    if any(word in label for word in _ONLINE):
        frame.counter(event_id, "viewers", shown, at=at)
    elif any(word in label for word in _VISITS):
        frame.counter(event_id, "visits", shown, at=at)
    else:
        frame.out.skip("room statistics that do not say what they count")


def _control(frame: Frame, message: Message, event_id: str, at: int | None) -> None:
    extra = message.message(4)
    said = [message.text(3), *(text_of(extra, number) for number in (3, 4, 5))]
    text = " ".join(dict.fromkeys(part for part in said if part))
    if text:
        # What the platform tells about a violation is worth keeping word by word.
        frame.chat(f"{event_id}-notice", text, at=at, role="system")
    action = message.integer(2)
    if action == _ENDED or (action == _SUSPENDED and frame.recording.platform == "tiktok"):
        frame.phase(f"end-{frame.broadcast.session or event_id}", "ended", at=at)
    elif not text:
        frame.out.skip(f"WebcastControlMessage action {message.integer(2)}")


def _gift(frame: Frame, message: Message, event_id: str, at: int | None) -> None:
    # A combo sends a message for each step; the last one stands for all.
    running = (message.integer(6) or 0) > 1 and not message.integer(9)
    frame.out.skip("gift (a step of a combo)" if running else "gift")


_LINE_METHOD = "WebcastChatMessage"
#: Messages that always say something.
_TELLING = frozenset(
    {"WebcastChatMessage", "WebcastProductChangeMessage", "WebcastLiveShoppingMessage",
     "WebcastLiveEcomMessage", "WebcastAwemeShopExplainMessage", "WebcastOecLiveShoppingMessage"}
)  # fmt: skip
_HANDLERS: dict[str, Callable[[Frame, Message, str, int | None], None]] = {
    "WebcastChatMessage": _chat,
    "WebcastLikeMessage": _like,
    "WebcastRoomUserSeqMessage": _audience,
    "WebcastRoomStatsMessage": _stats,
    "WebcastControlMessage": _control,
    "WebcastGiftMessage": _gift,
    "WebcastProductChangeMessage": goods.product_change,
    "WebcastLiveShoppingMessage": goods.shopping,
    "WebcastLiveEcomMessage": goods.ecom,
    "WebcastLiveEcomGeneralMessage": goods.ecom_general,
    "WebcastShelfTradeDataMessage": goods.shelf_trade,
    "WebcastAwemeShopExplainMessage": goods.explain,
    "WebcastOecLiveShoppingMessage": goods.tiktok_card,
}
