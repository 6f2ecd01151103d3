"""Texts in disguise, read as they are meant; and ordinary ones, left as they are."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from detectors.lab.evaluation import LabelledText, raised_by, read_texts, text_events
from detectors.lab.evasion import OPERATORS
from detectors.match.decipher import MOST_SUSPECT, load_decipherer
from detectors.match.fold import Folded, fold
from detectors.match.image import Image
from detectors.match.language import Language, language, load_language, shown
from detectors.match.suspicion import SUSPECT_BESIDE, Suspicion
from tests.detectors.build import rulebook

ORDINARY = Path(__file__).parents[2] / "data/labelled/ordinary.jsonl"


def read(text: str) -> Folded | None:
    return load_decipherer().read(fold(text), rulebook().lexicon.disguised)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("这个茶喝一个月gaoxueya就能降下来", "这个茶喝一个月高血压就能降下来"),
        ("这个茶喝一个月高靴鸭就能降下来", "这个茶喝一个月高血压就能降下来"),
        ("这个茶喝一个月 g a o x u e y a 就能降下来", "这个茶喝一个月高血压就能降下来"),
        ("这款糕点能提高免疒殳力", "这款糕点能提高免疫力"),
        ("收到货给个女子讠平，找客服领红包", "收到货给个好评,找客服领红包"),
        ("全网最😂低🔥价，错过再等一年", "全网最低价,错过再等一年"),
        ("z病不用吃药", "治病不用吃药"),
        ("车子里放一个，youhao立马降百分之三十", "车子里放一个,油耗立马降百分之三十"),
        ("zhegeshoutaoyongyigeyuejiunengbaguanjieyanzhihao", "这个手套用一个月就能把关节炎治好"),
        (
            "这个手套 y o n g y i g e y u e j i u n e n g b a g u a n j i e y a n 就好",
            "这个手套用一个月就能把关节炎就好",
        ),
        ("盒子上茚着國傢抟悡，号码是编哋", "盒子上印着国家专利,号码是编的"),
        ("骨头疼的瘴辈贴上就不疼", "骨头疼的长辈贴上就不疼"),
        # Frequent characters (果, 加, 地, 企, 局, 份) beside rare ones stand for others, too.
        ("这个茶里有果加坯谆地成分，老人都能喝", "这个茶里有国家批准的成分,老人都能喝"),
        ("我跟你们讲，企局就戊宸最怟份，别处没有", "我跟你们讲,全网就我家最低价,别处没有"),
    ],
)  # fmt: skip
def test_what_is_written_is_read_as_it_is_meant(written: str, meant: str) -> None:
    found = read(written)
    assert found is not None
    assert found.text == meant
    assert found.original == written


@pytest.mark.parametrize("others", range(0, 61, 4))
def test_where_nearly_all_is_strange_there_is_nothing_to_read_it_by(others: int) -> None:
    choose = random.Random(1)
    strange = "".join(chr(choose.randrange(0x4E00, 0x9FA5)) for _ in range(others))
    text = f"这个茶喝一个月高靴鸭就能降下来，{strange}"
    suspicion = Suspicion(load_language())
    suspect = sum(
        end - start
        for start, end, worth in suspicion.runs(fold(text).text)
        if worth > SUSPECT_BESIDE
    )
    found = read(text)

    assert (found is not None) == (suspect <= MOST_SUSPECT)
    assert found is None or found.text.startswith("这个茶喝一个月高血压就能降下来")


@pytest.mark.parametrize(
    "text",
    [
        "这件T恤M码的，一百二十斤穿着正好",
        "客服小姐姐在忙，排一下队",
        "防晒这支标的是SPF30，户外记得补涂",
        "绿松石颜色不匀，每颗都带点铁线",
        "一百三十斤穿L，胯宽的往大拿一码",
    ],
)
def test_what_is_ordinary_is_left_alone(text: str) -> None:
    assert read(text) is None


@pytest.mark.slow
def test_few_ordinary_lines_are_looked_at_closely() -> None:
    """The rest pay for two quick looks and no more."""
    suspicion = Suspicion(load_language())
    texts = [fold(row.text).text for row in read_texts(ORDINARY.read_bytes())]
    close = [text for text in texts if suspicion.is_odd(text) or suspicion.is_strained(text)]
    assert len(close) < 0.15 * len(texts)
    changed = [text for text in texts if (found := read(text)) is not None and found.text != text]
    assert len(changed) < 0.01 * len(texts), changed


def test_what_is_meant_leads_back_to_what_was_written() -> None:
    text = "这个茶喝一个月gao血ya就能降下来"
    found = read(text)
    assert found is not None
    place = found.text.index("高血压")
    assert text[slice(*found.to_original(place, place + 3))] == "gao血ya"


def alerts(text: str, rule: str, category: str | None = None) -> list[tuple[str, list[str]]]:
    events = text_events(LabelledText(text, True, category=category))
    return [
        (alert.level, [span.text for span in alert.evidence.spans])
        for alert in raised_by(rulebook(), events)
        if alert.rule == rule
    ]


def test_expressions_see_what_is_meant_and_the_alert_quotes_what_was_written() -> None:
    assert alerts("choudao的人我给他办一场八万块的婚礼", "prize-over-cap") == [
        ("lead", ["choudao", "八万块"])
    ]


def test_what_is_only_guessed_is_watched() -> None:
    plain = alerts("抽到的人我给他办一场八万块的婚礼", "prize-over-cap")
    hidden = alerts("仇盗德仁我给他办一场八万块的婚礼", "prize-over-cap")
    assert [level for level, _ in plain] == ["lead"]
    assert [level for level, _ in hidden] == ["watch"]


@pytest.mark.parametrize(
    ("text", "rule", "category"),
    [
        (
            "语文不及格的娃跟完我们这二十讲期末至少多拿三十分考不到算我的",
            "edu-promise",
            "education",
        ),
        (
            "吊牌标的是百分之九十五白鹅绒其实里头灌的是鸭毛丝你们照穿不误",
            "pass-off-quality",
            "clothing",
        ),
        (
            "收到了晒个图夸我们两句截图发给客服下回那双袜子就不收你的钱",
            "paid-positive-review",
            None,
        ),
    ],
)
def test_a_line_in_parts_is_like_what_it_means(text: str, rule: str, category: str | None) -> None:
    hidden = OPERATORS["split"](text, [(0, len(text))])
    suspect = sum(end - start for start, end, _ in Suspicion(load_language()).runs(hidden))

    assert suspect > MOST_SUSPECT  # Nearly all is strange, because it stands in parts.
    assert alerts(text, rule, category)
    assert [level for level, _ in alerts(hidden, rule, category)] == ["watch"]


@pytest.mark.parametrize(
    "text",
    [
        "睡衣做工zhashi，白色denai看",
        "面粉十斤一袋，gaojinde，做面包用",
        "我家那个不爱吃胡萝卜，一吃就tuchulai，哈哈",
        "新疆西藏要加Y费哈，偏远地区先问客服",
        "信号卡了一下，甘彩讲到哪了，讲到洗涤",
        "然后切丝煮，煮到透明，关火，凉了以后倒蜂密进去",
    ],
)
def test_disguised_words_of_innocence_raise_nothing(text: str) -> None:
    assert [
        alert.rule for alert in raised_by(rulebook(), text_events(LabelledText(text, False)))
    ] == []


def test_a_text_is_seen_as_the_model_knows_it() -> None:
    assert shown("这款spf50的，m码") == "这款L#的|m码"


def test_costs_are_of_the_longest_run_that_is_known() -> None:
    lines = ["{}\n", "\t90\t20:甲 30:乙丙\n", "甲\t7\t5:乙\n", "甲乙\t4\t3:丙\n"]
    model = Language(Image(language(lines)))
    assert model.cost("甲乙", "丙") == 3
    assert model.cost("丙甲", "乙") == 5
    assert model.cost("丙甲", "丙") == 7 + 30
    assert model.cost("甲乙", "甲") == 4 + 20
    assert model.cost("丙丙", "丁") == 90
    assert model.follows("甲", "乙")
    assert not model.follows("乙", "甲")


#: What each character may stand for, as a process with its own order of sets has it.
CANDIDATES = """
import hashlib
from detectors.match.language import load_language
from detectors.match.standins import Standins

