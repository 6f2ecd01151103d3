"""A site's changes to rules that ship with livewatch, in its own file beside them."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from detectors.alerts import SEVERITY, Level
from detectors.pack.frames import Frame, Slot
from detectors.rule import RuleSpec, Stage

__all__ = ["Override", "OverrideError"]


class OverrideError(ValueError):
    """A change that may not be made; the message says which and why."""


class Override(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One site's changes to one rule. Ids of alerts stay, so that alerts continue."""

    id: str
    """The rule."""
    reason: str
    author: str = ""
    level: Level | None = None
    """The most that it may raise; it can only be lowered."""
    stage: Stage | None = None
    thresholds: dict[str, int | float] = {}
    """New values of thresholds of ours; those that are the law's stay."""
    patterns: dict[str, list[str]] = {}
    """Words that are looked for as well, in groups of the rule."""
    slots: dict[str, list[str] | Slot] = {}
    """Further lists of words, for `frames`."""
    frames: list[Frame] = []
    """Further ways in which a rule of the kind `frames` finds its claim made."""
    cases: list[dict[str, Any]] = []
    """What must raise the rule as it is here, and what must not."""
    missing: list[str] = []
    falsepositives: list[str] = []
    english: dict[str, str] = {}
    """What it adds, in English."""

    @property
    def adds(self) -> bool:
        """True if the override adds slots, frames or cases to the entry."""
        return bool(self.slots or self.frames or self.cases)

    def added_to(self, entry: RuleSpec) -> RuleSpec:
        """The entry as it is written, with the frames, slots and cases of this site behind its own.

        Raises:
            OverrideError: the rule has no frames, or a name is taken.
        """
        if (self.slots or self.frames) and entry.kind != "frames":
            raise OverrideError("only a rule of `kind: frames` takes `slots` and `frames`")
        for taken, names in (
            (entry.slots.keys(), self.slots),
            ({frame.id for frame in entry.frames}, [frame.id for frame in self.frames]),
        ):
            for name in names:
                if name in taken:
                    raise OverrideError(
                        f"{name!r} is there already: give yours another name, or add words by `patterns`"
                    )
        return msgspec.structs.replace(
            entry,
            slots={**entry.slots, **self.slots},
            frames=[*entry.frames, *self.frames],
            cases=[*entry.cases, *self.cases],
        )

    def apply(self, spec: RuleSpec) -> RuleSpec:
        """The rule as this site has it, of the entry with what it shares.

        Raises:
            OverrideError: what it names is not there, or may not be changed.
        """
        if self.level is not None and SEVERITY[self.level] > SEVERITY[spec.level]:
            raise OverrideError(f"the level can be lowered, not raised above {spec.level}")
        thresholds = dict(spec.thresholds)
        for name, value in self.thresholds.items():
            known = thresholds.get(name)
            if known is None:
                raise OverrideError(f"no threshold {name!r}; there are {', '.join(thresholds)}")
            if known.origin == "law":
                raise OverrideError(f"threshold {name!r} is the law's ({known.note or 'see law'})")
            note = f"{known.note}；本单位改为 {value:g}（原 {known.value:g}）：{self.reason}"
            thresholds[name] = msgspec.structs.replace(known, value=value, note=note.lstrip("；"))
        patterns = dict(spec.patterns)
        for group, terms in self.patterns.items():
            if group not in patterns:
                raise OverrideError(f"no group {group!r}; there are {', '.join(patterns)}")
            patterns[group] = list(dict.fromkeys([*patterns[group], *terms]))
        return msgspec.structs.replace(
            spec,
            level=self.level or spec.level,
            stage=self.stage or spec.stage,
            thresholds=thresholds,
            patterns=patterns,
            missing=[*spec.missing, *self.missing],
            falsepositives=[*spec.falsepositives, *self.falsepositives],
            english={**spec.english, **self.english},
        )
