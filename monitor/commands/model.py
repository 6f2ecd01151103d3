"""`livewatch model`: an office's own model, from its decisions: trained, compared, installed."""

from __future__ import annotations

import os
import sys
from collections import Counter
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from detectors.calendar import BEIJING
from detectors.lab.evaluation import wilson
from detectors.lab.model_comparison import FEWEST_OF_SIDE, Judged, ModelComparison, Tally, compare
from detectors.match.likeness import LikenessModel, load_likeness
from detectors.match.model_file import Labelled, ModelError, Of
from monitor.commands.answer import answer, print_json
from monitor.commands.exits import Exit
from monitor.commands.progress import progress, working
from monitor.config import load_config
from monitor.decisions import Decision, decisions_in
from monitor.errors import ConfigError, MigrationError, StoreUnreachable
from monitor.rulebooks import rulebook_of
from monitor.site_model import (
    ACTIVE,
    NEXT,
    PREVIOUS,
    SHADOW,
    TRAINED,
    folder_of,
    model_in_use,
    put,
    read_model,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from detectors.pack.load import Rulebook
    from monitor.config import Config

__all__ = ["ModelOptions", "back", "evaluate", "install", "status", "train"]

#: The newest part of the decisions, which is not learned from unless told.
ASIDE = 0.2
#: Fewer decisions teach nothing that the model that ships does not know.
FEWEST_DECISIONS = 20


class ModelOptions(Struct, frozen=True, kw_only=True):
    """Where the office's decisions and models lie."""

    data: Path
    """The data directory."""
    config: Path | None = None
    file: Path | None = None
    """A model instead of the one in the folder."""
    json: bool = False


class _Refused(Exception):
    """A command cannot do what was asked; the message says why."""

    def __init__(self, reason: str, status: Exit) -> None:
        super().__init__(reason)
        self.status = status


class _Office(Struct):
    """What the commands work on."""

    rulebook: Rulebook
    folder: Path
    decisions: list[Decision]
    """Those about rules that the model that ships knows, the oldest first."""
    teaching_nothing: dict[str, int]
    """How many others there are, by rule: no model knows a site's own rules, or those on prices."""

    def in_use(self) -> LikenessModel:
        """The model that reads now."""
        return model_in_use(self.folder) or load_likeness()

    def thresholds(self) -> dict[str, float]:
        """By rule, the likeness from which it watches."""
        return self.rulebook.likeness_thresholds


def train(options: ModelOptions, *, aside: float = ASIDE, until: str | None = None) -> Exit:
    """Makes a model from our labelled texts and the office's decisions."""

    def work() -> Exit:
        office = _office(options)
        learned, kept = _split(office.decisions, aside, until)
        if len(learned) < FEWEST_DECISIONS:
            raise _Refused(
                f"{len(learned)} decisions to learn from (closed as confirmed, minor, transferred or "
                f"rule-too-wide); at least {FEWEST_DECISIONS} are needed{_but(office)}",
                Exit.CHECK_FAILED,
            )
        confirmed = sum(one.confirmed for one in learned)
        ours = load_likeness()
        of = Of(
            origin="site", base=ours.version, decisions=len(learned),
            until=max(one.at for one in learned),
        )  # fmt: skip
        path = options.file or office.folder / TRAINED
        put(_taught(ours, [_label(one) for one in learned], of), path)
        model = read_model(path)
        answer(
            {
                "file": str(path),
                "version": model.version,
                "learned": len(learned),
                "confirmed": confirmed,
                "aside": len(kept),
                "teaching_nothing": office.teaching_nothing,
            },
            f"{path}: version {model.version[:12]}, {len(model.rules)} rules, from {ours.file.head.texts} "
            f"texts of ours and {len(learned)} decisions until {_day(of.until)}, {confirmed} of them confirmed{_but(office)}",
            f"{len(kept)} later decisions are set aside: livewatch model evaluate --data {options.data}"
            if kept
            else "no decision is set aside: it can be compared, and installed without --anyway, only once there"
            " are later ones (--until an earlier day, or --aside)",
            as_json=options.json,
        )
        few = _few_of_a_side(confirmed, len(learned) - confirmed)
        if few:
            print(f"livewatch model train: {few}", file=sys.stderr)
        return Exit.DONE

    return _run("train", work)


def evaluate(options: ModelOptions) -> Exit:
    """Puts the trained model beside the one in use, on decisions that neither has seen."""

    def work() -> Exit:
        office = _office(options)
        candidate = _candidate(options, office)
        comparison, until = _compared(office, candidate)
        if options.json:
            print_json(comparison)
        else:
            _show(comparison, until, candidate)
        return Exit.CHECK_FAILED if comparison.objections() else Exit.DONE

    return _run("evaluate", work)


def install(options: ModelOptions, *, active: bool = False, anyway: bool = False) -> Exit:
    """Lets a trained model read along in the shadow, or in the place of the one in use."""

    def work() -> Exit:
        office = _office(options)
        source = options.file or office.folder / (SHADOW if active else TRAINED)
        if active and options.file is None and not source.is_file():
            raise _Refused(
                "no model runs in the shadow: livewatch model install first, without --active",
                Exit.USAGE,
            )
        candidate = _read(source)
        target = office.folder / (ACTIVE if active else SHADOW)
        places = {ACTIVE: "is in use"} | ({} if active else {SHADOW: "is in the shadow"})
        for place, state in places.items():
            there = _state(office.folder / place)
            if there is not None and there.version == candidate.version:
                answer(
                    {"file": there.file, "version": there.version, "active": place == ACTIVE},
                    f"{there.file}: version {there.version[:12]} {state} already; nothing was changed",
                    as_json=options.json,
                )
                return Exit.DONE
        objections = _compared(office, candidate)[0].objections()
        for objection in objections:
            print(f"livewatch model install: {objection}", file=sys.stderr)
        if objections and not anyway:
            print(
                "livewatch model install: not installed; --anyway installs it all the same",
                file=sys.stderr,
            )
            return Exit.CHECK_FAILED
        if active:
            put(source.read_bytes(), office.folder / NEXT)
            _exchange(office.folder, office.folder / NEXT)
            (office.folder / SHADOW).unlink(missing_ok=True)
        else:
            put(source.read_bytes(), target)
        state = "in use" if active else "in the shadow"
        answer(
            {"file": str(target), "version": candidate.version, "active": active},
            f"{target}: version {candidate.version[:12]} is {state} from the next start on",
            as_json=options.json,
        )
        return Exit.DONE

    return _run("install", work)


def status(options: ModelOptions) -> Exit:
    """Says which models there are: in use, in the shadow, trained last, and in use before."""

    def work() -> Exit:
        folder = _folder(options)
        found = {name: _state(folder / file) for name, file in _PLACES.items()}
        active = found["in_use"]
        if active is None or active.problem:
            found["in_use"] = _InPlace(version=load_likeness().version)
        if active is not None and active.problem:
            found["damaged"] = active
        if options.json:
            print_json(found)
        else:
            for name, one in found.items():
                print(f"{name.replace('_', ' '):8}  {_told(one)}")
        return Exit.DONE

    return _run("status", work)


def back(options: ModelOptions) -> Exit:
    """Puts the model in use that was so before; the one that is so now is kept in its place."""

    def work() -> Exit:
        folder = _folder(options)
        active, previous = folder / ACTIVE, folder / PREVIOUS
        if not active.is_file() and not previous.is_file():
            raise _Refused(
                f"the model that ships is in use, and no other was: nothing in {folder}", Exit.USAGE
            )
        if previous.is_file():
            version = _read(previous).version
            previous.replace(folder / NEXT)
            following, file = folder / NEXT, str(active)
        else:
            version = load_likeness().version
            following, file = None, None
        _exchange(folder, following)
        answer(
            {"file": file, "version": version},
            f"{file or 'the model that ships'}: version {version[:12]} is in use from the next start on",
            as_json=options.json,
        )
        return Exit.DONE

    return _run("back", work)


class _InPlace(Struct, frozen=True):
    """A model in its place."""

    file: str = ""
    """Empty: the one that ships."""
    version: str = ""
    decisions: int = 0
    until: int = 0
    """The latest of them, ms."""
    problem: str = ""
    """Why it cannot be used; else empty."""


_PLACES = {"in_use": ACTIVE, "shadow": SHADOW, "trained": TRAINED, "before": PREVIOUS}


def _state(path: Path) -> _InPlace | None:
    try:
        model = read_model(path)
    except FileNotFoundError:
        return None
    except (OSError, ModelError) as error:
        return _InPlace(str(path), problem=str(error))
    of = model.file.head.of
    return _InPlace(str(path), model.version, of.decisions, of.until)


def _told(one: _InPlace | None) -> str:
    if one is None:
        return "none"
    if one.problem:
        return f"{one.file}: {one.problem}"
    said = f"version {one.version[:12]}"
    if one.decisions:
        said += f", from {one.decisions} decisions until {_day(one.until)}"
    return f"{one.file or 'the model that ships'}: {said}"


def _exchange(folder: Path, following: Path | None) -> None:
    """Puts another model in use (``None``: the one that ships) and keeps the one that was so.

    By new names alone, which a full disk does not prevent.
    """
    if model_in_use(folder) is not None:
        (folder / ACTIVE).replace(folder / PREVIOUS)
    else:
        for name in (ACTIVE, PREVIOUS):
            (folder / name).unlink(missing_ok=True)
    if following is not None:
        following.replace(folder / ACTIVE)


def _folder(options: ModelOptions) -> Path:
    settings: Config = load_config(options.config, os.environ)
    return folder_of(options.data, settings.rules.model) or options.data


def _run(name: str, work: Callable[[], Exit]) -> Exit:
    try:
        return work()
    except _Refused as error:
        reason, status = str(error), error.status
    except ConfigError as error:
        reason, status = str(error), Exit.CONFIGURATION
    except (MigrationError, StoreUnreachable) as error:
        reason, status = str(error), Exit.UNREACHABLE
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        status = Exit.USAGE
    except ModelError as error:
        reason, status = str(error), Exit.USAGE
    except KeyboardInterrupt:
        reason, status = "interrupted", Exit.INTERRUPTED
        if name == "train":
            reason += "; the models in use and in the shadow are as they were"
    print(f"livewatch model {name}: {reason}", file=sys.stderr)
    return status


def _taught(base: LikenessModel, decisions: list[Labelled], of: Of) -> bytes:
    try:
        from detectors.lab.train.taught import taught
    except ModuleNotFoundError as error:
        raise _Refused(
            f"training needs {error.name}: pip install 'livewatch[model]'", Exit.CONFIGURATION
        ) from None
    with progress("training", 6, always=True) as bar:
        return taught(base, decisions, of, lambda done, _: bar(done))


def _office(options: ModelOptions) -> _Office:
    from monitor.commands.db import open_store

    settings: Config = load_config(options.config, os.environ)
    with working("reading the rules"):
        rulebook = rulebook_of(settings.rules, warn=False)
    rules = [rule.id for rule in rulebook.active]
    with closing(open_store(settings, options.data)) as store:
        decisions = decisions_in(store, rules)
    known = rulebook.likeness_thresholds.keys() & load_likeness().rules
    others = Counter(one.rule for one in decisions if one.rule not in known)
    taught_by = [one for one in decisions if one.rule in known]
    return _Office(rulebook, _folder(options), taught_by, dict(others))


def _split(
    decisions: list[Decision], aside: float, until: str | None
) -> tuple[list[Decision], list[Decision]]:
    """The decisions that are learned from, and the later ones."""
    if until is not None:
        try:
            end = datetime.fromisoformat(until).replace(tzinfo=BEIJING).timestamp() * 1000
        except ValueError:
            raise _Refused(f"no day: {until!r} (as 2026-11-30)", Exit.USAGE) from None
        learned = [one for one in decisions if one.at < end]
    else:
        learned = decisions[: len(decisions) - int(len(decisions) * aside)]
    return learned, decisions[len(learned) :]


def _but(office: _Office) -> str:
    """How many decisions teach nothing, as the end of a sentence; else empty."""
    rules = office.teaching_nothing
    if not rules:
        return ""
    return (
        f"; {sum(rules.values())} about {', '.join(sorted(rules))} teach nothing:"
        " the model knows nothing of these rules"
    )


def _few_of_a_side(confirmed: int, dismissed: int) -> str:
    """What a model cannot have learned, where nearly all decisions say the same; else empty."""
    if min(confirmed, dismissed) >= FEWEST_OF_SIDE:
        return ""
    few, kind = (dismissed, "false alarms") if dismissed < confirmed else (confirmed, "confirmed")
    return (
        f"{few} of {confirmed + dismissed} decisions are {kind}: it has hardly learned from both sides,"
        " and is to be watched in the shadow before it is used"
    )


def _label(decision: Decision) -> Labelled:
    broken = (decision.rule,) if decision.confirmed else ()
    return Labelled(decision.text, broken, decision.rule, "office", decision.rule)


def _candidate(options: ModelOptions, office: _Office) -> LikenessModel:
    return _read(options.file or office.folder / TRAINED)


def _read(path: Path) -> LikenessModel:
    try:
        return read_model(path)
    except FileNotFoundError:
        raise _Refused(f"there is no {path}: livewatch model train makes it", Exit.USAGE) from None
    except (OSError, ModelError) as error:
        raise _Refused(f"{path}: {error}", Exit.USAGE) from None


def _compared(office: _Office, candidate: LikenessModel) -> tuple[ModelComparison, int]:
    """Both models on the decisions that came after those that either was made from.

    Returns:
        With the time after which those came, ms.
    """
    in_use = office.in_use()
    both = (in_use, candidate)
    learned = {one.text for each in both for one in each.file.labelled() if one.kind == "office"}
    until = max(each.file.head.of.until for each in both)
    unseen = [
        Judged(one.text, one.rule, one.confirmed)
        for one in office.decisions
        if one.at > until and one.text not in learned
    ]
    return compare(in_use, candidate, unseen, office.thresholds(), learned), until


def _show(comparison: ModelComparison, until: int, candidate: LikenessModel) -> None:
    tally = comparison.candidate.get("", Tally())
    print(
        f"{tally.texts} decisions{f' after {_day(until)}' if until else ''}, of which neither the model in use"
        f" nor this one ({candidate.version[:12]}, from {candidate.file.head.of.decisions} decisions)"
        " has seen one"
    )
    if alike := tally.texts - comparison.fresh.texts:
        print(
            f"{alike} of them are nearly what one of the two learned from: how a model decides what is new,"
            " only the others say"
        )
    print(f"{'rule':24}  {'':8}  {'confirmed, found':28}  {'false alarms, raised again':28}  right")
    rules = sorted(comparison.candidate.items())
    rows = [(rule or "all rules", comparison.in_use[rule], after) for rule, after in rules]
    rows[1:1] = [("all, without those", comparison.fresh_in_use, comparison.fresh)]
    for name, *both in rows:
        for model, one in zip(("in use", "trained"), both, strict=True):
            print(
                f"{name if model == 'in use' else '':24}  {model:8}  "
                f"{_share(one.found, one.violations):28}  "
                f"{_share(one.alarms, one.lawful):28}  {_share(one.right, one.texts)}"
            )
    for objection in comparison.objections():
        print(f"worse: {objection}")


def _share(part: int, of: int) -> str:
    if not of:
        return "-"
    low, high = wilson(part, of)
    return f"{part}/{of} = {part / of:.2f} ({low:.2f}–{high:.2f})"


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, BEIJING).strftime("%Y-%m-%d %H:%M")
