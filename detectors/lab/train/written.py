"""From weights to the bytes of a model."""

from __future__ import annotations

import array
import sys
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.lab.train.fit import Fitted, Matrix, columns_of, fit, texts_of
from detectors.match.fold import fold
from detectors.match.letters import (
    AFTER,
    BEFORE,
    ROOT_BITS,
    SLOTS,
    STEP_BITS,
    letters_of,
    root_of,
    slots_of,
)
from detectors.match.likeness import ZERO, LikenessModel
from detectors.match.model_file import SIDES, Labelled, ModelHead, Of, packed

__all__ = ["MOST_ROWS", "Claimed", "written"]

Whole = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
#: Rows of a model beside row 0: their numbers take two bytes.
MOST_ROWS = 65_535
#: Rows of an example that are kept to find it by.
EXAMPLE_ROWS = 16
#: The first look lets a text pass that it takes for a violation so surely at least, as a logit;
#: violations count twice in it (`fit.COUNTS_FOR`).
SCREEN_LOGIT = -1.75
#: A claim that was found in a talk, with what stands around it, counts for so many labelled lines.
STRETCH_COUNTS_FOR = 2.0
#: Passes over the texts, and where the weights of another model are the beginning.
ASSERTED_PASSES, ASSERTED_PASSES_ON = 8, 2
#: Of texts that another model learned from, each so many-th is read again.
KEPT = 8
#: Passes over claims in talk: those are few.
AROUND_PASSES = 40


class Claimed(NamedTuple):
    """A claim in talk, as the letters before it, of it and behind it."""

    before: str
    said: str
    behind: str
    made: bool
    """Is it made, and not denied, refused, or told of others?"""
    counts_for: float = 1.0


def written(
    rules: Sequence[str], slots: Whole, fitted: Fitted, texts: Sequence[Labelled], of: Of,
    claims: Sequence[Claimed] = (), base: LikenessModel | None = None,
) -> bytes:  # fmt: skip
    """The file of a model.

    Args:
        rules: their ids, in the order of the weights' columns.
        slots: of the weights' rows; of more than `MOST_ROWS` those that weigh most are kept.
        fitted: weights by slot and rule, and biases.
        texts: what the weights were made from.
        of: which model it is.
        claims: those in talk, of which it learns what stands around a claim that is made.
        base: the model that it was made from, whose weights of what is asserted are the beginning, and
            whose weights of what stands around a claim it takes over.
    """
    heaviest = np.argsort(-np.abs(fitted.weights).max(axis=1), kind="stable")[:MOST_ROWS]
    heaviest = heaviest[np.argsort(slots[heaviest])]
    slots, exact = slots[heaviest], fitted.weights[heaviest]
    units = np.maximum(np.abs(exact).max(axis=0), 1e-6) / (ZERO - 1)
    weights = np.rint(exact / units).astype(np.int64)
    screen, screen_unit, screen_bias = _screen(slots, texts)
    asserted, asserted_unit, asserted_bias = _asserted(slots, texts, base)
    around = _around(slots, claims) if base is None else _around_in(base, slots)
    rows = np.full((len(slots) + 1, len(rules)), ZERO, np.uint16)
    rows[1:] = weights + ZERO
    index = np.zeros(SLOTS, np.uint16)
    index[slots] = np.arange(1, len(slots) + 1)
    broken = [one for one in texts if one.rules]
    labels, kept, many = _examples(rules, broken, slots, weights)
    head = ModelHead(
        rules=list(rules),
        steps=[round(1000 * float(unit) * (1 << STEP_BITS)) for unit in units],
        biases=[round(1000 * float(bias)) for bias in fitted.biases],
        screen_step=round(1000 * screen_unit * (1 << STEP_BITS)),
        screen_bias=round(1000 * screen_bias),
        asserted_step=round(1000 * asserted_unit * (1 << STEP_BITS)),
        asserted_bias=round(1000 * asserted_bias),
        kept=EXAMPLE_ROWS,
        labels=many,
        texts=len(texts),
        of=of,
        sections={},
    )
    sections = {
        "index": index.astype("<u2").tobytes(),
        "rows": rows.astype("<u2").tobytes(),
        "screen": np.concatenate(([0], screen)).astype(np.int8).tobytes(),
        "asserted": np.concatenate(([0], asserted)).astype(np.int8).tobytes(),
    }
    if around is not None:
        head.around_step, head.around_bias = around.step, around.bias
        sections["around"] = np.concatenate(([0] * SIDES, around.weights)).astype(np.int8).tobytes()
    sections |= {"labels": labels, "heaviest": kept}
    return packed(head, sections, broken, [one for one in texts if not one.rules])


def _screen(slots: Whole, texts: Sequence[Labelled]) -> tuple[npt.NDArray[np.int8], float, float]:
    """One weight a row that says whether a text is like any violation, its unit, and the bias."""
    known = [one for one in texts if not one.only or one.rules]
    matrix = texts_of([_letters(one) for one in known]).matrix(columns_of(slots))
    broken = np.array([[bool(one.rules)] for one in known])
    suspicion = fit(matrix, broken, np.ones((len(known), 1), np.float32), len(slots))
    weights, unit = _in_bytes(suspicion)
    return weights, unit, float(suspicion.biases[0]) - SCREEN_LOGIT


