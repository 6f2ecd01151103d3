"""Makes the model that ships, ``detectors/packs/model.bin``: ``python -m training.likeness``.

One logistic regression a rule (one against all others), on single letters and pairs, each
counted once a text and scaled by the root of how many a text has. To each is added a share of one for
all rules together, and of one for the rules of its area of the campaign. Weights near nothing are left
out. `training.sets` says what is read, and what is set aside.

Whole talks (``SPOKEN``) are read by the rules with a model of the lines alone: what they raise there,
with what stands around it, is learned from in a second pass, rightly raised or not. So is what they raise
of lines amid what ordinary hosts say, so that such talk speaks for neither.

Needs scikit-learn (``requirements/training.txt``).
"""

from __future__ import annotations

import argparse
import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from scipy.sparse import diags_array
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from detectors.events import Speech
from detectors.lab.cases import case_events
from detectors.lab.delivery import bare
from detectors.lab.evaluation import LabelledText, raised_by, read_texts, text_events
from detectors.lab.train.fit import Fitted
from detectors.lab.train.written import Claimed, written
from detectors.match.fold import fold
from detectors.match.letters import (
    TALK_AFTER,
    TALK_BEFORE,
    letters_around,
    letters_of,
    slots_of,
)
from detectors.match.likeness import LIKENESS, MODEL, LikenessModel
from detectors.match.model_file import Labelled, ModelFile, Of
from detectors.match.sounds import PINYIN
from detectors.pack.load import load_rulebook
from detectors.pack.override import Override
from detectors.pack.rulebook import Rulebook
from training.sets import ORDINARY, SEEN, SPOKEN

LABELLED = Path(__file__).parent.parent / "tests/data/labelled"
WORDINGS = LABELLED.parent / "wordings"
#: The sellers' own words; what viewers write is no claim.
ROLES = ("host_speech", "assistant_speech", "product_title")
#: Inverse of the regularisation, and what a violation counts for against another text.
STRENGTH, COUNTS_FOR = 300.0, 2.0
#: Inverse of the regularisation of one model for several rules; what the logit of that of all counts for beside a
#: rule's own, and that of the rules of its area of the campaign; and what is taken off, so that as many lawful lines
#: are watched as without these.
STRENGTH_OF_SEVERAL, ALL_COUNT_FOR, AREA_COUNTS_FOR, TAKEN_OFF = 30.0, 0.6, 0.45, 0.8
#: Fewer violations teach nothing about a rule.
FEWEST = 40
#: Thresholds under which only the words of the rules decide.
WORDS_ALONE: dict[str, int | float] = {"likeness": 1, "unlike": 0}
#: Smaller weights are left out.
LEAST_WEIGHT = 0.8
#: How many labelled lines are read amid others, how many lines such a talk has at most, how many of the others
#: are lawful lines about some rule rather than what ordinary hosts say, and what a claim in it counts for against
#: one in a talk that was written as one.
AMID_TALK, LINES_OF_TALK, AMID_LAWFUL, AMID_TALK_COUNTS_FOR = 6_000, 5, 0.4, 0.3
#: How many pairs of lines are read as said in one breath: of two violations, of a violation and a lawful line, of two
#: lawful lines.
BOTH_BROKEN, ONE_BROKEN, BOTH_LAWFUL = 8_000, 2_500, 2_500
#: How many violations, and how many lawful lines, are read once more with letters lost or taken for others, and
#: what share of their letters.
MISHEARD, LETTERS_MISHEARD = 20_000, 0.1
#: How many of the lines around a violation are violations themselves.
AMID_BROKEN = 0.15


def by_words_alone(book: Rulebook) -> Rulebook:
    """The same rules without a second reading: the table before decides nothing of the next."""
    rules = []
    for rule in book:
        changes = {name: one for name, one in WORDS_ALONE.items() if name in rule.spec.thresholds}
        change = Override(id=rule.id, reason="training", thresholds=changes)
        rules.append(type(rule)(change.apply(rule.spec)))
    return Rulebook(rules, book.law)


