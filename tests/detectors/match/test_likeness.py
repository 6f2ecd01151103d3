"""The model: texts that are like labelled violations, where no rule has the words for it."""

from __future__ import annotations

import copy
import math
from pathlib import Path

import pytest

from detectors.alerts import Alert
from detectors.lab.evaluation import ContextLine, LabelledText, raised_by, read_texts, text_events
from detectors.lab.rerun import Rerun
from detectors.match.fold import fold
from detectors.match.letters import letters_of, logit_of, root_of, slots_of
from detectors.match.likeness import BRIEF, HANGING, MODEL, LikenessModel, load_likeness
from detectors.match.model_file import Labelled, ModelError, ModelFile, open_model
from detectors.pack.load import load_rulebook
from detectors.pack.rulebook import Rulebook
from detectors.rules.claims.claim import PLAINLY, SURELY, TELLING, ClaimRule
from tests.detectors.build import rulebook
from tests.detectors.match.small_model import small_model

LABELLED = Path(__file__).parents[2] / "data" / "labelled"
EXAMPLE = Labelled("我家银针都扔掉了", ("medical-claim",))
BYTES = small_model(
    {"medical-claim": -2000},
    {"银针": {"medical-claim": 120}, "扔掉": {"medical-claim": 100}},
    [Labelled("扔掉的药", ("medical-claim",)), EXAMPLE],
    [Labelled("今天的银针菇", kind="ordinary")],
    suspicion=-100,
)
SMALL = LikenessModel(ModelFile(memoryview(BYTES)))
#: No rule has words for it.
LINE = "家里的银针现在可以扔掉了"
#: Runs of letters of a claim that is denied, or quoted.
MADE_OF = "这茶", "能治", "治高", "高血", "血压"


@pytest.fixture(scope="module")
def book() -> Rulebook:
    shared = rulebook()
    assert shared.lexicon
    # With the words that were made for all tests.
    book = copy.copy(shared)
    book.__dict__["likeness"] = SMALL
    return book


def raised(book: Rulebook, text: str, **fields: object) -> list[Alert]:
    row = LabelledText(text=text, label=True, category="food", host_kind="seller", **fields)
    return [alert for alert in raised_by(book, text_events(row)) if alert.rule == "medical-claim"]


def test_digits_are_alike_and_marks_are_no_letters():
    assert letters_of("喝 35 天,好了") == "喝00天好了"


def test_each_letter_and_pair_has_a_slot_whatever_stands_around():
    assert slots_of("") == []
    assert len(slots_of("高血压")) == 3 + 2
    assert slots_of("血压")[-1] in slots_of("的高血压好")
    assert len(set(slots_of("甲乙丙丁"))) == 7
    assert slots_of("甲乙丙丁") == slots_of("甲乙丙丁")
    assert slots_of("a") == [97 * 735_133 % 1_048_573]


def test_likeness_is_the_models_sum_over_the_root_of_the_letters():
    like = SMALL.read(fold(LINE).text, 0.5)["medical-claim"]
    # Twelve letters have eleven pairs; a bias of -2, two runs of 12 and 10.
    logit = -2 + 22 / math.sqrt(23)
    assert like.share == pytest.approx(1 / (1 + math.exp(-logit)), abs=0.001)
    assert [LINE[low:high] for low, high in like.telling] == ["银针", "扔掉"]
    assert SMALL.read(fold(LINE).text, 0.96) == {}
    longer = LINE + "今天天气真不错大家都来了"
    assert SMALL.share("medical-claim", longer) == pytest.approx(
        1 / (1 + math.exp(2 - 22 / math.sqrt(47))), abs=0.001
    )


def test_a_text_of_many_rows_adds_up_as_one_of_few():
    runs = [chr(0x4E00 + number) for number in range(600)]
    many = LikenessModel(
        ModelFile(memoryview(small_model({"a": 0, "b": 0}, {run: {"a": 1} for run in runs})))
    )
    text = "".join(runs)
    logit = (600 * 100 * root_of(600)) >> 16
    assert many.logit("a", text) == logit
    assert many.logit("b", text) == 0
    assert many.read(text, 0.8).keys() == {"a"}


