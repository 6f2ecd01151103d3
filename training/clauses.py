"""Makes ``detectors/speech/clauses.bin``: ``python -m training.clauses``.

Where a clause and where a sentence ends, learned from hosts' lines: the lines of the labelled texts,
lawful and unlawful ones, follow one another without marks. Each place between two of their letters
is one where a clause ends (a mark stood there, or the line ended) or none, and one where a sentence
ends (the line ended) or none. For either a logistic regression on the single letters, pairs and
threes of the nine letters around a place, each at its distance from the place. Weights near nothing
are left out. A line that is long and has no marks does not say where its clauses end, and is not read.

Needs scikit-learn (``requirements/training.txt``).
"""

from __future__ import annotations

import argparse
import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import msgspec
import numpy as np
from scipy.sparse import csr_array
from sklearn.linear_model import SGDClassifier

from detectors.lab.delivery import SPOKEN as ROLES
from detectors.lab.evaluation import read_texts
from detectors.match.fold import fold
from detectors.speech.clauses import (
    BEFORE,
    REACH,
    SCALE,
    TABLE,
    WIDTH,
    ClauseTable,
    is_joint,
    packed,
    shape,
)
from training.sets import ORDINARY, SEEN, SPOKEN

LABELLED = Path(__file__).parent.parent / "tests/data/labelled"
_MARKS = re.compile("[,!?;:。、…\\n ]+")
#: Letters in a row without a mark among which clauses end unseen, as recognisers deliver them.
UNMARKED = 26
#: Grams that are rarer say nothing.
FEWEST = 8
#: Smaller weights are left out, in parts of `SCALE`.
LEAST_WEIGHT = 20
#: Greater ones say nothing more.
MOST_WEIGHT = 1_000
#: Regularisation, how often all places are read, and the step.
ALPHA, EPOCHS, STEP = 1e-6, 6, 0.1
#: Letters of a sentence of which it is told how likely it is so long; lengths as near as this count
#: alike; the share of what was never met.
LONGEST, NEAR, NEVER = 80, 2, 1e-5

#: What may end at a place.
NOTHING, CLAUSE, SENTENCE = range(3)


def lines_of(folder: Path, halves: Sequence[str]) -> list[str]:
    """What is spoken in labelled files, each once, in an order that means nothing."""
    texts: dict[str, None] = {}
    for path in sorted(folder.glob("*.jsonl")):
        if path.name == f"{ORDINARY}.jsonl" or path.name.split(".")[1] in halves:
            for row in read_texts(path.read_bytes()):
                text = fold(row.text).text
                if row.role in ROLES and max(map(len, _MARKS.split(text))) < UNMARKED:
                    texts[text] = None
    return sorted(texts, key=lambda text: crc32(text.encode()))


def marked(lines: Sequence[str]) -> tuple[str, list[int]]:
    """Lines without their marks, and what ended before each of the letters."""
    letters: list[str] = []
    ends: list[int] = []
    for line in lines:
        ended = SENTENCE
        for place, letter in enumerate(line):
            if letter.isalnum() or is_joint(line, place):
                letters.append(letter)
                ends.append(ended)
                ended = NOTHING
            elif letter not in "、·-/%+*~“”\"'":
                ended = max(ended, CLAUSE)
    return "".join(letters), ends


def grams(letters: np.ndarray, size: int) -> np.ndarray:
    """By place, a number for the gram that begins there; letters are numbers below 2**16."""
    codes = np.zeros(len(letters), np.int64)
    for step in range(size):
        codes = codes << 16 | np.roll(letters, -step)
    return codes


def lengths(lines: Sequence[str]) -> list[int]:
    """By its letters, how likely a sentence is so long."""
    counts = Counter(min(sum(map(str.isalnum, line)), LONGEST) for line in lines)
    found = [0]
    for length in range(1, LONGEST + 1):
        near = sum(counts[other] for other in range(length - NEAR, length + NEAR + 1))
        share = near / (2 * NEAR + 1) / len(lines) + NEVER
        found.append(round(SCALE * math.log(share)))
    return found


def train(lines: Sequence[str]) -> ClauseTable:
    """The models of some lines."""
    text, ends = marked(lines)
    sites = np.array(
        [place for place in range(WIDTH, len(text) - WIDTH) if not is_joint(text, place)]
    )
    ended = np.array(ends)[sites]
    letters = np.array([min(ord(letter), 0xFFFF) for letter in shape(text)], np.int64)
    columns: list[np.ndarray] = []
    #: Grams, and where they begin, from the place on.
    names: list[tuple[str, int]] = []
    for size, (first, last) in REACH.items():
        codes = grams(letters, size)
        for begin in range(first, last + 1):
            known, numbers, counts = np.unique(
                codes[sites + begin], return_inverse=True, return_counts=True
            )
            kept = counts >= FEWEST
            places = np.where(kept, np.cumsum(kept) - 1 + len(names), -1)
            columns.append(places[numbers])
            names += [(letters_of(int(code), size), begin) for code in known[kept]]
    table = np.stack(columns, axis=1)
    seen = table >= 0
    found = csr_array(
        (
            np.ones(int(seen.sum())),
            table[seen].astype(np.int32),
            np.concatenate([[0], np.cumsum(seen.sum(axis=1))]).astype(np.int32),
        ),
        shape=(len(sites), len(names)),
    )
    weights: dict[str, list[list[int]]] = {}
    biases = []
    for side, wanted in enumerate((ended >= CLAUSE, ended == SENTENCE)):
        model = SGDClassifier(
            loss="log_loss", alpha=ALPHA, max_iter=EPOCHS, tol=None, average=True, random_state=1,
            learning_rate="constant", eta0=STEP,
        ).fit(found, wanted)  # fmt: skip
        biases.append(round(float(model.intercept_[0]) * SCALE))
        for (gram, begin), one in zip(names, model.coef_[0], strict=True):
            weight = round(max(-MOST_WEIGHT, min(MOST_WEIGHT, float(one) * SCALE)))
            if abs(weight) >= LEAST_WEIGHT:
                # The place lies so many letters behind the first of the gram.
                row = weights.setdefault(gram, [[0, 0] for _ in range(WIDTH)])
                row[BEFORE - begin][side] = weight
    listed = sorted(weights)
    rows = b"".join(packed([(one, two) for one, two in weights[gram]]) for gram in listed)
    return ClauseTable(biases[0], biases[1], "\n".join(listed), rows, lengths(lines))


def letters_of(code: int, size: int) -> str:
    """The gram of a number."""
    return "".join(chr(code >> 16 * (size - 1 - step) & 0xFFFF) for step in range(size))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=LABELLED)
    parser.add_argument("--halves", nargs="+", default=[*SEEN, *SPOKEN])
    parser.add_argument("--output", type=Path, default=TABLE)
    given = parser.parse_args()
    table = train(lines_of(given.data, given.halves))
    given.output.write_bytes(msgspec.msgpack.encode(table))
    print(f"{table.grams.count(chr(10)) + 1} grams: {given.output}")


if __name__ == "__main__":
    main()
