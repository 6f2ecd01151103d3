"""What the sentences of all rules say, over all cases of the packs: what was seen, and nothing else."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Any

import msgspec
import pytest

from detectors.across.stage import Stage
from detectors.alerts import Alert, Found, encode
from detectors.engine.bases import bases_of
from detectors.engine.engine import Engine
from detectors.engine.story import ground_of
from detectors.events import Chat, Event, Speech
from detectors.lab.cases import BASE_MS, case_events
from detectors.match.likeness import LIKENESS
from detectors.match.numerals import whole_figures
from detectors.pack.english import article, templates
from detectors.pack.english import english as in_english
from detectors.pack.sections import shared_kinds
from detectors.rule import Ground, RuleSpec
from detectors.speech.phrases import has_marks
from detectors.speech.speaker import speaker_name
from detectors.speech.utterance import SEAM
from tests.case_runs import CaseRuns
from tests.detectors.across.test_crowds import ring
from tests.detectors.build import chat, order, price, product, room, rulebook, run, speech
from tests.detectors.rules import test_crowd_groups as groups
from tests.detectors.rules import test_crowd_transaction as transactions

#: Words by which a sentence says that something is so, where a rule can only have seen that it looks so.
ASSERTS = re.compile(
    "说的是(?!他人|观众|别的|别家)|比的是|与实际不符|没有商品(?:能|能够)|不可能做到|均由所见|要件均|确系|确属|显然|明知"
    "|(?<!认定)(?<!是否)违法(?!的|由)|造假(?!、)|骗取"
)
ASSERTS_EN = re.compile(
    r"\b(?:in truth|in fact|really|obviously|evidently|knowingly|deliberately|falsely|illegal|deceiv\w+"
    r"|was not shown|were not shown)\b"
)
HAN = "[\u4e00-\u9fff]"
#: Sentences about what stands in the law, or about what somebody has to find out, may use such words.
ASKS = re.compile("是否|须|本身不违法")


@pytest.fixture(scope="module")
def alerts(case_runs: CaseRuns) -> list[Alert]:
    """The alerts of every case that raises one."""
    return [alert for case, found in case_runs.all() if case.get("expect") for alert in found]


def _of(engine: Engine, stage: Stage, case: dict[str, Any]) -> list[Alert]:
    return _raised(engine, stage, case_events(case))


def _raised(engine: Engine, stage: Stage, events: list[Event]) -> list[Alert]:
    rooms: dict[tuple[str, str], Any] = {}
    clusters: dict[str, Any] = {}
    final: dict[str, Alert] = {}

    def take(versions: list[Alert], state: Any) -> None:
        final.update((one.id, one) for one in versions)
        for signal in engine.signals(state):
            if signal.key not in clusters:
                clusters[signal.key] = stage.open(signal.key)
            for one in stage.step(clusters[signal.key], [signal], now=0):
                final[one.id] = one

    for event in sorted(events, key=lambda one: one.at):
        key = (event.platform, event.room)
        if key not in rooms:
            rooms[key] = engine.open(*key)
        take(engine.step(rooms[key], [event], now=event.at), rooms[key])
    for state in rooms.values():
        take(engine.finish(state, now=0), state)
    return list(final.values())


def recordings() -> list[list[Event]]:
    """What no case of a pack is long enough for: crowds, and accounts that meet evening after evening."""
    templates = groups.templates(18, every=130.0)
    named = [msgspec.structs.replace(one, user=f"买家{n:03}") for n, one in enumerate(templates)]
    hired = [f"托{chr(0x5000 + number)}" for number in range(16)]
    numbered = [f"买家{number:03}" for number in range(12)]
    small, large = (groups.purchases(count, times=2, start=30, every=61.0) for count in (5, 10))
    others = groups.purchases(60, name="客")
    clockwork = transactions.even(user=None)
    few = [order(t, order=f"客{t}", user=f"客{t}") for t in (40, 700)]
    return [
        groups.mixed(groups.ordinary(), named),
        groups.mixed(groups.ordinary(), groups.paraphrases(hired, 60)),
        groups.mixed(groups.ordinary(), groups.paraphrases(numbered, 10)),
        # Two signals, each of which is weak.
        groups.mixed(
            groups.ordinary(), groups.templates(6), groups.paraphrases(hired[:4], 8)
        ),
        *(groups.mixed(others, some, groups.refunds(some, 5_000)) for some in (small, large)),
        groups.mixed(few, groups.buying(120, 5, 5)),
        transactions.mixed(
            transactions.chatter(), clockwork, transactions.returned(clockwork, 0.7)
        ),
        transactions.mixed(
            transactions.chatter(), transactions.ragged(), transactions.rising()
        ),
        ring(True, ("1",), 3),
    ]  # fmt: skip


def bare(sentence: str) -> str:
    """A sentence without what it quotes: that is others' words."""
    while (shorter := re.sub("“[^“”]*”", "", sentence)) != sentence:
        sentence = shorter
    return sentence