def test_a_text_is_the_less_like_violations_of_a_rule_the_more_it_is_like_those_of_another():
    weights = {
        "银针": {"medical-claim": 120, "prohibited-goods": 90},
        "扔掉": {"medical-claim": 60},
    }
    both = LikenessModel(ModelFile(memoryview(
        small_model({"medical-claim": -2000, "prohibited-goods": -1000}, weights, suspicion=-100)
    )))  # fmt: skip
    letters = letters_of(LINE)
    first, other = (both.logit(rule, letters) for rule in ("medical-claim", "prohibited-goods"))
    assert first is not None
    assert other is not None
    assert first > other > 0
    found = both.read(fold(LINE).text, 0.3)
    assert logit_of(found["medical-claim"].share) == pytest.approx(first, abs=10)
    assert logit_of(found["prohibited-goods"].share) == pytest.approx(2 * other - first, abs=10)


def test_a_short_text_that_hangs_on_one_word_is_like_nothing():
    runs = "盒银", "银", "银针", "针", "针现", "扔掉"
    weights = {run: {"a": 127} for run in runs}
    model = LikenessModel(
        ModelFile(memoryview(small_model({"a": HANGING - 100}, weights, suspicion=-100)))
    )
    by_one, by_two = "我把家里那盒银针现在收起来了好", "我把家里那盒银针现在扔掉了好吗"
    assert len(by_one) == len(by_two) <= BRIEF
    logit = model.logit("a", by_one)
    assert logit is not None
    assert logit >= logit_of(0.6)
    assert model.read(by_one, 0.5) == {}
    assert model.read(by_two, 0.5).keys() == {"a"}
    # Among more letters one word is less of the whole.
    assert model.read(by_one + "吗", 0.5) == {}
    assert model.read(by_one + "今天别来", 0.5).keys() == {"a"}


@pytest.mark.parametrize("text", ["家里的东西可以扔了", "银针", "", "。，！"])
def test_a_text_without_telling_runs_or_too_short_is_like_nothing(text):
    assert SMALL.read(fold(text).text, 0.3) == {}


def test_a_run_of_clauses_must_have_what_its_rule_asks_and_what_its_ends_cost():
    text = "大家好" + LINE
    weighed = SMALL.weigh(text)
    share = weighed.read(3, len(text), lambda: LINE, 0.3)["medical-claim"].share

    def run(bars: dict[str, int], more: int) -> dict[str, float]:
        found = weighed.read_run(3, len(text), lambda: (text, 3, len(text)), bars, more)
        assert all(one.run == (3, len(text)) for one in found.values())
        return {rule: one.share for rule, one in found.items()}

    bar = logit_of(share)
    assert run({"medical-claim": bar}, 0) == {"medical-claim": share}
    assert run({"medical-claim": bar - 500, "edu-promise": 0}, 500) == {"medical-claim": share}
    assert run({"medical-claim": bar}, 100) == {}
    # A rule that watches nothing by likeness is not asked, however low another's bar is.
    assert run({"edu-promise": -5_000}, 0) == {}


def test_the_nearest_example_is_the_one_with_most_in_common():
    near = SMALL.nearest("medical-claim", LINE, 2)
    assert [one.text for one in near] == ["我家银针都扔掉了", "扔掉的药"]
    assert near[0].closeness == 1.0
    assert near[1].closeness == pytest.approx(2 * 100 / (100 + 220), abs=0.01)
    assert SMALL.nearest("medical-claim", "今天天气不错") == []
    assert SMALL.nearest("nothing", LINE) == []


def test_a_text_like_violations_is_watched_and_says_why(book):
    [alert] = raised(book, LINE)
    assert alert.level == "watch"
    assert "措辞与本规则已标注的问题表述相近（相近度 0.93，" in alert.reason
    assert alert.evidence.numbers["likeness"] == 0.93
    assert alert.evidence.numbers["likeness_least"] <= 0.93
    assert alert.evidence.numbers["likeness_example"] == "我家银针都扔掉了"
    assert alert.engine.model == SMALL.version
    assert alert.findings[0].by == f"model:{SMALL.version}"
    assert any("人工判断" in missing for missing in alert.missing)
    assert [span.text for span in alert.evidence.spans] == [LINE]
    assert alert.law


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("我不是说家里的银针可以扔掉", []),
        ("没有人敢说银针可以扔掉", []),
        ("有人问家里的银针是不是可以扔掉", [ContextLine("host_speech", "不能啊，该去医院去医院", 4.0)]),
        ("家里的银针可以扔掉吗", []),
    ],
)  # fmt: skip
def test_the_gates_hold_for_likeness_too(book, text, context):
    assert raised(book, text, context=context) == []


