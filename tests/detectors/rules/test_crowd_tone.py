"""How a chat line is meant: praise that tells what others ask is praise, and a question is none."""

from __future__ import annotations

import pytest

from detectors.facts.crowd.mood import ASKS, MOOD, PLAIN
from detectors.rules.crowd.scripted import ScriptedChat
from tests.detectors.build import rulebook


def tells(text):
    """How many words of praise a line has that tells; nought: it does not tell."""
    rule = rulebook()["scripted-chat"]
    assert isinstance(rule, ScriptedChat)
    return rule.tones.of(text) >> 2


@pytest.mark.parametrize(
    "text",
    [
        "邻居看到都问我哪里买的，真的好用",
        "同事老问我这个口红什么牌子，涂上很显气色",
        "来问面霜怎么样的，我用了半年，离不开",
        "裙子怎么看怎么满意，值得买",
        "这个锅怎么用都顺手，做工没话说",
        "质量没什么好挑的，放心买",
        "我要求挺高的，用过以后很满意",
        "怎么这么好吃，还要再来一箱",
    ],
)
def test_praise_with_the_words_of_a_question_praises(text):
    assert tells(text) > 1


@pytest.mark.parametrize(
    "text",
    [
        "这个好用吗，想给妈妈买",
        "质量怎么样的，放心买吗",
        "买过的说说怎么样，值得买吗",
        "求链接，看着很好看",
        "怎么这么便宜，是不是正品",
        "请问怎么洗，怎么洗都不变形吗",
        "别人问我要链接，链接在哪里，好用我也买",
    ],
)
def test_a_question_about_the_goods_tells_nothing(text):
    assert tells(text) == 0


def test_words_of_a_question_without_praise_are_plain():
    rule = rulebook()["scripted-chat"]
    assert isinstance(rule, ScriptedChat)
    assert rule.tones.of("什么时候发货") & MOOD == PLAIN
    assert rule.tones.of("好用吗") & MOOD == ASKS


@pytest.mark.parametrize("text", ["老样子先点赞，赠品没看到", "点赞了", "赞过了", "点赞点赞"])
def test_a_tap_on_the_heart_praises_nothing(text):
    assert tells(text) == 1


@pytest.mark.parametrize("text", ["质量真好，先点赞", "赞过了，又回购了两箱", "东西很赞"])
def test_praise_beside_a_tap_praises(text):
    assert tells(text) > 1