def sentences(alert: Alert) -> list[str]:
    return [
        alert.title,
        alert.reason,
        alert.level_reason,
        *(one.says for one in alert.findings),
        *(one.why for one in alert.applies),
        *(one.why for one in alert.exemptions),
        *(one.fact for one in alert.leniency),
        *alert.missing,
    ]


@pytest.mark.slow(3)
def test_no_sentence_says_what_nobody_has_established(alerts):
    assert len(alerts) > 500
    wrong = {
        (alert.rule, sentence)
        for alert in alerts
        for sentence in sentences(alert)
        if ASSERTS.search(bare(sentence)) and not ASKS.search(bare(sentence))
    }
    assert wrong == set()


def test_no_sentence_that_an_alert_may_have_says_so_in_either_language():
    """All there are: each has its English, so the catalogue holds them, also those of no case."""
    book = rulebook()
    #: What has to be so for a basis to hold, what it threatens, and what is still to be found out.
    if_so = [one.when for rule in book for one in rule.spec.law]
    if_so += [fact for rule in book for fact in rule.spec.missing]
    if_so += [fact for rule in book for one in rule.spec.frames for fact in one.missing]
    for statute in book.law.statutes.values():
        if_so += [statute.title, statute.short]
        if_so += [one.penalty for versions in statute.duties.values() for one in versions]
    conditions = "\n".join(_opened(one) for one in if_so)
    wrong = {
        (chinese, told)
        for chinese, told in templates().items()
        if chinese not in conditions
        and not ASKS.search(chinese)
        and (ASSERTS.search(chinese) or ASSERTS_EN.search(told))
    }
    assert wrong == set()


def _opened(sentence: str) -> str:
    """A sentence as the catalogue has it: quotes and figures left open."""
    return re.sub(r"[0-9A-Za-z][0-9A-Za-z,.%:+‰/-]*|(?:第[零一二三四五六七八九十百]{1,7}[条款项]){1,3}", "#",
                  re.sub("“[^“”]*”", "“{}”", sentence))  # fmt: skip


#: Units that a figure has before or behind it, in both languages.
UNITS = {
    "元": r"yuan", "小时": r"hours?|h\b", "天": r"days?", "秒": r"seconds?|s\b", "%": "%",
    "分钟": r"minutes?|min\b", "倍": r"times", "克": r"grams?|g\b", "个月": r"months?",
}  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_a_figure_has_the_same_unit_in_both_languages(unit: str):
    """Figures are filled in by their order: “其后 6 小时仍为 69 元” is no “6 yuan 69 hours later”."""
    wrong = set()
    for chinese, told in templates().items():
        ours, theirs = _followed(chinese), _followed(told)
        with_unit = {place for place, behind in enumerate(ours) if behind.startswith(unit)}
        in_english = {place for place, behind in enumerate(theirs) if re.match(UNITS[unit], behind)}
        ranges = {place - 1 for place in with_unit} | with_unit
        # “# to # yuan”, and “times” that counts occasions, have no unit of their own in Chinese.
        if with_unit and in_english and not in_english & ranges:
            wrong.add((chinese, told))
    assert wrong == set()


def _followed(template: str) -> list[str]:
    """What stands behind each open place of a template."""
    return [part.lstrip(" -") for part in re.split("#|“{}”|〈〉|〔〕", template)[1:]]


@pytest.mark.slow
def test_every_alert_has_its_level_explained_and_titles_in_both_languages(alerts):
    by_reason: dict[str, set[str]] = {}
    for alert in alerts:
        assert alert.level_reason
        by_reason.setdefault(alert.level_reason, set()).add(alert.rule)
        assert alert.title_en
        assert not re.search("[\u4e00-\u9fff]", alert.title_en)
        assert len(alert.title) <= 20, alert.title
    # What holds for every rule says nothing of this one: only doubts of hearing and likeness may.
    alike = {sentence for sentence, rules in by_reason.items() if len(rules) > 2}
    assert all(re.search("识别置信度|同音|变体|相近度|同场另见", one) for one in alike), alike


