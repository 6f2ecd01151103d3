"""`counterfeit-hint`: 高仿, A货, 原单, 剪标 and the like said of the goods on sale.

产质法 39 and 50, 直播办法 33 and 61. Slang alone is watched; with a brand and a price far below
its reference it is a lead. Three independent buyers who report a fake are watched too.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from detectors.alerts import Exemption
from detectors.events import Chat
from detectors.match import expression as re
from detectors.match.amounts import amounts
from detectors.match.lexicon import Hit
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.claims.claim import Claim, ClaimMemory
from detectors.rules.claims.reading import Reading
from detectors.rules.goods.hints import hint_in
from detectors.rules.goods.imitation import hinted_imitation
from detectors.rules.goods.reports import Reports
from detectors.rules.goods.talk import Kind, Pairing, TalkRule
from detectors.rules.prices.wording import yuan

__all__ = ["CounterfeitHint"]

#: One's own brand, orders or mould: 尾单 and 跟版 of these counterfeit nobody.
_OWN_BRAND = re.compile(
    "(?:牌子|品牌)(?:都|也)?是(?:自家|自己|我们)|(?:自己|自家|自有|自主|本店|我们家?|咱们?家?)(?:的|注册的)?(?:订单|品牌|牌子|商标|工厂的?品牌|设计|原创|开的?模|版型|吊牌)|原创设计|独立设计|(?:有|拿|获|品牌|正式|官方|已|社|宫|馆|影|集团|公司)授权|不冒充|我们家(?:去年|今年|自己)|授权(?:书|生产|复刻|复制|文创|店|经销)|官方旗舰|"
    "官方(?:授权|直营|正品)|博物馆|专业机构鉴定|鉴定证书|中检|二手|中古|闲置|保税|报关|海关"
)
_JADE = re.compile(
    "翡翠|玉|镯|冰种|种水|糯种|珠宝|缅甸|挂件|手串|戒面|原石|b货|c货|天然|飘花|棉[,。絮]"
)
_LOOKED = re.compile("妆|穿搭|造型|这身|气场|状态|整个人|今天这|身材|拍照|帅|飒|她|姐姐")
_LOOKS_BOLD = re.compile(
    "^的? ?(?:走路|一套|一件|一条|一身|这|那|造型|穿搭|气场|气质|感|风|御姐|妆|look|身材|气势|发型|西装|感觉|味|女|姐|哥|一身|显|好看|酷|飒|气|氛围|状态|眼|拍照|裙)"
)
#: “高仿真”的花 are toys and decoration.
#: Classes in which versions and replicas are spoken of as counterfeits are.
_WORN = frozenset({"clothing", "jewellery", "cosmetics", "collectible", None})
_GENUINE = re.compile("(?:正品|真品|行货)[^,。!?]{0,4}$")
_LIFELIKE = re.compile("^(?:真(?!皮|包|表|鞋|货|品|的?牌)|皮草)")
#: The number of an order; terms of return.
_NUMBERED = re.compile("^(?:货)?(?:纸|的订单|价|号|信息|退|地址|编号|据|页|补发|返回)")
_RETURN_TERMS = re.compile(
    "怕扎|不能发货|等标签|次品|瑕疵|不退|不换|不能退|影响二次|无理由|七天|7天|退货|退换|售后|扎脖子|扎(?:人|皮肤)|自己剪|可以剪|能剪"
)
_RATIO = re.compile(
    "^(?:[0-9十百千]|(?:的)?(?:还原(?:校服|影视|电影|古|剧|动漫|道具|场景)|兑|换|积分|比例|补|赔|置换|勾兑|水|稀释|调|返|还款|服务|辅导|教学|私教|拼))"
)
_CHECKABLE_TRADE = re.compile(
    "(?:防伪码|扫码|防伪)[^,。!?]{0,6}(?:官网|官方|可查|查验|验真|刮开)|专利|专用标识|二维码[^,。!?]{0,8}扫"
)
#: Who sells the genuine article invites buyers to have it looked at.
_INVITED = re.compile("(?:欢迎|支持|不怕|假一|疑问|不放心)[^。!?]{0,14}$")
_UNFOUND = re.compile(
    "(?:验|查|鉴|认|看|测)[^,。!?]{0,3}不出|过(?:验|鉴|柜)|能过|照样过|都(?:能)?过"
)
#: What goods flow out of.
_OUT_OF = re.compile("厂|柜|公司|品牌|渠道|仓|线|内部|代工")
#: By term, the characters after it that make it a word of every day.
_PLAIN = {"仿得": frozenset("了"), "复刻": frozenset("出了"), "刮码": frozenset("验查")}
#: Made over the number that was ordered, behind the back of whoever owns the brand.
_OVER_ORDER = re.compile(
    "(?:代工厂?|工人|夜班|厂里|(?:同|一)(?:一)?(?:个|家|条)(?:厂|线|工厂|代工)|大牌|正品|原装)[^。!?]{0,14}?(?:偷着|偷偷|偷摸|私下|私自|悄悄|夜班|超单|超量|多)(?:地|着)?(?:多|加)?(?:做|开|打|生产|加工)[^。!?]{0,18}?(?:(?:没|未|不)(?:有|经|走|拿|经过)?[^,。!?]{0,6}(?:授权|同意)|品牌(?:方)?(?:也|都)?(?:不|没)(?:知道|点头|晓得))|"
    "(?:多做|多开|多打|超做|多出来)(?:的|了)?[^。!?]{0,14}品牌(?:方)?[^,。!?]{0,4}(?:不|没)(?:知道|点头|晓得|同意|授权)"
)


def _is_plain(term: str, text: str, hit: Hit) -> bool:
    """Is it a word of every day (“洗发水流出来了”, “复刻出水洗效果”, “仿得了木纹”, “刮码验”)?"""
    if term == "流出来":
        return _OUT_OF.search(text[max(0, hit.start - 8) : hit.start]) is None
    return term in _PLAIN and text[hit.end : hit.end + 1] in _PLAIN[term]


class CounterfeitMemory(ClaimMemory):
    """Beside the claims: buyers' reports."""

    reports: Reports = msgspec.field(default_factory=Reports)