def rows_of(paths: Sequence[Path], book: Rulebook) -> list[Labelled]:
    """The rows of labelled files; what other rules than the labelled one raise on a violation
    counts, since a text may break several."""
    rows = []
    for path in paths:
        rule = path.name.split(".")[0]
        for row in read_texts(path.read_bytes()):
            if row.role not in ROLES:
                continue
            if rule == ORDINARY:
                rows.append(Labelled(row.text, kind="ordinary"))
                continue
            broken: set[str] = set()
            if row.label:
                broken = {a.rule for a in raised_by(book, text_events(row)) if a.level != "info"}
                broken.add(rule)
            rows.append(Labelled(row.text, tuple(sorted(broken)), about=rule))
    return rows


def cases_of(book: Rulebook) -> list[Labelled]:
    """What the seller says in the packs' own cases: where a rule must stay silent, and the single
    lines on which it must raise."""
    rows = []
    for rule in book:
        for case in rule.spec.cases:
            expected = case.get("expect")
            if expected and not isinstance(case.get("text"), str):
                continue
            broken = (rule.id,) if expected else ()
            rows += [
                Labelled(event.text, broken, rule.id)
                for event in case_events(case)
                if isinstance(event, Speech) and event.speaker != "guest" and event.text
            ]
    return rows


def wordings_of(folder: Path) -> list[Labelled]:
    """The lines of ``tests/data/wordings``: “+” breaks the rule of the file, “-” breaks none of those."""
    rows = []
    for path in sorted(folder.glob("*.txt")):
        rule, _, of_all = path.stem.partition(".")
        for line in path.read_text(encoding="utf-8").splitlines():
            sign, (_, _, said) = line[:1], line[1:].partition("|")
            if sign in "+-" and said:
                broken = (rule,) if sign == "+" else ()
                rows.append(Labelled(said.removeprefix("title:"), broken, "" if of_all else rule))
    return rows


class Raised(NamedTuple):
    """What a rule raises in a talk."""

    rule: str
    about: str
    """The rule that the talk was written about."""
    made: bool
    """Rightly raised: the talk breaks that rule."""
    alike: bool
    """The rule has no words for it."""
    before: str
    said: str
    behind: str

    @property
    def claimed(self) -> Claimed:
        """The same as its letters."""
        before, behind = letters_around(self.before, self.behind, TALK_BEFORE, TALK_AFTER)
        return Claimed(before, letters_of(fold(self.said).text), behind, self.made)


def talks_of(paths: Sequence[Path]) -> list[tuple[str, LabelledText]]:
    """The talks of files, each with the rule that it is about."""
    return [
        (path.name.split(".")[0], row) for path in paths for row in read_texts(path.read_bytes())
    ]


def amid_talk(paths: Sequence[Path], ordinary: Sequence[Path]) -> list[tuple[str, LabelledText]]:
    """Some labelled lines, each somewhere amid what ordinary hosts say, lawful lines, or around a violation
    further ones, without marks."""
    chance = random.Random(0)  # noqa: S311
    talk = [bare(row.text) for _, row in talks_of(ordinary)]
    lines = [(about, row) for about, row in talks_of(paths) if row.role == "host_speech"]
    lawful = [bare(row.text) for _, row in lines if not row.label]
    broken = [bare(row.text) for _, row in lines if row.label]

    def other(beside: LabelledText) -> str:
        if beside.label and chance.random() < AMID_BROKEN:
            return chance.choice(broken)
        return chance.choice(lawful if chance.random() < AMID_LAWFUL else talk)

    some = []
    for about, row in chance.sample(lines, min(AMID_TALK, len(lines))):
        said = [other(row) for _ in range(chance.randrange(LINES_OF_TALK))]
        said.insert(chance.randrange(len(said) + 1), bare(row.text))
        some.append((about, msgspec.structs.replace(row, text="".join(said))))
    return some