def level_sentences(spec: RuleSpec) -> list[str]:
    """Every sentence that the pack may say of a level, what it leaves open filled in."""
    found = []
    for level, grounds in spec.levels.items():
        for one in [Ground(says=grounds)] if isinstance(grounds, str) else grounds:
            # Which frames a ground is said of, the grounds before it decide in part: all will do.
            frames = [
                frame.says
                for frame in spec.frames
                if frame.level == level and (not one.of or {frame.id, frame.concept} & {*one.of})
            ]
            for says in frames if "{says}" in one.says else [""]:
                numbers = {"says": says, "looks": 2, "window_min": 10, "marked": "入门费、拉人头"}
                found.append(one.says.format(**numbers))
    return found


def test_no_sentence_about_a_level_leaves_open_which_of_two_was_seen():
    """“A or B was seen” says nothing: the finding names the one, and the pack has a sentence for each."""
    sentences = [one for rule in rulebook() for one in level_sentences(rule.spec)]
    assert len(sentences) > 250
    assert [one for one in sentences if "或" in bare(one)] == []
    told = {one: bare(in_english(one)) for one in sentences}
    assert {one: english for one, english in told.items() if re.search(r"\bor\b", english)} == {}


@pytest.mark.slow
def test_every_finding_names_the_way_in_which_it_came_by_its_level(alerts):
    """Where a pack has sentences for several ways, none of its findings is left without one."""
    book = rulebook()
    for alert in alerts:
        assert "或" not in bare(alert.level_reason)
        assert not re.search(r"\bor\b", bare(alert.level_reason_en)), alert.level_reason_en
        if alert.level in book[alert.rule].spec.levels:
            assert not re.search("所见合于|单凭直播中所见|所见尚不足", alert.level_reason), (
                alert.reason
            )
            assert not re.search(r"\{\w+\}", alert.level_reason)


@pytest.mark.slow
def test_every_sentence_about_a_level_is_reached_by_a_case(alerts):
    """What no case reaches, no finding may ever name: the pack has a case for it, or it has to go."""
    book = rulebook()
    crowds = book.only("scripted-chat", "fake-transaction", "shared-crowd")
    engine, stage = Engine(crowds, lateness_ms=10_000), Stage(crowds)
    told: dict[tuple[str, str], set[str]] = {}
    for alert in (
        *alerts,
        *(one for some in recordings() for one in _raised(engine, stage, some)),
    ):
        told.setdefault((alert.rule, alert.level), set()).add(alert.level_reason)
    unreached = []
    for rule in book:
        for level, grounds in rule.spec.levels.items():
            sentences = [grounds] if isinstance(grounds, str) else [one.says for one in grounds]
            assert len(sentences) == len(set(sentences)), "which of them it was could not be told"
            for says in sentences:
                form = "(?:所见“.*”：)?" + ".+".join(map(re.escape, re.split(r"\{\w+\}", says)))
                reasons = told.get((rule.id, level), set())
                if not any(re.fullmatch(form, reason, re.DOTALL) for reason in reasons):
                    unreached.append((rule.id, level, says))
    assert unreached == []


class TestGrounds:
    """A pack has several sentences for one level, and a finding names the one."""

    @staticmethod
    def spec(*grounds: Ground) -> RuleSpec:
        spec = rulebook()["edu-promise"].spec
        return msgspec.structs.replace(spec, levels={"lead": list(grounds)})

    @staticmethod
    def told(spec: RuleSpec, because: list[str], **numbers: int | str) -> str:
        found = Found(at=0, event="e", by="fact:it", level="lead", says="")
        return ground_of(spec, found, because, numbers)

    def test_the_first_that_names_what_the_finding_names_is_said(self):
        spec = self.spec(Ground(of=["a", "b"], says="甲"), Ground(of=["b"], says="乙"))
        assert self.told(spec, ["b"]) == "甲"
        assert self.told(spec, ["c"]) == ""

    def test_one_that_names_none_is_said_of_all_others(self):
        spec = self.spec(Ground(of=["a"], says="甲"), Ground(says="其余"))
        assert [self.told(spec, [one]) for one in ("a", "z")] == ["甲", "其余"]

    def test_a_frame_and_its_concept_need_not_be_named_by_the_finding(self):
        frame = next(one for one in self.spec().frames if one.level == "lead")
        spec = self.spec(Ground(of=[frame.concept], says="{says}，列为线索"))
        assert self.told(spec, [], frame=f"edu-promise/{frame.id}") == f"{frame.says}，列为线索"

    def test_a_figure_is_the_findings_own_and_none_is_made_up(self):
        spec = self.spec(Ground(says="见 {looks} 次"))
        assert self.told(spec, [], looks=3) == "见 3 次"
        assert self.told(spec, []) == ""

    def test_what_is_only_alike_came_by_no_ground_of_the_pack(self):
        assert self.told(self.spec(Ground(says="甲")), [], **{LIKENESS: 1}) == ""


