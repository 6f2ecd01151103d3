"""A site's own packs: rules of words, changes to ours, law of its own, suppressions."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml
from msgspec import UNSET

from detectors.engine.engine import Engine
from detectors.lab.cases import run_cases
from detectors.lab.checking import check_rulebook
from detectors.lab.rerun import Rerun
from detectors.pack.english import english
from detectors.pack.load import PackError, Rulebook, load_rulebook
from tests.detectors.build import at, product, room, rulebook, session, speech

OWN_RULE = {
    "id": "local-liquor",
    "version": 1,
    "kind": "words",
    "title": "散装白酒宣称年份",
    "title_en": "Age claims for bulk liquor",
    "focus": "F5",
    "level": "lead",
    "stage": "trial",
    "status": "excerpt",
    "law": [{"ref": "酒类办法/年份", "when": "散装白酒"}],
    "missing": ["产品标签与进货票据"],
    "words": {
        "find": ["age"],
        "requires": ["liquor"],
        "within": 10,
        "exempt": [{"group": "lab", "clause": "酒类办法 第五条", "why": "有年份证明的"}],
        "category": ["alcohol"],
        "level": "lead",
        "says": "宣称散装白酒的年份",
    },
    "patterns": {
        "age": ["三十年", "五十年"],
        "liquor": ["原浆", "老酒", "散酒"],
        "lab": ["年份证书"],
    },
    "cases": [
        {"name": "年份", "text": "这个三十年的原浆，一桶九十九", "category": "alcohol",
         "expect": [{"level": "lead", "subject": "A/三十年"}]},
        {"name": "类别未知只关注", "text": "这个三十年的原浆，一桶九十九", "category": None,
         "expect": [{"level": "watch"}]},
        {"name": "说了证书", "text": "三十年的老酒，年份证书在这里", "category": "alcohol",
         "expect": [], "declined": "exempt"},
        {"name": "否定", "text": "这不是三十年的老酒", "category": "alcohol", "expect": [],
         "declined": "negated"},
        {"name": "隔得太远", "text": "我做了三十年的小买卖，从爷爷那辈开始，卖的是老酒", "category": "alcohol",
         "expect": []},
        {"name": "别的商品", "text": "三十年的原浆味道", "category": "clothing", "expect": []},
    ],
}  # fmt: skip
OWN_LAW = {
    "short": "酒类办法",
    "title": "某省散装白酒管理办法",
    "duties": {"年份": [{"from": "2020-01-01", "article": "第四条", "penalty": "第九条：5 万元以下"}]},
}  # fmt: skip


def write(path: Path, document: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return path


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "packs"
    write(folder / "own.yaml", {"rules": [OWN_RULE]})
    write(folder / "law" / "酒类办法.yaml", OWN_LAW)
    return folder


@pytest.mark.slow
def test_a_rule_of_words_needs_no_code_and_keeps_its_cases(site):
    book = load_rulebook(own=[site])
    # Beside some of ours: to compile the words of all takes five seconds.
    some = book.only("local-liquor", "false-claim", "absolute-term")
    assert [result for result in run_cases(some, ["local-liquor"]) if not result.ok] == []
    assert len(book) == len(rulebook()) + 1
    assert book.sources["local-liquor"].endswith("own.yaml")


@pytest.mark.slow
def test_its_alert_cites_the_sites_own_law_and_says_what_is_unverified(site):
    book = alone(site)
    (alert,) = raised(book, "这个三十年的原浆，一桶九十九")
    assert [basis.article for basis in alert.law] == ["第四条"]
    assert "摘录" in " ".join(alert.missing)
    assert [span.text for span in alert.evidence.spans] == ["三十年", "原浆"]


def alone(site: Path, **options) -> Rulebook:
    """The site's rules without ours: quicker to load."""
    return load_rulebook([], own=[site], **options)


