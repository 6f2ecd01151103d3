"""Taobao Live as the host's console and a browser's recording show it: comments and messages.

Comments are JSON (`comments[]{commentId, content, publisherId, timestamp, renders}`). A message is
base64 of protobuf and JSON mixed: the JSON objects among its fields are looked for. The product
card is not known, and not read.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

import msgspec

from connectors.decoders.fields import Fields
from connectors.decoders.frame import Frame
from connectors.decoders.jsonvalue import loads
from connectors.decoders.wire import parse

__all__ = ["comments", "json_objects", "messages"]

#: Longest message and most objects in one that are looked at.
MAX_MESSAGE = 256 << 10
MAX_OBJECTS = 64
#: Brackets that may begin one, where no field holds it.
MAX_TRIES = 500
_JSON = json.JSONDecoder()
#: Messages within messages that are looked into.
MAX_DEPTH = 5
_CHAT, _GIFT, _ENDED = 10001, 10002, 3


def comments(frame: Frame, answer: Fields, name: str, place: str) -> bool:
    """`data.comments[]`; false where the list is of something else."""
    taken = False
    for comment in answer.each(name):
        comment_id, text = comment.id("commentId"), comment.some_text("content")
        if comment_id is None:
            continue
        taken = True
        if text is None:
            frame.out.skip("comment without text")
            frame.out.lack("chat", "text")
            continue
        account = comment.id("publisherId", "publisherNick")
        author = comment.text("publisherNick", "tbNick")
        frame.chat(comment_id, text, account, author=author, at=comment.millis("timestamp"))
        for flag, meaning in (("isOrder", "ordered"), ("isAddCart", "put it into the cart")):
            # No field of a chat line says so; the figure shows that some who cheer did buy.
            if comment.get(f"renders.{flag}") in (True, 1, "true", "1"):
                frame.out.skip(f"mark of a commenter who {meaning}")
    return taken


def messages(frame: Frame, answer: Fields, name: str, place: str) -> bool:
    """`data.timestampList[].data`."""
    taken = False
    for number, entry in enumerate(answer.each(name)):
        packed = entry.get("data")
        if not isinstance(packed, str):
            continue
        taken = True
        try:
            data = base64.b64decode(packed[: MAX_MESSAGE * 4 // 3], validate=False)
        except (binascii.Error, ValueError):
            frame.out.bad(f"{place} {number}", "a message that is no base64", frame.sample(packed))
            continue
        objects = json_objects(data)
        for index, value in enumerate(objects):
            _message(frame, Fields(value), f"{number}.{index}", entry.millis("timestamp"))
        if not objects:
            frame.out.strange(f"{place} {number}", "message without JSON", data)
    return taken


def json_objects(data: bytes) -> list[dict[str, Any]]:
    """The JSON objects among the fields of a message, else those that stand in other bytes.

    >>> json_objects(b'\\x08\\x01\\x12\\x0d{"a":{"b":1}}')
    [{'a': {'b': 1}}]
    >>> json_objects(b'\\xff{"a":1}\\xff')
    [{'a': 1}]
    >>> json_objects(b'\\x0a\\x05{"a":1}\\xff{"b":{}}{')
    [{'a': 1}, {'b': {}}]
    """
    found: list[dict[str, Any]] = []
    data = data[:MAX_MESSAGE]
    level = [data]
    for _ in range(MAX_DEPTH):
        below: list[bytes] = []
        for piece in level:
            value = loads(piece) if piece.startswith(b"{") else None
            if isinstance(value, dict):
                found.append(value)
            else:
                below += parse(piece).all_data()
        level = below
    return found[:MAX_OBJECTS] or _scattered(data.decode("utf-8", "replace"))


def _scattered(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    start = 0
    for _ in range(MAX_TRIES):
        start = text.find("{", start)
        if start < 0 or len(found) == MAX_OBJECTS:
            break
        try:
            value, start = _JSON.raw_decode(text, start)
            found.append(value)
        except (ValueError, RecursionError):
            start += 1
    return found


def _message(frame: Frame, value: Fields, position: str, at: int | None) -> None:
    at = value.millis("timestamp") or at
    event_id = value.id("commentId", "messageId", "msgId") or frame.id(position)
    kind = value.integer("subType")
    if (shown := value.get("viewCountFormat")) is not None:
        frame.counter(frame.observation(position, "visits", at=at), "visits", shown, at=at)
    elif (likes := value.get("value.dig")) is not None:
        frame.counter(frame.observation(position, "likes", at=at), "likes", likes, at=at)
    elif kind == _CHAT:
        text = value.some_text("content")
        if text is None:
            frame.out.skip("chat without text")
            frame.out.lack("chat", "text")
        else:
            frame.chat(event_id, text, value.id("publisherId", "userId", "nick"), at=at)
    elif kind == _GIFT:
        frame.out.skip("gift")
    elif value.get("nick") is not None and value.get("flowSourceText") is not None:
        frame.out.skip("enter")
    elif value.integer("status") == _ENDED and value.id("liveId"):
        frame.phase(event_id, "ended", at=at)
    else:
        shown = msgspec.json.encode(value.values)
        frame.out.strange(position, f"message of Taobao, subType {kind}", shown)
