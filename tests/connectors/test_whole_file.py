"""What stands under the name of a file that is written: a file, a link, a device, a pipe."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from connectors.whole_file import whole_file
from tests.patience import PATIENCE_S


def write(path: Path | str, data: bytes = b"new", **named: int) -> None:
    with whole_file(path, **named) as file:
        file.write(data)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with whole_file(path) as file:
        file.write(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")

    def break_off() -> None:
        with whole_file(path) as file:
            file.write(b"half")
            raise InterruptedError

    with pytest.raises(InterruptedError):
        break_off()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o755])
def test_the_mode_of_a_file_stays(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    path.chmod(mode)
    write(path)
    assert (path.read_bytes(), mode_of(path)) == (b"new", mode)


def test_a_mode_that_is_asked_for_goes_before(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write(path, mode=0o600)
    assert mode_of(path) == 0o600


def test_a_symbolic_link_stays_and_its_target_is_written(tmp_path: Path) -> None:
    target, link, second = tmp_path / "there" / "file", tmp_path / "link", tmp_path / "second"
    target.parent.mkdir()
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    second.symlink_to("link")
    write(second)
    assert link.is_symlink()
    assert second.is_symlink()
    assert (target.read_bytes(), mode_of(target)) == (b"new", 0o640)


def test_a_link_that_leads_to_nothing_makes_its_target(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "missing")
    write(link)
    assert link.is_symlink()
    assert (tmp_path / "missing").read_bytes() == b"new"


@pytest.mark.parametrize("name", ["/dev/null", "link"])
def test_a_device_is_written_into_and_stays(tmp_path: Path, name: str) -> None:
    path = tmp_path / name  # of an absolute name the name alone
    if name == "link":
        path.symlink_to("/dev/null")
    before = Path("/dev/null").stat()
    write(path)
    after = Path("/dev/null").stat()
    assert stat.S_ISCHR(after.st_mode)
    assert (before.st_ino, before.st_mode, before.st_rdev) == (
        after.st_ino,
        after.st_mode,
        after.st_rdev,
    )


def test_a_full_device_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        write("/dev/full")
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_a_node_of_a_device_that_is_not_below_dev_stays(tmp_path: Path) -> None:
    """As the programs of a container find `/dev/null` under other names."""
    node = tmp_path / "null"
    try:
        os.mknod(node, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")
    write(node)
    assert stat.S_ISCHR(node.stat().st_mode)


def test_a_pipe_is_written_into_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write(pipe)
    reader.join(PATIENCE_S)
    assert read == [b"new"]
    assert pipe.is_fifo()


def test_a_descriptor_of_this_process_is_written_into(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with path.open("wb") as file:
        inode = path.stat().st_ino
        write(f"/dev/fd/{file.fileno()}")
    assert (path.read_bytes(), path.stat().st_ino) == (b"new", inode)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        write(tmp_path)
