"""Passages: what of joined speech is read at one go, and that nothing is raised twice or lost."""

from __future__ import annotations

import copy

import msgspec
import pytest

from detectors.engine.engine import Engine
from detectors.engine.reader import Reader
from detectors.events import Speech
from detectors.lab.evaluation import LabelledText, raised_by, text_events
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.match.likeness import LikenessModel
from detectors.match.model_file import ModelFile
from detectors.speech.clauses import load_clause_ends
from detectors.speech.passages import (
    FEW_JOINTS,
    LETTERS_A_JOINT,
    WHOLE,
    moved,
    part_of,
    passages,
    with_commas,
)
from detectors.speech.pieces import LONGEST
from tests.detectors.build import rulebook as shipped
from tests.detectors.build import without_model
from tests.detectors.match.small_model import small_model

#: Ordinary talk, as a recogniser delivers it: no marks.
TALK = "姐妹们晚上好啊刚进来的点个关注不迷路今天给大家带的都是自己家里在用的东西"
MORE = "拍完的记得回来扣个已拍运费险都给你们送了三天之内发货不喜欢可以退回来没关系的"
#: More of it, of what hosts tell between two products.
ANECDOTES = (
    "昨天晚上下雨我把车停在楼下早上起来玻璃上都是水擦了半天才擦干净开到店里已经九点了",
    "我妈打电话来问我吃了没有我说还没呢播完再吃她说锅里给我留着汤",
    "这个袋子是两层的里面那层是铝箔外面是牛皮纸剪开以后用夹子夹住放柜子里就行",
    "楼上装修吵得很你们要是听见电钻声不是我这边的我已经跟他们说了",
    "刚才那位问颜色的灰色还有两件驼色没了下个月才到你先收藏",
)


@pytest.fixture(scope="module")
def rulebook():
    return shipped()


def raised(rulebook, text, category="home"):
    row = LabelledText(text=text, label=True, category=category, host_kind="seller")
    return [alert for alert in raised_by(rulebook, text_events(row)) if alert.level != "info"]


def test_commas_have_no_place_of_their_own():
    folded = fold("这锅全国最好ＡＢ大家放心拍")
    places = [6, 8]
    marked = with_commas(folded, places)
    assert marked.text == "这锅全国最好,ab,大家放心拍"
    (hit,) = moved([Hit("g", "大家", 8, 10)], places, 0)
    assert marked.text[hit.start : hit.end] == "大家"
    assert marked.to_original(hit.start, hit.end) == (8, 10)
    # A range over a comma is the original's, without one.
    assert marked.to_original(4, 9) == (4, 8)
    assert marked.to_original(6, 7) == (6, 6)


def test_a_part_leads_back_to_the_original():
    whole = with_commas(fold("这锅①全国最好大家放心拍"), [7])
    part, begins = part_of(whole, 4, 10)
    low, high = part.to_original(part.text.index("最好"), part.text.index("最好") + 2)
    assert part.original[low:high] == "最好"
    assert whole.original[begins + low : begins + high] == "最好"


@pytest.mark.parametrize(
    "text",
    [
        "这锅好用",
        "这" * WHOLE,
        "这锅好用,颜色也好看,喜欢的拍一号链接,今天有货,明天发货,运费险都送的,不喜欢可以退",
    ],
)
def test_what_is_said_alone_is_one_passage(text):
    assert passages(text) is None


@pytest.mark.parametrize(
    "text", [TALK + MORE, "今天有货。" * 30, (TALK + "。") * 3, TALK * 4, "好" * 390]
)
def test_passages_cover_a_text_and_each_letter_twice_at_least_unless_a_sentence_surely_ends(text):
    cut = passages(text)
    if cut is None:
        assert text == "好" * 390
        return
    assert sorted(cut.ranges, key=lambda one: (one[0], -one[1])) == cut.ranges
    reached = 0
    for low, high in cut.ranges:
        assert low <= reached
        assert low < high
        reached = max(reached, high)
    assert reached == len(text)
    pairs = sum(
        (low, high) != other and low == other[0]
        for low, high in cut.ranges
        for other in cut.ranges
        if other[1] < high
    )
    assert len(cut.ranges) <= 2 * (len(cut.ranges) - pairs)


