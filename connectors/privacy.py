"""Viewers are made pseudonymous, and personal data in what they write is masked, before
anything leaves a decoder.

A bare hash of a numeric account id can be reversed by trying all numbers; a keyed one cannot
without the key. The version of the key stands in front (``k3:…``), so that a key can be
changed. Hosts, operators and merchants are the regulated subjects and must show who they are:
what they say is not masked.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from connectors.errors import NotAValue

if TYPE_CHECKING:
    from hashlib import _Hash

__all__ = ["PSEUDONYM", "Pseudonyms", "mask"]

#: What a pseudonym looks like, as an expression of Python and of PostgreSQL.
PSEUDONYM = "k[0-9]{1,6}:[a-z2-7]{16}"

#: Bytes of the digest in a pseudonym: 80 bits, no collision among all accounts of a platform.
DIGEST_BYTES = 10
MIN_KEY_BYTES = 16
#: Base32 (RFC 4648, 6) in small letters, two characters at a time: a number of 10 bits names each
#: pair. The standard library's `b32encode` takes four times as long for so few bytes.
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]
#: HMAC (RFC 2104): the key, filled up to a block of SHA-256, is read with these bits turned.
_INNER_PAD, _OUTER_PAD = 0x36, 0x5C


class Pseudonyms:
    """Pseudonyms of accounts under one key.

    >>> Pseudonyms(b"0123456789abcdef", "k1").of("bilibili", "12345")
    'k1:zat6ixy37me6izxn'
    """

    def __init__(self, key: bytes, version: str) -> None:
        """
        Raises:
            NotAValue: the key is shorter than 16 bytes, or the version is not `k` and a number.
        """
        if len(key) < MIN_KEY_BYTES:
            raise NotAValue(
                f"a pseudonym key needs at least {MIN_KEY_BYTES} bytes, this has {len(key)}"
            )
        if not re.fullmatch(r"k\d{1,6}", version):
            raise NotAValue(f"{version!r} is no key version: write k1, k2, …")
        self.version = version
        # Both hashes are begun once (RFC 2104, 4). `hmac.HMAC` does the same behind two layers of
        # Python, in twice the time; a test holds the two together.
        block = hashlib.sha256().block_size
        filled = (key if len(key) <= block else hashlib.sha256(key).digest()).ljust(block, b"\0")
        self._outer = hashlib.sha256(bytes(byte ^ _OUTER_PAD for byte in filled))
        inner = hashlib.sha256(bytes(byte ^ _INNER_PAD for byte in filled))
        self._begun = lru_cache(maxsize=64)(partial(_with_platform, inner))
        self.of = lru_cache(maxsize=65_536)(self._compute)
        """The pseudonym of an account on a platform: `of(platform, account)`. The same person has
        the same one within a platform."""

    @classmethod
    def from_text(cls, text: str) -> Pseudonyms:
        """The key in use of a key file or variable: the last of `all_of`."""
        return cls.all_of(text)[-1]

    @classmethod
    def all_of(cls, text: str) -> list[Pseudonyms]:
        """All keys of a key file or variable, the one in use last.

        ``k3:secret``, a key a line, of which the highest version is in use and the others tell
        old pseudonyms; ``#`` begins a remark. Else the whole text is the secret of version k1.

        Raises:
            NotAValue: a key is too short, or two have one version.
        """
        lines = [line.strip() for line in text.splitlines()]
        keys = [line for line in lines if line and not line.startswith("#")]
        if not keys or not all(re.match(r"k\d{1,6}:", line) for line in keys):
            return [cls(text.strip().encode(), "k1")]
        found: dict[int, Pseudonyms] = {}
        for line in keys:
            version, _, secret = line.partition(":")
            if int(version[1:]) in found:
                raise NotAValue(f"two keys have the version {version}")
            found[int(version[1:])] = cls(secret.strip().encode(), version)
        return [found[number] for number in sorted(found)]

    @property
    def fingerprint(self) -> str:
        """Tells one key from another, and tells nothing of it."""
        return self._compute("", "")

    def _compute(self, platform: str, account: str) -> str:
        inner, outer = self._begun(platform).copy(), self._outer.copy()
        inner.update(account.encode("utf-8", "surrogatepass"))
        outer.update(inner.digest())
        bits, pairs = int.from_bytes(outer.digest()[:DIGEST_BYTES], "big"), _PAIRS
        # Written out: a loop over eight pairs takes twice as long.
        return (
            f"{self.version}:{pairs[bits >> 70]}{pairs[bits >> 60 & 0x3FF]}"
            f"{pairs[bits >> 50 & 0x3FF]}{pairs[bits >> 40 & 0x3FF]}{pairs[bits >> 30 & 0x3FF]}"
            f"{pairs[bits >> 20 & 0x3FF]}{pairs[bits >> 10 & 0x3FF]}{pairs[bits & 0x3FF]}"
        )


def _with_platform(inner: _Hash, platform: str) -> _Hash:
    """The inner hash of the key, gone on with the platform's name."""
    # Length-prefixed, so that no choice of names makes two pairs look the same.
    begun = inner.copy()
    begun.update(f"{len(platform)}:{platform}|".encode("utf-8", "surrogatepass"))
    return begun


