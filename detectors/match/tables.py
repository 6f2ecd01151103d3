"""Character tables for undoing spelling variants.

`tables.json` is made by `tools/text_tables.py`; what each table holds stands beside it there.
Origin and licences: `NOTICE` beside this file.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

__all__ = [
    "ALONE",
    "COMMON",
    "EMOJI",
    "FAMILIAR",
    "FREQUENT",
    "HETERONYMS",
    "LOOKALIKES",
    "PAIRS",
    "SPLITS",
    "SYLLABLES",
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
