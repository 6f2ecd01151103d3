"""What the rules of a book say, as documents that name each other by SHA-256.

A document is JSON in one line, without blanks, its keys in order, so that its digest is one of what it
says. The first of a book is its list: it names the law, the suppressions, the overrides, and of each
rule the entry and the words; `EngineVersions` names the list (`rules`) and those of its rule (`pack`,
`slots`, `law`). The documents of a book give the same rules again (`detectors.pack.load.rulebook_of`),
as far as these are data: their code is that of the program.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from detectors.rule import RuleSpec

__all__ = ["FORMAT", "Contents", "Ruled", "as_data", "contents_of", "digest_of", "document", "entry", "words"]  # fmt: skip

FORMAT = "livewatch-rules/1"
#: Members of an entry that are no part of it: its cases decide nothing; its words are a document of
#: their own, and tell its keys.
_LEFT_OUT: dict[str, Any] = {"cases": [], "patterns": {}, "keys": []}
#: Members that are found out from what a pack says.
_FOUND_OUT = ("slots", "keys")


class Ruled(Struct, frozen=True, forbid_unknown_fields=True):
    """The documents of one rule, by SHA-256."""

    pack: str
    slots: str


class Contents(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The list of a book: its documents by SHA-256."""

    format: str = FORMAT
    law: str
    suppressions: str
    overrides: str
    rules: dict[str, Ruled]

    @property
    def named(self) -> list[str]:
        """All documents that the list names, each once, in order."""
        found = {self.law, self.suppressions, self.overrides}
        for one in self.rules.values():
            found |= {one.pack, one.slots}
        return sorted(found)


def document(value: object) -> bytes:
    """A value as a document."""
    return msgspec.json.encode(value, order="deterministic")


def digest_of(document: bytes) -> str:
    """SHA-256 of a document, in hexadecimal digits."""
    return hashlib.sha256(document).hexdigest()


def entry(spec: RuleSpec) -> bytes:
    """A rule's entry, with what a site has overridden, without its cases and its words."""
    return document(msgspec.structs.replace(spec, **_LEFT_OUT))


def as_data(spec: RuleSpec) -> dict[str, Any]:
    """All that a pack says of a rule, as plain data. What is found out from it is left out: the words of
    its slots are among its patterns, which tell its keys."""
    # From an image they are read when they are asked for.
    read = msgspec.structs.replace(spec, patterns=dict(spec.patterns), cases=list(spec.cases))
    told: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(read))
    return {name: value for name, value in told.items() if name not in _FOUND_OUT}


def words(spec: RuleSpec) -> bytes:
    """The words that a rule looks for, by group."""
    return document(dict(spec.patterns))


def contents_of(digest: str, documents: Mapping[str, bytes]) -> Contents:
    """The list of a book.

    Raises:
        ValueError: there is no such document, or it is no list of a format that is known here.
    """
    if digest not in documents:
        raise ValueError(f"there is no list of rules {digest[:12]}")
    found = msgspec.json.decode(documents[digest], type=Contents)
    if found.format != FORMAT:
        raise ValueError(f"the list of rules {digest[:12]} is of the format {found.format[:40]!r}")
    return found
