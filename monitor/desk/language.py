"""The console's two languages: gettext catalogues, read from text and compiled in memory."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal

from aiohttp import web
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

__all__ = ["CODES", "Language", "language", "language_of"]

Code = Literal["zh_CN", "en"]
#: The first is the default.
CODES: tuple[Code, ...] = ("zh_CN", "en")
COOKIE = "livewatch_lang"
LOCALE = Path(__file__).parent / "locale"
_TAGS: dict[Code, str] = {"zh_CN": "zh-CN", "en": "en"}
_BY_TAG: dict[str, Code] = {"zh": "zh_CN", "zh-cn": "zh_CN", "zh_cn": "zh_CN", "en": "en"}


class Language:
    """One catalogue. Messages have keys; the words stand in the catalogue alone."""

    def __init__(self, code: Code, translations: Translations) -> None:
        self.code = code
        self.translations = translations

    @property
    def tag(self) -> str:
        """For the `lang` attribute."""
        return _TAGS[self.code]

    @property
    def other(self) -> Code:
        """The language that the switch leads to."""
        return "en" if self.code == "zh_CN" else "zh_CN"

    def say(self, key: str, **values: object) -> str:
        """The words of a key, with its values filled in."""
        words = self.translations.gettext(key)
        return words % values if values else words

    def count(self, key: str, number: int, **values: object) -> str:
        """The words of a key for a number of things; the number is `%(num)s`."""
        words = self.translations.ngettext(key, key, number)
        return words % {"num": f"{number:,}", **values}

    def has(self, key: str) -> bool:
        return self.translations.gettext(key) != key


@cache
def language(code: Code) -> Language:
    """A language by code; its catalogue is compiled once."""
    with (LOCALE / f"{code}.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Language(code, Translations(compiled))


def code_of(tag: str | None) -> Code | None:
    """The language meant by `en`, `zh` or `zh-CN`; ``None``: none of ours."""
    return _BY_TAG.get(tag.strip().lower()) if tag else None


def language_of(request: web.Request) -> Language:
    """The reader's language: the cookie's, else Chinese."""
    return language(code_of(request.cookies.get(COOKIE)) or CODES[0])