def raised_in(talks: Sequence[tuple[str, LabelledText]], book: Rulebook) -> list[Raised]:
    """What rules raise in talks: of a violation what its own rule does, of a lawful talk what any does."""
    found = []
    for about, row in talks:
        for alert in raised_by(book, text_events(row)):
            if alert.level == "info" or (row.label and alert.rule != about):
                continue
            spans = [one for one in alert.evidence.spans if one.text in row.text]
            if not spans:
                continue
            start, end = min(one.start for one in spans), max(one.end for one in spans)
            alike = LIKENESS in alert.evidence.numbers
            parts = row.text[:start], row.text[start:end], row.text[end:]
            found.append(Raised(alert.rule, about, row.label, alike, *parts))
    return found


def stretches_of(raised: Sequence[Raised]) -> list[Labelled]:
    """What was raised in talks, with what stands around it.

    What a talk is only like, though it is about something else, is learned without its surroundings, too.
    """
    rows: dict[Labelled, None] = {}
    for one in raised:
        before, behind = letters_around(one.before, one.behind)
        broken = (one.rule,) if one.made else ()
        only = one.rule if one.made else ""
        rows[Labelled(f"{before}{one.said}{behind}", broken, only, "stretch", one.rule)] = None
        if one.alike and not one.made and one.rule != one.about:
            rows[Labelled(one.said)] = None
    return list(rows)


def in_a_breath(rows: Sequence[Labelled]) -> list[Labelled]:
    """Lines said without a pause, two by two: who breaks two rules at once breaks both, and other words of the
    lawful make no violation.

    A line is labelled with what it breaks by itself. Without such pairs what breaks one rule would speak against
    every other, and three blunt claims in a row would be like none. Lines of which one rule alone is known (`only`)
    are in no pair: nobody knows what the two break together.
    """
    chance = random.Random(0)  # noqa: S311
    lines = [row for row in rows if not row.only and row.kind != "stretch"]
    broken = [row for row in lines if row.rules]
    lawful = [row for row in lines if not row.rules]
    pairs = []
    for ones, others, times in (
        (broken, broken, BOTH_BROKEN),
        (broken, lawful, ONE_BROKEN),
        (lawful, lawful, BOTH_LAWFUL),
    ):
        for _ in range(times):
            two = [chance.choice(ones), chance.choice(others)]
            chance.shuffle(two)
            rules = sorted({rule for row in two for rule in row.rules})
            pairs.append(Labelled("".join(bare(row.text) for row in two), tuple(rules)))
    return pairs


def misheard(rows: Sequence[Labelled]) -> list[Labelled]:
    """Lines again with some letters lost, masked, taken for others of the same sound or told by the first of it:
    so recognisers hear, and so write who would not be found."""
    chance = random.Random(0)  # noqa: S311
    lines = [row for row in rows if row.kind != "stretch"]
    alike: dict[str, list[str]] = {}
    for letter in "".join(row.text for row in lines):
        if letter in PINYIN:
            alike.setdefault(PINYIN[letter], []).append(letter)

    def other(letter: str) -> str:
        sound = PINYIN.get(letter)
        if sound is None or chance.random() >= LETTERS_MISHEARD:
            return letter
        return chance.choice(("", chance.choice(alike[sound]), sound[0], chance.choice("某x")))

    found = []
    for some in ([row for row in lines if row.rules], [row for row in lines if not row.rules]):
        for row in chance.sample(some, min(MISHEARD, len(some))):
            text = "".join(map(other, row.text))
            found.append(Labelled(text, row.rules, row.only, about=row.about))
    return found


def grams_of(text: str) -> list[str]:
    """Letters and pairs of them, with repetitions."""
    return [*text, *(text[place : place + 2] for place in range(len(text) - 1))]


