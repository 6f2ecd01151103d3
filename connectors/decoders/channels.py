"""WeChat Channels (视频号) as the host's own console shows it, and as wxlivespy forwards it.

`liveInfo`, `msgList[]` (comments, who entered) and `appMsgList[]` (gifts, likes). A viewer's open id
is another one in each broadcast, so a pseudonym holds for that broadcast only. Nothing in it
carries a time: it is the moment of the capture. Nothing names the room.
"""

from __future__ import annotations

from connectors.decoders.fields import Fields
from connectors.decoders.frame import Frame

__all__ = ["app_messages", "forwarded", "live_info", "messages"]

_COMMENT = 1
_NOT_OURS = {
    10005: "enter", 20009: "gift", 20013: "gift (a step of a combo)", 20006: "like",
    20031: "level up",
}  # fmt: skip
_REPLY = 20002


def live_info(frame: Frame, answer: Fields, name: str, place: str) -> bool:
    """`data.liveInfo`: who watches, how many likes."""
    info = answer.inner(name)
    viewers, live_id = info.get("onlineCnt", "online_count"), info.id("liveId", "live_id")
    if live_id is None and viewers is None:
        return False
    frame.broadcast.session = live_id or frame.broadcast.session
    frame.counter(frame.observation(place, "viewers"), "viewers", viewers)
    likes = info.get("likeCnt", "like_count")
    frame.counter(frame.observation(place, "likes"), "likes", likes)
    return True


def messages(frame: Frame, answer: Fields, name: str, place: str) -> bool:
    """`data.msgList[]`."""
    taken = False
    for number, message in enumerate(answer.each(name)):
        if message.get("clientMsgId") is None:
            continue
        taken = True
        kind, text = message.integer("type"), message.some_text("content")
        if kind == _COMMENT and text is not None:
            event_id = message.id("clientMsgId") or frame.id(place, number)
            frame.chat(event_id, text, message.id("username"))
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


def forwarded(frame: Frame, answer: Fields, name: str, place: str) -> bool:
    """`events[]` of wxlivespy: the same messages under other names."""
    taken = False
    for number, message in enumerate(answer.each(name)):
        kind, account = message.text("decoded_type"), message.id("sec_openid")
        if kind is None or account is None:
            continue
        taken = True
        text = message.some_text("content")
        if kind == "comment" and text is not None:
            event_id = message.id("msg_id") or frame.id(place, number)
            frame.chat(event_id, text, account, at=message.millis("msg_time"))
        else:
            frame.out.skip(kind)
    return taken


def _name(kind: int | None) -> str:
    if kind == _REPLY:
        return "reply"
    return _NOT_OURS.get(kind, f"message of type {kind}") if kind is not None else "message"
