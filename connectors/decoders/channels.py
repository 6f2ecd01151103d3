"""WeChat Channels (视频号) as the host's own console shows it.

`liveInfo`, `msgList[]` (comments, who entered) and `appMsgList[]` (gifts, likes). A viewer's open id
is another one in each broadcast, so a pseudonym holds for that broadcast only. Messages carry no
time: it is the moment of the capture. Nothing names the room. Ids are those that the forwarding
of wxlivespy has: the console's own, hashed, for they hold the viewer's account.
"""

from __future__ import annotations

import msgspec

from connectors.decoders.decoded import digest
from connectors.decoders.fields import Fields
from connectors.decoders.frame import Frame, Place

__all__ = ["app_messages", "live_info", "messages"]

_COMMENT = 1
_ENDED = 2
_NOT_OURS = {
    10005: "enter", 20009: "gift", 20013: "gift (a step of a combo)", 20006: "like",
    20031: "level up", 20002: "reply",
}  # fmt: skip


def live_info(frame: Frame, answer: Fields, name: str, place: str) -> bool:
    """`data.liveInfo`: who watches, how many likes."""
    info = answer.inner(name)
    viewers, session, status = info.get("onlineCnt"), info.id("liveId"), info.integer("liveStatus")
    if session is None and viewers is None:
        return False
    if session is not None:
        # The console is that of one host, whose room a person names.
        frame.enter(session, Place(""))
    # Its `startTime` is not told on: it would say that somebody watched from there on.
    frame.counter(frame.observation(place, "viewers"), "viewers", viewers)
    frame.counter(frame.observation(place, "likes"), "likes", info.get("likeCnt"))
    if session is not None and status == _ENDED:
        frame.phase(f"ended-{session}", "ended")
    return True


def messages(frame: Frame, answer: Fields, name: str, place: str) -> bool:
    """`data.msgList[]`."""
    taken = False
    for message in answer.each(name):
        if message.get("clientMsgId") is None:
            continue
        taken = True
        kind, text = message.integer("type"), message.some_text("content")
        if kind == _COMMENT and text is not None:
            message_id = message.text("clientMsgId")
            event_id = f"wx-{digest(frame.broadcast.session, message_id)}"
            author = message.text("nickname")
            frame.chat(event_id, text, message.id("username"), author=author)
        elif kind == _COMMENT or kind is None:
            frame.out.skip("comment without text" if kind is not None else "message without a type")
            frame.out.lack("chat", "text")
        else:
            _pass_over(frame, kind, f"{place}.{len(frame.out.unknown)}", message)
    return taken


def app_messages(frame: Frame, answer: Fields, name: str, place: str) -> bool:
    """`data.appMsgList[]`: gifts and likes, which have no place in the contract."""
    taken = False
    for message in answer.each(name):
        kind = message.integer("msgType")
        if kind is not None:
            taken = True
            _pass_over(frame, kind, f"{place}.{len(frame.out.unknown)}", message)
    return taken


def _pass_over(frame: Frame, kind: int, place: str, message: Fields) -> None:
    name = _NOT_OURS.get(kind)
    if name is not None:
        frame.out.skip(name)
    else:
        shown = msgspec.json.encode(message.values)
        frame.out.strange(place, f"message of WeChat Channels of type {kind}", shown)