def _asserted(
    slots: Whole, texts: Sequence[Labelled], base: LikenessModel | None
) -> tuple[npt.NDArray[np.int8], float, float]:
    """One weight a row that says whether a claim is made, its unit, and the bias.

    Learned from the violations against the lawful texts on the same matter. Each is read alone and amid
    ordinary talk, so that what is said of something else speaks for neither.
    """
    about = [one for one in texts if one.about or one.only]
    start = None if base is None else _asserted_in(base, slots)
    if start is not None:
        # The others were learned from already: some of them keep it from being forgotten.
        about = [one for at, one in enumerate(about) if one.kind == "office" or at % KEPT == 0]
    talk = [_letters(one) for one in texts if one.kind == "ordinary"]
    chance = np.random.default_rng(0)
    told: list[str] = []
    made: list[bool] = []
    counts: list[float] = []
    for one in about:
        alone = _letters(one)
        told.append(alone)
        counts.append(STRETCH_COUNTS_FOR if one.kind == "stretch" else 1.0)
        if talk and one.kind != "stretch":
            first, second, third, last = (talk[at] for at in chance.integers(len(talk), size=4))
            before = int(chance.integers(BEFORE + 1))
            after = int(chance.integers(AFTER + 1))
            # The last 0 letters of a text would be all of them.
            ahead = (first + second)[-before:] if before else ""
            told.append(f"{ahead}{alone}{(third + last)[:after]}")
            counts.append(1.0)
        made += [bool(one.rules)] * (len(told) - len(made))
    if not told:
        return np.zeros(len(slots), np.int8), 1e-6, 0.0
    matrix = texts_of(told).matrix(columns_of(slots))
    fitted = fit(
        matrix,
        np.array(made)[:, None],
        np.array(counts, np.float32)[:, None],
        len(slots),
        start=start,
        passes=ASSERTED_PASSES if start is None else ASSERTED_PASSES_ON,
    )
    weights, unit = _in_bytes(fitted)
    return weights, unit, float(fitted.biases[0])


def _asserted_in(model: LikenessModel, slots: Whole) -> Fitted | None:
    """What a model says of some slots, whether a claim is made; ``None``: it tells nothing of that."""
    weights, head = model.file.asserted, model.file.head
    if weights is None:
        return None
    unit = head.asserted_step / (1000 * (1 << STEP_BITS))
    found = np.array(weights, np.float32)[np.array(model.file.index, np.int64)[slots]] * unit
    return Fitted(
        found.astype(np.float32)[:, None], np.array([head.asserted_bias / 1000], np.float32)
    )


class _Around(NamedTuple):
    """The section `around` and what the head says of it."""

    weights: npt.NDArray[np.int8]
    step: int
    bias: int


def _around(slots: Whole, claims: Sequence[Claimed]) -> _Around | None:
    """Learned from claims in talk alone: the letters of each side have weights of their own; ``None``:
    there are no claims."""
    if not claims:
        return None
    columns = columns_of(slots)
    letters = [(one.before, one.said, one.behind) for one in claims]
    sides = [texts_of(of_side).matrix(columns) for of_side in zip(*letters, strict=True)]
    cells = [
        SIDES * matrix.columns[matrix.begins[at] : matrix.begins[at + 1]] + side
        for at in range(len(claims))
        for side, matrix in enumerate(sides)
    ]
    lengths = [sum(map(len, cells[at : at + SIDES])) for at in range(0, len(cells), SIDES)]
    scales = [root_of(sum(map(len, of_claim))) / (1 << ROOT_BITS) for of_claim in letters]
    fitted = fit(
        Matrix(
            np.concatenate(cells).astype(np.int32),
            np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
            np.array(scales, np.float32),
        ),
        np.array([[one.made] for one in claims]),
        np.array([[one.counts_for] for one in claims], np.float32),
        SIDES * len(slots),
        passes=AROUND_PASSES,
    )
    weights, unit = _in_bytes(fitted)
    step, bias = 1000 * unit * (1 << STEP_BITS), 1000 * float(fitted.biases[0])
    return _Around(weights, round(step), round(bias))


def _around_in(model: LikenessModel, slots: Whole) -> _Around | None:
    """What a model knows of that, for other slots: an office decides about claims, not about talk."""
    weights, head = model.file.around, model.file.head
    if weights is None:
        return None
    rows = np.array(model.file.index, np.int64)[slots]
    found = np.array(weights, np.int8).reshape(-1, SIDES)[rows]
    return _Around(found.reshape(-1), head.around_step, head.around_bias)


def _letters(one: Labelled) -> str:
    return letters_of(fold(one.text).text)


def _in_bytes(fitted: Fitted) -> tuple[npt.NDArray[np.int8], float]:
    """One weight a row as signed bytes, and their unit."""
    unit = max(float(np.abs(fitted.weights).max()), 1e-6) / (ZERO - 1)
    return np.rint(fitted.weights[:, 0] / unit).astype(np.int8), unit


def _examples(
    rules: Sequence[str], broken: Sequence[Labelled], slots: Whole, weights: Whole
) -> tuple[bytes, bytes, list[int]]:
    """The violations of each rule, the rows that speak most for it in each, and how many there are."""
    row_of = {int(slot): row for row, slot in enumerate(slots)}
    labels, heaviest, many = array.array("I"), array.array("H"), []
    rows_of = []
    for one in broken:
        found = {row_of.get(slot, -1) for slot in slots_of(_letters(one))}
        rows_of.append(np.array(sorted(found - {-1}), np.int64))
    for rule, name in enumerate(rules):
        of_rule = [place for place, one in enumerate(broken) if name in one.rules]
        for place in of_rule:
            speak = weights[rows_of[place], rule]
            order = np.argsort(-speak, kind="stable")[:EXAMPLE_ROWS]
            best = [int(rows_of[place][at]) + 1 for at in order if speak[at] > 0]
            labels.append(place)
            heaviest.extend(best + [0] * (EXAMPLE_ROWS - len(best)))
        many.append(len(of_rule))
    if sys.byteorder != "little":
        labels.byteswap()
        heaviest.byteswap()
    return labels.tobytes(), heaviest.tobytes(), many
