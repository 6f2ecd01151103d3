"""The excerpt of the context: triggers are never cut, and what follows a hit is as near as what leads to it."""

from __future__ import annotations

from detectors.alerts import Evidence
from detectors.events import decode
from monitor.desk.formats import Formats
from monitor.desk.language import language
from monitor.evidence.excerpt import ROWS, excerpt_of
from tests.monitor.build import alert, chat, line, speech

F = Formats(language("zh_CN"), 0)


def test_rows_nearest_to_the_hit_are_shown_on_both_sides_and_the_rest_is_counted() -> None:
    before = [decode(chat(f"b{n}", n, f"之前{n}")) for n in range(70)]
    after = [decode(chat(f"a{n}", 101 + n, f"之后{n}")) for n in range(60)]
    back = decode(speech("back", 190, "刚才说错了"))
    orders = [decode(line("order", "o1", 0, order="o1", sku="C1", status="paid", price=100))]
    evidence = Evidence(
        trigger=[decode(speech("hit", 100, "能降血压"))], before=[*orders, *before], after=[*after, back]
    )  # fmt: skip
    found = excerpt_of(alert("C1", evidence=evidence), F)
    words = [row["words"] for row in found.rows]
    assert len(words) == ROWS
    assert words == sorted(
        words, key=lambda text: next(row["time"] for row in found.rows if row["words"] == text)
    )
    assert "能降血压" in words
    # What the host took back ninety seconds later is there, and as many lines after as before.
    assert "刚才说错了" in words
    assert abs(sum("之前" in text for text in words) - sum("之后" in text for text in words)) <= 1
    assert {"之前69", "之前50", "之后0", "之后20"} <= set(words)
    assert found.left_out == 133 - ROWS
    assert found.tables == ["chat.csv", "orders.csv"]


def test_every_trigger_is_shown_however_many_there_are() -> None:
    hits = [decode(speech(f"t{n}", 10 * n, f"第{n}次")) for n in range(80)]
    after = [decode(chat(f"a{n}", 1_000 + n, f"之后{n}")) for n in range(100)]
    found = excerpt_of(alert("C1", evidence=Evidence(trigger=hits, after=after)), F)
    assert sum(row["trigger"] for row in found.rows) == 80
    assert [row["words"] for row in found.rows[80:]] == [f"之后{n}" for n in range(30)]
    assert found.left_out == 70
    assert excerpt_of(alert("C1", evidence=Evidence(trigger=[])), F).rows == []
