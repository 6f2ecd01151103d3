"""What would exempt a claim, by words that stand anywhere in the text around it."""

from __future__ import annotations

from typing import NamedTuple

from detectors.alerts import Exemption
from detectors.match import expression as re
from detectors.rules.claims.reading import Reading

__all__ = ["Ground"]


class Ground(NamedTuple):
    """A reason for which a claim is exempt, and the words that show it."""

    clause: str
    pattern: re.Pattern[str]
    met: str
    unmet: str

    def considered(self, reading: Reading) -> Exemption:
        """The exemption, met or not, with what decided."""
        match = self.pattern.search(reading.text)
        why = f"{self.met}：“{match.group()}”" if match is not None else self.unmet
        return Exemption(clause=self.clause, met=match is not None, why=why)
