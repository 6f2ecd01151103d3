"""Loading of rule packs: the rules' data, joined with their code and checked.

A rule without a case that raises it and one that must not does not load.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
import yaml
from msgspec import Struct

from detectors import rules as families
from detectors.law import LawTable, builtin_law
from detectors.rule import VIEWER, Rule, RuleSpec, Threshold, registered
from detectors.text.lexicon import Lexicon, Pattern, lexicon_of

__all__ = ["PackError", "Rulebook", "load_rulebook"]

HERE = Path(__file__).parent
S = TypeVar("S", bound=Struct)


class PackError(ValueError):
    """A pack that cannot be used; the message names file, rule and place."""


class _Shared(Struct, frozen=True, forbid_unknown_fields=True):
    """What several rules have alike, where they do not say it themselves."""

    thresholds: dict[str, Threshold] = {}
    patterns: dict[str, list[str]] = {}


class _Pack(Struct, forbid_unknown_fields=True):
    rules: list[RuleSpec]


class Rulebook:
    """Rules by id, and the law they refer to."""

    def __init__(self, rules: Sequence[Rule], law: LawTable) -> None:
        # Rules that mute others look first.
        ordered = sorted(rules, key=lambda rule: (not rule.spec.inhibits, rule.id))
        self._rules = {rule.id: rule for rule in ordered}
        self.law = law

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules.values())

    def __len__(self) -> int:
        return len(self._rules)

    def __getitem__(self, rule_id: str) -> Rule:
        return self._rules[rule_id]

    def __contains__(self, rule_id: str) -> bool:
        return rule_id in self._rules

    @property
    def active(self) -> list[Rule]:
        """The rules that run: not drafts, not retired ones."""
        return [rule for rule in self if rule.spec.stage in ("shadow", "trial", "stable")]

    @functools.cached_property
    def lexicon(self) -> Lexicon:
        """What is looked for in the texts of the seller's side, by the active rules.

        Made once, whatever number of engines use it.
        """
        return lexicon_of(
            tuple(
                Pattern(
                    rule.id,
                    group,
                    term,
                    rule.spec.is_disguised(group),
                    rule.spec.is_supporting(group),
                )
                for rule in self.active
                if type(rule).on_text is not Rule.on_text
                for group, terms in rule.spec.patterns.items()
                if not group.startswith(VIEWER)
                for term in terms
            )
        )

    @functools.cached_property
    def viewer_lexicon(self) -> Lexicon:
        """What is looked for in the lines of viewers."""
        return lexicon_of(
            tuple(
                Pattern(rule.id, group, term)
                for rule in self.active
                if type(rule).on_viewer_text is not Rule.on_viewer_text
                for group, terms in rule.spec.patterns.items()
                if group.startswith(VIEWER)
                for term in terms
            )
        )

    def only(self, *rule_ids: str) -> Rulebook:
        """The same book with some of its rules.

        Raises:
            KeyError: no such rule.
        """
        return Rulebook([self._rules[rule_id] for rule_id in rule_ids], self.law)


def load_rulebook(paths: Sequence[Path] | None = None, law: LawTable | None = None) -> Rulebook:
    """The rules of the given packs, of the packs that ship with livewatch by default.

    Raises:
        PackError: a pack breaks the schema, names code or law that does not exist, or a rule
            has no case on one of its sides.
    """
    for family in pkgutil.iter_modules(families.__path__):
        # The import of a family registers its rules' code.
        importlib.import_module(f"detectors.rules.{family.name}")
    law = law if law is not None else builtin_law()
    rules: list[Rule] = []
    seen: dict[str, str] = {}
    for path in paths if paths is not None else sorted((HERE / "packs").glob("*.yaml")):
        for entry in _read(path, _Pack).rules:
            where = f"{path.name}: {entry.id}"
            spec = _completed(entry, where)
            if spec.id in seen:
                raise PackError(f"{where}: already defined in {seen[spec.id]}")
            seen[spec.id] = path.name
            rules.append(_build(spec, law, where))
    return Rulebook(rules, law)


def _read(path: Path, kind: type[S]) -> S:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506  a safe loader
        return msgspec.convert(document, kind)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise PackError(f"{path.name}: {error}") from error


def _completed(spec: RuleSpec, where: str) -> RuleSpec:
    """An entry with what it shares with others (`packs/shared/`)."""
    for name in spec.shared:
        path = HERE / "packs" / "shared" / f"{name}.yaml"
        if not path.is_file():
            raise PackError(f"{where}: nothing is shared under the name {name!r}")
        shared = _read(path, _Shared)
        spec = msgspec.structs.replace(
            spec,
            thresholds={**shared.thresholds, **spec.thresholds},
            patterns={**shared.patterns, **spec.patterns},
        )
    return spec


def _build(spec: RuleSpec, law: LawTable, where: str) -> Rule:
    for basis in spec.law:
        if basis.ref not in law:
            raise PackError(f"{where}: no {basis.ref!r} in the law table")
    positive = sum(1 for case in spec.cases if case.get("expect"))
    if not positive or positive == len(spec.cases):
        raise PackError(f"{where}: needs a case that raises it and one that must not")
    code = registered().get(spec.id)
    if code is None:
        raise PackError(f"{where}: no code is registered for this rule")
    try:
        return code(spec)
    except KeyError as error:
        raise PackError(f"{where}: missing threshold or pattern group {error}") from error
