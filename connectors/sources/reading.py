"""Reading what stands on a picture: PP-OCR in onnxruntime, its weights inside `rapidocr`."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

from connectors.decoders.screen import ScreenLine
from connectors.errors import Fatal

__all__ = ["Reader", "reader"]

_readers: dict[int, Reader] = {}
_loading = threading.Lock()


class Reader:
    """The loaded models. One serves all rooms, and is only called in its `worker`."""

    def __init__(self, threads: int) -> None:
        """
        Raises:
            Fatal: the package is missing, or does not load.
        """
        try:
            import rapidocr

            weights = Path(rapidocr.__file__).parent / "models"
            # By path: what is looked up by name is downloaded where it does not fit.
            self._net: Any = rapidocr.RapidOCR(
                params={
                    "Global.log_level": "error",
                    "Global.use_cls": False,
                    "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                    "Det.model_path": str(next(weights.glob("*det*.onnx"))),
                    "Rec.model_path": str(next(weights.glob("*rec*.onnx"))),
                    "Cls.model_path": str(next(weights.glob("*cls*.onnx"))),
                }
            )
        except ImportError as error:
            raise Fatal("the screen needs: pip install 'livewatch[ocr]'") from error
        except (RuntimeError, ValueError, StopIteration) as error:
            raise Fatal(f"rapidocr does not load: {error!r}") from error
        self.model = f"rapidocr {version('rapidocr')}"
        self.worker = ThreadPoolExecutor(1, thread_name_prefix="reader")

    def read(self, width: int, height: int, rgb: bytes) -> list[ScreenLine]:
        """The lines on a picture of three bytes a point; blocks while it computes."""
        import numpy as np

        picture = np.frombuffer(rgb, dtype=np.uint8).reshape(height, width, 3)[:, :, ::-1]
        found = self._net(np.ascontiguousarray(picture))
        if found.boxes is None:
            return []
        return [
            ScreenLine(text=text, confidence=round(float(score), 4), top=int(min(box[:, 1])))
            for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
        ]


def reader(threads: int) -> Reader:
    """The reader, which is loaded with the first room."""
    with _loading:
        if threads not in _readers:
            _readers[threads] = Reader(threads)
        return _readers[threads]
