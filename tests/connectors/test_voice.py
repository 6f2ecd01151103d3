"""Where somebody speaks."""

from __future__ import annotations

import random
import struct
from itertools import pairwise
from pathlib import Path

import pytest

from connectors.speech.voice import Utterance, Utterances
from tests.connectors.sounds import RATE, samples, spoken


def cut(pcm: bytes, piece: int) -> list[Utterance]:
    utterances = Utterances()
    found = [
        each for at in range(0, len(pcm), piece) for each in utterances.feed(pcm[at : at + piece])
    ]
    return found + utterances.finish()


@pytest.fixture(scope="module")
def mandarin(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = spoken(
        tmp_path_factory.mktemp("voice"),
        "这个茶喝一个月，高血压就能降下来。",
        "全网最低价，只要三十九块九。",
        voice="cmn",
    )
    return samples(path)


@pytest.mark.slow
def test_mandarin_is_cut_at_its_pauses(mandarin: bytes) -> None:
    silence = bytes(RATE * 2)
    found = cut(silence + mandarin + silence, 32_000)

    assert len(found) >= 2
    assert all(0.2 <= (each.end_ms - each.start_ms) / 1000 <= 20 for each in found)
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(found))
    assert 500 <= found[0].start_ms <= 1_200
    assert found[-1].end_ms <= len(mandarin) // 32 + 1_500
    assert max(b.start_ms - a.end_ms for a, b in pairwise(found)) >= 500


@pytest.mark.slow
def test_the_sound_of_an_utterance_is_that_of_its_time(mandarin: bytes) -> None:
    for each in cut(mandarin, 32_000):
        assert mandarin[each.start_ms * 32 : each.end_ms * 32] == each.pcm


@pytest.mark.slow
def test_pieces_of_any_length_give_the_same(mandarin: bytes) -> None:
    assert cut(mandarin, 1_001) == cut(mandarin, len(mandarin))


@pytest.mark.slow
def test_silence_and_noise_are_no_speech() -> None:
    noise = random.Random(7)
    hiss = struct.pack(f"<{RATE * 3}h", *(noise.randint(-300, 300) for _ in range(RATE * 3)))

    assert cut(bytes(RATE * 6), 32_000) == []
    assert cut(hiss, 32_000) == []


@pytest.mark.slow
def test_a_talk_without_a_pause_is_cut_nevertheless(tmp_path: Path) -> None:
    said = " ".join(["and then we also have this very good tea for you"] * 12)
    pcm = samples(spoken(tmp_path, said))
    assert len(pcm) > RATE * 2 * 25

    found = cut(pcm, 32_000)

    assert len(found) >= 2
    assert max(each.end_ms - each.start_ms for each in found) <= 20_100
    assert sum(each.end_ms - each.start_ms for each in found) > 0.8 * len(pcm) / 32
