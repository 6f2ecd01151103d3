"""A comparison of prices in a host's words: “原价459，今天只要89.9”."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from detectors.match import expression as re
from detectors.match.amounts import amount_at, amounts
from detectors.match.lexicon import Hit
from detectors.match.phrasing import phrasing, word_list
from detectors.rules.prices.conditions import basis_of

__all__ = ["SPEAKERS", "SpokenComparison", "spoken_comparison"]

#: Whose words are the shop's; a guest's are not.
SPEAKERS = ("host", "assistant", "unknown")
#: So many pieces are other goods than one: “原价459两件”.
_PIECES = phrasing("price-tags", "several-pieces")
_CLAUSE = re.compile(r"[，。！？；,!?;\s]")
#: Characters before the word for a reference price that say whose it is, or when it was asked;
#: before a sum, in which an earlier price is named; behind it, in which the comparison is taken back.
LABEL, BEFORE, BEHIND = 14, 16, 20


class SpokenComparison(Struct, frozen=True):
    """A host's “原价459，今天只要89.9”; half-open offsets of the reference."""

    reference_fen: int
    offer_fen: int | None
    label: str
    start: int
    end: int


def spoken_comparison(
    text: str, hits: Sequence[Hit], words: Mapping[str, Sequence[str]]
) -> SpokenComparison | None:
    """The comparison in an utterance; ``None`` if it is denied, asked, or about something else.

    Args:
        text: as folded.
        hits: the words for a reference price.
        words: those of `packs/shared/compared.yaml`, by name.
    """

    def has(name: str, part: str) -> bool:
        return any(word in part for word in words[name])

    if has("other_goods", text) or _PIECES.search(text) or not has("now", text):
        return None
    unlisted = [] if hits or has("another", text) else _unlisted(text, words)
    for hit in [*hits, *unlisted]:
        clause_start = max((m.end() for m in _CLAUSE.finditer(text, 0, hit.start)), default=0)
        clause_end = next((m.start() for m in _CLAUSE.finditer(text, hit.end)), len(text))
        before = text[clause_start : hit.start]
        if before.endswith(tuple(words["not_so"])) or has("asks", text[clause_start:clause_end]):
            continue
        reference = amount_at(text, hit.end)
        if reference is None or _is_taken_back(text[reference.end :], words):
            continue
        lower = [
            amount.fen
            for amount in amounts(text)
            if amount.start >= reference.end or amount.end <= hit.start
            if 0 < amount.fen < reference.fen and (amount.marked or amount.fen >= 100)
        ]
        low = max(clause_start, hit.start - LABEL)
        label, start = hit.term, hit.start
        if basis_of(text[low : hit.start]) in ("elsewhere", "dated"):
            # Another shop's price, or one with its day: these words are its label, too.
            label, start = text[low : hit.end], low
        return SpokenComparison(
            reference.fen, min(lower, default=None), label, start, reference.end
        )
    return None


def _is_taken_back(behind: str, words: Mapping[str, Sequence[str]]) -> bool:
    """“原价459今天89，没有的事”: in a clause behind it that begins soon, within the sentence."""
    behind = f"{re.split('[。！？!?]', behind)[0]}。"
    places = (behind.find(word, 1) for word in words["taken_back"])
    return any(0 < place <= BEHIND and behind[place - 1] in "，, " for place in places)


def _unlisted(text: str, words: Mapping[str, Sequence[str]]) -> Iterator[Hit]:
    """Words for a price of before that no list has, by what stands around the sums."""
    fillings = tuple(words["filling"])
    for amount in amounts(text):
        before = text[max(0, amount.start - BEFORE) : amount.start]
        # What stands between the words and the sum is peeled off from its end.
        while not before.endswith(tuple(words["used_to"])) and before.endswith(fillings):
            before = before[: -max(len(one) for one in fillings if before.endswith(one))]
        term = max((one for one in words["used_to"] if before.endswith(one)), key=len, default="")
        behind = text[amount.end :]
        for unit in word_list("price-tags", "yuan"):
            behind = behind.removeprefix(unit)
        if term:
            start = text.rindex(term, 0, amount.start)
            yield Hit("reference", term, start, amount.start)
        elif text.endswith(
            word_list("price-tags", "down-from"), 0, amount.start
        ) and behind.startswith(tuple(words["fallen"])):
            yield Hit("reference", "先前价格", amount.start - 1, amount.start)
        elif behind.startswith(tuple(words["such_a_thing"])):
            yield Hit("reference", "先前价格", amount.start, amount.start)
