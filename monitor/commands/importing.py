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
from typing import BinaryIO

from msgspec import Struct

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
from connectors.whole_file import whole_file
from detectors.events import Event, InvalidEvent, check_arrival, encode
from monitor.commands.exits import Exit
from monitor.commands.import_report import Report, say
from monitor.commands.progress import progress
from monitor.commands.time_order import TimeOrder, kind_of
from monitor.pseudonyms import KEY_VARIABLE
from monitor.standard_output import discard

__all__ = ["ImportOptions", "run"]

#: A recorder that cuts a broadcast into files goes on at once; a longer pause is a new broadcast.
SPLIT_MS = 5 * 60_000
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
    rejected: str | None = None
    """Where pieces that could not be used are kept, the same way."""


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
        importing = _Importing(options)
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
                    place = f"byte {file.position}"
                    importing.report.problem(file.name, Problem(place, error.reason))
                importing.take(file, format_, recording, decoder.finish())
    try:
        written = importing.write(options.output)
        report = importing.report
        for path, kept in (
            (options.unknown, report.unknown_pieces),
            (options.rejected, report.rejected_pieces),
        ):
            if path is not None:
                Path(path).write_bytes(b"".join(kept.lines))
    except OSError as error:
        return _refuse(f"{error.filename or options.output}: {error.strerror}")
    importing.summary(written, options.output)
    report.tell(written, importing.order.repeated)
    if pseudonyms.version == "k0" and importing.accounts:
        say(
            "note: viewers have pseudonyms of a one-time key (k0): the next import gives the same person "
            f"another one. Keep a key with --key-file or {KEY_VARIABLE}."
        )
    fine = not (report.problems or report.nothing_of or report.prices_unread)
    return Exit.DONE if fine else Exit.INVALID_INPUT


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

    def __init__(self, options: ImportOptions) -> None:
        self.order = TimeOrder()
        self.report = Report(
            keeps_unknown=options.unknown is not None, keeps_rejected=options.rejected is not None
        )
        self.kinds: Tally[str] = Tally()
        """Events that were written, by kind."""
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
        taken = []
        for event in decoded.events:
            try:
                check_arrival(event, self._now)
            except InvalidEvent as error:
                decoded.bad(f"event {event.id}", str(error), encode(event))
                continue
            if format_ == "bililive" and recording.session is None:
                event.session = self._broadcast(event)
            elif (
                not event.session
                and recording.session is None
                and format_ in (NEEDS_ROOM | CAPTURES) - LISTS
            ):
                event.session = self._default_session(recording, event)
            self.accounts = self.accounts or (
                format_ != "jsonl" and getattr(event, "user", None) is not None
            )
            self.order.add(event)
            taken.append(event)
        self.report.take(file.name, decoded, taken)

    def _broadcast(self, event: Event) -> str:
        """The session of a recorder's event: files that follow one another are one broadcast."""
        known = self._broadcasts.get(event.room)
        if known is None or (event.session != known.file and event.at > known.last_at + SPLIT_MS):
            known = self._broadcasts[event.room] = _Broadcast(event.session)
        known.file = event.session
        known.last_at = max(known.last_at, event.at)
        return known.session

    def _default_session(self, recording: Recording, event: Event) -> str:
        """One session for the files of a run: the room and the day on which it began."""
        if self._session is None:
            began = recording.start_ms if recording.start_ms is not None else event.at
            day = datetime.fromtimestamp(began / 1_000, UTC).astimezone(recording.zone)
            self._session = f"{recording.room or event.room}-{day:%Y%m%d}"
        return self._session

    def write(self, output: str) -> int:
        """Writes the events; a file appears only when it is complete."""
        if output == STDIN:
            try:
                self._write_to(sys.stdout.buffer)
                sys.stdout.buffer.flush()
            except BrokenPipeError:
                # Whoever reads has enough (`| head`).
                discard()
        else:
            with whole_file(output) as file:
                self._write_to(file)
        return self.kinds.total()

    def _write_to(self, file: BinaryIO) -> None:
        for line in self.order.lines():
            file.write(line)
            self.kinds[kind_of(line)] += 1

    def summary(self, written: int, output: str) -> None:
        """What came of the files, on standard error."""
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in self.kinds.most_common())
        where = "standard output" if output == STDIN else output
        say(
            f"{written:,} events to {where} ({kinds or 'none'}); {self.order.repeated:,} were there twice, "
            f"{self.report.problems:,} pieces could not be used"
        )


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
    say(f"livewatch import: {reason}")
    return Exit.USAGE
