"""水军、托: the same praise from many accounts within minutes, and groups of accounts that praise,
repeat each other or act in step as no ordinary crowd of this size does; reviews that are copied; and what
the seller's side itself says of such chat."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection
from itertools import pairwise
from typing import ClassVar

from rapidfuzz import fuzz

from detectors.alerts import Exemption, Level, Number, unmet
from detectors.calendar import MINUTE_MS
from detectors.claims.framed import FramedRule
from detectors.events import Chat, Event, Gap, Prize, Review, Session
from detectors.facts.crowd import GATHERED, PRAISE, Crowd
from detectors.facts.crowd.accounts import Met, stem
from detectors.facts.crowd.line import LONG
from detectors.facts.crowd.lockstep import Lockstep
from detectors.facts.crowd.signals import Signals, shown
from detectors.facts.crowd.wording import Wording
from detectors.match.lexicon import Hit
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.crowd.accounts import alike, of_template, wearers_of_sign
from detectors.rules.crowd.copied_reviews import CopiedReviews
from detectors.rules.crowd.group import ONE_WORDING, Evidence, GroupEvidence
from detectors.rules.crowd.invited import ASKS, Invitations, Invited, words_of
from detectors.rules.crowd.signal_wording import WRITTEN_OUT, figures, said, times
from detectors.rules.crowd.tone import LIKES, PRAISES, QUESTION, QUICK, Tones, meanings
from detectors.speech.utterance import Utterance
from detectors.stats.latest import keep
from detectors.stats.tails import binomial_tail, poisson_tail

__all__ = ["ScriptedChat"]

#: Wordings that were raised and are remembered.
MAX_RAISED = 12
#: It is looked again whether a wording that a crowd copies is a club's after this long, ms.
CLUB_MS = MINUTE_MS
#: Other accounts whose names are compared with those of a group.
MAX_OTHERS = 40
#: Subject of the alert on a group, whatever it writes.
GROUP = "crowd"


def _has_pair(text: str, title: str) -> bool:
    """Has a text two neighbouring characters of a title?"""
    return any(first + second in text for first, second in pairwise(title) if first > "~" < second)


class ScriptedState(Invited):
    """What was raised, beside what was asked to be written, and the claims."""

    raised: dict[str, list[int]] = {}
    """Wordings that were raised: last time, windows so far."""
    clubs: dict[str, list[int]] = {}
    """Wordings of which it was looked whether they are a club's: when, and whether they are."""
    step: Lockstep | None = None
    """The most unusual set of accounts in step of this broadcast."""
    group_surprise: float = 0.0
    """log₁₀ of the evidence for the group when it was last raised; 0: it was not."""


