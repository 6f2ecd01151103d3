"""Rules of frames: what their entries may say, and what their alerts name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from detectors.events import Event, Product
from detectors.lab.checking import check_rulebook
from detectors.lab.evaluation import LabelledText, raised_by, text_events
from detectors.pack.load import PackError, Rulebook, load_rulebook
from tests.detectors.lab.test_checking import DAY

RULE: dict[str, Any] = {
    "id": "tea-cure", "version": 1, "title": "茶叶称疗效", "title_en": "Tea that cures",
    "focus": "F2", "level": "lead", "stage": "trial", "status": "verified", "kind": "frames",
    "law": [{"ref": "反法/虚假宣传", "when": "说法不实的"}], "missing": ["检验报告"],
    "about": {"goods": [{"category": ["food"]}, {"words": ["tea"], "level": "watch"}], "why": "no-tea"},
    "slots": {"tea": ["茶饼", "老茶"], "cure": ["降火降压", "养胃"], "doctor": ["医生说"]},
    "exempt": [{"clause": "引述医嘱", "any": ["doctor"], "met": "说的是医嘱", "unmet": "未见医嘱"}],
    "frames": [{
        "id": "cures", "seq": ["tea", {"gap": 4}, "cure"], "concept": "疗效", "says": "称茶有疗效",
        "fires": ["这老茶真能养胃"], "quiet": ["养胃的法子很多"],
    }],
    "cases": [],
}  # fmt: skip


def book(folder: Path, **changes: Any) -> Rulebook:
    path = folder / "tea.yaml"
    path.write_text(yaml.safe_dump({"rules": [{**RULE, **changes}]}, allow_unicode=True), "utf-8")
    return load_rulebook([path])


@pytest.mark.slow
def with_card(events: Iterable[Event], attributes: dict[str, str]) -> list[Event]:
    """The same events where the product's card says more."""
    return [
        msgspec.structs.replace(event, attributes=attributes)
        if isinstance(event, Product)
        else event
        for event in events
    ]


@pytest.mark.slow
def test_an_alert_names_the_frame_that_found_it(tmp_path: Path) -> None:
    row = LabelledText("这老茶真能养胃", label=True, category="food")
    (alert,) = raised_by(book(tmp_path), text_events(row))

    assert alert.evidence.numbers["frame"] == "tea-cure/cures"
    assert alert.reason == "主播称“这老茶真能养胃”：称茶有疗效。"


@pytest.mark.parametrize(
    ("text", "is_raised"), [("这老茶真能养胃", True), ("这老茶馆能养胃", False)]
)
@pytest.mark.slow
def test_words_that_must_not_stand_beside_may_be_a_slot(
    tmp_path: Path, text: str, is_raised: bool
) -> None:
    slots = {**RULE["slots"], "house": ["馆", "楼"]}
    frame = {**RULE["frames"][0], "not_next": {"tea": "house"}}
    rules = book(tmp_path, slots=slots, frames=[frame])

    found = raised_by(rules, text_events(LabelledText(text, label=is_raised, category="food")))

    assert bool(found) is is_raised


@pytest.mark.parametrize(
    ("text", "is_raised"), [("医生说老茶真能养胃", False), ("衣生说老茶真能养胃", True)]
)
@pytest.mark.slow
def test_a_short_exemption_is_not_heard_in_what_only_sounds_like_it(
    tmp_path: Path, text: str, is_raised: bool
) -> None:
    """Though another frame has its word in a claim, where it may be hidden."""
    warns = {
        **RULE["frames"][0], "id": "warns", "seq": ["doctor", {"gap": 2}, "cure"],
        "fires": ["医生说它养胃"],
    }  # fmt: skip
    exempt = [{**RULE["exempt"][0], "of": ["cures"]}]
    hidden = ["tea", "cure", "doctor"]
    rules = book(tmp_path, frames=[RULE["frames"][0], warns], exempt=exempt, disguised=hidden)

    found = raised_by(rules, text_events(LabelledText(text, label=is_raised, category="food")))

    assert bool(found) is is_raised


@pytest.mark.slow
def test_an_exemption_of_the_entry_silences(tmp_path: Path) -> None:
    row = LabelledText("医生说老茶真能养胃", label=False, category="food")

    assert raised_by(book(tmp_path), text_events(row)) == []


