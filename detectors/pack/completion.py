"""The entry of a rule with what it shares with others, and with its slots written out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from detectors.document import DocumentError, line_of, located, named, read_document, steps_of
from detectors.match.frequency import frequency
from detectors.pack.case import Cases
from detectors.pack.frames import (
    CLASS,
    REPORTED,
    Exempt,
    Frame,
    FrameError,
    Slot,
    kinds_of,
    words_of,
)
from detectors.pack.mistakes import mistakes_in
from detectors.rule import RuleSpec, Threshold

__all__ = ["HERE", "PackError", "Place", "clauses_of", "completed", "keys_of", "read_pack"]

HERE = Path(__file__).parents[1]

_S = TypeVar("_S", bound=Struct)


class PackError(ValueError):
    """A pack that cannot be used; the message names file, rule and place."""


class Place(NamedTuple):
    """Where the entry of a rule stands."""

    rule: str
    path: Path | None = None
    """``None``: in no file, but in a document of an alert."""
    among: str = "rules"
    """… or `override`: what a site adds to a rule that ships."""

    def error(self, what: str, word: str = "", *under: str) -> PackError:
        """What is wrong with the entry, with the line.

        Args:
            word: what the entry says at the place that is wrong.
            under: the keys that lead from the entry to where it stands.
        """
        line = self._line(under, word)
        place = "".join(f"{part}: " for part in (self.path, line and f"line {line}") if part)
        return PackError(f"{place}{self.rule}: {what}")

    def __str__(self) -> str:
        line = self._line()
        return f"{self.path}, line {line}" if line else str(self.path)

    def _line(self, under: Sequence[str] = (), word: str = "") -> int | None:
        """``None``: the rule was read from no file, or that has gone or is another now."""
        if self.path is None:
            return None
        try:
            rules = read_document(self.path)[self.among]
            number = next(n for n, one in enumerate(rules) if one["id"] == self.rule)
            return line_of(self.path, (self.among, number, *under), word)
        except (OSError, StopIteration, LookupError, TypeError, DocumentError):
            return None


class _Shared(Struct, frozen=True, forbid_unknown_fields=True):
    """What several rules have alike, where they do not say it themselves."""

    thresholds: dict[str, Threshold] = {}
    patterns: dict[str, list[str]] = {}
    slots: dict[str, list[str] | Slot] = {}
    frames: list[Frame] = []
    told_of: str = ""
    """The rule of whose goods the sentences of its frames speak: they are cases of that rule."""
    exempt: list[Exempt] = []
    disguised: list[str] = []


class _Slots(Struct, frozen=True, forbid_unknown_fields=True):
    """A file of `packs/slots/`."""

    slots: dict[str, list[str] | Slot]


def read_pack(path: Path, kind: type[_S]) -> _S:
    try:
        document = read_document(path)
    except DocumentError as error:
        raise PackError(f"{path}: {error}") from error
    # A date that YAML reads as one is its text, as if it stood in quotation marks: a pack is the same from
    # its file and from an image.
    plain: Any = msgspec.to_builtins(document)
    shape: type[Struct] = kind
    try:
        pack = msgspec.convert(plain, kind)
        shape = Cases
        msgspec.convert(plain, Cases)
    except msgspec.ValidationError as error:
        line = line_of(path, steps_of(error, plain, shape))
        raise PackError(f"{path}: line {line}: {located(error, plain, shape)}") from error
    for mistake in mistakes_in(document):
        where = f"{path}: line {line_of(path, mistake.steps)}"
        raise PackError(f"{where}: {named(document, mistake.steps)}: {mistake.what}")
    return pack


@cache
def _shared(name: str) -> _Shared | None:
    """What ships under a name, read once: nearly every rule of words has it alike."""
    path = HERE / "packs" / "shared" / f"{name}.yaml"
    return read_pack(path, _Shared) if path.is_file() else None


def completed(spec: RuleSpec, place: Place) -> RuleSpec:
    """An entry with what it shares with others (`packs/shared/`)."""
    if spec.keys:
        raise place.error("`keys` are found out, not written", "", "keys")
    if (spec.kind == "words") != (spec.words is not None):
        raise place.error("`kind: words` and `words` go together", "", "kind")
    if (spec.kind == "frames") != bool(spec.frames):
        raise place.error("`kind: frames` and `frames` go together", "", "kind")
    told = list(spec.frames)
    for name in spec.shared if spec.frames else ():
        shared = _shared(name)
        if shared is not None:
            told += shared.frames if shared.told_of == spec.id else ()
            spec = _with_shared(spec, shared)
    if spec.frames:
        spec = _framed(spec, place, told)
    elif spec.slots:
        slots = {**_shared_slots(), **spec.slots}
        try:
            parts = _used_by(slots, spec.slots)
            words = {name: words_of(slots, name) for name in spec.slots if name not in parts}
        except FrameError as error:
            raise place.error(str(error), error.name) from error
        spec = msgspec.structs.replace(spec, patterns={**words, **spec.patterns})
    if spec.words is not None:
        # Groups that only go along with others need not be named twice.
        supporting = list(dict.fromkeys([*spec.supporting, *spec.words.supporting]))
        names = list(dict.fromkeys(["gates", *spec.shared]))
        spec = msgspec.structs.replace(spec, supporting=supporting, shared=names)
    for name in spec.shared:
        shared = _shared(name)
        if shared is None:
            there = ", ".join(
                sorted(path.stem for path in (HERE / "packs" / "shared").glob("*.yaml"))
            )
            what = f"nothing is shared under the name {name!r}; there are {there}"
            raise place.error(what, name, "shared")
        spec = msgspec.structs.replace(
            spec,
            thresholds={**shared.thresholds, **spec.thresholds},
            patterns={**shared.patterns, **spec.patterns},
        )
    # The patterns have the words of its slots.
    return msgspec.structs.replace(spec, slots={}, keys=keys_of(spec))


def clauses_of(spec: RuleSpec) -> list[str]:
    """The clauses of a complete entry's exemptions by words, without those of what it shares."""
    shared = [one for name in spec.shared if (file := _shared(name)) for one in file.exempt]
    own = [one.clause for one in spec.exempt if one not in shared]
    return own + [one.clause for one in spec.words.exempt] if spec.words is not None else own