def raised(book: Rulebook, text: str, **fields):
    engine = Engine(book, lateness_ms=10_000)
    state = engine.open("demo", "1")
    events = [
        session(t=-30),
        room(t=-29, operator={"name": "某某商行", "uscc": "91110000MA0000000X"}),
        product(t=-28, category=fields.pop("category", "alcohol"), status="explaining"),
        speech(text, sku="A", **fields),
    ]
    alerts = {alert.id: alert for alert in engine.step(state, events, now=0)}
    alerts |= {alert.id: alert for alert in engine.finish(state, now=0)}
    assert not engine.stats.failures
    raised.engine = engine
    return list(alerts.values())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "phrases", "words": None}, "no kind 'phrases'"),
        ({"kind": "", "words": None}, "no code is registered"),
        ({"words": None}, "words"),
        ({"words": {**OWN_RULE["words"], "requires": ["drink"]}}, "drink"),
        ({"words": {**OWN_RULE["words"], "wihtin": 3}}, "wihtin"),
        ({"law": [{"ref": "反法/没有", "when": "总是"}]}, "反法/没有"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_with_its_place(site, change, said):
    write(site / "own.yaml", {"rules": [{**OWN_RULE, **change}]})
    with pytest.raises(PackError, match=said):
        load_rulebook([], own=[site])


def is_refused(folder: Path, written: str, old: str, new: str, said: str) -> None:
    """A pack that loads is refused with something in it changed, where it stands first."""
    path = folder / "own.yaml"
    path.write_text(written, encoding="utf-8")
    assert len(load_rulebook([], own=[path])) == 1
    path.write_text(written.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PackError, match=re.escape(said)):
        load_rulebook([], own=[path])


WRITTEN = """\
rules:
- id: local-word
  kind: words
  version: 1
  title: 试
  title_en: Try
  focus: F5
  level: info
  stage: trial
  status: unverified
  law: []
  words:
    find: [age]
    requires: [liquor]
    within: 5
    says: 宣称
  patterns:
    age: [三十年]
    liquor:
    - 原浆
    - 老酒
  cases:
  - {text: 三十年原浆, expect: [{}]}
  - {text: 你好, expect: []}
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("version: 1", "version: -1", 4, "version (local-word): version is -1: begin with 1"),
        ("version: 1", "version: one", 4, "version (local-word): Expected `int`"),
        ("[age]", '[""]', 13, "words.find[0] (local-word): an empty text, which nobody says"),
        ("[age]", "[]", 13, "words.find (local-word): `find` names no group, so the rule never"),
        ("within: 5", "within: -1", 15, "words.within (local-word): `within` is less than 0"),
        ("[三十年]", "[]", 18, "patterns.age (local-word): 'age' has no words, so the rule never"),
        # An ideographic blank, and one of no width.
        ("老酒", '"\\u3000\\u200b"', 21, "patterns.liquor[1] (local-word): an empty text, which"),
    ],
)
def test_what_never_fires_and_versions_that_are_none_are_refused_with_their_line(
    tmp_path, old, new, line, said
):
    is_refused(tmp_path, WRITTEN, old, new, f"own.yaml: line {line}: rules[0].{said}")


FRAMED = """\
rules:
- id: local-pet
  kind: frames
  version: 1
  title: 试
  title_en: Try
  focus: F5
  level: info
  stage: trial
  status: unverified
  law: []
  shared: [others]
  slots:
    pet: [布偶]
    mail: [包邮]
  frames:
  - id: mailed
    seq: [pet, mail]
    concept: 活体
    says: 宣称
    fires: [布偶包邮]
    quiet: [布偶]
  - id: mail-first
    seq: [mail, pet]
    concept: 活体
    says: 宣称
    fires: [包邮布偶]
    quiet: [布偶]
  cases:
  - {text: 包邮布偶, expect: [{}]}
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("pet, mail]", "pet, post]", 18, "no slot 'post'"),
        ("pet, mail]", "pet, mial]", 18, "no slot 'mial'; is 'mail' meant?"),
        # Nothing else uses `mail` then: the name that is unknown is the mistake.
        ("mail: [包邮]", "post: [包邮]", 18, "no slot 'mail'; no frame uses the slots post"),
        ("    mail: [", "    other: [x]\n    mail: [", 15, "no frame uses the slots other"),
        ("id: mail-first", "id: mailed", 17, "two frames have the same id 'mailed'"),
        ("[others]", "[other]", 12, "nothing is shared under the name 'other'; there are "),
        ("law: []", "law: [{ref: 没有/没有, when: 总}]", 11, "no '没有/没有' in the law table"),
        ("kind: frames", "kind: frame", 3, "`kind: frames` and `frames` go together"),
        ("seq: [pet, mail]", "seq: [<number>]", 17, "frame 'mailed' has no slot of words"),
    ],
)
def test_a_name_that_does_not_exist_is_told_with_its_line(tmp_path, old, new, line, said):
    is_refused(tmp_path, FRAMED, old, new, f"own.yaml: line {line}: local-pet: {said}")


