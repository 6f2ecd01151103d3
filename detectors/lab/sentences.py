"""The Chinese sentences that an entry may say in an alert, as far as they stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from detectors.pack.english import article
from detectors.pack.frames import Frame
from detectors.pack.law import LawTable
from detectors.pack.override import Override
from detectors.rule import RuleSpec

__all__ = ["sentences_added", "sentences_of"]

_FIGURES = re.compile(r"\{(?!says\})\w+\}")


def sentences_of(spec: RuleSpec, law: LawTable) -> Iterator[str]:
    """What a reader of English would miss: labels, reasons, exemptions, law, what to obtain.

    Sentences that code puts together with figures are not among them.
    """
    says = [frame.says for frame in spec.frames]
    yield from (spec.words.says,) if spec.words is not None else ()
    yield from _of_frames(spec, spec.frames)
    for exempt in spec.exempt:
        yield from (exempt.clause, exempt.unmet, f"{exempt.met}：“…”")
    for wanted in spec.words.exempt if spec.words is not None else ():
        yield from (wanted.clause, *([f"{wanted.why}：同句说了“…”"] if wanted.why else []))
    yield from (one.clause for one in spec.exemptions)
    yield from spec.missing
    yield from (one.note for one in spec.thresholds.values() if one.note)
    for grounds in spec.levels.values():
        for one in [grounds] if isinstance(grounds, str) else [ground.says for ground in grounds]:
            filled = _FIGURES.sub("2", one)
            yield from (filled.replace("{says}", claim) for claim in says[:1] or [""])
    for basis in spec.law:
        yield basis.when
        yield law.statutes[basis.ref.partition("/")[0]].title
        for version in law.versions(basis.ref):
            yield version.penalty
            if not article(version.article):
                yield version.article


def sentences_added(spec: RuleSpec, changes: Iterable[Override]) -> Iterator[str]:
    """What a reader of English would miss of what a site adds to a rule that ships."""
    for change in changes:
        yield from _of_frames(spec, change.frames)
        yield from change.missing


def _of_frames(spec: RuleSpec, frames: Sequence[Frame]) -> Iterator[str]:
    yield from (frame.says for frame in frames)
    yield from (frame.concept for frame in frames if frame.concept not in spec.patterns)
    yield from (fact for frame in frames for fact in frame.missing)
