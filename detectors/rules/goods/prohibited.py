"""`prohibited-goods`: goods that may not be traded, by what they are called.

直播办法 33(3) and 61. The lists of goods are unverified: watched until the list was checked.
Likenesses, colours, toys and names of brands use the same words.
"""

from __future__ import annotations

from typing import ClassVar

from detectors.alerts import Exemption
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.rule import Context, rule
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.goods.contraband import contraband
from detectors.rules.goods.talk import Kind, Pairing, TalkRule

__all__ = ["ProhibitedGoods"]

#: Likenesses, plants, toys, colours of the same name.
_LIKENESS_BEFORE = re.compile(
    "(?:旱|软弹|仿|类|像|似|植物|树脂|塑料|假|人造|玩具|儿童|模型|道具|游戏|电影|动画|卡通|毛绒|陶瓷|木质|泡沫|不含|不卖|不售|不卖烟草和|烟草和|无|非|零|替代|代替|代|国产合法|防|反|禁|戒)$"
)
#: Before 象 they make another word.
_SHAPES = frozenset("形印对现气抽迹想景表图")
_LIKENESS_AFTER = re.compile(
    "^(?:纸|价|糕|壳|平替|同款|精华|级|效果|那?个?电影|白(?!色的(?:手镯|摆件|珠))|色|果|树|塔|山|海岸|舟|纹|玩具|模型|造型|图案|印花|外形|样式|款式|手机壳|风格|挂画|拼图|积木|抱枕|公仔|饮料|香水|眼镜|镜框|眼镜框|猫|龟背竹|草|花(?!胶)|菇|菌|参|茶|蜂蜜|葡萄|蓝莓|电影|游戏|动画|故事|纪录片|科普|检测|探测|报警|防(?!身)|贴|清单|名单|保护区)"
)
_ORDINARY = re.compile(
    "配奶茶|海藻酸|练习刀|未开刃|造型的|体温计|(?:线上|网上|直播间?)(?:都|现在|上)?(?:不让|不许|不准|禁止)(?:卖|上|销售)|(?:不让|不许|不准|禁止|不能)(?:在)?(?:线上|网上|直播间?)(?:卖|上|销售)|(?:我们|咱)[^,。!?]{0,3}不上|不上的|对身体不好|有害健康|少抽|伤肺|戒掉|音响|音效|画册|摄影|体验券|体验馆|水枪|泡泡枪|玩具枪|软弹枪|滋水枪|喷枪|枪口|电子烟花|冷烟花|婚庆|菜刀|厨刀|水果刀|美工刀|剪刀|指甲|修眉|园艺|烘焙|野生菌|野生蜂蜜|野生茶|野生枸杞|野生蓝莓|野生动物园|野生动物保护|野生动物纪录|"
    "人工养殖|养殖证|经营利用许可|专用标识|合法来源|许可证(?:齐全|都有|在)|驯养繁殖|拍卖|博物馆|处方笺?审核|凭处方|戒烟|拒绝毒品|远离毒品|禁毒|反诈|报警"
)


def _is_likeness(text: str, hit: Hit) -> bool:
    """Is it the second half of another word (“形象”), or of two (“小象 牙刷”)?"""
    if hit.term == "象":
        return text[hit.start - 1 : hit.start] in _SHAPES
    return hit.term == "象牙" and " " in text[hit.start : hit.end]


@rule
class ProhibitedGoods(TalkRule):
    id = "prohibited-goods"
    by_product = True
    heard = 3
    strong: ClassVar[frozenset[str]] = frozenset(
        {
            "sign",
            "wildlife",
            "weapon",
            "drug",
            "spy",
            "paper",
            "account",
            "vape",
            "cheat",
            "danger",
            "animal",
            "narcotic",
            "card",
            "exam",
            "invoice",
        }
    )
    kinds: ClassVar[dict[str, Kind]] = {
        "wildlife": Kind("疑为野生动物制品"),
        "parts": Kind("疑为国家重点保护野生动物及其制品"),
        "weapon": Kind("疑为管制刀具、枪支弹药、弩"),
        "drug": Kind("疑为毒品、管制药品或迷药"),
        "narcotic": Kind("疑为毒品、管制药品或迷药"),
        "spy": Kind("疑为窃听窃照等专用器材"),
        "paper": Kind("疑为伪造、买卖证件票据、假币"),
        "account": Kind("疑为买卖实名账号、银行卡、电话卡、个人信息"),
        "vape": Kind("电子烟不得通过互联网销售"),
        "cheat": Kind("疑为作弊器材、答案"),
        "danger": Kind("疑为危险物品、违禁器具"),
    }
    pairings: ClassVar[tuple[Pairing, ...]] = (
        Pairing("animal", "part", "parts", after=3, before=3),
        Pairing("card", "nameless", "account", after=8, before=8, marks=1),
        Pairing("exam", "answers", "cheat", after=5, before=4),
        Pairing("invoice", "issued", "paper", after=4, before=6),
        Pairing("animal", "sell", "parts", after=8, before=6, marks=1),
    )

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = super().find(ctx, reading)
        found = contraband(reading.text)
        if found is not None:
            kind, start, end = found
            claims += self.framed(
                ctx, reading, kind, Hit(f"{kind}.用途", reading.text[start:end], start, end)
            )
        return claims

    def says(self, ctx: Context, reading: Reading, claim: Claim) -> Claim | None:
        text = reading.text
        before = text[max(0, claim.start - 4) : claim.start]
        if _LIKENESS_BEFORE.search(before) or _LIKENESS_AFTER.match(text[claim.end :]):
            return None
        if any(_is_likeness(text, hit) for hit in claim.hits):
            return None
        ordinary = _ORDINARY.search(text)
        claim.exemptions.append(
            Exemption(
                clause="仿制品、玩具、日用刀具或有许可的", met=ordinary is not None,
                why=f"说到“{ordinary.group()}”" if ordinary else "不是玩具、仿制品、日用品，也未说明许可",
            )
        )  # fmt: skip
        claim.missing += ["实物鉴定、是否属于禁止交易的品目（目录待核对）"]
        return claim
