"""What every decoder of recordings shares: what is known of the recording, what comes out of
it, and how an item without an id of the platform gets one.

A decoder is bytes in, events out: no network, no clock, no file. It never raises on foreign
bytes: a piece that cannot be used becomes a `Problem` with its place and the reason, and the
rest goes on.
"""

from __future__ import annotations

import hashlib
from collections import Counter as Tally
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any, Literal, Protocol, TypeVar

from msgspec import Struct, field

from connectors.instants import CHINA
from connectors.privacy import Pseudonyms, mask
from detectors.events import (
    EARLIEST_MS,
    LATEST_MS,
    MAX_COUNT,
    MAX_NAME,
    MAX_TEXT,
    Chat,
    Counter,
    Event,
    checked,
)

__all__ = [
    "LIVE_OCCURRENCES",
    "SPEAKER_WORDS",
    "Decoded",
    "Decoder",
    "FrameKind",
    "Occurrences",
    "Problem",
    "Recording",
    "Role",
    "chat_text",
    "digest",
    "fits",
    "sha256",
    "speaker_of",
    "takes",
]

Speaker = Literal["host", "assistant", "guest"]
Role = Literal["viewer", "host", "assistant", "system"]

#: What a frame is: a line of text (JSON mostly); the bytes of a binary socket; a whole file; a page
#: with the head of its answer; recognised speech; text on a picture.
FrameKind = Literal["line", "bytes", "file", "page", "segment", "picture"]
Factory = TypeVar("Factory", bound=Callable[..., Any])

#: Longest piece of bad input that a problem carries, in bytes.
MAX_EVIDENCE = 4_096
#: Longest name of an unknown kind, in characters.
MAX_KIND = 80
#: Distinct items that `Occurrences` remembers: in a file, and in a live room.
MAX_OCCURRENCES, LIVE_OCCURRENCES = 65_536, 1_024

#: Words by which transcripts name who speaks.
SPEAKER_WORDS: Mapping[str, Speaker] = {
    **dict.fromkeys(("host", "主播", "主播人", "老板", "讲师", "anchor", "streamer"), "host"),
    **dict.fromkeys(("assistant", "助播", "助理", "场控", "副播", "中控", "小助理"), "assistant"),
    **dict.fromkeys(("guest", "嘉宾", "专家", "客人", "连麦"), "guest"),
}  # fmt: skip


class Recording(Struct, frozen=True, kw_only=True):
    """What the person who brings a recording knows about it."""

    platform: str
    room: str = ""
    session: str | None = None
    """``None``: not said; the decoder's own, or the importer's default."""
    start_ms: int | None = None
    """Wall clock of the recording's time 0, ms; needed for formats with relative times only."""
    zone: tzinfo = CHINA
    """Time zone of times that are written without one."""
    host: str | None = None
    """Name of the host, as displayed."""
    speakers: Mapping[str, Speaker] = {}
    """Role of each speaker label in a transcript."""
    pseudonyms: Pseudonyms

    def account(self, account: str) -> str:
        """The pseudonym of a viewer's account."""
        return self.pseudonyms.of(self.platform, account)


class Problem(Struct, frozen=True):
    """A piece of input that was not used."""

    place: str
    """“line 12”, “byte 4096”, “item 3”"""
    reason: str
    data: bytes = b""
    """The piece itself, at most 4 KiB of it."""

    @property
    def kind(self) -> str:
        """Name of an unknown piece's kind, with unprintable characters replaced (the sender chose it)."""
        name = self.reason.removeprefix("unknown ")[:MAX_KIND]
        return "".join(char if char.isprintable() else "\ufffd" for char in name)


