"""`cited-data`: figures, studies and ranks that are quoted without saying whose they are.

广告法 11(2) and the guideline on quotations (引证指南): who found it, of what, and when. What is
printed on every label, discounts and compositions, quotes nobody. A rank within a market that was
cut out for it is no rank; and a bare “第一” belongs to `absolute-term`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from detectors.alerts import Exemption, Level
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.rule import Context, rule
from detectors.rules.advertising.cited_ways import (
    COUNTED,
    EFFECT,
    FOUND,
    HARVEST,
    PLACED,
    POLLED,
    SHARED,
    USERS,
)
from detectors.rules.advertising.composed import ComposedRule, Ground, Make
from detectors.rules.claims.claim import Claim, ClaimMemory
from detectors.rules.claims.reading import Reading

__all__ = ["CitedData"]

#: Characters between what is measured and its figure.
REACH = 16
_SHARE = re.compile(
    r"\d{1,12}(?:\.\d{1,12})?\s?%|百分之[零一二三四五六七八九十百点\d]{1,12}|百分百|[二三四五六七八九\d](?:点\d)?成(?:五|半|以上|多)?(?=的|以|都|愿|妈|宝|用|人|顾|客|女|家|医|消|患|,|。|$)|(?:率|度|达到?)[^,。!?]{0,4}[六七八九]成|"
    r"[九久]十[一二三四五六七八九久](?:点[零一二三四五六七八九久]{1,12})(?!分|元|块)|(?:率|度)[^,。!?\d]{0,4}(?:[九久]十[一二三四五六七八九久]?|9\d(?:\.\d{1,12})?)(?!元|块|天)|"
    r"(?:每(?:[三五十两]|\d{1,12})|十)(?:个|家|位|瓶|户|袋|包|盒|台|人|件|部|碗|杯)[^,。]{0,8}有[一二三四五六七八九](?:个|家|位|瓶|户|袋|包|盒|台|人|件|部|碗|杯)?|[两三四五六七八九十](?:个|位)[^,。!?]{0,8}(?:里|中)[^,。!?]{0,3}有[一二三四五六七八九]|九十九分"
)
_TIMES = re.compile(
    r"\d{1,12}(?:\.\d{1,12})?\s?倍|[一二两三四五六七八九十几百]{1,12}(?:多)?倍|翻(?:了)?(?:一)?[倍番]"
)
_FIGURE = re.compile(
    f"{_SHARE.pattern}|{_TIMES.pattern}|\\d{{2,12}}|[一二两三四五六七八九十]{{1,12}}(?:小时|年|岁|天|度)"
)
_MANY = re.compile(
    r"(?:\d[\d,.]{0,12}|[一二两三四五六七八九十百千几数上]{1,12})(?:多|余)?(?:万|亿|千万|百万|w)|[一二两三四五六七八九十百千\d]{1,12}(?:个)?(?:省|国家|城市)"
)
_INSTITUTION = re.compile(
    "尼尔森|欧睿|沙利文|弗若斯特|艾瑞|艾媒|凯度|中怡康|奥维云网|捷孚凯|gfk|idc|京东消费|魔镜|蝉妈妈|飞瓜|sgs|intertek|天祥|华测|谱尼|莱茵|bv|必维|cma|cnas|国家统计局|工信部|市场监管总局|"
    "(?:[\u4e00-\u9fff]{2,10})(?:研究院|研究所|检测中心|质检院|检测院|检验院|检测公司|检测机构|协会|学会|统计局|监测中心|大学|医院)(?!说|老师|教授|推荐)|检测报告(?:是|由|编号|号)|报告(?:编号|号码|号)|平台(?:后台)?榜单|(?:天猫|京东|抖音|淘宝)(?:榜单|\\d{4}|官方|20)"
)
_PERIOD = re.compile(
    r"20\d\d|二[零〇]二[零〇一二三四五六七]|\d{1,12}月(?:\d{1,12}[日号])?|截至|截止|年度|季度|上半年|下半年|上个月|本月|去年|今年|(?:\d{1,12}|[一二三四五六七八九十]{1,12})(?:名|位|人)(?:受试|参与|女性|志愿)|近(?:一|三|30|7|七)"
)
_SCOPE = re.compile(
    r"受试|样本|\d{1,12}(?:人|名|例)|品类|类目|大肠杆菌|金黄色葡萄球菌|中国(?:大陆|内地)|全国|我国|线上|线下|本店|店铺|对[^,。]{1,8}(?:菌|螨|甲醛)|实验条件|测试条件|在\d{1,12}度|详情页"
)
_AILING = re.compile(
    r"(?:\d{1,12}|[一二三四五六七八九十几]{1,12})(?:点\d)?(?:多)?(?:亿|千万|百万|万)[^,。!?]{0,6}人?[^,。!?]{0,4}(?:缺|患|得了|有[^,。!?]{1,6}(?:问题|病|炎)|亚健康|营养不良|失眠|脱发|近视)|(?:%|百分之|成)[^,。!?]{0,8}(?:中国人|孩子)[^,。!?]{0,4}(?:缺|患|不)"
)
#: “八千万中国人都在吃”, “一半以上的人都换成这种”, “三分之一的人都在喝”, “全球每三秒卖出一瓶”.
_MANY_USE = re.compile(
    r"(?:亿|千万|百万|\d{1,12}万|[一二三四五六七八九十]{1,12}万|[三四五六]分之[一二三四五]|(?:一|大|过|多)(?:大|多)?半(?:以上)?)(?:多)?(?:个|名|位|户)?(?:的)?(?:人|中国人|国人|家庭|妈妈|宝妈|用户|女性|消费者|顾客|车主|老人|孩子|网友)[^,。!?]{0,4}(?:都|在|选|换|用|吃|喝|信)|"
    r"每(?:隔)?[一二三四五六七八九十\d]{1,12}(?:秒|分钟|小时)[^,。!?]{0,6}(?:卖|售|有)"
)
_COMPARED = re.compile(
    r"(?:比|是|相当于|顶)[^,。!?]{1,12}(?:\d{1,12}|[一二两三四五六七八九十几百])(?:多|点\S)?倍|(?:快|高|强|多|提升|增加|提高|增长)(?:了|出)?(?:\d{1,12}|[一二两三四五六七八九十几百])(?:多)?倍"
)
_PENALTY = re.compile(
    "赔|罚|积分|赔付|退一|翻倍发|倍速|双倍(?:积分|优惠|礼)|价|钱|预算|放大镜|望远镜|变焦|倍镜"
)
_NICHE = re.compile(
    "(?:细分|高端|中高端|轻奢|小众|新锐)[^,。!?]{0,12}(?:第一|冠军|销冠|领先|榜首)|(?:本县|全县|全镇|本镇|全村|本市|全市|全区|本地)[^,。!?]{0,8}(?:第一|冠军|销冠)"
)
#: What figures say on any label or price tag, and of games.
_PLAIN = re.compile(
    "[打几一二三四五六七八九]折|便宜|立减|减免|优惠|满减|返现|补贴|国补|利率|利息|税|手续费|服务费|佣金|定金|酒精|度数(?!据)|含(?:水杨酸|果酸|烟酰胺|玻尿酸|[\u4e00-\u9fff]{1,3}[酸胺醇苷酯])百分|能效|含绒|绒子|(?:棉|羊毛|羊绒|氨纶|涤纶|蚕丝|真丝|纤维|面料)[^,。!?]{0,4}(?:\\d|百分)|(?:%|百分之[零一二三四五六七八九十百]{1,12})的?(?:纯?棉|羊毛|羊绒|氨纶|涤纶|蚕丝|真丝)|成分表|配料|可可|含糖|糖度|脂肪|营养成分|说明书|铭牌|屏占|"
    "过滤效率|中了[^,。!?]{0,3}万|人在线|送出去|凑到|教您算|(?<![二三四五六七八九])十[五六七八]岁|分钟以上|营养素参考|每[^,。!?]{0,3}小时补|含水量|含量[^,。!?]{0,3}(?:%|百分之|\\d)|(?:白色|黑色)[^,。!?]{0,6}\\d|遮光率?百分|遮光率[^,。!?]{0,3}\\d|\\d{1,2}%遮光|发芽率不低于|百分之百(?:是)?骗|百分百(?:的|绒|棉|纯)|百分百的?[^,。!?]{0,3}(?:棉|绒|毛|麻|丝)|spf|倍[^,。!?]{0,3}(?:加|pa)|(?<!保)湿度|夸张|种子标签|标签上印|大赛|教练|隔壁家|答辩|只有(?:去年|往年|平时)|坏果|电量|充到|库存|缩水率|水洗标|吊牌|标签|胜率|考试|考了|分数|比赛|多送|加量|净含量|固形物|利润|成新|退货率|果肉|蛋白|碳水|钠|水分|纯度|克重|屏幕|参数|三分之|一半一半|胜算|浓度|含量是百分之|原浆|果汁含量|牛乳|生牛乳|黑巧|好看|没问题|满意包退|概率|下雨|下单|说明书|厂家实验室|包装上|霜冻|干旱|雨水|天气|减产|欠收|粉丝(?:了|数)?"
)

#: What the goods consist of: “牛肉含量百分之九十五”.
_COMPOSED = re.compile(
    "(?:标签|包装|袋子?|说明书|吊牌)(?:上|里)?[^,。!?]{0,3}(?:印|写|标)|(?:肉|果|汁|奶|乳|豆|仁|麦|米|坚果|蜂蜜|棉|绒|毛|麻|丝|胶|蛋白|可可|淀粉|原料|主料|浆|泥|糖|盐|脂|水|酒精)(?:的)?(?:含量|占比)[^,。!?]{0,4}(?:\\d|百分)"
)
#: What people ask, mix up or forget praises nothing.
_TALKED = re.compile(
    "(?:有|个|位|人|都|会|在|总|老)(?:一直|老是|总是|容易)?(?:问(?!题解决)|不知道|不会(?!后悔|失望|退)|分不清|搞(?:错|混|不清)|弄(?:错|混)|[买选穿洗用拿放装接]错|忘(?:了|记)|记不住|没看|不看|不清楚|看不懂|没点|没关注|迟到)"
)

#: What sells best in one's own shop is no rank in a market.
_OWN_SHOP = re.compile("^(?!.*(?:全网|全国|行业|同类|平台)).*(?:店里?|直播间|本场)")
#: What a seller counts itself, and where: “本店”, “我们家…所有渠道”.
_OWN = re.compile(
    "本店|本(?:直播间|公司|厂|品牌)|店铺|(?:我们|咱们?|俺们)(?:家|店|厂|公司|品牌|自己|直播间|今年|去年|这款)?|我家|自家|我这"
)
_WHERE = re.compile(
    "本店|店铺|直播间|渠道|加起来|总共|一共|线上|线下|门店|本厂|后台|仓库|本款|单品|这一款|这款|年货节|粉丝"
)
_WHEN = re.compile(
    r"20\d\d|二[零〇]二[零〇一二三四五六七]|去年|今年|前年|上个?月|这个月|本月|上半年|下半年|\d{1,12}月|[一二三四五六七八九十]月|[近最这]?(?:一|两|三|半|十)(?:年|个月)|一整年|全年|双十一|双11|六一八|618|截至|截止|昨天|昨晚|上周|这周|开店"
)


def _own_figure(sentence: str) -> Exemption:
    """A seller's own sales, with scope and period, quote nobody; as to truth see `sales`."""
    own, where, when = (one.search(sentence) for one in (_OWN, _WHERE, _WHEN))
    met = own is not None and where is not None and when is not None
    found = "、".join(one.group() for one in (own, where, when) if one is not None)
    return Exemption(
        clause="自家数据，范围、期限已说明",
        met=met,
        why=f"话里说到自家的数字，说明了范围、期限：“{found}”"
        if met
        else "同句未见范围、期限的说明",
    )


