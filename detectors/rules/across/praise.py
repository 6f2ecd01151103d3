"""`shared-praise`: other accounts praise in the same words, in several broadcasts of one operator.

Whoever hires writers keeps the texts and changes the accounts: no room sees more of a text than a
few lines, no account comes twice. What is compared are long lines of praise (as in one room:
`facts.crowd.line`), by their ends, as a whole, and by eight of their runs, the least by digest
(bottom-*k* sketches, Broder 1997), so that two lines with a template in common have one in common.
What the host asked to write, passphrases and short lines never come here; one sentence that is
copied, or that the platform offers, counts as four accounts at most, however many write it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from itertools import combinations

from msgspec import Struct

from detectors.across.cluster import Cluster
from detectors.across.rule import Conclusion, Inconclusive
from detectors.alerts import CrowdSignal, Level, unmet
from detectors.events import Chat
from detectors.facts.crowd import PRAISED
from detectors.facts.crowd.line import read
from detectors.rule import Context, RuleSpec, rule
from detectors.rules.across.crowd import SHOWN, evidence
from detectors.rules.across.handover import Broadcast, Entry, Handover, broadcasts
from detectors.stats.tails import poisson_tail, surprise

__all__ = ["SharedPraise"]

WORDS = "words"
#: The name of the signal, and what the groups of one text are called: this and a number.
SIGNAL = "same-words"
#: Accounts with one and the same sentence that count.
ONE_SENTENCE = 4
#: Runs of a line by which it is compared, and characters of a digest.
RUNS, DIGEST = 8, 10
#: Texts that are told apart in an alert; other broadcasts that are looked at for one line.
MAX_TEXTS, MAX_PARTNERS = 8, 12


class Use(Struct):
    """A line of praise in one broadcast that others wrote in another."""

    broadcast: int
    entry: Entry
    size: int
    """Accounts that wrote in the broadcast by then."""
    at: int


class CommonLines(Struct):
    """Lines in common that chance does not explain."""

    uses: list[Use]
    counted: int
    expected: float
    tail: float


@rule
class SharedPraise(Handover):
    id = "shared-praise"
    crowd_notices = PRAISED

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        #: By the number of broadcasts that are held against each other.
        self.least = {2: spec.count("accounts"), 3: spec.count("wide_accounts")}
        self.base = {2: spec.threshold("base"), 3: spec.threshold("wide_base")}
        self.rate = {
            2: spec.threshold("per_thousand") / 1_000,
            3: spec.threshold("wide_per_thousand") / 1_000,
        }
        self.broadcasts_for_lead = spec.count("broadcasts_for_lead")
        self.accounts_for_lead = spec.count("accounts_for_lead")
        self.tail = 10 ** -spec.threshold("surprise")

    def on_crowd(self, ctx: Context, event: Chat) -> None:
        if ctx.room.crowd.praised is None or not event.user:
            return
        line = read(event.text)
        if not line.long:
            return
        ends, whole, *runs = line.runs
        keys = [_digest(ends), _digest(whole), *sorted(map(_digest, runs))[:RUNS]]
        entry = Entry(event.user, words=event.text[:SHOWN], shape=keys[1], keys=keys)
        self.note(ctx, WORDS, event, entry, size=ctx.room.crowd.people)

    def judge(self, cluster: Cluster) -> Conclusion | Inconclusive:
        shown = broadcasts(cluster.in_order())
        uses = [
            Use(one.number, entry, batch.size, at - entry.at)
            for one in shown
            for at, batch in one.batches
            if batch.kind == WORDS
            for entry in batch.entries
        ]
        known = _by_key(uses)
        shared: dict[tuple[int, ...], list[tuple[int, Use]]] = defaultdict(list)
        for use in uses:
            others = _partners(use, known)
            for several in (1, 2):
                for some in combinations(sorted(others)[:MAX_PARTNERS], several):
                    among = tuple(sorted((use.broadcast, *some)))
                    size = max(use.size, *(others[one] for one in some))
                    shared[among].append((size, use))
        found = [
            finding
            for among, lines in shared.items()
            if (finding := self._unusual(lines, len(among)))
        ]
        if not found:
            return Inconclusive("too-few-accounts")
        return self._conclude(cluster, shown, found)

    def _unusual(self, lines: list[tuple[int, Use]], several: int) -> CommonLines | None:
        """The lines in common, if they are too many for crowds of this size."""
        least = self.least[several]
        if len(lines) < least:
            return None
        best: CommonLines | None = None
        writers: dict[str, set[str]] = defaultdict(set)
        counted = 0
        lines.sort(key=lambda one: (one[0], one[1].at, one[1].entry.name))
        for place, (size, use) in enumerate(lines, 1):
            names = writers[use.entry.shape]
            if use.entry.name not in names and len(names) < ONE_SENTENCE:
                counted += 1
            names.add(use.entry.name)
            expected = self.base[several] + self.rate[several] * size
            if counted >= least and counted > expected:
                tail = poisson_tail(counted, expected)
                if tail <= self.tail:
                    best = CommonLines([one for _, one in lines[:place]], counted, expected, tail)
        return best

    def _conclude(
        self, cluster: Cluster, shown: list[Broadcast], found: list[CommonLines]
    ) -> Conclusion:
        uses = {id(use): use for one in found for use in one.uses}
        kept = sorted(uses.values(), key=lambda use: (use.at, use.entry.name))
        where = {use.broadcast for use in kept}
        involved = [one for one in shown if one.number in where]
        rooms = len({one.room for one in involved})
        accounts = {use.entry.name for use in kept}
        best = min(found, key=lambda one: (one.tail, -one.counted))
        is_lead = (
            len(involved) >= self.broadcasts_for_lead and len(accounts) >= self.accounts_for_lead
        )
        level: Level = "lead" if is_lead else "watch"
        texts = _texts(kept)
        first = texts[0][0].entry.words
        operator = involved[0].first.operator
        signal = CrowdSignal(
            name=SIGNAL, value=best.counted, expected=round(best.expected, 2),
            surprise=surprise(max(1e-12, best.tail)),
        )  # fmt: skip
        return Conclusion(
            level=level,
            hits=len(involved),
            sightings=[one.first for one in involved],
            accounts=len(accounts),
            first_at=kept[0].at,
            last_at=kept[-1].at,
            subject_title=(operator.name if operator and operator.name else "同一运营者")
            + "的直播间",
            reason=f"同一运营者的 {rooms} 个直播间、{len(involved)} 场直播里，{len(accounts)} 个不同账号"
            f"发出 {len(texts)} 种（几乎）同文的长句好评，如“{first}”；最明显的两三场之间 {best.counted} 个"
            f"账号同文，普通观众约 {best.expected:.1f} 个。",
            numbers={
                "accounts": len(accounts),
                "texts": len(texts),
                "rooms": rooms,
                "broadcasts": len(involved),
                "alike": best.counted,
                "alike_expected": round(best.expected, 1),
                "counted_in_full": not cluster.full,
            },
            exemptions=[
                unmet("主播带头的话、抽奖口令", "此前的口播未见要求这样发言，与抽奖口令不同"),
                unmet(
                    "平台快捷回复、一句被众人照抄的话",
                    f"同一句原话至多计 {ONE_SENTENCE} 个账号，仍超出普通情形",
                ),
            ],
            crowd=evidence(
                involved,
                {
                    f"{SIGNAL}-{number}": {use.entry.name for use in text}
                    for number, text in enumerate(texts[:MAX_TEXTS], 1)
                },
                [signal],
                (WORDS,),
            ),
        )


def _digest(key: str) -> str:
    return hashlib.blake2b(key.encode(), digest_size=DIGEST // 2).hexdigest()


def _by_key(uses: list[Use]) -> dict[str, dict[int, list[tuple[int, str]]]]:
    """By passage and broadcast: the two accounts that used it in the smallest crowds."""
    found: dict[str, dict[int, list[tuple[int, str]]]] = {}
    for use in uses:
        for key in use.entry.keys:
            known = found.setdefault(key, {}).setdefault(use.broadcast, [])
            if all(name != use.entry.name for _, name in known):
                known.append((use.size, use.entry.name))
                known.sort()
                del known[2:]
    return found


def _partners(use: Use, known: dict[str, dict[int, list[tuple[int, str]]]]) -> dict[int, int]:
    """The other broadcasts in which another account wrote a passage of a line: in how large a crowd."""
    found: dict[int, int] = {}
    for key in use.entry.keys:
        for broadcast, users in known[key].items():
            if broadcast == use.broadcast:
                continue
            for size, name in users:
                if name != use.entry.name:
                    found[broadcast] = min(found.get(broadcast, size), size)
                    break
    return found


def _texts(uses: list[Use]) -> list[list[Use]]:
    """The lines by text: those that have a passage in common, the most used first."""
    above: dict[str, str] = {}

    def top(key: str) -> str:
        while (upper := above.setdefault(key, key)) != key:
            above[key] = key = above.setdefault(upper, upper)
        return key

    for use in uses:
        first = top(use.entry.keys[0])
        for key in use.entry.keys[1:]:
            above[top(key)] = first
    texts: dict[str, list[Use]] = {}
    for use in uses:
        texts.setdefault(top(use.entry.keys[0]), []).append(use)
    return sorted(texts.values(), key=lambda text: (-len(text), text[0].at))
