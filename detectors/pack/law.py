"""The law table: articles by reference, with the dates they are in force.

The law at the time of the conduct applies, never that of the detection; unless what is in force
when the penalty is decided is lighter (行政处罚法 第三十七条). When that will be nobody knows here, so
an alert names both and says what decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path

import msgspec
from msgspec import Struct

from detectors.alerts import LawBasis, Status
from detectors.calendar import beijing_date
from detectors.document import DocumentError, line_of, located, read_document, steps_of

__all__ = ["LawError", "LawTable", "Provision", "Statute", "builtin_law", "load_law",
           "statutes_in"]  # fmt: skip


class LawError(ValueError):
    """The law table contradicts itself, or a rule refers to what is not in it."""


class Provision(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of a duty: where it stands and what follows from breaking it."""

    article: str
    """“第九条第三项”"""
    penalty: str
    """Article of the consequence and its measure, in our own words."""
    from_: date = msgspec.field(name="from")
    to: date | None = None
    """First day on which it is no longer in force."""
    status: Status = "verified"
    gist: str = ""
    lighter: str = ""
    """In what it is lighter than the version before; empty: in nothing."""
    advertising: bool = False
    """Does it hold for advertisements alone, in a text that does not?"""
    asks: list[str] = []
    """What has to be found out about whom it would be applied to, for the consequence to be told."""

    def in_force(self, day: date) -> bool:
        """Is this version in force on a civil day in China?"""
        return self.from_ <= day and (self.to is None or day < self.to)


class Statute(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text: its short name, its title, and its duties with their versions."""

    short: str
    title: str
    note: str = ""
    aliases: list[str] = []
    """Other names that people use."""
    advertising: bool = False
    """Does it hold for advertisements alone?"""
    asks: list[str] = []
    """What has to be found out as in `Provision.asks`, for each of its duties."""
    read_to: date | None = None
    """First day of a text that nobody has read yet: an amendment is in force, or may be."""
    duties: dict[str, list[Provision]]

    def status_on(self, version: Provision, day: date) -> Status:
        """What was read of a version as it was in force on a civil day in China."""
        amended = self.read_to is not None and version.from_ < self.read_to <= day
        return "unverified" if amended else version.status


class LawTable:
    """Duties by reference “short/duty”."""

    def __init__(self, statutes: list[Statute]) -> None:
        self.statutes: Mapping[str, Statute] = {statute.short: statute for statute in statutes}
        for short, times in Counter(statute.short for statute in statutes).items():
            if times > 1:
                raise LawError(f"{times} statutes have the short name {short!r}")
        for statute in statutes:
            for duty, versions in statute.duties.items():
                ordered = sorted(versions, key=lambda version: version.from_)
                for earlier, later in pairwise(ordered):
                    if earlier.to is None or earlier.to > later.from_:
                        raise LawError(f"{statute.short}/{duty}: versions overlap")

    def __contains__(self, ref: str) -> bool:
        short, _, duty = ref.partition("/")
        return short in self.statutes and duty in self.statutes[short].duties

    def is_of_advertising(self, ref: str) -> bool:
        """Does a duty hold for advertisements alone?"""
        if ref not in self:
            return False
        return self.statutes[ref.partition("/")[0]].advertising or any(
            version.advertising for version in self.versions(ref)
        )

    def unknown(self, ref: str) -> str:
        """What is said of a reference that is not in the table, with what could be meant."""
        short = ref.partition("/")[0]
        said = f"no {ref!r} in the law table"
        if short in self.statutes:
            return f"{said}: the duties of {short} are {', '.join(self.statutes[short].duties)}"
        like = " or ".join(get_close_matches(short, self.statutes, n=2))
        return (
            f"{said}: {f'is {like} meant? ' if like else ''}`livewatch law list` shows what there is;"
            f" a statute of your own stands in law/{short}.yaml beside the pack"
        )

    def versions(self, ref: str) -> list[Provision]:
        """All versions of a duty.

        Raises:
            LawError: the reference is not in the table.
        """
        if ref not in self:
            raise LawError(self.unknown(ref))
        short, _, duty = ref.partition("/")
        return self.statutes[short].duties[duty]

    def asked(self, ref: str, at_ms: int) -> list[str]:
        """What has to be found out for the consequence of a duty in force at a time to be told."""
        day = beijing_date(at_ms)
        statute = self.statutes[ref.partition("/")[0]]
        return [
            one
            for version in self.versions(ref)
            if version.in_force(day)
            for one in (*statute.asks, *version.asks)
        ]

    def resolve(self, ref: str, at_ms: int, when: str) -> LawBasis | None:
        """The basis in the version in force at a time; ``None``: it was not in force.

        Raises:
            LawError: the reference is not in the table.
        """
        return next(iter(self.candidates(ref, at_ms, when)), None)

    def candidates(self, ref: str, at_ms: int, when: str) -> list[LawBasis]:
        """The version in force at the time of the conduct, and a later one that is lighter.

        Empty: no version was in force. A later version comes with what has to be so for it to
        apply, since the day of the decision is not known here.

        Raises:
            LawError: the reference is not in the table.
        """
        versions = sorted(self.versions(ref), key=lambda version: version.from_)
        statute = self.statutes[ref.partition("/")[0]]
        day = beijing_date(at_ms)
        known: list[LawBasis] = []
        for version in versions:
            if version.in_force(day):
                known.append(_basis(statute, version, when, day))
            elif known and version.lighter:
                condition = _if_lighter(version, when)
                known.append(_basis(statute, version, condition, version.from_))
        return known


def _basis(statute: Statute, version: Provision, when: str, day: date) -> LawBasis:
    return LawBasis(
        law=statute.title,
        article=version.article,
        penalty=version.penalty,
        when=when,
        status=statute.status_on(version, day),
    )


def _if_lighter(version: Provision, when: str) -> str:
    condition = (
        f"行为在 {version.from_} 以前、处罚决定在该日或以后作出的，新规定较轻之处适用新规定"
        f"（{version.lighter}；行政处罚法第三十七条）"
    )
    return f"{when}；{condition}" if when else condition


def load_law(folder: Path) -> LawTable:
    """The table from a folder of YAML files, one a statute.

    Raises:
        LawError: a file does not have the shape of a statute, or versions overlap.
    """
    return LawTable([statute for _, statute in statutes_in(folder)])


def statutes_in(folder: Path) -> list[tuple[Path, Statute]]:
    """The statutes of a folder of YAML files, each with its file.

    Raises:
        LawError: a file does not have the shape of a statute.
    """
    statutes = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            document = read_document(path)
        except DocumentError as error:
            raise LawError(f"{path}: {error}") from error
        try:
            statutes.append((path, msgspec.convert(document, Statute)))
        except msgspec.ValidationError as error:
            line = line_of(path, steps_of(error, document, Statute))
            where = f"{path}: line {line}"
            raise LawError(f"{where}: {located(error, document, Statute)}") from error
    return statutes


def builtin_law() -> LawTable:
    """The table that ships with livewatch.

    Raises:
        LawError: as of `load_law`.
    """
    return load_law(Path(__file__).parents[1] / "law")
