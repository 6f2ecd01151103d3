"""`food-banned-13`: food that may not be sold on air, by what sellers say of it.

食播规定 (13 classes; article numbers unverified), 食安法 34 with 123 and 124. Dates belong to
`food-date`, labels to `food-label-missing`. Fruit that arrives spoilt and is paid for, food that is
meant to ferment or to mould (腐乳, 蓝纹奶酪) and warnings use the same words.
"""

from __future__ import annotations

from typing import ClassVar

from detectors.alerts import Exemption
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.rule import Context, rule
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.food.foods import FOOD
from detectors.rules.food.unfit import unfit_food
from detectors.rules.goods.talk import Kind, Pairing, TalkRule
from detectors.speech.utterance import Utterance

__all__ = ["FoodBanned13"]

#: Mould and ferment that belong to the food, tests that found nothing, films and games.
_MEANT = re.compile(
    "会致癌|致癌物|所以(?:要|得|一定)|对身体不好|危害|有害健康|国家标准|限量|腐乳|养殖的?[^。!?]{0,8}(?:备案|基地|许可)|(?:鱼源)?基地备案|毛豆腐|臭豆腐|蓝纹|奶酪|霉干菜|梅干菜|霉豆|豆豉|发酵|菌种|红曲|普洱|火腿表面|自然霜|白霜|果霜|冬瓜霜|柿霜|白色的?霜|电影|电视剧|歌|游戏|小说|名字叫|新闻|科普|历史"
)
#: Meat that was frozen for years.
_FROZEN_YEARS = re.compile(
    r"(?:冷库|冻库|冰柜|冷冻|冰库)[^,。!?]{0,4}(?:放|存|冻|压|囤)了?[^,。!?]{0,3}(?:[二三四五六七八九十两几好多]{1,12}|[2-9]|\d\d)年"
)
#: Near its end is not past it.
_NOT_YET = re.compile(
    "(?:离|距)(?:过期|到期)|还有[^,。!?]{1,5}(?:到期|过期)|还没(?:到期|过期)|没过期"
)
#: Pests, hair and scrubbers that are in no food: what kills them, what a pan is scrubbed with.
_NOT_IN_FOOD = re.compile(
    "(?:蟑螂|苍蝇|老鼠|蚊子?)(?:药|屋|贴|板|笼|拍|饵|胶|粉|克星|夹|盒|喷)|(?:灭|杀|驱|防|除|捉|抓|打|赶|治)[^,。!?]{0,3}(?:蟑|蝇|鼠|苍蝇|老鼠)|(?:锅|碗|灶|盆|池|洗|刷|不粘|涂层)[^。!?]{0,10}钢丝球|钢丝球[^。!?]{0,8}(?:锅|碗|刷|洗|擦|买|送|个|不伤|划)|头发丝(?:一样|那么|似的|般|粗|细)|(?:比|跟|像|和)头发丝|(?:厨房|家里|家中|屋里|下水道|橱柜)[^,。!?]{0,4}(?:有|进|招|闹)[^,。!?]{0,3}(?:蟑螂|苍蝇|老鼠)"
)
#: What was found at others, and how it ended for them.
_NEWS = re.compile(
    "被?检出[^。!?]{0,20}(?:判|罚|抓|查封)|(?:商家|老板|厂家|那人)[^,。!?]{0,4}(?:被?判了|被抓|被罚)|(?:大家|家人们?|姐妹们?)[^,。!?]{0,10}(?:小心|当心|注意|警惕)"
)
_SOAKED = re.compile("碱发|水发|泡发|发制")
_TESTED = re.compile(
    "未检出|没检出|检测(?:报告)?(?:都)?(?:合格|过了|通过)|检疫(?:证|合格|票|章)(?:都|齐|在|有)?|零添加|0添加|不添加|不加|没加|没有加|不含|不放|不泡|不用|不喷|不熏|不染|不掺|没泡|没熏|没喷|没放|从不|从来不|绝不"
)
_PAID = re.compile(
    "包赔|坏果|坏单|坏的?(?:我)?(?:赔|补|退)|赔|补发|退款|理赔|拍照|拍[个张]照|联系客服|找客服|售后|签收|收到(?:如果|要是|有)"
)


