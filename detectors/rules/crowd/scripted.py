"""水军、托: the same praise, slightly changed, from many accounts within minutes."""

from __future__ import annotations

import re
from itertools import pairwise

from msgspec import Struct
from rapidfuzz import fuzz

from detectors.alerts import Exemption, Level
from detectors.events import Chat, Event, Prize, Session
from detectors.rule import Context, Finding, Rule, RuleSpec, rule
from detectors.rules.crowd.accounts import alike
from detectors.text.gist import anchors, contained_ratio, gist
from detectors.text.lexicon import Hit
from detectors.text.utterance import Utterance

__all__ = ["ScriptedChat"]

#: Lines of different wording that are remembered; accounts and events of one wording, events of all.
MAX_LINES = 160
MAX_ACCOUNTS = 64
MAX_EVENTS = 8
MAX_KEPT = 48
#: Lines that share an anchor and are compared.
MAX_COMPARED = 3
#: Words of the host that invite chat; passphrases; raised wordings; names of other chatters.
MAX_PROMPTS = 6
MAX_PASSPHRASES = 4
MAX_RAISED = 12
MAX_NAMES = 40

#: A line without any of these characters neither praises nor tells of a purchase: the cheap test
#: that spares ordinary chat everything else.
_TELLING = re.compile(
    "[好买拍用吃喝穿购效荐值赞棒香嫩瘦白润单抢囤收货质喜爱信惠放甜睡治痊愈灵强舒服满]"
)
_ASKING = re.compile(
    "[?？吗求]|怎么|多少|什么|有没有|能不能|是不是|可不可以|几块|哪个|哪里|哪款|多大|几号|想要|链接|穿多|便宜点"
)
#: That something was bought. Asked to say so, each buyer says it in words of their own.
_CONFIRMED = ("已拍", "已下单", "已付", "已买", "拍了", "拍好了", "下单了", "付款了", "抢到")
_VIEWERS = ("viewer", None)


class _Line(Struct):
    """One wording, and who wrote it."""

    text: str
    """Its gist."""
    accounts: dict[str, int] = {}
    """Last time by account, ms."""
    events: list[Chat] = []
    """From the third account on."""
    last_at: int = 0
    praises: bool | None = None
    """Does it praise the goods? Asked when a third account writes it."""


class ScriptedState(Struct):
    """At most `MAX_LINES` wordings of the last minutes, found by two bigrams each."""

    lines: dict[int, _Line] = {}
    index: dict[str, list[int]] = {}
    number: int = 0
    prompts: list[tuple[int, str]] = []
    """What the host invited to write: time, gist."""
    passphrases: list[tuple[int, str]] = []
    """Of prizes that were drawn: until when it counts, gist. Open ones are in the room."""
    raised: dict[str, list[int]] = {}
    """Wordings that were raised: last time, windows so far."""
    names: list[str] = []
    """Accounts that asked something, or wrote what nobody else did."""