@pytest.mark.slow
def test_every_sentence_of_every_rule_is_in_english(alerts):
    without: set[tuple[str, str]] = set()
    for alert in alerts:
        assert len(alert.missing_en) == len(alert.missing)
        told = [
            (alert.reason, in_english(alert.reason)),
            (alert.level_reason, alert.level_reason_en),
            *((one.says, one.says_en) for one in alert.findings),
            *zip(alert.missing, alert.missing_en, strict=True),
            *((one.when, one.when_en) for one in alert.law),
            *((one.law, one.law_en) for one in alert.law),
            *((one.penalty, one.penalty_en) for one in alert.law),
            *((one.article, one.article_en) for one in alert.law),
            *((one.clause, one.clause_en) for one in alert.applies),
            *((one.why, one.why_en) for one in alert.applies),
            *((one.clause, one.clause_en) for one in alert.exemptions),
            *((one.why, one.why_en) for one in alert.exemptions),
            *((one.clause, one.clause_en) for one in alert.leniency),
            *((one.fact, one.fact_en) for one in alert.leniency),
        ]
        without |= {(alert.rule, chinese) for chinese, english in told if not english}
        for _, english in told:
            assert not re.search("[\u4e00-\u9fff]", bare(english)), english
            assert "〈" not in english
    assert without == set()


def test_what_rules_said_before_they_were_reworded_is_in_english():
    """A room's state that is older than the wording hands its alerts out again; old findings are read now."""
    assert (
        in_english("标价 459.00 元于 12 月 2 日 20:00 提至 599.00 元（高 30.5%）。").strip()
        == "List price 459.00 yuan was raised on 2 Dec 20:00 to 599.00 yuan (30.5% more)."
    )
    assert in_english("本场所见第 3 次，前后 90 秒，在线 12 人").startswith("Time 3 seen in this")


def test_what_a_pack_says_is_in_english_where_no_case_says_it():
    book = rulebook()
    told: list[tuple[str, str]] = []
    for rule in book:
        spec = rule.spec
        told += [(spec.id, one.says) for one in spec.frames]
        told += [(spec.id, fact) for one in spec.frames for fact in one.missing]
        told += [(spec.id, one.clause) for one in spec.exempt]
        told += [(spec.id, one.unmet) for one in spec.exempt]
        told += [(spec.id, f"{one.met}：“…”") for one in spec.exempt]
        told += [(spec.id, spec.words.says)] if spec.words is not None else []
        told += [(spec.id, one.clause) for one in spec.exemptions]
        told += [(spec.id, one.when) for one in spec.law]
        told += [(spec.id, sentence) for sentence in (*spec.missing, *level_sentences(spec))]
        told += [(spec.id, one.note) for one in spec.thresholds.values()]
    for statute in book.law.statutes.values():
        for version in (one for versions in statute.duties.values() for one in versions):
            told.append((statute.short, version.penalty))
            if not article(version.article):
                told.append((statute.short, version.article))
    assert [
        (where, chinese) for where, chinese in told if chinese and not in_english(chinese)
    ] == []


@pytest.mark.slow
def test_places_in_a_law_are_in_chinese_numerals_in_chinese_and_in_digits_in_english(alerts):
    for alert in alerts:
        told = [*sentences(alert), *alert.missing, *(one.when for one in alert.law)]
        told += [one.clause for one in (*alert.applies, *alert.exemptions, *alert.leniency)]
        for sentence in told:
            assert not re.search(
                r"(?:法|规定|办法|条例|指南) ?\d|第 ?\d+ ?[条款项]", bare(sentence)
            )
    assert (
        in_english("价格规定第二十一条第三项：舍零取整")
        == "Price rules, article 21, item 3: rounding"
    )