class Decoded(Struct):
    """Everything a decoder made of one piece of input."""

    events: list[Event] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    skipped: Tally[str] = field(default_factory=Tally)
    """How many items were passed over, by name: they have no place in the contract."""
    notes: list[str] = field(default_factory=list)
    """Remarks for the person who imports; nothing was lost."""
    replies: list[bytes] = field(default_factory=list)
    """Messages to send back: acknowledgements, heartbeat replies."""
    unknown: list[Problem] = field(default_factory=list)
    """Well-formed pieces of a kind that this decoder does not know, each with the reason
    “unknown …” and the name of the kind: the runner counts them, and keeps samples."""

    lacking: Tally[tuple[str, str]] = field(default_factory=Tally)
    """Pieces that became no event because a field was missing, by event kind and field: a rise shows
    that the platform moved the field. Such a piece is also skipped or reported as usual."""

    unread: dict[str, list[str]] = field(default_factory=dict)
    """Columns of a table that were not read, with the first values of each."""

    def take(self, event: Event, place: str, data: bytes = b"") -> bool:
        """Adds a valid event and returns true; adds a problem for an invalid one.

        A `seen` before `at` can only be a clock difference, and is dropped.
        """
        if event.seen is not None and event.seen < event.at:
            event.seen = None
        try:
            self.events.append(checked(event))
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            self.bad(place, str(error), data)
            return False
        return True

    def bad(self, place: str, reason: str, data: bytes = b"") -> None:
        """Adds a problem."""
        self.problems.append(Problem(place, reason, data[:MAX_EVIDENCE]))

    def strange(self, place: str, kind: str, data: bytes = b"") -> None:
        """Adds a piece of a kind that the decoder does not know."""
        self.unknown.append(Problem(place, f"unknown {kind[:MAX_KIND]}", data[:MAX_EVIDENCE]))

    def skip(self, name: str, count: int = 1) -> None:
        """Counts items that are passed over."""
        if count:
            name = name[:MAX_KIND]
            self.skipped[name] = self.skipped.get(name, 0) + count

    def lack(self, kind: str, field: str) -> None:
        """Counts a piece that became no event of this kind because this field was missing."""
        self.lacking[kind, field] += 1

    def merge(self, other: Decoded) -> None:
        """Adds all of another piece."""
        self.events += other.events
        self.problems += other.problems
        self.skipped.update(other.skipped)
        self.notes += other.notes
        self.replies += other.replies
        self.unknown += other.unknown
        self.lacking.update(other.lacking)
        self.unread |= other.unread


class Decoder(Protocol):
    """Bytes of one recording in any cut, then `finish`."""

    def feed(self, data: bytes) -> Decoded: ...

    def finish(self) -> Decoded: ...


def takes(*kinds: FrameKind) -> Callable[[Factory], Factory]:
    """Says which frames a decoder takes, so that a source that brings others is refused."""

    def mark(factory: Factory) -> Factory:
        factory.takes = frozenset(kinds)  # type: ignore[attr-defined]  # functions have no such field
        return factory

    return mark


class Occurrences:
    """Gives identical items different ids by numbering them: two identical lines are two events, and
    a second copy of the recording gets the same ids.

    Only the latest distinct items are remembered: identical items share their time, so they stand
    close together.
    """

    def __init__(self, most: int = MAX_OCCURRENCES) -> None:
        """
        Args:
            most: distinct items remembered. A live room needs some hundred, and thousands of rooms
                are watched at once.
        """
        self._most = most
        self._seen: OrderedDict[str, int] = OrderedDict()

    def id(self, prefix: str, *parts: object) -> str:
        """An id from the parts that identify an item, and its number among identical ones."""
        identity, seen = digest(*parts), self._seen
        number = seen.get(identity, -1) + 1
        seen[identity] = number
        if number:
            seen.move_to_end(identity)
        elif len(seen) > self._most:
            seen.popitem(last=False)
        return f"{prefix}-{identity}" if not number else f"{prefix}-{identity}.{number}"


def digest(*parts: object) -> str:
    """128 bits of SHA-256 over a list of values, in hex."""
    # Length-prefixed, so that no choice of values makes two lists look the same.
    text = "".join([f"{len(part)}:{part}" for part in map(str, parts)])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def sha256(data: bytes) -> str:
    """The hash of bytes as received, for `raw`."""
    return hashlib.sha256(data).hexdigest()


def speaker_of(recording: Recording, label: str | None) -> Speaker | None:
    """Role of the speaker with this label in a transcript; ``None``: unknown."""
    if label is None:
        return None
    known = recording.speakers.get(label)
    if known is not None:
        return known
    if recording.host is not None and label == recording.host:
        return "host"
    return SPEAKER_WORDS.get(label.strip().lower())


def chat_text(text: str, role: str | None) -> str:
    """A chat line without the personal data of viewers; the seller's own words stay."""
    return text if role in ("host", "assistant") else mask(text)


def fits(event: Chat | Counter) -> bool:
    """True if a chat line or counter keeps the contract, given that an earlier event of the same
    frame was validated in full.

    Only what differs between events of a frame is checked: id, time, text (already valid UTF-8) and
    number (not negative). `checked` validates a whole event, in eight times the time.
    """
    if not (0 < len(event.id) <= MAX_NAME and EARLIEST_MS <= event.at <= LATEST_MS):
        return False
    if isinstance(event, Chat):
        return len(event.text) <= MAX_TEXT
    return (event.high or event.low or event.value or 0) <= MAX_COUNT
