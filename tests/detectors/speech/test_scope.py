"""What the words around a hit make of it."""

from __future__ import annotations

import pytest

from detectors.speech.scope import Scope, reply


def place(text: str, word: str) -> tuple[Scope, int, int]:
    start = text.index(word)
    return Scope(text), start, start + len(word)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("我们这个不能治病", "治病"),
        ("这不是药,没有治疗作用", "治疗"),
        ("别信什么降血压", "降血压"),
        ("我可不敢说最好", "最好"),
        ("平台不让说第一", "第一"),
    ],
)
def test_a_negation_before_the_word(text: str, word: str) -> None:
    scope, start, _ = place(text, word)
    assert scope.negated(start) is not None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("不是不能治失眠", "治失眠"),
        ("不仅好喝还能降血压", "降血压"),
        ("不用打针血压就降", "血压"),
        ("这个不含糖,能降血压", "降血压"),
        ("没想到真的治好了", "治好"),
        ("特别能降血压", "降血压"),
    ],
)
def test_no_negation_of_the_word(text: str, word: str) -> None:
    scope, start, _ = place(text, word)
    assert scope.negated(start) is None


def test_words_taken_back_in_the_same_sentence() -> None:
    scope, _, end = place("说能抗癌的都是骗人的", "抗癌")
    assert scope.refused(end) is not None


def test_what_stands_outside_a_range_takes_nothing_back_in_it() -> None:
    text = "刚有姐妹问泡这个茶能抗癌别信那都是骗人的"
    start, end = text.index("泡"), text.index("别")
    place = text.index("抗癌")
    assert Scope(text).refused(place + 2) is not None
    assert Scope(text).quoted(place) is not None
    inside = Scope.inside(text, start, end)
    assert inside.refused(place + 2) is inside.quoted(place) is None
    assert inside.sentence(place) == inside.clause(place) == (start, end)
    # Its own words do.
    assert Scope.inside(text, start, len(text)).refused(place + 2) is not None


def test_a_wink_takes_nothing_back() -> None:
    scope, _, end = place("治痘的不让说,你们懂的", "治痘")
    assert scope.refused(end) is None


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("这个能治失眠嘛", True),
        ("治失眠有用嘛", True),
        ("喝了治失眠嘛我跟你们讲过", False),
        ("治失眠的证书嘛我没带", False),
        ("治失眠图的就是热闹嘛", False),
    ],
)
def test_a_particle_of_the_obvious_asks_only_with_a_word_of_asking(text: str, asks: bool) -> None:
    scope, start, end = place(text.replace("嘛我", "嘛,我"), "治失眠")
    assert scope.asked(start, end) == asks


@pytest.mark.parametrize("text", ["能治失眠吗", "是不是能治失眠", "治失眠行不行?"])
def test_a_question_claims_nothing(text: str) -> None:
    scope, start, end = place(text, "治失眠")
    assert scope.asked(start, end)


@pytest.mark.parametrize(
    "text",
    ["有家人问能不能治失眠", "公屏上有人说治失眠", "网上都说治失眠", "刚才那个姐姐一直问治失眠"],
)
def test_others_are_quoted(text: str) -> None:
    scope, start, _ = place(text, "治失眠")
    assert scope.quoted(start) is not None


def test_a_buyers_praise_is_no_quotation() -> None:
    scope, start, _ = place("姐妹们喝完都跟我讲治失眠", "治失眠")
    assert scope.quoted(start) is None


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("能的,好多姐妹喝完就睡着", "yes"),
        ("当然可以", "yes"),
        ("怎么不能,吃了就好了", "yes"),
        ("不能啊,这不是药", "no"),
        ("这个我不敢说,去看医生", "no"),
        ("下一个链接", None),
    ],
)
def test_the_answer_to_a_question(text: str, answer: str | None) -> None:
    assert reply(text) == answer


def test_a_warning_in_the_same_sentence() -> None:
    scope, start, end = place("糖尿病人不要买", "糖尿病")
    assert scope.warned(start, end) is not None


def test_a_blank_between_stretches_of_speech_ends_a_clause() -> None:
    scope = Scope("我们不吹牛 这个茶降血压")
    assert scope.text[slice(*scope.clause(8))] == "这个茶降血压"


def test_a_decimal_point_ends_nothing() -> None:
    scope = Scope("净含量1.5升装")
    assert scope.text[slice(*scope.clause(0))] == "净含量1.5升装"


def test_who_is_told_not_to_ask_is_not_quoted() -> None:
    text = "要药的家人别在公屏问,加微信指导"
    assert Scope(text).quoted(text.index("微信")) is None
    asked = "有家人在公屏问加不加微信"
    assert Scope(asked).quoted(asked.index("微信")) is not None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        # Who says so is exposed before the words, or after them.
        ("谁跟您说稳赚您就录音", "稳赚"),
        ("凡是喊保过的老师都躲着点", "保过"),
        ("看到卖包治百病膏药的 顺手举报", "包治百病"),
        ("说能内部提档的都是骗子", "内部提档"),
        # The words are spoken of as words.
        ("国家级这三个字广告里不让写", "国家级"),
        ("开光那套我们不搞", "开光"),
    ],
)
def test_who_says_so_is_denounced(text: str, word: str) -> None:
    scope, start, end = place(text, word)
    assert scope.denounced(start, end) is not None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("谁跟你说吃药不能停 喝它三天就降压", "降压"),
        ("这个茶降压 大家都在喝", "降压"),
        ("国家级这三个字不是白来的", "国家级"),
        ("开过光的 债主都绕着你家走", "开过光"),
    ],
)
def test_who_claims_denounces_nobody(text: str, word: str) -> None:
    scope, start, end = place(text, word)
    assert scope.denounced(start, end) is None


def test_who_does_not_care_quotes_nobody() -> None:
    text = "用不用无所谓,关键是花九百九占个点位"
    assert Scope(text).quoted(text.index("花九百九")) is None


@pytest.mark.parametrize("text", ["这个糖浆一点副作用都没有", "半点刺激没有", "啥添加剂也没有"])
def test_that_there_is_none_at_all_is_no_question(text: str) -> None:
    assert not Scope(text).asked(0, len(text))
    assert Scope("有副作用没有").asked(0, 6)


def test_how_it_still_is_is_no_question() -> None:
    assert not Scope("比它好的耳机还没造出来呢").asked(0, 3)
    assert Scope("这个治不治失眠呢").asked(2, 7)
    assert not Scope("盒子上印着国旗这么大一个呢").asked(5, 7)
    assert Scope("盒子上印着国旗要怎么办呢").asked(5, 7)
    assert Scope("那孕妇呢").asked(1, 3)


def test_who_says_never_mind_quotes_nobody() -> None:
    text = "没用过也无所谓了 好用得很"
    assert Scope(text).quoted(text.index("好用")) is None
    assert Scope("所谓好用").quoted(2) is not None


def test_what_the_host_bids_one_hear_is_no_longer_the_question() -> None:
    text = "公屏问胃不好的 听我的 每天一勺 老胃病慢慢就不犯了"
    assert Scope(text).quoted(text.index("老胃病")) is None
    assert Scope("公屏问老胃病能不能喝").quoted(3) is not None


def test_a_wrong_guess_takes_nothing_back() -> None:
    text = "押大押小 猜错的再补一箱钱"
    assert Scope(text).refused(4) is None
    assert Scope("能治胃病 这话是错的").refused(4) is not None
