"""Transcripts of FunASR as host speech.

Taken are: ``sentence_info`` (``start`` and ``end`` in ms, ``text`` or ``sentence``, ``spk``);
``stamp_sents`` of the FunASR server; ``sentences`` of the hosted service (``begin_time``,
``end_time``, ``speaker_id``); and ``text`` with a ``timestamp`` array, one pair a character or
word, which is cut into sentences at its punctuation. As one document, a list of them, or a
document a line.

Times are relative to the zero of the recording.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec import Raw, Struct

from connectors.decoders.decoded import Decoded
from connectors.decoders.spoken import LONGEST_MS, Said, tell
from connectors.decoders.whole import BAD_JSON, Whole, json_documents

__all__ = ["FunasrJson"]

_Ms = int | float

_SENSE = re.compile(r"<\|[^<>|]{0,40}\|>")
#: What has a time of its own: a Chinese character, or a word or number in Latin letters.
_TOKEN = re.compile(r"[\u3400-\u9fff]|[A-Za-z0-9]+(?:['’.][A-Za-z0-9]+)*")
_SENTENCE = re.compile(r"[^。！？!?；;]+[。！？!?；;]*")


class _Sentence(Struct):
    text: str | None = None
    sentence: str | None = None
    text_seg: str | None = None
    punc: str | None = None
    start: _Ms | None = None
    end: _Ms | None = None
    begin_time: _Ms | None = None
    end_time: _Ms | None = None
    spk: int | str | None = None
    speaker_id: int | str | None = None

    @property
    def words(self) -> str | None:
        if self.text_seg is not None:
            return self.text_seg.replace(" ", "") + (self.punc or "")
        return self.text if self.text is not None else self.sentence

    @property
    def label(self) -> str | None:
        label = self.spk if self.spk is not None else self.speaker_id
        return None if label is None else str(label)


class _Transcript(Struct):
    text: str | None = None
    timestamp: list[list[_Ms]] | str | None = None
    sentence_info: list[Raw] | None = None
    stamp_sents: list[Raw] | None = None
    sentences: list[Raw] | None = None
    transcripts: list[Raw] | None = None


_sentence = msgspec.json.Decoder(_Sentence)
_transcript = msgspec.json.Decoder(_Transcript)
_list = msgspec.json.Decoder(list[Raw])
_stamps = msgspec.json.Decoder(list[list[_Ms]])


class FunasrJson(Whole):
    """One file: `feed` it in pieces, then `finish`."""

    def read(self, data: bytes, out: Decoded) -> None:
        said: list[Said] = []
        for place, document in json_documents(data, out):
            said += self._document(document, place, out)
        if not said and not out.problems:
            out.bad("document", "no sentence in the transcript", data)
        tell(said, self.recording, out)

    def _document(
        self, document: bytes, place: str, out: Decoded, depth: int = 0
    ) -> Iterator[Said]:
        pieces = [document]
        if document[:1] == b"[":
            pieces = [bytes(member) for member in _list.decode(document)]
        for number, piece in enumerate(pieces, 1):
            at = f"{place} item {number}".strip()
            try:
                transcript = _transcript.decode(piece)
            except BAD_JSON as error:
                out.bad(at, str(error), piece)
                continue
            sentences = transcript.sentence_info or transcript.stamp_sents or transcript.sentences
            if sentences:
                for index, sentence in enumerate(sentences, 1):
                    yield from _from_sentence(bytes(sentence), f"{at} sentence {index}", out)
            elif transcript.transcripts and depth < 3:
                for inner in transcript.transcripts:
                    yield from self._document(bytes(inner), at, out, depth + 1)
            elif transcript.text and transcript.timestamp:
                yield from _from_stamps(transcript.text, transcript.timestamp, piece, at, out)
            elif transcript.text:
                out.bad(at, "a text without times", piece)
            elif transcript.text is None:
                out.bad(at, "no transcript of FunASR", piece)


def _from_sentence(data: bytes, place: str, out: Decoded) -> Iterator[Said]:
    try:
        sentence = _sentence.decode(data)
    except BAD_JSON as error:
        out.bad(place, str(error), data)
        return
    start = sentence.start if sentence.start is not None else sentence.begin_time
    end = sentence.end if sentence.end is not None else sentence.end_time
    text = _SENSE.sub("", sentence.words or "").strip()
    start_ms, end_ms = _whole(start), _whole(end)
    if not text:
        out.skip("sentence without text")
        out.lack("speech", "text")
    elif start_ms is None:
        out.bad(place, "a sentence without a start", data)
    else:
        yield Said(
            start_ms, end_ms if end_ms is not None else -1, text, sentence.label, data, place
        )


def _from_stamps(
    text: str, stamps: list[list[_Ms]] | str, data: bytes, place: str, out: Decoded
) -> Iterator[Said]:
    """Sentences of a text by the times of its characters."""
    if isinstance(stamps, str):
        try:
            stamps = _stamps.decode(stamps)
        except BAD_JSON as error:
            out.bad(place, f"timestamp: {error}", data)
            return
    times = [(_whole(pair[0]), _whole(pair[1])) for pair in stamps if len(pair) == 2]
    text = _SENSE.sub("", text).strip()
    if not times or len(times) != len(stamps) or any(None in pair for pair in times):
        out.bad(place, "times that are no pairs of milliseconds", data)
        return
    sentences = _SENTENCE.findall(text)
    counts = [len(_TOKEN.findall(sentence)) for sentence in sentences]
    if sum(counts) != len(times):
        # Words and times do not go together one by one: the whole is one piece of speech.
        out.notes.append(f"{place}: {sum(counts)} words and {len(times)} times: taken as one piece")
        sentences, counts = [text], [len(times)]
    at = 0
    for sentence, count in zip(sentences, counts, strict=True):
        if count:
            start, end = times[at][0], times[at + count - 1][1]
            assert start is not None and end is not None  # noqa: PT018, S101  checked above
            yield Said(start, end, sentence.strip(), None, data, place)
        at += count


def _whole(value: float | None) -> int | None:
    """Milliseconds, within a month."""
    if value is None or not 0 <= value < LONGEST_MS:
        return None
    return round(value)
