"""Events of many rooms, written room by room and read in the order of their arrival."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["Arrivals"]

#: Arrivals of so much time are sorted together.
BUCKET_MS = 300_000
#: Lines that are kept in memory before they are written to their buckets.
HELD = 100_000


class Arrivals:
    """Sorts in a folder of its own, so that memory does not grow with the number of rooms."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: defaultdict[int, list[tuple[int, bytes]]] = defaultdict(list)
        self._written: set[int] = set()
        self._count = 0

    def add(self, lines: Iterable[tuple[int, bytes]]) -> None:
        """Takes lines with the time of their arrival, in ms.

        Raises:
            OSError: the folder cannot be written.
        """
        for line in lines:
            self._held[line[0] // BUCKET_MS].append(line)
            self._count += 1
        if self._count >= HELD:
            self._spill()

    def ordered(self) -> Iterator[bytes]:
        """All lines by time; of the same time, in the order in which they were added."""
        for bucket in sorted(self._written | self._held.keys()):
            lines: list[tuple[int, bytes]] = []
            if bucket in self._written:
                for line in self._path(bucket).read_bytes().split(b"\n")[:-1]:
                    at, _, text = line.partition(b" ")
                    lines.append((int(at), text))
                self._path(bucket).unlink()
            lines += self._held.pop(bucket, [])
            lines.sort(key=lambda line: line[0])
            for _, text in lines:
                yield text

    def _spill(self) -> None:
        for bucket, lines in self._held.items():
            with self._path(bucket).open("ab") as file:
                file.writelines(b"%d %b\n" % line for line in lines)
            self._written.add(bucket)
        self._held.clear()
        self._count = 0

    def _path(self, bucket: int) -> Path:
        return self._folder / f"{bucket}.lines"