@pytest.mark.slow
def test_every_figure_of_a_sentence_is_in_its_english(alerts):
    for alert in alerts:
        told = in_english(alert.reason)
        chinese = re.sub(
            "(?:第[零一二三四五六七八九十百]+[条款项])+",
            lambda place: article(place[0]),
            alert.reason,
        )
        # Beside a day alone the month is a name.
        chinese = re.sub(r"(?<!年 )\b\d+ 月 (?=\d+ 日)", "", chinese)
        # In the order of the Chinese: what is filled in elsewhere would be another figure.
        assert re.findall(r"\d+(?:\.\d+)?", told) == re.findall(r"\d+(?:\.\d+)?", chinese), told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("chinese", "amounts"),
    [
        ("可处 100 万元以下", "1,000,000 yuan"),
        ("情节严重的 100 万至 200 万元", "1,000,000 to 2,000,000 yuan"),
        ("个人罚款 5 千至 5 万元", "5,000 to 50,000 yuan"),
    ],
)
def test_amounts_are_written_out_in_english(chinese: str, amounts: str):
    assert in_english(chinese).endswith(amounts)


@pytest.mark.slow
def test_gates_stand_in_their_sections(alerts):
    for alert in alerts:
        for one in alert.exemptions:
            assert shared_kinds().get(one.clause, "exemption") == "exemption", one.clause
            # What cannot be told from events is no refusal.
            if re.search("不能判断|看不出|无法", one.why):
                assert one.met is None, one.why


#: Words of the law, and of pages that lack them, that a sentence of ours quotes.
OF_LAW = frozenset(
    ["广告", "持续", "第一", "起", "本品不能代替药物", "临时显著提高", "特供", "专供", "去购买"]
)


def quoted(sentence: str) -> list[str]:
    """What stands in quotation marks, the outer ones."""
    found: list[str] = []
    depth = begin = 0
    for place, mark in enumerate(sentence):
        if mark == "“":
            depth += 1
            begin = place + 1 if depth == 1 else begin
        elif mark == "”" and depth:
            depth -= 1
            found += [sentence[begin:place]] if not depth else []
    return found


@pytest.mark.slow
def test_quotes_are_the_characters_of_the_evidence(alerts):
    wrong = set()
    for alert in alerts:
        evidence = alert.evidence
        events = [*evidence.trigger, *evidence.before, *evidence.after, *evidence.facts]
        seen = "\n".join(
            text
            for one in (
                *map(msgspec.to_builtins, events),
                *map(msgspec.to_builtins, evidence.rooms),
            )
            for text in _texts(one)
        )
        # How a disguise is read stands beside how it was written.
        read = (
            {words for one in alert.applies for words in quoted(one.why)}
            if alert.applies
            else set()
        )
        own = {str(evidence.numbers.get(name)) for name in ("raised_for",)}
        whys = [one.why for one in alert.exemptions]
        for sentence in (alert.reason, alert.level_reason, *whys):
            for words in quoted(sentence):
                known = words in OF_LAW or words in own or words in read
                parts = words.rstrip("…").split(SEAM)
                if not known and not all(part in seen for part in parts):
                    wrong.add((alert.rule, words))
    assert wrong == set()


def test_a_quote_over_two_events_shows_where_one_ends_and_has_no_mark_that_nobody_wrote():
    first = speech("四十个人用了六周", 0, sku="A", until=BASE_MS + 2_000)
    second = speech("细纹减少了百分之十七", 2.2, sku="A")
    (alert,) = run("cited-data", [product(-50, sku="A", status="explaining"), first, second])
    assert alert.reason.startswith("主播称“四十个人用了六周 / 细纹减少了百分之十七”：")
    assert "四十个人用了六周 / 细纹减少了百分之十七" in alert.subject_title
    texts = {first.id: first.text, second.id: second.text}
    for span in (*alert.evidence.spans, *alert.findings):
        assert texts[span.event][span.start : span.end] == span.text


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for key, one in value.items() for text in (key, *_texts(one))]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


@pytest.mark.slow
def test_an_alert_that_was_stored_is_written_as_it_was(alerts):
    """Else a runtime that stores between two steps would differ from one that does not."""
    for alert in alerts:
        body = encode(alert)
        assert encode(msgspec.json.decode(body, type=Alert)) == body


