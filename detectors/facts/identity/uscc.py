"""统一社会信用代码: the code of 18 characters that every organisation in China has (GB 32100-2015).

One character for the registering department, one for the kind of organisation, six digits of the
place of registration (GB/T 2260), nine of the organisation's own code (GB 11714), and a check
character: weights 3^(i-1) modulo 31. That a code is well formed does not say that it was issued.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from detectors.facts.identity.licences import PROVINCES, mod_11_10
from detectors.match.fold import fold

__all__ = ["CodeFault", "check_character", "codes_in", "fault_of_code", "plain_code"]

#: The characters of a code in the order of their values: no I, O, S, V, Z.
CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18
_WEIGHTS = tuple(pow(3, place, 31) for place in range(LENGTH - 1))
#: What may stand first: the registering departments of GB 32100-2015, table 2, and its additions.
_DEPARTMENTS = frozenset("123456789ANY")
#: Letters that are no part of a code, and the characters as which they were misread.
_MISREAD = str.maketrans("IOSVZ", "105U2")
_BLANKS = re.compile(r"[\s\-–—·.:：_]+")
_IN_TEXT = re.compile(r"(?<![0-9a-z])[0-9a-z]{2}[0-9]{6}[0-9a-z]{10}(?![0-9a-z])")
#: Length and check of the registration numbers (注册号) that stood before 2015.
_OLD_LENGTH = 15


class CodeFault(NamedTuple):
    """What is wrong with a code as displayed."""

    why: str
    certain: bool
    """False: only the check character differs, which one misread character explains."""
    meant: str = ""
    """The code that it is if letters were taken for digits."""


def plain_code(displayed: str) -> str:
    """A code as displayed, without blanks and marks, in capital letters.

    >>> plain_code("9133 0106ma2b4c5d6x")
    '91330106MA2B4C5D6X'
    """
    return _BLANKS.sub("", fold(displayed).text).upper()


def codes_in(text: str) -> list[str]:
    """The codes that a text (a licence as displayed) gives, plain.

    >>> codes_in("营业执照 统一社会信用代码：91330106MA2B4C5D6X")
    ['91330106MA2B4C5D6X']
    """
    return [found.upper() for found in _IN_TEXT.findall(fold(text).text)]


def check_character(code: str) -> str:
    """The last character of a code, from the seventeen before it.

    Raises:
        ValueError: it has fewer, or a character that no code has.

    >>> check_character("91330106MA2B4C5D6")
    'X'
    """
    if len(code) < LENGTH - 1:
        raise ValueError(f"{len(code)} characters are too few")
    total = sum(
        CHARACTERS.index(character) * weight
        for character, weight in zip(code, _WEIGHTS, strict=False)
    )
    return CHARACTERS[-total % 31]


def fault_of_code(displayed: str) -> CodeFault | None:
    """What is wrong with a code as displayed; ``None``: nothing that can be seen.

    A code that is partly covered, and an old registration number of fifteen digits, have no fault
    of this kind.

    >>> fault_of_code("91330106MA2B4C5D6A").why
    '校验码应为 X，实为 A'
    """
    code = plain_code(displayed)
    if not code or is_covered(code) or is_old_number(code):
        return None
    if len(code) != LENGTH:
        return CodeFault(f"应为 {LENGTH} 位，实为 {len(code)} 位", certain=True)
    strange = sorted({character for character in code if character not in CHARACTERS})
    if strange:
        meant = code.translate(_MISREAD)
        why = f"含有代码不使用的字符 {'、'.join(strange)}"
        if _is_whole(meant):
            return CodeFault(f"{why}（若是误认，应为 {meant}）", certain=False, meant=meant)
        return CodeFault(why, certain=True)
    if code[0] not in _DEPARTMENTS:
        return CodeFault(f"第一位 {code[0]} 不是登记管理部门代码", certain=True)
    if not code[2:8].isdecimal() or (code[2:4] not in PROVINCES and code[2:4] != "10"):
        return CodeFault(f"第三至八位 {code[2:8]} 不是行政区划代码", certain=True)
    wanted = check_character(code)
    if code[-1] != wanted:
        return CodeFault(f"校验码应为 {wanted}，实为 {code[-1]}", certain=False)
    return None


def is_covered(code: str) -> bool:
    """Is a part of it hidden (`9133****6X`)? Then nothing can be told."""
    return "*" in code or "XX" in code or "●" in code


def is_old_number(code: str) -> bool:
    """Is this a registration number from before the unified codes, with a correct check digit?"""
    return len(code) == _OLD_LENGTH and code.isdecimal() and mod_11_10(code[:-1]) == int(code[-1])


def _is_whole(code: str) -> bool:
    return all(character in CHARACTERS for character in code) and check_character(code) == code[-1]