@pytest.mark.slow
@pytest.mark.parametrize(("spreads", "text", "is_raised"), [
    (True, "听说这老茶真能养胃", True),
    (False, "听说这老茶真能养胃", False),
    (True, "有人问这老茶真能养胃吗", False),
])  # fmt: skip
def test_hearsay_is_no_excuse_where_passing_on_makes_the_claim(
    tmp_path: Path, spreads: bool, text: str, is_raised: bool
) -> None:
    rules = book(tmp_path, frames=[{**RULE["frames"][0], "spreads": spreads}])

    found = raised_by(rules, text_events(LabelledText(text, label=is_raised, category="food")))

    assert bool(found) is is_raised


@pytest.mark.parametrize(("exempt", "text", "is_silent"), [
    ({"seq": ["doctor", {"gap": 2}, "tea"]}, "医生说这老茶真能养胃", True),
    ({"seq": ["doctor", {"gap": 2}, "tea"]}, "这老茶真能养胃，医生说的", False),
    ({"all": ["doctor", "<year>"], "near": 4}, "二零二五年医生说老茶养胃", True),
    ({"all": ["doctor", "<year>"], "near": 4}, "去年医生说老茶养胃", False),
    ({"any": ["doctor"], "of": ["cures"]}, "医生说老茶养胃", True),
    ({"any": ["doctor"], "of": ["疗效"]}, "医生说老茶养胃", True),
    ({"any": ["doctor"], "of": ["产地"]}, "医生说老茶养胃", False),
    ({"any": ["doctor"], "within": "clause"}, "医生说好，老茶养胃", False),
])  # fmt: skip
def test_an_exemption_may_ask_for_words_that_stand_to_each_other(
    tmp_path: Path, exempt: dict[str, Any], text: str, is_silent: bool
) -> None:
    entry = {"clause": "引述医嘱", "met": "说的是医嘱", "unmet": "未见医嘱", **exempt}
    rules = book(tmp_path, exempt=[entry])

    found = raised_by(rules, text_events(LabelledText(text, label=True, category="food")))

    assert bool(found) is not is_silent


def test_a_field_that_the_card_fills_in_may_exempt(tmp_path: Path) -> None:
    entry = {"clause": "检验", "card": ["report"], "met": "有", "unmet": "没有检验报告"}
    slots = {"tea": ["老茶"], "cure": ["养胃"], "report": ["检验报告"]}
    rules = book(tmp_path, exempt=[entry], slots=slots)
    events = text_events(LabelledText("老茶养胃", label=True, category="food"))
    shown = with_card(events, {"检验报告编号": "2025-17"})

    assert raised_by(rules, events)
    assert not raised_by(rules, shown)


def test_a_field_of_the_card_may_be_what_the_claim_is_held_against(tmp_path: Path) -> None:
    slots = {"pure": ["零添加"], "list": ["配料"], "additive": ["香精"]}
    frame = {
        "id": "pure", "seq": ["pure"], "concept": "零添加", "says": "称没有添加",
        "card": {"fields": ["list"], "words": ["additive"]}, "quiet": ["零添加的茶"],
    }  # fmt: skip
    case = {
        "name": "配料有香精", "expect": [{}],
        "events": [
            {"t": "-1s", "type": "product", "sku": "A", "title": "茶", "category": "food",
             "status": "explaining", "attributes": {"配料": "茶叶、香精"}},
            {"t": "0s", "type": "speech", "speaker": "host", "sku": "A", "text": "零添加"},
        ],
    }  # fmt: skip
    rules = book(
        tmp_path, slots=slots, frames=[frame], exempt=[], cases=[case],
        about={"goods": [{"category": ["food"]}], "why": "no-tea"},
    )  # fmt: skip
    events = text_events(LabelledText("这个茶零添加", label=True, category="food"))
    shown = with_card(events, {"配料": "茶叶、香精"})

    assert not raised_by(rules, events)
    (alert,) = raised_by(rules, shown)
    assert "商品卡的配料写有“香精”" in alert.reason


