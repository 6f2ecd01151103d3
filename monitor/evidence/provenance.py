"""What concluded the alerts of a bundle: their rules as of the verdict, packs, configuration, engine."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Struct

import detectors
from detectors.alerts import EngineVersions
from detectors.pack.definitions import as_data
from detectors.pack.versions import Versions
from detectors.rule import Threshold
from monitor.evidence import kept_rules, rules_file
from monitor.evidence.rules_file import Concluded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Connection

    from detectors.pack.load import Rulebook
    from monitor.config import Config
    from monitor.evidence.case import Case

__all__ = ["Provenance", "Verdict", "code_digest", "settings_of"]

#: Parts of what concluded an alert; the list of all rules is none, since most of them do not matter to it.
_PARTS = [name for name in EngineVersions.__struct_fields__ if name != "rules"]
#: Words that code asks for itself: no document of a rule has them.
_PHRASINGS = "packs/phrasings/"


class Verdict(Struct, kw_only=True, frozen=True):
    """A rule as of a verdict, in a bundle."""

    rule: str
    path: str
    """The rule to be read."""
    file: str
    """All rules."""
    rules: str
    """SHA-256 of their list."""
    thresholds: dict[str, Threshold]


class Provenance:
    """Adds it to a bundle."""

    def __init__(
        self,
        add: Callable[[str, bytes | Iterable[bytes], str, str], None],
        add_json: Callable[[str, object, str, str], None],
        connection: Connection,
        rulebook: Rulebook,
        config: Config,
        case: Case,
    ) -> None:
        """
        Args:
            add: adds a file: path, contents, role, note.
            add_json: the same of what becomes JSON.
            rulebook: the rules in force.
        """
        self._add = add
        self._json = add_json
        self._connection = connection
        self._rulebook = rulebook
        self._config = config
        self._rules = {one.alert.rule: one.alert.rule_version for one in case.alerts}
        self._versions = [
            (one.alert.id, msgspec.json.decode(body, type=Concluded))
            for one in case.alerts
            for _, body in one.versions
        ]
        self.engine: dict[str, Any] = {
            "livewatch": version("livewatch"),
            "code": code_digest(),
            "as_of": "the export; what an alert itself carries in `engine` is as of its verdict",
            "lateness_ms": config.pipeline.lateness_ms,
            "rules": self._rules,
            "in_force": rulebook.digest,
            "changed_since": _changed_since(rulebook, config, case),
        }
        """What `data/engine.json` says."""
        self.verdicts: dict[str, Verdict] = {}
        """By alert, the rule as of the verdict of its latest version, where it is kept."""

    def write(self) -> list[str]:
        """Adds the files; what there is to say about them."""
        notes = self._of_the_verdicts()
        for rule in sorted(self._rules):
            if any(one.rule == rule for one in self.verdicts.values()):
                continue
            if rule in self._rulebook:
                self._json(
                    f"data/rules/{rule}.json", as_data(self._rulebook[rule].spec), "derived",
                    "the rule as it is in force: thresholds, words, law",
                )  # fmt: skip
            else:
                notes.append(f"rule {rule} is not among the rules any more")
        for number, path in enumerate(self._config.rules.packs):
            for file in _pack_files(Path(path)):
                self._add(
                    f"data/rules/packs/{number:02d}/{_ascii(file.name)}", file.read_bytes(),
                    "original", "pack of the office, as of the export",
                )  # fmt: skip
        self._json(
            "data/configuration.json",
            settings_of(self._config),
            "derived",
            "configuration as of the export, without secrets; what a verdict depends on is in the"
            " alert itself (`engine.settings`)",
        )
        self._json("data/engine.json", self.engine, "derived", "what concluded the alerts")
        return notes

    def _of_the_verdicts(self) -> list[str]:
        """Adds the rules that the alerts name; which of them are not kept."""
        notes: list[str] = []
        kept: dict[str, tuple[str, dict[str, bytes]]] = {}
        for rules in dict.fromkeys(one.rules for _, one in self._versions if one.rules):
            documents = kept_rules.of(self._connection, rules)
            if documents:
                path = rules_file.file_name(len(kept) + 1)
                self._add(
                    path, rules_file.document_lines(documents), "original",
                    f"all rules as of the verdict, SHA-256 of their list {rules}: one document a line",
                )  # fmt: skip
                kept[rules] = path, documents
        self.engine["rulebooks"] = {rules: path for rules, (path, _) in kept.items()}
        written: dict[tuple[str, str, str], Verdict] = {}
        for alert, one in self._versions:
            if one.engine is UNSET or one.rules not in kept:
                self.verdicts.pop(alert, None)
                continue
            file, documents = kept[one.rules]
            which = (one.rule, one.engine.pack, one.engine.slots)
            if which not in written:
                again = sum(known == one.rule for known, *_ in written)
                path = f"data/rules/{one.rule}{f'-{again + 1}' if again else ''}.yaml"
                told = (
                    f"规则 {one.rule}：告警作出时的内容，livewatch {one.engine.livewatch}\n条目 SHA-256 {one.engine.pack}\n"
                    f"用词 SHA-256 {one.engine.slots}\n由 {file} 生成，以该文件为准；例句不决定结论，没有收入"
                )
                body = rules_file.readable(one.rule, one.rules, documents, told)
                self._add(
                    path, body, "derived", "the rule as of the verdict: thresholds, words, law"
                )
                written[which] = Verdict(
                    rule=one.rule, path=path, file=file, rules=one.rules,
                    thresholds=rules_file.spec_of(one.rule, one.rules, documents).thresholds,
                )  # fmt: skip
            self.verdicts[alert] = written[which]
        for alert, parts in self.engine["changed_since"].items():
            if alert not in self.verdicts and parts:
                notes.append(
                    f"{', '.join(parts)} of what concluded {alert} are not what is in force: their"
                    " digests as of the verdict are in the alert (`engine`), and the bundle has what"
                    " is in force"
                )
        return notes


@cache
def code_digest() -> str:
    """SHA-256 over the code of the rules and the tables and phrasings that come with it, wherever it is
    installed; what rules and law say, which has documents of its own, is not part of it."""
    whole = hashlib.sha256()
    place = Path(detectors.__file__).parent
    for path in sorted(place.rglob("*")):
        name = path.relative_to(place).as_posix()
        has_documents = name.startswith(("packs/", "law/")) and not name.startswith(_PHRASINGS)
        if path.is_file() and path.suffix != ".pyc" and not has_documents:
            whole.update(f"{name}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def _changed_since(rulebook: Rulebook, config: Config, case: Case) -> dict[str, list[str]]:
    """Of each alert that says by what it was concluded, what of that is not what is in force."""
    versions = Versions(rulebook, {"lateness_ms": config.pipeline.lateness_ms})
    found: dict[str, list[str]] = {}
    for one in case.alerts:
        then = one.alert.engine
        if then is UNSET or one.alert.rule not in rulebook:
            continue
        now = versions.of(rulebook[one.alert.rule].spec)
        found[one.alert.id] = [
            part for part in _PARTS
            if getattr(then, part) != getattr(now, part) and (then.settings or part != "settings")
        ]  # fmt: skip
    return found


def _ascii(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)


def _pack_files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix in (".yaml", ".yml"))


def settings_of(config: Config) -> dict[str, Any]:
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
