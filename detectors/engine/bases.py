"""The legal bases of an alert, and what an officer still has to find out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from detectors.alerts import LawBasis, Level
from detectors.pack.citation import article_numbers
from detectors.pack.law import LawTable
from detectors.rule import LawRef, RuleSpec

__all__ = ["bases_of", "facts_of", "missing_of", "open_questions", "penalty_questions"]

#: What an officer has to find out where some bases hold for advertisements alone.
WHO_SPEAKS = "主播身份（自播或达人），以定是否构成广告"
IS_ADVERTISEMENT = "是否构成商业广告（直播电商监督管理办法第三十五条）"


def bases_of(
    law: LawTable, spec: RuleSpec, at: int, refs: list[str] | None, when: Mapping[str, str],
    facts: Iterable[str] = (), host_kind: str | None = None,
) -> list[LawBasis]:  # fmt: skip
    """The candidate bases at a time, and lighter ones since; of all of the pack, or of `refs`.

    Those of which every deciding fact was observed are marked and stand first. Of the others those
    that hold for advertisements alone stand behind where a seller speaks in its own room, which is
    none in general, and before where somebody else recommends (直播办法 35). Behind its like stands
    what nobody can cite yet, its article being unknown.
    """
    known = set(facts)

    def place(basis: LawRef) -> tuple[bool, bool, bool]:
        is_ad = law.is_of_advertising(basis.ref)
        behind = is_ad if host_kind == "seller" else host_kind == "influencer" and not is_ad
        return not is_observed(basis), behind, not is_numbered(basis)

    def is_numbered(basis: LawRef) -> bool:
        return any(article_numbers(version.article) for version in law.versions(basis.ref))

    def is_observed(basis: LawRef) -> bool:
        return bool(basis.needs) and known.issuperset(basis.needs)

    return [
        msgspec.structs.replace(candidate, observed=is_observed(basis))
        for basis in sorted(spec.law, key=place)
        if refs is None or basis.ref in refs
        for candidate in law.candidates(basis.ref, at, when.get(basis.ref, basis.when))
    ]


def facts_of(spec: RuleSpec, level: Level, facts: Iterable[str]) -> set[str]:
    """The deciding facts that were observed: what a rule found is all of it only at its own level."""
    return {*facts, "finding"} if level == spec.level else set(facts)


def missing_of(spec: RuleSpec, more: Iterable[str], law: Iterable[LawBasis]) -> list[str]:
    """What an officer still has to obtain: by the pack, by the case, by the state of the bases."""
    missing = [*spec.missing, *more]
    if spec.status == "excerpt":
        missing.append("本规则的法律依据仅见摘录，须核对条文原文")
    elif spec.status == "unverified":
        missing.append("本规则的法律依据尚未核对原文")
    if unread := dict.fromkeys(f"《{one.law}》" for one in law if one.status != "verified"):
        missing.append(f"以下法规未核对行为时的原文：{'、'.join(unread)}")
    missing = list(dict.fromkeys(missing))
    # What another fact says, too, is asked for once.
    return [one for one in missing if not any(one != other and one in other for other in missing)]


def open_questions(law: LawTable, spec: RuleSpec, host_kind: str | None) -> list[str]:
    """What decides between bases for advertisements and others, where a rule has both kinds."""
    if not any(law.is_of_advertising(basis.ref) for basis in spec.law):
        return []
    who = [] if host_kind is not None else [WHO_SPEAKS]
    return [*who, IS_ADVERTISEMENT]


def penalty_questions(law: LawTable, spec: RuleSpec, at: int, refs: list[str] | None) -> list[str]:
    """What decides, beside the duty itself, which penalty would follow; of all bases, or of `refs`."""
    shown = (basis.ref for basis in spec.law if refs is None or basis.ref in refs)
    return list(dict.fromkeys(one for ref in shown for one in law.asked(ref, at)))
