"""Compiled images of rules in the cache folder: mapped when they are whole and ours, else made anew."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from detectors.match.image import Image, numbers, packed
from monitor.images import KEPT, CachedImages, _earlier, cache_folder, digest, keep, opened
from tests.monitor.rules import rulebook

SMALL = packed({"n": numbers([1, 2, 3])})
PACK = "rules: []\n"


def values(image: Image | None) -> list[int] | None:
    return None if image is None else list(image.numbers("n"))


def test_an_image_is_kept_for_its_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "a.image"
    assert values(keep(path, SMALL)) == [1, 2, 3]
    assert values(opened(path)) == [1, 2, 3]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("place", [0, 40, 70, -1])
def test_a_damaged_image_is_none(tmp_path: Path, place: int) -> None:
    path = tmp_path / "a.image"
    keep(path, SMALL)
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    assert opened(path) is None
    assert values(keep(path, SMALL)) == values(opened(path)) == [1, 2, 3]


@pytest.mark.parametrize("length", [0, 10, 32, 60])
def test_an_image_that_was_cut_is_none(tmp_path: Path, length: int) -> None:
    path = tmp_path / "a.image"
    keep(path, SMALL)
    path.write_bytes(path.read_bytes()[:length])
    assert opened(path) is None


def test_an_image_that_others_may_write_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.image"
    keep(path, SMALL)
    path.chmod(0o666)
    assert opened(path) is None


def test_an_image_stays_while_another_takes_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.image"
    before = keep(path, SMALL)
    keep(path, packed({"n": numbers([4])}))
    assert values(before) == [1, 2, 3]
    assert values(opened(path)) == [4]


def test_without_a_folder_it_stays_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert values(keep(tmp_path / "file" / "a.image", SMALL)) == [1, 2, 3]


def test_old_images_are_removed(tmp_path: Path) -> None:
    for number in range(KEPT + 3):
        path = tmp_path / f"{number}.image"
        keep(path, SMALL)
        os.utime(path, (number, number))
    keep(tmp_path / "last.image", SMALL)
    assert len(list(tmp_path.iterdir())) == KEPT
    assert (tmp_path / "last.image").exists()
    assert not (tmp_path / "0.image").exists()


def test_the_name_of_an_image_tells_of_what_it_was_made(tmp_path: Path) -> None:
    pack, law = tmp_path / "own.yaml", tmp_path / "law" / "own.yaml"
    law.parent.mkdir()
    pack.write_text(PACK)
    names = [digest([]), digest([tmp_path]), digest([tmp_path], replace=True)]
    law.write_text("statutes: []\n")
    names.append(digest([tmp_path]))
    pack.write_text(PACK + "# changed\n")
    names.append(digest([tmp_path]))
    # The metrics tell the first digits alone.
    assert len({name[:12] for name in names}) == len(names)
    assert names[-1] == digest([tmp_path])


def test_of_those_that_start_together_one_makes_the_image(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    images = CachedImages([], replace=False, folder=tmp_path / "cache")
    makers = 0
    second = threading.Event()

    def apart(self: CachedImages) -> bool:
        nonlocal makers
        makers += 1
        if makers == 2:
            second.set()
        # Long enough for another one to come in, if nothing keeps it out.
        second.wait(0.1)
        keep(self.path, SMALL)
        return True

    monkeypatch.setattr(CachedImages, "_is_made_apart", apart)
    with ThreadPoolExecutor(3) as starting:
        found = list(starting.map(images.made, [rulebook()] * 3))
    assert [values(image) for image in found] == [[1, 2, 3]] * 3
    assert makers == 1
    assert list((tmp_path / "cache").iterdir()) == [images.path]


def test_the_folder_is_that_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "livewatch"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "livewatch"


def test_an_image_is_made_with_the_last_one_of_the_same_tables(tmp_path: Path) -> None:
    path = tmp_path / f"{digest([])}.image"
    tables = path.stem.partition("-")[2]
    assert _earlier(path) is None
    keep(tmp_path / f"{'0' * 32}-{'0' * len(tables)}.image", packed({"n": numbers([7])}))
    assert _earlier(path) is None
    for number in (4, 5):
        one = tmp_path / f"{number:032}-{tables}.image"
        keep(one, packed({"n": numbers([number])}))
        os.utime(one, (number, number))
    assert values(_earlier(path)) == [5]
