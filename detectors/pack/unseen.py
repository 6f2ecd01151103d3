"""Violations that no rule looks for, because the events do not carry what decides them."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from detectors.document import read_document

__all__ = ["Unseen", "unseen_violations"]


class Unseen(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A violation that is known and not looked for."""

    id: str
    title: str
    title_en: str
    focus: str
    reason: str
    """Which deciding fact the events do not carry."""
    needs: str
    """What a monitor would have to be given."""


class _File(Struct, forbid_unknown_fields=True):
    violations: list[Unseen]


def unseen_violations() -> list[Unseen]:
    """All violations that no rule can see, from `unseen.yaml` beside this module.

    Raises:
        ValueError: the file does not have its shape.
    """
    return msgspec.convert(read_document(Path(__file__).with_name("unseen.yaml")), _File).violations
