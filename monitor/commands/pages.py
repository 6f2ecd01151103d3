"""`livewatch rules pages`: a page a rule, from the packs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from detectors.pack.unseen import unseen_violations
from monitor.commands.answer import answer
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
    as_json: bool = False,
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
        lines = [f"{folder / name} is not as the packs say" for name in [*changed, *gone]]
        answer({"pages": len(wanted), "changed": changed, "gone": gone}, *lines, as_json=as_json)
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
    says = f"{len(wanted)} pages in {folder}: {len(changed)} written, {len(gone)} removed"
    answer({"pages": len(wanted), "changed": changed, "gone": gone}, says, as_json=as_json)
    return Exit.DONE
