"""Character tables for making spelling variants: how words are hidden, for measuring.

`spellings.json` is made by `tools/text_tables.py`; what each table holds stands beside it there.
Origin and licences: `NOTICE` beside this file.
"""

from __future__ import annotations

from pathlib import Path

from detectors.match.tables import load_tables

__all__ = ["FILLERS", "HOMOPHONES", "MARTIAN", "SIMILAR", "TRADITIONAL"]

_TABLES = load_tables(Path(__file__).with_name("spellings.json"))
HOMOPHONES = _TABLES["HOMOPHONES"]
TRADITIONAL = _TABLES["TRADITIONAL"]
MARTIAN = _TABLES["MARTIAN"]
SIMILAR = _TABLES["SIMILAR"]
FILLERS = _TABLES["FILLERS"]