@pytest.mark.slow
def test_no_alert_contradicts_its_story(alerts):
    for alert in alerts:
        story = alert.findings[alert.story]
        # Over rooms each finding is a sighting, and the reason is of all of them.
        if alert.platform:
            assert alert.reason.startswith(story.says.rstrip("…")), alert.id
        for one in alert.findings:
            assert (one.end > one.start) == bool(one.text)


#: What a sentence says of who said what it quotes.
WHO_SAID = re.compile(
    "(主播公屏发言|助播公屏发言|主播|助播|嘉宾|观众|口播|商品标题|商品卡|直播间标题)"
    "(?:推销商品时)?(?:称|写有|所称|承诺)“"
)


@pytest.mark.slow
def test_who_is_said_to_have_spoken_is_the_one_of_the_event(alerts):
    """Of the words that a sentence quotes, whoever it names for them said or wrote them."""
    named: set[str] = set()
    for alert in alerts:
        said = {
            (speaker_name(event, field), words)
            for event in alert.evidence.trigger
            for field, words in written(event)
        }
        for sentence in (alert.reason, *(one.says for one in alert.findings)):
            for found in WHO_SAID.finditer(sentence):
                quote = sentence[found.end() :]
                who = found[1]
                named.add(who)
                assert any(name == who and common_start(words, quote) for name, words in said), (
                    sentence
                )
    assert {"主播", "主播公屏发言", "助播公屏发言", "商品标题", "商品卡"} <= named


def written(event: Any) -> list[tuple[str, str]]:
    """The texts of an event by their fields."""
    texts = [(field, getattr(event, field, None)) for field in ("text", "title")]
    texts += [(f"attributes.{name}", value) for name, value in (getattr(event, "attributes", None) or {}).items()]  # fmt: skip
    texts += [("price", getattr(event, "reference_label", None))]
    return [(field, text) for field, text in texts if text]


def common_start(words: str, quote: str) -> bool:
    """Does a quote begin with words of a text?"""
    return quote[: min(len(quote), 2)] in words


@pytest.mark.slow
@pytest.mark.parametrize("who", ["assistant", "guest", None, "typed"])
def test_who_spoke_is_said_of_everybody_by_every_rule(who: str | None):
    """The host's cases, spoken by somebody else, or typed: no sentence has the host speak them."""
    book = rulebook()
    engine, stage = Engine(book, lateness_ms=10_000), Stage(book)
    raised: set[str] = set()
    for rule in book:
        told = [case_events(case) for case in rule.spec.cases if case.get("expect")]
        spoken = [events for events in told if any(isinstance(one, Speech) for one in events)]
        for events in spoken[:3]:
            for alert in _raised(engine, stage, [_by(one, who) for one in events]):
                raised.add(alert.rule)
                for sentence in (alert.reason, *(one.says for one in alert.findings)):
                    host = re.search("主播(?:推销商品时|自|所)?[称承]|主播 [0-9]+ 次称", sentence)
                    assert not host, sentence
    assert len(raised) > 30, raised


def _by(event: Event, who: str | None) -> Event:
    """A host's speech by somebody else, or as a line of the chat."""
    if not isinstance(event, Speech) or event.speaker not in ("host", None):
        return event
    if who == "typed":
        return Chat(id=event.id, platform=event.platform, room=event.room, session=event.session,
                    at=event.at, text=event.text, role="host")  # fmt: skip
    return msgspec.structs.replace(event, speaker=who)


@pytest.mark.slow
def test_a_reason_quotes_what_the_finding_and_the_level_quote(alerts):
    """A quote that cuts a figure says another figure: “两百|九十九”."""
    figure = "[0-9零〇一二两三四五六七八九十百千万亿]"
    for alert in alerts:
        events = {event.id: event for event in alert.evidence.trigger}
        for one in alert.findings:
            text = getattr(events.get(one.event), one.field or "id", None)
            if one.text and isinstance(text, str):
                assert text[one.start : one.end] == one.text
                after = text[one.end : one.end + 1]
                assert not (re.match(figure, one.text[-1]) and re.match(figure, after)), one.text
                # Nor does it leave out what its last letter denies.
                assert not re.search("[不没无未别]$", one.text) or not re.match(HAN, after), (
                    one.text
                )
        story = alert.findings[alert.story]
        if alert.level_reason.startswith("所见“"):
            assert alert.level_reason.startswith(f"所见“{story.text}”")
        assert len(alert.missing) == len(set(alert.missing))
        assert not any(a != b and a in b for a in alert.missing for b in alert.missing)
        told = [(one.clause, one.why) for one in alert.exemptions]
        assert len(told) == len(set(told))


