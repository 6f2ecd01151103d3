"""Loading of rule packs: the rules' data, joined with their code and checked.

A rule without a case that raises it and one that must not does not load.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct

from detectors import rules as families
from detectors.document import line_of
from detectors.match.image import Image, Sections, packed, taken_over
from detectors.match.keeping import keeping
from detectors.match.language import TABLE, language
from detectors.pack.compiled import Contents, contents_in, sections_of
from detectors.pack.completion import HERE, PackError, Place, completed, keys_of, read_pack
from detectors.pack.definitions import contents_of, digest_of
from detectors.pack.frames import FrameError
from detectors.pack.law import LawError, LawTable, Statute, builtin_law, statutes_in
from detectors.pack.override import Override, OverrideError
from detectors.pack.rulebook import Rulebook
from detectors.pack.suppression import Suppression, SuppressionError, load_suppressions
from detectors.rule import Rule, RuleSpec, kinds, registered

__all__ = ["Images", "PackError", "Rulebook", "compiled_image", "load_rulebook", "pack_files", "rulebook_of"]  # fmt: skip

#: Files in a folder of packs that are none.
NO_PACKS = ("suppressions.yaml",)


class _Pack(Struct, forbid_unknown_fields=True):
    rules: list[RuleSpec] = []
    override: list[Override] = []


class Images(Protocol):
    """Keeps the compiled image of some packs."""

    def found(self) -> Image | None:
        """The image, if it is there."""

    def made(self, rulebook: Rulebook) -> Image:
        """The image of the rulebook of these packs, compiled if need be (`compiled_image`)."""


@keeping
def load_rulebook(
    paths: Sequence[Path] | None = None,
    law: LawTable | None = None,
    *,
    own: Sequence[Path] = (),
    replace: bool = False,
    suppressions: Path | None = None,
    images: Images | None = None,
) -> Rulebook:
    """The rules that ship with livewatch, with a site's own packs beside them.

    Args:
        paths: these packs (files or folders) instead of those that ship with livewatch.
        law: this table instead of the one that ships with livewatch.
        own: a site's packs, files or folders. They add rules, and may `override` parts of
            others; a folder's `law/` adds statutes.
        replace: a rule of `own` takes the place of one with the same id, to compare packs.
        suppressions: a site's file of suppressions.
        images: where the compiled image of these packs is; ``None``: what reading needs is made in
            memory.

    Raises:
        PackError: a pack breaks the schema, names code or law that does not exist, or a rule
            has no case on one of its sides.
    """
    _register()
    image = images.found() if images is not None and paths is None and law is None else None
    if image is not None:
        contents = contents_in(image)
        table = LawTable(contents.statutes)
    else:
        shipped = law if law is not None else builtin_law()
        table = _with_own_law(shipped, [*(paths or ()), *own], replace=replace)
        contents = _contents(paths, table, own, replace=replace)
        _check_cases(contents)
    rules = [_with_code(spec, table, _place(contents, spec.id)) for spec in contents.specs]
    try:
        marks = load_suppressions(suppressions) if suppressions is not None else []
    except SuppressionError as error:
        raise PackError(str(error)) from error
    return Rulebook(
        rules,
        table,
        suppressions=marks,
        sources=contents.sources,
        overrides=contents.overrides,
        ruled=contents.ruled,
        compiled=_giving(image) if image is not None else images.made if images else None,
    )


def rulebook_of(digest: str, documents: Mapping[str, bytes]) -> Rulebook:
    """The rules that documents give (`detectors.pack.definitions`): with the code of this program, as
    they said then.

    Args:
        digest: of their list.
        documents: by digest; each is held against it.

    Raises:
        PackError: a document is missing or another one, or this program does not know what it says.
    """
    _register()
    try:
        contents = contents_of(digest, documents)
        for name in (digest, *contents.named):
            if digest_of(documents.get(name, b"")) != name:
                raise PackError(f"the document {name[:12]} of the rules is missing or was changed")
        law = LawTable(msgspec.json.decode(documents[contents.law], type=list[Statute]))
        marks = msgspec.json.decode(documents[contents.suppressions], type=list[Suppression])
        overrides = msgspec.json.decode(
            documents[contents.overrides], type=dict[str, list[Override]]
        )
        rules = []
        for rule, ruled in contents.rules.items():
            spec = msgspec.structs.replace(
                msgspec.json.decode(documents[ruled.pack], type=RuleSpec),
                patterns=msgspec.json.decode(documents[ruled.slots], type=dict[str, list[str]]),
            )
            if spec.id != rule:
                raise PackError(f"{rule}: its entry is of {spec.id}")
            spec = msgspec.structs.replace(spec, keys=keys_of(spec))
            rules.append(_with_code(spec, law, Place(rule)))
    except (ValueError, LawError) as error:
        raise PackError(str(error)) from error
    except KeyError as error:
        raise PackError(f"missing pattern group {error}") from error
    return Rulebook(rules, law, suppressions=marks, overrides=overrides, ruled=contents.rules)


def _register() -> None:
    """Has the code of all rules known: the import of its module registers it."""
    for module in pkgutil.walk_packages(families.__path__, f"{families.__name__}."):
        importlib.import_module(module.name)


def _giving(image: Image) -> Callable[[Rulebook], Image]:
    return lambda _: image


def _contents(
    paths: Sequence[Path] | None, law: LawTable, own: Sequence[Path], *, replace: bool
) -> Contents:
    """What packs say, each entry with what it shares with others and as it was overridden."""
    entries: dict[str, RuleSpec] = {}
    specs: dict[str, RuleSpec] = {}
    sources: dict[str, str] = {}
    overrides: dict[str, list[Override]] = {}
    packs = [(path, False) for path in pack_files(paths if paths is not None else [HERE / "packs"])]
    packs += [(path, True) for path in pack_files(own)]
    for path, is_own in packs:
        pack = read_pack(path, _Pack) if is_own or paths is not None else _shipped(path)
        for number, entry in enumerate(pack.rules):
            if entry.id in specs and not (replace and is_own and sources[entry.id] != str(path)):
                where = f"{path}: line {line_of(path, ('rules', number))}: {entry.id}"
                raise PackError(
                    f"{where}: already defined in {Place(entry.id, Path(sources[entry.id]))}"
                )
            entries[entry.id] = entry
            specs[entry.id] = completed(entry, Place(entry.id, path))
            sources[entry.id] = str(path)
        for change in pack.override:
            where = f"{path}: override of {change.id}"
            if change.id not in specs:
                raise PackError(f"{where}: no such rule")
            changes = overrides.setdefault(change.id, [])
            changes.append(change)
            try:
                if change.adds:
                    entries[change.id] = change.added_to(entries[change.id])
                    specs[change.id] = completed(
                        entries[change.id], Place(change.id, path, "override")
                    )
                for one in changes if change.adds else [change]:
                    specs[change.id] = one.apply(specs[change.id])
            except OverrideError as error:
                raise PackError(f"{where}: {error}") from error
    return Contents(list(specs.values()), sources, overrides, list(law.statutes.values()))


def compiled_image(rulebook: Rulebook, earlier: Image | None = None) -> bytes:
    """The image of a rulebook: what its packs say, and what reading texts needs.

    Args:
        earlier: of other rules, made by the same code with the same table of the language: the tables
            of words that are the same are taken over.

    Raises:
        OSError: the table of the language cannot be read.
    """
    tables = taken_over(earlier, "language", (), _language)
    contents = Contents(
        [rule.spec for rule in rulebook],
        rulebook.sources,
        rulebook.overrides,
        list(rulebook.law.statutes.values()),
        dict(rulebook.contents.rules),
    )
    return packed({**sections_of(contents), **rulebook.compiled_sections(earlier), **tables})


def _language() -> Sections:
    with TABLE.open(encoding="utf-8") as lines:
        return language(lines)


def pack_files(paths: Sequence[Path]) -> list[Path]:
    """The packs at some places: files, and those that lie in folders.

    A pack that is named twice, by its file and by its folder or by two paths, is one.

    Raises:
        PackError: there is nothing at a place.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += [file for file in sorted(path.glob("*.yaml")) if file.name not in NO_PACKS]
        elif path.is_file():
            files.append(path)
        else:
            raise PackError(f"there is no pack at {path}")
    return _once(files)