_CJK = r"\u4e00-\u9fff"
#: A character of an address, but none of the words that stand before one (“寄到”, “我住在”).
_PLACE = rf"(?![到在是住寄给发址于])[{_CJK}]"
#: What is masked, in this order, and what stands in its place. Every repetition is bounded.
_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        # 身份证号: area, date of birth, order, check.
        re.compile(
            r"(?<!\d)\d{6}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXxＸ](?![\dA-Za-z])"
        ),
        "〔身份证号〕",
    ),
    (
        re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{2,63}){1,4}"),
        "〔邮箱〕",
    ),
    (
        # Mobile numbers, also with a country code and with separators that are meant to hide them.
        re.compile(r"(?<![\d.])(?:\+?86[\s-]?)?[1１][\s.·\-]?[3-9３-９](?:[\s.·\-]?\d){9}(?!\d)"),
        "〔手机号〕",
    ),
    (re.compile(r"(?<!\d)0\d{2,3}[-－\s]\d{7,8}(?!\d)"), "〔电话〕"),
    (
        re.compile(
            r"((?:微信|微❤|薇信|威信|徽信|v信|V信|wechat|weixin|vx|VX|Vx|wx|WX|Wx|加v|加V|➕v|➕V)"
            r"(?:号|hao)?\s{0,3}(?:是|[:：])?\s{0,3})[A-Za-z][A-Za-z0-9_-]{5,19}(?![A-Za-z0-9_-])",
        ),
        r"\1〔微信号〕",
    ),
    (
        re.compile(
            r"((?:qq|QQ|Qq|扣扣|企鹅)(?:号|群|群号)?\s{0,3}(?:是|[:：])?\s{0,3})[1-9]\d{4,10}(?!\d)"
        ),
        r"\1〔QQ号〕",
    ),
    (
        # 详细地址: a road or estate, and a number of house, stair or room behind it.
        re.compile(
            rf"(?:(?:{_PLACE}){{2,8}}(?:省|自治区|市|区|县|镇))?(?:{_PLACE}){{1,6}}(?:路|街|大道|巷|弄|小区|花园|村)"
            rf"[{_CJK}]{{0,4}}\d{{1,5}}(?:号|弄|栋|幢|座|单元|室)(?:[{_CJK}]{{0,4}}\d{{1,5}}(?:号|栋|幢|座|单元|室|楼|层)){{0,4}}"
        ),
        "〔地址〕",
    ),
    (
        re.compile(r"@[^\s@,，:：。!！?？〔]{1,20}(?=[\s:：,，])|@[^\s@,，:：。!！?？〔]{1,12}$"),
        "@〔昵称〕",
    ),
)
#: Nothing above can match a text that has none of these. Most lines cost only the search for the
#: first character, which the expression names before anything else: so the search is a quick one.
#: Most characters found so are digits, which are done with before the others are asked for.
_WORTH_A_LOOK = re.compile(
    r"[\d@微薇威徽vVwW加➕]"
    r"(?:(?<=\d)(?:[号弄栋幢座室]|[\s.·－\-]?\d[\s.·－\-]?\d[\s.·－\-]?\d[\s.·－\-]?\d|单元)"
    r"|(?<!\d)(?:(?<=@)|(?<=微)[信❤]|(?<=[薇威徽])信|(?<=[vV])[信xX]|(?<=[wW])(?:[xX]|echat|eixin)"
    r"|(?<=[加➕])[vV]))"
)


def mask(text: str) -> str:
    """A viewer's text with numbers, accounts, addresses and names of other viewers masked.

    >>> mask("加我微信 abc_12345，电话138 0013 8000")
    '加我微信 〔微信号〕，电话〔手机号〕'
    >>> mask("39.9 三盒，买了 2 单")
    '39.9 三盒，买了 2 单'
    """
    if not _WORTH_A_LOOK.search(text):
        return text
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text
