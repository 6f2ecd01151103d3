"""A model that is small enough to reckon with by hand."""

from __future__ import annotations

import array
from collections.abc import Mapping, Sequence

from detectors.match.letters import SLOTS, STEP_BITS, letters_of, slots_of
from detectors.match.likeness import ZERO
from detectors.match.model_file import Labelled, ModelHead, Of, packed

#: What a weight of one adds to the logit of a text, in thousandths, before it is divided by the
#: root of the text's length.
UNIT = 100


def slot(run: str) -> int:
    """The slot of a letter or a pair."""
    return slots_of(run)[-1]


def small_model(
    biases: Mapping[str, int],
    weights: Mapping[str, Mapping[str, int]],
    examples: Sequence[Labelled] = (),
    lawful: Sequence[Labelled] = (),
    suspicion: int = 0,
    asserted: Mapping[str, int] | None = None,
    around: Mapping[str, tuple[int, int, int]] | None = None,
) -> bytes:
    """The file of a model.

    Args:
        biases: by rule, in thousandths.
        weights: by run of letters, what it weighs for which rule.
        suspicion: the bias of the first look: below zero, a text needs a run with a weight.
        asserted: by run of letters, how much it says that a claim is made; ``None``: as models of before.
        around: the same before a claim, in it and behind it.
    """
    rules = sorted(biases)
    index = array.array("H", bytes(2 * SLOTS))
    rows = [[ZERO] * len(rules)]
    screen = [0]
    made = [0]
    told, sides = asserted or {}, around or {}
    of_sides = [0, 0, 0]
    for number, run in enumerate(dict.fromkeys((*weights, *told, *sides)), 1):
        weighed = weights.get(run, {})
        index[slot(run)] = number
        rows.append([ZERO + weighed.get(rule, 0) for rule in rules])
        screen.append(max(weighed.values(), default=0))
        made.append(told.get(run, 0))
        of_sides.extend(sides.get(run, (0, 0, 0)))
    labels, heaviest, many = array.array("I"), array.array("H"), []
    for at, rule in enumerate(rules):
        of_rule = [number for number, one in enumerate(examples) if rule in one.rules]
        many.append(len(of_rule))
        for number in of_rule:
            found = {index[one] for one in slots_of(letters_of(examples[number].text))} - {0}
            speaking = sorted(row for row in found if rows[row][at] > ZERO)
            labels.append(number)
            heaviest.extend((speaking + [0] * 4)[:4])
    head = ModelHead(
        rules=rules,
        steps=[UNIT << STEP_BITS] * len(rules),
        biases=[biases[rule] for rule in rules],
        screen_step=UNIT << STEP_BITS,
        screen_bias=suspicion,
        asserted_step=UNIT << STEP_BITS,
        around_step=UNIT << STEP_BITS,
        kept=4,
        labels=many,
        texts=len(examples) + len(lawful),
        of=Of(),
        sections={},
    )
    sections = {
        "index": index.tobytes(),
        "rows": array.array("H", [weight for row in rows for weight in row]).tobytes(),
        "screen": array.array("b", screen).tobytes(),
        "labels": labels.tobytes(),
        "heaviest": heaviest.tobytes(),
    }
    if asserted is not None:
        sections["asserted"] = array.array("b", made).tobytes()
    if around is not None:
        sections["around"] = array.array("b", of_sides).tobytes()
    return packed(head, sections, examples, lawful)
