"""Frames that nobody should send, made from those that somebody does: cut, changed, and built to
do harm.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any

__all__ = ["hopeless", "hostile_frames"]

#: Cuts of one frame, and random changes of it.
CUTS = 64
CHANGES = 100
#: Changes of the structure of one frame that is JSON.
SHAPES = 300
#: Longest frame whose structure is changed.
MAX_SHAPED = 256 << 10
BOMB_BYTES = 64 << 20
#: What stands where something else was expected.
_STRANGE: tuple[Any, ...] = (
    None, True, -1, 0, 2**63, 10**400, 1e308, float("inf"), float("nan"), "", "\x00", "\ud800", "９９", "1e99", [], {}, [[]],
    [None], {"": None}, "长" * 5_000,
)  # fmt: skip


def hopeless() -> list[bytes]:
    """Frames in which nothing is, for any decoder."""
    return [b"", b"\x00", b"\x00" * 64, b"\xff" * 64, b"\n", b" ", b"\x1f\x8b", b"\x78\x9c"]


def hostile_frames(frames: Sequence[bytes], random: Random) -> Iterator[bytes]:
    """Hostile frames, the general ones first."""
    yield from hopeless()
    yield from (b"{}", b"[]", b"null", b"0", b'""', b"{", b"}", b"[" * 50_000, b'{"a":' * 50_000)
    yield from (b"\xef\xbb\xbf{}", b"NaN", b'"\\ud800"', b"1" * 5_000, b"[1,2", b"<a><b>")
    yield from _bombs()
    for frame in frames:
        yield frame + frame
        yield frame + b"\x00"
        yield from _cuts(frame, random)
        yield from (_changed(frame, random) for _ in range(CHANGES))
        yield from _reshaped(frame, random)
    for one, other in pairwise(frames):
        yield one[: len(one) // 2] + other[len(other) // 2 :]


@cache
def _bombs() -> tuple[bytes, ...]:
    """Small, and huge when unpacked."""
    zeros = b"\x00" * BOMB_BYTES
    packed = gzip.compress(zeros)
    return packed, zlib.compress(zeros), gzip.compress(packed), b"[" + b"1," * (1 << 17) + b"1]"


def _cuts(frame: bytes, random: Random) -> Iterator[bytes]:
    places: Sequence[int] = range(len(frame))
    if len(frame) > CUTS:
        places = sorted({*range(17), *random.sample(range(len(frame)), CUTS - 20), len(frame) - 1})
    for place in places:
        yield frame[:place]
        yield frame[place + 1 :]


def _changed(frame: bytes, random: Random) -> bytes:
    data = bytearray(frame)
    for _ in range(random.choice((1, 1, 2, 8))):
        place = random.randrange(len(data) + 1)
        match random.randrange(4):
            case 0 if place < len(data):
                data[place] ^= 1 << random.randrange(8)
            case 1:
                data[place : place + 1] = random.randbytes(1)
            case 2:
                # What says how long something is, most of the time.
                data[place : place + 4] = random.choice(
                    (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff", b"\x80")
                )
            case _:
                data[place:place] = random.randbytes(random.randrange(1, 8))
    return bytes(data)


def _reshaped(frame: bytes, random: Random) -> Iterator[bytes]:
    if len(frame) > MAX_SHAPED:
        return
    try:
        document = json.loads(frame)
    except (ValueError, RecursionError):
        return
    places = list(_places(document))
    changes = [(path, value) for path in places for value in (*_STRANGE, _GONE)]
    for path, value in random.sample(changes, min(SHAPES, len(changes))):
        text = json.dumps(_with(document, path, value), ensure_ascii=False)
        yield text.encode("utf-8", "surrogatepass")


_GONE = object()
Path = tuple[str | int, ...]


def _places(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, member in inner:
        yield from _places(member, (*path, key))


def _with(value: Any, path: Path, new: Any) -> Any:
    """A copy in which one place is another, or gone."""
    if not path:
        return None if new is _GONE else new
    key, *rest = path
    if isinstance(value, dict):
        changed = dict(value)
        if not rest and new is _GONE:
            del changed[str(key)]
        else:
            changed[str(key)] = _with(value[key], tuple(rest), new)
        return changed
    items = list(value)
    if not rest and new is _GONE:
        del items[int(key)]
    else:
        items[int(key)] = _with(items[int(key)], tuple(rest), new)
    return items
