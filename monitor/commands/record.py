"""`livewatch rules record` and `rules compare`: what a revision changes, line by line."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from detectors.lab.evaluation import BadLabels, read_scenarios, read_texts
from detectors.lab.record import (
    RecordDifference,
    RecordEntry,
    differences,
    of_cases,
    of_scenarios,
    of_texts,
)
from detectors.pack.load import Rulebook
from monitor.commands.answer import print_json
from monitor.commands.evaluate import labels_of
from monitor.commands.exits import Exit
from monitor.commands.progress import progress, working
from monitor.errors import ConfigError
from monitor.rulebooks import rulebook_for

__all__ = ["compare", "record"]


def record(
    folder: Path, *, sample: int = 1, packs: Sequence[Path] = (), config: Path | None = None
) -> Exit:
    """Prints the record of a folder of labelled files and of the packs' cases, as JSON lines."""
    try:
        with working("reading the rules"):
            book = rulebook_for(config, packs)
    except ConfigError as error:
        return _fail(str(error), Exit.CONFIGURATION)
    files = [*sorted(folder.glob("*.jsonl")), *sorted(folder.glob("scenarios/*.jsonl"))]
    if not files:
        return _fail(f"no labelled files under {folder}", Exit.USAGE)
    encoder = msgspec.json.Encoder()
    try:
        with progress("record", len(files) + 1, always=True) as show:
            for number, path in enumerate(files):
                show(number, path.name)
                for entry in _of(path, book, sample):
                    sys.stdout.buffer.write(encoder.encode(entry) + b"\n")
            show(len(files), "cases")
            for entry in of_cases(book):
                sys.stdout.buffer.write(encoder.encode(entry) + b"\n")
    except (OSError, BadLabels) as error:
        return _fail(str(error), Exit.USAGE)
    sys.stdout.buffer.flush()
    return Exit.DONE


def _of(path: Path, book: Rulebook, sample: int) -> Iterator[RecordEntry]:
    name = path.stem
    if path.parent.name == "scenarios":
        return of_scenarios(f"scenarios/{name}", labels_of(path, read_scenarios)[::sample], book)
    # Each n-th of all rows is the same row in every record of that step.
    rows = labels_of(path, read_texts)[::sample]
    return of_texts(name if sample == 1 else f"{name}/{sample}", rows, book)


def compare(before: Path, after: Path, *, as_json: bool = False) -> Exit:
    """Prints what differs between two records, and how much of it in all."""
    decoder = msgspec.json.Decoder(RecordEntry)
    try:
        old, new = (decoder.decode_lines(path.read_bytes()) for path in (before, after))
    except (OSError, msgspec.MsgspecError) as error:
        return _fail(str(error), Exit.USAGE)
    found = differences(old, new)
    if as_json:
        print_json(found)
        return Exit.DONE
    for one in found:
        print(f"{one.kind:8} {one.rule:26} {_shown(one):22} {one.key}  {one.text}")
    common = len({entry.key for entry in old} & {entry.key for entry in new})
    counts = {
        kind: sum(1 for one in found if one.kind == kind)
        for kind in ("gained", "lost", "level", "subject", "hits", "places")
    }
    told = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count) or "none"
    print(f"{common:,} entries in both: {told}", file=sys.stderr)
    return Exit.DONE


def _shown(one: RecordDifference) -> str:
    before = one.before.level if one.before is not None else ""
    after = one.after.level if one.after is not None else ""
    return before if before == after else f"{before} → {after}".strip(" →")


def _fail(message: str, status: Exit) -> Exit:
    print(f"livewatch rules: {message}", file=sys.stderr)
    return status
