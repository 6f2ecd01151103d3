"""The spellings under which a word hides: what the lexicon looks for beside the word itself.

Only for words that a rule marks as worth hiding. Sounds are not spelled out here, they have an
index of their own (`detectors.text.sounds`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Literal

from detectors.text.fold import fold
from detectors.text.sounds import syllables
from detectors.text.tables import EMOJI, LOOKALIKES, SPLITS, SYLLABLES, WORDS

__all__ = ["PICTURED", "PICTURES", "SPLIT", "Form", "disguises", "is_word"]

Form = Literal["plain", "shape", "split", "picture", "initial", "sound", "echo", "pinyin"]


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[index : index + 2] for index in range(0, len(text), 2))


_WORDS = _pairs(WORDS)
#: Words of the trade that a general list of words lacks.
_TRADE = _pairs(
    "卫衣打底直筒阔腿小众种草拔草拍下上架下架控油控价补货现货拼团秒杀福袋弹幕公屏榜一榜二宝宝宝妈宝子老铁美妆彩妆眉笔唇釉粉底气垫"
    "遮瑕散粉腮红眼影甲油发膜发蜡护发洗护水乳乳液面霜眼霜面膜慕斯喷雾滴管泵头羽绒羊绒羊毛牛仔雪纺蕾丝亚麻莱卡涤纶棉麻皮草皮带腰封"
    "吊带背心短裤长裤裙摆衣领衣袖袖口裤脚裤腿嘎嘎嘎香巴适给力绝绝上头上脸上身上新返场闭眼无脑入手回购复购囤货包邮顺丰中通圆通韵达"
    "姜糖红糖冰糖白糖蔗糖黑糖糖浆果糖麦芽醪糟姜茶红枣枸杞银耳莲子百合芝麻核桃燕麦藜麦荞麦山药芡实茯苓薏米陈皮罗汉胖大葛根"
    "收腰收腹提臀高腰腰身水温温水包白提升上升升级气质起球不起消失小时几时感得敏感湿真方便冰箱防冰"
    "百搭书包保质质期刚验验货验完有糖含糖无糖加糖糖有包装"
)
_LOOKALIKES = {entry[0]: entry[1:] for entry in LOOKALIKES.split(" ") if entry}
#: Parts are folded as texts are, or the rare ones (圡) would never be met.
_SPLITS = {
    entry[0]: list(dict.fromkeys([fold(parts).text for parts in entry[1:].split("/")]))
    for entry in SPLITS.split(" ")
    if entry
}
_PICTURES = {entry[0]: entry[1:] for entry in EMOJI.split(" ") if entry}
#: All characters that are written in place of a character, and are no punctuation.
PICTURES = frozenset("".join(_PICTURES.values()))
#: What a character is split into, and what a picture is written for.
SPLIT = {
    parts: character for character, ways in _SPLITS.items() for parts in ways if len(parts) > 1
}
PICTURED: dict[str, str] = {}
for _character, _shown in _PICTURES.items():
    for _picture in _shown:
        PICTURED[_picture] = PICTURED.get(_picture, "") + _character
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
