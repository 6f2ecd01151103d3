"""What ordinary text looks like."""

from __future__ import annotations

from detectors.match.ordinary import RARE
from detectors.match.tables import COMMON


def test_rare_are_the_chinese_characters_that_are_not_common() -> None:
    block = {chr(code) for code in range(0x3400, 0xA000)}
    around = {chr(code) for code in (*range(0x20, 0x3400), *range(0xA000, 0xD800), 0x1F600)}
    found = set(RARE.findall("".join(sorted(block | around))))
    assert found == block - set(COMMON)
    assert set(COMMON) & block