def is_plain(letter: str) -> bool:
    """Is it no mark?"""
    return not has_marks(letter)


#: Rules whose findings are counts, prices or terms: they quote the words that they compare.
COMPARED = frozenset(
    ["fake-scarcity", "fabricated-sales-figure", "promo-rule-mismatch", "false-original-price"]
)


@pytest.mark.slow
def test_a_finding_quotes_a_short_clause_whole(alerts):
    """Cut anywhere within it, it says something else: “到点开奖就说系统|坏了不抽”."""
    short = 0
    for alert in alerts:
        events = {event.id: event for event in alert.evidence.trigger}
        for one in alert.findings if alert.rule not in COMPARED else ():
            event = events.get(one.event)
            text = dict(written(event)).get(one.field, "") if event is not None else ""
            if not one.text or text[one.start : one.end] != one.text:
                continue
            after = "".join(takewhile(is_plain, text[one.end :]))
            before = "".join(takewhile(is_plain, reversed(text[: one.start])))
            if len(before + one.text + after) <= 12 and not has_marks(one.text):
                short += 1
                # A text that is read as it is meant may keep a 了 for itself.
                assert len(before + after) < 2, (alert.rule, text, one.text)
    assert short > 200


#: Words of which no mark may show one half.
WHOLE = frozenset(
    ["标签", "退款", "返现", "骗子", "骗人", "涨价", "断货", "停产", "掉色", "发货", "免单", "贴牌", "全额", "罐子", "散酒", "病猪", "降价", "差价", "证书", "包装", "厂名", "厂址", "配料", "牛肉", "茶叶", "微信", "加购", "批发", "奖品", "内定", "拉黑", "质量", "医院", "医生", "专家", "药物", "血压"]
)  # fmt: skip


@pytest.mark.slow
def test_a_mark_cuts_no_figure_and_no_word(alerts):
    """As the page shows them: marks that overlap or touch are one."""
    cut, seen = set(), 0
    for alert in alerts:
        events = {event.id: event for event in alert.evidence.trigger}
        marks: dict[tuple[str, str], set[int]] = {}
        for span in alert.evidence.spans:
            text = dict(written(events[span.event])).get(span.field, "")
            if text:
                assert text[span.start : span.end] == span.text
                assert whole_figures(text, span.start, span.end) == (span.start, span.end)
                marks.setdefault((text, alert.rule), set()).update(range(span.start, span.end))
        for (text, rule), marked in marks.items():
            seen += 1
            for word in WHOLE:
                for found in re.finditer(word, text):
                    if 0 < len(marked & set(range(*found.span()))) < len(word):
                        cut.add((rule, word, text))
    assert seen > 1000
    assert cut == set()


