"""What was asked to be written: by the host, and by a prize's passphrase. Who follows is no crew.

A host asks for words (“把 666 打在公屏上”), or asks something: where the buyers live, which size they
wear, how many they ordered, a riddle, whether they want or like it (“要不要”, “好不好吃”). Such a question is
answered in other words than it is asked in, so a kind of question (`asks`) has words of its answers: a line
that praises by those alone answers, one that praises beyond them does not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from detectors.events import Gap, Prize
from detectors.facts.crowd.reading import beyond
from detectors.match import expression as re
from detectors.match.gist import contained_ratio, gist
from detectors.match.lexicon import Hit
from detectors.rule import Context, RuleSpec
from detectors.rules.claims.memory import ClaimMemory
from detectors.speech.utterance import Utterance

__all__ = ["ASKS", "Invitations", "Invited", "any_in", "words_of"]

#: Of what a crowd repeats each line is held against the same invitations.
_contained = lru_cache(maxsize=8_192)(contained_ratio)

#: Words of the host that invite chat; passphrases. The oldest go first.
MAX_PROMPTS = 12
MAX_PASSPHRASES = 4


#: What a host asks (words of the host), and what answers say (words of the viewers): lists of the pack.
ASKS = {
    "ask_place": "tell_order",
    "ask_amount": "tell_order",
    "ask_size": "tell_size",
    "ask_riddle": "tell_quality",
    "ask_wish": "tell_wish",
}
#: “Is it or is it not”: 要不要, 香不香, 好不好吃, 喜不喜欢.
_WHETHER = re.compile(r"([\u4e00-\u9fff])不\1([\u4e00-\u9fff]?)")


class Invited(ClaimMemory):
    """What is remembered of it for a room, beside claims."""

    feedback: int = 0
    """How often the host asked buyers to say how they like it, as far as that counts."""
    prompts: list[tuple[int, str]] = []
    """What the host invited to write: until when it counts, gist."""
    passphrases: list[tuple[int, str]] = []
    """Of prizes that were drawn: until when it counts, gist. Open ones are in the room."""


class Invitations:
    """Hears what is asked to be written, and says whether a line was; with the words of a pack."""

    def __init__(self, spec: RuleSpec, praises: Callable[[Context, str], bool]) -> None:
        """`praises`: does a text praise what is sold?"""
        self._praises = praises
        self.window_ms = spec.duration_ms("window_s")
        self.prompt_ms = spec.duration_ms("prompt_s")
        self.feedback_ms = spec.duration_ms("feedback_s")
        self.feedback_calls = spec.count("feedback_calls")
        self.contained = spec.threshold("contained_ratio")
        self.after_draw_ms = spec.duration_ms("after_draw_s")
        self.owners = tuple(spec.patterns["owners"])
        self.passphrase = tuple(spec.patterns["passphrase"])
        self.buyers = tuple(spec.patterns["buyers"])
        self.answer_ms = spec.duration_ms("asked_s")
        self.viewers = tuple(spec.patterns["viewers"])
        self.told = {ask: tuple(spec.patterns[told]) for ask, told in ASKS.items()}

    def hear(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        """Takes up what the host says."""
        state: Invited = ctx.state
        crowd, text = ctx.room.crowd, utterance.original
        # What is asked for in a sentence that is read again was taken up before.
        groups = {hit.group for hit in hits if utterance.is_new(hit.end)}
        if (
            state.feedback < self.feedback_calls
            and "feedback" in groups
            and any_in(text, self.owners)
        ):
            # Whoever asks for praise gets it, in words of their own; who asks all evening does not.
            state.feedback += 1
            crowd.invite("", ctx.now + self.feedback_ms)
        if "prompt" in groups or any_in(text, self.viewers):
            for ask in ASKS.keys() & groups:
                crowd.allow(self.told[ask], ctx.now + self.prompt_ms)
        whether = sorted({answer for one in _WHETHER.finditer(text) for answer in _answers_to(one)})
        if whether:
            crowd.allow(whether, ctx.now + self.answer_ms)
        if "prompt" not in groups:
            return
        words, until = gist(text)[0], ctx.now + self.prompt_ms
        if any_in(text, self.passphrase):
            # Whoever writes it takes part until the prize is drawn.
            ends = [prize.ends_at for prize in ctx.room.prizes.values() if prize.ends_at]
            until = max([until, *ends]) + self.after_draw_ms
        kept = [one for one in state.prompts if one[0] >= ctx.now - self.window_ms]
        state.prompts = [*kept[1 - MAX_PROMPTS :], (until, words)]
        crowd.invite(words, until)
        if any_in(text, self.buyers):
            # Asked to say that they bought, buyers say it in words of their own.
            crowd.allow(self.told["ask_place"], until)

    def miss(self, ctx: Context, event: Gap) -> None:
        """Takes up a time that was not watched: the host may have asked anything in it."""
        until = max(ctx.now, event.until) + self.prompt_ms
        for words in dict.fromkeys(self.told.values()):
            ctx.room.crowd.allow(words, until)

    def take_prize(self, ctx: Context, event: Prize) -> None:
        """Takes up a prize: its passphrase counts until some time after the draw."""
        state: Invited = ctx.state
        if event.passphrase:
            until = (event.ends_at or ctx.now) + self.after_draw_ms
            words = gist(event.passphrase)[0]
            kept = [known for known in state.passphrases if known[1] != words]
            state.passphrases = [*kept, (until, words)][-MAX_PASSPHRASES:]
        elif event.phase == "drawn":
            until = ctx.now + self.after_draw_ms
            state.passphrases = [(max(known, until), words) for known, words in state.passphrases]

    def led(self, ctx: Context, text: str, said: str) -> tuple[int, str]:
        """Until when, ms, somebody asks or asked to write a text, and how; 0: nobody did.

        Args:
            text: its gist.
            said: the text as somebody wrote it.
        """
        state: Invited = ctx.state
        passphrases = [
            (ctx.now, words_of(prize.passphrase))
            for prize in ctx.room.prizes.values()
            if prize.passphrase
        ]
        found = [
            (until, "passphrase")
            for until, words in (*passphrases, *state.passphrases)
            if words and (_contained(words, text) >= self.contained or words in text)
        ]
        found += [
            (until, "host-led")
            for until, words in state.prompts
            if _contained(text, words) >= self.contained
        ]
        found += [
            (until, "host-led")
            for until, words in ctx.room.crowd.head.answers
            if self._answers(ctx, said, words)
        ]
        return max(found, default=(0, ""))

    def _answers(self, ctx: Context, said: str, words: list[str]) -> bool:
        """Does a text say one of these words, and praise nothing beyond them?"""
        rest = beyond(said, sorted(words, key=len, reverse=True))
        return rest != said and not self._praises(ctx, rest)


def _answers_to(whether: re.Match[str]) -> tuple[str, ...]:
    """What answers such a question: 好不好吃 is answered by 好吃, 要不要 by 要.

    >>> _answers_to(_WHETHER.search("这个好不好吃呀"))
    ('好', '好吃')
    """
    first, more = whether.groups()
    return (first, first + more) if more else (first,)


@lru_cache(maxsize=2_048)
def words_of(text: str) -> str:
    """The gist of a passphrase or a title, which are asked for again and again."""
    return gist(text)[0]


def any_in(text: str, words: tuple[str, ...]) -> bool:
    """Has a text one of the words?"""
    return any(word in text for word in words)
