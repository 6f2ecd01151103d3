"""`endorser-rule`: who may recommend what, as far as the words show.

广告法 38 and 16(1)(4), 18(1)(5): not what one has not used oneself, nobody under ten, nobody within
three years of a penalty for a false advertisement, no recommender at all for drugs, devices and
health food. Whether it is so, a stream does not show: all but the last is watched.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from detectors.alerts import Level
from detectors.events import Category
from detectors.match.lexicon import Hit
from detectors.rule import Context, rule
from detectors.rules.advertising.composed import ComposedRule, Ground, Make, is_about
from detectors.rules.advertising.endorser_ways import (
    BY_CHILD,
    BY_KNOWN,
    BY_PUNISHED,
    SCRIPTED,
    UNKNOWN,
    UNTRIED,
)
from detectors.rules.claims.reading import Reading

__all__ = ["EndorserRule"]

_HEALTH: frozenset[Category] = frozenset({"health_food", "drug", "medical_device"})
_HEALTH_WORDS = re.compile(
    "保健(?:酒|饮料|茶|品)|保健食品|蓝帽|(?:感冒|中成|西|这个|这款|胃|止痛|降压)药(?!店|材)|药品|膏药|口服液|助听器|理疗仪|治疗仪|血糖仪|医疗器械|医院|整形|医美|种植牙"
)
_YOUNG = re.compile(
    "(?<![\\d十])(?:[一二两三四五六七八九]|[1-9])(?:周)?岁(?:半)?(?!以上|起|多的时候|到十)|不满十(?:周)?岁|未满十(?:周)?岁|十岁以下|幼儿园|小班|中班|大班|一年级|二年级|小宝贝"
)
_UNUSED = re.compile(
    "(?:没|还没|从没|从来没|从来不|从不|从未|并未|未曾|不曾|没来得及|来得及|都没|也没|哪)(?:有)?(?:亲自|自己|真的|真正|怎么)?"
    "(?:用|吃|喝|穿|试|上|学|睡|开|刷|去|住|体验|收到|拆|戴|涂|抹|尝|坐|骑|玩|来|寄|摸|洗|铺)(?:过|到|这|它|(?=[,。!?但也]))|"
    "我[^,。!?]{0,8}(?:没|从不|从来不|从没|压根没|根本没)(?:有)?[^,。!?过]{1,3}过|"
    "我[^,。!?]{0,4}没(?:用|吃|喝|穿|试)(?=[,。!?]|$)|"
    "样品[^,。!?]{0,3}没|用没用过不重要|没结婚|没(?:有)?孩子|大老爷们|公司写好|我念就是|照着(?:稿子|台词)念"
)
#: A child who wears the size that is sold recommends nothing.
_MODELLED = re.compile(
    "^(?!.*(?:代言|推荐|好[吃喝用看穿]|买|下单|大使|体验官|推荐官|走秀|站台|喊|说(?!明))).*(?:试穿|上身|身高|尺码|穿(?:着)?\\d{1,12}码)"
)
_NOT_ME = re.compile(
    "(?:没|还没|从没|从来没|从未)(?:有)?[用试吃喝穿上]过?的(?:姐妹|家人|宝|朋友|人|哥|亲|同学|小伙伴|可以|一定|来|赶紧|先)|没[用吃喝穿试]过我们"
)


@rule
class EndorserRule(ComposedRule):
    id = "endorser-rule"
    makes: ClassVar[Sequence[Make]] = (
        Make("未使用", "，为自己没有使用过的商品作推荐", ("unused",), ("recommend",), after=26,
             before=16, marks=4, level="watch", ungated=True, asks=False),
        Make("未使用", "，为自己没有使用过的商品作推荐", ("vouching",), where=_UNUSED, level="watch", ungated=True, asks=False),
        Make("未满十岁", "，利用不满十周岁的未成年人代言", ("little",), level="watch"),
        Make("未满十岁", "，利用不满十周岁的未成年人代言", ("child", "endorse"), level="watch", where=_YOUNG),
        Make("三年禁入", "，利用因虚假广告受处罚未满三年的代言人", ("punished",), ("endorse", "recommend"),
             after=26, before=26, marks=4, level="watch", ungated=True),
        Make("禁止代言", "，药品、医疗器械、保健食品不得利用代言人推荐", ("endorse",)),
        Make("未使用", "，为自己没有使用过的商品作推荐", ("untried",), where=UNTRIED, level="watch", ungated=True,
             asks=False, whole=True),
        Make("未使用", "，为自己没有使用过的商品作推荐", ("untried", "unused"), where=UNKNOWN, level="watch", ungated=True,
             asks=False, whole=True),
        Make("未使用", "，为自己没有使用过的商品作推荐", ("untried", "unused"), where=SCRIPTED, level="watch", ungated=True,
             asks=False, whole=True),
        Make("未满十岁", "，利用不满十周岁的未成年人代言", ("child", "endorse"), level="watch", where=BY_CHILD,
             asks=False, whole=True),
        Make("三年禁入", "，利用因虚假广告受处罚未满三年的代言人", ("punished",), where=BY_PUNISHED, level="watch",
             ungated=True, whole=True),
        Make("禁止代言", "，药品、医疗器械、保健食品不得利用代言人推荐", ("known",), where=BY_KNOWN, whole=True),
    )  # fmt: skip
    grounds: ClassVar[Sequence[Ground]] = (
        Ground(
            "亲自使用",
            re.compile(
                "^(?!.*(?:剧本|台词|稿子|假的|其实)).*我(?:自己|本人)?(?:们)?(?:已经|都|也|天天|一直|先)?(?:用|吃|喝|穿|试|学|上)(?:了|过)(?!的|吗)[^,。!?]{0,8}(?:[天周月年]|遍|次|才|再)|^(?!.*(?:未|没|剧本|假的|谎))[^。!?]{0,60}我(?:天天|一直|自己)(?:都)?(?:在)?(?:用|吃|喝|穿)"
            ),
            "说明自己使用过",
            "没有说明自己使用过",
        ),
        Ground(
            "没有推荐",
            re.compile(
                "^(?!.*(?:不叫代言|改叫|就叫(?:体验|推荐|分享)|换个(?:名|叫法|身份))).*?(?:(?:他|她|孩子)?不带货|不能(?:给|做|当)[^,。!?]{0,8}(?:代言|推荐)|(?:代言|推荐)[^,。!?]{0,5}(?:没有|不行|不许|推了|退回|不能干)|(?:代言|推荐)不了|(?:不许|从未请|没)[^,。!?]{0,5}代言|代言药的我都推|(?:我)?讲不了|我不讲|不推啊|不敢替|也不评|没用过$|涨过价|想请那位|贴告示|被罚了,? ?咱不学|还没用完|(?:医生|医师|药师|大夫)(?:的)?指导下|(?:遵|谨遵|听)(?:从)?医(?:生的?)?嘱|我也不念|不念|不播|跳过|念我也不|不(?:[做作](?:任何)?|会|能|拿(?:来|出来)?|给[^,。!?]{0,3})?(?:拿[^,。!?]{0,3})?(?:推荐|评价|好说|敢推|建议|代言)|(?:没|没有)(?:请|找)(?:谁|人|过|明星)|不请|不(?:用|找|让)[^,。!?]{0,6}(?:小朋友|孩子|岁)[^,。!?]{0,8}代言|(?:才|再)(?:告诉|跟|给|来)[^,。!?]{0,10}(?:值不值|好不好|怎么样|推荐|结论|测评|说)|值不值得|(?:现在|现场|马上|今天|这就)[^,。!?]{0,6}(?:给你们|一起|带大家|来)?(?:尝|试|体验|测)(?!过)|必须(?:自己|本人|亲自)(?:用|使用|试)|广告法(?:规定|不允许|不让)|建议先|先(?:做|买)(?:耳后|小样)|所以不|自己(?:决定|判断|看)|别问我|请不起|不做评价|没(?:有)?(?:请|找)代言|不是代言|不[作做]?保证|不能代言(?!我知道|[^。!?]{0,24}(?:叫|换|改|算))|不让代言(?![^。!?]{0,24}(?:叫|换|改|算))|新闻(?:里|上|说|报)|大家都看到|不是真的|下架了|那个(?:明星|主播|网红)[^。!?]{0,24}(?:你看|别学|新闻)|别学他)"
            ),
            "没有作推荐",
            "作了推荐",
        ),
        Ground(
            "说的是观众",
            _NOT_ME,
            "说的是没用过的观众",
            "不是说观众",
        ),
    )

    def judged(
        self, ctx: Context, reading: Reading, make: Make, hits: Sequence[Hit]
    ) -> Level | None:
        if make.concept == "禁止代言":
            if not is_about(ctx.room, reading, _HEALTH, _HEALTH_WORDS):
                return None
            return make.level
        if make.concept == "未满十岁" and _MODELLED.match(reading.sentence(hits[0].start)):
            ctx.decline("modelled")
            return None
        if (
            make.concept == "未使用"
            and ctx.room.host_kind == "seller"
            and "我" not in (reading.sentence(hits[0].start))
        ):
            ctx.decline("own-goods")
            return None
        return make.level

    def asked_for(self, ctx: Context, reading: Reading, make: Make) -> list[str]:
        return {
            "未使用": ["代言人是否使用过该商品（购买、使用记录）"],
            "未满十岁": ["出镜未成年人的年龄", "监护人的书面同意"],
            "三年禁入": ["代言人受行政处罚的决定书及日期"],
        }.get(make.concept, ["代言合同"])
