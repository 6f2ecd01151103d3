"""`patent-honour-false`: patents, prizes and exemptions from inspection that cannot be checked.

广告法 12: the number and the kind of a patent must be shown; an application, or a patent that has
ended, may not be advertised with. 广告法 28 for honours that were not won. The words are frames of
the pack; what is here asks whether a number that is shown can be that of a patent.
"""

from __future__ import annotations

import msgspec

from detectors.calendar import in_beijing
from detectors.claims.framed import FramedRule
from detectors.match import expression as re
from detectors.match.phrasing import phrasing
from detectors.pack.frames import Frame
from detectors.rule import Context, rule
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading

__all__ = ["HonourFalse", "is_possible_patent"]

#: A Chinese patent as it is written: ZL, year, kind (1 invention, 2 utility model, 3 design),
#: serial number, check digit, before which the point may be said (点). Before 2003 the year had two digits.
_NUMBER = re.compile(r"(?:z\s?l|专利号)[\s:是]{0,3}(?:z\s?l)?[\s:]{0,2}((?:\d[\s.点]?){5,16}x?)")
#: “ZL 2020 1 打头”: not all of it is said.
_BEGINS = phrasing("advertising", "begins-so")
_LONG = re.compile(r"(?P<year>(?:19|20)\d{2})[12389]\d{7}[\dx]?")
_SHORT = re.compile(r"(?:8[5-9]|9\d|0[0-3])[12389]\d{5}[\dx]?")
_SPOKEN = str.maketrans("零〇一二三四五六七八九", "00123456789")
#: The frame of a patent that is only named, and the exemption of one whose number is shown.
_FRAME, _SHOWN = "patent", "标明专利号"


@rule
class HonourFalse(FramedRule):
    id = "patent-honour-false"

    def judged(self, ctx: Context, reading: Reading, frame: Frame, claim: Claim) -> Claim | None:
        if frame.id != _FRAME:
            return claim
        year = in_beijing(ctx.now).year
        # Letters before a number may have been read as a word, so it is looked for as written, too.
        for text in (reading.text, reading.utterance.original.lower()):
            spoken = text.translate(_SPOKEN)
            number = _NUMBER.search(spoken)
            if number is None:
                continue
            if is_possible_patent(number.group(1), year):
                _settle(claim, met=True, why=f"标明了专利号“{number.group(1).strip()}”")
                break
            begun = number.group(1)[:4] <= str(year) and _BEGINS.match(spoken, number.end())
            if not begun and text is reading.text:
                # Shown as a number, and none that was ever given out.
                claim.level = "lead"
                claim.says = claim.says.replace(frame.says, "所称专利号不合专利号的格式")
                _settle(claim, met=False, why="所称号码不合专利号的格式")
        return claim


def _settle(claim: Claim, *, met: bool, why: str) -> None:
    """Has the number of the patent decide whether it is shown."""
    claim.exemptions = [
        msgspec.structs.replace(one, met=met, why=why) if one.clause == _SHOWN else one
        for one in claim.exemptions
    ]


def is_possible_patent(number: str, year: int) -> bool:
    """Can a number have been given to a Chinese patent by a year?

    The check digit is not tried: recognition of speech garbles digits more often than people
    invent them.

    >>> is_possible_patent("2021 2 0123456.7", 2026), is_possible_patent("12345678", 2026)
    (True, False)
    >>> is_possible_patent("2099 1 0000001.X", 2026)
    False
    """
    digits = re.sub(r"[\s.点]", "", number.lower())
    long = _LONG.fullmatch(digits)
    if long is not None:
        return int(long["year"]) <= year
    return _SHORT.fullmatch(digits) is not None
