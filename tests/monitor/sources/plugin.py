"""The source of lines of the tests, installed as a stranger's package, and its configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.connectors.packages import install

__all__ = ["install_lines", "toml_of"]

CODE = """
from msgspec import Struct
from tests.connectors.lines import LineSocket, Talkative

class LinesOptions(Struct, forbid_unknown_fields=True):
    port: int
    resumes: bool = False
    key_file: str = ""

class Lines(LineSocket):
    Options = LinesOptions
    decoder = "their-talk"

    def __init__(self, options, recording):
        super().__init__(options.port, recording.room, resumes=options.resumes)
"""


def install_lines(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installs the kinds `their-lines` and `their-talk`, and one that does not load."""
    install(
        folder,
        monkeypatch,
        name="their-package",
        modules={"their_lines": CODE, "their_fault": "import a_library_that_is_not_there\n"},
        entry_points=(
            "[livewatch.sources]\ntheir-lines = their_lines:Lines\n"
            "their-broken = their_fault:Broken\n"
            "[livewatch.decoders]\ntheir-talk = tests.connectors.lines:Talkative\n"
        ),
    )


def toml_of(port: int, rooms: str = '["77001"]', name: str = "lines", more: str = "") -> str:
    """One source of lines, quick to connect."""
    return (
        f'[[sources]]\nname = "{name}"\ntype = "their-lines"\nplatform = "demo"\nrooms = {rooms}\n'
        f"connects_per_s = 1000.0\nfirst_wait_s = 0.01\nlongest_wait_s = 0.02\n{more}"
        f"[sources.options]\nport = {port}\n"
    )
