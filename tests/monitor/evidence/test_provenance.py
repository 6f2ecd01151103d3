"""What concluded a verdict, by digests: which files count as the code of the program."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import detectors
from monitor.evidence.provenance import code_digest

CORE = Path(detectors.__file__).parent


@pytest.mark.parametrize(
    ("file", "is_code"),
    [
        ("speech/scope.py", True),
        ("speech/clauses.bin", True),
        # Words that code asks for itself, which no document of a rule holds.
        ("packs/phrasings/scope.yaml", True),
        # What has documents of its own.
        ("packs/rivals.yaml", False),
        ("packs/slots/speech.yaml", False),
    ],
)
def test_what_counts_as_code(
    file: str, is_code: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("speech", "packs"):
        shutil.copytree(CORE / part, tmp_path / part)
    monkeypatch.setattr(detectors, "__file__", str(tmp_path / "__init__.py"))
    before = code_digest.__wrapped__()
    changed = tmp_path / file
    changed.write_bytes(changed.read_bytes() + b"\n")
    assert (code_digest.__wrapped__() != before) is is_code
