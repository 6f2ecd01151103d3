"""The engine's laws: order, duplicates, escalation, timers, evidence, snapshots."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from detectors.alerts import Alert, Number, alert_id
from detectors.engine import snapshot
from detectors.engine.engine import Engine, SnapshotError
from detectors.events import Chat, Event, Price, Session
from detectors.lab.cases import BASE_MS
from detectors.match.lexicon import Hit
from detectors.pack.law import LawTable, Provision, Statute
from detectors.pack.load import Rulebook
from detectors.rule import Context, Finding, Rule, RuleSpec
from detectors.speech.utterance import Utterance
from tests.detectors.build import at, chat, event, gap, price, product, room, session, speech


class Seen(Struct):
    texts: list[str] = []


class Shout(Rule):
    """Raises on each speech that holds “苹果”, one subject a SKU; remembers what it saw, in order."""

    id = "shout"
    State = Seen

    def on_chat(self, ctx: Context, event: Chat) -> None:
        if len(ctx.state.texts) < 500:
            ctx.state.texts.append(event.text)

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        ctx.state.texts.append(utterance.original)
        ctx.raise_alert(
            Finding(
                subject=utterance.sku or "",
                level="watch",
                reason=f"说了 {len(hits)} 次苹果",
                trigger=[utterance.event],
                numbers={"seen": len(ctx.state.texts)},
                spans=[utterance.span(hit.start, hit.end) for hit in hits],
            )
        )


class Report(Rule):
    """Raises on what the second viewer writes about worms."""

    id = "report"
    State = Seen

    def on_viewer_text(self, ctx: Context, event: Chat, hits: list[Hit]) -> None:
        ctx.state.texts.append(event.text)
        if len(ctx.state.texts) == 2:
            numbers: dict[str, Number] = {"hits": len(hits), "start": hits[0].start}
            ctx.raise_alert(
                Finding(subject="虫", level="watch", reason="", trigger=[event], numbers=numbers)
            )


class Promise(Rule):
    """A price event sets a timer of ten seconds; the next session event cancels it."""

    id = "promise"

    def on_price(self, ctx: Context, event: Price) -> None:
        ctx.set_timer(event.at + 10_000, event.sku)

    def on_session(self, ctx: Context, event: Session) -> None:
        ctx.cancel_timer("A")

    def on_timer(self, ctx: Context, key: str, due: int) -> None:
        known = ctx.room.prices[key].steps[0].quote.event
        ctx.raise_alert(
            Finding(
                subject=key, level="info", reason="没有恢复", trigger=[known], numbers={"due": due}
            )
        )


class Muted(Rule):
    """Says what Shout says, a little weaker."""

    id = "muted"

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        ctx.raise_alert(
            Finding(
                subject=utterance.sku or "", level="info", reason="苹果", trigger=[utterance.event]
            )
        )


class Faulty(Rule):
    """Fails on a certain word."""

    id = "faulty"

    def on_chat(self, ctx: Context, event: Chat) -> None:
        if event.text == "坏":
            raise ZeroDivisionError("坏了")


LAW = LawTable(
    [
        msgspec.convert(
            {
                "short": "旧新",
                "title": "旧新法",
                "duties": {
                    "诚实": [
                        {
                            "article": "第一条",
                            "penalty": "第九条",
                            "from": "2000-01-01",
                            "to": "2026-10-01",
                        },
                        {"article": "第二条", "penalty": "第十条", "from": "2026-10-01"},
                    ]
                },
            },
            Statute,
        )
    ]
)


def spec(rule: type[Rule], **fields: Any) -> RuleSpec:
    return msgspec.convert(
        {
            "id": rule.id, "version": 1, "title": "苹果", "title_en": "Apple", "focus": "F3",
            "level": "lead", "stage": "trial", "status": "verified",
            "law": [{"ref": "旧新/诚实", "when": "总是"}],
            "patterns": {"fruit": ["苹果"]}, "cases": [], **fields,
        },
        RuleSpec,
    )  # fmt: skip


def engine(*rules: type[Rule], **options: Any) -> Engine:
    specs: dict[str, dict[str, Any]] = options.pop("specs", {})
    built = [rule(spec(rule, **specs.get(rule.id, {}))) for rule in rules or (Shout, Promise)]
    return Engine(Rulebook(built, LAW), **{"lateness_ms": 2_000, **options})


def final(machine: Engine, batches: Iterable[list[Event]]) -> dict[str, Alert]:
    state = machine.open("demo", "1")
    alerts: dict[str, Alert] = {}
    for batch in batches:
        for alert in machine.step(state, batch, now=7):
            alerts[alert.id] = alert
    for alert in machine.finish(state, now=7):
        alerts[alert.id] = alert
    return alerts


def essence(alerts: dict[str, Alert]) -> list[tuple[Any, ...]]:
    return sorted(
        (a.id, a.rule, a.level, a.hits, a.first_at, a.last_at, a.reason, a.evidence.numbers)
        for a in alerts.values()
    )


# Order and duplicates -----------------------------------------------------------------------


def test_events_are_handed_out_in_event_time_once_the_watermark_has_passed():
    machine = engine(Shout)
    state = machine.open("demo", "1")
    machine.step(state, [chat("二", 1), chat("一", 0)], now=0)
    assert state._memory == {}
    machine.step(state, [chat("四", 9)], now=0)
    assert state._memory["shout"].texts == ["一", "二"]  # type: ignore[attr-defined]


def test_an_event_later_than_the_lateness_is_counted_and_still_evaluated():
    machine = engine(Shout)
    state = machine.open("demo", "1")
    machine.step(state, [chat("早", 0), chat("晚", 60)], now=0)
    alerts = machine.step(state, [speech("苹果", 10, sku="A")], now=0)
    assert [alert.subject for alert in alerts] == ["A"]
    assert machine.stats.late == 1


def test_the_same_event_twice_is_one_event():
    line = speech("苹果", 0, sku="A")
    machine = engine(Shout)
    alerts = final(machine, [[line], [line, line], [chat("完", 30)], [line]])
    assert [alert.hits for alert in alerts.values()] == [1]
    assert machine.stats.duplicates == 3


def test_two_identical_lines_are_two_events():
    alerts = final(engine(Shout), [[speech("苹果", 0, sku="A"), speech("苹果", 1, sku="A")]])
    assert [alert.hits for alert in alerts.values()] == [2]


@pytest.mark.slow
def test_a_memory_that_an_event_leaves_as_it_was_is_not_written_again():
    machine = engine(Shout)
    state = machine.open("demo", "1")
    heard = []
    for number in range(520):
        machine.step(state, [chat("来了", 10.0 * number)], now=0)
        heard.append("rule:shout" in machine.changed_parts(state))
    # The last one waits behind the watermark; `Shout` remembers five hundred.
    assert heard == [False] + [True] * 500 + [False] * 19
    back = machine.restore(snapshot.parts(state))
    machine.step(back, [chat("来了", 9_000)], now=0)
    assert "rule:shout" not in machine.changed_parts(back)


@pytest.mark.slow
def test_the_latest_ids_are_bounded_and_the_others_are_filed_by_minute():
    machine = engine(Shout, remembered_ids=1_000)
    state = machine.open("demo", "1")
    for second in range(5_000):
        machine.step(state, [chat("x", second)], now=0)
    assert 1_000 <= len(state._counted.ids) <= 1_000 + 3 * 128
    parts = machine.changed_parts(state)
    gone = [name for name, body in parts.items() if body is None]
    assert gone
    assert all(name.startswith("latest:") for name in gone)
    assert sum(name.startswith("minute:") for name in parts) > 5_000 / 60 - 30


def test_what_is_known_of_the_room_comes_before_what_is_said_in_the_same_millisecond():
    rows = [
        event("speech", 0, id="a", speaker="host", text="苹果"),
        event("product", 0, id="z", sku="A", status="explaining"),
    ]
    alerts = final(engine(Shout), [rows])
    assert [alert.subject for alert in alerts.values()] == ["A"]


recordings = st.lists(
    st.one_of(
        st.tuples(st.just("chat"), st.sampled_from(["好", "苹果", "多少钱"])),
        st.tuples(st.just("speech"), st.sampled_from(["苹果", "又是苹果苹果", "梨"])),
        st.tuples(st.just("price"), st.integers(1, 3)),
    ),
    min_size=1,
    max_size=40,
)


def build(rows: list[tuple[str, Any]], step_ms: int = 700) -> list[Event]:
    events: list[Event] = []
    for index, (kind, value) in enumerate(rows):
        fields: dict[str, Any] = {"id": f"h{index}"}
        if kind == "price":
            fields |= {"sku": "A", "kind": "asking", "price": value}
        else:
            fields |= {"text": value}
        if kind == "speech":
            fields |= {"speaker": "host", "sku": "A" if index % 2 else "B"}
        events.append(event(kind, index * step_ms / 1000, **fields))
    return events


@pytest.mark.slow
@given(recordings, st.data())
def test_any_order_within_the_lateness_any_repetition_any_batches_give_the_same(rows, data):
    events = build(rows)
    expected = essence(final(engine(), [events]))
    delays = data.draw(st.lists(st.integers(0, 1_999), min_size=len(events), max_size=len(events)))
    shuffled = [
        item for _, item in sorted(zip(delays, events, strict=True), key=lambda x: x[0] + x[1].at)
    ]
    doubled = [item for item in shuffled for _ in range(data.draw(st.integers(1, 2)))]
    batches, rest = [], doubled
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        batches.append(rest[:size])
        rest = rest[size:]
    assert essence(final(engine(), batches)) == expected


@pytest.mark.slow
@given(recordings)
def test_snapshot_and_restore_at_every_prefix_changes_nothing(rows):
    events = build(rows)
    machine = engine()
    expected = essence(final(engine(), [[item] for item in events]))
    state = machine.open("demo", "1")
    parts: dict[str, bytes] = {}
    alerts: dict[str, Alert] = {}
    for item in events:
        for alert in machine.step(state, [item], now=7):
            alerts[alert.id] = alert
        whole = machine.snapshot(state)
        for name, body in machine.changed_parts(state).items():
            if body is None:
                parts.pop(name, None)
            else:
                parts[name] = body
        # What was written part by part is the whole, and encoding is stable.
        assert machine.snapshot(machine.restore(parts)) == machine.snapshot(
            machine.restore_snapshot(whole)
        )
        state = machine.restore(parts)
    for alert in machine.finish(state, now=7):
        alerts[alert.id] = alert
    assert essence(alerts) == expected


@pytest.mark.parametrize("data", [b"", b"\x00", b"nonsense", b"\x81\xa5facts\xc4\x01\x00"])
def test_bytes_that_are_no_state_are_refused(data):
    with pytest.raises(SnapshotError):
        engine().restore_snapshot(data)


def test_a_state_of_another_version_is_refused():
    machine = engine()
    parts = snapshot.parts(machine.open("demo", "1"))
    parts["facts"] = msgspec.msgpack.encode((99, msgspec.msgpack.decode(parts["facts"])[1]))
    with pytest.raises(SnapshotError, match="99"):
        machine.restore(parts)


def test_a_rule_whose_memory_another_version_wrote_begins_again_and_the_room_goes_on():
    machine = engine(Shout)
    state = machine.open("demo", "1")
    machine.step(state, [speech("苹果", 0), speech("苹果", 9)], now=7)
    parts = snapshot.parts(state)
    parts["rule:shout"] = msgspec.msgpack.encode((snapshot.STATE_VERSION, {"texts": 3}))
    restored = machine.restore(parts)
    assert restored._memory.get("shout") is None
    [failure] = machine.stats.failures
    assert (failure.rule, failure.room) == ("shout", "demo:1")
    (alert,) = machine.finish(restored, now=9)
    assert (alert.hits, alert.evidence.numbers) == (2, {"seen": 1})


# Alerts -------------------------------------------------------------------------------------


def test_a_repetition_updates_the_alert_under_the_same_id():
    machine = engine(Shout)
    state = machine.open("demo", "1")
    first = machine.step(state, [speech("苹果", 0, sku="A"), chat("x", 5)], now=1)
    second = machine.step(state, [speech("苹果", 6, sku="A"), chat("x", 20)], now=2)
    assert [alert.id for alert in first] == [alert.id for alert in second]
    assert (first[0].hits, second[0].hits) == (1, 2)
    assert (second[0].first_at, second[0].last_at) == (at(0), at(6))
    assert first[0].hits == 1, "a version that was handed out does not change"


def test_the_id_is_a_function_of_rule_room_session_and_subject_alone():
    assert alert_id("r", 1, "p", "1", "s", "A") == alert_id("r", 1, "p", "1", "s", "A")
    # A separator inside a name must not make two lists of names look the same.
    assert alert_id("r", 1, "p", "1|s", "", "A") != alert_id("r", 1, "p", "1", "s|", "A")


def test_the_level_rises_with_repetition_and_never_above_the_packs():
    specs = {"shout": {"escalation": [{"hits": 3, "level": "lead"}], "level": "lead"}}
    rows = [speech("苹果", t, sku="A") for t in range(3)]
    assert [a.level for a in final(engine(Shout, specs=specs), [rows[:2]]).values()] == ["watch"]
    assert [a.level for a in final(engine(Shout, specs=specs), [rows]).values()] == ["lead"]
    capped = {"shout": {**specs["shout"], "level": "info"}}
    assert [a.level for a in final(engine(Shout, specs=capped), [rows]).values()] == ["info"]


def test_what_repetition_does_not_settle_stays_watched_and_counts_for_nothing():
    entry = {
        "escalation": [{"hits": 3, "level": "lead"}],
        "level": "lead",
        "unrepeated": ["hinted"],
    }
    rows = [speech("苹果", t, sku="A") for t in range(4)]

    def level(*hinted: int) -> str:
        class Hint(Shout):
            def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
                super().on_text(ctx, utterance, hits)
                is_hint = len(ctx.state.texts) in hinted
                ctx.findings[-1].because = ["hinted"] if is_hint else ["named"]

        (alert,) = final(engine(Hint, specs={"shout": entry}), [rows]).values()
        return alert.level

    assert level(1, 2, 3, 4) == "watch"
    assert level(2, 3) == "watch"
    assert level(4) == "lead"


def test_the_law_is_that_of_the_first_trigger():
    # The base is 2026-10-01 in Beijing; eight hours of offset decide the civil day.
    before = final(engine(Shout), [[speech("苹果", -21 * 3600, sku="A")]])
    after = final(engine(Shout), [[speech("苹果", -19 * 3600, sku="A")]])
    assert [basis.article for alert in before.values() for basis in alert.law] == ["第一条"]
    assert [basis.article for alert in after.values() for basis in alert.law] == ["第二条"]


def test_an_unverified_basis_says_so_in_what_is_missing():
    specs = {"shout": {"status": "unverified", "missing": ["订单"]}}
    (alert,) = final(engine(Shout, specs=specs), [[speech("苹果", 0)]]).values()
    assert alert.missing == ["订单", "本规则的法律依据尚未核对原文"]


def test_a_text_that_was_not_read_is_named_in_what_is_missing():
    named = "以下法规未核对行为时的原文：《旧新法》"
    statute = LAW.statutes["旧新"]

    def missing(of: Statute) -> list[str]:
        machine = Engine(Rulebook([Shout(spec(Shout))], LawTable([of])), lateness_ms=0)
        (alert,) = final(machine, [[speech("苹果", 0)]]).values()
        return alert.missing

    assert named not in missing(statute)
    amended = msgspec.structs.replace(statute, read_to=date(2026, 10, 1))
    assert named not in missing(amended), "what is in force since that day was read"
    old = msgspec.convert({"article": "第一条", "penalty": "无", "from": "2000-01-01"}, Provision)
    unread = msgspec.structs.replace(old, status="excerpt")
    for duties in ({"诚实": [old]}, {"诚实": [unread]}):
        assert named in missing(msgspec.structs.replace(amended, duties=duties))


def test_what_decides_who_would_be_penalised_is_asked_while_the_version_is_in_force():
    statute = LAW.statutes["旧新"]
    old, new = statute.duties["诚实"]
    asking = msgspec.structs.replace(
        statute,
        asks=["甲"],
        duties={
            "诚实": [
                msgspec.structs.replace(old, asks=["乙"]),
                msgspec.structs.replace(new, asks=["丙"]),
            ]
        },
    )
    machine = Engine(Rulebook([Shout(spec(Shout))], LawTable([asking])), lateness_ms=0)
    (alert,) = final(machine, [[speech("苹果", 0)]]).values()
    assert alert.missing == ["甲", "丙"]


def test_the_context_before_and_after_the_trigger_is_kept():
    rows: list[Event] = [chat("太早", -100), chat("前", -30), speech("苹果", 0, sku="A")]
    rows += [chat("后", 60), chat("太晚", 200)]
    (alert,) = final(engine(Shout), [rows]).values()
    assert [item.text for item in alert.evidence.before] == ["前"]  # type: ignore[union-attr]
    assert [item.text for item in alert.evidence.after] == ["后"]  # type: ignore[union-attr]


def test_a_version_with_the_whole_context_follows_when_the_window_has_passed():
    machine = engine(Shout)
    state = machine.open("demo", "1")
    machine.step(state, [speech("苹果", 0, sku="A"), chat("后", 60)], now=0)
    (alert,) = machine.step(state, [chat("后来", 200), chat("完", 300)], now=0)
    assert [item.text for item in alert.evidence.after] == ["后"]  # type: ignore[union-attr]
    assert alert.hits == 1


def test_the_original_words_are_marked_not_the_folded_ones():
    (alert,) = final(engine(Shout), [[speech("吃个苹\u200b果吧", 0, sku="A")]]).values()
    assert [span.text for span in alert.evidence.spans] == ["苹\u200b果"]


def test_a_gap_that_touches_the_evidence_is_listed():
    rows: list[Event] = [
        chat("前", -50), gap(-40, -20, reason="断线", source="s"), speech("苹果", 0, sku="A"),
        gap(5_000, 6_000, reason="后来"),
    ]  # fmt: skip
    (alert,) = final(engine(Shout), [rows]).values()
    assert [(g.from_, g.until, g.reason) for g in alert.evidence.gaps] == [
        (at(-40), at(-20), "断线")
    ]


@pytest.mark.slow
def test_the_evidence_of_a_flood_is_bounded():
    rows = [speech("苹果", t, sku="A") for t in range(300)]
    (alert,) = final(engine(Shout), [rows]).values()
    assert alert.hits == 300
    assert len(alert.evidence.trigger) == 60
    assert alert.evidence.trigger[0].id == rows[0].id
    assert alert.evidence.trigger[-1].id == rows[-1].id


def test_a_viewers_words_never_reach_the_text_rules():
    rows: list[Event] = [chat("苹果苹果", 0), chat("苹果", 1, role="system")]
    assert final(engine(Shout), [rows]) == {}
    assert len(final(engine(Shout), [[chat("苹果", 1, role="assistant")]])) == 1


def test_a_viewers_words_reach_the_rules_that_count_what_viewers_report():
    patterns = {"patterns": {"viewer.worm": ["虫子", "有虫"], "fruit": ["苹果"]}}
    rows: list[Event] = [
        chat("收到的里面有虫子", 0), chat("苹果", 1), speech("没有虫子", 2),
        chat("有虫", 3, role="host"), chat("有虫", 4, role="system"), chat("我的也有虫子！", 5),
    ]  # fmt: skip
    (alert,) = final(engine(Report, specs={"report": patterns}), [rows]).values()
    assert alert.evidence.numbers == {"hits": 2, "start": 3}


def test_words_of_viewers_are_not_looked_for_in_what_the_host_says():
    patterns = {"patterns": {"viewer.fruit": ["苹果"], "fruit": ["梨"]}}
    assert final(engine(Shout, specs={"shout": patterns}), [[speech("苹果", 0)]]) == {}


def test_a_card_shown_again_is_read_once():
    rows = [product(0, title="苹果"), product(5, title="苹果"), product(9, title="红苹果")]
    (alert,) = final(engine(Shout), [rows]).values()
    assert alert.hits == 2


def test_a_stronger_rule_mutes_the_weaker_on_the_same_subject():
    specs = {"shout": {"inhibits": ["muted"]}}
    machine = engine(Muted, Shout, specs=specs)
    alerts = final(machine, [[speech("苹果", 0, sku="A")]])
    assert [alert.rule for alert in alerts.values()] == ["shout"]
    assert machine.stats.inhibited["muted"] == 1


def test_a_shadow_rule_is_counted_and_raises_nothing():
    machine = engine(Shout, specs={"shout": {"stage": "shadow"}})
    assert final(machine, [[speech("苹果", 0)]]) == {}
    assert machine.stats.findings["shout"] == 1


def test_a_draft_rule_does_not_run():
    machine = engine(Shout, specs={"shout": {"stage": "draft"}})
    assert final(machine, [[speech("苹果", 0)]]) == {}
    assert machine.stats.evaluations["shout"] == 0


def test_a_rule_that_fails_is_named_and_the_others_go_on():
    machine = engine(Faulty, Shout)
    alerts = final(machine, [[chat("坏", 0, id="bad"), speech("苹果", 1)]])
    assert len(alerts) == 1
    (failure,) = machine.stats.failures
    assert (failure.rule, failure.event, failure.room) == ("faulty", "bad", "demo:1")
    assert "坏了" in failure.error


def test_a_speech_that_cannot_be_read_fails_alone(monkeypatch):
    machine = engine(Shout)
    read = machine.reader.lexicon.read

    def stumbling(folded, near=None):
        if "坏" in folded.text:
            raise RuntimeError("坏了")
        return read(folded, near)

    monkeypatch.setattr(machine.reader.lexicon, "read", stumbling)
    alerts = final(machine, [[speech("坏的", 0, id="bad"), speech("苹果", 1)]])
    assert len(alerts) == 1
    (failure,) = machine.stats.failures
    assert (failure.rule, failure.event) == ("", "bad")


# Time ---------------------------------------------------------------------------------------


def test_a_timer_fires_in_event_time_before_the_events_that_follow_it():
    alerts = final(engine(), [[price(100, 0), chat("x", 9.9)]])
    assert alerts == {}
    (alert,) = final(engine(), [[price(100, 0), chat("x", 10)]]).values()
    assert alert.evidence.numbers == {"due": at(10)}


def test_a_timer_can_be_cancelled():
    assert final(engine(), [[price(100, 0), session("ended", 5), chat("x", 60)]]) == {}


def test_an_idle_room_is_moved_by_the_time_since_its_last_event_arrived():
    machine = engine()
    state = machine.open("demo", "1")
    machine.step(state, [price(100, 0)], now=1_000)
    assert machine.due_at(state) is not None
    assert machine.advance(state, now=1_000 + 11_000) == []
    assert len(machine.advance(state, now=1_000 + 12_000)) == 1
    assert machine.advance(state, now=1_000 + 12_001) == []


@pytest.mark.slow
@given(st.lists(st.integers(1, 4_000), max_size=20))
def test_one_jump_or_many_steps_are_the_same(steps):
    whole, parts = engine(), engine()
    one, many = whole.open("demo", "1"), parts.open("demo", "1")
    rows = [price(100, 0), speech("苹果", 1, sku="A")]
    whole.step(one, rows, now=0)
    parts.step(many, rows, now=0)
    alerts: dict[str, Alert] = {}
    clock = 0
    for step in steps:
        clock += step
        for alert in parts.advance(many, now=clock):
            alerts[alert.id] = alert
    jumped = {alert.id: alert for alert in whole.advance(one, now=clock)}
    assert essence(alerts) == essence(jumped)


def test_a_tick_before_any_event_moves_nothing():
    machine = engine()
    assert machine.advance(machine.open("demo", "1"), now=BASE_MS) == []


# What is known of a room ----------------------------------------------------------------------


def test_a_card_keeps_what_a_later_one_leaves_unknown():
    machine = engine()
    state = machine.open("demo", "1")
    rows = [product(0, category="food", price=100), product(1, title="新名", price=200)]
    machine.step(state, [*rows, chat("x", 60)], now=0)
    card = state.cards["A"]
    assert (card.category, card.title, card.price) == ("food", "新名", 200)


def test_unwatched_time_counts_overlapping_gaps_once():
    machine = engine()
    state = machine.open("demo", "1")
    machine.step(state, [gap(0, 10), gap(5, 20), chat("x", 60)], now=0)
    assert state.unwatched_ms(at(0), at(100)) == 20_000
    assert state.unwatched_ms(at(15), at(18)) == 3_000


def test_a_number_that_was_never_shown_is_unknown_not_nought():
    state = engine().open("demo", "1")
    assert state.viewers is None
    assert state.category("A") is None


def test_a_new_session_forgets_its_title_and_the_card_on_screen_not_the_operator():
    machine = engine()
    state = machine.open("demo", "1")
    rows = [
        session("started", 0, title="甲"), room(1, host_kind="seller", operator={"name": "陈记"}),
        product(2, status="explaining"), session("started", 10, session="s2"), chat("x", 60),
    ]  # fmt: skip
    machine.step(state, rows, now=0)
    assert (state.session, state.title, state.explaining) == ("s2", None, None)
    assert state.host_kind == "seller"
    assert state.operator is not None
    assert state.operator.name == "陈记"


def test_the_evidence_carries_what_was_known_of_room_and_card():
    rows: list[Event] = [
        session("started", -900), room(-900, host_kind="seller"), room(-800, host="陈"),
        product(-700, category="food"), product(-600, sku="B"), speech("苹果", 0, sku="A"),
    ]  # fmt: skip
    (alert,) = final(engine(Shout), [rows]).values()
    assert [type(fact).__name__ for fact in alert.evidence.facts] == ["Session", "Room", "Product"]
    assert alert.evidence.facts[1].host_kind == "seller"  # type: ignore[union-attr]
    assert alert.evidence.facts[2].sku == "A"  # type: ignore[union-attr]


def test_the_end_of_a_recording_gives_no_version_where_nothing_followed():
    machine = engine(Shout)
    state = machine.open("demo", "1")
    assert machine.step(state, [speech("苹果", 0, sku="A")], now=0) == []
    assert len(machine.finish(state, now=0)) == 1
    assert machine.finish(state, now=1) == []