@pytest.mark.parametrize(("goods", "is_cited"), [(["food"], True), (["drug"], False), ([], True)])
def test_a_basis_may_hold_for_classes_of_goods_alone(
    tmp_path: Path, goods: list[str], *, is_cited: bool
) -> None:
    law = [
        *RULE["law"],
        {"ref": "直播办法/虚假宣传", "when": "直播营销人员所为", "goods": goods},
    ]
    rules = book(tmp_path, law=law)
    row = LabelledText("这老茶真能养胃", label=True, category="food")
    (alert,) = raised_by(rules, text_events(row))

    assert len(alert.law) == (2 if is_cited else 1)


def test_a_notice_that_finds_a_claim_untrue_takes_nothing_back(tmp_path: Path) -> None:
    def lines(text: str) -> int:
        return len(
            raised_by(book(tmp_path), text_events(LabelledText(text, label=True, category="food")))
        )

    assert lines("当事人宣称老茶真能养胃，该功效不存在")
    assert not lines("老茶真能养胃，那是不存在的")


def test_goods_that_it_is_not_about_are_left_alone(tmp_path: Path) -> None:
    frames = [{**RULE["frames"][0], "seq": ["cure"], "fires": ["养胃"], "quiet": ["好喝"]}]
    rules = book(tmp_path, frames=frames)

    text = "这个真养胃"
    assert raised_by(rules, text_events(LabelledText(text, label=True, category="food")))
    assert not raised_by(rules, text_events(LabelledText(text, label=False, category="home")))
    assert raised_by(
        rules, text_events(LabelledText(text + "，配老茶", label=True, category="home"))
    )


def test_the_sentences_of_frames_are_cases_of_the_rule(tmp_path: Path) -> None:
    cases = book(tmp_path)["tea-cure"].spec.cases

    assert [(case["text"], bool(case["expect"])) for case in cases] == [
        ("这老茶真能养胃", True), ("养胃的法子很多", False)
    ]  # fmt: skip