@rule
class ScriptedChat(Rule):
    """Near-identical praise from many accounts that nobody asked for."""

    id = "scripted-chat"
    State = ScriptedState

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.accounts = spec.count("accounts")
        self.window_ms = spec.count("window_s") * 1000
        self.shortest = spec.count("least_length")
        self.similarity = spec.threshold("similarity_percent")
        self.same_second = spec.count("same_second")
        self.bursts = spec.count("same_second_accounts")
        self.windows = spec.count("windows_for_lead")
        self.prompt_ms = spec.count("prompt_s") * 1000
        self.contained = spec.threshold("contained_ratio")
        self.after_draw_ms = spec.count("after_draw_s") * 1000
        self.name_share = spec.threshold("name_share")
        self.name_usual = spec.threshold("name_share_usual")
        self.least_names = spec.count("least_names")
        self.praise = tuple(spec.patterns["praise"])
        self.liking = tuple(spec.patterns["liking"])
        self.goods = tuple(spec.patterns["goods"])
        self.quick = tuple(spec.patterns["quick"])

    # Chat ---------------------------------------------------------------------------------

    def on_chat(self, ctx: Context, event: Chat) -> None:
        text = event.text
        if len(text) < self.shortest or _TELLING.search(text) is None:
            return
        user = event.user
        if not user or event.role not in _VIEWERS:
            return
        if _ASKING.search(text) is not None:
            names = ctx.state.names
            names.append(user)
            if len(names) > MAX_NAMES:
                del names[0]
            return
        words, length = gist(text)
        # “好看好看好看好看” is long and says one word.
        if length < self.shortest or len(words) < 5 or len(set(words)) < 5:
            return
        self._place(ctx, event, user, words)

    def _place(self, ctx: Context, event: Chat, user: str, words: str) -> None:
        state: ScriptedState = ctx.state
        now = ctx.now
        lines = state.lines
        keys = anchors(words)
        found = None
        for key in keys:
            for number in state.index.get(key, ()):
                known = lines[number].text
                if known == words or fuzz.ratio(words, known) >= self.similarity:
                    found = number
                    break
            if found is not None:
                break
        if found is None:
            self._forget(state, now)
            state.number += 1
            lines[state.number] = _Line(words, {user: now}, [], now)
            for key in dict.fromkeys(keys):
                numbers = state.index.setdefault(key, [])
                numbers.append(state.number)
                del numbers[:-MAX_COMPARED]
            state.names.append(user)
            del state.names[:-MAX_NAMES]
            return
        line = lines.pop(found)
        lines[found] = line
        line.last_at = max(line.last_at, now)
        for key in dict.fromkeys(keys if line.text == words else anchors(line.text)):
            numbers = state.index.setdefault(key, [])
            if numbers and numbers[-1] == found:
                continue
            if found in numbers:
                numbers.remove(found)
            numbers.append(found)
            del numbers[:-MAX_COMPARED]
        if line.praises is False:
            return
        line.accounts.pop(user, None)
        line.accounts[user] = now
        if len(line.accounts) > 2:
            if line.praises is None:
                line.praises = self._praises(ctx, event.text)
                if not line.praises:
                    line.accounts = {}
                    return ctx.decline("no-praise", words)
            self._keep(state, line, event)
            self._weigh(ctx, line, event)

    def _keep(self, state: ScriptedState, line: _Line, event: Chat) -> None:
        """Keeps a line for the evidence, and lets go of the oldest of other wordings."""
        line.events.append(event)
        if len(line.events) > MAX_EVENTS:
            del line.events[MAX_EVENTS // 2]
        elif sum(len(known.events) for known in state.lines.values()) > MAX_KEPT:
            oldest = next(known for known in state.lines.values() if known.events)
            oldest.events = oldest.events[-1:] if oldest is line else []

    def _forget(self, state: ScriptedState, now: int) -> None:
        """Drops what is too old, and the oldest where there are too many."""
        lines = state.lines
        while lines:
            number = next(iter(lines))
            line = lines[number]
            if len(lines) < MAX_LINES and line.last_at >= now - self.window_ms:
                return
            del lines[number]
            for key in anchors(line.text):
                numbers = state.index.get(key)
                if numbers is not None:
                    if number in numbers:
                        numbers.remove(number)
                    if not numbers:
                        del state.index[key]

    # The verdict --------------------------------------------------------------------------

    def _weigh(self, ctx: Context, line: _Line, event: Chat) -> None:
        state: ScriptedState = ctx.state
        now = ctx.now
        since = now - self.window_ms
        accounts = line.accounts
        if min(accounts.values()) < since:
            for user in [user for user, at in accounts.items() if at < since]:
                del accounts[user]
        while len(accounts) > MAX_ACCOUNTS:
            del accounts[next(iter(accounts))]
        line.events = [known for known in line.events if known.at >= since]
        if len(accounts) < min(self.accounts, self.bursts):
            return
        subject, windows = self._raised(state, line.text, now)
        if subject is None:
            return
        together = sum(1 for at in accounts.values() if now - at < 1_000)
        burst = together >= self.same_second and len(accounts) >= self.bursts
        if len(accounts) < self.accounts and not burst:
            return
        reason = self._excused(ctx, line, event)
        if reason is not None:
            return ctx.decline(reason, line.text)
        self._raise(ctx, line, event, subject, windows, together if burst else 0)

    def _raised(self, state: ScriptedState, text: str, now: int) -> tuple[str | None, int]:
        """The subject of a wording and the number of its windows; ``None``: this one is counted."""
        for known, (last, windows) in state.raised.items():
            if known == text or fuzz.ratio(known, text) >= self.similarity:
                return (None, windows) if now - last < self.window_ms else (known, windows + 1)
        return text, 1

    def _excused(self, ctx: Context, line: _Line, event: Chat) -> str | None:
        state: ScriptedState = ctx.state
        text = line.text
        if any(word in event.text for word in self.quick):
            return "quick-reply"
        passphrases = [
            gist(prize.passphrase)[0] for prize in ctx.room.prizes.values() if prize.passphrase
        ]
        passphrases += [words for until, words in state.passphrases if until >= ctx.now]
        if any(
            words and (contained_ratio(words, text) >= self.contained or words in text)
            for words in passphrases
        ):
            return "passphrase"
        for at, words in state.prompts:
            if ctx.now - at <= self.prompt_ms and contained_ratio(text, words) >= self.contained:
                return "host-led"
            confirms = text.startswith(_CONFIRMED) and any(word in words for word in _CONFIRMED)
            if ctx.now - at <= self.prompt_ms and confirms:
                return "host-led"
        return None

    def _praises(self, ctx: Context, text: str) -> bool:
        """Does a line praise the goods, or tell of buying them? A crowd likes many other things."""
        if any(word in text for word in self.praise):
            return True
        if not any(word in text for word in self.liking):
            return False
        title = ctx.room.title_of(ctx.room.explaining) if ctx.room.explaining else ""
        return any(word in text for word in self.goods) or any(
            first + second in text for first, second in pairwise(title) if first > "~" < second
        )

    def _raise(
        self, ctx: Context, line: _Line, event: Chat, subject: str, windows: int, together: int
    ) -> None:
        state: ScriptedState = ctx.state
        state.raised.pop(subject, None)
        state.raised[subject] = [ctx.now, windows]
        while len(state.raised) > MAX_RAISED:
            del state.raised[next(iter(state.raised))]
        users = list(line.accounts)
        named = alike(users)
        # A pattern that everybody's name has tells nothing.
        others = [name for name in state.names if name not in line.accounts]
        patterned = (
            len(users) >= self.accounts
            and len(others) >= self.least_names
            and named[1] >= self.name_share
            and alike(others, named[0])[1] < self.name_usual
        )
        numbers: dict[str, int | float | str | bool | None] = {
            "accounts": len(users),
            "window_s": self.window_ms // 1000,
            "similarity_percent": self.similarity,
            "windows": windows,
        }
        reason = (
            f"{numbers['window_s']} 秒内 {len(users)} 个账号发出几乎相同的话"
            f"（“{event.text}”，相似度不低于 {self.similarity:g}%）"
        )
        if together:
            numbers["same_second"] = together
            reason += f"，其中 {together} 个在同一秒内"
        if patterned:
            numbers["name_pattern"] = named[0]
            numbers["name_share_percent"] = share = round(named[1] * 100)
            reason += f"；账号名多为“{named[0]}＋数字”（占 {share}%）"
        if windows > 1:
            reason += f"；这样的时段已有 {windows} 个"
        level: Level = "lead" if windows >= self.windows or patterned else "watch"
        trigger: list[Event] = [*line.events]
        ctx.raise_alert(
            Finding(
                subject=subject,
                subject_title=event.text,
                level=level,
                reason=reason + "，主播没有带头，也不是口令。",
                trigger=trigger if trigger and trigger[-1] is event else [event],
                numbers=numbers,
                exemptions=[
                    Exemption(clause="主播带头的互动（扣 1、打在公屏上）", met=False,
                              why="此前的口播里没有要求这样发言"),
                    Exemption(clause="抽奖口令", met=False, why="不是进行中的抽奖口令"),
                    Exemption(clause="平台快捷回复、表情、短句", met=False,
                              why="不在快捷回复之列，长度也超过短句"),
                ],
            )
        )  # fmt: skip

    # What invites chat --------------------------------------------------------------------

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        if any(hit.group == "prompt" for hit in hits):
            prompts = ctx.state.prompts
            prompts.append((ctx.now, gist(utterance.original)[0]))
            del prompts[:-MAX_PROMPTS]

    def on_prize(self, ctx: Context, event: Prize) -> None:
        if event.passphrase:
            until = (event.ends_at or ctx.now) + self.after_draw_ms
            words = gist(event.passphrase)[0]
            kept = [known for known in ctx.state.passphrases if known[1] != words]
            ctx.state.passphrases = [*kept, (until, words)][-MAX_PASSPHRASES:]
        elif event.phase == "drawn":
            until = ctx.now + self.after_draw_ms
            ctx.state.passphrases = [
                (max(known, until), words) for known, words in ctx.state.passphrases
            ]

    def on_session(self, ctx: Context, event: Session) -> None:
        state: ScriptedState = ctx.state
        state.lines = {}
        state.index = {}
        state.names = []
        state.prompts = []
        if event.phase == "ended":
            state.raised = {}