@pytest.mark.slow
def test_a_quoted_question_that_is_affirmed_is_a_claim(book):
    [alert] = raised(
        book,
        "有人问家里的银针是不是可以扔掉",
        context=[ContextLine("host_speech", "对的，可以", 4.0)],
    )
    assert alert.level == "watch"
    assert "转述" in alert.reason


def test_viewers_claim_nothing(book):
    assert raised(book, LINE, role="viewer_chat") == []
    assert raised(book, LINE, role="assistant_speech")
    # A title names goods in the words of claims about them.
    assert raised(book, LINE, role="product_title") == []


def test_where_the_rule_has_words_they_decide(book):
    [alert] = raised(book, "家里的银针可以扔掉了，喝这个治好高血压")
    assert "likeness" not in alert.evidence.numbers
    assert not alert.findings[0].by.startswith("model:")


def test_a_denial_decides_however_much_the_whole_is_like_violations(book):
    assert SMALL.share("medical-claim", "家里的银针别扔掉，这个不能治高血压") > 0.8
    assert raised(book, "家里的银针别扔掉，这个不能治高血压") == []


@pytest.mark.slow
def test_a_bureau_can_do_without(tmp_path: Path):
    own = tmp_path / "own.yaml"
    own.write_text(
        "override:\n- id: medical-claim\n  author: 法制科\n  reason: 只用词句\n"
        "  thresholds: {likeness: 1}\n",
        encoding="utf-8",
    )
    book = load_rulebook(own=[own]).only("medical-claim")
    book.__dict__["likeness"] = SMALL
    assert raised(book, LINE) == []


@pytest.mark.slow
def test_what_a_model_in_the_shadow_would_do_is_counted_and_raises_nothing(book):
    nothing = LikenessModel(ModelFile(memoryview(small_model({"medical-claim": -2000}, {}))))
    shadowed = book.reading_with(nothing, SMALL)
    shadowed.__dict__.update(
        {name: book.__dict__[name] for name in ("lexicon", "decipherer") if name in book.__dict__}
    )
    rerun = Rerun(shadowed)
    rerun.feed(text_events(LabelledText(text=LINE, label=True, category="food")))
    assert [one for one in rerun.finish() if one.rule == "medical-claim"] == []
    assert rerun.engine.stats.model_shadow == {("medical-claim", "watches"): 1}
    other = book.reading_with(SMALL, nothing)
    other.__dict__.update(
        {name: book.__dict__[name] for name in ("lexicon", "decipherer") if name in book.__dict__}
    )
    rerun = Rerun(other)
    rerun.feed(text_events(LabelledText(text=LINE, label=True, category="food")))
    assert [one.level for one in rerun.finish() if one.rule == "medical-claim"] == ["watch"]
    assert rerun.engine.stats.model_shadow == {("medical-claim", "passes"): 1}


def test_a_file_is_read_as_it_was_written(tmp_path: Path):
    path = tmp_path / "model.bin"
    path.write_bytes(BYTES)
    file = open_model(path)
    file.verify()
    assert file.head.rules == ["medical-claim"]
    assert file.labelled() == [
        Labelled("扔掉的药", ("medical-claim",)),
        EXAMPLE,
        Labelled("今天的银针菇", kind="ordinary"),
    ]


