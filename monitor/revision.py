"""Which revision of the source this process was made of."""

from __future__ import annotations

import json
import os
import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

__all__ = ["revision"]

#: Set where the code was built from a checkout that is not there any more: an image, a package.
VARIABLE = "LIVEWATCH_REVISION"
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def revision(checkout: Path | None = None) -> str:
    """The commit, in hexadecimal digits; empty: nobody knows.

    In this order: the variable `LIVEWATCH_REVISION`, the commit of the checkout that the package
    lies in, the one that pip noted when it installed from a repository (PEP 610).
    """
    given = os.environ.get(VARIABLE, "").strip()
    if given:
        return given[:64]
    root = checkout if checkout is not None else Path(__file__).parent.parent
    return _of_checkout(root / ".git") or _of_installation()


def _of_checkout(git: Path) -> str:
    """The commit of `HEAD`, read from the files of the repository: git need not be installed."""
    try:
        if git.is_file():
            # A work tree beside the repository: a line that says where its own files are.
            git = (git.parent / git.read_text("utf-8").partition("gitdir:")[2].strip()).resolve()
        head = (git / "HEAD").read_text("utf-8").strip()
        if _COMMIT.fullmatch(head):
            return head
        name = head.removeprefix("ref:").strip()
        common = git
        if (git / "commondir").is_file():
            common = (git / (git / "commondir").read_text("utf-8").strip()).resolve()
        loose = common / name
        if loose.is_file():
            found = loose.read_text("utf-8").strip()
            return found if _COMMIT.fullmatch(found) else ""
        for line in (common / "packed-refs").read_text("utf-8").splitlines():
            commit, _, ref = line.partition(" ")
            if ref == name and _COMMIT.fullmatch(commit):
                return commit
    except (OSError, UnicodeDecodeError):
        pass
    return ""


def _of_installation() -> str:
    try:
        noted = distribution("livewatch").read_text("direct_url.json")
        commit = json.loads(noted or "{}").get("vcs_info", {}).get("commit_id", "")
    except (PackageNotFoundError, OSError, ValueError, AttributeError):
        return ""
    return commit if isinstance(commit, str) else ""
