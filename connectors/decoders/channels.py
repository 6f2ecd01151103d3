"""WeChat Channels (视频号) as the host's own console shows it.

`liveInfo`, `msgList[]` (comments, who entered) and `appMsgList[]` (gifts, likes). A viewer's open id
is another one in each broadcast, so a pseudonym holds for that broadcast only. Messages carry no
time: it is the moment of the capture. Nothing names the room. Ids are those that the forwarding
of wxlivespy has: the console's own, hashed, for they hold the viewer's account.
"""

from __future__ import annotations

from connectors.decoders.decoded import digest
from connectors.decoders.fields import Fields
from connectors.decoders.frame import Frame, Place

__all__ = ["app_messages", "live_info", "messages"]

_COMMENT = 1
_ENDED = 2
_NOT_OURS = {
    10005: "enter", 20009: "gift", 20013: "gift (a step of a combo)", 20006: "like",
    20031: "level up",
}  # fmt: skip
_REPLY = 20002


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
        else:
            frame.out.skip(_name(kind))
    return taken


def app_messages(frame: Frame, answer: Fields, name: str, place: str) -> bool:
    """`data.appMsgList[]`: gifts and likes, which have no place in the contract."""
    kinds = [message.integer("msgType") for message in answer.each(name)]
    known = [kind for kind in kinds if kind is not None]
    for kind in known:
        frame.out.skip(_name(kind))
    return bool(known)


def _name(kind: int | None) -> str:
    if kind == _REPLY:
        return "reply"
    return _NOT_OURS.get(kind, f"message of type {kind}") if kind is not None else "message"
