"""Speech as a stream: what a recogniser cut has no meaning, and nothing waits for ever."""

from __future__ import annotations

import itertools

import pytest

from detectors.engine.engine import Engine
from detectors.speech.stream import PAUSE_MS, Stream, ends_at, follows, joined
from tests.detectors.build import chat, counter, only, product, run, run_engine, speech

CARD = {"sku": "A", "title": "茶", "category": "food", "status": "explaining"}
CLAIM = "这个茶喝一个月高血压就降下来了"
TALK = "姐妹们刚进来的先点个关注"


def said(*texts, start=0.0, pause=0.0, pace=0.2, **fields):
    """Events that follow one another at five characters a second."""
    events = []
    for text in texts:
        end = start + pace * len(text)
        events.append(
            speech(text, start, until=speech(text, end).at, sku="A", confidence=0.9, **fields)
        )
        start = end + pause
    return events


def medical(*texts, **fields):
    return run("medical-claim", [product(-5, **CARD), *said(*texts, **fields)])


@pytest.mark.parametrize("place", range(1, len(CLAIM)))
def test_a_claim_is_found_once_wherever_it_is_cut(place):
    alerts = medical(CLAIM[:place], CLAIM[place:])
    assert [(alert.level, alert.hits) for alert in alerts] == [("lead", 1)]
    (alert,) = alerts
    texts = {event.id: event.text for event in alert.evidence.trigger if hasattr(event, "text")}
    for span in alert.evidence.spans:
        assert texts[span.event][span.start : span.end] == span.text
    words = "".join(span.text for span in alert.evidence.spans)
    assert words.startswith(("高血压降下来", "高血压降"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "pieces"),
    [
        ("gift-value", ("今天拍的每单都送神秘", "大礼收到你就知道了")),
        ("prize-unclear", ("一会抽奖抽几个人我还没", "想好先买先占号")),
        ("prize-rigged", ("抽奖名单早就内", "定好了走个形式")),
        ("ai-impersonation", ("这个视频是用AI把明", "星的脸换上去的")),
        ("fake-scarcity", ("仓库堆得满满的你就", "喊最后三十箱别说漏了")),
        ("fabricated-sales-figure", ("销量那一栏我随便", "填个九万六好看些")),
        ("false-original-price", ("划线价我随手填的三九九", "从来没卖过这个价")),
    ],
)
def test_rules_that_heed_more_than_claims_find_one_that_is_cut(rule, pieces):
    (alert,) = run(rule, [product(-5, **CARD), *said(*pieces)])
    assert [event.text for event in alert.evidence.trigger] == list(pieces)


@pytest.mark.parametrize("pause", [0.0, 3.0])
def test_what_is_told_of_stock_is_noted_once_though_it_is_read_again_with_what_is_said_next(pause):
    stock = [counter("stock", 800, at, sku="A") for at in (0, 60, 120, 180, 240)]
    told = [
        event
        for n in range(3)
        for event in said("最后三件了家人们", TALK, start=10 + 90 * n, pause=pause)
    ]
    events = sorted([product(-5, **CARD), *stock, *told], key=lambda event: event.at)
    (alert,) = run("fake-scarcity", events)
    assert alert.evidence.numbers["declared"] == 3


def test_a_claim_in_three_pieces_has_them_all_as_triggers():
    (alert,) = medical("喝一个月高血", "压就", "降下来了")
    assert [event.text for event in alert.evidence.trigger] == ["喝一个月高血", "压就", "降下来了"]


@pytest.mark.parametrize(
    "pieces",
    [
        ("这个茶能治高血压", "那都是骗人的大家别信"),
        ("外面说喝茶能治高血压的", "都是骗人的你们别信"),
        ("我们这个茶可不敢说", "能治高血压"),
        ("我们这个茶不能", "治高血压的"),
        ("有姐妹问这茶能治高", "血压吗不能的就是个茶"),
    ],
    ids=["denied", "denounced", "unsaid", "negated", "asked"],
)
def test_a_denial_belongs_to_the_words_wherever_it_was_cut(pieces):
    assert medical(*pieces) == []


def test_after_a_pause_a_sentence_stands_alone():
    (alert,) = medical(CLAIM, "说治病的都是骗人的", pause=PAUSE_MS / 1000 + 1)
    assert alert.level == "lead"
    assert medical("高血压", "降下来了", pause=PAUSE_MS / 1000 + 1) == []


def test_each_speaker_has_a_stream_of_his_own():
    events = said(CLAIM[:9], CLAIM[9:])
    guest = speech("对我也在喝", 1.0, speaker="guest")
    (alert,) = run("medical-claim", [product(-5, **CARD), events[0], guest, events[1]])
    assert alert.level == "lead"
    events = [*said(CLAIM[:9]), *said(CLAIM[9:], start=1.8, speaker="assistant")]
    # “这个茶喝一个月高血” alone says too little to be like a claim.
    assert run("medical-claim", [product(-5, **CARD), *events]) == []


def test_what_is_said_again_and_again_is_counted_once_each_time():
    texts = [TALK, CLAIM, TALK, CLAIM, TALK]
    (alert,) = medical(*texts)
    assert (alert.hits, alert.evidence.numbers["times"]) == (2, 2)


