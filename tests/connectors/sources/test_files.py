"""Files as a source."""

from __future__ import annotations

import _thread
import gzip
import os
import signal
import threading
from pathlib import Path

import pytest

from connectors.errors import UnreadableSource
from connectors.sources.files import MAX_LINE, InputFile
from tests.patience import PATIENCE_S

TEXT = b"one\n\ntwo\r\n" + b"x" * 100_000 + b"\nlast"


@pytest.fixture(params=["plain", "gz"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(TEXT if request.param == "plain" else gzip.compress(TEXT))
    return path


def test_a_file_is_read_to_its_end_and_its_position_reaches_its_size(path: Path) -> None:
    with InputFile(str(path)) as file:
        assert b"".join(file.chunks(7_000)) == TEXT
        assert file.position == file.size == path.stat().st_size


def test_looking_at_the_beginning_takes_nothing_away(path: Path) -> None:
    with InputFile(str(path)) as file:
        assert file.head(5) == TEXT[:5]
        assert b"".join(file.chunks()) == TEXT


def test_lines_come_with_their_number_and_blank_ones_do_not(path: Path) -> None:
    with InputFile(str(path)) as file:
        lines = list(file.lines())

    assert [number for number, _ in lines] == [1, 3, 4, 5]
    assert lines[1] == (3, b"two\r")
    assert lines[3] == (5, b"last")


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    path = tmp_path / "marked"
    path.write_bytes(b"\xef\xbb\xbfone\n")
    with InputFile(str(path)) as file:
        assert list(file.lines()) == [(1, b"one")]


@pytest.mark.slow
def test_an_endless_line_is_cut_and_the_next_ones_keep_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(b"x" * (3 * MAX_LINE) + b"\nnext\n")
    with InputFile(str(path)) as file:
        lines = list(file.lines())

    assert [(number, len(line)) for number, line in lines] == [(1, MAX_LINE), (2, 4)]


def test_a_compressed_file_that_is_cut_breaks_off(tmp_path: Path) -> None:
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(os.urandom(100_000))[:50_000])
    with InputFile(str(path)) as file, pytest.raises(UnreadableSource, match=r"cut\.gz"):
        list(file.chunks())


def test_a_missing_file_and_a_folder_are_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(UnreadableSource) as caught:
            InputFile(str(path))
        assert caught.value.source == str(path)


def test_a_pipe_gives_what_is_there_without_waiting_for_more(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    go_on = threading.Event()

    def write() -> None:
        with fifo.open("wb", buffering=0) as pipe:
            pipe.write(b"first\n")
            go_on.wait(PATIENCE_S)
            pipe.write(b"second\n")

    writer = threading.Thread(target=write)
    writer.start()
    with InputFile(str(fifo)) as file:
        lines = file.lines()
        assert next(lines) == (1, b"first")  # while the writer still holds the second line
        go_on.set()
        assert list(lines) == [(2, b"second")]
    writer.join()


class Interrupted(Exception):
    """What the handler of the signal raises."""


def test_an_interruption_that_ends_no_system_call_ends_the_wait_for_a_pipe_all_the_same() -> None:
    """As one that came just before the wait began: Python has noted it, and nothing breaks off."""
    reading, writing = os.pipe()
    seen, given_up = threading.Event(), threading.Event()

    def interrupt() -> None:
        _thread.interrupt_main(signal.SIGUSR1)  # notes the signal and sends none
        if not seen.wait(PATIENCE_S):
            given_up.set()
        os.close(writing)  # ends the wait in any case

    def raising(number: int, frame: object) -> None:
        seen.set()
        raise Interrupted

    before = signal.signal(signal.SIGUSR1, raising)
    # Long enough that the main thread waits by then; if it does not, the test proves nothing.
    timer = threading.Timer(0.3, interrupt)
    timer.start()
    try:
        os.write(writing, b"one\n")
        with InputFile(f"/dev/fd/{reading}") as file, pytest.raises(Interrupted):
            list(file.chunks())
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, before)
        os.close(reading)

    assert not given_up.is_set()
