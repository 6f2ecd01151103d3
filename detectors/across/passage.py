"""Passages of a script: which words of two rooms are the same text.

A passage is compared without marks, particles, fillers, figures and names, and by its sound, for
recognition hears the same sentence in different characters. What it belongs to is said by its
*anchor*, the smallest digest of its pairs of sounds: a function of this one text, so that no room
has to see another, which most small changes leave in place (min-hash with one hash: of texts with
one word changed, left out or put in 86 of 100 keep it, with two 74). Whether texts with one anchor
are alike enough is decided where they meet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import pairwise

from detectors.match.gist import gist
from detectors.match.sounds import sound_of

__all__ = ["anchor", "shape_of"]


def shape_of(words: str, names: Iterable[str | None] = ()) -> str:
    """The form in which a passage is compared; empty where nothing is left.

    Args:
        names: of host, shop, brand, product: every room puts in its own.
    """
    for name in sorted({name for name in names if name and len(name) > 1}, key=lambda n: -len(n)):
        words = words.replace(name, "")
    return sound_of(gist(words)[0])


def anchor(shape: str, claim: str = "") -> str:
    """What a passage belongs to, 16 hexadecimal digits.

    Args:
        claim: what it claims, in a word: passages that claim something else never meet.

    >>> first = anchor(shape_of("这款茶喝上一个月，高血压自己就下来了"))
    >>> first == anchor(shape_of("这款茶喝上3个月啊高血压自己就降来了！"))
    True
    """
    pairs = {first + second for first, second in pairwise(shape)} or {shape}
    return min(
        hashlib.blake2b(f"{claim}\t{pair}".encode(), digest_size=8).hexdigest() for pair in pairs
    )