def recording():
    pieces = [
        TALK,
        CLAIM[:10],
        CLAIM[10:] + "今天",
        "下单送运费险",
        "这个茶能治高血压",
        "那都是骗人的别信",
    ]
    events = [product(-5, **CARD), *said(*pieces)]
    return [*events, *(chat(f"好喝{number}", 0.7 * number) for number in range(20))]


def outcome(alerts):
    return [
        (
            a.id,
            a.level,
            a.hits,
            a.reason,
            [(s.event, s.start, s.end, s.text) for s in a.evidence.spans],
        )
        for a in alerts
    ]


@pytest.mark.slow
def test_order_within_the_lateness_and_duplicates_change_nothing():
    events = sorted(recording(), key=lambda event: event.at)
    expected = outcome(run(None, events))
    assert expected
    shuffled = sorted(events, key=lambda event: event.at + int(event.id[1:]) * 7919 % 9_000)
    assert outcome(run(None, shuffled)) == expected
    assert outcome(run(None, [*itertools.chain(*zip(events, events, strict=True))])) == expected


@pytest.mark.slow
def test_a_room_that_is_restored_after_each_event_finds_the_same():
    events = sorted(recording(), key=lambda event: event.at)
    expected = outcome(run("medical-claim", events))
    engine = Engine(only("medical-claim"), lateness_ms=0)
    state = engine.open("demo", "1")
    final = {}
    for event in events:
        final |= {one.id: one for one in engine.step(state, [event], now=event.at)}
        state = engine.restore_snapshot(engine.snapshot(state))
    final |= {one.id: one for one in engine.finish(state, now=0)}
    assert not engine.stats.failures
    assert outcome(final.values()) == expected


def test_a_step_of_all_events_is_as_good_as_one_by_one():
    events = sorted(recording(), key=lambda event: event.at)
    engine = Engine(only("medical-claim"), lateness_ms=2_000)
    state = engine.open("demo", "1")
    final = {one.id: one for one in engine.step(state, events, now=0)}
    final |= {one.id: one for one in engine.finish(state, now=0)}
    assert outcome(final.values()) == outcome(run("medical-claim", events, lateness_ms=2_000))


@pytest.mark.slow
def test_nothing_waits_longer_than_for_a_pause():
    engine = Engine(only("medical-claim"), lateness_ms=2_000)
    state = engine.open("demo", "1")
    (event,) = said(CLAIM)
    assert engine.step(state, [product(-5, **CARD), event], now=1_000_000) == []
    due = engine.due_at(state)
    assert due is not None
    seen = []
    while due is not None and not seen:
        assert due <= 1_000_000 + (event.until - event.at) + PAUSE_MS + 2_000
        seen = engine.advance(state, now=due)
        due = engine.due_at(state)
    assert [alert.level for alert in seen] == ["lead"]


def test_what_ends_with_a_full_stop_waits_for_nothing():
    engine = Engine(only("medical-claim"), lateness_ms=0)
    state = engine.open("demo", "1")
    engine.step(state, [product(-5, **CARD), *said(CLAIM + "。")], now=0)
    assert engine.step(state, [chat("好", 0.1)], now=0)


def test_what_came_meanwhile_is_no_context_before():
    events = [product(-5, **CARD), *said(CLAIM), chat("真的吗", 2.0), chat("好的", 30.0)]
    (alert,), _ = run_engine("medical-claim", events)
    assert all(event.at <= alert.first_at for event in alert.evidence.before)
    assert "真的吗" in [getattr(event, "text", "") for event in alert.evidence.after]


def test_a_tail_is_bounded_and_says_where_each_word_stands():
    events = said(*(f"第{number}段话说了一些东西" for number in range(30)))
    stream = Stream()
    for event in events:
        stream.add(event, goes_on=True)
    assert len(stream.said) < 10
    whole = joined(stream.said[:-1], stream.said[-1], None)
    for part in whole.parts:
        words = part.event.text[part.begins : part.begins + part.end - part.start]
        assert whole.text[part.start : part.end] == words
    assert whole.text[whole.first : whole.last] == events[-1].text


def test_an_event_goes_on_where_the_last_one_ended():
    first, second = said("今天有货", "大家快拍")
    assert ends_at(first) == second.at
    assert follows(first, second)
    later = speech("大家快拍", (ends_at(first) + PAUSE_MS + 1 - speech("嗯", 0).at) / 1000)
    assert not follows(first, later)


def test_what_fails_while_it_waits_is_a_failure_of_its_own_event(monkeypatch):
    engine = Engine(only("medical-claim"), lateness_ms=0)
    state = engine.open("demo", "1")
    events = said(CLAIM, "下单送运费险。", "这个茶能治失眠。")
    catch_up = engine._listener._catch_up

    def failing(state, stream, after, changed):
        if after is not None:
            raise RuntimeError("unreadable")
        catch_up(state, stream, after, changed)

    monkeypatch.setattr(engine._listener, "_catch_up", failing)
    final = engine.step(state, [product(-5, **CARD), *events], now=0)
    final += engine.finish(state, now=0)
    assert [(one.rule, one.event) for one in engine.stats.failures] == [("", events[0].id)]
    assert {span.event for alert in final for span in alert.evidence.spans} == {events[2].id}
