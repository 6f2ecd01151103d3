"""Prepackaged food without what its label must say: how sellers and notices put it."""

from __future__ import annotations

import re

from detectors.rules.goods.weighing import EXCUSED, HUSHED, NOTICE, TOLD, Sign, Weighed, Weighing

__all__ = ["without_label"]

_ITEM = "字(?!幕|母)|配料表?|生产日期|(?<!生产)日期|保质期|净含量|生产(?:者|商|厂家|单位|企业)|厂家|厂名|厂址|地址|执行标准|生产许可证?|许可|中文标?签?|标签|标识|营养成分|成分表|贮存条件|产地|(?<!图)标(?!准|价|题|配|注)"
_LACKED = "(?:没|无|缺)(?:有(?!,))?(?:来得及)?(?:印|打|标|写|贴|做|注)?(?!问题|事|关系|变|写错|错|坏|撕)|未(?:标|注|贴|附|按|印)[注明示]?|(?:也|都|全|统统|压根)(?:没|不|空)|不(?:印|贴|打|写|标)(?!也)|空(?:着|白)|光秃秃|别的没有|啥(?:也|都)不写|什么(?:也|都)不写|没让印|一个汉字没|看不(?:到|见)|找不到|外文|英文|日文|韩文|泰文|(?:标签|标)还没(?:做|贴|印)|来不及"
_PACK = "袋|盒|罐|瓶|桶|包装|外包装|保鲜袋|自封袋|分装|拆小包|小包|小袋|矿泉水瓶|瓶上|罐子|箱|预包装|糕点|零食|肉干|食品|果干|蜜饯|坚果|糖果|饼干|辣酱|代工"
_COUNT = f"(?:{_ITEM})[^。!?]{{0,8}}?(?:也|和|、|,|跟|还有|以及|啊|都)[^。!?]{{0,4}}?(?:{_ITEM})"
_GO_ON = "先(?:发|卖|上|播)|将就|反正|自己(?:家)?(?:分装|做|包|小厂)|自家|手工|小厂|您?看着吃|大概|能放|就是|扫(?:翻译|一扫)|翻译|照(?:样)?(?:卖|发|吃)|销售|嘛$|便宜|直播"

_WEIGHING = Weighing(
    signs=[
        Sign("事项", re.compile(_ITEM)),
        Sign("没有", re.compile(_LACKED)),
        Sign("包装", re.compile(_PACK)),
        Sign("几样", re.compile(_COUNT)),
        Sign("照卖", re.compile(_GO_ON)),
        Sign(
            "光",
            re.compile(
                "光秃秃|什么(?:字|标签?)?(?:都|也)没(?:有|印|写|贴)|一个字(?:都|也)没|(?:全|都)是(?:外文|英文|日文|韩文)"
            ),
            2,
        ),
        Sign("瞒", re.compile(HUSHED)),
        Sign("托词", re.compile(EXCUSED)),
        Sign("通报", re.compile(NOTICE + "|销售")),
    ],
    least=3,
    needs=[
        frozenset({"事项", "没有", "包装"}),
        frozenset({"事项", "没有", "几样"}),
        frozenset({"事项", "没有", "照卖"}),
        frozenset({"事项", "没有", "通报"}),
        frozenset({"包装", "光"}),
    ],
    told=TOLD.replace("|配料表?(?:里|上|第一|写|有)", "")
    + "|在(?:背面|瓶盖|盒底|侧面|袋子?(?:后|背|上|底)|封口|罐底|底部|图|详情)|(?:背面|侧面|底部|瓶盖)(?:有|印|写|贴)|贴在|散(?:装|称|卖)|称重|论斤|现(?:做|炒|烤|卤|摘|制|磨)|完整|齐全|掉了|不能发货|等标签|外袋|齐全|有(?:日期|配料)|品牌|自己吃|供货|供应|渠道|直供|(?:补|换)(?:一|个|发|寄)|没写错|第一位|看清|尽快吃|(?:不|没)(?:放|加|含|添加)|真没|无(?:糖|油|添加|防腐)|盐|白糖|国标|规定|有没有|吗[,。?]|图[一二三四五六七八九\\d]|自己(?:家)?(?:做着)?吃|没有包装|水果|蔬菜|鲜(?:菜|果|肉|活)|新鲜|农产品|没(?:有)?(?:标签|日期|厂家|配料)的(?:食品|东西|别|千万|那|店)|样品|白酒|优惠|活动|报名|会员|过期|临期",
    reach=60,
)


def without_label(text: str) -> Weighed | None:
    """The signs in a folded text that packed food is sold without its label.

    >>> without_label("罐子上光秃秃的,什么都没印") is not None
    True
    >>> without_label("生产日期在瓶盖,配料在背面") is None
    True
    """
    return _WEIGHING.weigh(text)
