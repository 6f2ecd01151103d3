"""Kuaishou's frames."""

from __future__ import annotations

import gzip

import pytest

from connectors.decoders.decoded import Decoded
from connectors.decoders.kuaishou import KuaishouFrames
from detectors.events import Chat, Counter
from tests.connectors.decoders.protobuf_frames import AT, kuaishou, write
from tests.connectors.importing import recording


def decode(frame: bytes, **known: object) -> Decoded:
    return KuaishouFrames(recording(**({"platform": "kuaishou"} | known))).feed(frame, AT)


@pytest.mark.parametrize("packed", [True, False])
def test_comments_and_the_displayed_counts(packed: bool) -> None:
    out = decode(kuaishou("多少钱", "想要", packed=packed))
    viewers, likes, first, second = out.events

    assert isinstance(viewers, Counter)
    assert isinstance(likes, Counter)
    assert isinstance(first, Chat)
    assert (viewers.name, viewers.low, viewers.high) == ("viewers", 12_000, 12_999)
    assert (likes.name, likes.value) == ("likes", 3_456)
    assert (first.id, first.text, first.at, first.session) == ("k0", "多少钱", AT, "s1")
    assert (first.user or "").startswith("k1:")
    assert second.id == "k1"
    assert out.skipped == {"like feed": 1}


def test_counts_seen_again_later_are_another_observation() -> None:
    decoder = KuaishouFrames(recording(platform="kuaishou"))
    frame = kuaishou()
    early, late = (decoder.feed(frame, at).events[0].id for at in (AT, AT + 5_000))

    assert early != late


def test_what_is_encrypted_is_kept_unread() -> None:
    frame = write("SocketMessage", payload_type=310, compression=3, payload=b"\x81\x82")
    out = decode(frame)

    assert out.events == []
    assert [piece.reason for piece in out.unknown] == ["unknown encrypted frame of type 310"]
    assert out.unknown[0].data == frame


def test_a_violation_that_the_platform_suspects_is_kept_and_said() -> None:
    out = decode(kuaishou("x", kind=355))

    assert [piece.reason for piece in out.unknown] == ["unknown SC_SUSPECTED_VIOLATION"]
    assert out.notes == ["the platform marked a suspected violation (SC_SUSPECTED_VIOLATION)"]


@pytest.mark.parametrize(
    ("kind", "name"), [(360, "SC_SHOP_OPENED"), (361, "SC_SHOP_CLOSED"), (1, "heartbeat")]
)
def test_what_has_no_place_is_counted_by_name(kind: int, name: str) -> None:
    assert decode(kuaishou("x", kind=kind)).skipped == {f"frame {name}": 1}


@pytest.mark.slow
def test_a_bomb_is_a_problem() -> None:
    frame = write(
        "SocketMessage", payload_type=310, compression=2, payload=gzip.compress(bytes(64 << 20))
    )

    assert [problem.reason for problem in decode(frame).problems] == ["unpacks to more than 16 MiB"]


def test_a_frame_says_when_nobody_named_the_room() -> None:
    (problem,) = decode(kuaishou("多少钱", "想要"), room="").problems

    assert problem.reason == "nothing says which room it is from: say --room"