def keys_of(spec: RuleSpec) -> list[str]:
    """By frame of an entry with all words, the one of its slots that stands in the fewest texts."""

    @cache
    def share(slot: str) -> float:
        return frequency(spec.words_of(slot))

    return [min(sorted(set(frame.slots)), key=share, default="") for frame in spec.frames]


def _with_shared(spec: RuleSpec, shared: _Shared) -> RuleSpec:
    """An entry of frames with the slots, frames and exemptions that it shares; its own slots of the same
    name stand."""
    frames = [
        msgspec.structs.replace(
            frame,
            about=spec.shared_about or frame.about,
            elsewhere=bool(spec.shared_about),
        )
        for frame in shared.frames
    ]
    return msgspec.structs.replace(
        spec,
        slots={**shared.slots, **spec.slots},
        frames=[*spec.frames, *frames],
        exempt=[*spec.exempt, *shared.exempt],
        disguised=[*spec.disguised, *shared.disguised],
    )


@cache
def _shared_slots() -> Mapping[str, list[str] | Slot]:
    """The slots that all packs share, read once (`packs/slots/`)."""
    slots: dict[str, list[str] | Slot] = {}
    for path in sorted((HERE / "packs" / "slots").glob("*.yaml")):
        for name, slot in read_pack(path, _Slots).slots.items():
            if name in slots:
                raise PackError(f"{path}: slot {name!r} is defined twice")
            slots[name] = slot
    return slots