class TestWhatOneFindingSays:
    """Each sentence fits the finding that it stands with."""

    def test_of_findings_of_one_weight_the_first_in_time_tells_the_story(self):
        """Speech is judged when it has ended, and what was written meanwhile before it."""
        said = speech("想多拿货的加我微信", 0, until=BASE_MS + 12_000)
        (alert,) = run(
            ["off-platform-lure"],
            [said, chat("加V：abc8866 私聊发货", 4, role="host"), speech("下一款", 30)],
        )
        assert [one.at for one in alert.findings] == [BASE_MS, BASE_MS + 4_000]
        assert alert.story == 0
        assert alert.evidence.numbers["on_air_s"] == 4
        assert "-" not in next(one.fact for one in alert.leniency)

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("别家都是科技与狠活", "同句未见否定所称内容"),
            ("外面卖的蜂蜜一瓶真的都没有家人们", "所见否定词在宣称的词语之内"),
        ],
    )
    def test_a_negation_is_seen_only_where_one_is(self, text: str, why: str):
        (alert,) = run(["disparagement"], [speech(text, 0)])
        assert any(one.why.startswith(why) for one in alert.exemptions)

    def test_words_of_correction_are_not_said_to_correct_everything(self):
        (alert,) = run(
            ["medical-claim"],
            [speech("高血压喝这个茶就能治好", 0), speech("不好意思刚才说错了它只是普通的茶", 60)],
        )
        fact = next(one.fact for one in alert.leniency if "更正" in one.fact)
        assert "是否更正此项须核实" in fact

    def test_a_term_is_shown_as_it_was_said(self):
        (alert,) = run(["false-claim"], [speech("美国FDA认证的产品", 0)])
        assert "“美国FDA" in alert.reason

    def test_a_price_that_falls_the_same_day_is_told_in_hours(self):
        watch = product(0, sku="W1", price=19900)
        (alert,) = run(
            ["price-promise-broken"],
            [
                watch,
                price(19900, 1, sku="W1"),
                speech("买贵退差七天保价", 5, sku="W1"),
                price(14900, 3605, sku="W1"),
            ],
        )
        assert "1.0 小时后同一商品公开售价" in alert.reason
        assert "days_after" not in alert.evidence.numbers

    def test_marks_of_recruiting_are_counted_together(self):
        """The latest mark's own count is none of the alert's."""
        (alert,) = run(
            ["pyramid-recruit"],
            [
                speech("交九百九十八成为合伙人", 0),
                speech("下面的人再拉人你还有提成", 20),
            ],
        )
        (fact,) = [one.fact for one in alert.leniency if one.clause == "次数与影响（裁量）"]
        assert fact.startswith(f"10 分钟内说到 {alert.evidence.numbers['said']} 次")

    def test_a_plain_price_is_no_condition_told_late(self):
        """Likeness alone does not tell them apart: the words have to name a condition."""
        said = speech("只要一百九十九你们拍的时候直接拍一件到手一百九十九包邮", 0)
        assert run(["hidden-condition"], [said]) == []

    def test_a_name_that_imitates_another_is_no_health_function(self):
        noodles = product(0, sku="N1", category="food", title="香辣牛肉面")
        said = speech("这个康帅傅方便面便宜", 5, sku="N1")
        assert {one.rule for one in run(["health-food-claim", "confusion"], [noodles, said])} == {
            "confusion"
        }

    @pytest.mark.slow
    def test_nothing_is_observed_of_a_basis_below_the_level_of_the_rule(self):
        for alert in (
            *TestWhatOneFindingSays.alerts_of("prize-over-cap"),
            *TestWhatOneFindingSays.alerts_of("promo-rule-mismatch"),
        ):
            spec = rulebook()[alert.rule].spec
            told = alert.findings[alert.story].level
            assert any(one.observed for one in alert.law) == (told == spec.level), alert.reason

    @staticmethod
    def alerts_of(rule: str) -> list[Alert]:
        book = rulebook()
        engine, stage = Engine(book, lateness_ms=10_000), Stage(book)
        cases = [case for case in book[rule].spec.cases if case.get("expect")]
        found = [one for case in cases for one in _of(engine, stage, case) if one.rule == rule]
        assert found
        return found


class TestAdvertisement:
    """Is it an advertisement? A question of its own (直播办法 35)."""

    @staticmethod
    def raised(host_kind: str | None) -> Alert:
        people = [] if host_kind is None else [room(-60, host_kind=host_kind)]
        (alert,) = run(["medical-claim"], [*people, speech("高血压喝这个茶就能治好", 0)])
        return alert

    @pytest.mark.parametrize("host_kind", [None, "seller", "influencer"])
    def test_it_is_asked_and_every_basis_keeps_its_fact(self, host_kind: str | None):
        alert = self.raised(host_kind)
        assert any("是否构成商业广告" in one for one in alert.missing)
        own = {basis.when for basis in rulebook()["medical-claim"].spec.law}
        assert {basis.when for basis in alert.law} <= own
        assert not any(basis.observed for basis in alert.law)

    def test_a_sellers_own_room_is_no_advertisement_first(self):
        first = self.raised("seller").law[0]
        assert "广告法" not in first.law

    def test_an_influencers_may_be(self):
        assert self.raised("influencer").law[0].law == "中华人民共和国广告法"

    def test_no_basis_for_advertisements_alone_comes_first_in_a_sellers_own_room(self):
        book = rulebook()
        for rule in book:
            refs = {basis.when: basis.ref for basis in rule.spec.law}
            bases = bases_of(book.law, rule.spec, BASE_MS, None, {}, (), "seller")
            of_ads = [
                bool(re.search("依照广告法|第一百四十条|第六十九条", basis.penalty))
                or book.law.is_of_advertising(refs[basis.when])
                for basis in bases
                if not basis.observed
            ]
            assert of_ads == sorted(of_ads), rule.id