def test_two_sentences_are_read_together_unless_one_surely_ends_between_them():
    text = (
        "昨天那个快递员把箱子摔了我赔了人家两瓶粘钩最多挂三斤贴之前墙面擦干等一天再挂东西"
        "袜子五双一包灰的两双白的三双鱼竿三米六收起来一米一放得进后备箱"
    )
    cut = passages(text)
    assert cut is not None
    sentence = load_clause_ends().read(text).sentence
    begins = sorted({low for low, _ in cut.ranges} - {0})
    apart = {
        place for place in begins if all(high <= place or low >= place for low, high in cut.ranges)
    }
    told = {place: sentence[place] for place in begins}
    # Likelier than not is a guess: of 240 ordinary lines 21 have such a place within, 4 one of 80.
    assert all((logit >= 80) == (place in apart) for place, logit in told.items())
    assert apart
    assert any(0 <= logit < 80 for logit in told.values())


def test_words_that_were_found_are_never_parted(rulebook):
    engine = Engine(rulebook)
    for read in engine.reader.read_speech(TALK + "这个锅全国最好" + MORE):
        for _, folded, hits in read.asked:
            for hit in hits:
                assert hit.form != "plain" or folded.text[hit.start : hit.end] == hit.term


@pytest.mark.parametrize(
    ("claim", "category", "rule"),
    [
        ("这个锅全国最好", "home", "absolute-term"),
        ("这个茶喝一个月高血压就降下来了", "food", "medical-claim"),
        ("这个面霜烂脸的湿疹的一周就能治好", "cosmetics", "cosmetic-medical"),
    ],
    ids=["absolute", "medical", "cosmetic"],
)
@pytest.mark.parametrize(
    ("before", "after"),
    [("", MORE), (TALK, ""), (TALK, MORE), (TALK + MORE, MORE + TALK)],
    ids=["before", "behind", "between", "deep"],
)
def test_ordinary_talk_around_a_claim_does_not_silence_it(
    rulebook, claim, category, rule, before, after
):
    alerts = raised(rulebook, before + claim + after, category)
    assert rule in {alert.rule for alert in alerts}
    (alert,) = [alert for alert in alerts if alert.rule == rule]
    # The words of the evidence stand where it says.
    for span in alert.evidence.spans:
        assert (before + claim + after)[span.start : span.end] == span.text
        assert len(before) <= span.start < span.end <= len(before) + len(claim)
    # Passages share words, a claim is one all the same.
    assert (alert.hits, alert.evidence.numbers["times"]) == (1, 1)


@pytest.mark.parametrize(
    ("claim", "category", "rule"),
    [
        ("这款面霜消炎杀菌，湿疹三天就好", "cosmetics", "cosmetic-medical"),
        ("这个酒放五年价格翻三倍，保本保收益", "alcohol", "investment-promise"),
    ],
    ids=["cosmetic", "investment"],
)
@pytest.mark.parametrize("mark", ["，", " "])
def test_sentences_between_commas_and_blanks_are_judged_one_by_one(
    rulebook, claim, category, rule, mark
):
    around = mark.join(["家人们今天天气不错", "我们先聊聊做饭的事情", "锅要先烧热"])
    text = mark.join([around, claim, around])
    assert rule in {alert.rule for alert in raised(rulebook, text, category)}


def test_what_takes_back_a_claim_behind_a_comma_is_heard():
    around = "家人们今天天气不错，我们先聊聊做饭的事情，锅要先烧热"
    text = f"{around}，有人说我们这款茶能治好糖尿病，那可不敢乱说，茶就是茶，{around}"
    assert "medical-claim" not in {alert.rule for alert in raised(shipped(), text, "food")}


def test_two_claims_of_one_breath_are_two_findings(rulebook):
    text = "这个茶喝一个月高血压就降下来了" + MORE + "糖尿病喝半年药都可以停了"
    found = [alert for alert in raised(rulebook, text, "food") if alert.rule == "medical-claim"]
    assert sum(alert.hits for alert in found) == 2


