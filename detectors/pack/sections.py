"""Sorts what rules considered into preconditions, exemptions and facts of discretion.

The kind of a clause is declared: in the rule's pack entry (`exemptions[].kind`), or for the gates
that many rules share in `sections.yaml` beside this module.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec
from msgspec import Struct

from detectors.alerts import Exemption, Leniency, Precondition
from detectors.document import read_document

if TYPE_CHECKING:
    from detectors.rule import RuleSpec

__all__ = ["Kind", "Sections", "sections_of", "shared_kinds"]

Kind = Literal["applies", "exemption", "leniency"]


class _File(Struct, forbid_unknown_fields=True):
    applies: list[str]
    leniency: list[str]


class Sections(NamedTuple):
    """What a rule considered, by kind."""

    applies: list[Precondition]
    exemptions: list[Exemption]
    leniency: list[Leniency]


@functools.cache
def shared_kinds() -> Mapping[str, Kind]:
    """The kinds of the clauses that many rules share.

    Raises:
        ValueError: the file does not have its shape.
    """
    listed = msgspec.convert(read_document(Path(__file__).with_name("sections.yaml")), _File)
    kinds: dict[str, Kind] = dict.fromkeys(listed.applies, "applies")
    return kinds | dict.fromkeys(listed.leniency, "leniency")


def sections_of(spec: RuleSpec, considered: Iterable[Exemption]) -> Sections:
    """What a rule considered, sorted; the order within a section stays."""
    own = {one.clause: one.kind for one in spec.exemptions}
    found = Sections([], [], [])
    for one in considered:
        match own.get(one.clause) or shared_kinds().get(one.clause, "exemption"):
            case "applies":
                found.applies.append(
                    Precondition(clause=one.clause, seen=True if one.met else None, why=one.why)
                )
            case "leniency":
                found.leniency.append(Leniency(fact=one.why, clause=one.clause))
            case _:
                if one not in found.exemptions:
                    found.exemptions.append(one)
    return found