@rule
class CounterfeitHint(TalkRule):
    id = "counterfeit-hint"
    State = CounterfeitMemory
    by_product = True
    strong: ClassVar[frozenset[str]] = frozenset(
        {
            "fake",
            "slang",
            "label",
            "genuine",
            "name",
            "allusion",
            "verify",
            "leak",
            "rival",
            "twin",
            "tag",
            "hint",
            "sign",
        }
    )
    kinds: ClassVar[dict[str, Kind]] = {
        "fake": Kind("自认是仿冒品"),
        "slang": Kind("是仿冒、来路不明商品的行话"),
        "label": Kind("剪标、去标、裸标，隐去来源"),
        "verify": Kind("暗示仿冒的防伪能过查验"),
        "leak": Kind("暗示从品牌方工厂流出"),
        "twin": Kind("以与正品分不出来暗示仿冒", negated=True),
        "hush": Kind("不敢说出牌子，暗示是名牌", negated=True),
    }
    pairings: ClassVar[tuple[Pairing, ...]] = (
        Pairing("genuine", "same", "twin", after=8, before=2, marks=1),
        Pairing("rival", "same", "twin", after=8, before=3, marks=1),
        Pairing("name", "unsaid", "hush", after=7, before=3, marks=0),
        Pairing("tag", "removed", "label", after=8, before=4, marks=1),
        Pairing("name", "removed", "label", after=8, before=4, marks=1),
        Pairing("tag", "unsaid", "hush", after=6, before=1, marks=0),
        Pairing("allusion", "knowing", "hush", after=14, before=14, marks=2),
        Pairing("name", "knowing", "hush", after=12, before=10, marks=1),
    )

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.cheap = spec.threshold("cheap_ratio")
        self.reporters = spec.count("reporters")
        self.reports_ms = spec.count("reports_min") * 60_000

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = super().find(ctx, reading)
        if not claims and ctx.room.category(reading.utterance.sku) in _WORN:
            claims = self._hinted(ctx, reading)
        over = _OVER_ORDER.search(reading.text) if not claims else None
        if over is not None:
            hit = Hit("leak.超单", over.group(), over.start(), over.end())
            claims = self.framed(ctx, reading, "leak", hit)
        return [*claims, *self._imitation(reading)]

    def _imitation(self, reading: Reading) -> list[Claim]:
        claims = self.weighed(reading, "slang", "仿冒", hinted_imitation(reading.text))
        for claim in claims:
            claim.missing.append("商标权利人的鉴别意见、进货凭证")
        return claims

    def _hinted(self, ctx: Context, reading: Reading) -> list[Claim]:
        """Hints about what is worn, where versions and replicas are spoken of."""
        hint = hint_in(reading.text)
        if hint is not None:
            kind, start, end = hint
            hit = Hit(f"{kind}.暗示", reading.text[start:end], start, end)
            return self.framed(ctx, reading, kind, hit)
        return self._too_cheap(ctx, reading)

    def _too_cheap(self, ctx: Context, reading: Reading) -> list[Claim]:
        """“正品八千，我这儿八百”: a price far below that of the genuine article."""
        sums = amounts(reading.text)
        for dear in sums:
            if _GENUINE.search(reading.text[max(0, dear.start - 6) : dear.start]):
                for cheap in sums:
                    if cheap.start > dear.end and 0 < cheap.fen < dear.fen * self.cheap:
                        words = reading.text[max(0, dear.start - 2) : cheap.end]
                        hit = Hit("slang.价差", words, max(0, dear.start - 2), cheap.end)
                        return self.framed(ctx, reading, "slang", hit)
        return []

    def says(self, ctx: Context, reading: Reading, claim: Claim) -> Claim | None:
        hit, text = claim.hits[0], reading.text
        after = text[hit.end :]
        term = hit.term.lower()
        category = ctx.room.category(reading.utterance.sku)
        if term in ("a货", "老a货", "a huo", "ahuo") and (
            category == "jewellery" or _JADE.search(reading.sentence(hit.start))
        ):
            ctx.decline("jade-grade", reading.utterance.sku or "")
            return None
        if term == "超a" and (
            _LOOKED.search(text[max(0, hit.start - 8) : hit.start])
            or _LOOKS_BOLD.match(after)
            or text[hit.start - 1 : hit.start] == "你"
        ):
            return None
        if term in ("一比一", "1比1", "1:1", "一比一的", "1:1的") and _RATIO.match(after):
            return None
        if _is_plain(term, text, hit):
            return None
        if term == "高仿" and _LIFELIKE.match(after):
            return None
        if hit.group == "slang.原单" and _NUMBERED.match(after):
            return None
        if hit.group.startswith(("label", "tag", "name")) and _RETURN_TERMS.search(
            reading.sentence(hit.start)
        ):
            return None
        if hit.group.startswith("verify") and (
            _CHECKABLE_TRADE.search(text)
            or (_INVITED.search(text[: hit.start]) and not _UNFOUND.search(text))
        ):
            return None
        own = _OWN_BRAND.search(text)
        claim.exemptions.append(
            Exemption(
                clause="自有品牌、授权或二手正品",
                met=own is not None,
                why=f"说明了来历：“{own.group()}”"
                if own
                else "同句未见自有品牌、授权或二手正品的说明",
            )
        )
        claim.missing.append("商标权利人的鉴别意见、进货凭证")
        self._weigh_price(ctx, reading, claim)
        return claim

    def _weigh_price(self, ctx: Context, reading: Reading, claim: Claim) -> None:
        """Slang, a brand, and a price below a share of its reference make a lead."""
        card = ctx.room.cards.get(reading.utterance.sku or "")
        brands = reading.kind("brand", "rival")
        brand = (card.brand if card is not None else None) or (brands[0].term if brands else None)
        if card is None:
            return
        history = ctx.room.prices.get(card.sku)
        price, reference = card.price, card.reference_price
        if history is not None:
            for step in history.steps[-20:]:
                if step.kind in ("asking", "coupon") and step.price is not None:
                    price = step.price
                if step.quote.reference_price is not None:
                    reference = step.quote.reference_price
        if not brand or not price or not reference or price >= reference * self.cheap:
            return
        claim.level = "lead"
        claim.numbers |= {
            "price_fen": price, "reference_fen": reference, "cheap_ratio": self.cheap, "brand": brand,
        }  # fmt: skip
        claim.says += f"；牌子“{brand}”，售价 {yuan(price)} 元，不到参考价 {yuan(reference)} 元的 {self.cheap:.0%}"

    def on_viewer_text(self, ctx: Context, event: Chat, hits: list[Hit]) -> None:
        groups = {hit.group for hit in hits}
        if "viewer.fake" not in groups or "viewer.doubt" in groups:
            return
        subject = ctx.room.explaining or "room"
        memory: CounterfeitMemory = ctx.state
        reports = memory.reports.add(subject, event, self.reports_ms)
        if len(reports) < self.reporters:
            if reports:
                ctx.decline("few-reports", subject)
            return
        ctx.raise_alert(
            Finding(
                subject=f"{subject}/观众反映",
                subject_title=ctx.room.title_of(ctx.room.explaining),
                level="watch",
                reason=f"{self.reports_ms // 60_000} 分钟内 {len(reports)} 名互不相同的观众反映买到假货。"
                "观众的话不等于事实，只作线索。",
                trigger=list(reports),
                extent=len(reports),
                numbers={"reporters": len(reports), "window_min": self.reports_ms // 60_000},
                exemptions=[
                    Exemption(
                        clause="同行集中恶意留言",
                        met=None,
                        why="未见模板化、同批账号的迹象，须复核",
                    )
                ],
                missing=["反映人的订单与实物、商标权利人的鉴别意见"],
            )
        )