def test_sentences_with_marks_are_judged_one_by_one(rulebook):
    text = (
        "这个茶喝一个月高血压就降下来了。刚才有姐妹问尺码，看详情页的尺码表。"
        "检测报告在图上，编号都印着。"
    )
    assert "medical-claim" in {alert.rule for alert in raised(rulebook, text, "food")}


@pytest.mark.parametrize(
    "lawful",
    [
        "这个锅不敢说全国最好",
        "网上说什么全国最好的锅那都是骗人的别信",
        "有人问能不能治高血压不能治的这就是个茶",
        "高血压的朋友先问医生再喝",
        "这个锅是我家里最好用的一个",
        "有人问保不保过我们不做保过班",
    ],
)
def test_a_lawful_line_stays_lawful_among_ordinary_talk(rulebook, lawful):
    assert raised(rulebook, lawful, "food") == []
    for text in (TALK + lawful, lawful + MORE, TALK + lawful + MORE):
        assert raised(rulebook, text, "food") == [], text


@pytest.mark.parametrize(
    ("text", "category", "rule"),
    [
        # Only the model finds it, and the passages begin and end among the neighbours' words.
        (
            "瓶口那层铝箔撕掉才能按出来我跟出题的老师吃过饭卷子长啥样我心里有数换包装了新版瓶子是磨砂的料体没变",
            "education",
            "edu-promise",
        ),
        # Words of the rule, in a passage that is as a whole like nothing it looks for.
        ("雨刷对不上车型的问客服天天一杯喝出好血管", "food", "medical-claim"),
        ("自行车是铝架二十七速油压碟刹下坡捏一根手指就够喝了排石利尿这款滑板枫木七层板面是设计师画的锦鲤", "food", "medical-claim"),
    ],
    ids=["likeness", "behind", "between"],
)  # fmt: skip
def test_a_claim_does_not_drown_where_the_end_of_a_sentence_was_guessed_wrong(
    rulebook, text, category, rule
):
    assert rule in {alert.rule for alert in raised(rulebook, text, category)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "is_claim"),
    [
        ("对面姓陈的那家玉器店十个手镯九个是b货你去他家就是挨宰", True),
        ("玉器这一排是新到的手镯圈口五十六到五十八都有货", False),
    ],
)
def test_what_a_neighbour_may_mean_otherwise_takes_no_likeness(rulebook, line, is_claim):
    before = "灶上铁锅生锈了拿钢丝球擦再用猪油养一养干辣椒有籽介意的自己抖一抖"
    text = before + line + "妹娃儿把那个样品拿给镜头看下近一点猪油罐子莫放塑料的瓷的好"
    # The text is read in several spellings, as words are hidden for some rules and not for others.
    assert len({read.folded.text for read in Reader(without_model()).read_speech(text)}) > 5
    found = {alert.rule for alert in raised(rulebook, text, "jewellery")}
    assert found == ({"disparagement"} if is_claim else set())


@pytest.mark.parametrize(
    ("line", "rule", "bias", "is_raised"),
    [
        # As much like violations as words in talk must be, and a little less.
        ("这个锅全国最好", "absolute-term", -2_190, True),
        ("这个锅全国最好", "absolute-term", -2_400, False),
        # A sentence may end among its words (隔壁老吴家的…, 我跟你说…).
        ("隔壁老吴家的不粘锅我跟你说就是毒锅", "disparagement", -2_190, True),
    ],
)
def test_words_in_talk_need_some_likeness(rulebook, line, rule, bias, is_raised):
    assert rulebook.lexicon
    book = copy.copy(rulebook)
    model = LikenessModel(ModelFile(memoryview(small_model({rule: bias}, {"宇": {rule: 1}}))))
    book.__dict__["likeness"] = model
    assert rule in {alert.rule for alert in raised(book, line)}
    among = {alert.rule for alert in raised(book, TALK + line + MORE)}
    assert (rule in among) == is_raised


