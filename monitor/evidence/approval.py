"""Two persons for a bundle that is not redacted: one asks, another approves, then it is written.

All of it is read from custody, so nobody can approve after the fact. Where people sign in, the names
are theirs (`monitor.access`); at a desk without sign-in they are what people give.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.errors import LivewatchError
from monitor.evidence import custody

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.evidence.custody import CustodyRecord
    from monitor.store.store import Store

__all__ = ["ApprovalMissing", "approve", "approved_by", "ask", "subject_of"]

#: How long an approval holds, ms.
HOLDS_MS = 86_400_000


class ApprovalMissing(LivewatchError):
    """A second person has not approved, or may not."""


def subject_of(alerts: Sequence[str]) -> str:
    """What a case of these alerts is called in custody: the first of them by id."""
    return f"alert:{min(alerts)}"


def ask(store: Store, alerts: Sequence[str], who: str, why: str, now: int) -> None:
    """Notes that somebody wants a bundle of these alerts."""
    store.note_custody(
        "export-asked", who=who, at=now, subject=subject_of(alerts), why=why,
        detail={"alerts": sorted(alerts)},
    )  # fmt: skip


def approve(store: Store, alerts: Sequence[str], who: str, why: str, now: int) -> str:
    """Notes that a second person approves; returns who asked.

    Raises:
        ApprovalMissing: nobody has asked, or whoever asked is the one who approves.
    """
    open_ = _open(store.custody_of(subject_of(alerts)), alerts, "export-asked", now)
    others = [record.who for record in open_ if not _same(record.who, who)]
    if not open_:
        raise ApprovalMissing("nobody has asked for a bundle of these alerts")
    if not others:
        raise ApprovalMissing(f"{who} has asked for it: another person has to approve")
    store.note_custody(
        "export-approved", who=who, at=now, subject=subject_of(alerts), why=why,
        detail={"alerts": sorted(alerts), "asked": others[-1]},
    )  # fmt: skip
    return others[-1]


def approved_by(store: Store, alerts: Sequence[str], who: str, now: int) -> str:
    """Who has approved that this person exports these alerts.

    Raises:
        ApprovalMissing: nobody has, or it was used or is too old.
    """
    given = _open(store.custody_of(subject_of(alerts)), alerts, "export-approved", now)
    for record in given:
        if _same(str(record.detail.get("asked", "")), who) and not _same(record.who, who):
            return record.who
    raise ApprovalMissing("a second person has to approve this export first")


def _open(
    records: Sequence[CustodyRecord], alerts: Sequence[str], act: custody.Act, now: int
) -> list[CustodyRecord]:
    """Records of this act that are of these alerts, not too old, and not used up by an export."""
    found: list[CustodyRecord] = []
    for record in records:
        if set(record.detail.get("alerts", ())) != set(alerts):
            continue
        if record.act == "exported" and not record.detail.get("redacted"):
            found = []
        elif record.act == act and now - record.at <= HOLDS_MS:
            found.append(record)
    return found


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()