others = Standins(load_language()).others
print(hashlib.sha256(repr([others(chr(c)) for c in range(0x4E00, 0x9FA6, 4)]).encode()).hexdigest())
"""


@pytest.mark.slow
def test_what_a_character_stands_for_is_the_same_in_every_process() -> None:
    found = {
        subprocess.run(
            [sys.executable, "-c", CANDIDATES],
            capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1")
    }  # fmt: skip
    assert len(found) == 1


def test_only_what_stands_near_is_read_as_it_is_meant() -> None:
    first = "这个茶喝一个月高靴鸭就能降下来"
    between = "昨天晚上下雨我把车停在楼下早上起来玻璃上都是水擦了半天才擦干净开到店里已经九点了"
    text = f"{first}{between}今天发货"
    decipherer, disguised = load_decipherer(), rulebook().lexicon.disguised

    whole = decipherer.read(fold(text), disguised)
    near = decipherer.read(fold(text), disguised, (0, len(first)))
    assert whole is not None
    assert near is not None
    assert whole.text == near.text == text.replace("高靴鸭", "高血压")
    assert whole.original == text
    for at in (0, len(text) - 1):
        assert whole.to_original(at, at + 1) == (at, at + 1)
    assert decipherer.read(fold(text), disguised, (len(text) - 10, len(text))) is None


def test_two_places_in_a_long_text_are_read_each_by_itself() -> None:
    first, second = "这个茶喝一个月高靴鸭就能降下来", "骨头疼的瘴辈贴上就不疼"
    between = "昨天晚上下雨我把车停在楼下早上起来玻璃上都是水擦了半天才擦干净开到店里已经九点了"
    found = read(f"{first}{between * 4}{second}")

    assert found is not None
    assert found.text.startswith("这个茶喝一个月高血压就能降下来昨天")
    assert found.text.endswith("九点了骨头疼的长辈贴上就不疼")
