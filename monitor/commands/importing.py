"""`livewatch import`: recordings, transcripts and lists that people have become events."""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from msgspec.json import encode as encode_json

from connectors.decoders.columns import COLUMNS
from connectors.decoders.decoded import Decoded, Problem, Recording, Speaker
from connectors.decoders.formats import (
    CAPTURES,
    HEAD_BYTES,
    LISTS,
    NEEDS_ROOM,
    NEEDS_START,
    Format,
    decoder_for,
    sniff,
)
from connectors.decoders.tables import TableLayout
from connectors.errors import NotAValue, UnreadableSource
from connectors.instants import DateOrder, parse_instant, parse_zone
from connectors.privacy import Pseudonyms
from connectors.sources.files import STDIN, InputFile
from detectors.events import Event, InvalidEvent, check_arrival
from monitor.commands.exits import Exit
from monitor.commands.progress import progress
from monitor.commands.time_order import TimeOrder
from monitor.pseudonyms import KEY_VARIABLE

__all__ = ["ImportOptions", "run"]

#: A recorder that cuts a broadcast into files goes on at once; a longer pause is a new broadcast.
SPLIT_MS = 5 * 60_000
#: Bytes of unknown pieces that are kept, and kinds that are named one by one.
MAX_KEPT_BYTES = 64 << 20
MAX_KINDS = 20
_PLATFORMS: dict[Format, str] = {"bililive": "bilibili", "pytchat": "youtube"}


class ImportOptions(Struct, kw_only=True):
    """What the person who imports says about the files."""

    format: str = "auto"
    platform: str | None = None
    room: str | None = None
    session: str | None = None
    start: str | None = None
    zone: str = "+08:00"
    host: str | None = None
    speakers: Mapping[str, Speaker] = {}
    columns: Mapping[str, str] = {}
    constants: Mapping[str, str] = {}
    dates: DateOrder | None = None
    key_file: str | None = None
    output: str = STDIN
    unknown: str | None = None
    """Where pieces of unknown kinds are kept, as JSON lines with their bytes in base64."""


def run(files: Sequence[str], options: ImportOptions) -> Exit:
    """Writes the events of all files as JSON lines, in the order of time."""
    try:
        zone = parse_zone(options.zone)
        start_ms = parse_instant(options.start, zone) if options.start is not None else None
        pseudonyms = _pseudonyms(options.key_file)
    except (NotAValue, OSError) as error:
        return _refuse(str(error))
    unknown = sorted({*options.columns, *options.constants} - {*COLUMNS})
    if unknown:
        return _refuse(
            f"a table has no field {', '.join(unknown)}: --map and --set take {', '.join(COLUMNS)}"
        )
    layout = TableLayout(columns=options.columns, constants=options.constants, dates=options.dates)
    with ExitStack() as stack:
        try:
            inputs = [stack.enter_context(InputFile(name)) for name in files]
            formats = [_format(file, options.format) for file in inputs]
        except (UnreadableSource, NotAValue) as error:
            return _refuse(str(error))
        for file, format_ in zip(inputs, formats, strict=True):
            if format_ in NEEDS_ROOM and not options.room:
                return _refuse(f"{file.name}: {format_} does not name its room: say --room")
            if format_ in NEEDS_START and start_ms is None:
                return _refuse(f"{file.name}: the times of {format_} are relative: say --start")
        importing = _Importing(options.unknown)
        # Files of one run are about one room, also those that do not say where they are from.
        platform = next((_PLATFORMS[known] for known in formats if known in _PLATFORMS), "import")
        total = sum(file.size for file in inputs) if all(file.size for file in inputs) else 0
        with progress("import", total) as show:
            for file, format_ in zip(inputs, formats, strict=True):
                # A capture tells its platform itself.
                told = "" if format_ in CAPTURES and platform == "import" else platform
                recording = Recording(
                    platform=options.platform or told,
                    room=options.room or "",
                    session=options.session,
                    start_ms=start_ms,
                    zone=zone,
                    host=options.host,
                    speakers=options.speakers,
                    pseudonyms=pseudonyms,
                )
                decoder = decoder_for(format_, recording, layout)
                before = sum(other.position for other in inputs if other is not file)
                try:
                    for chunk in file.chunks():
                        importing.take(file, format_, recording, decoder.feed(chunk))
                        show(before + file.position)
                except UnreadableSource as error:
                    importing.problem(file.name, f"byte {file.position}", error.reason)
                importing.take(file, format_, recording, decoder.finish())
    try:
        written = importing.write(options.output)
        if options.unknown is not None:
            Path(options.unknown).write_bytes(b"".join(importing.kept))
    except OSError as error:
        return _refuse(f"{error.filename or options.output}: {error.strerror}")
    importing.summary(written, options.output)
    if pseudonyms.version == "k0" and importing.accounts:
        _say(
            "note: viewers have pseudonyms of a one-time key (k0): the next import gives the same person "
            f"another one. Keep a key with --key-file or {KEY_VARIABLE}."
        )
    return Exit.INVALID_INPUT if importing.problems else Exit.DONE


class _Broadcast:
    """A broadcast that a recorder may have cut into several files."""

    def __init__(self, session: str) -> None:
        self.session = session
        """The session of its first file."""
        self.file = session
        """The session of the file that is being read."""
        self.last_at = 0


