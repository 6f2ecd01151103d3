"""Passwords: what may be one, and how they are stored (argon2id, RFC 9106).

What may be one follows NIST SP 800-63B, 3.1.1.2: a least length and a list of what everybody tries
first, no rules about kinds of characters.
"""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = [
    "LEAST",
    "MOST",
    "BadPassword",
    "generated",
    "hashed",
    "is_outdated",
    "matches",
    "weakness",
]

#: Characters.
LEAST, MOST = 12, 256
#: Different characters that a password has at least: fewer are a pattern.
DIFFERENT = 5
#: Letters and digits that nobody mistakes for others when a password is read aloud.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
#: Rows of keys, up and down, and what people count with.
_RUNS = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
#: 64 MiB, three passes, four lanes: the second choice of RFC 9106, 4.
_hasher = PasswordHasher()


class BadPassword(ValueError):
    """A password that may not be one; `why` is one of `short`, `long`, `common`, `own`."""

    def __init__(self, why: str) -> None:
        super().__init__(_WORDS[why])
        self.why = why


_WORDS = {
    "short": f"a password has at least {LEAST} characters",
    "long": f"a password has at most {MOST} characters",
    "common": "this password is among those that are tried first: choose a phrase of your own",
    "own": "a password does not contain the name of its owner or of this program",
}


def weakness(password: str, name: str) -> str | None:
    """Why this may not be the password of this person; ``None``: it may."""
    text = _form(password)
    if len(text) < LEAST:
        return "short"
    if len(text) > MOST:
        return "long"
    plain = text.casefold()
    own = [word for word in (name.casefold(), "livewatch") if len(word) > 2]
    left = plain
    for word in own:
        left = left.replace(word, "")
    if len(left) < LEAST // 2:
        return "own"
    if plain in _commonest() or len(set(plain)) < DIFFERENT or _is_run(plain):
        return "common"
    return None


def hashed(password: str) -> str:
    """The password as it is stored; takes about a quarter of a second and 64 MiB."""
    return _hasher.hash(_form(password))


def matches(stored: str | None, password: str) -> bool:
    """Is it this password? Takes as long where there is none to compare with."""
    try:
        return _hasher.verify(stored if stored is not None else _nobodys(), _form(password)) and (
            stored is not None
        )
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Was it stored with other parameters than are used now?"""
    return _hasher.check_needs_rehash(stored)


def generated() -> str:
    """A password of 100 bits, to be handed over once."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))


def _form(password: str) -> str:
    # The same characters whatever keyboard wrote them (NIST SP 800-63B, 3.1.1.2).
    return unicodedata.normalize("NFKC", password)[: MOST + 1]


def _is_run(text: str) -> bool:
    """Is it a piece that is repeated, or keys in their order?"""
    for size in range(1, len(text) // 2 + 1):
        if (text[:size] * (len(text) // size + 1))[: len(text)] == text:
            return True
    return any(text in row * 3 or text in row[::-1] * 3 for row in _RUNS)


@cache
def _nobodys() -> str:
    return hashed(secrets.token_urlsafe(16))


@cache
def _commonest() -> frozenset[str]:
    text = files("monitor.access").joinpath("commonest_passwords.txt").read_text("utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line and line[0] != "#")
