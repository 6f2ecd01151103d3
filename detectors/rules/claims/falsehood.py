"""`false-claim`: false or misleading praise of performance, quality, honours, qualifications.

反法 9, 直播办法 34, 消法 20; 广告法 28 when it is an advertisement. Raised for claims that no
goods can keep (never fades, works at once, no side effects), guarantees of effect, borrowed
authority (央视, 国家, 诺贝尔) without anything to check it by, and a card that says otherwise.
Claims of disease and absolute terms belong to the other rules.
"""

from __future__ import annotations

from typing import ClassVar

from detectors.alerts import Exemption
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.match.sighting import Form
from detectors.rule import Context, rule
from detectors.rules.claims.claim import Claim, ClaimRule
from detectors.rules.claims.feats import Feats
from detectors.rules.claims.feats_field import YIELDS
from detectors.rules.claims.feats_power import POWERS
from detectors.rules.claims.feats_sturdy import STURDY
from detectors.rules.claims.goods import goods_of
from detectors.rules.claims.hyperbole import HYPERBOLE
from detectors.rules.claims.pretences import PRETENCES
from detectors.rules.claims.reading import Reading
from detectors.rules.claims.results import MODEST, POISON, results

__all__ = ["FalseClaim"]

_CHECKABLE = re.compile(
    r"(?:编号|证书号|证号|专利号)(?![^,。!?]{0,5}(?:不|没|忘|保密))|zl\s{0,8}\d|官网(?:可以|能|可)?(?:查|看)|可以查|能查|可查|哪一期|那期|节目单|链接(?:我)?放|"
    r"20\d\d年|二[零〇]二[零〇一二三四五六]年|铭牌|吊牌上|标签上|报告编号|备案号|详情页有|在详情页"
)
_STYLE = re.compile("款式|版型|颜色|设计|图案|花色|花纹")
#: What a notice says of a broadcast.
_NOTICE = re.compile("主播|商家|当事人|直播间|店铺|公司|宣称|宣传")
#: A doctor's advice to a person recommends no goods.
_ADVICE = re.compile("(?:过)?(?:我|你|他|她)?(?:多|少|先|去|别|早睡|每天)|我(?!们)")
_WISH = re.compile(
    "祝|愿|希望|寓意|图个|象征|讨个|彩头|恭喜|偶像|选手|演员|电影|比赛|他|她|转运珠|中奖|抽奖|福袋|红包"
)
_MILLIONS = re.compile(
    r"(?:[\d.]{1,12}|[一二三四五六七八九十百千两几数上]{1,12})(?:多|余)?(?:万|亿|百万|千万)(?:多|余|个|名|位|\+){0,6}$"
)
_SOURCED = re.compile("据|数据来源|来源于|报告|统计|截至|截止|调研|后台")
#: Additives that a card's list of ingredients may show.
_ADDITIVE = re.compile(
    "山梨酸钾|苯甲酸钠|脱氢乙酸|香精|食用香料|色素|柠檬黄|胭脂红|日落黄|甜蜜素|安赛蜜|阿斯巴甜|三氯蔗糖|防腐剂|增稠剂|黄原胶|焦亚硫酸|亚硝酸|味精|谷氨酸钠|尼泊金|羟苯|苯氧乙醇"
)
_COSMETIC = frozenset({"cosmetics", "special_cosmetics"})
_WORN = frozenset({"clothing", "jewellery"})
#: Kinds that hint rather than state, and authorities that say little by themselves.
_HINTS = frozenset({"star", "everyone", "wealth", "crowd", "hidden"})
_WATCHED = frozenset({"authority.名人", "authority.宫廷", "authority.奖项", "authority.协会"})
#: What is promised is that the goods are genuine, not that they work.
_GENUINE = re.compile("(?:假的?|假货|不是正品|不是真的?|仿的?)[^。!?]{0,6}$")
#: Nothing is risked by trying on, or by a deal of today.
_HARMLESS_AFTER = re.compile(r"试穿|试用|试吃|购物|购|下单|退换|[一二三两四五\d]分|的标准")
_LUCKY = re.compile("逢考|祝|一天一杯|一天一")
#: “在农科院旁边”: a place.
_NEIGHBOUR = re.compile(
    "(?:的)?(?:旁|隔壁|对面|附近|门口|那边|宿舍|食堂|图书馆|出版社|毕业|上班|读书|上学|参观)|(?:的)?(?:老师|技术员|专家|教授|师傅)?(?:来)?(?:教(?!授)|培训|讲课|讲座)|(?:获得者|得主|得奖者|得主们?)?的?(?:故事|传记|自传|书|小说|作品|诗|文集|科普|新闻)"
)
#: What of its kind costs more: “无烧价格翻几倍”.
_DEARER = re.compile("(?:价格?|价钱|差价|成本|原料)(?:就|都|要|直接)?$")
#: Where parcels change vans, and beads of that name.
_TRANSFER = re.compile("珠|中心|公司|站|仓|途|到")
#: Who says that it is no more, or a lie, does not boast of it.
_DEBUNKED = re.compile(
    "(?:早就|已经|全都?)?取消了|早就没(?:有)?了|早就不(?:让|允许|准)|忽悠|骗人的|骗子|别信|别听|法律规定|不搞那|不搞这|我们不搞|不信这|不信那|我们不做|我们不卖|我们没有这|不是真的|已经下架|有人传|别误会|没关系的|不要问我|别问我|新闻"
)


