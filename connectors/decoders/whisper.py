"""Transcripts of Whisper's family as host speech, by what they hold.

openai-whisper and what writes like it (`segments` with `avg_logprob`, times in seconds; a list of
segments by itself), WhisperX (`segments` with `words` and, where voices were told apart, `speaker`),
Transformers (`chunks` with a pair of seconds), whisper.cpp (`transcription` with `offsets` in ms, and
tokens in its full form): a document, a list of them, or one a line. And the table with tabs that
openai-whisper writes: start and end in ms, text.

Confidence is the geometric mean of the probabilities of the tokens, as the recogniser gives it
(`exp(avg_logprob)`); WhisperX scores how words fit the sound, not whether they are right, so that
nothing is taken from them.
"""

from __future__ import annotations

import codecs
import math
from collections.abc import Iterator
from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct

from connectors.decoders.decoded import Decoded
from connectors.decoders.encoding import text_lines
from connectors.decoders.spoken import LONGEST_MS, Said, tell
from connectors.decoders.whole import BAD_JSON, Whole, json_documents

__all__ = ["WhisperTranscript"]

#: How the table begins.
TABLE_HEAD = b"start\tend\ttext"

_Seconds = Annotated[float, Meta(ge=0, lt=LONGEST_MS / 1_000)]
_Ms = Annotated[int, Meta(ge=0, lt=LONGEST_MS)]


class _Segment(Struct):
    start: _Seconds
    end: _Seconds | None = None
    text: str = ""
    speaker: str | None = None
    avg_logprob: float | None = None


class _Offsets(Struct):
    from_: _Ms = msgspec.field(name="from")
    to: _Ms | None = None


class _Token(Struct):
    text: str = ""
    p: Annotated[float, Meta(ge=0, le=1)] | None = None


class _Piece(Struct):
    offsets: _Offsets
    text: str = ""
    speaker: str | None = None
    tokens: list[_Token] | None = None


class _Chunk(Struct):
    timestamp: tuple[_Seconds, _Seconds | None]
    text: str = ""


class _Document(Struct):
    segments: list[Raw] | None = None
    transcription: list[Raw] | None = None
    chunks: list[Raw] | None = None
    start: _Seconds | None = None
    """Of a segment by itself."""


_document = msgspec.json.Decoder(_Document)
_segment = msgspec.json.Decoder(_Segment)
_piece = msgspec.json.Decoder(_Piece)
_chunk = msgspec.json.Decoder(_Chunk)
_list = msgspec.json.Decoder(list[Raw])


class WhisperTranscript(Whole):
    """One file: `feed` it in pieces, then `finish`."""

    def read(self, data: bytes, out: Decoded) -> None:
        if data.removeprefix(codecs.BOM_UTF8).startswith(TABLE_HEAD):
            said = list(_rows(data, out))
        else:
            said = list(_of_json(data, out))
        if not said and not out.problems:
            out.bad("document", "no segment in the transcript", data)
        tell(said, self.recording, out)


def _of_json(data: bytes, out: Decoded) -> Iterator[Said]:
    for place, document in json_documents(data, out):
        members = (
            [bytes(member) for member in _list.decode(document)]
            if document.startswith(b"[")
            else [document]
        )
        for number, member in enumerate(members, 1):
            where = f"{place} item {number}".strip() if len(members) > 1 else place
            yield from _of_document(member, where, out)


def _rows(data: bytes, out: Decoded) -> Iterator[Said]:
    for number, text, raw in text_lines(data, out):
        cells = text.rstrip("\r\n").removeprefix("\ufeff").split("\t", 2)
        if cells == ["start", "end", "text"] or cells == [""]:
            continue
        place = f"line {number}"
        if len(cells) < 3 or not all(
            cell.isascii() and cell.isdigit() and int(cell) < LONGEST_MS for cell in cells[:2]
        ):
            out.bad(place, "no start, end and text", raw)
        elif cells[2].strip():
            yield Said(int(cells[0]), int(cells[1]), cells[2].strip(), None, raw, place)
        else:
            out.skip("segment without text")


def _of_document(data: bytes, place: str, out: Decoded) -> Iterator[Said]:
    try:
        document = _document.decode(data)
    except BAD_JSON as error:
        out.bad(place or "document", str(error), data)
        return
    if document.transcription is not None:
        pieces, read = document.transcription, _of_whisper_cpp
    elif document.segments is not None:
        pieces, read = document.segments, _of_whisper
    elif document.chunks is not None:
        pieces, read = document.chunks, _of_transformers
    elif document.start is not None:
        pieces, read = [Raw(data)], _of_whisper
    else:
        out.bad(place or "document", "no transcript of Whisper: no segments in it", data)
        return
    for number, piece in enumerate(pieces, 1):
        where = f"{place} segment {number}".strip()
        try:
            one = read(bytes(piece), where)
        except BAD_JSON as error:
            out.bad(where, str(error), bytes(piece))
            continue
        if one.text:
            yield one
        else:
            out.skip("segment without text")
            out.lack("speech", "text")


def _of_whisper(data: bytes, place: str) -> Said:
    segment = _segment.decode(data)
    logprob = segment.avg_logprob
    return Said(
        round(segment.start * 1_000),
        round(segment.end * 1_000) if segment.end is not None else -1,
        segment.text.strip(),
        segment.speaker,
        data,
        place,
        round(math.exp(logprob), 4) if logprob is not None and logprob <= 0 else None,
    )


def _of_transformers(data: bytes, place: str) -> Said:
    chunk = _chunk.decode(data)
    start, end = chunk.timestamp
    return Said(
        round(start * 1_000),
        round(end * 1_000) if end is not None else -1,
        chunk.text.strip(),
        None,
        data,
        place,
    )


def _of_whisper_cpp(data: bytes, place: str) -> Said:
    piece = _piece.decode(data)
    end = piece.offsets.to
    return Said(
        piece.offsets.from_,
        end if end is not None else -1,
        piece.text.strip(),
        piece.speaker,
        data,
        place,
        _confidence(piece.tokens or []),
    )


def _confidence(tokens: list[_Token]) -> float | None:
    """The geometric mean of the tokens' probabilities, without the marks of time (`[_TT_150]`)."""
    shares = [
        token.p for token in tokens if token.p is not None and not token.text.startswith("[_")
    ]
    if not shares:
        return None
    return round(math.exp(sum(math.log(max(share, 1e-9)) for share in shares) / len(shares)), 4)