class _Importing:
    """One run over all files."""

    def __init__(self, kept_in: str | None) -> None:
        self.order = TimeOrder()
        self.kinds: Tally[str] = Tally()
        self.skipped: Tally[str] = Tally()
        self.unknown: Tally[str] = Tally()
        self.kept: list[bytes] = []
        """Unknown pieces as JSON lines, at most 64 MiB of them."""
        self._kept_bytes = 0
        self.kept_in = kept_in
        """Where they will be written."""
        self.problems = 0
        self._now = time.time_ns() // 1_000_000
        """The moment of arrival."""
        self.accounts = False
        """Was any viewer given a pseudonym."""
        self._session: str | None = None
        self._broadcasts: dict[str, _Broadcast] = {}
        """The latest broadcast of each room that a recorder wrote."""

    def take(
        self, file: InputFile, format_: Format, recording: Recording, decoded: Decoded
    ) -> None:
        """Keeps the events, reports the rest."""
        for event in decoded.events:
            try:
                check_arrival(event, self._now)
            except InvalidEvent as error:
                self.problem(file.name, f"event {event.id}", str(error))
                continue
            if format_ == "bililive" and recording.session is None:
                event.session = self._broadcast(event)
            elif (
                not event.session
                and recording.session is None
                and format_ in (NEEDS_ROOM | CAPTURES) - LISTS
            ):
                event.session = self._default_session(recording, event)
            self.kinds[type(event).__name__.lower()] += 1
            self.accounts = self.accounts or (
                format_ != "jsonl" and getattr(event, "user", None) is not None
            )
            self.order.add(event)
        for problem in decoded.problems:
            self.problem(file.name, problem.place, problem.reason)
        for note in decoded.notes:
            _say(f"{file.name}: note: {note}")
        self.skipped.update(decoded.skipped)
        for piece in decoded.unknown:
            self.unknown[piece.reason] += 1
            self._keep(file.name, piece)

    def _keep(self, name: str, piece: Problem) -> None:
        line = encode_json(
            {"file": name, "place": piece.place, "reason": piece.reason, "data": piece.data}
        )
        self._kept_bytes += len(line)
        if self._kept_bytes <= MAX_KEPT_BYTES:
            self.kept.append(line + b"\n")

    def _broadcast(self, event: Event) -> str:
        """The session of a recorder's event: files that follow one another are one broadcast."""
        known = self._broadcasts.get(event.room)
        if known is None or (event.session != known.file and event.at > known.last_at + SPLIT_MS):
            known = self._broadcasts[event.room] = _Broadcast(event.session)
        known.file = event.session
        known.last_at = max(known.last_at, event.at)
        return known.session

    def problem(self, name: str, place: str, reason: str) -> None:
        """Reports a piece that was not used."""
        self.problems += 1
        _say(f"{name}: {place}: {reason}")

    def _default_session(self, recording: Recording, event: Event) -> str:
        """One session for the files of a run: the room and the day on which it began."""
        if self._session is None:
            began = recording.start_ms if recording.start_ms is not None else event.at
            day = datetime.fromtimestamp(began / 1_000, UTC).astimezone(recording.zone)
            self._session = f"{recording.room or event.room}-{day:%Y%m%d}"
        return self._session

    def write(self, output: str) -> int:
        """Writes the events; a file appears only when it is complete."""
        written = 0
        if output == STDIN:
            for line in self.order.lines():
                sys.stdout.buffer.write(line)
                written += 1
            sys.stdout.buffer.flush()
            return written
        part = Path(f"{output}.part")
        try:
            with part.open("wb") as file:
                for line in self.order.lines():
                    file.write(line)
                    written += 1
            part.replace(output)
        finally:
            part.unlink(missing_ok=True)
        return written

    def summary(self, written: int, output: str) -> None:
        """What came of the files, on standard error."""
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in self.kinds.most_common())
        where = "standard output" if output == STDIN else output
        _say(
            f"{written:,} events to {where} ({kinds or 'none'}); {self.order.repeated:,} were there twice, "
            f"{self.problems:,} pieces could not be used"
        )
        if self.skipped:
            _say(f"passed over, by kind: {_by_kind(self.skipped)}")
        if self.unknown:
            hint = "" if self.kept_in else "; --unknown FILE keeps them"
            _say(f"not understood: {_by_kind(self.unknown)}{hint}")


def _by_kind(counts: Tally[str]) -> str:
    """Counts by name, the most first; of many kinds the first twenty."""
    named = [f"{name} {count:,}" for name, count in counts.most_common(MAX_KINDS)]
    others = sum(counts.values()) - sum(count for _, count in counts.most_common(MAX_KINDS))
    return ", ".join([*named, f"others {others:,}"] if others else named)


def _format(file: InputFile, said: str) -> Format:
    if said != "auto":
        return said  # type: ignore[return-value]  # the command line takes no other
    found = sniff(file.head(HEAD_BYTES), file.name)
    if found is None:
        raise NotAValue(f"{file.name}: cannot tell what it is: say --format")
    return found


def _pseudonyms(key_file: str | None) -> Pseudonyms:
    """The key of a file or of the environment, else one that nobody keeps."""
    if key_file is not None:
        return Pseudonyms.from_text(Path(key_file).read_text(encoding="utf-8"))
    if text := os.environ.get(KEY_VARIABLE):
        return Pseudonyms.from_text(text)
    return Pseudonyms(secrets.token_bytes(32), "k0")


def _refuse(reason: str) -> Exit:
    _say(f"livewatch import: {reason}")
    return Exit.USAGE


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
