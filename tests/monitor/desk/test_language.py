"""Every word of the console stands in both catalogues, and nothing else does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from monitor.desk import language as module
from monitor.desk.language import CODES, LOCALE, code_of, language

DESK = Path(module.__file__).parent
#: Keys that are put together: the part that is fixed, and what follows it.
BUILT = re.compile(r"""["']([a-z_0-9.]+\.)(?:["']|\{)""")
PLAIN = re.compile(r"""(?:\b_|gettext|say|count)\(\s*["']([a-z_0-9.-]+)["']""")


def catalogue(code: str) -> Catalog:
    with (LOCALE / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def sources() -> str:
    files = [*DESK.rglob("*.py"), *DESK.rglob("*.html")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def keys(code: str) -> set[str]:
    return {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalogue(code)
        if message.id
    }


def test_both_catalogues_have_the_same_keys() -> None:
    assert keys("zh_CN") == keys("en")


@pytest.mark.parametrize("code", CODES)
def test_no_entry_is_empty_or_fuzzy(code: str) -> None:
    for message in catalogue(code):
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(strings), message.id
        if message.id:
            assert not message.fuzzy, message.id


@pytest.mark.slow
def test_every_key_in_the_code_is_in_the_catalogue() -> None:
    text = sources()
    used = set(PLAIN.findall(text)) - {"hits", "level"}
    built = {key for key in used if key.endswith(".")}
    assert used - built - keys("zh_CN") == set()
    for prefix in (built | set(BUILT.findall(text))) - {"attributes."}:
        assert any(key.startswith(prefix) for key in keys("zh_CN")), prefix


@pytest.mark.slow
def test_no_entry_is_left_over() -> None:
    text = sources()
    built = tuple(set(BUILT.findall(text)))
    left = {
        key
        for key in keys("zh_CN")
        if f'"{key}"' not in text and f"'{key}'" not in text and not key.startswith(built)
    }
    assert left == set()


@pytest.mark.slow
def test_both_languages_take_the_same_values() -> None:
    values = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
    english = {str(message.id): message for message in catalogue("en")}
    for message in catalogue("zh_CN"):
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        other = english[str(message.id)].string
        others = other if isinstance(other, tuple) else (other,)
        wanted = {name for string in strings for name in values.findall(string)}
        for string in others:
            assert set(values.findall(string)) == wanted, message.id


@pytest.mark.slow
def test_the_monitor_accuses_nobody() -> None:
    """违法 stands only in an officer's own decision; 造假 and 骗 stand nowhere."""
    for message in catalogue("zh_CN"):
        string = str(message.string)
        assert not any(word in string for word in ("造假", "骗")), message.id
        if "违法" in string:
            assert message.id in ("reason.confirmed", "close.reasons"), message.id


def test_english_has_a_singular() -> None:
    assert language("en").count("hits", 1) == "1 hit"
    assert language("en").count("hits", 1_200) == "1,200 hits"
    assert language("zh_CN").count("hits", 1) == "1 次"


@pytest.mark.parametrize(
    ("tag", "code"),
    [("en", "en"), ("zh", "zh_CN"), ("zh-CN", "zh_CN"), ("fr", None), ("", None), (None, None)],
)
def test_language_tags(tag: str | None, code: str | None) -> None:
    assert code_of(tag) == code
