"""`livewatch rules pages`: a page a rule, from the packs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from detectors.pack.unseen import unseen_violations
from monitor.commands.exits import Exit
from monitor.commands.progress import working
from monitor.errors import ConfigError
from monitor.rule_pages import pages
from monitor.rulebooks import rulebook_for

__all__ = ["run"]


def run(
    folder: Path,
    *,
    check: bool = False,
    packs: Sequence[Path] = (),
    config: Path | None = None,
) -> Exit:
    """Writes the pages into a folder and removes those of rules that are gone.

    Args:
        folder: made if it is not there; other files than `.md` are left alone.
        check: write nothing; say which pages would change.
    """
    try:
        with working("reading the rules"):
            rulebook = rulebook_for(config, packs)
    except ConfigError as error:
        sys.stderr.write(f"livewatch rules pages: {error}\n")
        return Exit.CONFIGURATION
    wanted = pages(rulebook, unseen_violations())
    there = {path.name: path for path in folder.glob("*.md")} if folder.is_dir() else {}
    changed = [
        name
        for name, text in wanted.items()
        if name not in there or there[name].read_text(encoding="utf-8") != text
    ]
    gone = sorted(there.keys() - wanted.keys())
    if check:
        for name in [*changed, *gone]:
            sys.stdout.write(f"{folder / name} is not as the packs say\n")
        return Exit.CHECK_FAILED if changed or gone else Exit.DONE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in changed:
            (folder / name).write_text(wanted[name], encoding="utf-8")
        for name in gone:
            there[name].unlink()
    except OSError as error:
        sys.stderr.write(f"livewatch rules pages: {error}\n")
        return Exit.USAGE
    sys.stdout.write(
        f"{len(wanted)} pages in {folder}: {len(changed)} written, {len(gone)} removed\n"
    )
    return Exit.DONE
