"""Character tables for undoing spelling variants.

`tables.json` is made by `tools/text_tables.py`, `by_hand.json` is written by hand; what each table holds stands
beside it there.
Origin and licences: `NOTICE` beside this file.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

__all__ = [
    "ALONE",
    "BY_THEMSELVES",
    "COMMON",
    "EMOJI",
    "EMPTY",
    "FAMILIAR",
    "FILLERS",
    "FREQUENT",
    "HERBS",
    "HETERONYMS",
    "IMITATED",
    "LOOKALIKES",
    "PAIRS",
    "PARTICLES",
    "SPLITS",
    "SYLLABLES",
    "TRADE",
    "USED_ALONE",
    "VARIANTS",
    "load_tables",
]


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    means: str
    text: list[str]
    """Pieces of the one text, so that lines of the file stay short."""


def load_tables(path: Path) -> dict[str, str]:
    """The texts of the tables in a file, by their names.

    Raises:
        OSError: it cannot be read.
        msgspec.ValidationError: it holds something else.
    """
    tables = msgspec.json.decode(path.read_bytes(), type=dict[str, _Table])
    return {name: "".join(table.text) for name, table in tables.items()}


_TABLES = load_tables(Path(__file__).with_name("tables.json"))
VARIANTS = _TABLES["VARIANTS"]
SYLLABLES = _TABLES["SYLLABLES"]
HETERONYMS = _TABLES["HETERONYMS"]
SPLITS = _TABLES["SPLITS"]
LOOKALIKES = _TABLES["LOOKALIKES"]
EMOJI = _TABLES["EMOJI"]
PAIRS = _TABLES["PAIRS"]
FAMILIAR = _TABLES["FAMILIAR"]
FREQUENT = _TABLES["FREQUENT"]
COMMON = _TABLES["COMMON"]
ALONE = _TABLES["ALONE"]
_BY_HAND = load_tables(Path(__file__).with_name("by_hand.json"))
TRADE = _BY_HAND["TRADE"]
HERBS = _BY_HAND["HERBS"]
IMITATED = _BY_HAND["IMITATED"]
USED_ALONE = _BY_HAND["USED_ALONE"]
EMPTY = _BY_HAND["EMPTY"]
FILLERS = _BY_HAND["FILLERS"]
PARTICLES = _BY_HAND["PARTICLES"]
BY_THEMSELVES = _BY_HAND["BY_THEMSELVES"]
