"""`investment-promise`: returns, safety of the principal, rising prices, promised to buyers.

广告法 25: gold bars, collectibles, stocks, franchises and whatever else is bought for a return.
A kettle that “pays for itself” is no investment: what is spoken of must be one, by the class of
the card or by the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from detectors.alerts import Level
from detectors.events import Category
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.rule import Context, rule
from detectors.rules.advertising.composed import ComposedRule, Ground, Make, is_about
from detectors.rules.advertising.investment_ways import (
    EARNED,
    FORETOLD,
    HOPED,
    PAID_BACK,
    RISEN,
    SECURED,
    UNLOSABLE,
    VENTURE,
)
from detectors.rules.claims.reading import Reading

__all__ = ["InvestmentPromise"]

_CLASSES: frozenset[Category] = frozenset({"finance", "collectible"})
_ASSETS = re.compile(
    "基金|理财|股票|炒股|选股|牛股|股权|原始股|期货|外汇|信托|数字货币|虚拟币|币圈|这个币|代币|区块链|项目|加盟|(?:做|当|招|拿)代理|代理(?:我们|商|权|费|名额)|[县市省区]级?代理|印钞机|售货柜|无人售货|投资|本金|"
    "入股|股东|合伙|开(?:一家|个|了)?[^,。!?]{0,6}店(?!铺|里|播|门)|一家店|商铺|公寓|养殖|种植|包回收|保底回收|售货机|充电桩|藏品|收藏|邮票|纪念币|纪念钞|生肖币|连体钞|错版|钱币|银元|"
    "字画|古董|古玩|文玩|沉香|翡翠|和田玉|籽料|玉石|蜜蜡|金条|黄金|银条|白银|投资金|老酒|年份酒|囤酒|普洱|古树茶|茶饼|副业|创业|[县市省区总]代(?:理)?[^,。!?]{0,6}(?:分红|赚|收)|拍卖行|攒家底|跟着?(?:我|老师)(?:买|干|做|投|炒)|"
    "存银行|比银行|年化|月息|收益率|回报率|分红|回本周期|纯利|机器钱|点位|投进来|投[一二两三五十百]{1,12}万|玉玺|拍卖行|上拍|生肖酒|囤着|存酒|老茶|陈茶|龙钞|封坛|娃娃机|洗车机|螺蛳粉店|跟单|群友|收购|种一亩|养[一二两三五十百千\\d]{1,12}[头只条箱窝]|保底年"
)
#: Turned over, and not doubled.
_LEAFED = re.compile("[模给看页开译炒面]")
#: Said of nothing but investments.
_PLAIN = frozenset(
    {"保本保息", "包赚不赔", "稳赚不赔", "只赚不赔", "稳赚不亏", "年化收益", "保底收益",
     "保证性承诺", "作出保证性承诺", "必升值", "保证升值", "包回本", "躺赚", "保证收益", "固定收益", "睡后收入", "财富自由"}
)  # fmt: skip
#: Bought for a return only when its price is what is spoken of.
_ORNAMENT = re.compile("金条|投资金|黄金|白银|银条|翡翠|和田玉|籽料|玉|钻石|珠宝|金价")
_PERCENT = re.compile(
    r"\d{1,12}(?:\.\d{1,12})?(?:%|个点|分利)|百分之[一二三四五六七八九十\d]|[一二两三四五]分|[一二两三四五六七八九]个点|十几个点"
)
_MONEY = re.compile(
    r"(?:\d[\d,.]{0,12}|[一二两三四五六七八九十几百千万]{1,12})(?:多)?(?:块|元|万|千|百|k|w|倍)|买[车房]|一套房|数不完"
)
#: At cost price; keeps itself.
_OTHER_WORD = re.compile("[价身店周月人品次地]")
#: Sums, times and certainty that make a promise of a return that is spoken of.
_ASSURED = re.compile(
    r"保|稳|肯定|一定|必|至少|绝对|安全|平均|轻松|躺|准|放心|就等|闭眼|翻|倍|番|%|百分之|[一二两三四五六七八九]成|回购|兜底|收回|收购|"
    r"(?:[\d一二两三四五六七八九十几半]{1,12})(?:多)?(?:个月|年|天|周|万|千|百|块|元|k|w)"
)
#: A price, or luck, that is foretold.
_PRICED = re.compile(
    r"(?:价|值|卖|涨|拍|炒)[^,。!?]{0,8}(?:[\d一二两三四五六七八九十几百千万]{1,12})(?:百|千|万|块|元|倍|起|以上)|加(?:价)?(?:百分之|[一二三四五六七八九十\d])[^,。!?]{0,8}(?:回收|收回|回购)|翻着跟头|捡钱|供不应求|一路(?:涨|走高)|水涨船高|有价无市|一票难求|一币难求"
)
#: Of a price that has risen so far nothing is promised.
_CERTAIN = re.compile(
    "保(?!养|真|暖|管|存|质|修|护|险)|稳|肯定|一定|必|至少|绝对|翻|倍|番|加价|收回|回购|准涨|放着|捡漏|不满意[^,。]{0,8}收"
)
_BROAD: frozenset[Category | None] = frozenset(
    {"finance", "collectible", "service", "jewellery", "alcohol", "education", "other", None}
)
#: A notice tells what an advertisement says.
_ALLEGED = re.compile("当事人|广告(?:中|里|含|称|宣称)|宣称|宣传|含有|承诺|明示|暗示")
#: Bought by many to keep until it is worth more.
_BOUGHT: frozenset[Category | None] = frozenset({"jewellery", "alcohol"})
_WORN: frozenset[Category | None] = frozenset(
    {"clothing", "cosmetics", "special_cosmetics", "home"}
)
_HOUSEHOLD: frozenset[Category | None] = frozenset({"home", "electronics", "clothing"})
_STRONG_ASSETS = re.compile(
    r"基金|理财|股票|炒股|股权|原始股|期货|外汇|币圈|数字货币|加盟|投资|入股|收藏|藏品|邮票|纪念币|纪念钞|龙钞|钱币|金条|翡翠|和田|老酒|封坛|普洱|售货机|娃娃机|洗车机|充电桩|跟单|群友|本金|放[一二三五十百\d]{1,12}万|"
    r"投[一二三五十百\d]{1,12}万|收购|养殖|种植|种一亩|养[一二两三五十百千\\d]{1,12}[头只条箱窝]|开(?:一家|个|了)[^,。!?]{0,6}店|开店|项目|副业|年收益|年化|保底"
)
_IDLE = re.compile("拍到就是|今天(?:这个)?价|福利|赔本|亏本|运费|试穿|试用|退换|薄利")


@rule
class InvestmentPromise(ComposedRule):
    id = "investment-promise"
    makes: ClassVar[Sequence[Make]] = (
        Make("收益保证", "，属对未来收益的保证性承诺", ("sure",), ungated=True),
        Make("无风险", "，明示或暗示保本、无风险", ("safe",), ungated=True),
        Make("涨价", "，对未来的价格、升值作出承诺", ("rise",)),
        Make("升值", "，暗示升值、保值", ("worth",), level="watch"),
        Make("回本", "，对收回投资的时间作出承诺", ("payback",)),
        Make("收益率", "，以收益比率作保证性宣传", ("rate",), where=_PERCENT),
        Make("收入", "，对收入作出承诺", ("income",), where=_MONEY),
        Make("收益率", "，以收益比率作保证性宣传", ("percent",), where=_ASSURED, unless=_IDLE),
        Make("涨价", "，对未来的价格、升值作出承诺", ("forecast",), where=_PRICED, unless=_IDLE),
        Make("收益承诺", "，对未来收益作出承诺", ("yield",), where=_ASSURED, unless=_IDLE),
        Make("无风险", "，明示或暗示保本、无风险", ("return",), where=SECURED, ungated=True, whole=True),
        Make("涨价", "，对未来的价格、升值作出承诺", ("return",), where=RISEN, unless=_IDLE, ungated=True, whole=True),
        Make("收益率", "，对未来收益作出保证性承诺", ("return",), where=PAID_BACK, unless=_IDLE, whole=True),
        Make("涨价", "，对未来的价格、升值作出承诺", ("return",), where=FORETOLD, unless=_IDLE, ungated=True, whole=True),
        Make("无风险", "，明示或暗示保本、无风险", ("return",), where=UNLOSABLE, ungated=True, whole=True),
        Make("收益承诺", "，对未来收益作出承诺", ("return",), where=HOPED, level="watch", unless=_IDLE, whole=True),
        Make("收入", "，对收入作出承诺", ("return",), where=EARNED, unless=_IDLE, whole=True),
        Make(
            "荐证", "，利用专家、受益者的名义推荐", ("vouch",), ("gain",),
            after=14, before=6, marks=2,
        ),
    )  # fmt: skip
    grounds: ClassVar[Sequence[Ground]] = (
        Ground(
            "风险提示",
            re.compile(
                "(?<!没)(?<!没什么)(?<!没任何)有(?:一定的?)?风险|(?:不|并不|不能)代表(?:未来|将来|以后|今后|明年|你)|可能(?:会)?(?:亏|跌|降|赔)|有涨有跌|有赚有赔|有亏有赚|涨跌|谨慎|"
                "自负盈亏|有亏损|风险(?:自担|自负|等级)|(?<!未作)(?<!没有)(?<!未)(?<!不作)(?<!无)风险提示|理性(?:投资|收藏|购买)|非保本|净值型|看(?:选址|经营|市场|行情|你?自己|个人|位置|运气)"
            ),
            "有风险提示",
            "没有风险及其承担的提示",
            "text",
        ),
        Ground(
            "假设、举例",
            re.compile("假设|打个比方|只是(?:举例|测算|假设)|(?:如果|假如|要是)(?:每年|一年|按)"),
            "说的是假设",
            "不是假设",
        ),
        Ground(
            "不作承诺",
            re.compile(
                "(?:也|都|可|真)不知道(?=$|[,。!? ])|谁知道|我说了不算|不(?:跟|和)你(?:讲|谈|说|聊)|(?:没有|没)关系|给不了[^,。!?]{0,3}准话|(?:增值|升值|发财)别来|我们不谈|有赔有赚|(?<!没)有亏的|(?:亏|跌)的(?:人|也有|也)|您自己算|举例|什么叫(?:不)?保本|不一定|未必|没(?:有|法)?保证|不(?:承诺|保证|敢说|指望|好说|建议)|说不准|不确定|谁也不知道|我不知道|别(?:囤|指望|信)|不(?:能|可能|要)(?:指望|当投资)|没有(?:稳赚|保本|包赚)|"
                "不要(?:指望|信|炒)"
            ),
            "表示不作承诺",
            "没有表示不作承诺",
        ),
        Ground(
            "警示他人骗局",
            re.compile(
                "骗子|骗局|诈骗|传销|当心|小心(?!思)|警惕|赶紧跑|套路你|跑路|暴雷|爆雷|(?:都|千万|最好)?别(?:碰|去碰|沾|去投)|骗人的|上当|劝(?:回去|住)|被骗|(?:告诉|转告)(?:爸妈|老人|父母)|民警|想想他图|您问他|先问他|不得(?:对|含|作)"
            ),
            "提醒防骗",
            "不是提醒防骗",
        ),
        Ground(
            "国家另有规定",
            re.compile("国债|存款利率|存款保险|定期存款|以银行公告|贷款|分期"),
            "说的是存款、国债或借款的利率",
            "不是存款、国债",
        ),
    )

    def judged(
        self, ctx: Context, reading: Reading, make: Make, hits: Sequence[Hit]
    ) -> Level | None:
        room, sku = ctx.room, reading.utterance.sku
        if hits[0].term == "保本" and _OTHER_WORD.match(reading.text, hits[0].end):
            ctx.decline("everyday")
            return None
        if reading.text[max(0, hits[0].start - 1) : hits[0].start] in ("不", "非", "未"):
            # What does not keep its worth is a warning, though “不亏” is a promise by itself.
            ctx.decline("negated")
            return None
        if hits[0].term == "翻" and _LEAFED.match(reading.text, hits[0].end):
            return None
        if make.first in (("percent",), ("forecast",)) and room.category(sku) not in _CLASSES:
            return None
        if make.first == ("percent",) and room.category(sku) != "finance":
            return None
        if make.first == ("yield",):
            return self._broad(ctx, reading, hits[0])
        if make.whole:
            return self._worded(ctx, reading, make)
        if is_about(room, reading, _CLASSES, _ASSETS):
            if _IDLE.search(reading.sentence(hits[0].start)) and room.category(sku) not in _CLASSES:
                ctx.decline("no-investment")
                return None
            return make.level
        if room.category(sku) == "jewellery" and (
            make.first in (("sure",), ("rise",)) or _ORNAMENT.search(reading.text)
        ):
            if _IDLE.search(reading.sentence(hits[0].start)):
                return None
            return "watch" if make.first == ("worth",) else make.level
        if (
            hits[0].term in _PLAIN
            and room.category(sku) not in _HOUSEHOLD
            and not _IDLE.search(reading.sentence(hits[0].start))
        ):
            return "watch"
        ctx.decline("no-investment")
        return None

    def _worded(self, ctx: Context, reading: Reading, make: Make) -> Level | None:
        """A whole promise of a return: of an investment, or of what may be one."""
        category = ctx.room.category(reading.utterance.sku)
        if make.where is HOPED and category not in _BROAD and not VENTURE.search(reading.text):
            ctx.decline("no-investment")
            return None
        if category in _HOUSEHOLD and make.where is PAID_BACK and not VENTURE.search(reading.text):
            # What a machine saves, in jest.
            ctx.decline("no-investment")
            return None
        if category in _CLASSES or is_about(ctx.room, reading, _CLASSES, _ASSETS):
            return make.level
        if category in _BROAD and (VENTURE.search(reading.text) or category in _BOUGHT):
            return "watch"
        if category == "service" and make.where in (EARNED, PAID_BACK, UNLOSABLE):
            return "watch"
        if category is None and _ALLEGED.search(reading.text):
            return "watch"
        if VENTURE.search(reading.text) and category not in _WORN:
            return "watch"
        ctx.decline("no-investment")
        return None

    def _broad(self, ctx: Context, reading: Reading, hit: Hit) -> Level | None:
        """A return that is spoken of in figures, of what is bought for its return."""
        category = ctx.room.category(reading.utterance.sku)
        sentence = reading.sentence(hit.start)
        if category in _CLASSES:
            if category == "collectible" and not _CERTAIN.search(sentence):
                return None
            return "watch"
        if category not in _BROAD or not _STRONG_ASSETS.search(reading.text):
            ctx.decline("no-investment")
            return None
        if category in ("jewellery", "alcohol", "education") and not _CERTAIN.search(sentence):
            return None
        return "watch"

    def asked_for(self, ctx: Context, reading: Reading, make: Make) -> list[str]:
        return ["风险提示是否在别处（页面、口播）作出", "所售是否为有投资回报预期的商品或服务"]
