"""Signed heads of the Merkle logs: what was in them at a moment, said so that nobody can unsay it.

A head is a signed note as C2SP's tlog-checkpoint has it: the log's name, its size, its root, then a
line for the time and one for each further log; a blank line; the signature. Whoever keeps a head
can hold every later one to it.
"""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_right
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from monitor.evidence import ledger
from monitor.evidence.keys import verify_signature
from monitor.evidence.merkle import root_of
from monitor.store.dialects import run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509
    from sqlalchemy import Connection

    from monitor.evidence.keys import SigningKey

__all__ = [
    "BadHead",
    "Head",
    "StoredHead",
    "Tree",
    "first_head",
    "first_over",
    "heads",
    "last_head",
    "origin_of",
    "read",
    "sign",
    "trees",
]

_TIME = re.compile(r"time (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)")
_OTHER = re.compile(r"log ([A-Za-z0-9._/-]{1,300}) (\d{1,15}) ([A-Za-z0-9+/]{43}=)")
_SIGNATURE = re.compile(r"— (\S+) ([A-Za-z0-9+/]+={0,2})")


class BadHead(ValueError):
    """Bytes that are no head."""


class Tree(Struct, frozen=True):
    """Size and root of one log."""

    size: int
    root: bytes


class Head(Struct, frozen=True, kw_only=True):
    """What a head says."""

    origin: str
    at: int
    """By the clock of the monitor, ms."""
    trees: dict[str, Tree]
    """By the name of the log; the one that the origin names comes first."""
    signed: bytes
    """The bytes under the signature."""
    key: bytes
    """First four bytes of the SHA-256 of the key's SubjectPublicKeyInfo."""
    signature: bytes

    @property
    def time(self) -> str:
        """`at` as the head has it: UTC, with milliseconds."""
        return _iso(self.at)

    def signed_by(self, certificate: x509.Certificate) -> bool:
        """Is it signed with this certificate's key."""
        return verify_signature(certificate, self.signature, self.signed)


class StoredHead(Struct, frozen=True):
    """A head in the database."""

    number: int
    size: int
    """Of the log that its origin names."""
    at: int
    key: str
    """Id of the key in the folder of keys."""
    note: bytes

    def size_of(self, log: str) -> int:
        """Entries of a log under this head; 0: it does not know the log.

        Raises:
            BadHead: it cannot be read.
        """
        tree = read(self.note).trees.get(log)
        return 0 if tree is None else tree.size


def sign(origin: str, at: int, known: dict[str, Tree], key: SigningKey) -> bytes:
    """A head over these logs."""
    main = _main(origin)
    lines = [origin, str(known[main].size), _base64(known[main].root), f"time {_iso(at)}"]
    lines += [
        f"log {name} {tree.size} {_base64(tree.root)}"
        for name, tree in sorted(known.items())
        if name != main
    ]
    body = "".join(line + "\n" for line in lines).encode()
    signature = bytes.fromhex(key.entry.fingerprint)[:4] + key.sign(body)
    return body + f"\n— {origin} {_base64(signature)}\n".encode()


def read(note: bytes) -> Head:
    """Takes a head apart; whether its signature is good is another question.

    Raises:
        BadHead: it is none.
    """
    try:
        text = note.decode()
    except (UnicodeDecodeError, AttributeError) as error:
        raise BadHead("a head is UTF-8") from error
    body, blank, end = text.partition("\n\n")
    lines = body.split("\n")
    signature = _SIGNATURE.fullmatch(end.removesuffix("\n"))
    if not (blank and signature and end.endswith("\n") and len(lines) >= 4):
        raise BadHead("a head has four lines or more, a blank one, and one signature")
    time = _TIME.fullmatch(lines[3])
    if not lines[1].isascii() or not lines[1].isdigit() or len(lines[1]) > 15 or time is None:
        raise BadHead("a head has the size in its second line and the time in its fourth")
    found = {_main(lines[0]): Tree(int(lines[1]), _root(lines[2]))}
    for line in lines[4:]:
        other = _OTHER.fullmatch(line)
        if other is None or other[1] in found:
            raise BadHead(f"no line of a head: {line[:80]!r}")
        found[other[1]] = Tree(int(other[2]), _root(other[3]))
    try:
        packed = base64.b64decode(signature[2], validate=True)
        at = int(datetime.fromisoformat(time[1]).timestamp() * 1_000 + 0.5)
    except (binascii.Error, ValueError) as error:
        raise BadHead(f"no signature or no time: {error}") from error
    if len(packed) < 5 or signature[1] != lines[0] or _base64(packed) != signature[2]:
        raise BadHead("the signature is not one of this log")
    return Head(
        origin=lines[0],
        at=at,
        trees=found,
        signed=(body + "\n").encode(),
        key=packed[:4],
        signature=packed[4:],
    )


def _main(origin: str) -> str:
    """The log that an origin names."""
    return origin.partition("/")[2]


def origin_of(connection: Connection) -> str | None:
    """What heads of these logs carry as their origin: the name of the embedded log, or that of
    custody where the events are in Kafka; ``None``: there are no logs yet."""
    return ledger.origin(connection, ledger.EVENTS) or ledger.origin(connection, ledger.CUSTODY)


def first_over(signed: Sequence[StoredHead], log: str, leaf: int) -> int:
    """Index of the first head that covers a leaf of a log; the number of heads: none does."""
    return bisect_right(signed, leaf, key=lambda head: head.size_of(log))


def trees(connection: Connection) -> dict[str, Tree]:
    """Size and root of every log as of now."""
    found = {}
    for name in ledger.names(connection):
        tiles = ledger.Tiles(connection, name)
        found[name] = Tree(tiles.size, root_of(tiles.size, tiles.subtree))
    return found


def heads(connection: Connection) -> list[StoredHead]:
    """All heads, the oldest first."""
    rows = run(connection, "SELECT number, size, at, key, note FROM merkle_heads ORDER BY number")
    return [StoredHead(*row) for row in rows]


def first_head(connection: Connection) -> StoredHead | None:
    """The oldest head."""
    row = run(
        connection, "SELECT number, size, at, key, note FROM merkle_heads ORDER BY number LIMIT 1"
    ).first()
    return None if row is None else StoredHead(*row)


def last_head(connection: Connection) -> StoredHead | None:
    """The latest head."""
    row = run(
        connection,
        "SELECT number, size, at, key, note FROM merkle_heads ORDER BY number DESC LIMIT 1",
    ).first()
    return None if row is None else StoredHead(*row)


def _root(text: str) -> bytes:
    try:
        root = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise BadHead(f"no root: {text[:60]!r}") from error
    if len(root) != ledger.DIGEST or _base64(root) != text:
        raise BadHead(f"no root: {text[:60]!r}")
    return root


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _iso(at: int) -> str:
    moment = datetime.fromtimestamp(at // 1_000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + f".{at % 1_000:03d}Z"
