"""Texts cut to the byte, hours of quiet, secrets that are missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.errors import ConfigError
from monitor.notify.notice import cut
from monitor.notify.routing import quiet_until
from tests.monitor.build import BASE_MS
from tests.monitor.notify.conftest import Office

HOUR = 3_600


def test_a_cut_text_is_as_long_as_it_may_be() -> None:
    for limit in range(3, 40):
        for text in (
            "一二三四五六七八九十百千万",
            "🛒🛒🛒🛒🛒🛒🛒🛒🛒🛒🛒",
            "plain text that is long enough for it",
        ):
            if len(text.encode()) <= limit:
                continue
            short = cut(text, limit)
            size = len(short.encode())
            assert limit - 4 < size <= limit
            assert short.removesuffix("…") == text[: len(short) - 1]
    assert cut("一二三", 9) == "一二三"


@pytest.mark.parametrize(
    ("hours", "hour", "until"),
    [
        ("22:00-07:30", 23, 31.5),  # over midnight, before it
        ("22:00-07:30", 6, 7.5),  # and after it
        ("22:00-07:30", 12, None),
        ("12:00-13:00", 12, 13),
        ("12:00-13:00", 13, None),  # its end is not in it
    ],
)
def test_hours_are_those_of_beijing(hours: str, hour: float, until: float | None) -> None:
    midnight = BASE_MS - 20 * HOUR * 1_000
    found = quiet_until(hours, ("lead",), "watch", round(midnight + hour * HOUR * 1_000))
    assert found == (None if until is None else midnight + until * HOUR * 1_000)
    assert quiet_until(hours, ("lead",), "lead", round(midnight + hour * HOUR * 1_000)) is None


def test_a_missing_secret_is_told_at_the_start(tmp_path: Path) -> None:
    made = Office(tmp_path)
    with pytest.raises(ConfigError, match=r"notify.channels.out.url_file: there is no file"):
        made.start(
            {"out": {"type": "wecom", "url_file": str(tmp_path / "none")}}, [{"channels": ["out"]}]
        )
    made.store.close()