#: Nobody was asked to speak for it; what is said of mothers' milk is said of no goods.
_UNENDORSED = re.compile(
    "(?:没|不)(?:有|请|找|让|给)?[^,。!?]{0,6}(?:代言|背书)|(?:代言|背书)[^,。!?]{0,3}(?:没有|不行|不许)|母乳"
)
#: Goods that earn nothing but what they save.
_USED = frozenset({"home", "electronics", "clothing", "food"})
#: Words that are only part of others where they stand: “表情|包好|玩”, “提|不提分”.
_PART = {
    "包好": re.compile(
        "[一两三五几半]包好|表情包好|[刀剪]口包好|(?:泡沫|气泡|纸)[^,。!?]{0,2}包好|包好(?:再|发|了)"
    ),
    "包过": re.compile("包过海关|(?:面|书|钱|背|皮)包过"),
    "包治": re.compile("[一两三四五六七八九十几半]包[纸治]"),
    "不提分": re.compile("提不提分"),
    "气场能量": re.compile("[的]气场能量"),
    "开光": re.compile("[打张拉]开光|开光驱"),
    "永不褪": re.compile("永不褪(?:流行|色的?(?:经典|时尚))"),
    "瘦十斤": re.compile("显瘦十斤"),
}


def _is_part(text: str, hit: Hit) -> bool:
    """Is the word only part of others where it stands?"""
    part = _PART.get(hit.term)
    return part is not None and part.search(text, max(0, hit.start - 4), hit.end + 4) is not None


#: Bases for what is sold to farmers: 广告法 21 and 27.
_OF_FARMING = frozenset({"广告法/农药饲料", "广告法/种子养殖"})
_FEATS = Feats((*POWERS, *STURDY, *YIELDS, *PRETENCES, *HYPERBOLE))