@pytest.mark.parametrize(
    ("new", "place"),
    [
        ("seq: [pet, {gap: -8}, mail]", "seq[1].gap"),
        ("seq: [pet, {gap: 8, marks: -1}, mail]", "seq[1].marks"),
        ("all: [pet, mail]\n    within: -1", "within"),
    ],
)
def test_a_distance_of_less_than_none_is_refused_with_its_line(tmp_path, new, place):
    path = tmp_path / "own.yaml"
    path.write_text(FRAMED.replace("seq: [pet, mail]", new), encoding="utf-8")
    with pytest.raises(PackError, match=re.escape(f"frames[0].{place} (local-pet, mailed): `")):
        load_rulebook([], own=[path])


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (
            "{name：好, text: 你好, expect: []}",
            "unknown field `name：好`; for ： write : (and a blank",
        ),
        ("{text: 你好, catgory: food, expect: []}", "unknown field `catgory`; there is category"),
        ("{text: 你好, expekt: [{}]}", "unknown field `expekt`; there are expect, text"),
        ("{text: 你好}", "missing required field `expect`"),
        (
            "{text: 你好, expect: lead}",
            ".expect (local-word): Expected `array`, got `str`; several",
        ),
        (
            "{text: 你好, expect: [{level: 线索}]}",
            "Invalid enum value '线索'; there are info, lead",
        ),
        (
            "{text: 你好, expect: [{levle: lead}]}",
            "unknown field `levle`; there",
        ),
        (
            "{text: 你好, category: pets, expect: []}",
            "Invalid enum value 'pets'; there are agricultural_input, ",
        ),
        ("{name: 好, expect: []}", " (local-word, 好): neither `text` nor `events`"),
    ],
)
def test_a_case_that_is_none_is_refused_with_its_line_and_what_there_is(tmp_path, case, said):
    path = tmp_path / "own.yaml"
    path.write_text(f"{WRITTEN}  - {case}\n", encoding="utf-8")
    with pytest.raises(PackError, match=re.escape("own.yaml: line 25: rules[0].cases[2]")) as told:
        load_rulebook([], own=[path])
    assert said in str(told.value)


@pytest.mark.parametrize(
    ("row", "place", "said"),
    [
        ("{type: chatt, text: 好}", ".type", "no type of event: 'chatt'; there are session, room"),
        ("{t: 0s, text: 好}", "", "an event without `type`; there are session"),
        ("{type: chat, texts: 好}", ".texts", "no field of such an event; there is text"),
        (
            "{type: room, operator: {nmae: 甲公司}}",
            ".operator.nmae",
            "no field of such an event; there is name",
        ),
        (
            "{type: product, sku: A, category: pets}",
            ".category",
            "Invalid enum value 'pets'; there are agricultural_input, ",
        ),
        ('{type: price, sku: A, kind: asking, price: "99"}', ".price", "got `str`"),
        ("{type: price, kind: asking}", "", "missing required field `sku`"),
        ("{t: later, type: chat, text: 好}", ".t", "no time: 'later'; write -3d, 90s"),
        ("{type: gap, from: x1, until: 2s}", ".from", "no time: 'x1'"),
        ("{1: 2, type: chat, text: 好}", "", "Expected `str`, got `int`"),
    ],
)
def test_a_row_of_a_case_that_is_no_event_is_refused_with_its_line_and_what_there_is(
    tmp_path, row, place, said
):
    path = tmp_path / "own.yaml"
    path.write_text(
        f"{WRITTEN}  - name: 行\n    events:\n    - {{type: chat, text: 好}}\n    - {row}\n"
        "    expect: []\n",
        encoding="utf-8",
    )
    where = f"own.yaml: line 28: rules[0].cases[2].events[1]{place} (local-word, 行)"
    with pytest.raises(PackError, match=re.escape(where)) as told:
        load_rulebook([], own=[path])
    assert said in str(told.value)


def test_an_override_adds_no_empty_words(site, tmp_path):
    entry = {"id": "local-liquor", "reason": "本地", "patterns": {"age": [""]}}
    more = write(tmp_path / "more.yaml", {"override": [entry]})
    with pytest.raises(PackError, match=r"more\.yaml: line 5: override\[0\]\.patterns\.age\[0\]"):
        load_rulebook([], own=[site, more])


@pytest.mark.slow
def test_an_id_of_ours_is_taken(site):
    write(site / "own.yaml", {"rules": [{**OWN_RULE, "id": "absolute-term"}]})
    with pytest.raises(PackError, match="already defined"):
        load_rulebook(own=[site])


