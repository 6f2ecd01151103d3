"""The spellings under which a word hides: what the lexicon looks for beside the word itself.

Only for words that a rule marks as worth hiding. Sounds are not spelled out here, they have an
index of their own (`detectors.text.sounds`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Literal

from detectors.text.sounds import syllables
from detectors.text.tables import EMOJI, LOOKALIKES, SPLITS, SYLLABLES, WORDS

__all__ = ["PICTURES", "Form", "disguises", "is_word"]

Form = Literal["plain", "shape", "split", "picture", "initial", "sound", "echo", "pinyin"]

#: Words of selling that the general list lacks; “保质期” sounds like 包治.
_SHOP_WORDS = (
    "保质",
    "质期",
    "刚验",
    "验货",
    "验完",
    "有糖",
    "含糖",
    "无糖",
    "加糖",
    "糖有",
    "包邮",
    "包装",
)
_WORDS = frozenset(WORDS[index : index + 2] for index in range(0, len(WORDS), 2)) | frozenset(
    _SHOP_WORDS
)
#: Words of the trade that a general list of words lacks.
_TRADE = frozenset(
    "卫衣 打底 直筒 阔腿 小众 种草 拔草 拍下 上架 下架 控油 控价 补货 现货 拼团 秒杀 福袋 弹幕 公屏 榜一 榜二 宝宝 宝妈 宝子 老铁 "
    "美妆 彩妆 眉笔 唇釉 粉底 气垫 遮瑕 散粉 腮红 眼影 甲油 发膜 发蜡 护发 洗护 水乳 乳液 面霜 眼霜 面膜 慕斯 喷雾 滴管 泵头 "
    "羽绒 羊绒 羊毛 牛仔 雪纺 蕾丝 亚麻 莫代尔 莱卡 涤纶 棉麻 皮草 皮带 腰封 吊带 背心 短裤 长裤 裙摆 衣领 衣袖 袖口 裤脚 裤腿 "
    "嘎嘎 嘎香 巴适 给力 绝绝 上头 上脸 上身 上新 返场 闭眼 无脑 入手 回购 复购 囤货 包邮 顺丰 中通 圆通 韵达".split()
)
_LOOKALIKES = {entry[0]: entry[1:] for entry in LOOKALIKES.split(" ") if entry}
_SPLITS = {entry[0]: entry[1:].split("/") for entry in SPLITS.split(" ") if entry}
_PICTURES = {entry[0]: entry[1:] for entry in EMOJI.split(" ") if entry}
#: All characters that are written in place of a character, and are no punctuation.
PICTURES = frozenset("".join(_PICTURES.values()))
_INITIALS = {
    character: syllable[0]
    for syllable, _, characters in (entry.partition(":") for entry in SYLLABLES.split())
    for character in characters
}
#: Spelled-out forms of one word and kind; more would only be noise.
_MOST = 60


def is_word(pair: str) -> bool:
    """Are these two characters a common word of their own?"""
    return pair in _WORDS or pair in _TRADE


def disguises(word: str) -> Iterator[tuple[str, Form]]:
    """Other spellings of a word of two characters and more, with how they were made."""
    length = len(word)
    if length < 2 or not any("\u4e00" <= character <= "\u9fff" for character in word):
        return
    yield from _swapped(word, _LOOKALIKES, "shape", both=length == 2)
    yield from _swapped(word, _PICTURES, "picture", both=length == 2)
    parts = [[character, *_SPLITS.get(character, ())[:3]] for character in word]
    for count, pieces in enumerate(product(*parts)):
        if count > _MOST:
            break
        spelled = "".join(pieces)
        if spelled != word:
            yield spelled, "split"
    for index, character in enumerate(word):
        initial = _INITIALS.get(character)
        if initial is not None and not syllables(word[:index] + initial):
            yield word[:index] + initial + word[index + 1 :], "initial"


def _swapped(
    word: str, table: dict[str, str], form: Form, *, both: bool
) -> Iterator[tuple[str, Form]]:
    for index, character in enumerate(word):
        for other in table.get(character, ""):
            spelled = word[:index] + other + word[index + 1 :]
            if not _innocent(spelled, index):
                yield spelled, form
    if both:
        for first in table.get(word[0], ""):
            for second in table.get(word[1], ""):
                if not is_word(first + second):
                    yield first + second, form


def _innocent(spelled: str, index: int) -> bool:
    """Does the exchanged character make a word with a neighbour inside?"""
    return is_word(spelled[max(0, index - 1) : index + 1]) or is_word(spelled[index : index + 2])
