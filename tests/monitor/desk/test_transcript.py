"""The context as it is read: who, what, marked words, folded repetitions, gaps."""

from __future__ import annotations

from detectors.alerts import Evidence, Span, WatchedGap
from detectors.events import Counter, Order, Product
from monitor.desk.language import language
from monitor.desk.transcript import Band, Folded, Line, transcript
from tests.monitor.desk import evening
from tests.monitor.desk.evening import DAY, NOW, chat, speech

ZH = language("zh_CN")


def lines(evidence: Evidence) -> list[Line]:
    return [entry for entry in transcript(evidence, ZH) if isinstance(entry, Line)]


def test_the_words_that_triggered_are_marked_as_they_were_said() -> None:
    said = speech(NOW, "这个茶喝一个月，高血压就降下来", id="s")
    spans = [
        Span(event="s", start=8, end=15, text="高血压就降下来"),
        Span(event="s", start=8, end=11, text="高血压"),
    ]
    (line,) = lines(Evidence(trigger=[said], spans=spans))
    assert [word for word in line.words if word.marked] == [("高血压就降下来", True)]
    assert "".join(word.text for word in line.words) == said.text


def test_viewers_who_write_the_same_are_folded() -> None:
    same = [chat(NOW + n, "想要", user=f"u{n % 31}") for n in range(37)]
    (first, line) = lines(Evidence(trigger=[speech(NOW - 1, "…")], after=list(same)))
    assert first.trigger
    assert (line.repeats, line.accounts, line.who) == (37, 31, "观众")


def order(at: int, user: str | None, quantity: int | None) -> Order:
    return Order(id=f"o{at}", platform="禾播", room="77001", session="s1", at=at, order=f"n{at}",
                 sku="T1", user=user, quantity=quantity, price=8990, status="paid")  # fmt: skip


def test_orders_of_several_buyers_are_told_as_nobodys_with_their_accounts_and_pieces() -> None:
    seen = [order(NOW + n, f"买家{n}", quantity) for n, quantity in enumerate((1, 2, 1, 1))]
    (_, line) = lines(Evidence(trigger=[speech(NOW - 1, "…")], after=list(seen)))
    assert (line.who, line.often) == ("订单 T1", "4 笔，4 个账号，共 5 件")
    assert "".join(word.text for word in line.words) == "付款，89.90 元"
    english = transcript(
        Evidence(trigger=[speech(NOW - 1, "…")], after=list(seen)), language("en")
    )[1]
    assert isinstance(english, Line)
    assert (english.who, english.often) == (
        "Order T1", "4 orders, 4 accounts, 5 pieces in all",
    )  # fmt: skip


def test_orders_of_one_buyer_keep_the_name_and_an_unknown_quantity_makes_no_sum() -> None:
    seen = [order(NOW, "买家甲", 1), order(NOW + 1, "买家甲", None)]
    (_, line) = lines(Evidence(trigger=[speech(NOW - 1, "…")], after=list(seen)))
    assert (line.who, line.often) == ("订单 T1 买家甲", "2 笔，1 个账号")


def test_an_order_of_an_unknown_buyer_is_not_told_as_the_known_ones() -> None:
    seen = [order(NOW, "买家甲", 1), order(NOW + 1, None, 1)]
    (_, line) = lines(Evidence(trigger=[speech(NOW - 1, "…")], after=list(seen)))
    assert (line.who, line.often) == ("订单 T1", "2 笔，已知 1 个账号，共 2 件")


def test_a_single_order_says_its_quantity() -> None:
    (_, line) = lines(Evidence(trigger=[speech(NOW - 1, "…")], after=[order(NOW, "买家甲", 2)]))
    assert line.often == ""
    assert "".join(word.text for word in line.words) == "付款，2 件，89.90 元"


