"""A model taught by an office's decisions: the one that ships, corrected where the office sees it otherwise.

The weights of the model that ships are the beginning. Passes over its texts and the decisions
together move them where a text is decided wrongly; what is decided rightly and surely moves nothing.
So the office's turns of speech are learned, and what the labelled texts taught is not forgotten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from detectors.lab.train.fit import Fitted, columns_of, fit, texts_of
from detectors.lab.train.written import MOST_ROWS, written
from detectors.match.fold import fold
from detectors.match.letters import STEP_BITS, letters_of, slots_of
from detectors.match.likeness import ZERO, LikenessModel
from detectors.match.model_file import Labelled, Of

__all__ = ["taught"]

#: A decision counts for so many labelled texts: it is about this very office's alarms.
COUNTS_FOR = 3.0
#: What breaks one rule is somewhat like what breaks others, and meant to be: it counts for so much against those.
OTHERS_COUNT_FOR = 0.2
#: Letters and pairs that fewer decisions have say nothing.
FEWEST = 2


def taught(
    base: LikenessModel,
    decisions: Sequence[Labelled],
    of: Of,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> bytes:
    """The file of a model.

    Args:
        base: the model that ships.
        decisions: what the office decided, each of one rule (`Labelled.only`); those about rules that
            the base does not know teach nothing.
        of: which model it is.
        tell: hears of each pass.
    """
    rules = list(base.rules)
    numbers = {rule: number for number, rule in enumerate(rules)}
    texts = base.file.labelled() + [one for one in decisions if one.only in numbers]
    slots, start = _weights(base)
    slots, start = _with_room(slots, start, _new_slots(slots, decisions))
    broken = np.zeros((len(texts), len(rules)), np.bool_)
    counts = np.ones((len(texts), len(rules)), np.float32)
    for number, one in enumerate(texts):
        for rule in one.rules:
            if rule in numbers:
                broken[number, numbers[rule]] = True
        if one.rules:
            counts[number] = np.where(broken[number], 1.0, OTHERS_COUNT_FOR)
        if one.only:
            counts[number] = 0
            if one.only in numbers:
                counts[number, numbers[one.only]] = COUNTS_FOR if one.kind == "office" else 1
    matrix = texts_of([letters_of(fold(one.text).text) for one in texts]).matrix(columns_of(slots))
    fitted = fit(matrix, broken, counts, len(slots), start=start, tell=tell)
    return written(rules, slots, fitted, texts, of, base=base)


def _weights(model: LikenessModel) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Fitted]:
    """The slots of a model in the order of its rows, and its weights."""
    head = model.file.head
    index = np.array(model.file.index, np.int64)
    used = np.flatnonzero(index)
    slots = used[np.argsort(index[used])]
    rows = np.frombuffer(model.file.rows, "<u2").reshape(-1, len(head.rules))[1:]
    units = np.array(head.steps) / (1000 * (1 << STEP_BITS))
    weights = (rows.astype(np.float32) - ZERO) * units.astype(np.float32)
    return slots, Fitted(weights, np.array(head.biases, np.float32) / np.float32(1000))


def _new_slots(
    slots: np.ndarray[tuple[int], np.dtype[np.int64]], decisions: Sequence[Labelled]
) -> list[int]:
    """Letters and pairs of the decisions that have no row, the most frequent first."""
    known = set(slots.tolist())
    met = Counter(
        slot for one in decisions for slot in set(slots_of(letters_of(fold(one.text).text)))
    )
    new = [(-times, slot) for slot, times in met.items() if times >= FEWEST and slot not in known]
    return [slot for _, slot in sorted(new)]


def _with_room(
    slots: np.ndarray[tuple[int], np.dtype[np.int64]], fitted: Fitted, new: list[int]
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Fitted]:
    """The weights with rows for new slots; where there are too many, the lightest old rows are dropped."""
    new = new[: MOST_ROWS // 8]
    left = np.argsort(-np.abs(fitted.weights).max(axis=1), kind="stable")[: MOST_ROWS - len(new)]
    empty = np.zeros((len(new), fitted.weights.shape[1]), np.float32)
    weights = np.concatenate((fitted.weights[left], empty))
    return np.concatenate((slots[left], np.array(new, np.int64))), Fitted(weights, fitted.biases)
