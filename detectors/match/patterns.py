"""Words that rules look for, and the tables that a lexicon is read from."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

import msgspec

from detectors.match.fold import fold
from detectors.match.image import Image, Sections, numbers, taken_over, texts
from detectors.match.lookout import lookout

__all__ = ["VOCABULARY", "Owned", "Pairs", "Pattern", "lexicon"]

#: The group of words that are never hits: they are only spelled out where others are disguised.
VOCABULARY = ""

Pairs = tuple[tuple[str, str], ...]
"""Owners and groups."""


class Pattern(NamedTuple):
    """A word that a rule looks for."""

    owner: str
    group: str
    term: str
    disguised: bool = False
    """Look for it in disguise too."""
    supporting: bool = False
    """Hand it to its owner only beside a hit that is not."""
    heard: bool = False
    """Two characters that only sound like it are enough: everybody knows them for it."""


class Owned(msgspec.Struct, frozen=True, array_like=True):
    """Who looks for words, and in which group of its own. Many words are alike in that: of what is
    alike there is one entry.
    """

    names: list[tuple[str, str]]
    """Owners and groups, each once."""
    pairs: list[list[int]]
    """Several of them, by their places."""


def lexicon(
    patterns: Iterable[Pattern | tuple[str, str, str]], earlier: Image | None = None
) -> Sections:
    """The tables of a `Lexicon`. Terms are folded as texts are.

    Args:
        earlier: the tables of other patterns, made by the same code: what is the same is taken over.
    """
    #: Every word, those of expressions too.
    terms: dict[str, None] = {}
    #: By word, its leading owners, its supporting ones, and the same of its disguises.
    owners: dict[str, tuple[dict[tuple[str, str], None], ...]] = {}
    hidden: dict[str, None] = {}
    heard: set[str] = set()
    for given in patterns:
        pattern = given if isinstance(given, Pattern) else Pattern(*given)
        term = fold(pattern.term).text
        if not term:
            continue
        terms[term] = None
        if pattern.group == VOCABULARY:
            continue
        entry = owners.setdefault(term, ({}, {}, {}, {}))
        entry[pattern.supporting][pattern.owner, pattern.group] = None
        if pattern.disguised:
            entry[2 + pattern.supporting][pattern.owner, pattern.group] = None
            hidden[term] = None
            if pattern.heard:
                heard.add(term)
    pairs: dict[Pairs, int] = {}
    leading, supporting, hiding, hiding_supporting = (
        [pairs.setdefault(tuple(entry[side]), len(pairs)) for entry in owners.values()]
        for side in range(4)
    )
    kinds: dict[tuple[int, int, int, int], int] = {}
    kind_of = [
        kinds.setdefault(kind, len(kinds))
        for kind in zip(leading, supporting, hiding, hiding_supporting, strict=True)
    ]
    # The words that hide only beside others, those of expressions among them.
    rest = [term for term in terms if term not in hidden]
    names: dict[tuple[str, str], int] = {}
    owned = [[names.setdefault(pair, len(names)) for pair in one] for one in pairs]
    return {
        "terms": texts(terms),
        "words": texts(owners),
        "rest": texts(rest),
        "owned": msgspec.msgpack.encode(Owned(list(names), owned)),
        # The places among these of the owners whose hit a word is, of those who get it beside a hit of
        # their own, and the same of its disguises; and by the number of a word, the place of its kind.
        "kinds": numbers(chain.from_iterable(kinds)),
        "kind_of": numbers(kind_of),
        **taken_over(
            earlier,
            "first",
            (owners, hidden, sorted(heard)),
            lambda: lookout(owners, hidden, heard),
        ),
        **taken_over(earlier, "second", (rest,), lambda: lookout(rest, rest)),
    }