@rule
class FalseClaim(ClaimRule):
    id = "false-claim"
    strong: ClassVar[frozenset[str]] = frozenset(
        {"endorse", "authority", "forever", "instant", "guarantee", "harmless", "weight", "pseudo",
         "impossible", "star", "pure", "measure", "wealth", "vintage", "everyone", "ever", "flaw", "pollutant",
         "body", "honour", "luck", "earning", "shown", "crowd", "refund", "notice", "sign"}
    )  # fmt: skip

    def may_claim(self, text: str, hits: list[Hit]) -> bool:
        said = {hit.group.partition(".")[0] for hit in hits} & self.strong
        return bool(said - {"sign"}) or ("sign" in said and _FEATS.may_stand_in(text))

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims: list[Claim] = []
        goods = goods_of(ctx.room, reading.utterance.sku, reading.text)
        ills = bool(reading.kind("ill"))
        for hit in reading.kind(
            "endorse", "authority", "forever", "instant", "guarantee", "harmless", "pseudo",
            "impossible", "star", "wealth", "everyone", "earning",
        ):  # fmt: skip
            kind = hit.group.partition(".")[0]
            if kind == "endorse" and _ADVICE.match(reading.text[hit.end :]):
                continue
            if (
                ills
                and kind in ("instant", "guarantee")
                and goods.category not in ("electronics", "agricultural_input")
            ):
                # Healing is judged by the rules about health, once.
                continue
            if (
                goods.known
                and goods.category == "health_food"
                and kind in ("guarantee", "harmless")
            ):
                continue
            if goods.known and goods.category in ("drug", "medical_device"):
                continue
            if kind == "pseudo" and goods.category in _COSMETIC:
                continue
            if hit.term == "保过" and reading.text[hit.end : hit.end + 1] in (
                "年",
                "节",
                "冬",
                "夏",
            ):
                continue
            if _HARMLESS_AFTER.match(reading.text[hit.end :]) or (
                hit.term in ("必过", "就回本") and _LUCKY.search(reading.sentence(hit.start))
            ):
                continue
            if _is_part(reading.text, hit):
                continue
            if hit.term in ("就回本", "稳赚", "稳赚不赔") and goods.category in _USED:
                # “这台洗碗机半年就回本”: what it saves, in jest.
                continue
            if kind == "guarantee" and reading.text[: hit.start].endswith("不是"):
                continue
            if kind in ("endorse", "authority") and _UNENDORSED.search(reading.sentence(hit.start)):
                continue
            if "赔" in hit.term and _GENUINE.search(reading.text[: hit.start]):
                continue
            if kind == "instant" and hit.term.endswith("见效") and POISON.search(reading.text):
                continue
            if hit.term.startswith("翻") and _DEARER.search(reading.text[: hit.start]):
                continue
            if hit.term == "转运" and _TRANSFER.match(reading.text, hit.end):
                continue
            if kind == "authority" and _NEIGHBOUR.match(reading.text[hit.end :]):
                continue
            if kind in ("endorse", "authority", "wealth", "earning", "pseudo") and _DEBUNKED.search(
                reading.sentence(hit.start)
            ):
                continue
            if kind == "instant" and goods.known and goods.category in _WORN:
                # “穿上年轻十岁” is how a dress looks.
                continue
            claims.append(self._stated(reading, hit, kind))
        for pair in reading.pairs(reading.kind("ever"), reading.kind("unfail"), after=4):
            if not claims or not any(
                hit.start <= pair.start < hit.end for one in claims for hit in one.hits
            ):
                whole = Hit(
                    "forever.永不", reading.text[pair.start : pair.end], pair.start, pair.end
                )
                claims.append(self._stated(reading, whole, "forever"))
        if goods.category not in _WORN:
            for pair in reading.pairs(
                reading.kind("flaw"), reading.kind("vanish"), after=8, marks=1
            ):
                words = reading.text[pair.start : pair.end]
                whole = Hit("instant.见效", words, pair.start, pair.end)
                claims.append(self._stated(reading, whole, "instant"))
        for pair in reading.pairs(
            reading.kind("pollutant"), reading.kind("zero"), after=8, marks=1
        ):
            words = reading.text[pair.start : pair.end]
            whole = Hit("impossible.清零", words, pair.start, pair.end)
            claims.append(self._stated(reading, whole, "impossible"))
        claims += self._composed(reading, said={hit for one in claims for hit in one.hits})
        claims += results(reading, worn=goods.category in _WORN)
        if reading.kind("sign"):
            claims += _FEATS.find(reading, goods.category)
        claims += self._pure(ctx, reading)
        claims += [
            Claim(
                concept="通报所述",
                hits=[hit],
                level="watch",
                says=f"“{hit.term}”，话里说到对某项宣传的查处或认定，所指是否本店须核实",
                missing=["所述宣传的原始画面、口播"],
                ungated=True,
            )
            for hit in reading.kind("notice")
            if _NOTICE.search(reading.sentence(hit.start))
        ]
        claims.sort(key=lambda claim: any(one.met for one in claim.exemptions))
        if goods.category != "agricultural_input":
            general = [one.ref for one in self.spec.law if one.ref not in _OF_FARMING]
            for claim in claims:
                claim.law = claim.law or general
        return claims

    def _composed(self, reading: Reading, said: set[Hit]) -> list[Claim]:
        """Claims of two parts: a body and its bond to the goods, an honour won, luck assured."""
        claims = []
        for first, second, kind, after, before in (
            ("body", "bond", "authority", 7, 4),
            ("honour", "won", "authority", 4, 14),
            ("luck", "assure", "wealth", 3, 8),
            ("shown", "seal", "hidden", 8, 2),
        ):
            for pair in reading.pairs(
                reading.kind(first), reading.kind(second), after=after, before=before, marks=1
            ):
                if any(hit.start < pair.end and pair.start < hit.end for hit in said):
                    continue
                if first == "body" and _ADVICE.match(reading.text[pair.end :]):
                    continue
                if kind == "authority" and _UNENDORSED.search(reading.sentence(pair.start)):
                    continue
                if kind == "authority" and _DEBUNKED.search(reading.sentence(pair.start)):
                    continue
                if first in ("luck", "honour") and _WISH.search(reading.sentence(pair.start)):
                    continue
                concept = pair.first.group.partition(".")[2] or pair.first.term
                whole = Hit(
                    f"{kind}.{concept}", reading.text[pair.start : pair.end],
                    pair.start, pair.end, _weaker(pair.first, pair.second),
                )  # fmt: skip
                claims.append(self._stated(reading, whole, kind))
        for hit in reading.kind("crowd"):
            number = _MILLIONS.search(reading.text[max(0, hit.start - 8) : hit.start])
            if number is not None and not _SOURCED.search(reading.sentence(hit.start)):
                whole = Hit(
                    "crowd.用户数",
                    number.group() + hit.term,
                    hit.start - len(number.group()),
                    hit.end,
                )
                claims.append(self._stated(reading, whole, "crowd"))
        return claims

    def _stated(self, reading: Reading, hit: Hit, kind: str) -> Claim:
        sentence = reading.sentence(hit.start)
        says = {
            "endorse": "称有媒体、名人推荐，未见可核对的出处",
            "authority": "借用国家、机构、奖项等名义，未见可核对的编号、出处",
            "forever": "称永久、不坏，同句未见期限、条件",
            "instant": "称即时、奇效，未见依据",
            "guarantee": "以保证效果的方式宣传",
            "harmless": "断言没有副作用、绝对安全",
            "pseudo": "以未见科学依据的概念宣传功能",
            "impossible": "所称性能超出同类商品的常见数值，同句未见依据",
            "star": "称明星都在用，未见依据",
            "wealth": "以发财、升值诱导购买",
            "everyone": "称用过的人个个满意、有效",
            "earning": "对收益、就业作保证性承诺",
            "crowd": "以用户数证明效果，未说明数据的出处、范围、期限",
            "hidden": "以不能展示、一露就封号暗示特殊来历",
        }[kind]
        exemptions = []
        if kind in ("endorse", "authority"):
            match = _CHECKABLE.search(sentence) or _CHECKABLE.search(reading.text)
            exemptions.append(
                Exemption(
                    clause="出处可核对",
                    met=match is not None,
                    why=f"说明了出处：“{match.group()}”"
                    if match
                    else "同句未见编号、年份、节目等可核对的出处",
                )
            )
        elif kind == "star":
            match = _STYLE.search(sentence)
            exemptions.append(
                Exemption(
                    clause="款式描述",
                    met=match is not None,
                    why="话里说到款式" if match else "同句未见款式的说法",
                )
            )
        else:
            match = MODEST.search(reading.scope.clause_text(hit.start))
            exemptions.append(
                Exemption(
                    clause="有保留的表述",
                    met=match is not None,
                    why=f"留有余地：“{match.group()}”" if match else "同句未见保留、限定",
                )
            )
        return Claim(
            concept=hit.group.partition(".")[2] or hit.term,
            hits=[hit],
            level="watch" if kind in _HINTS or hit.group in _WATCHED else "lead",
            says=f"“{hit.term}”，{says}",
            exemptions=exemptions,
            missing=["当事人对该说法的依据（检测报告、授权、证书）"],
            ungated=kind in ("forever", "harmless", "everyone", "impossible", "hidden")
            or (kind == "guarantee" and not hit.term.startswith(("保", "包", "必"))),
            numbers={"term": hit.term},
        )

    def _pure(self, ctx: Context, reading: Reading) -> list[Claim]:
        """“零添加” against the list of ingredients on the card: only a contradiction counts."""
        hits = reading.kind("pure")
        card = ctx.room.cards.get(reading.utterance.sku or "")
        if not hits or card is None or card.attributes is None:
            return []
        for name, value in card.attributes.items():
            if "配料" not in name and "成分" not in name:
                continue
            match = _ADDITIVE.search(value)
            if match is not None:
                return [
                    Claim(
                        concept="零添加",
                        hits=[hits[0]],
                        level="lead",
                        because=["card"],
                        says=f"“{hits[0].term}”，而商品卡的{name}写有“{match.group()}”",
                        ungated=True,
                        missing=["商品标签原件"],
                    )
                ]
        return []


def _weaker(first: Hit, second: Hit) -> Form:
    """How a whole was spelled of which one part may be disguised."""
    return second.form if first.form == "plain" else first.form