@pytest.mark.parametrize("size", [0, 4, 11, 40, 600, len(BYTES) // 2, len(BYTES) - 8])
def test_a_file_that_was_cut_is_no_model(tmp_path: Path, size: int):
    path = tmp_path / "model.bin"
    path.write_bytes(BYTES[:size])
    with pytest.raises(ModelError):
        open_model(path)


def test_whether_a_claim_is_made_is_told_by_the_words_of_all_rules_together():
    weights = {"银针": {"medical-claim": 120}}
    made, refused = "姐妹们银针可以扔掉赶紧拍", "有人让我说银针可以扔掉我可没答应"
    told = small_model({"medical-claim": 0}, weights, asserted={"赶紧": 80, "没答": -80})
    model = LikenessModel(ModelFile(memoryview(told)))
    assert model.asserted("medical-claim", made) == pytest.approx(
        1 / (1 + math.exp(-8 / math.sqrt(23))), abs=0.001
    )
    assert (model.asserted("medical-claim", refused) or 1) < 0.5
    assert model.asserted("another-rule", refused) is None
    assert SMALL.asserted("medical-claim", refused) is None


def test_what_stands_behind_a_claim_says_something_else_than_before_it():
    file = small_model(
        {"medical-claim": 0}, {"降压": {"medical-claim": 9}}, around={"不念": (60, 0, -60)}
    )
    model = LikenessModel(ModelFile(memoryview(file)))
    ahead, behind = (
        model.made_in_talk("我不念稿", "降压", ""),
        model.made_in_talk("", "降压", "我不念稿"),
    )
    assert ahead is not None
    assert behind is not None
    assert behind < 0 < ahead
    assert SMALL.made_in_talk("", "降压", "我不念稿") is None


def test_a_changed_byte_is_seen(tmp_path: Path):
    for place in (len(BYTES) // 2, len(BYTES) - 20, BYTES.index(b"-2000") + 1):
        damaged = bytearray(BYTES)
        damaged[place] ^= 1
        with pytest.raises(ModelError, match="damaged"):
            ModelFile(memoryview(bytes(damaged))).verify()


@pytest.mark.slow
def test_the_model_that_ships_is_whole_and_of_rules_that_exist():
    model = load_likeness(MODEL)
    model.file.verify()
    assert set(model.rules) <= {rule.id for rule in rulebook()}
    assert len(model.rules) >= 30
    assert model.file.head.texts > 30_000
    texts = model.file.labelled()
    assert len(texts) == model.file.head.texts
    assert {rule for one in texts for rule in one.rules} >= set(model.rules)


@pytest.mark.slow
def test_nothing_that_is_set_aside_was_learned():
    learned = {letters_of(fold(one.text).text) for one in load_likeness().file.labelled()}
    for half in (
        "heldout",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "streams",
    ):
        rows = [
            letters_of(fold(row.text).text)
            for path in LABELLED.glob(f"*.{half}.jsonl")
            for row in read_texts(path.read_bytes())
        ]
        known = sum(one in learned for one in rows)
        # Short everyday lines were written by several hands.
        assert known <= len(rows) / 100, half


def test_an_example_explains_itself():
    model = load_likeness()
    text = "喝了这个茶高血压就降下来了药都不用吃了"
    [nearest] = model.nearest("medical-claim", text)
    assert nearest.closeness > 0.3
    assert "血压" in nearest.text or "药" in nearest.text


def test_ordinary_lines_hardly_alarm():
    model = load_likeness()
    rows = read_texts((LABELLED / "ordinary.fourth.jsonl").read_bytes())
    alarmed = [row.text for row in rows if model.read(fold(row.text).text, 0.5)]
    assert len(alarmed) <= len(rows) * 0.02, alarmed


def test_a_denial_that_speaks_for_the_whole_takes_nothing_from_it(book):
    own = "medical-claim"
    text = "家里的银针我们不能可以扔掉"
    weights = {"银针": 120, "扔掉": 100}
    against, towards = (
        LikenessModel(
            ModelFile(
                memoryview(
                    small_model(
                        {own: -2000},
                        {run: {own: weight} for run, weight in {**weights, "不能": one}.items()},
                        suspicion=-100,
                    )
                )
            )
        )
        for one in (-20, 20)
    )
    assert towards.leaning(own, "们不能") > 0 > against.leaning(own, "们不能")
    assert towards.leaning("nothing", "们不能") == 0
    other = copy.copy(book)
    for model, alerts in ((against, 0), (towards, 1)):
        other.__dict__["likeness"] = model
        assert len(raised(other, text)) == alerts


def test_a_question_inside_is_weighed_with_the_rest_and_one_at_the_end_asks(book):
    assert [alert.level for alert in raised(book, "银针是什么？家里的银针扔掉")] == ["watch"]
    assert raised(book, "家里的银针扔掉？银针是什么？") == []


def of(rule: str, runs: dict[str, int]) -> LikenessModel:
    """A model of one rule, by what its runs of letters weigh."""
    weights = {run: {rule: weight} for run, weight in runs.items()}
    return LikenessModel(ModelFile(memoryview(small_model({rule: -2000}, weights, suspicion=-100))))


@pytest.mark.parametrize(("weight", "is_plain"), [(75, False), (120, True)])
def test_what_a_card_does_not_show_is_outweighed_by_what_can_hardly_be_read_otherwise(
    book, weight, is_plain
):
    rule, text = "pass-off-quality", "旧电芯套个新壳，当全新原厂电池给您装上"
    model = of(rule, {"电芯": weight, "新壳": weight, "装上": weight})
    assert (model.share(rule, text) >= PLAINLY) == is_plain
    assert model.share(rule, text) >= TELLING
    other = copy.copy(book)
    other.__dict__["likeness"] = model
    row = LabelledText(text=text, label=True, category="electronics", host_kind="seller")
    found = [alert for alert in raised_by(other, text_events(row)) if alert.rule == rule]
    assert [alert.level for alert in found] == ["watch"] * is_plain
    assert all("字面上的例外" in {one.clause for one in alert.exemptions} for alert in found)


@pytest.mark.parametrize(("host", "alerts"), [("seller", 1), (None, 1), ("influencer", 0)])
def test_who_speaks_in_the_sellers_own_room_need_not_be_a_person(book, host, alerts):
    rule, text = "ai-impersonation", "我让那个唱民歌大姐的嗓子喊你们下单"
    other = copy.copy(book)
    other.__dict__["likeness"] = of(rule, {"民歌": 120, "嗓子": 120, "下单": 120})
    row = LabelledText(text=text, label=True, category="food", host_kind=host)
    found = [alert for alert in raised_by(other, text_events(row)) if alert.rule == rule]
    assert [alert.level for alert in found] == ["watch"] * alerts


def test_what_is_said_beside_a_question_is_no_question(book):
    other = copy.copy(book)
    other.__dict__["likeness"] = of("medical-claim", {"家里": 120, "银针": 120, "扔掉": 120})
    [alert] = raised(other, "能治高血压吗？家里那一盒银针都可以扔掉了")
    assert alert.evidence.numbers["likeness"] >= TELLING
    assert raised(other, "能治高血压吗？家里那一盒银针都可以扔掉吗？") == []


@pytest.mark.parametrize("text", ["咱这茶它可不能治高血压是吧", "据说这茶喝了能治高血压是吧"])
def test_what_denies_or_quotes_is_outweighed_by_a_text_that_surely_breaks_the_rule(book, text):
    """The words are named in the alert, and no gate says that it saw none."""
    other = copy.copy(book)
    for weight, is_sure in ((45, False), (127, True)):
        model = other.__dict__["likeness"] = of("medical-claim", dict.fromkeys(MADE_OF, weight))
        share = model.share("medical-claim", fold(text).text)
        assert share is not None
        assert share >= TELLING
        assert (share >= SURELY) == is_sure
        found = raised(other, text)
        assert [alert.level for alert in found] == ["watch"] * is_sure
        for alert in found:
            clauses = {one.clause: one.why for one in alert.exemptions}
            assert "字面上的例外" in clauses
            gates = clauses.keys() & {"转述他人", "否定、免责表述"}
            assert len(gates) == 1
            assert all("未见" in clauses[gate] for gate in gates)


def test_who_warns_others_off_claims_nothing_however_much_it_sounds_like_a_claim(book):
    text = "高血压、糖尿病、胃溃疡的人不要喝"
    other = copy.copy(book)
    other.__dict__["likeness"] = of("medical-claim", {"高血": 127, "血压": 127, "溃疡": 127})
    assert other.likeness.share("medical-claim", fold(text).text) >= SURELY
    assert raised(other, text) == []
    assert [one.level for one in raised(other, text.replace("不要", "都在"))] == ["watch"]


@pytest.mark.parametrize("before", ["", "来大家伙儿往前凑凑今天的肉都在这儿摆着呢要哪块自己挑"])
def test_what_is_meant_is_a_guess_and_what_is_written_is_read_for_its_likeness_too(book, before):
    text = before + "得布病宰下的羊，煮熟了吃没事的撒，一只让你三百。"
    other = copy.copy(book)
    other.__dict__["likeness"] = of("food-banned-13", {"布病": 127, "病宰": 127, "宰下": 127})
    row = LabelledText(text=text, label=True, category="food", host_kind="seller")
    found = [one for one in raised_by(other, text_events(row)) if one.rule == "food-banned-13"]
    assert [one.level for one in found] == ["watch"]
    assert all(span.text in text for one in found for span in one.evidence.spans)


def test_what_takes_a_claim_back_is_outweighed_by_no_less(book):
    claiming = [rule for rule in book if isinstance(rule, ClaimRule)]
    assert len(claiming) > 30
    # Frames of some name what they are not told `unless` as what takes back is named.
    named = {one.why for rule in claiming for frame in rule.spec.frames for one in frame.unless}
    assert named & ClaimRule.takes_back
    assert not any(rule._by_words & rule.takes_back for rule in claiming)
