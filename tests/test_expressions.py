"""No text takes an expression more than linear time, and none takes it very long a character.

A text of the contract has up to 20,000 characters, and while `re` reads one nothing else runs in
the process.
"""

from __future__ import annotations

import ast
import base64
import json
import math
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import tests.expressions_at_run_time
from detectors.match import amounts, numerals, places
from detectors.match.expression import Pattern
from detectors.speech import scope
from tests import hostile_texts
from tests.hostile_texts import Hostile

#: Longest text that is tried, and the first at which the growth counts: windows of expressions
#: have some dozen characters, and within one the time may grow as it likes.
LONGEST, FIRST = 16_384, 512
#: Processor time, s, from which a reading is judged by its growth, and from which on no longer
#: text is tried.
JUDGED, GIVEN_UP = 0.004, 0.1
#: Exponents above are more than linear; they are measured over two doublings.
LINEAR = 1.5
#: Characters of a text whose cost is measured, and the most that one may cost, in characters of
#: the yardstick: each of these looks through a window of forty.
SHORT, MOST = 400, 4_000
_YARDSTICK = re.compile("[^,]{0,40}x")


#: Expressions that the core's Python may have, and characters of one: words are data.
MOST_WRITTEN, LONGEST_WRITTEN = 200, 200
ROOT = Path(__file__).parents[1]

#: Modules whose expressions are only asked at one place, where what came before has ended.
AT_ONE_PLACE = ("monitor.parsing:",)


class Expression(NamedTuple):
    where: str
    pattern: re.Pattern[Any]

    def texts(self) -> list[Hostile]:
        """Hostile ones; bytes are taken for the characters of their numbers."""
        source = self.pattern.pattern
        if isinstance(source, bytes):
            return hostile_texts.hostile_texts(source.decode("latin-1"), re.ASCII)
        return hostile_texts.hostile_texts(source, self.pattern.flags)

    def spent(self, text: str, how: str = "finditer") -> float:
        """Processor time, s, for all matches of a text, or one that is all of it."""
        given: Any = text.encode("latin-1", "replace") if self.is_bytes else text
        start = time.process_time_ns()
        if how == "finditer":
            for _ in self.pattern.finditer(given):
                pass
        else:
            getattr(self.pattern, how)(given)
        return (time.process_time_ns() - start) / 1e9

    @property
    def is_bytes(self) -> bool:
        return isinstance(self.pattern.pattern, bytes)


@pytest.fixture(scope="session")
def expressions() -> list[Expression]:
    """All that the program compiles."""
    done = subprocess.run(
        [sys.executable, "-m", tests.expressions_at_run_time.__name__],
        check=True, capture_output=True,
    )  # fmt: skip
    found = []
    for line in done.stdout.splitlines():
        where, is_text, flags, encoded = json.loads(line)
        raw = base64.b64decode(encoded)
        source = raw.decode("utf-8", "surrogatepass") if is_text else raw
        found.append(Expression(where, re.compile(source, flags)))
    return found


def growth(expression: Expression, text: Hostile, how: str) -> float:
    """The exponent of the time in the length of a text; 0 where it takes no time worth naming."""
    length, spent = 16, dict[int, float]()
    while length <= LONGEST:
        spent[length] = expression.spent(text.of(length), how)
        if JUDGED < spent[length] <= GIVEN_UP:
            # What else runs on the machine only adds time.
            spent[length] = min(spent[length], expression.spent(text.of(length), how))
        # In small steps: what doubles with every character must be noticed in time.
        if spent[length] > GIVEN_UP or (spent[length] > 10 * JUDGED and length >= 4 * FIRST):
            break
        length = length * 2 if length >= FIRST else max(length + 1, length * 9 // 8)
    last = max(spent)
    if spent[last] <= JUDGED:
        return 0.0
    if last < FIRST and spent[last] > GIVEN_UP:
        return math.inf
    first = min((one for one in spent if one * 4 >= last), default=last)
    if first == last:
        return 0.0
    return math.log(spent[last] / max(spent[first], 1e-6)) / math.log(last / first)


def worst_growth(expression: Expression) -> tuple[float, str]:
    """The greatest exponent among the hostile texts of an expression, each measured twice."""
    worst = (0.0, "")
    for text in expression.texts():
        once = "match" if expression.where.startswith(AT_ONE_PLACE) else "finditer"
        for how in (once, "fullmatch"):
            exponent = growth(expression, text, how)
            if exponent > LINEAR:
                exponent = min(exponent, growth(expression, text, how))
            worst = max(worst, (exponent, f"{how} of {text!r}"))
            if exponent > LINEAR:
                return worst
    return worst


@pytest.mark.law(3)
@pytest.mark.slow
@pytest.mark.parametrize(
    "pattern",
    [
        r"\d+元", r"\s*[:：]", "a[^,]*b[^,]*c", "(?:a|ab|b)*c", "(?:a+)+b", "(?:就|能|就能)*(?:瘦|减)",
        r"(?<!x)\d+(?:\.\d+)?%", "比(?:我|那个?|那些)*(?:的)?(?:那个?|那些)*$", "到期(?![^。]*独家)",
        r"\d++元", "(?>a+)b", "[a-z_]+@", "(?i)[A-Z]+!", "(?:[0-9]|[1-5])*!", r"(?:\s|\d)+x",
        "x*y*x*y*x*z", "(a*)*b",
    ],
)  # fmt: skip
def test_superlinear_expressions_are_found(pattern: str) -> None:
    exponent, _ = worst_growth(Expression("", re.compile(pattern)))

    assert exponent > LINEAR


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d{1,12}元", r"\A\s*[:：]", "a[^,]{0,12}b[^,]{0,12}c", "[a-z]+", r"(?<!\d)\d++元",
        "^(?!.*(?:剧本|台词)).*我用过", "(?:就|能|就能){0,6}(?:瘦|减)", "x*+", "高血压|糖尿病",
        "(?:是|在|我们){0,24}+$",
    ],
)  # fmt: skip
def test_linear_expressions_are_let_pass(pattern: str) -> None:
    exponent, text = worst_growth(Expression("", re.compile(pattern)))

    assert exponent <= LINEAR, text


