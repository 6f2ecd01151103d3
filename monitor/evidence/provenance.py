"""What concluded the alerts of a bundle: the rules in force, the office's packs, configuration, engine."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from detectors.alerts import EngineVersions
from detectors.pack.versions import Versions
from monitor.images import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from detectors.pack.load import Rulebook
    from monitor.config import Config
    from monitor.evidence.case import Case

__all__ = ["Provenance"]


class Provenance:
    """Adds it to a bundle."""

    def __init__(
        self,
        add: Callable[[str, bytes | Iterable[bytes], str, str], None],
        add_json: Callable[[str, object, str, str], None],
        rulebook: Rulebook,
        config: Config,
        case: Case,
    ) -> None:
        """
        Args:
            add: adds a file: path, contents, role, note.
            add_json: the same of what becomes JSON.
        """
        self._add = add
        self._json = add_json
        self._rulebook = rulebook
        self._config = config
        self._rules = {one.alert.rule: one.alert.rule_version for one in case.alerts}
        self.engine: dict[str, Any] = {
            "livewatch": version("livewatch"),
            "as_of": "the export; what an alert itself carries in `engine` is as of its verdict",
            "rules_image": digest([Path(name) for name in config.rules.packs]),
            "lateness_ms": config.pipeline.lateness_ms,
            "rules": self._rules,
            "changed_since": _changed_since(rulebook, case),
        }
        """What `data/engine.json` says."""

    def write(self) -> list[str]:
        """Adds the files; what there is to say about them."""
        notes = [
            f"{', '.join(parts)} of what concluded {alert} are not what is in force: their digests as of"
            " the verdict are in the alert (`engine`), and the bundle has what is in force"
            for alert, parts in self.engine["changed_since"].items()
            if parts
        ]
        for rule in sorted(self._rules):
            if rule in self._rulebook:
                self._json(
                    f"data/rules/{rule}.json", _rule_as_is(self._rulebook, rule), "derived",
                    "the rule as it is in force: thresholds, words, law",
                )  # fmt: skip
            else:
                notes.append(f"rule {rule} is not among the rules any more")
        for number, path in enumerate(self._config.rules.packs):
            for file in _pack_files(Path(path)):
                self._add(
                    f"data/rules/packs/{number:02d}/{_ascii(file.name)}", file.read_bytes(),
                    "original", "pack of the office",
                )  # fmt: skip
        self._json(
            "data/configuration.json",
            _without_secrets(self._config),
            "derived",
            "configuration, without secrets",
        )
        self._json("data/engine.json", self.engine, "derived", "what concluded the alerts")
        return notes


def _changed_since(rulebook: Rulebook, case: Case) -> dict[str, list[str]]:
    """Of each alert that says by what it was concluded, what of that is not what is in force."""
    likeness = rulebook.likeness
    versions = Versions(rulebook.law, lambda: likeness.version if likeness is not None else "")
    found: dict[str, list[str]] = {}
    for one in case.alerts:
        then = one.alert.engine
        if then is UNSET or one.alert.rule not in rulebook:
            continue
        now = versions.of(rulebook[one.alert.rule].spec)
        found[one.alert.id] = [
            part for part in EngineVersions.__struct_fields__
            if getattr(then, part) != getattr(now, part)
        ]  # fmt: skip
    return found


def _rule_as_is(rulebook: Rulebook, rule: str) -> dict[str, Any]:
    """A rule with everything that its pack says, as it is in force."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(rulebook[rule].spec))
    return found


def _ascii(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)


def _pack_files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix in (".yaml", ".yml"))


def _without_secrets(config: Config) -> dict[str, Any]:
    """The sections that decide what is concluded: no addresses, no files of secrets."""
    return {
        "pipeline": msgspec.to_builtins(config.pipeline),
        "retention": msgspec.to_builtins(config.retention),
        "rules": {
            "packs": len(config.rules.packs),
            "suppressions": config.rules.suppressions is not None,
            "model": config.rules.model is not None,
        },
    }
