"""The rules of a verdict in a bundle: all documents of a list, one a line, and one rule to be read.

The first line of `data/rules/rulebook.ndjson` is the list; the SHA-256 of the line, without its end, is
what alerts name as `engine.rules`. It names each of the other lines likewise, so `sha256sum` shows that
the rules are those of the verdict.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import msgspec
import yaml
from msgspec import UNSET, Struct, UnsetType

from detectors.alerts import EngineVersions
from detectors.pack.definitions import FORMAT, Contents, contents_of, digest_of
from detectors.pack.law import Statute
from detectors.rule import RuleSpec
from monitor.evidence.findings import Remark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from monitor.evidence.findings import Report

__all__ = [
    "PATH",
    "Concluded",
    "RulesCheck",
    "document_lines",
    "file_name",
    "read",
    "readable",
    "spec_of",
]

PATH = re.compile(r"data/rules/rulebook(-\d+)?\.ndjson")
#: A version of an alert.
VERSION = re.compile(r"data/alerts/[^/]+/v\d+\.json")
#: Bytes of a list at most: one of a thousand rules has 200,000.
LONGEST = 8 * 2**20
#: In C where PyYAML was built with it.
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class Concluded(Struct, frozen=True):
    """By what a version of an alert was concluded, as it says itself."""

    rule: str
    engine: EngineVersions | UnsetType = UNSET

    @property
    def rules(self) -> str:
        """The list of the rules that were in force; empty: it does not say."""
        return self.engine.rules if self.engine is not UNSET else ""


class _NoAliases(_Dumper):  # type: ignore[misc]  # it has no types
    """Writes each value where it stands."""

    def ignore_aliases(self, data: object) -> bool:
        """Never a reference to what stands elsewhere."""
        return True


def file_name(number: int) -> str:
    """Name of the file of the so-manieth list of a bundle."""
    return "data/rules/rulebook.ndjson" if number == 1 else f"data/rules/rulebook-{number}.ndjson"


def document_lines(documents: Mapping[str, bytes]) -> Iterator[bytes]:
    """The documents of a list, the list first, one a line."""
    for document in documents.values():
        yield document + b"\n"


def read(data: bytes) -> tuple[str, dict[str, bytes]]:
    """The digest of the list, and all documents of a file by theirs."""
    documents = {digest_of(line): line for line in data.split(b"\n") if line}
    return next(iter(documents), ""), documents


def spec_of(rule: str, rules: str, documents: Mapping[str, bytes]) -> RuleSpec:
    """The entry of a rule, without its words and cases."""
    contents = contents_of(rules, documents)
    return msgspec.json.decode(documents[contents.rules[rule].pack], type=RuleSpec)


def readable(rule: str, rules: str, documents: Mapping[str, bytes], told: str) -> bytes:
    """A rule as YAML: entry, words, and what it refers to of the law.

    Args:
        rules: digest of the list.
        told: what stands above it, as comments.
    """
    contents = contents_of(rules, documents)
    spec = spec_of(rule, rules, documents)
    statutes = {
        one.short: one
        for one in msgspec.json.decode(documents[contents.law], type=list[Statute])
    }  # fmt: skip
    plain: dict[str, Any] = {
        name: value for name, value in msgspec.to_builtins(spec).items() if value not in ({}, [], "", None)
    }  # fmt: skip
    plain["patterns"] = msgspec.json.decode(documents[contents.rules[rule].slots])
    plain["law_table"] = {
        basis.ref: {
            "title": statutes[short].title,
            "versions": msgspec.to_builtins(statutes[short].duties[duty], str_keys=True),
        }
        for basis in spec.law
        for short, _, duty in [basis.ref.partition("/")]
    }
    body = yaml.dump(plain, Dumper=_NoAliases, allow_unicode=True, sort_keys=False, width=100)
    return "".join(f"# {line}\n" for line in told.splitlines()).encode() + body.encode()


class RulesCheck:
    """Holds the rules in a bundle against the alerts that name them; each byte is looked at once."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._lists: dict[str, tuple[str, Contents]] = {}
        """By digest of the list, its file and what it says."""
        self._lines: dict[str, set[str]] = {}
        self._alerts: dict[str, Concluded] = {}

    def tapped(self, path: str, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The blocks of a file of rules as they are."""
        found: list[str] = []
        first, hasher, empty = b"", hashlib.sha256(), True
        for block in blocks:
            yield block
            *lines, rest = block.split(b"\n")
            for line in lines:
                hasher.update(line)
                if not found:
                    first += line[: LONGEST - len(first)]
                found.append(hasher.hexdigest())
                hasher, empty = hashlib.sha256(), True
            hasher.update(rest)
            empty = empty and not rest
            if not found:
                first += rest[: LONGEST - len(first)]
        if not empty:
            self._report.tell(path, "format", "the last line has no end", "最后一行不完整")
        self._take(path, first, found)

    def _take(self, path: str, first: bytes, found: Sequence[str]) -> None:
        try:
            contents = msgspec.json.decode(first, type=Contents)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            self._report.tell(path, "format", f"line 1: {error}", f"第 1 行不能读：{error}")
            return
        if contents.format != FORMAT:
            self._report.tell(
                path, "format", "a list of rules of a format that is not known here",
                "规则目录的格式为本程序所不识",
            )  # fmt: skip
            return
        lacking = set(contents.named) - set(found)
        unnamed = set(found[1:]) - set(contents.named)
        if lacking or unnamed or len(set(found)) < len(found):
            self._report.tell(
                path, "rules",
                f"{len(lacking)} of the documents that its list names are not there, and"
                f" {len(unnamed)} are that it does not name",
                f"目录所列的文件缺 {len(lacking)} 个，另有 {len(unnamed)} 个未列入",
            )  # fmt: skip
        self._lists[found[0]] = path, contents

    def alert(self, path: str, data: bytes) -> None:
        """A version of an alert."""
        try:
            self._alerts[path] = msgspec.json.decode(data, type=Concluded)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            self._report.tell(path, "format", str(error), f"不能读：{error}")

    def check(self) -> None:
        """What the alerts say of their rules against the rules that are there."""
        named = set()
        lacking = set()
        for path, one in sorted(self._alerts.items()):
            if one.engine is UNSET or not one.rules:
                continue
            if one.rules not in self._lists:
                lacking.add(path.split("/")[2])
                continue
            named.add(one.rules)
            file, contents = self._lists[one.rules]
            ruled = contents.rules.get(one.rule)
            if (
                ruled is None or contents.law != one.engine.law
                or (ruled.pack, ruled.slots) != (one.engine.pack, one.engine.slots)
            ):  # fmt: skip
                self._report.tell(
                    path, "rules", f"it names other documents than the list in {file}",
                    f"所指明的规则文件与 {file} 的目录不同",
                )  # fmt: skip
        for rules, (path, _) in self._lists.items():
            if rules not in named:
                self._report.tell(
                    path, "rules", "no alert here names these rules: they were changed",
                    "本包没有告警指明这套规则：规则被改动",
                )  # fmt: skip
        self._report.rules = len(named)
        self._report.remarks += [
            Remark(
                "", "unchecked", f"the rules that concluded alert {alert} are not in the bundle",
                f"告警 {alert} 所依据的规则不在本包中",
            )
            for alert in sorted(lacking)
        ]  # fmt: skip
