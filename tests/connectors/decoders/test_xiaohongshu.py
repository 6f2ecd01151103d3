"""Xiaohongshu's frames."""

from __future__ import annotations

import json

import pytest

from connectors.decoders.decoded import Decoded
from connectors.decoders.xiaohongshu import XiaohongshuFrames
from detectors.events import Chat
from tests.connectors.decoders.protobuf_frames import AT, xiaohongshu
from tests.connectors.importing import recording


def decode(frame: bytes) -> Decoded:
    return XiaohongshuFrames(recording(platform="xiaohongshu", session=None)).feed(frame, AT + 50)


def said(text: str, **fields: object) -> dict[str, object]:
    profile = {"user_id": "u1", "nickname": "小雨点", "role": fields.pop("role", None)}
    return {"type": "text", "desc": text, "profile": profile} | fields


def test_a_line_within_three_wrappings() -> None:
    (line,) = decode(xiaohongshu(said("好看", commentId="c9"))).events

    assert isinstance(line, Chat)
    assert (line.id, line.text, line.role, line.at) == ("c9", "好看", "viewer", AT)
    assert (line.room, line.session) == ("77001", "88001")
    assert "小雨点" not in repr(line)


def test_the_hosts_own_line() -> None:
    (line,) = decode(xiaohongshu(said("都是现货", role="host"))).events

    assert isinstance(line, Chat)
    assert (line.role, line.id) == ("host", "x0")


@pytest.mark.parametrize("role", [["host"], {"name": "host"}, 3])
def test_a_role_of_another_type_costs_only_itself(role: object) -> None:
    (line,) = decode(xiaohongshu(said("好看", role=role))).events

    assert isinstance(line, Chat)
    assert (line.text, line.role) == ("好看", "viewer")


@pytest.mark.parametrize("profile", [[1], "u1", None])
def test_a_profile_of_another_type_leaves_the_line_without_a_person(profile: object) -> None:
    (line,) = decode(xiaohongshu(said("好看", profile=profile))).events

    assert isinstance(line, Chat)
    assert (line.text, line.user) == ("好看", None)


def test_other_types_are_counted_or_kept() -> None:
    out = decode(xiaohongshu({"type": "refresh"}, {"type": "new_thing"}))

    assert out.skipped == {"message refresh": 1}
    assert [piece.reason for piece in out.unknown] == ["unknown message new_thing"]


def test_a_broken_packet_costs_only_itself() -> None:
    frame = json.loads(xiaohongshu(said("一"), said("二")))
    frame["b"]["d"]["b"][0]["d"] = "%%%"
    out = decode(json.dumps(frame).encode())

    assert [event.text for event in out.events if isinstance(event, Chat)] == ["二"]
    assert [problem.place for problem in out.problems] == ["message 0"]


def test_what_is_no_such_frame_is_kept() -> None:
    assert [piece.reason for piece in decode(b'{"a":1}').unknown] == [
        "unknown frame of the live socket"
    ]