@pytest.mark.parametrize("module", [amounts, numerals, places, scope])
def test_no_expression_is_superlinear_in_what_every_text_is_read_with(module: Any) -> None:
    values = (
        one
        for value in vars(module).values()
        for one in (value if isinstance(value, tuple) else (value,))
    )
    found = [
        value.compiled if isinstance(value, Pattern) else value
        for value in values
        if isinstance(value, (re.Pattern, Pattern))
    ]

    assert found
    for pattern in found:
        exponent, text = worst_growth(Expression(module.__name__, pattern))
        assert exponent <= LINEAR, f"{pattern.pattern[:80]}: {text}"


def written_expressions() -> dict[str, int]:
    """By where it is written, how long each expression of the core is, with the module's own parts filled in.

    What is filled in from a table or a pack is data, and counts for nothing.
    """
    lengths = {}
    for path in sorted((ROOT / "detectors").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        parts = {
            node.targets[0].id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }

        def length(node: ast.expr, parts: dict[str, ast.expr] = parts) -> int:
            match node:
                case ast.Constant(str(text)):
                    return len(text)
                case ast.JoinedStr(some):
                    return sum(map(length, some))
                case ast.FormattedValue(ast.Name(name)) | ast.Name(name):
                    return length(parts[name]) if name in parts else 0
                case ast.BinOp(left, ast.Add(), right):
                    return length(left) + length(right)
            return 0

        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile":
                lengths[f"{path.relative_to(ROOT)}:{node.lineno}"] = length(node.args[0])
    return lengths


def test_the_core_has_few_expressions_and_each_is_short() -> None:
    lengths = written_expressions()

    assert 20 < len(lengths) <= MOST_WRITTEN
    assert {where: length for where, length in lengths.items() if length > LONGEST_WRITTEN} == {}


@pytest.mark.slow(4)
def test_every_expression_of_the_program_is_seen(expressions: list[Expression]) -> None:
    packages = {expression.where.partition(".")[0] for expression in expressions}
    lengths = sum(len(expression.pattern.pattern) for expression in expressions)

    assert packages == {"detectors", "connectors", "monitor"}
    # In a tuple, in a class body, built from a pack, in bytes, within a function that nothing has called.
    wheres = {expression.where.partition(":")[0] for expression in expressions}
    assert {
        "connectors.decoders.jsonvalue", "detectors.facts.identity.licences", "connectors.instants",
    } <= wheres  # fmt: skip
    assert any(expression.pattern.pattern == r"[\s:：-]" for expression in expressions)
    assert lengths > 60_000


@pytest.mark.slow
def test_no_expression_looks_for_the_braces_of_a_template(expressions: list[Expression]) -> None:
    """`{{0,3}}` is a repeat where a template is filled in, and else two braces that no text has."""
    template = re.compile(r"\{\{\d*,?\d*\}\}")
    found = [
        f"{expression.where} {match.group()}"
        for expression in expressions
        if isinstance(source := expression.pattern.pattern, str)
        and (match := template.search(source))
    ]

    assert not found


@pytest.mark.slow
def test_no_expression_is_superlinear(expressions: list[Expression]) -> None:
    found = []
    for expression in expressions:
        exponent, text = worst_growth(expression)
        if exponent > LINEAR:
            found.append(
                f"{expression.where} {expression.pattern.pattern[:60]!r}: {exponent:.2f} on {text}"
            )

    assert not found, "\n".join(found)


@pytest.mark.slow
def test_no_expression_is_dear_a_character(
    expressions: list[Expression], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Repeats with an end multiply, too: windows beside windows, each with words that come again."""
    monkeypatch.setattr(hostile_texts, "ENDLESS", 4)
    yardstick = Expression("", _YARDSTICK)
    unit = min(yardstick.spent("的" * 40 * SHORT) for _ in range(7)) / 40
    found = []
    for expression in expressions:
        for text in expression.texts():
            hostile = text.of(SHORT)
            cost = expression.spent(hostile)
            if cost > MOST * unit:
                cost = min(cost, *(expression.spent(hostile) for _ in range(3)))
            if cost > MOST * unit:
                found.append(
                    f"{expression.where} {expression.pattern.pattern[:60]!r}: {cost / unit:.0f} on {text!r}"
                )

    assert not found, "\n".join(found)
