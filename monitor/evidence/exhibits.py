"""Screenshots and clips in a bundle: their files, what was noted of them, their leaves, what is shown."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from monitor.evidence import ledger
from monitor.evidence.media import pixels_of
from monitor.evidence.report import ShownCapture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from monitor.evidence.capture_rows import CaptureRow

__all__ = ["Exhibits"]

#: Screenshots that the report shows, and the largest of them, bytes and pixels; the others it names.
PICTURES, PICTURE_BYTES, PIXELS = 8, 4 * 2**20, 20_000_000
BLOCK = 2**20


class Exhibits:
    """Adds them to a bundle."""

    def __init__(
        self,
        add: Callable[[str, bytes | Iterable[bytes], str, str], None],
        folder: Path,
        *,
        redacted: bool,
    ) -> None:
        """
        Args:
            add: adds a file: path, contents, role, note.
            folder: of the files of captures.
        """
        self._add = add
        self._folder = folder
        self._redacted = redacted
        self._pictures = 0
        self.leaves: list[int] = []
        """Of the log of captures."""
        self.notes: list[str] = []

    def write(self, rows: Sequence[CaptureRow]) -> list[ShownCapture]:
        """Adds these. Of a redacted copy the digests alone: what they show cannot be masked."""
        lines: list[bytes] = []
        shown: list[ShownCapture] = []
        for row in rows:
            self.leaves.append(row.leaf)
            line: dict[str, Any] = {
                "log": ledger.CAPTURES, "number": row.number, "leaf": row.leaf,
                "received": row.received, "sha256": row.sha256,
                "told": hashlib.sha256(row.told).hexdigest(),
            }  # fmt: skip
            if not self._redacted:
                path = self._files(row, line)
                picture = self._picture(row) if path else None
                shown.append(ShownCapture(row.capture, path, picture))
            lines.append(msgspec.json.encode(line) + b"\n")
        if lines:
            note = "screenshots and clips: their leaves in the log"
            if self._redacted:
                note += "; what they show cannot be masked, so they are left out"
                self.notes.append(f"{len(lines)} captures are left out of the redacted copy")
            self._add("data/captures/captures.ndjson", lines, "derived", note)
        return shown

    def _files(self, row: CaptureRow, line: dict[str, Any]) -> str:
        """Adds what was noted of a capture, and its file; the path of the file, empty: it is gone."""
        place = f"data/captures/{row.number:04d}-{row.sha256[:12]}"
        line["record"] = f"{place}.json"
        note = "what was noted of a capture when it came in"
        self._add(line["record"], row.told, "original", note)
        try:
            whole = row.is_whole(self._folder)
        except OSError:
            whole = False
        if not whole:
            self.notes.append(
                f"the file of capture {row.capture.id} is not what it was, or is gone: what was noted"
                " of it is here"
            )
            return ""
        line["file"] = path = f"{place}.{row.suffix}"
        with row.file(self._folder).open("rb") as opened:
            blocks = iter(lambda: opened.read(BLOCK), b"")
            self._add(path, blocks, "original", "a capture, as it was supplied")
        return path

    def _picture(self, row: CaptureRow) -> bytes | None:
        """The bytes of a screenshot that the report shows; ``None``: it only names the file."""
        if row.suffix not in ("png", "jpg") or row.capture.bytes > PICTURE_BYTES:
            return None
        if self._pictures >= PICTURES:
            return None
        data = row.file(self._folder).read_bytes()
        # A picture that says that it is huge is one to fill the memory of whoever draws it.
        if not 0 < (pixels_of(data) or 0) <= PIXELS:
            return None
        self._pictures += 1
        return data
