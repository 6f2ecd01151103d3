"""What is said of a file of the archive beside it: which records it holds, and its SHA-256.

A manifest is JSON in one line with its keys in order, so that its bytes follow from what it says.
The SHA-256 of these bytes is a leaf of the Merkle log `archive`, whose root the signed heads carry:
a file cannot be exchanged or left out later without that being seen.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime

import msgspec
from msgspec import UNSET, Struct, UnsetType

from monitor.evidence.merkle import leaf_hash

__all__ = ["FORMAT", "LOG", "Leaves", "Manifest", "manifest_name", "name_of"]

#: Version of the layout of files and manifests.
FORMAT = "livewatch-archive/1"
#: Name of the Merkle log of manifests.
LOG = "archive"

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}:[A-Za-z0-9._-]{1,64}")


class Leaves(Struct, frozen=True, kw_only=True):
    """Which leaves of the Merkle log the records are; their hashes follow from the file."""

    first: int | None
    last: int | None
    """``None``: the records are older than the Merkle log."""


class Manifest(Struct, frozen=True, kw_only=True):
    """Of one file."""

    format: str = FORMAT
    kind: str
    """`events`, or `raw`: frames of captures as received."""
    origin: str
    """Name of the Merkle log that the leaves are of."""
    room: str
    """`platform:room`."""
    hour: int
    """Beginning of the hour in which its records arrived, ms."""
    first: int
    last: int
    """Positions of the first and the last record; between them lie those of other rooms."""
    count: int
    leaves: Leaves
    name: str
    sha256: str
    size: int
    """Bytes of the file."""
    replaces: str | UnsetType = UNSET
    """Name of the file whose place it takes: a viewer was taken out of its records."""

    @property
    def log(self) -> str:
        """Name of the Merkle log within its database: `events`, `raw`, or topic and partition."""
        return self.origin.partition("/")[2]

    def encode(self) -> bytes:
        """The manifest as it stands beside the file."""
        return msgspec.json.encode(self, order="sorted") + b"\n"

    @property
    def sha256_of_manifest(self) -> bytes:
        """What the leaf in the log of manifests is the hash of."""
        return hashlib.sha256(self.encode()).digest()

    @property
    def leaf(self) -> bytes:
        """Hash of its leaf in the log of manifests."""
        return leaf_hash(self.sha256_of_manifest)


def name_of(kind: str, room: str, hour: int, first: int, last: int, sha256: str) -> str:
    """Where a file lies within the archive: by hour, by room; the digest makes it its own."""
    moment = datetime.fromtimestamp(hour / 1_000, UTC)
    return (
        f"{kind}/{moment:%Y-%m-%d}/{moment:%H}/{_folder(room)}/{first}-{last}-{sha256[:16]}.parquet"
    )


def manifest_name(name: str) -> str:
    """Where the manifest of a file lies."""
    return name.removesuffix(".parquet") + ".json"


def _folder(room: str) -> str:
    if _PLAIN.fullmatch(room):
        return room.replace(":", "-")
    platform = re.sub(r"[^A-Za-z0-9._-]", "_", room.partition(":")[0])[:32] or "room"
    return f"{platform}-sha256-{hashlib.sha256(room.encode()).hexdigest()[:16]}"
