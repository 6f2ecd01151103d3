"""What a host refuses, tells of others or explains is no claim of his own: in talk without marks, and in a line."""

from __future__ import annotations

import pytest

from detectors.lab.evaluation import LabelledText, raised_by, text_events
from detectors.lab.rerun import Rerun
from detectors.pack.override import Override
from detectors.pack.rulebook import Rulebook
from tests.detectors.build import rulebook

#: By rule, what is told and what is claimed in nearly the same words.
TOLD = [
    (
        "medical-claim",
        "厂里业务员跟我说你就讲喝了降三高销量能翻倍我说那不成老人家信了把药停了出了事谁担着茶就是茶解渴暖胃的"
        "新茶一百二一罐",
        "厂里老师傅跟我说这个茶喝上一个月高血压自己就降下来了药都能停我老丈人就是这么好的信我的没错新茶一百二"
        "一罐",
    ),
    (
        "absolute-term",
        "上礼拜对门档口卖凉席的在纸板上写全国第一凉席让人拍照举报了罚了一万多你说亏不亏所以我家牌子上就写三个字"
        "藤凉席一米八的八十九块",
        "上礼拜对门档口卖凉席的来看我的货看完脸都绿了为啥呢因为我这个就是全国第一凉席谁家也编不出这么密的藤"
        "一米八的八十九块",
    ),
    (
        "paid-positive-review",
        "早上又有人打电话来问刷不刷单说五星好评两块钱一条包好我直接挂了拿钱买好评那是要罚的我这小店可担不起"
        "好咱看下一款",
        "昨儿有客人问怎么返钱我再说一遍收到货写五星好评带三张图截图发客服一条返五块钱写得好的返十块三号的牛肉酱"
        "都参加",
    ),
    (
        "pass-off-quality",
        "前两年隔壁村有个榨油的往花生油里兑棕榈油当纯花生油卖后来被查了罚得倾家荡产我家榨油你随时来看着榨一桶五升"
        "一百零八",
        "跟你们交个底我这个花生油里头兑了一半棕榈油当纯花生油卖一桶便宜二十你们炒菜吃不出来放心拍一桶五升八十八",
    ),
]

#: The same of lines alone.
TOLD_IN_LINE = [
    (
        "food-date",
        "改日期那种事打死不干，罚起来倾家荡产",
        "这批饼干过期两个月了，日期我改过了照样吃",
    ),
    (
        "absolute-term",
        "主播培训头一课就讲，顶级、极致这些词一个都不许往货上安",
        "这款吹风机就是顶级的，极致体验，没有之一",
    ),
    (
        "prohibited-goods",
        "虎骨九三年就禁了，坛子里泡的是枸杞",
        "坛子里泡的是虎骨，托人弄来的，喝了腿有劲",
    ),
]


def rules_of(text: str) -> set[str]:
    row = LabelledText(text=text, label=True, category="food")
    return {one.rule for one in raised_by(rulebook(), text_events(row)) if one.level != "info"}


@pytest.mark.parametrize(("rule", "told", "claimed"), TOLD, ids=[one[0] for one in TOLD])
def test_what_is_told_in_a_talk_without_marks_is_no_claim(rule: str, told: str, claimed: str):
    assert rule not in rules_of(told)
    assert rule in rules_of(claimed)


def test_the_silence_has_a_name():
    row = LabelledText(text=TOLD[0][1], label=False, category="food")
    rerun = Rerun(rulebook())
    rerun.feed(text_events(row))
    rerun.finish()
    assert rerun.engine.stats.declined["medical-claim", "told"]


@pytest.mark.parametrize(("rule", "told", "claimed"), TOLD_IN_LINE)
def test_what_is_told_in_a_line_is_no_claim(rule: str, told: str, claimed: str):
    assert rule not in rules_of(told)
    assert rule in rules_of(claimed)


def test_what_is_said_before_and_after_a_line_takes_no_claim_from_it():
    around = "改日期那种事打死不干，罚起来倾家荡产。"
    claimed = "这批饼干过期两个月了，日期我改过了照样吃。"
    assert "food-date" in rules_of(f"{around}{claimed}{around}")


def test_a_claim_amid_ordinary_talk_with_commas_is_made():
    ordinary = "家人们今天天气不错，我们先聊聊做饭的事情，锅要先烧热"
    claimed = "这个茶喝一个月高血压就能降下来"
    assert "medical-claim" in rules_of(f"{ordinary}，{claimed}，{ordinary}")


@pytest.mark.parametrize(
    ("rule", "told", "claimed"),
    [
        (
            "medical-claim",
            "隔壁镇有家卖葛根粉的，纸上写着降糖护肝通血管，没挂几天就叫所里揭了，罚款单子贴在门口，"
            "打那以后街坊都晓得了，吃的东西讲不得治病，我家这个粉就是冲着喝的，一袋五百克二十八，开水冲要搅快点不然结坨",
            "隔壁镇有家卖葛根粉的，天天来跟我拿货，他老丈人血糖高了十来年，喝我这个粉喝了俩月，降糖药都停了，"
            "我家这个粉就是这么灵，一袋五百克二十八，开水冲要搅快点不然结坨",
        ),
        (
            "origin-false",
            "上礼拜所里来讲课，说有人收外地的枣子装进若羌的箱子，一箱贵卖三十，叫人扫码查出来了，货全扣了，"
            "所以我家箱子上就印本地两个字，哪块地摘的写哪块，枣子一斤十二，个头有大有小，蒸熟了给老人吃，核别咽下去",
            "上礼拜所里来讲课，我跟着去听了一耳朵，回来接着干活，枣子是从外地收的，我们装进若羌的箱子当若羌枣卖，"
            "你们吃不出来的，都一样甜，枣子一斤十二，个头有大有小，蒸熟了给老人吃，核别咽下去",
        ),
    ],
    ids=["medical", "origin"],
)
def test_marks_do_not_make_a_claim_of_what_is_told_in_talk(rule: str, told: str, claimed: str):
    assert rule not in rules_of(told)
    assert rule in rules_of(claimed)


@pytest.mark.parametrize("times", [2, 5, 12])
def test_who_says_the_same_again_takes_nothing_back(times: int):
    assert "medical-claim" in rules_of("这款茶包治百病糖尿病高血压喝了都好" * times)


def test_how_plainly_a_line_must_claim_is_a_threshold_of_the_rule():
    told = "前面那个直播间抽十万现金被市场监管局查了，大家不要学"
    spec = rulebook()["prize-over-cap"].spec
    change = Override(id=spec.id, reason="test", thresholds={"made_in_line": 0})
    unasked = Rulebook([type(rulebook()[spec.id])(change.apply(spec))], rulebook().law)
    events = text_events(LabelledText(text=told, label=False, category="food"))
    assert {one.rule for one in raised_by(unasked, events)} == {spec.id}
    assert not {one.rule for one in raised_by(rulebook().only(spec.id), events)}