def train(
    rows: Sequence[Labelled], areas: Mapping[str, str], claims: Sequence[Claimed] = ()
) -> bytes:
    """The file of the model.

    Args:
        areas: by rule, its area of the campaign (`RuleSpec.focus`).
        claims: those in talk.
    """
    broken = Counter(rule for row in rows for rule in row.rules)
    rules = sorted(rule for rule, times in broken.items() if times >= FEWEST)
    texts, rows = rows, [*rows, *in_a_breath(rows), *misheard(rows)]
    letters = [letters_of(fold(row.text).text) for row in rows]
    counted = CountVectorizer(analyzer=grams_of, min_df=2, binary=True)
    found = counted.fit_transform(letters).astype(float)
    found = diags_array([1 / math.sqrt(max(1, 2 * len(text) - 1)) for text in letters]) @ found
    names = [str(name) for name in counted.get_feature_names_out()]
    weights = np.zeros((len(names), len(rules)), np.float32)
    biases = np.zeros(len(rules), np.float32)
    for number, rule in enumerate(rules):
        wanted = np.array([rule in row.rules for row in rows])
        counts = np.array([float(row.only in ("", rule)) for row in rows])
        model = LogisticRegression(
            C=STRENGTH,
            class_weight={False: 1.0, True: COUNTS_FOR},
            solver="liblinear",
            max_iter=300,
        ).fit(found, wanted, sample_weight=counts)
        biases[number] = model.intercept_[0]
        weights[:, number] = np.where(np.abs(model.coef_[0]) >= LEAST_WEIGHT, model.coef_[0], 0)
    # How one speaks who breaks a rule is much the same whatever the rule.
    known = np.array([not row.only or bool(row.rules) for row in rows])
    shares = {frozenset(rules): ALL_COUNT_FOR}
    for area in sorted(set(map(areas.__getitem__, rules))):
        shares[frozenset(rule for rule in rules if areas[rule] == area)] = AREA_COUNTS_FOR
    for several, counts_for in shares.items():
        model = LogisticRegression(C=STRENGTH_OF_SEVERAL, solver="liblinear", max_iter=300).fit(
            found[known], np.array([not several.isdisjoint(row.rules) for row in rows])[known]
        )
        coefficients = np.where(np.abs(model.coef_[0]) >= LEAST_WEIGHT, model.coef_[0], 0)
        numbers = [number for number, rule in enumerate(rules) if rule in several]
        weights[:, numbers] += counts_for * coefficients[:, None]
        biases[numbers] += counts_for * model.intercept_[0]
    biases -= TAKEN_OFF
    # Two that share a slot share a row.
    slots, row_of = np.unique([slots_of(name)[-1] for name in names], return_inverse=True)
    rowed = np.zeros((len(slots), len(rules)), np.float32)
    np.add.at(rowed, row_of, weights)
    some = np.abs(rowed).max(axis=1) > 0
    return written(rules, slots[some], Fitted(rowed[some], biases), texts, Of(), claims)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=LABELLED)
    parser.add_argument("--halves", nargs="+", default=list(SEEN))
    parser.add_argument("--output", type=Path, default=MODEL)
    given = parser.parse_args()
    paths = [
        path
        for path in sorted(given.data.glob("*.jsonl"))
        if path.name == f"{ORDINARY}.jsonl" or path.name.split(".")[1] in given.halves
    ]
    book = by_words_alone(load_rulebook())
    rows = [*rows_of(paths, book), *wordings_of(WORDINGS), *cases_of(book)]
    areas = {rule.id: rule.spec.focus for rule in book}
    lines = LikenessModel(ModelFile(memoryview(train(rows, areas))))
    book = load_rulebook()
    book.site_model = lines
    spoken = [
        path for path in sorted(given.data.glob("*.*.jsonl")) if path.name.split(".")[1] in SPOKEN
    ]
    raised = raised_in(talks_of(spoken), book)
    of_lines = [path for path in paths if not path.name.startswith(ORDINARY)]
    ordinary = [path for path in paths if path not in of_lines]
    amid = raised_in(amid_talk(of_lines, ordinary), book)
    claims = [one.claimed for one in raised]
    claims += [one.claimed._replace(counts_for=AMID_TALK_COUNTS_FOR) for one in amid]
    rows += stretches_of(raised)
    given.output.write_bytes(train(rows, areas, claims))
    print(f"{len(rows)} texts: {given.output}")


if __name__ == "__main__":
    main()
