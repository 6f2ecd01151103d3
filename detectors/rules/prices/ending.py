"""The end of an offer in the seller's words: “仅限今天”, “还有五分钟恢复原价”, “下播恢复到98”."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from detectors.match import expression as re
from detectors.match.amounts import Deadline, amount_at, deadlines
from detectors.match.lexicon import Hit
from detectors.match.phrasing import phrasing, word_list

__all__ = ["SPEAKERS", "Endings", "clause_of"]

#: Characters of a promise that a reason quotes.
LONGEST_QUOTE = 30
#: Whose words, and what, can promise an end.
SPEAKERS = ("host", "assistant", "unknown", "card")
#: Letters before an end in which stands that it has passed; before what is called off, the offer.
PASSED, CALLED_OFF = 7, 16
#: Groups of words that can end an offer.
_ENDINGS = ("limit", "restore", "countdown", "called_off", "put_back", "costs")
_CLAUSE = re.compile(r"[，。！？；,!?;]")
_PARTICLES = phrasing("price-tags", "particles")
#: “明天就涨”, and neither the tide nor a share.
_RISES = phrasing("price-tags", "rises")
#: That a price is spoken of.
_PRICE = phrasing("price-tags", "price")
_RESTORED_TO = phrasing("price-tags", "restored-to")


class Endings:
    """Reads the ends of offers, with the words of the slots of `promo-rule-mismatch`."""

    def __init__(self, words: Mapping[str, Sequence[str]]) -> None:
        self._words = words

    def has(self, slot: str, text: str) -> bool:
        """Has a folded text a word of a slot?"""
        # A loop: slots have a hundred words, and a generator asks for each half as fast.
        for word in self._words[slot]:  # noqa: SIM110
            if word in text:
                return True
        return False

    def told(self, text: str, hits: Sequence[Hit], *, tag: bool = False) -> Hit | str | None:
        """The words of an end of an offer; a string: why they are none; ``None``: nothing there.

        `tag`: the text stands on the offer itself, so it need not say what ends.
        """
        for hit in hits:
            if hit.group not in _ENDINGS:
                continue
            start = max((match.end() for match in _CLAUSE.finditer(text, 0, hit.start)), default=0)
            end = next((match.start() for match in _CLAUSE.finditer(text, hit.end)), len(text))
            before = text[start : hit.start]
            if self.has("asked", text[start : end + 1]):
                return "question"
            if before.endswith(tuple(self._words["denied"])):
                return "denied"
            if self.has("past", before[-PASSED:]):
                return "past"
            if self.has("elsewhere", before) or self.has("not_ours", text[hit.end :]):
                return "not-their-own"
            if self._ends(text, hit, start, end, tag=tag):
                return hit if hit.group in ("limit", "countdown") else hit._replace(group="restore")
        return None

    def limit_on_tag(self, text: str) -> Hit | None:
        """The words of a limit (“仅限今日”) in a folded condition of a price; ``None``: it has none."""
        hits = [
            Hit("limit", term, text.index(term), text.index(term) + len(term))
            for term in self._words["limit"]
            if term in text
        ]
        told = self.told(text, hits, tag=True) if hits else None
        return told if isinstance(told, Hit) else None

    def _ends(self, text: str, hit: Hit, start: int, end: int, *, tag: bool) -> bool:
        """Do the words of an end in this clause speak of an offer that ends?"""
        if hit.group == "limit":
            if not tag and not self._limits_offer(text, hit, start, end):
                return False  # “最后一天穿短袖了”
            if self.has("gift", text[start:end]) and not self.has("priced", text):
                return False  # a gift that can be had until then: the price promises nothing
            return not self.has("of_else", text[start:end]) or self.has("offered", text)
        if hit.group == "countdown":
            if self.has("starting", text) or self.has("of_else", text):
                return False
            return self.has("ending", text)
        if not deadlines(text, 0):
            return False
        if hit.group == "restore":
            return self._of_price(text, hit)
        if self.has("no_price", text):
            return False  # of a coupon, a stock or goods that end, no price is promised
        if hit.group == "called_off":
            return self.has("offered", text[max(0, hit.start - CALLED_OFF) : hit.start])
        return hit.group == "put_back" or (
            amount_at(text, hit.end) is not None or text.startswith("这", hit.end)
        )

    def _limits_offer(self, text: str, hit: Hit, start: int, end: int) -> bool:
        """Does a limit (“仅限今天”) speak of an offer, not of a day or of goods?"""
        if _PARTICLES.fullmatch(text, hit.end, end):
            return self.has("offer", text) or amount_at(text, 0) is not None or (
                hit.term.endswith(word_list("price-tags", "last-day")) and self._leads_in(text[start : hit.start])
            )  # fmt: skip
        behind = text[hit.end : end]
        if behind.startswith("的") and not behind.startswith(tuple(self._words["of_offer"])):
            return False  # “最后一天的货很新鲜”: a day of something else
        if behind.startswith(word_list("price-tags", "before-it")) and not self.has(
            "offer", behind
        ):
            return False  # “今天结束之前再过一遍”: what is done before an end
        return self.has("terms", text) or amount_at(text, hit.end) is not None

    def _leads_in(self, before: str) -> bool:
        """Stands nothing before “最后一天” but what leads in to it?"""
        for word in sorted(self._words["lead_in"], key=len, reverse=True):
            before = before.replace(word, "")
        return not before.strip()

    def _of_price(self, text: str, hit: Hit) -> bool:
        """Do words of restoring speak of a price, and not of somebody's strength?"""
        if hit.term.endswith(word_list("price-tags", "gone")):
            # “下播这个价就没了”; without a price it may as well be the stock.
            return _PRICE.search(text, max(0, hit.start - 8), hit.start) is not None
        if hit.term.endswith(word_list("price-tags", "will-be")):
            # “明天就是国庆节”: only a sum makes a price of it.
            return amount_at(text, hit.end) is not None
        rises = hit.term.endswith(word_list("price-tags", "rising"))
        if rises and _RISES.match(text, hit.end):
            return True
        if not rises and hit.term not in word_list("price-tags", "restored"):
            return True
        filled = _RESTORED_TO.match(text, hit.end)
        place = filled.end() if filled else hit.end
        if _PRICE.search(text, hit.end, hit.end + 8):
            return True
        return amount_at(text, place) is not None

    def end_of(self, text: str, told: Hit, at: int) -> Deadline | None:
        """The end that belongs to the words of a promise."""
        for end in deadlines(text, at):
            if told.term in word_list("price-tags", "after-a-number") and not (
                end.start < told.start < end.end
            ):
                continue  # “今天先拍，活动八号截止”: what ends is named right before
            if end.kind == "countdown":
                if told.group == "limit" and self.has("last", text):
                    continue  # “还有五分钟下播，仅限今天”: the day is what is promised
                if not (told.group == "restore" or self.has("ending", text)):
                    continue
            elif told.group == "restore" and end.kind in ("day", "night"):
                if not self.has("after", text):
                    continue  # “今天恢复原价了” tells what is, and promises nothing
            elif told.group == "countdown":
                continue
            return end
        return None

    def restore_fen(self, text: str) -> int | None:
        """“恢复到98”, “涨回459”: the price that is to follow."""
        places = sorted(
            text.find(word) + len(word) for word in self._words["becomes"] if word in text
        )
        sums = (amount_at(text, place) for place in places)
        return next((amount.fen for amount in sums if amount is not None), None)


def clause_of(text: str, start: int, end: int) -> str:
    """The words of a range, carried on to the end of their clause, `LONGEST_QUOTE` at most."""
    stop = _CLAUSE.search(text, end)
    return text[start : min(stop.start() if stop else len(text), start + LONGEST_QUOTE)]
