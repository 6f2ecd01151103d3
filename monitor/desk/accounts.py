"""The accounts of an alert on a crowd: who, when, what each did, with whom it has what in common.

An alert stands alone, so all of it is read from its own evidence: the accounts that the rule
shows, and what their events there say besides.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from msgspec import UNSET, Struct

from detectors.alerts import Alert, CrowdBroadcast, Evidence
from detectors.events import Chat, Event, Order, Prize, Review
from detectors.match.gist import gist
from monitor.desk.event_words import is_viewer, names_in
from monitor.desk.formats import Formats
from monitor.desk.language import Language

__all__ = ["KINDS", "Act", "Kind", "Member", "as_csv", "commonest", "group_name", "members"]

Kind = Literal["chat", "order", "refund", "review", "prize"]
#: What an account can have done, in the order in which it is counted.
KINDS: tuple[Kind, ...] = ("chat", "order", "refund", "review", "prize")
#: What makes a spreadsheet take a cell for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


class Act(NamedTuple):
    """Something that an account did, and when, ms."""

    at: int
    kind: Kind


class Member(Struct, kw_only=True, frozen=True):
    """One account. Times are ms."""

    account: str
    """Its pseudonym."""
    first: int
    last: int
    counts: dict[Kind, int]
    groups: tuple[str, ...]
    said: tuple[str, ...] = ()
    short: str = ""
    """The pseudonym as far as it tells the account from the others of this alert."""
    acts: tuple[Act, ...] = ()
    """Those whose time is known, in order."""
    broadcasts: tuple[int, ...] = ()
    """Of an alert over several broadcasts: those in which it was, by their place in the evidence."""


def members(alert: Alert) -> list[Member]:
    """The accounts in the order of the alert; none: it is not about a crowd."""
    crowd = alert.evidence.crowd
    if crowd is UNSET or not crowd.accounts:
        return []
    seen = _seen(alert.evidence)
    short = names_in(alert.evidence)
    found = []
    for account in crowd.accounts:
        acts = seen.get(account.name, set())
        # The book counts an order once; events tell that it was placed, and again that it was paid.
        if account.ordered:
            acts = {act for act in acts if act.kind != "order"}
        if account.refunded:
            acts = {act for act in acts if act.kind != "refund"}
        acts = acts | {Act(at, "chat") for at in account.windows if account.lines}
        acts |= {Act(at, "order") for at in account.ordered}
        acts |= {Act(at, "refund") for at in account.refunded}
        acts |= {Act(act.at, "order" if act.kind == "order" else "chat") for act in account.acts}
        counted = {kind: sum(act.kind == kind for act in acts) for kind in KINDS}
        told: dict[Kind, int] = {
            "chat": account.lines, "order": account.orders, "refund": account.returned,
        }  # fmt: skip
        counted |= {kind: max(counted[kind], number) for kind, number in told.items()}
        found.append(
            Member(
                account=account.name,
                first=account.first,
                last=max([account.last, *(act.at for act in acts)]),
                counts=counted,
                groups=tuple(account.groups),
                said=tuple(account.said),
                short=short[account.name],
                acts=tuple(sorted(acts)),
                broadcasts=tuple(sorted({act.broadcast for act in account.acts})),
            )
        )
    return found


def commonest(found: Iterable[Member], evidence: Evidence) -> tuple[str, int]:
    """The words that most of these accounts wrote, as an event has them, and how many did; empty:
    no words that two of them share are in the evidence."""
    tally = Counter(words for member in found for words in set(member.said))
    written = {
        gist(event.text)[0]: event.text
        for event in (*evidence.after, *evidence.before, *evidence.trigger)
        if isinstance(event, Chat)
    }
    shared = [(many, words) for words, many in tally.items() if many > 1 and words in written]
    if not shared:
        return "", 0
    many, words = max(shared)
    return written[words], many


def _seen(evidence: Evidence) -> dict[str, set[Act]]:
    """What the events of the evidence say that accounts did."""
    acts: dict[str, set[Act]] = {}
    orders: set[tuple[str, Kind]] = set()
    events = {
        event.id: event
        for event in (*evidence.before, *evidence.after, *evidence.facts, *evidence.trigger)
    }
    for event in sorted(events.values(), key=lambda one: (one.at, one.rank, one.id)):
        for user, kind in _acts(event):
            if isinstance(event, Order):
                if (event.order, kind) in orders:
                    continue
                orders.add((event.order, kind))
            acts.setdefault(user, set()).add(Act(event.at, kind))
    return acts


def _acts(event: Event) -> Iterator[tuple[str, Kind]]:
    if isinstance(event, Chat):
        if event.user and is_viewer(event):
            yield event.user, "chat"
    elif isinstance(event, Order):
        if event.user:
            yield event.user, "refund" if event.status in ("refunded", "cancelled") else "order"
    elif isinstance(event, Review):
        if event.user:
            yield event.user, "review"
    elif isinstance(event, Prize):
        for winner in event.winners or ():
            yield winner, "prize"


def group_name(group: str, language: Language) -> str:
    """What the accounts of a group have in common; a group without words keeps its name."""
    name, _, number = group.rpartition("-")
    if name and number.isdecimal() and language.has(f"signal.{name}"):
        return f"{language.say(f'signal.{name}')} {number}"
    key = f"signal.{group}"
    return language.say(key) if language.has(key) else group


def as_csv(
    found: Iterable[Member], formats: Formats, broadcasts: Sequence[CrowdBroadcast] = ()
) -> str:
    """The accounts as a table for spreadsheets, with the mark of UTF-8 that they ask for.

    Args:
        broadcasts: of an alert over several; each account then has those in which it was.

    Names are what strangers chose: a cell that a spreadsheet would take for a formula is quoted
    (CWE-1236).
    """
    language = formats.language
    text = io.StringIO()
    text.write("\ufeff")
    table = csv.writer(text)  # RFC 4180: commas, CRLF
    table.writerow(
        [
            language.say("accounts.account"),
            language.say("accounts.first"),
            language.say("accounts.last"),
            *(language.say(f"act.{kind}") for kind in KINDS),
            language.say("accounts.groups"),
            *([language.say("accounts.broadcasts")] if broadcasts else ()),
        ]
    )
    comma = language.say("comma")
    for member in found:
        table.writerow(
            [
                _plain(member.account),
                formats.full(member.first),
                formats.full(member.last),
                *(member.counts[kind] for kind in KINDS),
                _plain(comma.join(group_name(group, language) for group in member.groups)),
                *(
                    [_plain(comma.join(_place(broadcasts[one]) for one in member.broadcasts))]
                    if broadcasts
                    else ()
                ),
            ]
        )
    return text.getvalue()


def _place(broadcast: CrowdBroadcast) -> str:
    return " ".join(filter(None, (broadcast.platform, broadcast.room, broadcast.session)))


def _plain(cell: str) -> str:
    """A cell that is text to every spreadsheet."""
    return f"'{cell}" if cell.lstrip(" \u3000").startswith(_FORMULA) else cell