def test_a_viewer_is_told_by_the_pseudonym_not_by_its_key() -> None:
    (one, other) = lines(
        Evidence(
            trigger=[chat(NOW, "在", user="k1:ms2t66tc"), chat(NOW + 1, "好", user="南山客小李")]
        )
    )
    assert (one.who, other.who) == ("观众 ms2t66tc", "观众 南山客小李")


def test_viewers_whose_pseudonyms_begin_alike_are_told_apart() -> None:
    names = ["k3:pseudonym-of-one-viewer-a7", "k3:pseudonym-of-one-viewer-b9"]
    told = [
        line.who
        for line in lines(
            Evidence(trigger=[chat(NOW + n, f"第{n}句", user=name) for n, name in enumerate(names)])
        )
    ]
    assert len(set(told)) == 2


def test_a_trigger_is_never_folded() -> None:
    same = [chat(NOW + n, "已下单，真香", user=f"u{n}", id=f"c{n}") for n in range(5)]
    assert len(lines(Evidence(trigger=list(same)))) == 5


def test_only_gaps_near_the_words_stand_between_them() -> None:
    near = WatchedGap(from_=NOW + 1000, until=NOW + 12_000, reason="重连")
    far = WatchedGap(from_=NOW - 3 * DAY, until=NOW - 3 * DAY + 60_000)
    found = transcript(
        Evidence(trigger=[speech(NOW, "…")], after=[chat(NOW + 20_000, "在")], gaps=[far, near]), ZH
    )
    assert [type(entry) for entry in found] == [Line, Band, Line]


def test_what_is_absent_and_what_is_unknown_are_written_differently() -> None:
    card = Product(
        id="p", platform="禾播", room="1", at=NOW, sku="T1", attributes={"厂名": "", "产地": "青禾"}
    )
    (line,) = lines(Evidence(trigger=[card]))
    text = "".join(word.text for word in line.words)
    assert "厂名 未公示" in text
    assert "产地 青禾" in text
    assert "标价" not in text  # a price that nobody observed is not written at all


def test_what_is_far_from_a_trigger_is_folded_and_nothing_is_lost() -> None:
    many = [chat(NOW + n * 1000, f"第 {n} 句", user=f"u{n}") for n in range(100)]
    late = speech(NOW + 50_500, "后来的一句", id="late")
    found = transcript(Evidence(trigger=[late], before=list(many)), ZH)
    before, after = found[0], found[-1]
    assert isinstance(before, Folded)
    assert isinstance(after, Folded)
    assert len(before.lines) + len(after.lines) + len(found) - 2 == 101
    assert [isinstance(entry, Line) and entry.trigger for entry in found].count(True) == 1


def test_the_platforms_counters_are_one_line_with_their_range() -> None:
    seen = [
        Counter(id=f"n{n}", platform="禾播", room="1", at=NOW + n, name="viewers", value=value)
        for n, value in enumerate((422, 451, 433))
    ]
    (_, line) = lines(Evidence(trigger=[speech(NOW - 1, "…")], after=list(seen)))
    assert (line.words[0].text, line.often) == ("在线人数 422–451", "3 个读数")


def test_rounded_readings_of_a_counter_are_not_told_as_others() -> None:
    seen = [
        Counter(id=f"n{n}", platform="禾播", room="1", at=NOW + n, name="likes", low=low)
        for n, low in enumerate((100_000, 110_000, 110_000))
    ]
    (_, one, other) = lines(Evidence(trigger=[speech(NOW - 1, "…")], after=list(seen)))
    assert (one.words[0].text, one.often) == ("点赞 100,000+", "")
    assert (other.words[0].text, other.often) == ("点赞 110,000+", "2 个读数")


def test_every_kind_of_event_can_be_read() -> None:
    alert = evening.false_original_price()
    for code in ("zh_CN", "en"):
        assert all(
            line.who and line.words
            for line in transcript(alert.evidence, language(code))
            if isinstance(line, Line)
        )  # type: ignore[arg-type]