def test_a_place_without_packs_is_an_error(tmp_path):
    with pytest.raises(PackError, match="nowhere"):
        load_rulebook([], own=[tmp_path / "nowhere"])


# Changes to ours ------------------------------------------------------------------------------


def changed(tmp_path: Path, **change) -> Rulebook:
    entry = {"id": "fake-scarcity", "reason": "本地常见返场", **change}
    return load_rulebook(own=[write(tmp_path / "ours.yaml", {"override": [entry]})])


@pytest.mark.slow
def test_a_threshold_is_changed_beside_our_file_and_says_by_whom(tmp_path):
    ours = rulebook()["fake-scarcity"].spec
    name = next(name for name, limit in ours.thresholds.items() if limit.origin == "engineering")
    value = ours.thresholds[name].value + 1
    book = changed(tmp_path, thresholds={name: value})
    theirs = book["fake-scarcity"].spec
    assert theirs.threshold(name) == value
    assert "本地常见返场" in theirs.thresholds[name].note
    assert theirs.version == ours.version
    assert [change.id for change in book.overrides["fake-scarcity"]] == ["fake-scarcity"]
    assert load_rulebook()["fake-scarcity"].spec == ours


@pytest.mark.slow
def test_a_rule_is_put_into_the_shadow_or_lowered(tmp_path):
    spec = changed(tmp_path, stage="shadow", level="info")["fake-scarcity"].spec
    assert (spec.stage, spec.level) == ("shadow", "info")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "no-such-rule"}, "no such rule"),
        ({"thresholds": {"no_such": 1}}, "no_such"),
        ({"id": "false-original-price", "thresholds": {"lookback_days": 3}}, "the law's"),
        ({"id": "price-swing", "level": "lead"}, "lowered"),
        ({"patterns": {"no_such": ["词"]}}, "no_such"),
        ({"id": "price-swing", "slots": {"local": ["词"]}}, "only a rule of `kind: frames`"),
        ({"id": "edu-promise", "slots": {"promised": ["词"]}}, "'promised' is there already"),
        ({"id": "edu-promise", "slots": {"local": ["词"]}}, "no frame uses the slots local"),
    ],
)
def test_what_may_not_be_changed_is_refused(tmp_path, change, said):
    with pytest.raises(PackError, match=said):
        changed(tmp_path, **change)


@pytest.mark.slow
def test_words_added_before_stay_with_frames_added_later(tmp_path):
    frame = {"id": "local", "seq": ["local"], "concept": "local", "says": "承诺", "fires": ["直升二中"],
             "quiet": ["二中"]}  # fmt: skip
    entries = [
        {"id": "edu-promise", "reason": "本地", "patterns": {"promised": ["稳稳上岸"]}},
        {
            "id": "edu-promise",
            "reason": "本地",
            "slots": {"local": ["直升二中"]},
            "frames": [frame],
        },
        {"id": "edu-promise", "reason": "本地", "patterns": {"local": ["直通二中"]}},
    ]
    own = write(tmp_path / "ours.yaml", {"override": entries})
    patterns = load_rulebook(own=[own])["edu-promise"].spec.patterns
    assert "稳稳上岸" in patterns["promised"]
    assert patterns["local"] == ["直升二中", "直通二中"]


# Shadow ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_rule_in_the_shadow_is_counted_by_level_and_raises_nothing(site):
    write(site / "own.yaml", {"rules": [{**OWN_RULE, "stage": "shadow"}]})
    assert raised(alone(site), "这个三十年的原浆") == []
    assert raised.engine.stats.shadowed["local-liquor", "lead"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["shadow", "draft"])
def test_the_cases_of_a_rule_that_raises_nothing_yet_hold_all_the_same(site, stage):
    write(site / "own.yaml", {"rules": [{**OWN_RULE, "stage": stage}]})
    book = alone(site)
    assert [result for result in run_cases(book) if not result.ok] == []
    assert book["local-liquor"].spec.stage == stage
    assert raised(book, "这个三十年的原浆") == []


# Suppressions ---------------------------------------------------------------------------------


def suppressing(site: Path, **entry) -> Rulebook:
    whole = {
        "id": "winery", "rule": "local-liquor", "match": {"room": "1"}, "reason": "自有窖藏，已核实",
        "author": "王某", "expires_on": "2026-12-31", **entry,
    }  # fmt: skip
    path = write(site / "suppressions.yaml", {"suppressions": [whole]})
    return alone(site, suppressions=path)


TALK = "这个三十年的原浆"