def _once(paths: Iterable[Path]) -> list[Path]:
    """The paths in their order, one for each place that they lead to."""
    places: dict[Path, Path] = {}
    for path in paths:
        places.setdefault(path.resolve(), path)
    return list(places.values())


def _with_own_law(law: LawTable, own: Sequence[Path], *, replace: bool) -> LawTable:
    """The table with the statutes of a site's folders.

    Args:
        replace: a statute of a later folder takes the place of one with the same short name of an
            earlier folder, as its rules do.
    """
    statutes = dict(law.statutes)
    places: dict[str, Path] = {}
    for folder in _once(path / "law" for path in own if (path / "law").is_dir()):
        try:
            added = statutes_in(folder)
        except LawError as error:
            raise PackError(f"own law: {error}") from error
        for path, statute in added:
            if statute.short in statutes and not (
                replace and places.get(statute.short, path).parent != path.parent
            ):
                other = places.get(statute.short, "what ships with livewatch")
                raise PackError(
                    f"own law: {path}: the short name {statute.short!r} is taken by {other}"
                )
            statutes[statute.short], places[statute.short] = statute, path
    if not places:
        return law
    try:
        return LawTable(list(statutes.values()))
    except LawError as error:
        raise PackError(f"own law: {error}") from error


@cache
def _shipped(path: Path) -> _Pack:
    """A pack that ships, read once: a rulebook costs nearly nothing beside its YAML."""
    return read_pack(path, _Pack)


def _place(contents: Contents, rule: str) -> Place:
    return Place(rule, Path(contents.sources[rule]))


def _check_cases(contents: Contents) -> None:
    for spec in contents.specs:
        positive = sum(1 for case in spec.cases if case.get("expect"))
        if not positive or positive == len(spec.cases):
            what = "needs a case that raises it and one that must not"
            raise _place(contents, spec.id).error(what, "", "cases")


def _with_code(spec: RuleSpec, law: LawTable, place: Place) -> Rule:
    for basis in spec.law:
        if basis.ref not in law:
            raise place.error(law.unknown(basis.ref), basis.ref, "law")
    try:
        return _code(spec, place)(spec)
    except FrameError as error:
        raise place.error(str(error), error.name) from error
    except KeyError as error:
        name = str(error.args[0]) if error.args else ""
        raise place.error(f"missing threshold or pattern group {error}", name) from error


def _code(spec: RuleSpec, place: Place) -> type[Rule]:
    """The code of an entry: its own, which may be built on that of its kind, or that of its kind."""
    if not spec.kind:
        code = registered().get(spec.id)
        if code is None:
            raise place.error("no code is registered for this rule; has it a `kind`?")
        return code
    shared = kinds().get(spec.kind)
    if shared is None:
        there = ", ".join(sorted(kinds()))
        raise place.error(f"no kind {spec.kind!r}; there are {there}", "", "kind")
    code = registered().get(spec.id)
    if code is not None and issubclass(code, shared):
        return code
    return type(shared.__name__, (shared,), {"id": spec.id})
