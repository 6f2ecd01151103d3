"""The wordings of a room's broadcast: those of several accounts, and the runs that wait for a second."""

from __future__ import annotations

from typing import Any

import msgspec
from rapidfuzz import fuzz

from detectors.events import Chat
from detectors.facts.crowd.account import Account
from detectors.facts.crowd.accounts import Accounts
from detectors.facts.crowd.head import Head
from detectors.facts.crowd.line import Line
from detectors.facts.crowd.runs import Chunk, Runs
from detectors.facts.crowd.wording import Wording

__all__ = ["SHARD", "Wordings"]

#: Wordings of several accounts that are kept.
MAX_WORDINGS = 2_048
#: Wordings of a part.
SHARD = 16
#: What a wording of a few accounts, and a whole line, take in memory, about.
BYTES, EVENT_BYTES = 350, 500
#: Whole lines that are kept as evidence, of all wordings.
MAX_KEPT = 320
#: From this many accounts on lines of a wording are kept.
KEPT_FROM = 3
#: Two lines are nearly the same from end to end at this ratio of their gists.
NEAR = 80.0
#: From this many accounts on it does not matter how many a wording has, when some have to go.
STRONG = 5


class Wordings:
    """By the keys of their runs (`line.key_of`)."""

    __slots__ = ("_changed", "_chunks", "_kept", "_shards", "known", "runs")

    def __init__(self) -> None:
        self.known: dict[int, Wording] = {}
        #: By number // `SHARD`, in the order of their numbers.
        self._shards: dict[int, list[Wording]] = {}
        self.runs = Runs()
        #: Whole lines that wordings keep.
        self._kept = 0
        self._changed: set[int] = set()
        #: Chunks of runs as they were written, until all parts are back.
        self._chunks: dict[int, Chunk] = {}

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        return BYTES * len(self.known) + EVENT_BYTES * self._kept + self.runs.size

    def find(
        self, line: Line, writer: Account, at: int, head: Head, accounts: Accounts
    ) -> tuple[Wording | None, Wording | None]:
        """Notes the line with the wordings of its runs: the one of most accounts, and the last one."""
        account, is_first = writer.number, writer.lines == 1
        found: Wording | None = None
        partners: Wording | None = None
        known, keys = self.known, line.keys
        alone = [key for key in keys if key not in known]
        met = self.runs.look(alone, account) if alone else {}
        if not met and len(alone) == len(keys):
            return None, None
        for key in keys:
            wording = known.get(key)
            if wording is None:
                first = met.get(key, account)
                if first == account:
                    continue
                # A second account uses the run: from now on it is followed.
                wording = self._begin(head.next_wording, key, line.words, first, accounts.last_of(first))  # fmt: skip
                head.next_wording += 1
            else:
                self._changed.add(wording.number // SHARD)
            wording.take(account, at, is_first=is_first)
            if found is None or wording.count > found.count:
                found = wording
            partners = wording
        return found, partners

    def is_near(self, wording: Wording, line: Line) -> bool:
        """Is a line nearly that of the wording, from end to end?"""
        return line.words == wording.text or fuzz.ratio(line.words, wording.text) >= NEAR

    def weigh(self, wording: Wording, line: Line, account: int, event: Chat) -> None:
        """Notes whether a line of praise is nearly that of the wording, and keeps it as evidence."""
        wording.approach(account, event.at, near=self.is_near(wording, line))
        if wording.count >= KEPT_FROM:
            self._kept += wording.keep(event)

    def _begin(self, number: int, key: int, text: str, first: int, at: int) -> Wording:
        if len(self.known) >= MAX_WORDINGS:
            self._clear()
        wording = self.known[key] = Wording.begun(number, key, text, first, at)
        self._shards.setdefault(number // SHARD, []).append(wording)
        self._changed.add(number // SHARD)
        return wording

    def clear(self) -> None:
        """A broadcast begins or ends: words are of one broadcast."""
        self._changed.update(self._shards)
        self.runs.clear()
        self.known.clear()
        self._shards.clear()
        self._kept = 0

    def drop_events(self) -> None:
        """Drops the evidence of wordings that were not used for the longest time."""
        if self._kept <= MAX_KEPT:
            return
        kept = 0
        for wording in sorted(self.known.values(), key=lambda one: (-one.last, one.number)):
            kept += len(wording.events)
            if kept > MAX_KEPT // 2 and wording.events:
                kept -= len(wording.events)
                wording.events = ()
                self._changed.add(wording.number // SHARD)
        self._kept = kept

    def _clear(self) -> None:
        """Drops an eighth of the wordings: those of few accounts, unused for the longest time.

        Whose run still waits in `runs` may become a wording again.
        """
        weakest = sorted(
            self.known.values(), key=lambda one: (min(one.count, STRONG), one.last, one.number)
        )[: MAX_WORDINGS // 8]  # fmt: skip
        for wording in weakest:
            self._kept -= len(wording.events)
            del self.known[wording.key]
            shard = self._shards[wording.number // SHARD]
            shard.remove(wording)
            if not shard:
                del self._shards[wording.number // SHARD]
            self._changed.add(wording.number // SHARD)

    # As parts -----------------------------------------------------------------------------

    def take_changes(self) -> set[str]:
        """Names of the parts that changed since the last call."""
        changed = {f"v{shard}" for shard in self._changed}
        changed.update(f"q{chunk}" for chunk in self.runs.changed)
        self._changed, self.runs.changed = set(), set()
        return changed

    def part_names(self) -> list[str]:
        """Names of all parts."""
        return [
            *(f"v{shard}" for shard in self._shards),
            *(f"q{chunk}" for chunk in self.runs.chunks()),
        ]

    def part(self, name: str) -> Any:
        """The body of a part; ``None``: it is gone."""
        number = int(name[1:])
        return self.runs.chunk(number) if name[0] == "q" else self._shards.get(number)

    def take_part(self, name: str, body: bytes) -> None:
        """Takes back a part; `settle` has to follow the last one.

        Raises:
            msgspec.MsgspecError: another version wrote it.
        """
        number = int(name[1:])
        if name[0] == "q":
            self._chunks[number] = msgspec.msgpack.decode(body, type=Chunk)
        else:
            self._shards[number] = msgspec.msgpack.decode(body, type=list[Wording])

    def settle(self) -> None:
        """Makes what is not written, once all parts are back."""
        self.runs.take_chunks(self._chunks)
        self._chunks = {}
        self._shards = dict(sorted(self._shards.items()))
        texts: dict[str, str] = {}
        for wording in (one for shard in self._shards.values() for one in shard):
            # The wordings that one line made have one text.
            wording.text = texts.setdefault(wording.text, wording.text)
            self.known[wording.key] = wording
            self._kept += len(wording.events)
