"""Pages into PDF/A-3b by WeasyPrint, in a process of its own.

To draw takes some 200 MB, which a process never gives back, and a second or two in which nothing else of the
interpreter goes on; the monitor takes in events meanwhile. `python -m monitor.evidence.pdf` reads a list of
pages and writes a list of PDFs, both as MessagePack.
"""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import msgspec

from monitor.errors import LivewatchError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["NotDrawn", "draw", "is_installed"]

#: How the process ends where what WeasyPrint draws with (Pango) is missing.
LACKING = 3
#: Longer than any report takes, s.
PATIENCE_S = 600.0
_PICTURE = re.compile(r"data:(image/png|image/jpeg);base64,([A-Za-z0-9+/=]+)")


class NotDrawn(LivewatchError):
    """The process that draws failed."""


def is_installed() -> bool:
    """Is WeasyPrint there? What it draws with may be missing all the same."""
    return find_spec("weasyprint") is not None


def draw(pages: Sequence[bytes]) -> list[bytes] | None:
    """The PDFs of pages; ``None``: what WeasyPrint draws with is not here.

    Raises:
        NotDrawn: with the last that the process said.
    """
    # Without the working directory in its path, in which anything may lie.
    command = [sys.executable, "-P", "-m", "monitor.evidence.pdf"]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter
            command, input=msgspec.msgpack.encode(pages), capture_output=True, check=False,
            timeout=PATIENCE_S,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotDrawn(f"the PDF of the report could not be drawn: {error}") from error
    if done.returncode == LACKING:
        return None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise NotDrawn(
            f"the PDF of the report could not be drawn: {said or f'status {done.returncode}'}"
        )
    return msgspec.msgpack.decode(done.stdout, type=list[bytes])


def main() -> int:
    """Draws what comes in; the status of the process."""
    try:
        import weasyprint
    except (ImportError, OSError):
        return LACKING
    pages = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=list[bytes])
    drawn = [
        weasyprint.HTML(string=page.decode(), url_fetcher=_fetched).write_pdf(
            pdf_variant="pdf/a-3b"
        )
        for page in pages
    ]
    sys.stdout.buffer.write(msgspec.msgpack.encode(drawn))
    return 0


def _fetched(url: str, *_: object, **__: object) -> Any:
    from weasyprint.urls import URLFetcherResponse

    found = _PICTURE.fullmatch(url)
    if found is not None:
        return URLFetcherResponse(url, base64.b64decode(found[2]), {"Content-Type": found[1]})
    raise ValueError(f"a report refers to nothing outside of itself: {url[:80]}")


if __name__ == "__main__":
    sys.exit(main())
