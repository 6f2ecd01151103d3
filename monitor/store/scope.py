"""Which alerts and rooms somebody is shown: all, or those of the territories that he is bound to."""

from __future__ import annotations

import re

from msgspec import Struct

__all__ = ["EVERYWHERE", "UNKNOWN", "Scope", "checked_code"]

#: Written among codes: what has no known territory, too.
UNKNOWN = "unknown"
_CODE = re.compile(r"\d{2}(?:\d{2}){0,2}", re.ASCII)


class Scope(Struct, frozen=True):
    """Territories by the beginning of their code: `33` 浙江省, `3301` 杭州市, `330106` 西湖区.

    A person is bound to some, and a token of his to some of them: what he is shown has to lie in one
    of each list.
    """

    bounds: tuple[tuple[str, ...], ...] = ()
    """No list: everywhere."""

    def __bool__(self) -> bool:
        return bool(self.bounds)

    def covers(self, territories: str | None) -> bool:
        """Does it lie in them?

        Args:
            territories: codes as they are stored, with blanks between; empty: none is known, ``None``:
                nobody has looked yet, so that it is shown to nobody who is bound.
        """
        if not self.bounds:
            return True
        if territories is None:
            return False
        codes = territories.split()
        return all(
            any(code.startswith(wanted) for code in codes for wanted in bound)
            or (not codes and UNKNOWN in bound)
            for bound in self.bounds
        )


EVERYWHERE = Scope()


def checked_code(text: str) -> str | None:
    """A territory as it is stored: the code without the zeros that stand for all of a division's parts
    (`330100` is all of 杭州市), or `unknown`; ``None``: it is none."""
    text = text.strip()
    if text == UNKNOWN:
        return text
    if _CODE.fullmatch(text) is None or text.startswith("00"):
        return None
    while len(text) > 2 and text.endswith("00"):
        text = text[:-2]
    return text
