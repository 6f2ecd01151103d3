"""Chinese models on sherpa-onnx: SenseVoice and Paraformer, as their authors publish them."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

from connectors.errors import Fatal
from connectors.speech.transcriber import Recognised, sha256_of_file
from connectors.speech.voice import SAMPLE_RATE, Utterance

__all__ = ["Sherpa"]

#: What SenseVoice puts in front: language, mood, kind of sound.
_MARK = re.compile(r"<\|[^<>|]{0,40}\|>")


class Sherpa:
    """One loaded model. It does not say how sure it is."""

    def __init__(
        self,
        folder: Path,
        *,
        kind: Literal["sense-voice", "paraformer"],
        language: str,
        threads: int,
    ) -> None:
        """
        Args:
            folder: `tokens.txt` and `model.int8.onnx` or `model.onnx`.

        Raises:
            Fatal: the package or the weights are missing, or do not load.
        """
        try:
            import sherpa_onnx
        except ImportError as error:
            raise Fatal(f"{kind} needs: pip install 'livewatch[speech-sherpa]'") from error
        tokens = folder / "tokens.txt"
        weights = next(
            (
                folder / name
                for name in ("model.int8.onnx", "model.onnx")
                if (folder / name).is_file()
            ),
            None,
        )
        # Looked for here: what is missing ends the whole process from inside the library.
        if weights is None or not tokens.is_file():
            raise Fatal(f"there is no model of {kind} in {folder}: model.onnx and tokens.txt")
        common: dict[str, Any] = {"tokens": str(tokens), "num_threads": threads}
        try:
            if kind == "sense-voice":
                self._net: Any = sherpa_onnx.OfflineRecognizer.from_sense_voice(
                    model=str(weights), language=language, use_itn=True, **common
                )
            else:
                self._net = sherpa_onnx.OfflineRecognizer.from_paraformer(
                    paraformer=str(weights), **common
                )
        except (RuntimeError, ValueError) as error:
            raise Fatal(f"the model in {folder} does not load: {error}") from error
        self.model = folder.name
        self.model_sha256 = sha256_of_file(weights)
        self.worker = ThreadPoolExecutor(1, thread_name_prefix="sherpa")

    def recognise(self, utterance: Utterance) -> Recognised:
        """What was said."""
        import numpy as np

        stream = self._net.create_stream()
        samples = np.frombuffer(utterance.pcm, dtype="<i2").astype(np.float32) / 32_768
        stream.accept_waveform(SAMPLE_RATE, samples)
        self._net.decode_stream(stream)
        return Recognised(_MARK.sub("", stream.result.text).strip())
