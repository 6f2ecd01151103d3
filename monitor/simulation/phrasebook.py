"""Lines of chat and speech drawn from lists of words.

A template holds slots and choices: `{goods}` is replaced by a word of the room or a drawn entry of
the list of that name, `[a|b|]` by one of its parts. Brackets without a bar are text (`[赞]`).
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from copy import copy
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import yaml

__all__ = ["Phrasebook", "Words", "data", "phrasebook"]

#: Words of one room by slot: one text, or several of which one is drawn.
Words = Mapping[str, str | Sequence[str]]
#: Lists up to this length are known in every room.
_SMALL = 9
WORDS = Path(__file__).parent / "words"
_PART = re.compile(r"\{(\w+)\}|\[([^\[\]|]*\|[^\[\]]*)\]")

#: A literal, the name of a slot, or the alternatives of a choice.
_Template = tuple["str | _Slot | tuple[_Template, ...]", ...]


class _Slot(str):
    """Name of a slot."""

    __slots__ = ()


@cache
def data(name: str) -> dict[str, Any]:
    """One file of words, read once."""
    loaded: dict[str, Any] = yaml.safe_load((WORDS / f"{name}.yaml").read_text("utf-8"))
    return loaded


@cache
def phrasebook() -> Phrasebook:
    """The phrases of viewers, hosts and campaigns."""
    lists: dict[str, list[str]] = {}
    for name in ("viewers", "crowd", "host", "campaigns"):
        for key, entries in data(name).items():
            if key in lists:
                raise ValueError(f"two files of words have a list {key!r}")
            if isinstance(entries, list) and not isinstance(entries[0], list):
                lists[key] = [str(entry) for entry in entries]
    return Phrasebook(lists)


class Phrasebook:
    """Draws texts; all chance comes from the generator that is handed in."""

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self._lists = {name: [_compile(text) for text in texts] for name, texts in lists.items()}
        self._compiled: dict[str, _Template] = {}
        typing = data("typing")
        self._swaps: dict[str, list[str]] = typing["swaps"]
        self._swapped = re.compile("|".join(sorted(self._swaps, key=len, reverse=True)))
        self._marks: list[str] = typing["marks"]
        self._emoji: list[str] = typing["emoji"]
        weights: dict[str, int] = data("viewers")["line"]
        self._kinds = list(weights)
        self._weights: list[float] = list(accumulate(weights.values()))

    def of_room(self, rng: random.Random) -> Phrasebook:
        """The phrases of one room: of what viewers write, each crowd knows only some."""
        room = copy(self)
        room._lists = dict(self._lists)
        for name in self._kinds:
            known = self._lists.get(name, [])
            if len(known) > _SMALL:
                room._lists[name] = rng.sample(known, round(len(known) * rng.uniform(0.5, 0.8)))
        weights = [weight * rng.uniform(0.5, 1.6) for weight in data("viewers")["line"].values()]
        room._weights = list(accumulate(weights))
        return room

    def draw(self, rng: random.Random, name: str, words: Words) -> str:
        """A text of a list."""
        templates = self._lists[name]
        return _joined(self._fill(rng, templates[int(rng.random() * len(templates))], words))

    def fill(self, rng: random.Random, template: str, words: Words) -> str:
        """A text of one template."""
        compiled = self._compiled.get(template)
        if compiled is None:
            compiled = self._compiled[template] = _compile(template)
        return self._fill(rng, compiled, words)

    def remark(self, rng: random.Random, words: Words) -> str:
        """What a viewer writes unasked, as typed."""
        text = self._thought(rng, words)
        if rng.random() < 0.09:
            text += rng.choice(("，", " ", "，", "。")) + self._thought(rng, words)
        chance = rng.random()
        if chance < 0.1:
            text += self.draw(rng, "tail", words)
        elif chance < 0.18:
            text = self.mistype(rng, text)
        return text or "1"

    def _thought(self, rng: random.Random, words: Words) -> str:
        kind = rng.choices(self._kinds, cum_weights=self._weights)[0]
        if kind == "topic":
            topics = words["topic"]
            return self.fill(rng, topics[int(rng.random() * len(topics))], words)
        return self.draw(rng, kind, words)

    def mistype(self, rng: random.Random, text: str) -> str:
        """The text as a hasty thumb leaves it: one thing is different."""
        chance = rng.random()
        if chance < 0.45:
            found = list(self._swapped.finditer(text))
            if found:
                match = found[int(rng.random() * len(found))]
                return (
                    text[: match.start()]
                    + rng.choice(self._swaps[match.group()])
                    + text[match.end() :]
                )
        place = int(rng.random() * len(text)) if text else 0
        if chance < 0.6 and len(text) > 3:
            return text[:place] + text[place + 1 :]
        if chance < 0.7:
            return text[:place] + text[place : place + 1] + text[place:]
        if chance < 0.85:
            return text[:place] + rng.choice(self._marks) + text[place:]
        return text + rng.choice(self._emoji)

    def disguise(self, rng: random.Random, text: str, share: float) -> str:
        """The text with up to four differences, the more the greater the share (0–1)."""
        for _ in range(4):
            if rng.random() < share:
                text = self.mistype(rng, text)
        return text

    def _fill(self, rng: random.Random, template: _Template, words: Words) -> str:
        out = ""
        for part in template:
            if isinstance(part, tuple):
                out += self._fill(rng, part[int(rng.random() * len(part))], words)
            elif isinstance(part, _Slot):
                out += self._slot(rng, part, words)
            else:
                out += part
        return out

    def _slot(self, rng: random.Random, name: str, words: Words) -> str:
        value = words.get(name)
        if value is not None:
            return value if isinstance(value, str) else value[int(rng.random() * len(value))]
        number = _NUMBERS.get(name)
        if number is not None:
            return str(rng.randint(*number))
        return self.draw(rng, name, words)


def _joined(text: str) -> str:
    """The text without the commas of parts that were left out."""
    while "，，" in text:
        text = text.replace("，，", "，")
    return text.strip("，")


#: Slots that are numbers, with their least and greatest value.
_NUMBERS = {"n": (1, 28), "k": (2, 9), "m": (9, 99), "cm": (150, 182), "jin": (86, 170)}


def _compile(text: str) -> _Template:
    parts: list[Any] = []
    end = 0
    for match in _PART.finditer(text):
        if match.start() > end:
            parts.append(text[end : match.start()])
        if match.group(1):
            parts.append(_Slot(match.group(1)))
        else:
            parts.append(tuple(_compile(option) for option in match.group(2).split("|")))
        end = match.end()
    if end < len(text):
        parts.append(text[end:])
    return tuple(parts)