@pytest.mark.slow
@pytest.mark.parametrize(
    "match",
    [
        {"room": "1"},
        {"platform": "demo", "sku": "A"},
        {"subject": "A/三十年"},
        {"operator": "某某商行"},
        {"operator": "91110000MA0000000X"},
        {"words": ["五十年", "三十年"]},
    ],
)
def test_an_alert_that_is_meant_carries_the_mark_and_keeps_its_id(site, match):
    plain = raised(alone(site), TALK)
    (alert,) = raised(suppressing(site, match=match), TALK)
    assert alert.suppressed is not UNSET
    assert (alert.suppressed.by, alert.suppressed.author) == ("winery", "王某")
    assert alert.suppressed.expires_on == "2026-12-31"
    assert [alert.id] == [other.id for other in plain]
    assert raised.engine.stats.suppressed["local-liquor", "winery"] == 1


@pytest.mark.parametrize(
    "match",
    [
        {"room": "2"},
        {"room": "1", "sku": "B"},
        {"operator": "别家"},
        {"words": ["五十年"]},
    ],
)
def test_an_alert_that_is_not_meant_does_not(site, match):
    (alert,) = raised(suppressing(site, match=match), TALK)
    assert alert.suppressed is UNSET


def test_another_rules_alert_does_not(site):
    (alert,) = raised(suppressing(site, rule="absolute-term"), TALK)
    assert alert.suppressed is UNSET


@pytest.mark.parametrize(("expires_on", "marked"), [("2026-10-01", False), ("2026-10-02", True)])
def test_it_ends_by_the_day_of_the_event_whenever_it_is_evaluated(site, expires_on, marked):
    # The event is of 20:00 on 2026-10-01 in Beijing.
    (alert,) = raised(suppressing(site, expires_on=expires_on), TALK)
    assert (alert.suppressed is not UNSET) is marked


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"match": {}}, "empty"),
        ({"match": {"rooms": "1"}}, "rooms"),
        ({"expires_on": "soon"}, "expires_on"),
    ],
)
def test_an_entry_that_says_too_little_is_refused(site, change, said):
    with pytest.raises(PackError, match=said):
        suppressing(site, **change)


@pytest.mark.slow
def test_an_alert_without_a_mark_is_written_as_before(site):
    from detectors.alerts import encode

    (alert,) = raised(alone(site), TALK)
    assert b"suppressed" not in encode(alert)
    assert alert.last_at == at(0)


# Rules over rooms -----------------------------------------------------------------------------


@pytest.mark.slow
def test_a_rule_over_rooms_in_the_shadow_is_counted_once_a_level(tmp_path):
    script = "这款茶喝上一个月，高血压自己就降下来了"
    change = {"id": "shared-script", "reason": "先看看", "stage": "shadow"}
    book = load_rulebook(own=[write(tmp_path / "own.yaml", {"override": [change]})])
    rerun = Rerun(book.only("shared-script", "medical-claim"))
    rerun.feed(
        speech(script, number, room=str(number), session=f"s{number}") for number in range(5)
    )
    assert "shared-script" not in {alert.rule for alert in rerun.finish()}
    counted = {rule: count for (rule, _), count in rerun.stage.stats.shadowed.items()}
    assert counted.keys() == {"shared-script"}
    assert set(rerun.stage.stats.shadowed.values()) == {1}


# Packs that are named twice --------------------------------------------------------------------


@pytest.mark.slow
def test_a_pack_that_is_named_twice_is_one(site, tmp_path):
    (tmp_path / "linked").symlink_to(site)
    for again in ([site, site], [site, site / "own.yaml"], [site, tmp_path / "linked"]):
        assert [rule.id for rule in load_rulebook([], own=again)] == ["local-liquor"]


def test_a_changed_copy_takes_the_place_of_rules_and_law_when_compared(site, tmp_path):
    copy = tmp_path / "changed"
    shutil.copytree(site, copy)
    (statute,) = (copy / "law").glob("*.yaml")
    document = yaml.safe_load(statute.read_text(encoding="utf-8"))
    document["title"] += "（修订）"
    write(statute, document)

    book = load_rulebook([], own=[site, copy], replace=True)
    assert book.law.statutes[document["short"]].title == document["title"]


def test_two_statutes_of_one_short_name_are_refused_with_both_places(site, tmp_path):
    copy = tmp_path / "other"
    shutil.copytree(site, copy)
    (copy / "own.yaml").unlink()
    with pytest.raises(PackError) as refused:
        load_rulebook([], own=[site, copy])
    (statute,) = (site / "law").glob("*.yaml")
    assert str(statute) in str(refused.value)
    assert str(copy) in str(refused.value)


