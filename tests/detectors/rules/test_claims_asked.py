"""A question of viewers that the host reads aloud: affirmed it is the host's own claim, else it is none.

Recognisers deliver question and answer in one breath, without a mark between them.
"""

from __future__ import annotations

import pytest

from detectors.alerts import Alert
from detectors.pack.english import english
from detectors.speech.scope import Scope, reply
from tests.detectors.build import product, run, speech

RULES = ("medical-claim", "edu-promise", "compare-unfounded", "cosmetic-medical")


def raised(text: str, then: str = "好嘞看一下颜色", category: str = "food") -> list[Alert]:
    return run(
        RULES,
        [
            product(0, sku="S1", category=category, status="explaining", title="样品"),
            speech(text, 5, sku="S1"),
            speech(then, 10, sku="S1"),
            speech("我们看二号链接", 80, sku="S1"),
        ],
    )


@pytest.mark.parametrize(
    ("text", "category", "asked", "answer"),
    [
        ("有家人问能不能治胃病能的啊", "food", "有家人问能不能治胃病", "能的啊"),
        ("有宝宝问这个是不是能降血糖是的呢", "food", "有宝宝问这个是不是能降血糖", "是的呢"),
        # An answer repeats the words of the question, or goes on.
        ("家人们刷屏问这个课能不能保过能保过的签协议", "education", "家人们刷屏问这个课能不能保过", "能保过的签协议"),
        ("刚刚有人问这个能治鼻炎不那肯定能啊", "food", "刚刚有人问这个能治鼻炎不", "那肯定能啊"),
        ("有宝宝问这个面霜能不能去疤必须可以啊", "cosmetics", "有宝宝问这个面霜能不能去疤", "必须可以啊"),
        ("公屏问是不是全网最低价是的家人们", "home", "公屏问是不是全网最低价", "是的家人们"),
        # With a mark, and asked by oneself.
        ("有大哥问风湿骨痛能不能治？当然能了", "food", "有大哥问风湿骨痛能不能治", "当然能了"),
        ("这个能治胃病吗能治的家人", "food", "这个能治胃病吗", "能治的家人"),
    ],
)  # fmt: skip
def test_what_was_affirmed_in_one_breath_is_told_as_question_and_answer(
    text: str, category: str, asked: str, answer: str
):
    (alert,) = raised(text, category=category)
    how = "转述" if "问" in asked else "设问"
    assert alert.reason.startswith(f"{how}“{asked}”之后，主播以“{answer}”予以肯定：")
    assert not alert.reason.partition("：")[2].startswith("“有")
    whys = [one.why for one in (*alert.applies, *alert.exemptions)]
    assert all(english(sentence) for sentence in (alert.reason, *whys))
    # Both are marked.
    marked = [span.text for span in alert.evidence.spans]
    assert any(answer.startswith(words[:2]) for words in marked), marked


@pytest.mark.parametrize(
    "text",
    [
        # Denied.
        "有家人问能不能治胃病不能的哈咱这就是普通的茶",
        "有宝宝问这个是不是能降血糖不是的呢这是零食",
        "这位大哥问风湿骨痛能不能治那治不了得去医院",
        "有粉丝问脂肪肝能不能治好哪有那么神",
        # Evaded.
        "有家人问能不能治胃病你们自己看评论区啊",
        "有家人问能不能治胃病能拍的赶紧拍",
        "有家人问能不能治胃病可以先点个关注",
        "王姐问我糖尿病人喝了能不能停药行了行了先不说这个",
        "有宝宝问这个是不是能降血糖是这样的家人们我们先讲价格",
        "有大姐问是不是真的治失眠是真的吗",
        "这个能治胃病吗下一个问题啊家人们",
    ],
)
def test_what_was_denied_or_left_open_is_no_claim(text: str):
    assert raised(text) == []


@pytest.mark.parametrize(
    ("then", "is_claim"),
    [
        ("能的啊放心喝", True),
        ("那当然可以", True),
        ("能拍的赶紧拍啊", False),
        ("对了还没点关注的点一下", False),
        ("肯定要看个人体质的", False),
    ],
)
def test_what_is_said_next_answers_or_does_not(then: str, is_claim: bool):
    assert bool(raised("有家人问能不能治胃病", then)) == is_claim


def test_after_the_answer_the_host_speaks_again():
    (alert,) = raised("有家人问能不能治胃病不能的哈但是我们这个治失眠有一套喝三天就睡得着")
    assert "治失眠" in alert.reason


def test_whoever_asks_whether_one_knows_asks_nothing():
    (alert,) = raised("这款能降血压的你知道吗")
    assert alert.reason.startswith("主播称")


def test_the_words_of_a_question_said_again_answer_it():
    assert reply("保本的放心买", "这个基金保不保本") == "yes"
    assert reply("不保本的哈", "这个基金保不保本") == "no"


def test_an_answer_says_where_it_stands():
    text = "有家人问能不能治胃病能的啊"
    answer = Scope(text).answer(text.index("胃病") + 2)
    assert answer is not None
    assert (answer.reply, text[answer.start : answer.end]) == ("yes", "能的啊")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("有人问能治鼻炎吗。先扣个关注。可以的姐妹，好多人都好了", "可以的姐妹"),
        ("刚有姐妹问能治失眠吗，左下角先扣个一，可以的，好多姐妹喝完都睡得着了", "可以的"),
        ("有人问能治鼻炎吗。稍等我拿个样品。能治的，放心拍", "能治的"),
    ],
)
def test_what_is_affirmed_two_sentences_later_is_affirmed(text: str, answer: str):
    (alert,) = raised(text)
    assert f"主播以“{answer}”予以肯定" in alert.reason


@pytest.mark.parametrize(
    "text",
    [
        "有人问能治鼻炎吗。能便宜吗。可以的姐妹，今天便宜五块",
        "有人问能治鼻炎吗。先扣个关注。可以的姐妹们扣起来",
        "有人问能治鼻炎吗。还有人问能不能发顺丰。可以的",
        "有人问能治鼻炎吗。先点个赞。行的话我就上链接了",
        "有人问能治鼻炎吗。先扣个关注。不能啊，这就是个茶，不是药",
    ],
)
def test_what_is_affirmed_later_of_something_else_is_no_answer(text: str):
    assert raised(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "这个茶对糖尿病不是不能治，就是慢一点",
        "鼻炎也不是不能治，喝咱这个，就是见效慢一点",
        "谁说这个不能治鼻炎，就是慢一点",
    ],
)
def test_who_denies_that_it_cannot_says_that_it_can(text: str):
    (alert,) = raised(text)
    assert alert.rule == "medical-claim"


@pytest.mark.parametrize(
    "text",
    [
        "鼻炎不是不能治，您去医院挂个耳鼻喉科，我这就是个口罩",
        "不是不让说，是真不能治鼻炎，这就是个茶",
        "谁说这个能治鼻炎，我可没说过",
    ],
)
def test_who_denies_once_says_that_it_cannot(text: str):
    assert raised(text) == []
