"""Makes ``detectors/match/likeness.tsv`` from the labelled texts: ``python -m training.likeness``.

One logistic regression a rule (one against all others), on single characters and pairs, each
counted once a text and scaled by the root of how many a text has. Weights near nothing are left
out. What is set aside (``heldout``, ``second``, ``third``, ``fourth``) is not read.

Needs scikit-learn (``requirements/training.txt``).
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from scipy.sparse import diags_array
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from detectors.events import Speech
from detectors.lab.cases import case_events
from detectors.lab.evaluation import raised_by, read_texts, text_events
from detectors.match.fold import fold
from detectors.match.likeness import LONGEST, TABLE, letters, runs_of
from detectors.pack.load import load_rulebook
from detectors.pack.override import Override
from detectors.pack.rulebook import Rulebook

LABELLED = Path(__file__).parent.parent / "tests/data/labelled"
WORDINGS = LABELLED.parent / "wordings"
#: Read for training.
SEEN = ("dev", "more")
#: The sellers' own words; what viewers write is no claim.
ROLES = ("host_speech", "assistant_speech", "product_title")
#: Inverse of the regularisation, and what a violation counts for against another text.
STRENGTH, COUNTS_FOR = 100.0, 2.0
#: The first look: a weaker model, and how much less than even odds it lets pass.
SCREEN_STRENGTH, SCREEN_LOGIT = 1.0, -0.6
#: Fewer violations teach nothing about a rule.
FEWEST = 40
#: Thresholds under which only the words of the rules decide.
WORDS_ALONE: dict[str, int | float] = {"likeness": 1, "unlike": 0}
#: Smaller weights are left out.
LEAST_WEIGHT = 0.8
LEAST_SCREEN = 0.12


class Row(NamedTuple):
    """A text and the rules that it breaks."""

    text: str
    rules: frozenset[str]
    shown: str
    only: str = ""
    """The one rule of which it is known whether the text breaks it; empty: it is known of all."""


def by_words_alone(book: Rulebook) -> Rulebook:
    """The same rules without a second reading: the table before decides nothing of the next."""
    rules = []
    for rule in book:
        changes = {name: one for name, one in WORDS_ALONE.items() if name in rule.spec.thresholds}
        change = Override(id=rule.id, reason="training", thresholds=changes)
        rules.append(type(rule)(change.apply(rule.spec)))
    return Rulebook(rules, book.law)


def rows_of(paths: Sequence[Path], book: Rulebook) -> list[Row]:
    """The rows of labelled files; what other rules than the labelled one raise on a violation
    counts, since a text may break several."""
    rows = []
    for path in paths:
        rule = path.name.split(".")[0]
        for row in read_texts(path.read_bytes()):
            if row.role not in ROLES:
                continue
            broken: set[str] = set()
            if row.label:
                broken = {a.rule for a in raised_by(book, text_events(row)) if a.level != "info"}
                broken.add(rule)
            folded = fold(row.text).text
            rows.append(Row(folded, frozenset(broken), letters(folded)[0]))
    return rows


def cases_of(book: Rulebook) -> list[Row]:
    """What the seller says in the packs' own cases: where a rule must stay silent, and the single
    lines on which it must raise."""
    rows = []
    for rule in book:
        for case in rule.spec.cases:
            expected = case.get("expect")
            if expected and not isinstance(case.get("text"), str):
                continue
            broken = frozenset({rule.id} if expected else ())
            for event in case_events(case):
                if isinstance(event, Speech) and event.speaker != "guest" and event.text:
                    folded = fold(event.text).text
                    rows.append(Row(folded, broken, letters(folded)[0], rule.id))
    return rows


def wordings_of(folder: Path) -> list[Row]:
    """The lines of ``tests/data/wordings``: “+” breaks the rule of the file, “-” breaks none of those."""
    rows = []
    for path in sorted(folder.glob("*.txt")):
        rule, _, of_all = path.stem.partition(".")
        for line in path.read_text(encoding="utf-8").splitlines():
            sign, (_, _, said) = line[:1], line[1:].partition("|")
            if sign in "+-" and said:
                text = fold(said.removeprefix("title:")).text
                broken = frozenset({rule} if sign == "+" else ())
                rows.append(Row(text, broken, letters(text)[0], "" if of_all else rule))
    return rows


def pairs_of(text: str) -> list[str]:
    """Pairs of neighbouring characters, as the first look reads them."""
    return [text[place : place + 2] for place in range(len(text) - 1)]


def grams_of(text: str) -> list[str]:
    """Letters and pairs of them, with repetitions."""
    return [
        text[start : start + length]
        for length in range(1, LONGEST + 1)
        for start in range(len(text) - length + 1)
    ]


def train(rows: Sequence[Row]) -> tuple[dict[str, Any], list[str]]:
    """The head of the table and its lines."""
    broken = Counter(rule for row in rows for rule in row.rules)
    rules = sorted(rule for rule, times in broken.items() if times >= FEWEST)
    counted = CountVectorizer(analyzer=grams_of, min_df=2, binary=True)
    found = counted.fit_transform([row.shown for row in rows]).astype(float)
    found = diags_array([1 / math.sqrt(runs_of(len(row.shown))) for row in rows]) @ found
    names = counted.get_feature_names_out()
    weights: list[list[str]] = [[] for _ in names]
    biases = []
    for number, rule in enumerate(rules):
        wanted = np.array([rule in row.rules for row in rows])
        counts = np.array([float(row.only in ("", rule)) for row in rows])
        model = LogisticRegression(
            C=STRENGTH,
            class_weight={False: 1.0, True: COUNTS_FOR},
            solver="liblinear",
            max_iter=300,
        ).fit(found, wanted, sample_weight=counts)
        biases.append(round(float(model.intercept_[0]), 3))
        for place in np.flatnonzero(np.abs(model.coef_[0]) >= LEAST_WEIGHT):
            weights[place].append(f"{number}:{round(float(model.coef_[0][place]) * 100)}")
    rows = [row for row in rows if not row.only]
    screened = CountVectorizer(analyzer=pairs_of, min_df=2, binary=True)
    pairs = screened.fit_transform([row.text for row in rows]).astype(float)
    first = LogisticRegression(C=SCREEN_STRENGTH, solver="liblinear", max_iter=300).fit(
        pairs, np.array([bool(row.rules) for row in rows])
    )
    screen = {
        str(name): round(float(value) * 100)
        for name, value in zip(screened.get_feature_names_out(), first.coef_[0], strict=True)
        if abs(value) >= LEAST_SCREEN
    }
    head = {
        "rules": rules,
        "biases": biases,
        "screen_bias": round(float(first.intercept_[0]) - SCREEN_LOGIT, 3),
        "texts": len(rows),
    }
    by_name = {str(name): weighed for name, weighed in zip(names, weights, strict=True)}
    lines = []
    for name in sorted(by_name.keys() | screen.keys()):
        if any(character in "\t\n\r" for character in name):
            continue
        weighed = by_name.get(name, [])
        if weighed or name in screen:
            lines.append("\t".join([name, str(screen.get(name, "")), *weighed]))
    return head, lines


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=LABELLED)
    parser.add_argument("--halves", nargs="+", default=list(SEEN))
    parser.add_argument("--output", type=Path, default=TABLE)
    given = parser.parse_args()
    paths = [
        path
        for path in sorted(given.data.glob("*.jsonl"))
        if path.name == "ordinary.jsonl" or path.name.split(".")[1] in given.halves
    ]
    book = by_words_alone(load_rulebook())
    head, lines = train([*rows_of(paths, book), *wordings_of(WORDINGS), *cases_of(book)])
    with given.output.open("w", encoding="utf-8") as table:
        table.write(msgspec.json.encode(head).decode() + "\n")
        table.writelines(line + "\n" for line in lines)
    print(f"{head['texts']} texts, {len(head['rules'])} rules, {len(lines)} runs: {given.output}")


if __name__ == "__main__":
    main()