def _framed(spec: RuleSpec, place: Place, told: Sequence[Frame]) -> RuleSpec:
    """An entry of frames with the words of its slots as patterns, and the cases of its frames.

    Args:
        told: the frames of which the sentences are cases of the rule.
    """
    slots = {**_shared_slots(), **spec.slots}
    asked = [name for frame in spec.frames for name in frame.every_slot]
    asked += [REPORTED, *(name for exempt in spec.exempt for name in exempt.slots)]
    goods = [*(spec.about.goods if spec.about is not None else ())]
    asked += [name for one in goods for name in one.words]
    asked += [name for basis in spec.law for name in basis.but]
    if any(one.seeming for one in (*goods, *(one for frame in spec.frames for one in frame.about))):
        asked.append(CLASS)
    # A name that is no slot stands for those of which it is the beginning.
    names = dict.fromkeys(kind for name in asked for kind in kinds_of(slots, name) or [name])
    # Of a slot with kinds, `none` has words that would be taken for others: 面前 is no 面.
    firsts = {name.partition(".")[0] for name in names}
    for name in spec.slots:
        first, *kinds = name.split(".")
        if first in firsts and "none" in kinds:
            names[name] = name
    ids = [frame.id for frame in spec.frames]
    twice = next((one for number, one in enumerate(ids) if one in ids[:number]), None)
    if twice is not None:
        raise place.error(f"two frames have the same id {twice!r}", twice, "frames")
    kept = [
        words
        for frame in spec.frames
        for beside in (frame.not_before, frame.not_next, frame.before, frame.next)
        for words in beside.values()
        if isinstance(words, str)
    ]
    unused = spec.slots.keys() - names.keys() - _used_by(slots, [*names, *kept]) - set(kept)
    left_over = f"no frame uses the slots {', '.join(sorted(unused))}" if unused else ""
    try:
        patterns = {name: words_of(slots, name) for name in names}
        frames = [
            msgspec.structs.replace(
                frame,
                not_before=_spelt_out(slots, frame.not_before),
                not_next=_spelt_out(slots, frame.not_next),
                before=_spelt_out(slots, frame.before),
                next=_spelt_out(slots, frame.next),
            )
            for frame in spec.frames
        ]
    except FrameError as error:
        # Of a name that is misspelt, the slot that it means is the one that nothing uses.
        what = f"{error}; {left_over}" if unused else str(error)
        raise place.error(what, error.name) from error
    if unused:
        raise place.error(left_over, min(unused), "slots")
    classes = [
        name for goods in (spec.about.goods if spec.about else ()) for name in goods.category
    ]
    category = _shown(classes)
    cases: list[dict[str, Any]] = []
    for frame in told:
        own = [name for goods in frame.about for name in goods.category]
        about = _shown(own) if own else category
        attributes = (frame.card and frame.card.example) or None
        for text in (*frame.fires, *frame.quiet):
            expected: list[dict[str, Any]] = [{}] if text in frame.fires else []
            cases.append(
                {
                    "name": f"{frame.id}：{text}",
                    "text": text,
                    "category": about,
                    "attributes": attributes,
                    "expect": expected,
                }
            )
    return msgspec.structs.replace(
        spec,
        frames=frames,
        patterns={**patterns, **spec.patterns},
        shared=list(dict.fromkeys(["gates", *spec.shared])),
        cases=[*spec.cases, *cases],
    )


def _shown(classes: Sequence[str]) -> str | None:
    """The class on the card of a case, the first of some; ``None``: the card shows none."""
    return classes[0] if classes and classes[0] != "unknown" else None


def _spelt_out(
    slots: Mapping[str, list[str] | Slot], words: Mapping[str, list[str] | str]
) -> dict[str, list[str] | str]:
    """The words that must not stand beside each slot, those of a slot that is named written out."""
    return {
        name: words_of(slots, beside) if isinstance(beside, str) else beside
        for name, beside in words.items()
    }


def _used_by(slots: Mapping[str, list[str] | Slot], names: Iterable[str]) -> set[str]:
    """The slots whose words some slots have, too."""
    found: set[str] = set()
    left = list(names)
    while left:
        slot = slots.get(left.pop())
        if isinstance(slot, Slot):
            left += [name for name in slot.use if name not in found]
            found.update(slot.use)
    return found
