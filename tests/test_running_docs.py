"""`docs/running.md` names every setting and every series, and nothing that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from monitor.config import Config

TEXT = (Path(__file__).parents[1] / "docs" / "running.md").read_text(encoding="utf-8")


#: Sections that the embedded monitor reads.
EMBEDDED = {
    "server",
    "ingest",
    "pipeline",
    "retention",
    "rules",
    "alerts",
    "log",
    "evidence",
    "archive",
    "sign_in",
    "traces",
}


def settings() -> set[str]:
    return {
        f"{section.name}.{key.encode_name}"
        for section in msgspec.structs.fields(Config)
        if section.name in EMBEDDED
        for key in msgspec.structs.fields(type(section.default))
    }


def test_every_setting_is_explained() -> None:
    assert settings() - set(re.findall(r"`([a-z_]+\.[a-z0-9_]+)`", TEXT)) == set()


def test_every_explained_setting_exists() -> None:
    table = TEXT.partition("## Configuration")[2].partition("## Watching")[0]
    assert set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)`", table, re.MULTILINE)) - settings() == set()