@rule
class CitedData(ComposedRule):
    id = "cited-data"
    makes: ClassVar[Sequence[Make]] = (
        Make("研究", "，引用研究、检测、统计", ("study",), level="watch"),
        Make("比例", "，引用数据", ("measure",), level="watch", where=_SHARE, unless=_COMPOSED),
        Make("倍数", "，引用数据", ("measure",), level="watch", where=_TIMES),
        Make("用户比例", "，引用用户调查数据", ("people",), level="watch", where=_SHARE, unless=_TALKED),
        Make("销量排名", "，引用销量、占有率、排名", ("rank",), level="watch"),
        Make("销售数据", "，引用销售、用户数据", ("sold",), level="watch", where=_MANY),
        Make("倍数", "，引用数据", ("times",), level="watch", where=_COMPARED, unless=_PENALTY),
        Make("人群数据", "，引用人群数据", ("crowd",), level="watch", where=_AILING),
        Make("人群数据", "，引用人群数据", ("crowd", "people"), level="watch", where=_MANY_USE),
        Make("研究", "，引用研究、检测、统计", ("figure", "study"), where=FOUND, level="watch", whole=True),
        Make("比例", "，引用数据", ("figure",), where=EFFECT, level="watch", unless=_PLAIN, whole=True),
        Make("比例", "，引用数据", ("figure",), where=COUNTED, level="watch", unless=_PLAIN, whole=True),
        Make("用户比例", "，引用用户调查数据", ("figure",), where=SHARED, level="watch", unless=_PLAIN, whole=True),
        Make("用户比例", "，引用用户调查、测试数据", ("figure", "people", "polled"), where=POLLED, level="watch", unless=_PLAIN,
             whole=True),
        Make("增产", "，引用增产数据", ("figure",), where=HARVEST, level="watch", whole=True),
        Make("人群数据", "，引用人群数据", ("figure", "crowd"), where=USERS, level="watch", whole=True),
        Make("销量排名", "，引用销量、占有率、排名", ("rank", "figure"), where=PLACED, level="watch", whole=True),
        Make("引证", "，引证内容未表明出处", ("unproven",), level="watch", ungated=True),
    )  # fmt: skip
    grounds: ClassVar[Sequence[Ground]] = (
        Ground(
            "标签、价格上的数字",
            _PLAIN,
            "话里说到成分、规格、折扣等数字",
            "同句未见成分、规格、折扣",
            "clause",
        ),
        Ground(
            "质疑、辟谣",
            re.compile(
                "哪来的数|(?:本品牌|厂家)实验室|报告在图|图里标|页面(?:底下|下面)?有说明|秒表|目标是|要做(?:到)?行业|(?:谁|咋|怎么|哪(?:家|个机构|年|来))(?:统计|算|调查)的|调查了(?:谁|几个人)|哪(?:个)?(?:机构|单位)(?:做|测|调查)|没写哪|没有?原文|(?:台本|稿子)[^,。!?]{0,4}删|给不了|我笑|不拿来|当(?:听)?相声|没听见|大姐你也逗|不(?:讲|说|写)(?:是)?谁测|(?:看到|遇到)?就?划走|(?:那种|凡是|那些)(?:说|讲|吹|写)|(?:报告|检测)编号在|没(?:有)?(?:做过|测过|统计)[^,。!?]{0,10}|没(?:有)?(?:这个|这种)?(?:数据|数字)|不知道(?:哪|真假)|别信|没有依据|查不到|不敢说|不评价|瞎说|夸张"
            ),
            "对数据表示质疑",
            "同句未见质疑",
        ),
    )

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = super().find(ctx, reading)
        for claim in claims:
            claim.exemptions.append(self._sourced(ctx, reading))
            if claim.concept == "销售数据":
                claim.exemptions.append(_own_figure(reading.sentence(claim.start)))
            if claim.level == "lead":
                claim.says += "，范围过窄的“第一”不作为有据的引证"
            else:
                claim.says += "，未同时说明出处、范围、期限"
        claims.sort(key=lambda claim: any(one.met for one in claim.exemptions))
        return claims

    def judged(
        self, ctx: Context, reading: Reading, make: Make, hits: Sequence[Hit]
    ) -> Level | None:
        sentence = reading.sentence(hits[0].start)
        if make.concept == "销量排名" and _NICHE.search(sentence):
            return "lead"
        if make.where is not None and make.first in (("measure",), ("people",)):
            low = reading.scope.sentence(hits[0].start)[0]
            figures = [
                match
                for match in make.where.finditer(sentence)
                if not _PLAIN.search(reading.scope.clause_text(low + match.start()))
                and low + match.start() - hits[0].end <= REACH
                and hits[0].start - low - match.end() <= REACH
            ]
            if not figures:
                ctx.decline("plain-figure")
                return None
        if hits[0].term in ("卖得最多", "卖得最好") and _OWN_SHOP.search(sentence):
            ctx.decline("own-shop")
            return None
        if make.concept == "研究" and hits[0].group.endswith("弱") and not _FIGURE.search(sentence):
            return None
        return make.level

    def asked_for(self, ctx: Context, reading: Reading, make: Make) -> list[str]:
        return ["数据的出处、范围、期限（原始报告）"]

    def _quoted(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim, subject: str,
        quoted: str,
    ) -> bool:  # fmt: skip
        if quoted.endswith(("据说", "听说", "号称", "所谓", "所谓的")):
            # To quote nobody in particular is what is alleged.
            return self._raise(ctx, memory, reading, claim, subject, claim.exemptions)
        return super()._quoted(ctx, memory, reading, claim, subject, quoted)

    def _sourced(self, ctx: Context, reading: Reading) -> Exemption:
        """Who found it, and of what or when: in the words, or on the card."""
        clause = "出处、范围、期限"
        institution = _INSTITUTION.search(reading.text)
        dated = _PERIOD.search(reading.text) or _SCOPE.search(reading.text)
        if institution is not None and dated is not None and not _NICHE.search(reading.text):
            return Exemption(
                clause=clause,
                met=True,
                why=f"说明了出处“{institution.group()}”和范围、期限“{dated.group()}”",
            )
        card = ctx.room.cards.get(reading.utterance.sku or "")
        for name, value in ((card.attributes if card is not None else None) or {}).items():
            if re.search("检测报告|数据来源|出处|报告编号|引证", name) and value:
                return Exemption(clause=clause, met=True, why=f"商品卡写有{name}：“{value}”")
        what = "期限、范围" if institution is not None else "出处"
        return Exemption(clause=clause, met=False, why=f"同句和商品卡都未见数据的{what}")
