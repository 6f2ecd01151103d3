"""`livewatch evidence page`: the page and the script that check bundles, as this version was released with.

What lies in a bundle may have been changed with the bundle. Whoever has these from elsewhere, or their
digests, need not believe the bundle.
"""

from __future__ import annotations

import hashlib
import sys
from typing import TYPE_CHECKING

from monitor.commands.answer import answer
from monitor.commands.exits import Exit

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["page"]

FILES = ("verify.html", "verify.sh")


def page(out: Path | None, *, as_json: bool = False) -> Exit:
    """Prints their SHA-256, and writes them into a folder if one is named; what is there stays."""
    from monitor.evidence import report

    found = {name: report.text(name) for name in FILES}
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in found.items()}
    try:
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            for name, data in found.items():
                with (out / name).open("xb") as file:
                    file.write(data)
    except OSError as error:
        print(
            f"livewatch evidence page: {error.filename}: {error.strerror}; nothing is overwritten",
            file=sys.stderr,
        )
        return Exit.USAGE
    answer(digests, *(f"{digest}  {name}" for name, digest in digests.items()), as_json=as_json)
    return Exit.DONE
