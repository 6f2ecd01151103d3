"""Fitting linear models for all rules at once: logistic regression by adaptive gradient steps.

Stochastic gradient descent with a rate of its own for each weight (Duchi, Hazan and Singer 2011),
over batches in an order that depends on nothing but the texts' number. One rule against all others;
a text of which only one rule is known teaches nothing about the rest.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.match.letters import ROOT_BITS, SLOTS, root_of, slots_of

__all__ = ["Columns", "Fitted", "Matrix", "Texts", "columns_of", "fit", "texts_of"]

Floats = npt.NDArray[np.float32]
Whole = npt.NDArray[np.int64]
#: Passes over the texts, and the first rate; the last is `LAST` of it.
PASSES, RATE, LAST = 6, 0.5, 0.3
BATCH = 256
#: What a violation counts for against another text: those are many.
COUNTS_FOR = 2.0
#: Errors that are too small to learn from.
LEAST_ERROR = 0.02
#: Before anything is learned, a text is likely lawful.
FIRST_BIAS = -1.0
#: Slots that fewer texts have say nothing.
FEWEST_TEXTS = 2


class Columns(NamedTuple):
    """Which slots have weights."""

    slots: Whole
    of_slot: Whole
    """The column of each slot; −1: none."""


class Matrix(NamedTuple):
    """Texts as the columns that each has."""

    columns: npt.NDArray[np.int32]
    begins: Whole
    scales: Floats

    def __len__(self) -> int:
        return len(self.scales)

    def rows(self, chosen: Whole) -> Matrix:
        """Some of the texts."""
        begins, places = _places(self.begins, chosen)
        return Matrix(self.columns[places], begins, self.scales[chosen])


class Fitted(NamedTuple):
    """Weights by column and rule, and the rules' biases."""

    weights: Floats
    biases: Floats

    def logits(self, matrix: Matrix) -> Floats:
        """By text and rule."""
        out = np.zeros((len(matrix), len(self.biases)), np.float32)
        for first in range(0, len(matrix), 1024):
            begins = matrix.begins[first : first + 1025]
            columns = matrix.columns[begins[0] : begins[-1]]
            full = np.diff(begins) > 0
            if full.any():
                sums = np.add.reduceat(self.weights[columns], (begins[:-1] - begins[0])[full])
                out[first : first + 1024][full] = sums
        return np.asarray(out * matrix.scales[:, None] + self.biases, np.float32)


class Texts(NamedTuple):
    """Texts as the slots that each has, once each."""

    slots: Whole
    begins: Whole
    scales: Floats

    def some(self, chosen: Whole) -> Texts:
        """Some of the texts."""
        begins, places = _places(self.begins, chosen)
        return Texts(self.slots[places], begins, self.scales[chosen])

    def columns(self, fewest: int = FEWEST_TEXTS) -> Columns:
        """The slots that enough texts have."""
        return columns_of(np.flatnonzero(np.bincount(self.slots, minlength=SLOTS) >= fewest))

    def matrix(self, columns: Columns) -> Matrix:
        """The texts as columns."""
        found = columns.of_slot[self.slots]
        known = found >= 0
        before = np.concatenate(([0], np.cumsum(known)))
        return Matrix(found[known].astype(np.int32), before[self.begins], self.scales)


def texts_of(texts: Sequence[str]) -> Texts:
    """Texts, given as their letters, as slots."""
    rows = [sorted(set(slots_of(text))) for text in texts]
    begins = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
    slots = np.fromiter(itertools.chain.from_iterable(rows), np.int64, int(begins[-1]))
    scales = np.array([root_of(len(text)) / (1 << ROOT_BITS) for text in texts], np.float32)
    return Texts(slots, begins, scales)


def columns_of(slots: Whole) -> Columns:
    of_slot = np.full(SLOTS, -1, np.int64)
    of_slot[slots] = np.arange(len(slots))
    return Columns(slots, of_slot)


def _places(begins: Whole, chosen: Whole) -> tuple[Whole, Whole]:
    """Where some rows begin once they stand one after the other, and where their cells are now."""
    lengths = np.diff(begins)[chosen]
    ends = np.cumsum(lengths)
    places = np.repeat(begins[chosen] - (ends - lengths), lengths) + np.arange(lengths.sum())
    return np.concatenate(([0], ends)), places


def fit(
    matrix: Matrix,
    broken: npt.NDArray[np.bool_],
    counts: Floats,
    width: int,
    *,
    start: Fitted | None = None,
    passes: int = PASSES,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> Fitted:
    """Weights that tell the rules that texts break.

    Args:
        broken: by text and rule.
        counts: by text and rule, what the text teaches about it: 0 where it is not known.
        width: number of columns.
        start: weights to begin with.
        tell: hears of each pass.
    """
    rules = broken.shape[1]
    if start is None:
        weights = np.zeros((width, rules), np.float32)
        biases = np.full(rules, FIRST_BIAS, np.float32)
    else:
        weights, biases = start.weights.copy(), start.biases.copy()
    steps = np.full((width, rules), 0.01, np.float32)
    bias_steps = np.ones(rules, np.float32)
    flat, flat_steps = weights.reshape(-1), steps.reshape(-1)
    order = np.random.default_rng(0)
    for number in range(passes):
        rate = RATE * (1 - (1 - LAST) * number / passes)
        shuffled = order.permutation(len(matrix))
        for first in range(0, len(matrix), BATCH):
            chosen = shuffled[first : first + BATCH]
            chosen = chosen[np.diff(matrix.begins)[chosen] > 0]
            if not len(chosen):
                continue
            part = matrix.rows(chosen)
            said = np.add.reduceat(weights[part.columns], part.begins[:-1])
            logits = said * part.scales[:, None] + biases
            truth = broken[chosen]
            errors = (1 / (1 + np.exp(-logits)) - truth) * np.where(truth, COUNTS_FOR, 1.0)
            errors *= counts[chosen]
            of_bias = errors.sum(axis=0)
            bias_steps += of_bias * of_bias
            biases -= (0.3 * rate * of_bias / np.sqrt(bias_steps)).astype(np.float32)
            texts, of_rules = np.nonzero(np.abs(errors) > LEAST_ERROR)
            if not len(texts):
                continue
            begins, places = _places(part.begins, texts)
            lengths = np.diff(begins)
            cells = part.columns[places].astype(np.int64) * rules + np.repeat(of_rules, lengths)
            steep = np.repeat(errors[texts, of_rules] * part.scales[texts], lengths)
            unique, of_cell = np.unique(cells, return_inverse=True)
            slopes = np.bincount(of_cell, weights=steep, minlength=len(unique))
            flat_steps[unique] += (slopes * slopes).astype(np.float32)
            flat[unique] -= (rate * slopes / np.sqrt(flat_steps[unique])).astype(np.float32)
        tell(number + 1, passes)
    return Fitted(weights, biases)
