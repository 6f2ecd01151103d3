"""`gift-value`: a gift that is not named, or is said to be worth more than the shop asks for it.

价格规定 18: a gift is told by name and number; a stated value is the price that the same shop asks now.
广告法 8(2). A prize by lot is no gift; freight, coupons and services are none either. The words are frames
of the pack; what is here compares a stated value with the shop's prices, and reads what the card names.
"""

from __future__ import annotations

from typing import ClassVar

from detectors.alerts import Level, unmet
from detectors.calendar import DAY_MS
from detectors.claims.framed import FramedRule
from detectors.events import Event
from detectors.match.amounts import Amount, amounts
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.match.phrasing import phrasing
from detectors.pack.frames import Frame
from detectors.rule import Context, RuleSpec, rule
from detectors.rules.claims.claim import Claim, ClaimMemory
from detectors.rules.claims.reading import Reading
from detectors.rules.prices.conditions import is_conditional
from detectors.rules.prices.course import price_at
from detectors.rules.prices.sold import WORDS, Sold, named_in, pieces, same_size
from detectors.rules.prices.wording import yuan
from detectors.speech.speaker import speaker_name
from detectors.speech.utterance import Utterance

__all__ = ["GiftValue"]

#: A price of the shop that was seen longer ago is not what it asks now.
LONGEST_SEEN_MS = 7 * DAY_MS
#: Somebody goes on about what was given a moment ago.
GOES_ON_MS = 20_000
#: The concept of the frames that state a value; those that find a gift on a card, and one that goes on.
_VALUE, _LISTED, _GOES_ON = "赠品价值", "listed", "goes-on"
#: Letters behind the number of a gift in which its name stands.
LONGEST_NAME = 16
#: Letters from where the shop sells it to its price.
REACH = 16
#: “六十八一条”: the one of the piece is no part of the price.
_ONE_PIECE = phrasing("price-tags", "one-piece")


#: A gift with its number: “一瓶清洁液”.
_COUNTED = phrasing("price-tags", "counted-gift")


class Gifts(ClaimMemory):
    """Beside the claims: what was given last."""

    text: str = ""
    """As folded, 80 characters at most."""
    at: int = 0
    sku: str = ""
    session: str = ""
    event: Event | None = None


