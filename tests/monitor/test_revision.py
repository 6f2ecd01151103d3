"""Which commit a process was made of."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from monitor.revision import revision


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("LIVEWATCH_REVISION", raising=False)
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "commit", "-q", "--allow-empty", "-m", "one")
    return folder


def test_it_is_the_commit_of_the_checkout(checkout: Path) -> None:
    assert revision(checkout) == git(checkout, "rev-parse", "HEAD")


def test_also_when_references_are_packed_or_nothing_is_checked_out_by_name(checkout: Path) -> None:
    head = git(checkout, "rev-parse", "HEAD")
    git(checkout, "pack-refs", "--all")
    assert revision(checkout) == head
    git(checkout, "checkout", "-q", "--detach")
    assert revision(checkout) == head


def test_also_in_a_work_tree_beside(checkout: Path, tmp_path: Path) -> None:
    git(checkout, "worktree", "add", "-q", "-b", "other", str(tmp_path / "other"))
    git(tmp_path / "other", "commit", "-q", "--allow-empty", "-m", "two")
    found = revision(tmp_path / "other")
    assert found == git(tmp_path / "other", "rev-parse", "HEAD")
    assert found != revision(checkout)


def test_the_variable_goes_before_it(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEWATCH_REVISION", "c0ffee")
    assert revision(checkout) == "c0ffee"


def test_where_there_is_no_repository_nobody_knows(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/gone\n")
    assert revision(tmp_path) == revision(tmp_path / "nothing")
