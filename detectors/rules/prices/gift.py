"""`gift-value`: a gift that is not named, or is said to be worth more than the shop asks for it.

价格规定 18: a gift is told by name and number; a stated value is the price that the same shop asks now.
广告法 8(2). A prize by lot is no gift; freight, coupons and services are none either.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from detectors.alerts import Exemption, Level
from detectors.events import Event
from detectors.match import expression as re
from detectors.match.amounts import DAY_MS, amounts
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.rule import Context, RuleSpec, rule
from detectors.rules.advertising.composed import ComposedRule, Ground, Make
from detectors.rules.claims.claim import Claim, ClaimMemory
from detectors.rules.claims.reading import Reading
from detectors.rules.prices.conditions import is_conditional
from detectors.rules.prices.giving import unnamed_gift
from detectors.rules.prices.sold import WORDS, Sold, named_in, pieces, same_size
from detectors.rules.prices.wording import yuan
from detectors.speech.utterance import Utterance

__all__ = ["GiftValue"]

#: A price of the shop that was seen longer ago is not what it asks now.
LONGEST_SEEN_MS = 7 * DAY_MS
#: “不送赠品,价格做到底”; “送什么不说” gives all the same.
_GIVES_NONE = re.compile(
    "(?:不是|不算|不叫)(?:另外)?(?:送(?:你|东西)|赠品)|赠品[^,。!?]{0,2}送完了|现在不送|(?:不|没有?|无)(?:再|另外?|额外|会|能|搞|带|含)?(?:送|赠)(?!完|出)(?:任何|什么|啥)?(?:赠?品|礼|东西|的$|了$|$|,)|没有(?:任何|什么|啥)?(?:赠品|礼品|礼物)"
)
_UNNAMED = "，赠品未标明品名、数量"
_GIVES = re.compile("送(?!到|货|达|检|审)|赠|塞|搭(?!配|乘|建)|附(?:带|上|一)|有礼")
#: A gift that is told: how many of what.
_NAMED = re.compile(
    r"(?:(?:送|赠|是|有|加|配|发)[^,。!?]{0,6}?|[,、:])(?:[一两二三四五六七八九十\d]{1,12})(?:个|条|瓶|盒|支|双|把|件|袋|包|套|片|张|台|根|只|对|块|罐|桶|本|枚|提|副|顶|串|斤|箱)(?!礼|惊喜|好物|东西|赠品|神秘|大礼|豪礼)[^,。!?的]{2,}"
)
_VAGUE = re.compile(
    "神秘|惊喜|超值|豪华|精美|大?礼包|豪礼|好礼|大礼|礼物|礼品|赠品|东西|好物|配件包"
)
#: A gift verb close before a loose word for what is given.
_CLOSE = re.compile("(?:送|赠|附|搭|加|给|塞|准备)[^,。!?]{0,7}$")
_GIVEN = re.compile("(?:都|也|全)?(?:送|赠)")
#: “有礼貌”, and other words that go on.
_MANNERS = re.compile("[貌服仪堂数节让金]")
_PACK = re.compile("^[^送赠]{0,60}礼[包盒]$")
_CARD_GIFT = re.compile("赠品|赠送|礼品|加赠")
_ELSE = re.compile(
    "券|红包|新人礼包|积分|运费险|包邮|保险|会员礼|送(?:给)?(?:妈|婆|女|男|老婆|老公|长辈|老人|爸|爷|奶|朋友|闺蜜|老师|孩子|小孩|客户|领导|人|亲戚|同事|恋人|对象)|(?:谢谢|感谢)[^,。!?]{0,8}(?:送|礼物)|刷(?:的)?礼物|打赏|榜|火箭|嘉年华|小心心|礼物(?:收到|谢|感谢)|见面礼金|彩礼|送礼(?:物)?(?:的)?(?:首选|佳品|必备|有面|自用|长辈|老人|体面|不愁|都合适|很合适)|(?:自己吃|自用|走亲|逢年过节|过年|中秋|端午)[^,。]{0,6}送礼"
)
_LOT = re.compile("抽奖|抽[一两三四五六七八九十百\\d]|中奖|福袋|开奖|锦鲤")
#: “价值”, and the sum that follows.
_WORTH = re.compile(
    "(?:价值|标签价|吊牌价|市场价|专柜价|单独?(?:卖|买|拍)|[原零售定]{1,20}价|官网价|标价|市值|值)(?:的?是|就|都|得|要|卖|了|高达|超过?|达)?"
)
_OWN_PRICE = re.compile(
    "橱窗|小黄车|实际售价|实际价|实际卖|(?:店|链接|小黄车|货架)(?:里|上)|单卖|单买"
)
#: “送你一个四百九十九的按摩仪”: what it is worth, without a word for it.
_GIVEN_AT = re.compile(
    "(?:送|赠|搭|附)(?:给|予)?(?:你们?|您|大家|各位)?(?:一|两)?[个条件瓶盒双只把套袋包支块台]?(?=[\\d一二两三四五六七八九十百千]{1,12}(?:块|元)?(?:钱)?的(?!优惠|券|红包|运费))"
)
#: Several gifts together: no price of one of them is a measure of that.
_TOTAL = re.compile("总|一共|共计|合计|加起来|加一起|全部|这些|几样|[两三四五六七八九十]样|整套")
#: Somebody goes on about what was given a moment ago.
GOES_ON_MS = 20_000
_GOES_ON = re.compile(
    "(?:这|那|它|光|单|一[个条瓶盒双只把套包支块台]|市场价|专柜|价值|值|平时|外面|吊牌|原价)"
)
#: The gift is spoken of again: alone, by the piece, or as “this wine”.
_PIECE = "[条个件瓶盒双只把套袋包斤支块罐节张片对本台箱枚次杯]"
_SUM = "[\\d一二两三四五六七八九十百千点.]{1,12}(?:块|元)?[\\d一二三四五六七八九]?"
_AGAIN = re.compile(
    f"单(?:独)?(?:拍|买|卖|售|要)|(?:卖|售|收|价|才|就|只要|实收)?{_SUM}(?:钱)?[一/每]{_PIECE}|\\d元{_PIECE}|[一每]{_PIECE}(?:就|才|只|也|都)?(?:卖|要|收|售|价|是|只要|才|就){_SUM}"
    f"|(?:这|那|同)(?:款)?[\u4e00-\u9fff]{{1,3}}(?:我们?|咱们?|本)(?:家)?(?:店|橱窗|网店|小黄车|直播间|链接|货架)"
)
#: Where the shop is said to sell it.
_OUR_PLACE = re.compile(
    "(?:我们?|咱们?|本|自家?|自己)(?:家)?[^,。!?]{0,3}(?:店|铺|柜台|超市|仓库|网店|门市|商城)|门店|店里|橱窗|小黄车|货架|[一二三四五六七八九十\\d]{1,12}号(?:链接)?|链接[一二三四五六七八九十\\d]{1,12}号?|单(?:独)?(?:拍|买|卖|售)|平时|平常|日常|往常|实际|其实"
)
#: By the seller's own words nobody ever paid it.
_MADE_UP = re.compile(
    "(?:从来?没(?:有)?|没有?|从不|从来不|不)(?:单独?|正经|真)?(?:卖|售)过|(?:吊牌|标签|价签|价格?|标价)[^,。!?]{0,5}(?:自己|我们?|咱|随便|随手|乱|瞎)[^,。!?]{0,3}(?:印|打|标|写|贴|定|填|编)|(?:随便|随手|乱|瞎)(?:标|写|喊|报|印)的"
)
_ONE_PIECE = re.compile("(?<=[一二三四五六七八九十百块元\\d])一(?=[条个件瓶盒双只把套袋包斤支块])")


class Gifts(ClaimMemory):
    """Beside the claims: what was given last."""

    text: str = ""
    """As folded, 80 characters at most."""
    at: int = 0
    sku: str = ""
    session: str = ""
    event: Event | None = None


@rule
class GiftValue(ComposedRule):
    id = "gift-value"
    State = Gifts
    makes: ClassVar[Sequence[Make]] = (
        Make("赠品不明", _UNNAMED, ("vague",), level="watch"),
        Make("赠品不明", _UNNAMED, ("loose",), level="watch"),
        Make("赠品不明", _UNNAMED, ("unmarked",), ("gift",), after=10, before=14, marks=2, level="watch", ungated=True, asks=False),
        Make("赠品不明", _UNNAMED, ("hidden",), level="watch", where=_GIVES, ungated=True, asks=False),
    )  # fmt: skip
    grounds: ClassVar[Sequence[Ground]] = (
        Ground("抽奖的奖品，不是赠品", _LOT, "话里说到抽奖", "同句未见抽奖的说法", "text"),
        Ground("优惠券、红包、运费险等", _ELSE, "话里说到券、红包一类", "同句未见优惠券、红包、运费险的说法", "text"),
        Ground(
            "另有载明",
            re.compile("详情页(?:写|有|标|里)|屏幕上(?:写|有)|链接里(?:写|有)|(?:清单|明细)(?:在|写)"),
            "指明了品名、数量载于何处", "未指明载于何处", "text",
        ),
    )  # fmt: skip

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self._strong_groups |= {"worth", "given"}

    def may_claim(self, text: str, hits: list[Hit]) -> bool:
        return True  # it looks for more than its table says

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        overstated = self._overstated(ctx, reading)
        if overstated is not None:
            return [overstated]
        return [*super().find(ctx, reading), *self._unnamed(ctx, reading)]

    def _unnamed(self, ctx: Context, reading: Reading) -> list[Claim]:
        """A gift that is not named, by the parts of what is said."""
        found = unnamed_gift(reading.text)
        if found is None or self._is_told(ctx, reading):
            return []
        return [
            Claim(
                concept="赠品不明",
                hits=[Hit("given", reading.text[slice(*found)], *found)],
                level="watch",
                says=_UNNAMED.removeprefix("，"),
                exemptions=[ground.considered(reading, found[0]) for ground in self.grounds],
                missing=["详情页、订单页载明的赠品品名、数量"],
                ungated=True,
                asks=False,
                admits=True,
            )
        ]

    def judged(
        self, ctx: Context, reading: Reading, make: Make, hits: Sequence[Hit]
    ) -> Level | None:
        low, high = hits[0].start, hits[0].end
        if hits[0].term.endswith("有礼") and _MANNERS.match(reading.text, high):
            return None
        on_card = _CARD_GIFT.search(reading.utterance.field) is not None
        if make.second == () and not on_card and not _GIVES.search(reading.sentence(low)):
            return None
        if _GIVES_NONE.search(reading.text):
            ctx.decline("no-gift")
            return None
        if (
            hits[0].group == "loose"
            and not on_card
            and not (
                _CLOSE.search(reading.text[max(0, low - 8) : low])
                or _GIVEN.match(reading.text[high : high + 4])
            )
        ):
            return None
        if hits[0].group in ("vague", "loose"):
            start = hits[0].start
            if (
                not on_card
                and _PACK.search(hits[0].term)
                and not _GIVES.search(reading.text[max(0, start - 12) : start])
            ):
                return None  # “薯片大礼包”: what is sold
            named = _NAMED.search(_VAGUE.sub("", reading.text))
            if named is not None:
                ctx.decline("named", "", named.group())
                return None
        if self._is_told(ctx, reading):
            return None
        return make.level

    def _is_told(self, ctx: Context, reading: Reading) -> bool:
        """Does the card name the gift?"""
        card = ctx.room.cards.get(reading.utterance.sku or "")
        told = next(
            (
                f"{name}：{value}"
                for name, value in ((card.attributes if card is not None else None) or {}).items()
                if _CARD_GIFT.search(name) and _tells_gift(value)
            ),
            None,
        )
        if told is not None:
            ctx.decline("named-on-card", reading.utterance.sku or "", told)
            return True
        return False

    def asked_for(self, ctx: Context, reading: Reading, make: Make) -> list[str]:
        return ["详情页、订单页载明的赠品品名、数量"]

    # A value that is stated ---------------------------------------------------------------

    def _overstated(self, ctx: Context, reading: Reading) -> Claim | None:
        priced = [
            Hit("worth", match.group(), *match.span()) for match in _GIVEN_AT.finditer(reading.text)
        ]
        hits = sorted([*reading.kind("worth"), *priced], key=lambda hit: hit.start)
        for hit in hits:
            low, high = reading.scope.sentence(hit.start)
            stated = next(
                (
                    one
                    for one in amounts(reading.text)
                    if hit.end <= one.start <= hit.end + 6 and one.start < high
                ),
                None,
            )
            on_card = _CARD_GIFT.search(reading.utterance.field) is not None
            if stated is None:
                continue
            before = ""
            if not (on_card or _GIVES.search(reading.text[low:high])):
                before = self._given_before(ctx, reading)
                if not before:
                    continue
            if _TOTAL.search(reading.text[max(low, hit.start - 6) : hit.start]):
                ctx.decline("total", reading.utterance.sku or "", "所称是几件赠品的合计")
                continue
            value = Hit("value", reading.text[stated.start : stated.end], stated.start, stated.end)
            # Each value belongs to the gift between it and the values beside it.
            others = [
                other for other in hits if other.end <= hit.start or other.start >= stated.end
            ]
            first = max((other.end + 4 for other in others if other.end <= hit.start), default=low)
            last = min((other.start for other in others if other.start >= stated.end), default=high)
            sold = self._sold(
                ctx, reading, before + reading.text[max(low, first) : min(high, last)]
            )
            if sold is not None:
                above = self._against(ctx, reading, [hit, value], stated.fen, sold)
                if above is None:
                    continue  # of several gifts, another may be overstated
                given: Gifts = ctx.state
                if before and given.event is not None:
                    above.beside.append(given.event)
                return above
            own = self._own_words(reading.text, stated.end, high)
            if own is not None and own < stated.fen:
                return self._claim(
                    reading, [hit, value], stated.fen, own, "主播自称的店内售价", "watch"
                )
            made_up = _MADE_UP.search(reading.text)
            if made_up is not None:
                return self._made_up(reading, [hit, value], stated.fen, made_up.group())
            ctx.decline("gift-not-sold", reading.utterance.sku or "", "店内未见该赠品的售价")
        return None

    def _own_words(self, text: str, start: int, end: int) -> int | None:
        """“橱窗里六十八一条也挂着呢”: what the shop asks for it, by its own words."""
        place = _OWN_PRICE.search(text, start, end)
        if place is None:
            return self._spoken_again(text, start, end)
        # “六十八一条”: the one of the piece is no part of the price.
        after = _ONE_PIECE.sub("元,", text[place.end() : end])
        found = next((one.fen for one in amounts(after) if one.start <= 6 and one.fen), None)
        return found if found is not None else self._spoken_again(text, start, end)

    def _spoken_again(self, text: str, start: int, end: int) -> int | None:
        """“这酒我们店两瓶五十九”: the gift by name, alone or by the piece, with what the shop asks."""
        for place in _OUR_PLACE.finditer(text, start, end):
            if _AGAIN.search(text, max(start, place.start() - 6), end) is None:
                continue
            after = _ONE_PIECE.sub("元,", text[place.end() : min(end, place.end() + 16)])
            found = next((one.fen for one in amounts(after) if one.fen >= 100), None)
            if found is not None:
                return found
        return None

    def _made_up(self, reading: Reading, hits: list[Hit], stated: int, words: str) -> Claim:
        """A value that the seller himself says nobody ever paid."""
        return Claim(
            concept="赠品价值",
            hits=hits,
            level="watch",
            says=f"称赠品价值 {yuan(stated)} 元，又自称“{words}”，所标价值不是同店当前售价",
            exemptions=[ground.considered(reading, hits[0].start) for ground in self.grounds[:2]],
            missing=["赠品在店内的售价、进货凭证"],
            numbers={"stated_fen": stated},
            ungated=True,
            admits=True,
        )

    def _given_before(self, ctx: Context, reading: Reading) -> str:
        """What was given a moment ago, where this goes on about it: “这一瓶价值二百九十九”."""
        memory: Gifts = ctx.state
        utterance = reading.utterance
        told_lately = 0 <= utterance.at - memory.at <= GOES_ON_MS
        same = memory.sku == (utterance.sku or "") and memory.session == utterance.event.session
        return memory.text if told_lately and same and _GOES_ON.match(reading.text) else ""

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        super().on_text(ctx, utterance, hits)
        text = utterance.folded.text
        if utterance.speaker != "card" and _GIVES.search(text) and not _GIVES_NONE.search(text):
            memory: Gifts = ctx.state
            memory.text, memory.at, memory.event = text[:80], utterance.at, utterance.event
            memory.sku, memory.session = utterance.sku or "", utterance.event.session

    def _sold(self, ctx: Context, reading: Reading, text: str) -> Sold | None:
        """The card of the shop that is named in these words, the best match of all."""
        best: tuple[int, Sold] | None = None
        for sku, card in ctx.room.cards.items():
            if sku == reading.utterance.sku or not card.title:
                continue
            likeness = named_in(fold(card.title).text, text)
            history = ctx.room.prices.get(sku)
            step = history.in_force(ctx.now) if likeness and history is not None else None
            if step is None or step.price is None or is_conditional(step.quote.conditions):
                continue
            if ctx.now - step.until > LONGEST_SEEN_MS:
                continue  # what the shop asks now was not seen
            if best is None or likeness > best[0]:
                best = likeness, Sold(card, step)
        return best[1] if best is not None else None

    def _against(
        self, ctx: Context, reading: Reading, hits: list[Hit], stated: int, sold: Sold
    ) -> Claim | None:
        title = fold(sold.card.title or "").text
        if not same_size(reading.text, title):
            ctx.decline("other-spec", sold.card.sku, "赠品与店内所售规格不同")
            return None
        asked = sold.step.price or 0
        count = pieces(reading.text)
        if stated <= asked * count:
            ctx.decline("not-above", sold.card.sku)
            return None
        words = WORDS.findall(title)
        fresh = ctx.now - sold.step.until <= DAY_MS
        level: Level = "lead" if fresh and any(word in reading.text for word in words) else "watch"
        claim = self._claim(
            reading, hits, stated, asked, f"本店同款“{sold.card.title}”现售价", level
        )
        claim.beside.append(sold.step.quote.event)
        if count > 1:
            claim.numbers["pieces"] = count
            claim.says += f"（{count} 件合计 {yuan(asked * count)} 元）"
        return claim

    def _claim(
        self, reading: Reading, hits: list[Hit], stated: int, asked: int, what: str, level: Level
    ) -> Claim:
        return Claim(
            concept="赠品价值",
            hits=hits,
            level=level,
            says=f"称赠品价值 {yuan(stated)} 元，{what} {yuan(asked)} 元，高出 {yuan(stated - asked)} 元",
            exemptions=[
                *(ground.considered(reading, hits[0].start) for ground in self.grounds[:2]),
                Exemption(
                    clause="价格规定第十八条：标示的价值是同店当前售价", met=False, why="高于所见的当前售价"
                ),
            ],
            missing=["赠品与店内所售是否同款同规格"],
            numbers={"stated_fen": stated, "asked_fen": asked, "excess_fen": stated - asked},
        )  # fmt: skip


def _tells_gift(value: str) -> bool:
    """Does an entry of the card name the gift, and not only praise it?"""
    plain = _VAGUE.sub("", _WORTH.sub("", fold(value).text))
    return re.search("[\u4e00-\u9fff]{2,}", plain.replace("一份", "")) is not None