@rule
class GiftValue(FramedRule):
    id = "gift-value"
    lacking = FramedRule.lacking | {"gift-not-sold"}
    State = Gifts
    heeded: ClassVar[frozenset[str]] = FramedRule.heeded | {"gives"}
    follows_stream = True
    heeds_only = True

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self._that_piece = tuple(spec.patterns["that_piece"])

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        super().on_text(ctx, utterance, hits)
        self._note_gift(ctx, utterance, hits)

    def on_heeded(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        super().on_heeded(ctx, utterance, hits)
        self._note_gift(ctx, utterance, hits)

    def _note_gift(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        """Notes that something is given."""
        if utterance.speaker != "card" and utterance.has_new("gives", hits):
            memory: Gifts = ctx.state
            memory.text, memory.at, memory.event = utterance.own[:80], utterance.at, utterance.event
            memory.sku, memory.session = utterance.sku or "", utterance.event.session

    def judged(self, ctx: Context, reading: Reading, frame: Frame, claim: Claim) -> Claim | None:
        if frame.concept == _VALUE:
            return self._valued(ctx, reading, frame, claim)
        on_card = self.has_word("gift_field", reading.utterance.field)
        if frame.id == _LISTED and not on_card and not reading.kind("gives"):
            return None
        return None if self._is_told(ctx, reading) else claim

    # A gift that is named -----------------------------------------------------------------

    def _is_told(self, ctx: Context, reading: Reading) -> bool:
        """Does the card name the gift?"""
        card = ctx.room.cards.get(reading.utterance.sku or "")
        for name, value in ((card.attributes if card is not None else None) or {}).items():
            if self.has_word("gift_field", name) and self._names(value):
                ctx.decline("named-on-card", reading.utterance.sku or "", f"{name}：{value}")
                return True
        return False

    def _names(self, value: str) -> bool:
        """Does an entry of the card name the gift, and not only praise it?"""
        plain = fold(value).text
        for slot in ("praise", "nothing", "worth"):
            for word in self.spec.patterns[slot]:
                plain = plain.replace(word, "")
        return WORDS.search(plain) is not None

    # A value that is stated ---------------------------------------------------------------

    def _valued(self, ctx: Context, reading: Reading, frame: Frame, claim: Claim) -> Claim | None:
        """The claim, if the shop asks less by its card or by its own words."""
        figure = next(hit for hit in claim.hits if hit.group == "<number>")
        text, end = reading.text, reading.scope.sentence(figure.start)[1]
        stated = next((one for one in amounts(text) if one.start <= figure.start < one.end), None)
        worth = next((hit for hit in claim.hits if hit.group == "worth"), figure)
        if stated is None or stated.fen < 100:
            return None
        before, given = "", None
        if frame.id == _GOES_ON:
            given = self._given_before(ctx, reading)
            if given is None and not any(hit.start < end for hit in reading.kind("gives")):
                return None
            before = given.text if given is not None else ""
        if any(0 <= worth.start - hit.end <= 3 for hit in reading.kind("total")):
            ctx.decline("total", reading.utterance.sku or "", "所称是几件赠品的合计")
            return None
        # Each value belongs to the gift between it and the values beside it.
        last = min(
            (hit.start for hit in reading.kind("worth") if hit.start >= stated.end), default=end
        )
        sold = self._sold(ctx, reading, before + text[claim.start : min(end, last)])
        claim.hits.append(Hit("value", text[stated.start : stated.end], stated.start, stated.end))
        claim.numbers["stated_fen"] = stated.fen
        if sold is not None:
            above = self._against(ctx, reading, claim, stated.fen, sold)
            if above is not None and given is not None and given.event is not None:
                above.beside.append(given.event)
            return above
        own, asked = self._own_words(reading, stated, end)
        if own is not None and asked < stated.fen:
            claim.because.append("own-words")
            claim.hits.append(own)
            claim.asks = False  # “六十八也挂着呢” asks nothing
            return _above(
                claim,
                stated.fen,
                asked,
                f"{speaker_name(reading.utterance.event, reading.utterance.field)}自称的店内售价",
                "watch",
            )
        made_up = reading.kind("made_up")
        if made_up:
            words = made_up[0].term
            claim.says = (
                f"称赠品价值 {yuan(stated.fen)} 元，又自称“{words}”，所标价值不是同店当前售价"
            )
            claim.level, claim.missing = "watch", ["赠品在店内的售价、进货凭证"]
            claim.because.append("made-up")
            claim.ungated = claim.admits = True
            return claim
        ctx.decline("gift-not-sold", reading.utterance.sku or "", "店内未见该赠品的售价")
        return None

    def _own_words(self, reading: Reading, stated: Amount, end: int) -> tuple[Hit | None, int]:
        """“咱橱窗里六十八一条也挂着呢”: what the shop asks for it, by its own words; the words, and 分."""
        for place in reading.kind("our_place", "that_one"):
            # “就九号链接九块九那条” tells which link it is, in a sentence of its own, too.
            last = len(reading.text) if place.group == "that_one" else end
            if not stated.end <= place.start < last or _is_of_another(reading, stated, place):
                continue
            after = _ONE_PIECE.sub("元", reading.text[place.end : min(last, place.end + REACH)])
            found = next((one for one in amounts(after) if one.fen >= 100), None)
            pointed = place.group == "our_place" or (
                found is not None and after.startswith(self._that_piece, found.end)
            )
            if found is not None and pointed:
                last = place.end + found.end
                return Hit("asked", reading.text[place.start : last], place.start, last), found.fen
        return None, 0

    def _given_before(self, ctx: Context, reading: Reading) -> Gifts | None:
        """What was given a moment ago, where this goes on about it: “这一瓶价值二百九十九”."""
        memory: Gifts = ctx.state
        utterance = reading.utterance
        told_lately = 0 <= utterance.at - memory.at <= GOES_ON_MS
        same = memory.sku == (utterance.sku or "") and memory.session == utterance.event.session
        return memory if told_lately and same and memory.event is not None else None

    def _sold(self, ctx: Context, reading: Reading, text: str) -> Sold | None:
        """The card of the shop that is named in these words, the best match of all."""
        best: tuple[int, Sold] | None = None
        for sku, card in ctx.room.cards.items():
            if sku == reading.utterance.sku or not card.title:
                continue
            likeness = named_in(fold(card.title).text, text)
            step = price_at(ctx.room, sku, ctx.now) if likeness else None
            if step is None or step.price is None or is_conditional(step.quote.conditions):
                continue
            if ctx.now - step.until > LONGEST_SEEN_MS:
                continue  # what the shop asks now was not seen
            if best is None or likeness > best[0]:
                best = likeness, Sold(card, step)
        return best[1] if best is not None else None

    def _against(
        self, ctx: Context, reading: Reading, claim: Claim, stated: int, sold: Sold
    ) -> Claim | None:
        title = fold(sold.card.title or "").text
        if not same_size(reading.text, title):
            ctx.decline("other-spec", sold.card.sku, "赠品与店内所售规格不同")
            return None
        asked = sold.step.price or 0
        count = pieces(reading.text)
        if stated <= asked * count:
            ctx.decline("not-above", sold.card.sku)
            return None
        words = WORDS.findall(title)
        fresh = ctx.now - sold.step.until <= DAY_MS
        level: Level = "lead" if fresh and any(word in reading.text for word in words) else "watch"
        claim.because.append("alike" if fresh else "stale")
        what = f"本店同款“{sold.card.title}”{'现售价' if fresh else '此前所见售价'}"
        _above(claim, stated, asked, what, level)
        claim.beside.append(sold.step.quote.event)
        if count > 1:
            claim.numbers["pieces"] = count
            claim.says += f"（{count} 件合计 {yuan(asked * count)} 元）"
        return claim


def _is_of_another(reading: Reading, stated: Amount, place: Hit) -> bool:
    """Is something else given between a value and a price: “价值六百的延保，送一瓶清洗剂店里卖二十”?"""
    given = [hit for hit in reading.kind("gives") if stated.end <= hit.start < place.start]
    if not given:
        return False
    valued = reading.text[stated.end : given[0].start]
    between = reading.text[given[-1].end : place.start]
    other = _COUNTED.search(between)
    behind = between[other.end() :][:LONGEST_NAME] if other is not None else ""
    # The last two characters of a word name the thing.
    return behind != "" and not any(
        word[at : at + 2] in valued for word in WORDS.findall(behind) for at in range(len(word) - 1)
    )


def _above(claim: Claim, stated: int, asked: int, what: str, level: Level) -> Claim:
    """A value that is above what the shop asks."""
    claim.level = level
    claim.says = (
        f"称赠品价值 {yuan(stated)} 元，{what} {yuan(asked)} 元，高出 {yuan(stated - asked)} 元"
    )
    claim.exemptions += [
        unmet("价格规定第十八条：标示的价值是同店当前售价", "高于所见的售价"),
        unmet("几件赠品的合计", "未见说这是几件的总价值"),
    ]
    claim.numbers.update(asked_fen=asked, excess_fen=stated - asked)
    return claim