@rule
class FoodBanned13(TalkRule):
    id = "food-banned-13"
    by_product = True
    heard = 3
    strong: ClassVar[frozenset[str]] = frozenset(
        {
            "sign",
            "poison",
            "nonfood",
            "spoilt",
            "deadmeat",
            "unquarantined",
            "residue",
            "reclaimed",
            "forbidden",
            "drugged",
            "drugs",
            "limit",
            "dirty",
            "meat",
            "additive",
            "infant",
        }
    )
    kinds: ClassVar[dict[str, Kind]] = {
        "poison": Kind("疑为添加非食用物质的食品（食安法 34(1)）", "lead"),
        "added": Kind("疑为添加非食用物质的食品（食安法 34(1)）", "lead"),
        "drugged": Kind("疑为添加药品的食品（食安法 38、123(6)）", "lead"),
        "spoiled": Kind("疑为腐败变质、霉变生虫的食品（食安法 34(6)）", "lead"),
        "deadmeat": Kind("疑为病死、死因不明的动物肉（食安法 34(7)）", "lead"),
        "dead": Kind("疑为病死、死因不明的动物肉（食安法 34(7)）", "lead"),
        "unquarantined": Kind(
            "疑为未经检疫、检验的肉类（食安法 34(8)）", "lead", negated=True, asked=False
        ),
        "uninspected": Kind(
            "疑为未经检疫、检验的肉类（食安法 34(8)）", "lead", negated=True, asked=False
        ),
        "residue": Kind("疑为农兽药残留、微生物、重金属超标的食品（食安法 34(2)）", "lead"),
        "exceeds": Kind("疑为农兽药残留、微生物、重金属超标的食品（食安法 34(2)）", "lead"),
        "reclaimed": Kind("疑为用回收、过期原料生产的食品（食安法 34(1)(3)）", "lead"),
        "overdosed": Kind("疑为超范围、超限量使用添加剂（食安法 34(4)）"),
        "forbidden": Kind("疑为明令禁止经营的食品（食安法 34(12)）"),
        "dirty": Kind("疑为污秽不洁、混有异物的食品（食安法 34(6)）"),
        "unfit": Kind("疑为食品安全法第三十四条禁止生产经营的食品"),
        "infant": Kind("疑为营养成分不符的婴幼儿食品（食安法 34(5)）"),
    }
    pairings: ClassVar[tuple[Pairing, ...]] = (
        Pairing("nonfood", "add", "added", after=8, before=8, marks=1),
        Pairing("nonfood", "made", "added", after=3, before=6),
        Pairing("drugs", "add", "drugged", after=6, before=6, marks=1),
        Pairing("spoilt", "edible", "spoiled", after=16, before=10, marks=3),
        Pairing("meat", "died", "dead", after=8, before=6, marks=1),
        Pairing("meat", "unchecked", "uninspected", after=10, before=10, marks=2),
        Pairing("limit", "over", "exceeds", after=8, before=4, marks=1),
        Pairing("additive", "plenty", "overdosed", after=14, before=6, marks=2),
    )

    def concerns(self, ctx: Context, utterance: Utterance) -> bool:
        category = ctx.room.category(utterance.sku)
        return category is None or category in FOOD or category in ("fresh_produce", "other")

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = super().find(ctx, reading)
        match = _FROZEN_YEARS.search(reading.text)
        if not claims and match is not None and reading.kind("meat"):
            hit = Hit("spoiled.僵尸肉", match.group(), match.start(), match.end())
            claims = self.framed(ctx, reading, "spoiled", hit)
        return [*claims, *self._unfit(ctx, reading)]

    def _unfit(self, ctx: Context, reading: Reading) -> list[Claim]:
        if _MEANT.search(reading.text):
            return []
        claims = self.weighed(reading, "unfit", "禁售食品", unfit_food(reading.text))
        for claim in claims:
            claim.missing.append("抽样检验、进货查验与检疫证明")
        return claims

    def says(self, ctx: Context, reading: Reading, claim: Claim) -> Claim | None:
        text, first = reading.text, claim.hits[0]
        if claim.hits[0].group.startswith("spoilt") and _NOT_YET.search(text):
            return None
        if _NEWS.search(text) is not None:
            ctx.decline("exempt", reading.utterance.sku or "", "新闻、警示")
            return None
        if _SOAKED.search(text) and any(hit.form == "sound" for hit in claim.hits):
            return None  # “不用碱发” sounds like “不用检”
        group = first.group.partition(".")[0]
        if group == "dirty" and _NOT_IN_FOOD.search(text):
            return None
        if _MEANT.search(text) and group in (
            "spoilt", "nonfood", "forbidden", "poison", "residue", "limit", "additive", "drugs",
        ):  # fmt: skip
            return None
        if not claim.admits and _TESTED.search(text[max(0, claim.start - 8) : claim.end + 14]):
            ctx.decline("negated", reading.utterance.sku or "")
            return None
        paid = _PAID.search(text) if group in ("spoilt", "dirty", "meat", "deadmeat") else None
        # Before the warning: who pays for what arrives spoilt warns of nothing.
        claim.exemptions.insert(
            0,
            Exemption(
                clause="坏果包赔等售后承诺", met=paid is not None,
                why=f"说的是售后：“{paid.group()}”" if paid else "不是售后承诺",
            ),
        )  # fmt: skip
        category = ctx.room.category(reading.utterance.sku)
        if category not in FOOD and category != "fresh_produce":
            claim.level = "watch"
            claim.missing.append("商品类别（是否食品）")
        claim.missing.append("抽样检验、进货查验与检疫证明")
        return claim
