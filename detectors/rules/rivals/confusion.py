"""`confusion`: goods that lean on somebody else's brand: “平替”, “原厂”, “同一条生产线”.

反法 7 (before 2025-10-15: 6). A brand is named with words that tie the goods to it, and nothing
shows that the seller may. Naming a brand to say what a part fits describes and ties nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from detectors.alerts import Level
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.rule import Context, rule
from detectors.rules.advertising.composed import ComposedRule, Ground, Make
from detectors.rules.claims.reading import Reading
from detectors.rules.rivals.brands import is_food

__all__ = ["Confusion"]

_LIKE = "，把商品与他人品牌联系起来"


#: What ties goods to a brand that is named beside it: who makes, supplies, left, tells apart.
_LEANS = re.compile(
    "(?:就|都)?(?:当|看作|当作|当成)(?:它|这个?|他)?(?:就)?(?:是|成)|(?:外形|外观|包装|样子|瓶子|盒子|功能|做工|造型|模样|长相)(?:功能|做工|外观)?[^。!?]{0,10}(?:一样|一模一样|没区别|没差别|差不多|分不出|一个样|如出一辙)|(?:名字|字|叫法)[^,。!?]{0,4}(?:就)?(?:差|改|换)(?:了|个|一个)[^,。!?]{0,2}字|对标|就?少(?:个|一个)[^,。!?]{0,3}标|没两样|那边过来的|代工|供应商|供货|老板供|(?:直接)?拿(?:来|去)做自己|同(?:模|版|料|窖|厂|线|源|矿|一(?:条|个|家)?(?:生产线|流水线|厂|模具|车间|面料|窖))|(?:老?窖|厂|车间|仓库|后厨|专柜|店)[^,。!?]{0,4}(?:出来|流出|漏出|里出)|断码|尾(?:货|单)|外贸(?:原)?单|(?:剪|撕|去|没打|没印|拆)了?[^,。!?]{0,2}标|"
    "标[^,。!?]{0,3}(?:剪|撕|去|拆)|弹窗|纯原|原版(?:开模|皮|料)|公司级|莆田|差一(?:撇|点|个字|个标)|跟那(?:家|个)[^,。!?]{0,4}(?:是一家|一批|一样|一个)|是一家(?:子)?的?|分出来|(?:老师傅|团队|厂长|师傅|高管|班底|设计师)[^,。!?]{0,6}(?:出来|带|单干|做的)|(?:教法|配方|工艺|图纸|料子|面料|模具|版型|质感|音质|味道|气味)[^,。!?]{0,6}(?:都)?(?:是)?(?:那一套|(?<!不)一样|一模一样|没差|无差)|"
    "就是(?:你)?(?:吃|用|穿|喝)的那个|一个水一个粮|图纸|分(?:不|得)(?:出|清)[^,。!?]{0,6}(?:算我输|真假|区别)?|看不出(?:来)?(?:真假|区别)?|换个?(?:标|牌|logo|盒子|包装)|只?是?没(?:有)?(?:那个)?(?:logo|标|牌子)|搜索关键词|系同一集团|(?:体验店|专卖店)[^。!?]{0,12}(?:未|没)"
)
#: “包装跟…一样蓝，闭着眼吃分不出”: alike in looks or taste; it asks nothing by its “是不是”.
_ALIKE = re.compile(
    "(?:包装|盒子|瓶子|罐子|颜色|外观|样子|味道|口感|名字|读音|logo|标)[^。!?]{0,4}(?:跟|和|与|像|同)[^。!?]{0,10}(?:(?<!不)一样|一个样|差不多|分不|(?<!不)像(?!吧不)|一个(?:颜色|味|色))|(?:闭着?眼|蒙着?眼|光看|不看标|盖住标)[^,。!?]{0,6}(?:分|认|猜|看)不(?:出|清)|"
    "(?:我们|咱|原来|以前)[^,。!?]{0,4}(?:就|全|都)是[^,。!?]{1,8}的(?:人|货|线|料|班底|师傅|技术|配方)(?=[,。!?啊哈]|$)|(?:店名|名字|直播间|账号|招牌)[^,。!?]{0,3}(?:就)?叫[^,。!?]{2,8}[^。!?]{0,10}(?:就是|等于|的货|一样)|(?:店名|我们店|招牌)(?:就)?叫[^,。!?]{2,4}(?:之家|优选|严选|专营|旗舰)|"
    "(?:给|帮|替)[^,。!?]{0,4}代(?:过)?工[^。!?]{0,12}(?:接手|转给|不做|停)|(?:除了|就差)(?:名字|logo|标|牌子)[^,。!?]{0,4}(?:都|全|其他)|换了(?:个|块)牌子?[^。!?]{0,8}(?:给你|寄|卖)"
)


@rule
class Confusion(ComposedRule):
    id = "confusion"
    makes: ClassVar[Sequence[Make]] = (
        Make("傍名牌", _LIKE, ("brand",), ("tie", "source"), after=18, before=8, marks=2, ungated=True),
        Make("傍名牌", _LIKE, ("big",), ("tie", "source"), after=8, before=8, marks=1, level="watch",
             ungated=True),
        Make("傍名牌", _LIKE, ("brand",), where=_LEANS, level="watch", ungated=True),
        Make("傍名牌", _LIKE, ("brand",), where=_ALIKE, level="watch", ungated=True, asks=False),
        Make("仿冒名称", "，与所列他人名称近似", ("mimic",)),
        Make("借名人", "，借他人姓名推销，易误认有特定联系", ("star",), ("tie",), after=4, before=4, level="watch"),
        Make("仿冒名称", "，擅自使用与他人近似的标识、名称", ("notice",)),
    )  # fmt: skip
    grounds: ClassVar[Sequence[Ground]] = (
        Ground(
            "说明用途的使用",
            re.compile(
                "适用|适配|兼容|通用|第三方|^(?!.*(?:原厂|顶配|高仿|拆机|拆下))[^。!?]{0,60}(?:配件|手机壳|保护壳|贴膜|钢化膜|替换装|滤芯|耗材|脚垫|充电(?:头|线|器)|表带|支架|可以(?:插|装|接|连)|能(?:插|装|接|连)(?!上))"
            ),
            "话里说到适用、兼容",
            "同句未见用途的说明",
        ),
        Ground(
            "授权、正品",
            re.compile(
                "进的正品|(?:正品|专卖店|专柜)[^。!?]{0,6}(?:小票|发票)|正品[^。!?]{0,8}授权店|(?<!实际未获)(?<!未获)(?<!没有)(?<!未经)(?<!无)(?<!取得)(?<!品牌方)(?<!提供)授权(?!店)|授权店[^。!?]{0,10}(?:防伪|可查|授权书|官方)|官方旗舰|正品(?:行货|公司货|授权|保证)|公司货|专柜(?:小票|正品|发票)|经销商|代理商|(?:品牌|官方)直供|正式联名|正版(?!开模|模)|有发票|瓶瓶有码|有码可查|专卖店拿的"
            ),
            "说明了授权或正品来源",
            "同句未见授权的说明",
        ),
        Ground(
            "澄清",
            re.compile(
                "别拿我跟|不让我这么叫|不沾边|没有(?:一|半)点关系|牌子是他自己|看厂名|想要[^,。!?]{0,6}去[^,。!?]{0,4}(?:旗舰|官方)|都是一家公司|不是(?:什么|他们|它|他)?[^,。!?]{0,6}(?:同款|平替|代工|高仿)|没有(?:任何)?关系|跟[^,。!?]{1,8}(?:没关系|无关)|没有给[^,。!?]{0,4}代|不做[^,。!?]{0,6}(?:平替|高仿|代工)|侵权|自己(?:家)?设计|自有品牌|不是代言|山寨(?:饮料|货|品)|(?:说|夸)我|我(?:就)?(?:是)?(?:一)?(?:个)?普通|12315|举报|投诉|这种(?:假|山寨|冒牌)|不是[^,。!?]{1,10}(?:集团|公司|品牌|家)?的(?:酒|产品|货|东西|牌子)|(?:大家)?(?:要)?分清|别(?:搞|弄)(?:混|错)|两(?:家|回事|码事)|不是一(?:家|回事|码事)|小心|看仔细|看清楚|别买|冒牌货|认准|维权|仿冒我们|非原厂|别当|不是联名|不是他穿"
            ),
            "说明没有联系",
            "同句未见澄清",
        ),
        Ground(
            "款式描述",
            re.compile(
                "(?:明星|网红|主播|亲子|情侣|闺蜜|我身上)同款|(?:款式|颜色|版型)[^,。!?]{0,6}同款|同款(?:颜色|版型|款式)"
            ),
            "话里说到款式、颜色",
            "同句未见款式、颜色的描述",
        ),
    )

    def judged(
        self, ctx: Context, reading: Reading, make: Make, hits: Sequence[Hit]
    ) -> Level | None:
        before = reading.text[max(0, hits[0].start - 3) : hits[0].start]
        if before.endswith(("不是", "不做", "没有")):
            ctx.decline("negated")
            return None
        if make.first == ("mimic",) and hits[0].form != "plain":
            # “华威手机” is heard where “华为手机” was said: it matters only what ties the goods to it.
            return "watch" if reading.kind("tie", "source") else None
        if make.first != ("brand",):
            return make.level
        term = hits[0].term
        if is_food(reading.text, hits[0], ctx.room.category(reading.utterance.sku)):
            ctx.decline("everyday")
            return None
        card = ctx.room.cards.get(reading.utterance.sku or "")
        seller = ctx.room.seller
        shown = [
            name.lower()
            for name in (
                card.brand if card is not None else None,
                card.shop if card is not None else None,
                seller.name if seller is not None else None,
            )
            if name
        ]
        if any(term in name for name in shown):
            ctx.decline("own-brand")
            return None
        # A lead needs an entity that was seen, and is not the brand's.
        return "lead" if shown else "watch"

    def asked_for(self, ctx: Context, reading: Reading, make: Make) -> list[str]:
        return ["品牌权利人的授权情况、辨认意见", "商品实物及包装"]