def test_a_word_that_is_only_heard_takes_no_likeness_from_what_is_written(rulebook):
    assert rulebook.lexicon
    book = copy.copy(rulebook)
    rule = "absolute-term"
    model = LikenessModel(
        ModelFile(
            memoryview(
                small_model(
                    {rule: -2_000}, {"鱼": {rule: 120}, "塘": {rule: 120}, "老": {rule: 120}}
                )
            )
        )
    )
    book.__dict__["likeness"] = model
    # “籽搜” sounds like 之首, so the rule reads the text otherwise than it is written.
    line = "瓜是种子的籽搜那个鱼塘边上的老王"
    asked = [
        one.folded.text
        for read in Reader(book).read_speech(TALK + line + MORE)
        for one in read.asked
        if one.rule == rule and rule in read.likeness
    ]
    assert any("籽搜" in text for text in asked)


def test_a_comma_between_two_events_is_no_mark():
    text = TALK[:22] + "," + MORE[:22]
    assert passages(text) is None
    cut = passages(text, [22])
    assert cut is not None
    assert {22, 23}.isdisjoint(cut.commas)


def test_a_question_far_away_makes_no_quotation(rulebook):
    text = (
        "刚才有姐妹问尺码可以看详情页的尺码表一般拍平时的码就可以"
        + "这个茶喝一个月高血压就降下来了"
        + MORE
    )
    assert "medical-claim" in {alert.rule for alert in raised(rulebook, text, "food")}


def test_a_question_that_is_denied_in_the_same_breath_counts_once(rulebook):
    text = TALK + "有姐妹问这个茶能不能治高血压不能的就是个茶" + MORE
    assert raised(rulebook, text, "food") == []
    claimed = text_events(LabelledText(text=text, label=False, category="food"))
    later = text_events(
        LabelledText(text="这个茶喝一个月高血压就降下来了", label=True, category="food")
    )
    events = claimed + [
        msgspec.structs.replace(event, id=f"{event.id}-later", at=event.at + 60_000)
        for event in later
        if isinstance(event, Speech)
    ]
    (alert,) = [one for one in raised_by(rulebook, events) if one.rule == "medical-claim"]
    assert alert.evidence.numbers["denials_on_air"] == 1


@pytest.mark.parametrize("letters", [60, 160, 400])
def test_of_a_text_that_may_part_everywhere_no_more_places_may_than_of_talk(letters):
    text = ("这来好" * letters)[:letters]
    found = passages(text)

    most = letters // LETTERS_A_JOINT + FEW_JOINTS
    assert found is not None
    assert len(found.joints) == most
    assert list(found.joints) == sorted(found.joints)
    # Talk has fewer, so that nothing is taken from it.
    talk = (TALK + MORE) * (1 + letters // len(TALK + MORE))
    spoken = passages(talk[:letters])
    assert spoken is not None
    assert 0 < len(spoken.joints) < most


@pytest.mark.parametrize(
    ("claim", "rule"),
    [
        ("这个贴膝盖贴半个月关节炎就断根了", "medical-claim"),
        ("五星好评截图发客服返你五块钱红包", "paid-positive-review"),
        ("拉三个人进来你就是总代下面的人卖一单你拿一份", "pyramid-recruit"),
    ],
)
@pytest.mark.parametrize("before", [0, 5, 12, 19])
def test_a_claim_amid_a_long_transcript_without_marks_is_found_once(rulebook, claim, rule, before):
    talk = [TALK, MORE, *ANECDOTES] * 3
    text = "".join([*talk[:before], claim, *talk[before:]])
    assert len(text) > LONGEST
    alerts = [alert for alert in raised(rulebook, text) if alert.rule == rule]

    assert len(alerts) == 1
    assert alerts[0].hits == 1
    at = text.index(claim)
    for span in alerts[0].evidence.spans:
        assert at <= span.start < span.end <= at + len(claim)


def test_a_long_transcript_of_ordinary_talk_says_nothing(rulebook):
    assert raised(rulebook, "".join([TALK, MORE, *ANECDOTES] * 3)) == []
