"""`vulgar-orientation`: obscenity, gambling, superstition, abuse and contempt in selling.

广告法 9(7)(8)(9), 直播办法 29. Watched only: content as such is for the internet regulator (直播办法
46, 65), and whether words offend is a judgement that the words alone do not make.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from detectors.alerts import Level
from detectors.match.lexicon import Hit
from detectors.rule import Context, rule
from detectors.rules.advertising.composed import ComposedRule, Ground, Make
from detectors.rules.advertising.orientation_acts import (
    ABUSED,
    DEMEANED,
    DISHONOURED,
    ENTICED,
    PREYED,
    SLURRED,
    UNDRESSED,
)
from detectors.rules.advertising.orientation_ways import (
    BARED,
    BELITTLED,
    CONTEMPT,
    COURTED,
    GAMBLED,
    LUCK,
    STIRRED,
    WORKED,
)
from detectors.rules.claims.reading import Reading

__all__ = ["VulgarOrientation"]

#: What makes luck and fate a superstition in selling: it is said to come of the goods, or woe without them.
_WORKS = re.compile(
    "(?:能|可以|会|保证?|必定?|包|马上|立马|立刻|当天|当月|天[内就]?|个月|自己|自动)(?:会|就|能)?[^,。!?]{0,4}(?:来|到|转|旺|招|改|变|灵|发|升|化|消|挡|避|散|涨|好|上门|挽|回|脱单|怀|生)|"
    "(?:补|缺)[^,。!?]{0,6}(?:运|财|金|木|水|火|土)[^。!?]{0,12}(?:来|旺|补上|好)|(?:增|增强|提升|提高|改善|改变|催|助|旺)[^,。!?]{0,4}(?:运|财|桃花|命|磁场|子孙|后代)|"
    "不(?:戴|请|供|摆|买|灵)[^,。!?]{0,6}(?:就|要|会|得|退|找|不行|个)|(?:家里|今年|你)[^,。!?]{0,4}(?:要|会|得)[^,。!?]{0,4}(?:倒霉|出事|破财|生病|遭|有灾)|"
    '(?:戴|请|供|摆|挂|佩)[^。!?]{0,10}(?:之后|以后|回去|回家|上|了)[^。!?]{0,10}(?:就|立马|马上|财|运|顺|好|退散|旺|发)|(?:前任|对象|他)[^,。!?]{0,4}回来|都来(?=[,。!?]|$)|可[“"]?(?:转运|改命|消灾|招财|辟邪)|大师|高僧|道长|师[父傅](?:说|算|看)'
)
#: Heads that are counted: “拉人头”, “按人头”.
_COUNTED = re.compile("(?:拉|按|算|数|凑|发展|一个?|[两三四五六七八九十百])人头")
#: What an ornament is made of and looks like.
#: Words that are only part of others where they stand: “灰色|情侣”, “更显|灵动”, “出血|洗牙”.
_PART = {
    "色情": re.compile("色情侣"),
    "色诱": re.compile("[黑红紫绿白金]色诱惑"),
    "血洗": re.compile("出血洗"),
    "肥猪": re.compile("育肥猪"),
    "下注": re.compile("下注[册意明释射重水]"),
    "人皮": re.compile("人皮[肤质草衣]"),
    "显灵": re.compile("显灵[动气秀巧活敏]"),
    "咪咪": re.compile("[悄笑色眯]咪咪"),
    "开光": re.compile("[打张拉]开光[驱盘滑线]?"),
    "旺财": re.compile("[叫是]旺财"),
    "蠢货": re.compile("c货"),
}
_WORN = re.compile(
    "饰品|(?:不能|不会|不是|没有)[^,。!?]{0,4}(?:招财|转运|灵|功能|作用|辟邪)|寓意|款式|颜色|印花|图案|造型|材质|克重|足金|圈口|毫米|镀金|实木|925"
)


@rule
class VulgarOrientation(ComposedRule):
    id = "vulgar-orientation"
    makes: ClassVar[Sequence[Make]] = (
        Make("低俗", "，含有淫秽、色情或低俗的内容", ("obscene",), level="watch"),
        Make("低俗", "，以性暗示推销", ("allure",), ("intimate",), after=14, before=16, marks=2,
             level="watch", asks=False),
        Make("低俗", "，以性暗示推销", ("stirring",), where=STIRRED, level="watch", asks=False, whole=True),
        Make("低俗", "，以性暗示、窥私推销", ("bared", "stirring"), where=BARED, level="watch", asks=False, whole=True),
        Make("歧视", "，含有歧视、侮辱的内容", ("contempt", "belittled"), where=BELITTLED, level="watch", asks=False, whole=True),
        Make("迷信", "，宣称商品左右运气、祸福", ("luck", "charm", "worked"), where=WORKED, level="watch", asks=False, whole=True),
        Make("低俗", "，以低俗表演换取打赏", ("courting",), where=COURTED, level="watch", asks=False, whole=True),
        Make("低俗", "，以性暗示推销", ("sign",), where=ENTICED, level="watch", asks=False, ungated=True, whole=True),
        Make("低俗", "，以脱衣、暴露招揽", ("sign",), where=UNDRESSED, level="watch", asks=False, ungated=True, whole=True),
        Make("低俗", "，以伤身、侮辱人格的表演换取打赏", ("sign",), where=ABUSED, level="watch", asks=False, whole=True),
        Make("歧视", "，含有歧视、贬低妇女的内容", ("sign",), where=DEMEANED, level="watch", asks=False, ungated=True, whole=True),
        Make("歧视", "，含有歧视、侮辱的内容", ("sign",), where=SLURRED, level="watch", asks=False, ungated=True, whole=True),
        Make("侵害他人", "，宣扬偷拍、迷醉等侵害他人的用途", ("sign",), where=PREYED, level="watch", asks=False, ungated=True, whole=True),
        Make("损害尊严", "，损害国家、民族尊严", ("sign",), where=DISHONOURED, level="watch", asks=False, whole=True),
        Make("赌博", "，含有赌博的内容", ("gamble",), level="watch", asks=False),
        Make("赌博", "，含有赌博的内容", ("stake",), where=GAMBLED, level="watch", asks=False, whole=True),
        Make("迷信", "，含有封建迷信的内容", ("luck",), where=LUCK, level="watch", asks=False, whole=True),
        Make("迷信", "，含有封建迷信的内容", ("occult",), level="watch"),
        Make("迷信", "，宣称商品左右运气、祸福", ("charm",), level="watch", where=_WORKS, unless=_WORN),
        Make("辱骂", "，辱骂他人，违背社会良好风尚", ("abuse",), level="watch", asks=False),
        Make("歧视", "，含有歧视的内容", ("scorn",), level="watch"),
        Make("歧视", "，含有歧视的内容", ("contempt",), where=CONTEMPT, level="watch", asks=False, whole=True),
        Make("歧视", "，含有歧视的内容", ("people",), ("insult",), after=10, before=4, marks=1,
             level="watch"),
        Make("暴力恐怖", "，含有暴力、恐怖的内容", ("horror",), level="watch", unless=_COUNTED),
    )  # fmt: skip
    grounds: ClassVar[Sequence[Ground]] = (
        Ground(
            "穿着说明",
            re.compile(
                "尺码|罩杯|钢圈|副乳|大一码|(?:防|避免|以免|免得|杜绝|不(?:用|会|怕|必|易|容易|至于)[^,。!?]{0,4}|无[需惧须][^,。!?]{0,3})了?走光"
            ),
            "说的是怎样不走光",
            "不是穿着的说明",
        ),
        Ground(
            "寓意、装饰",
            re.compile(
                "挂着玩|朋友送的|寓意|图个|吉利|彩头|讨个|象征|装饰|摆件好看|文化|传统|不(?:搞|信|讲|宣传)(?:封建)?迷信|就是(?:一)?(?:串|个)(?:珠子|装饰|饰品)|心理安慰"
            ),
            "说的是寓意、装饰",
            "不是寓意、装饰的说明",
        ),
        Ground(
            "文明提示",
            re.compile(
                "不要说脏话|文明发言|禁言|别刷|不能刷|拉黑|禁止赌博|远离赌博|不要赌|别(?:拿去?|去)?赌|十赌九输|(?:赌石|赌钱|赌博)[^,。!?]{0,6}(?:别|不要|不能|不|犯法|违法)|我不(?:跳|接|播|做这)|"
                "(?:算命|看相|算卦|手相|八字|占卜|开光|法力)[^。!?]{0,10}(?:别|不会|不搞|不接|不碰|点掉|不懂|没有|不敢|哪有)|(?:让|叫|找|喊)我(?:给)?[^,。!?]{0,3}(?:算|看相)|没得啥|拒绝|抵制|举报|不许|不可以|不提倡|净化"
            ),
            "提示文明、拒绝违规",
            "不是文明提示",
        ),
        Ground(
            "游戏、影视",
            re.compile(
                "(?<!打)游戏(?![都也]不)|这局|这把|队友|桌游|狼人杀|飞行棋|戏里|戏里头|影视|电影|电视剧|小说|剧情|(?<!神)剧里|歌词|段子"
            ),
            "说的是游戏、影视",
            "不是游戏、影视",
        ),
    )

    def judged(
        self, ctx: Context, reading: Reading, make: Make, hits: Sequence[Hit]
    ) -> Level | None:
        part = _PART.get(hits[0].term)
        if part is not None:
            low = max(0, hits[0].start - 2)
            found = part.search(reading.text, low, hits[0].end + 2)
            if found is not None and found.start() < hits[0].end:
                return None
        return make.level

    def asked_for(self, ctx: Context, reading: Reading, make: Make) -> list[str]:
        return ["画面与语境；内容问题移送网信部门（直播办法 46、65）"]
