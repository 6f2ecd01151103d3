"""The file of pseudonym keys: rotated without losing the old ones, which can be destroyed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from connectors.errors import NotAValue
from connectors.privacy import Pseudonyms
from detectors.calendar import DAY_MS
from monitor.errors import ConfigError
from monitor.key_file import KeyFile, KeyInUse
from monitor.pseudonyms import pseudonyms_of

FIRST = "k1:0123456789abcdef"
NOW = 1_788_262_200_000


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    path = tmp_path / "pseudonym.key"
    path.write_text(FIRST + "\n")
    path.chmod(0o600)
    return KeyFile(path)


def test_a_rotation_puts_a_new_key_in_use_and_keeps_the_old_one(
    file: KeyFile, tmp_path: Path
) -> None:
    before = pseudonyms_of(tmp_path, {}).of("demo", "7")
    assert file.rotate("王", NOW) == "k2"
    after = pseudonyms_of(tmp_path, {}).of("demo", "7")

    assert (before[:3], after[:3]) == ("k1:", "k2:")
    assert before[3:] != after[3:]
    assert file.pseudonyms_of("demo", "7") == [before, after]
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert sorted(one.name for one in tmp_path.iterdir()) == ["pseudonym.key", "pseudonym.key.log"]


@pytest.mark.parametrize("text", ["0123456789abcdef", "k4:0123456789abcdef"])
def test_the_pseudonyms_of_before_can_still_be_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pseudonym.key"
    path.write_text(text)
    before = Pseudonyms.from_text(text).of("demo", "7")
    KeyFile(path).rotate("王", NOW)
    assert KeyFile(path).pseudonyms_of("demo", "7")[0] == before


def test_a_secret_over_several_lines_is_not_torn_apart(tmp_path: Path) -> None:
    path = tmp_path / "pseudonym.key"
    path.write_text("0123456789\nabcdefghij\n")
    with pytest.raises(ConfigError, match="on one line"):
        KeyFile(path).rotate("王", NOW)
    assert Pseudonyms.from_text("0123456789\nabcdefghij\n").version == "k1"


def test_versions_go_by_their_number_and_are_unique() -> None:
    keys = Pseudonyms.all_of("k10:aaaaaaaaaaaaaaaa\n# k9 since x\n\nk9:bbbbbbbbbbbbbbbb\n")
    assert [key.version for key in keys] == ["k9", "k10"]
    with pytest.raises(NotAValue, match="two keys"):
        Pseudonyms.all_of("k1:aaaaaaaaaaaaaaaa\nk1:bbbbbbbbbbbbbbbb")


def test_a_destroyed_key_is_gone_from_the_file_and_from_what_it_was_before(file: KeyFile) -> None:
    file.rotate("王", NOW)
    inode = os.open(file.path, os.O_RDONLY)
    file.destroy(["k1"], "李", NOW)
    assert set(os.read(inode, 4_096)) == {0}
    os.close(inode)
    assert [key.version for key in file.all()] == ["k2"]
    assert b"0123456789abcdef" not in file.path.read_bytes()
    assert file.rotate("王", NOW) == "k3"


@pytest.mark.parametrize("version", ["k2", "k7"])
def test_the_key_in_use_and_one_that_is_not_there_are_refused(file: KeyFile, version: str) -> None:
    file.rotate("王", NOW)
    before = file.path.read_bytes()
    with pytest.raises(KeyInUse):
        file.destroy(["k1", version], "王", NOW)
    assert file.path.read_bytes() == before


def test_the_age_of_a_key_counts_from_when_it_was_replaced(file: KeyFile) -> None:
    file.rotate("王", NOW)
    file.rotate("王", NOW + 10 * DAY_MS)
    assert file.unused_for(30, NOW + 29 * DAY_MS) == []
    assert file.unused_for(30, NOW + 31 * DAY_MS) == ["k1"]
    assert file.unused_for(30, NOW + 41 * DAY_MS) == ["k1", "k2"]


def test_what_was_done_is_told_without_a_secret(file: KeyFile) -> None:
    file.rotate("王", NOW)
    file.destroy(["k1"], "李", NOW)
    text = file.path.with_name("pseudonym.key.log").read_text(encoding="utf-8")
    assert [json.loads(line) for line in text.splitlines()] == [
        {"at": "2026-09-01T11:30:00Z", "who": "王", "what": "rotated", "keys": ["k2"]},
        {"at": "2026-09-01T11:30:00Z", "who": "李", "what": "destroyed", "keys": ["k1"]},
    ]
    assert not any(key.secret in text for key in file.all())


def test_two_changes_at_a_time_do_not_lose_a_key(file: KeyFile) -> None:
    file.path.with_name("pseudonym.key.new").touch()
    with pytest.raises(ConfigError, match="another change"):
        file.rotate("王", NOW)
    assert file.path.read_text() == FIRST + "\n"