def test_a_rule_that_stands_in_two_packs_is_refused_with_both_places(site, tmp_path):
    other = tmp_path / "other.yaml"
    shutil.copy(site / "own.yaml", other)
    with pytest.raises(PackError, match="already defined in") as refused:
        load_rulebook([], own=[site, other])
    assert str(refused.value) == (
        f"{other}: line 2: local-liquor: already defined in {site / 'own.yaml'}, line 2"
    )


def test_a_rule_that_stands_twice_in_one_pack_is_refused_with_both_lines(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(WRITTEN + WRITTEN.removeprefix("rules:\n"), encoding="utf-8")
    with pytest.raises(PackError) as refused:
        load_rulebook([], own=[path])
    assert str(refused.value) == (f"{path}: line 25: local-word: already defined in {path}, line 2")


@pytest.mark.parametrize("text", ["", "# nothing\n", "- id: local-word\n"])
def test_a_file_that_is_no_pack_is_refused_with_its_place_and_how_one_begins(tmp_path, text):
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PackError, match=re.escape(f"{path}: line 1: ") + ".*; begin with rules:"):
        load_rulebook([], own=[path])


ENGLISH = {
    "宣称散装白酒的年份": "claims an age for bulk liquor",
    "酒类办法 第五条": "liquor rules, article 5",
    "有年份证明的": "proof of the age",
    "产品标签与进货票据": "labels and purchase receipts",
    "散装白酒": "bulk liquor",
    "某省散装白酒管理办法": "provincial rules on bulk liquor",
    # Figures may be left open, as in ours.
    "#：# 万元以下": "#, up to #0,000 yuan",
}


def test_an_own_rule_brings_its_english(site):
    write(site / "own.yaml", {"rules": [{**OWN_RULE, "english": ENGLISH}]})
    (alert,) = raised(alone(site), "这个三十年的原浆，一桶九十九")
    assert alert.reason_en.endswith("”: claims an age for bulk liquor (alcohol).")
    assert alert.findings[0].says_en == alert.reason_en
    assert alert.missing_en[0] == "Labels and purchase receipts"
    (basis,) = alert.law
    assert (basis.law_en, basis.when_en) == ("Provincial rules on bulk liquor", "Bulk liquor")
    assert basis.penalty_en == "Article 9, up to 50,000 yuan"
    assert "Liquor rules, article 5" in {one.clause_en for one in alert.exemptions}


def test_what_an_own_rule_says_is_english_for_that_rule_alone(site):
    write(site / "own.yaml", {"rules": [OWN_RULE]})
    other = {**OWN_RULE, "id": "other-liquor", "english": ENGLISH}
    write(site / "other.yaml", {"rules": [other]})
    alerts = {one.rule: one for one in raised(alone(site), "这个三十年的原浆，一桶九十九")}
    assert "claims an age" in alerts["other-liquor"].reason_en
    assert "claims an age" not in alerts["local-liquor"].reason_en


def test_what_a_site_adds_to_a_rule_of_ours_has_its_english(tmp_path):
    change = {
        "id": "fake-scarcity",
        "reason": "本地做法",
        "missing": ["市场管理方的入场记录"],
        "english": {"市场管理方的入场记录": "the market's record of entries"},
    }
    path = write(tmp_path / "change.yaml", {"override": [change]})
    spec = load_rulebook(own=[path])["fake-scarcity"].spec
    assert english("市场管理方的入场记录", spec.english) == "The market's record of entries"


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ({}, "no English of “宣称散装白酒的年份”"),
        ({"宣称散装白酒的年份": "claims 年份"}, "is Chinese in part"),
        ({"#：# 万元以下": "up to #0,000 yuan"}, "leaves other quotes and figures open"),
    ],
)
def test_english_that_is_wrong_or_missing_is_told(site, told, what):
    mine = {one: said for one, said in ENGLISH.items() if told or one != "宣称散装白酒的年份"}
    write(site / "own.yaml", {"rules": [{**OWN_RULE, "english": {**mine, **told}}]})
    problems = check_rulebook(alone(site), date(2026, 11, 30), ["local-liquor"])
    assert any(what in problem.what for problem in problems), problems
    write(site / "own.yaml", {"rules": [{**OWN_RULE, "english": ENGLISH}]})
    problems = check_rulebook(alone(site), date(2026, 11, 30), ["local-liquor"])
    assert not any("nglish" in problem.what for problem in problems), problems
