"""`livewatch sources hear`: how well, and at what cost, a model of speech hears a recording of one's own."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import Struct
from rapidfuzz.distance import Levenshtein

from connectors.decoders.decoded import Recording
from connectors.decoders.segments import HeardSegment
from connectors.errors import Fatal, Retryable
from connectors.privacy import Pseudonyms
from detectors.match.fold import fold
from monitor.commands.answer import print_json
from monitor.commands.exits import Exit
from monitor.commands.progress import working

if TYPE_CHECKING:
    from connectors.sources.speech import Engine

__all__ = ["Heard", "HearingOptions", "character_errors", "run"]

#: A recording needs a beginning; which one makes no difference here.
BEGAN = "2026-01-01 00:00:00"


class HearingOptions(Struct, frozen=True, kw_only=True):
    """Which model, and what was really said."""

    engine: str
    model: Path
    language: str = "zh"
    threads: int = 1
    reference: Path | None = None
    """What is said in the recording, as text; ``None``: nobody wrote it down."""
    json: bool = False


class Heard(Struct, kw_only=True):
    """What came of one recording."""

    model: str
    model_sha256: str
    segments: list[HeardSegment]
    heard_s: float
    """Of the recording, in s, how much lay in segments."""
    until_s: float
    """End of the last segment, s from the beginning of the recording."""
    processor_s: float
    """Of this process and of ffmpeg, without loading the model."""
    resident_mb: float
    """Most memory of this process, with the model in it."""
    characters: int | None = None
    """Letters, characters and digits of the reference; ``None``: there is none."""
    errors: int | None = None
    """Of them, wrong, left out or put in (Levenshtein), traditional and simplified taken as one."""

    @property
    def error_rate(self) -> float | None:
        """Character error rate, 0 to above 1."""
        if self.errors is None or not self.characters:
            return None
        return self.errors / self.characters


def character_errors(heard: str, said: str) -> tuple[int, int]:
    """How many characters of what was said were heard wrongly, and how many there are.

    Marks, spaces and width count for nothing, and traditional characters are their simplified ones:
    rules read both alike.

    >>> character_errors("這個茶喝一個月，血壓就降", "这个茶喝一个月血压就降了。")
    (1, 12)
    """
    plain_heard, plain_said = _plain(heard), _plain(said)
    return Levenshtein.distance(plain_heard, plain_said), len(plain_said)


def run(audio: Path, options: HearingOptions) -> Exit:
    """Prints the segments of a recording, the error rate against what was said, and the cost."""
    from monitor.logs import configure

    configure("warning")
    try:
        said = options.reference.read_text(encoding="utf-8") if options.reference else None
    except (OSError, UnicodeDecodeError) as error:
        return _fail(f"{options.reference}: {error}", Exit.USAGE)
    try:
        with working("hearing"):
            heard = asyncio.run(_hear(audio, options))
    except Fatal as error:
        return _fail(error.reason, Exit.CONFIGURATION)
    except Retryable as error:
        return _fail(f"{audio}: {error.reason}", Exit.USAGE)
    if said is not None:
        heard.errors, heard.characters = character_errors(
            "".join(segment.text for segment in heard.segments), said
        )
    if options.json:
        document = cast("dict[str, Any]", msgspec.to_builtins(heard))
        document["error_rate"] = heard.error_rate
        print_json(document)
    else:
        _show(heard)
    return Exit.DONE


async def _hear(audio: Path, options: HearingOptions) -> Heard:
    from connectors.sources.speech import Speech, SpeechOptions

    source = Speech(
        SpeechOptions(
            engine=cast("Engine", options.engine),
            model=str(options.model),
            language=options.language,
            threads=options.threads,
            path=str(audio),
            began=BEGAN,
        ),
        Recording(platform="sample", room="sample", pseudonyms=Pseudonyms(os.urandom(32), "k0")),
    )
    try:
        await source.connect()
        before = _processor_s()
        segments = [
            msgspec.json.decode(delivery.frame, type=HeardSegment) async for delivery in source
        ]
    finally:
        await source.close()
    return Heard(
        model=options.model.name,
        model_sha256=segments[0].model_sha256 if segments else "",
        segments=segments,
        heard_s=sum(segment.end_ms - segment.start_ms for segment in segments) / 1_000,
        until_s=max((segment.end_ms for segment in segments), default=0) / 1_000,
        processor_s=_processor_s() - before,
        resident_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024,
    )


def _processor_s() -> float:
    """Processor time of this process and of the ffmpeg that has ended."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def _plain(text: str) -> str:
    return "".join(
        character.lower()
        for character in fold(text).text
        if unicodedata.category(character)[0] in "LN"
    )


def _show(heard: Heard) -> None:
    for segment in heard.segments:
        sure = f"  {segment.confidence:.2f}" if segment.confidence is not None else ""
        _print(f"{_clock(segment.start_ms)}–{_clock(segment.end_ms)}{sure}  {segment.text}")
    known = [segment.confidence for segment in heard.segments if segment.confidence is not None]
    _print(f"\nmodel {heard.model}  sha256 {heard.model_sha256 or 'unknown: nothing was heard'}")
    _print(
        f"{len(heard.segments)} segments, {heard.heard_s:.1f} s of speech up to {heard.until_s:.1f} s"
    )
    if known:
        _print(f"confidence: lowest {min(known):.2f}, median {sorted(known)[len(known) // 2]:.2f}")
    if heard.error_rate is not None:
        _print(
            f"character error rate {heard.error_rate:.3f}: {heard.errors} of {heard.characters} characters"
        )
    if heard.until_s and heard.processor_s:
        share = heard.processor_s / heard.until_s
        _print(
            f"{heard.processor_s:.1f} s of processor time, {share:.2f} of the recording's: "
            f"one processor carries {1 / share:.1f} such rooms; {heard.resident_mb:.0f} MB of memory"
        )


def _clock(ms: int) -> str:
    minutes, rest = divmod(ms, 60_000)
    return f"{minutes:02d}:{rest / 1_000:06.3f}"


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


def _fail(reason: str, status: Exit) -> Exit:
    sys.stderr.write(f"livewatch sources hear: {reason}\n")
    return status
