"""Whisper on CTranslate2: the weights of faster-whisper, without that package.

faster-whisper itself depends on PyAV, whose wheels hold x264 and x265 (GPL). Of what it does, an
utterance needs little: a spectrogram, a prompt, and the bytes of the tokens that come back.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.errors import Fatal
from connectors.speech.transcriber import Recognised, sha256_of_file
from connectors.speech.voice import SAMPLE_RATE, Utterance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

__all__ = ["Whisper"]

#: What the model looks at at once: 30 s, in frames of 10 ms.
WINDOW_S, FRAMES = 30, 3_000
FFT, HOP = 400, 160
#: As in OpenAI's own decoding: beyond both, there was no speech.
SILENT, UNSURE = 0.6, -1.0
#: Text that packs better than this is a loop of the model, and was not said.
LOOPING = 2.4


class Whisper:
    """One loaded model."""

    def __init__(self, folder: Path, *, language: str, threads: int) -> None:
        """
        Args:
            folder: `model.bin`, `config.json` and `vocabulary.txt` or `.json`.
            language: “zh”; a model of one language needs none.

        Raises:
            Fatal: the package or the weights are missing, or do not load.
        """
        try:
            import ctranslate2
        except ImportError as error:
            raise Fatal("whisper needs: pip install 'livewatch[speech-whisper]'") from error
        weights = folder / "model.bin"
        if not weights.is_file():
            raise Fatal(f"there is no model of whisper in {folder}: model.bin is missing")
        try:
            self._net: Any = ctranslate2.models.Whisper(
                str(folder), device="cpu", compute_type="int8", intra_threads=threads
            )
        except (RuntimeError, ValueError) as error:
            raise Fatal(f"the model in {folder} does not load: {error}") from error
        self.model = folder.name
        self.model_sha256 = sha256_of_file(weights)
        self.worker = ThreadPoolExecutor(1, thread_name_prefix="whisper")
        self._prompt = ["<|startoftranscript|>"]
        if self._net.is_multilingual:
            self._prompt += [f"<|{language}|>", "<|transcribe|>"]
        self._prompt.append("<|notimestamps|>")
        self._mels = _filters(int(self._net.n_mels))

    def recognise(self, utterance: Utterance) -> Recognised:
        """What was said; empty where the model says that nobody spoke, or runs in a loop."""
        import ctranslate2

        spectrum = _log_mel(utterance.pcm, self._mels)
        (result,) = self._net.generate(
            ctranslate2.StorageView.from_array(spectrum[None]),
            [self._prompt],
            beam_size=5,
            max_length=224,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
        )
        text = _text(result.sequences[0])
        score = float(result.scores[0])
        data = text.encode()
        if (result.no_speech_prob > SILENT and score < UNSURE) or (
            len(data) > 60 and len(data) / len(zlib.compress(data)) > LOOPING
        ):
            return Recognised("")
        return Recognised(text, round(min(math.exp(score), 1.0), 3))


def _characters() -> Mapping[str, int]:
    """The character that stands for each byte in tokens (as in GPT-2)."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {
        chr(0x100 + place): byte for place, byte in enumerate(others)
    }


_BYTES = _characters()


def _text(tokens: list[str]) -> str:
    said = "".join(token for token in tokens if not token.startswith("<|"))
    data = bytes(_BYTES[character] for character in said if character in _BYTES)
    return data.decode("utf-8", "ignore").strip()


def _filters(count: int) -> Floats:
    """Triangles over the frequencies, equally wide on Slaney's mel scale and of equal area."""
    import numpy as np

    step, knee, per_octave = 200 / 3, 1_000.0, math.log(6.4) / 27
    top = knee / step + math.log(SAMPLE_RATE / 2 / knee) / per_octave
    mels = np.linspace(0, top, count + 2)
    edges = np.where(
        mels < knee / step, mels * step, knee * np.exp(per_octave * (mels - knee / step))
    )
    frequencies = np.fft.rfftfreq(FFT, 1 / SAMPLE_RATE)
    widths = np.diff(edges)
    slopes = edges[:, None] - frequencies[None, :]
    rising = -slopes[:-2] / widths[:-1, None]
    falling = slopes[2:] / widths[1:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    areas = 2 / (edges[2:] - edges[:-2])
    return np.asarray(triangles * areas[:, None], dtype=np.float32)


def _log_mel(pcm: bytes, filters: Floats) -> Floats:
    """The spectrogram of at most 30 s, silence behind it."""
    import numpy as np

    samples = np.zeros(WINDOW_S * SAMPLE_RATE, dtype=np.float32)
    heard = np.frombuffer(pcm, dtype="<i2")[: len(samples)]
    samples[: len(heard)] = heard.astype(np.float32) / 32_768
    padded = np.pad(samples, FFT // 2, mode="reflect")
    window = np.hanning(FFT + 1)[:-1].astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::HOP][:FRAMES]
    power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    mel = np.log10(np.maximum(filters @ power.T, 1e-10))
    mel = (np.maximum(mel, mel.max() - 8.0) + 4.0) / 4.0
    return np.ascontiguousarray(mel, dtype=np.float32)