@rule
class ScriptedChat(FramedRule):
    """Near-identical praise from many accounts that nobody asked for, groups of such accounts, or that it is said."""

    id = "scripted-chat"
    State = ScriptedState
    heeded: ClassVar[frozenset[str]] = FramedRule.heeded | {"prompt", "feedback", *ASKS}
    reads_crowd = True
    crowd_notices = GATHERED

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.accounts = spec.count("accounts")
        self.window_ms = spec.duration_ms("window_s")
        self.shortest = spec.count("least_length")
        self.nearly = spec.threshold("similarity_percent")
        self.same_second = spec.count("same_second")
        self.bursts = spec.count("same_second_accounts")
        self.windows = spec.count("windows_for_lead")
        self.name_share = spec.threshold("name_share")
        self.name_usual = spec.threshold("name_share_usual")
        self.least_names = spec.count("least_names")
        self.short_share = spec.threshold("wording_per_thousand_short") / 1000
        self.long_share = spec.threshold("wording_per_thousand_long") / 1000
        self.newcomers = spec.threshold("newcomers_share")
        self.newcomers_large = spec.threshold("newcomers_share_large")
        self.large = spec.count("newcomers_large")
        self.newcomers_tail = spec.threshold("newcomers_chance")
        self.club_share = spec.threshold("club_share")
        self.wording_tail = 10 ** -spec.threshold("surprise_of_wording")
        self.burst_tail = 10 ** -spec.threshold("surprise_of_burst")
        self.group = GroupEvidence(spec, self.accounts)
        self.ordinary = spec.threshold("ordinary_rooms_percent")
        self.lead_from = spec.threshold("surprise_for_lead")
        self.lockstep_from = spec.threshold("surprise_of_lockstep")
        self.invitations = Invitations(spec, self._praises)
        self.reviews = CopiedReviews(spec)
        self.tones = Tones(spec)
        self.meant = meanings(spec)

    # Chat ---------------------------------------------------------------------------------

    def on_crowd(self, ctx: Context, event: Chat) -> None:
        crowd = ctx.room.crowd
        wording, line = crowd.noticed, crowd.line
        if wording is not None and line is not None and line.length >= self.shortest:
            if crowd.mood != PRAISE:
                if wording.count == self.accounts:
                    ctx.decline("no-praise", wording.text)
            elif len(wording.near) >= self.bursts:
                self._weigh(ctx, wording, event)
        if crowd.together is not None:
            self._note_step(ctx, crowd.together)
        if crowd.groups.risen or crowd.together is not None:
            self._weigh_group(ctx, crowd, event)

    def on_review(self, ctx: Context, event: Review) -> None:
        found = self.reviews.find(ctx, event)
        if found is not None:
            ctx.raise_alert(found)

    # One wording --------------------------------------------------------------------------

    def _weigh(self, ctx: Context, wording: Wording, event: Chat) -> None:
        state: ScriptedState = ctx.state
        now = ctx.now
        since = now - self.window_ms
        # Nearly in order: what is late is rare.
        times = sorted(wording.near.values())
        many = len(times) - bisect_left(times, since)
        if many < min(self.accounts, self.bursts):
            return
        text, meant = wording.text, self.meant(event.text)
        if meant & QUESTION:
            return
        subject, windows = self._raised(state, text, now)
        if subject is None:
            return
        until, how = self.invitations.led(ctx, text, event.text)
        if since <= until < now:
            # What was asked for when it was written is none of theirs, however late the last ones are.
            since = until + 1
            many = len(times) - bisect_left(times, since)
        together = bisect_right(times, now) - bisect_right(times, now - 1_000)
        burst = together >= self.same_second and many >= self.bursts
        if many < self.accounts and not burst:
            return
        if not self._praises(ctx, event.text):
            return ctx.decline("no-praise", text)
        lines = ctx.room.crowd.lines_since(since)
        if self._usual(lines, text, many, self.burst_tail if burst else self.wording_tail):
            return ctx.decline("usual-here", text, f"同期发言 {lines} 条")
        reason = how if until >= now else None
        if meant & QUICK:
            reason = "quick-reply"
        accounts = [number for number, at in wording.near.items() if at >= since]
        reason = reason or self._copied(ctx, wording, accounts)
        if reason is not None:
            return ctx.decline(reason, text)
        self._raise_wording(
            ctx, wording, accounts, event, subject, windows, together if burst else 0
        )

    def _raised(self, state: ScriptedState, text: str, now: int) -> tuple[str | None, int]:
        """The subject of a wording and the number of its windows; ``None``: this one is counted."""
        for known, (last, windows) in state.raised.items():
            if known == text or fuzz.ratio(known, text) >= self.nearly:
                return (None, windows) if now - last < self.window_ms else (known, windows + 1)
        return text, 1

    def _usual(self, lines: int, text: str, accounts: int, least: float) -> bool:
        """Do so many accounts write the same thing in a room with so many lines anyway?

        What everybody says grows with the room; a long sentence hardly does.
        """
        expected = self._expected(lines, text)
        return accounts <= expected or poisson_tail(accounts, expected) > least

    def _expected(self, lines: int, text: str) -> float:
        """Accounts that write the same thing by chance among so many lines."""
        return 1.0 + (self.long_share if len(text) >= LONG else self.short_share) * lines

    def _copied(self, ctx: Context, wording: Wording, accounts: list[int]) -> str | None:
        """Why ordinary viewers write the same, as far as the accounts tell; ``None``: they do not.

        What a crowd copies (a joke, a passphrase that nobody saw announced) is written by those who
        are talking anyway as well as by others; accounts that all come for one sentence are hired.
        """
        crowd, state = ctx.room.crowd, ctx.state
        known = crowd.met(accounts)
        fresh = len(accounts) - [account.first < wording.since for account in known].count(True)
        # The larger a room, the more of those who are there have not written yet.
        more = self.newcomers_large - self.newcomers
        usual = self.newcomers + more * min(1.0, crowd.people / self.large)
        joins = False
        if binomial_tail(fresh, len(accounts), usual) > self.newcomers_tail:
            joins = not self._patterned(crowd, accounts, known)[1]
        # Where it is silent anyway, only the reason hangs on it.
        looked = state.clubs.get(wording.text)
        if looked is not None and joins and 0 <= ctx.now - looked[0] < CLUB_MS:
            return "fan-club" if looked[1] else "joined-in"
        club = len(self._of_club(ctx, accounts)) >= self.club_share * len(accounts)
        keep(state.clubs, wording.text, [ctx.now, int(club)], MAX_RAISED)
        return "fan-club" if club else "joined-in" if joins else None

    def _of_club(self, ctx: Context, accounts: list[int]) -> set[int]:
        """Those of the accounts that write the sign of one club before their lines."""
        titles = [words_of(card.title or "") for card in ctx.room.cards.values()]
        return wearers_of_sign(ctx.room.crowd, accounts, titles)

    def _praises(self, ctx: Context, text: str) -> bool:
        """Does a line praise the goods, or tell of buying them? A crowd likes many other things."""
        meant = self.meant(text)
        if meant & LIKES:
            title = ctx.room.title_of(ctx.room.explaining) if ctx.room.explaining else ""
            return _has_pair(text, title)
        return bool(meant & PRAISES)

    def _raise_wording(
        self, ctx: Context, wording: Wording, accounts: list[int], event: Chat, subject: str,
        windows: int, together: int,
    ) -> None:  # fmt: skip
        state: ScriptedState = ctx.state
        crowd = ctx.room.crowd
        keep(state.raised, subject, [ctx.now, windows], MAX_RAISED)
        groups: dict[str, Collection[int]] = {"wording": set(accounts)}
        numbers: dict[str, Number] = {
            "accounts": len(accounts),
            "window_s": self.window_ms // 1000,
            "similarity_percent": self.nearly,
            "windows": windows,
        }
        reason = (
            f"{numbers['window_s']} 秒内 {len(accounts)} 个账号发出几乎相同的话"
            f"（“{event.text}”，相似度不低于 {self.nearly:g}%）"
        )
        if together:
            numbers["same_second"] = together
            reason += f"，其中 {together} 个在同一秒内"
        patterned = self._name(crowd, accounts, numbers, groups)
        reason += patterned
        if windows > 1:
            reason += f"；这样的时段已有 {windows} 个"
        level: Level = "lead" if windows >= self.windows or patterned else "watch"
        since, text = ctx.now - self.window_ms, wording.text
        trigger: list[Event] = [known for known in wording.events if known.at >= since]
        common = Signals()
        common.count("wording", len(accounts), self._expected(crowd.lines_since(since), text))
        ctx.raise_alert(
            Finding(
                subject=subject,
                subject_title=event.text,
                level=level,
                because=[
                    "windows" if windows >= self.windows else "names" if patterned else "wording"
                ],
                reason=reason + "，此前未见主播带头，与抽奖口令不同。",
                extent=len(accounts),
                trigger=trigger if trigger and trigger[-1] is event else [*trigger, event],
                numbers=numbers,
                exemptions=self._exemptions(),
                crowd=shown(crowd, accounts, common.found, groups=groups),
            )
        )

    def _name(
        self, crowd: Crowd, accounts: list[int], numbers: dict[str, Number],
        groups: dict[str, Collection[int]],
    ) -> str:  # fmt: skip
        """Notes the template of the accounts' names and says it; nothing, if others have it, too."""
        (pattern, part), patterned = self._patterned(crowd, accounts, crowd.met(accounts))
        if not patterned:
            return ""
        share = round(part * 100)
        numbers |= {"name_pattern": pattern, "name_share_percent": share}
        groups["names"] = of_template(crowd, accounts, pattern)
        return f"；账号名多为“{pattern}”加数字（占 {share}%）"

    def _patterned(
        self, crowd: Crowd, accounts: list[int], known: list[Met]
    ) -> tuple[tuple[str, float], bool]:
        """The commonest template of the accounts' names and its share; and whether others lack it."""
        named = alike([account.stem for account in known], least=self.name_share)
        if len(accounts) < self.accounts or named[1] < self.name_share:
            return named, False
        # A pattern that everybody's name has tells nothing.
        others = crowd.others(accounts, MAX_OTHERS)
        usual = alike(list(map(stem, others)), named[0])[1]
        return named, len(others) >= self.least_names and usual < self.name_usual

    def _exemptions(self) -> list[Exemption]:
        return [
            unmet("主播带头的互动（扣 1、打在公屏上）", "此前的口播未见要求这样发言"),
            unmet("主播问观众在哪里、多少斤、几份、猜一猜、要不要", "此前的口播未见这样问，或所写不止于回答"),
            unmet("抽奖口令", "与进行中的抽奖口令不同"),
            unmet("平台快捷回复、表情、短句", "与所列快捷回复不同，长度超过短句"),
            unmet("观众复读热梗、接龙", "这些账号不像是此前就在发言的观众跟着写"),
            unmet("粉丝团的口号", "账号的发言并非都带同一粉丝团标记"),
        ]  # fmt: skip

    # A group ------------------------------------------------------------------------------

    def _note_step(self, ctx: Context, found: Lockstep) -> None:
        """Keeps the most unusual set in step."""
        known = ctx.state.step
        if found.tail <= 10**-self.lockstep_from and (known is None or found.tail <= known.tail):
            ctx.state.step = found

    def _weigh_group(self, ctx: Context, crowd: Crowd, event: Chat) -> None:
        """Looks at who writes as hired accounts do, repeats others, praises steadily or is in step."""
        state: ScriptedState = ctx.state

        def names_goods(text: str) -> bool:
            return any(_has_pair(text, card.title or "") for card in ctx.room.cards.values())

        def find(without: Collection[int] = ()) -> Evidence | None:
            known = state.group_surprise
            return self.group.found(crowd, ctx.now, state.step, known, names_goods, without)

        found = find()
        if found is None:
            return
        club = self._of_club(ctx, found.accounts)
        if club:
            # Why they write alike is known; the others have to be odd without them.
            found = find(club)
            if found is None:
                return ctx.decline("fan-club", GROUP)
        if self._is_joined(ctx, found):
            return ctx.decline("joined-in", GROUP)
        self._raise_group(ctx, crowd, event, found)

    def _is_joined(self, ctx: Context, found: Evidence) -> bool:
        """Do the accounts have one wording in common that viewers copied, even one about what is sold?"""
        crowd = ctx.room.crowd
        wording = crowd.wording_of_echo
        if wording is None or len(found.signals) > 1 or "echo" not in found.groups:
            return False
        theirs = wording.members
        members = [number for number in found.accounts if number in theirs]
        if len(members) < ONE_WORDING * len(found.accounts):
            return False
        return self._copied(ctx, wording, members) is not None

    def _raise_group(self, ctx: Context, crowd: Crowd, event: Chat, found: Evidence) -> None:
        state: ScriptedState = ctx.state
        group, groups, strong, total = found.accounts, found.groups, found.signals, found.total
        state.group_surprise = total
        numbers: dict[str, Number] = {
            "accounts": len(group), "people": crowd.people, "surprise": total,
            "ordinary_percent": self.ordinary,
        }  # fmt: skip
        if total < WRITTEN_OUT:
            numbers["likelihood_times"] = round(10**total)
        numbers |= figures(strong)
        patterned = self._name(crowd, group, numbers, groups)
        reason = said(strong) + patterned
        lead = total >= self.lead_from and (len(strong) > 1 or patterned)
        # Lines of others are kept as well: only what the named accounts wrote is evidence.
        names = set(crowd.names(group))
        trigger: list[Event] = [line for line in crowd.groups.kept if line.user in names]
        if not trigger or (event.user in names and trigger[-1].id != event.id):
            trigger.append(event)
        step = state.step
        ctx.raise_alert(
            Finding(
                subject=GROUP,
                subject_title=f"{len(group)} 个账号",
                level="lead" if lead else "watch",
                because=["group" if len(strong) > 1 or patterned else "single"],
                reason=f"发言账号 {crowd.people} 个中，{reason}；综合起来，混有雇用账号的人群出现这种情形的可能"
                f"{times(total)}（模拟的普通直播间中达到关注的不到 {self.ordinary:g}%）。",
                trigger=trigger,
                hit=f"{GROUP}:{ctx.now}",
                extent=round(total * 10),
                numbers=numbers,
                exemptions=self._exemptions(),
                crowd=shown(
                    crowd,
                    group,
                    strong,
                    step.columns if step is not None and "lockstep" in groups else (),
                    groups=groups,
                ),
            )
        )

    # What invites chat --------------------------------------------------------------------

    def take_note(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        """Notes what the host asks to be written."""
        self.invitations.hear(ctx, utterance, hits)

    def on_gap(self, ctx: Context, event: Gap) -> None:
        self.invitations.miss(ctx, event)

    def on_prize(self, ctx: Context, event: Prize) -> None:
        self.invitations.take_prize(ctx, event)

    def on_session(self, ctx: Context, event: Session) -> None:
        state: ScriptedState = ctx.state
        state.prompts = []
        state.feedback = 0
        state.step = None
        state.group_surprise = 0.0
        if event.phase == "ended":
            state.raised = {}