@pytest.mark.parametrize(("changes", "message"), [
    ({"frames": []}, "`kind: frames` and `frames` go together"),
    ({"kind": ""}, "`kind: frames` and `frames` go together"),
    ({"keys": ["brew"]}, "`keys` are found out, not written"),
    ({"slots": {"tea": ["老茶"], "doctor": ["医生说"]}}, "no slot 'cure'"),
    ({"slots": {**RULE["slots"], "rest": ["其他"]}}, "no frame uses the slots rest"),
    ({"frames": RULE["frames"] * 2}, "two frames have the same id"),
    ({"exempt": [{"clause": "医嘱", "met": "有", "unmet": "无"}], "slots": {"tea": ["茶"], "cure": ["养胃"]}},
     "医嘱: names no words"),
])  # fmt: skip
def test_an_entry_that_cannot_be_used_says_why(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(PackError, match=message):
        book(tmp_path, **changes)


@pytest.mark.slow
@pytest.mark.parametrize(("changes", "message"), [
    ({"fires": ["养胃要喝老茶"]}, "does not find its own “养胃要喝老茶”"),
    ({"quiet": []}, "needs `fires` and `quiet`"),
])  # fmt: skip
def test_a_frame_without_sentences_that_hold_is_an_error(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    cases = [{"text": "这老茶真能养胃", "expect": [{}]}, {"text": "好喝", "expect": []}]
    rules = book(tmp_path, frames=[{**RULE["frames"][0], **changes}], cases=cases)

    assert any(message in problem.what for problem in check_rulebook(rules, DAY))


ELSEWHERE = {"any": ["doctor"], "side": "before", "reach": 8}


@pytest.mark.parametrize(("text", "is_raised"), [
    ("医生说老茶真能养胃", False),
    ("老茶真能养胃，医生说", True),                         # on the other side
    ("医生说我这个人啊爱操心老茶真能养胃", True),             # too far away
    ("医生说这个老茶真能养胃", True),                        # brought back to what is on sale
])  # fmt: skip
def test_what_exempts_may_have_its_side_its_reach_and_what_brings_it_back(
    tmp_path: Path, text: str, is_raised: bool
) -> None:
    exempt = [{**RULE["exempt"][0], **ELSEWHERE, "but": ["own"]}]
    slots = {**RULE["slots"], "own": ["这个"]}
    rules = book(tmp_path, exempt=exempt, slots=slots)

    row = LabelledText(text, label=is_raised, category="food")
    assert bool(raised_by(rules, text_events(row))) is is_raised


@pytest.mark.slow
def test_an_exemption_has_alternatives_and_is_named_once(tmp_path: Path) -> None:
    exempt = [{**RULE["exempt"][0], "any": ["book"], "also": [ELSEWHERE]}]
    slots = {**RULE["slots"], "book": ["书上写"]}
    rules = book(tmp_path, exempt=exempt, slots=slots)

    for text in ("书上写着老茶真能养胃", "医生说老茶真能养胃"):
        assert not raised_by(rules, text_events(LabelledText(text, label=False, category="food")))
    row = LabelledText("老茶真能养胃", label=True, category="food")
    (alert,) = raised_by(rules, text_events(row))
    assert [one.clause for one in alert.exemptions].count("引述医嘱") == 1


@pytest.mark.slow
def test_what_rules_share_exempts_too(tmp_path: Path) -> None:
    exemptions = [{"clause": "警示、拒绝或说的是他人商品", "gist": "提醒、说别家的"}]
    rules = book(tmp_path, shared=["others"], exemptions=exemptions)

    def is_raised(text: str) -> bool:
        row = LabelledText(text, label=False, category="food")
        return bool(raised_by(rules, text_events(row)))

    assert is_raised("老茶真能养胃")
    assert not is_raised("隔壁的老茶说真能养胃")
    assert is_raised("隔壁没有，我们这老茶真能养胃")


@pytest.mark.slow
def test_one_alert_for_the_product_whatever_is_said_of_it(tmp_path: Path) -> None:
    other = {
        **RULE["frames"][0], "id": "calms", "seq": ["calm"], "concept": "安神",
        "fires": ["老茶安神"], "quiet": ["好喝"],
    }  # fmt: skip
    slots = {**RULE["slots"], "calm": ["安神"]}
    lines = [LabelledText(text, label=True, category="food") for text in ("老茶真能养胃", "安神")]
    events = [
        *text_events(lines[0]),
        *(one for one in text_events(lines[1]) if one.id == "line-0"),
    ]
    events[-1].id = "line-1"
    events.sort(key=lambda event: event.at)

    for subject, count in (("claim", 2), ("product", 1)):
        rules = book(tmp_path, frames=[RULE["frames"][0], other], slots=slots, subject=subject)
        assert len(raised_by(rules, events)) == count


@pytest.mark.slow
def test_an_admission_stands_whoever_asked_and_whatever_is_said_behind_it(tmp_path: Path) -> None:
    frame = {
        **RULE["frames"][0], "seq": ["lacking"], "fires": ["没有厂名"], "quiet": ["好喝"],
    }  # fmt: skip
    slots = {"lacking": ["没有厂名", "厂名没印"], "doctor": ["医生说"]}
    texts = ["有人问厂名，厂名没印", "没有厂名，那是骗人的", "知道为啥没有厂名吗"]

    for admission in (False, True):
        rules = book(tmp_path, frames=[{**frame, "admission": admission}], slots=slots, about=None)
        raised = [
            bool(raised_by(rules, text_events(LabelledText(text, label=True, category="food"))))
            for text in texts
        ]
        assert raised == [admission] * 3


@pytest.mark.parametrize(("rule", "sufficient", "is_raised"), [
    ("false-claim", False, False),
    ("false-claim", True, True),    # a little like that rule's violations
    ("edu-promise", True, False),   # like nothing that the rule looks for
])  # fmt: skip
def test_words_that_suffice_need_little_likeness(
    tmp_path: Path, rule: str, *, sufficient: bool, is_raised: bool
) -> None:
    frame = {**RULE["frames"][0], "sufficient": sufficient}
    tea = book(
        tmp_path,
        id=rule,
        frames=[frame],
        thresholds={"unlike": {"value": 1.0, "origin": "engineering", "note": "无一相近"}},
    )
    line = LabelledText(text="这老茶真能养胃，一天泡两回", label=True, category="food")
    assert bool(raised_by(tea, text_events(line))) is is_raised
