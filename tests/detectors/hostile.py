"""Events at the bounds of the contract, from the published schema: every field, all kinds of text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from detectors.event_schema import event_schema
from detectors.events import AHEAD_MS, Event, InvalidEvent, decode

AT = 1_788_231_600_000
_DEFINITIONS: dict[str, Any] = event_schema()["$defs"]
_TYPES = [name for name in _DEFINITIONS if name != "Party"]
_TIMES = ("at", "seen", "until", "from")
#: Few, so that events meet in the memories of rules.
_NAMES = {
    "platform": ["demo"],
    "room": ["1", "2"],
    "sku": ["A", "B", "\0", "\t", "s" * 256],
    "user": ["u1", "u2", "u3", "\0", "u" * 256],
}
_TEXTS = [
    "", "a", "\0", "茶" * 50, "9" * 2_000, "原价9999元现价1元", "9" * 22 + "元", "包治百病 100%有效 三天见效",
    "-1元", "0元", "抽奖 扣1", "𝟘" * 50, "1e999元", "买一送" + "9" * 20, "每斤1分", "限量0份", "仅剩" + "9" * 300 + "件",
    "原价" + "9" * 100 + "亿元", "\u202e\0\x1b[31m", "限时" + "9" * 12 + "小时", "已售" + "9" * 16 + "万件",
    "抽奖送价值" + "9" * 25 + "元", "满" + "9" * 25 + "减" + "8" * 25, "9" * 5_000 + "年", "一" * 50 + "万万万", "😀" * 20,
]  # fmt: skip


def hostile_events(seed: int) -> Iterator[Event]:
    """Without end; the same for the same seed."""
    random = Random(seed)
    while True:
        fields = _object(random, random.choice(_TYPES))
        for least, most in (("low", "high"), ("from", "until")):
            # Two bounds of one thing are in order; the schema cannot say so.
            if fields.get(least) is not None and fields.get(most) is not None:
                fields[least], fields[most] = sorted((fields[least], fields[most]))
        try:
            yield decode(json.dumps(fields))
        except InvalidEvent as error:
            raise AssertionError(f"no event of the contract: {fields}") from error


def _object(random: Random, title: str) -> dict[str, Any]:
    definition = _DEFINITIONS[title]
    return {
        name: _value(random, known, name)
        for name, known in definition["properties"].items()
        if name in definition["required"] or random.random() < 0.7
    }


def _value(random: Random, schema: dict[str, Any], name: str) -> Any:
    if "$ref" in schema:
        return _object(random, schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return _value(random, random.choice(schema["anyOf"]), name)
    if "enum" in schema:
        return random.choice(schema["enum"])
    match schema["type"]:
        case "null":
            return None
        case "boolean":
            return random.random() < 0.5
        case "number":
            return random.choice([0, 1, 0.5, 1e-300])
        case "integer":
            least, most = schema["minimum"], schema["maximum"]
            if name in _TIMES:
                soon = AT + random.randrange(10**7)
                return random.choice([soon, soon, soon, least, AT + AHEAD_MS])
            return random.choice(
                [least, most, most // 2, min(most, least + random.randrange(10**4))]
            )
        case "string":
            return _text(random, schema, name)
        case "array":
            count = schema["maxItems"] if random.random() < 0.01 else random.randrange(4)
            return [_value(random, schema["items"], name) for _ in range(count)]
    count = schema["maxProperties"] if random.random() < 0.02 else random.randrange(4)
    names = ["产地", "厂名", "生产日期", "净含量", "", "\0", "规格", *map(str, range(count))]
    values = schema["additionalProperties"]
    return {name: _value(random, values, name) for name in random.sample(names, min(count, 5))}


def _text(random: Random, schema: dict[str, Any], name: str) -> str:
    if "pattern" in schema:
        return "0f" * 32
    if name == "id":
        return str(random.random())
    if name in _NAMES:
        return random.choice(_NAMES[name])
    # How long the reading of long texts takes is another question.
    most = 400 if name in ("text", "title") else schema["maxLength"]
    text = random.choice(_TEXTS)
    if random.random() < 0.02 and most <= 4_096:
        text = (text or "x") * most
    return text[:most] or ("x" if schema.get("minLength") else "")
