"""`origin-false`: an origin by word or title that the card, or the same words, contradict.

产质法 37 and 53, 消法 56(4). The card's 产地 decides; where it was not seen only a contradiction in
the words themselves counts (“阳澄湖大闸蟹，实话说洪泽湖养的”). Brands, styles, kinds named after a place,
designs and warehouses are no origin.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import ClassVar

from detectors.alerts import Exemption
from detectors.events import Product
from detectors.facts.cards.labels import said
from detectors.match import expression as re
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.match.places import NAMES, Place, compatible, places_in
from detectors.rule import Context, Finding, rule
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.goods.elsewhere import comes_from_elsewhere, has_backdrop
from detectors.rules.goods.held import Held, HeldRule
from detectors.rules.goods.mismatch import contradiction
from detectors.rules.goods.provenance import lent_origin, may_be_lent
from detectors.rules.goods.slots import ORIGIN_NOT, origin_slots
from detectors.rules.goods.talk import Kind, Pairing, of_others, spurned
from detectors.speech.utterance import Utterance

__all__ = ["OriginFalse"]

#: Kinds and dishes that are named after a place and come from anywhere.
_NAMED = re.compile(
    "哈密瓜|荷兰豆|荷兰瓜|瑞士卷|法式|法国吐司|意大利面|意面|意式|日式|韩式|泰式|港式|美式|英式|日本豆腐|印度飞饼|越南春卷|墨西哥卷|土耳其烤肉|巴西松子|北京烤鸭|老北京|上海熏鱼|重庆火锅|兰州牛肉面|兰州拉面|重庆小面|"
    "扬州炒饭|武汉热干面|天津麻花|柳州螺蛳粉|四川泡菜|东北大拉皮|新疆大盘鸡|德州扒鸡|云南过桥米线|沙县|广式|川味|湘味|港版|西班牙海鲜饭|夏威夷果|澳洲坚果|美国红枫|荷兰牛奶泡|英国红茶杯|中国结|中国风|"
    "(?<!产自)(?<!来自)(?<!产地)普洱(?!市|产|本地|当地)|和田(?=玉|籽|白玉|青玉|碧玉|墨玉|羊脂)|岫(?=玉)|太平鸟|凤凰|东方(?!市)|西湖醋鱼|青岛啤酒|青岛牌|哈尔滨啤酒|雪花啤酒|天山雪莲|长白山图案|国产之光|国货之光|国产剧|北京时间|上海滩|大连理工"
)
#: So that places are known to be looked for where words are hidden.
_PLACES = NAMES
#: Words that say where the goods really come from.
_REALLY = re.compile(
    "^(?:[^,。!?]{0,6}(?:厂做|厂里做|厂出|厂产|灌的|灌装|养的|做的|养的|种的|产的|收的|加工的|代工)|(?:那边|这边|当地|本地|的?货|的?果)?(?:养|种|收|产|做|制|生产|分割|进的|进货|拉|运|来的|的货|货|加工|代工|贴牌|灌装|装的|捕|捞|摘|采|出的|买的|批的|发的货|冻|工厂|厂))"
)
_CONFESSED = re.compile(
    "挂[^,。]{1,5}扣|的扣|的标|说是|吊牌印|包装印|标签印|的牌|其实|实话|实际|货是|说白了|真正|哪里是|别管|反正|好卖|都这么写|随便写|写上|写成|贴上|泡了|转一下|过一下|冒充|当成|当作|装进|印有|自己印|实际产自|实际产地|差不多|印着|印的|就叫|就算|就成了|就是[^,。]{1,4}了|拿到|拉到|养两天|养几天|炒一下|吊牌写|包装写|包装上写|箱子上|标签上?写|发票上?写|写的|写着|嘛是|就是咱"
)
_HONEST = re.compile(
    "口误|更正|嘴瓢|说错|(?<![印译])错了|别(?:给我|跟我|说我|信)|不会跟你讲|我没(?:干|敢)|没说过|没落|两个链接|分开(?:写|标)|别弄混|做法|名字归名字|注册过|那边架子|我不敢|标题已改|箱子也换|发货仓|(?:名字|链接|标题)(?:名字)?(?:也|都)?(?:改|换)了|不(?:蹭|沾|借)|出口(?!转)|两个都写|都写了|写得清楚|标得清楚|如实|品种(?:是|叫|为)|原料(?:来自|产自|进口|也)|原液|品牌|设计|种源|种苗|技术|配方|工艺|机器|设备|总部|注册商标|不是(?=[^,。]{0,4}(?:的|产))|就是普通|和[^,。]{1,6}没关系|压榨|烘焙"
)
#: What is told where two places are named: which is which, on the label too.
_HONEST_LABEL = re.compile(
    "口误|更正|嘴瓢|说错|(?<![印译])错了|别(?:给我|跟我|说我|信)|不会跟你讲|我没(?:干|敢)|没说过|没落|两个链接|分开(?:写|标)|别弄混|做法|名字归名字|注册过|那边架子|我不敢|标题已改|箱子也换|发货仓|(?:罐子上|背标|背面)(?:两|都|写清)|两[行个]都|标[^,。!?]{0,4}写的?原产国|灌装地(?!:)|所以产地写|产地就(?:印|写|是)|商品[页卡](?:产地|也)|铭牌写|(?:瓶|杯|盒|锅)底(?:有|产地|没)|(?:昨天|刚才|之前)[^。!?]{0,14}(?:这一?[袋盒箱批]|手里这)|我(?:家|这[把个箱盒]?|们这)是|原料[^,。!?]{1,8}[, ]?产地|写着呢|还是国产"
)
#: Where goods come from that have no origin to name.
_NOWHERE = re.compile(
    "国产|国内|本地(?=的|货)|外地|外省|批发市场|农贸市场|超市|养殖场|大棚|小作坊|市场上|普通的|杂牌|别的地方|周边"
)
#: One thing taken for another; a name that is written, and what follows it.
_PASSED = re.compile("当|充|冒充|贴|挂|标|写成|印|打上|打着|换成|装进|套上|说成|叫成|其实|实际")
_WRITTEN = re.compile(
    "(?:说|写|标|号称|打着|吊牌|箱子|包装|叫|称|印)(?:是|的|着|的是|上|成)?[^,。]{0,2}$"
)
_BUT = re.compile(
    "其实|实际|都是|全是|但|货是|拿的|进的|收的|来的|运的|养的|种的|产的|做的|灌的|的货|那边"
)
#: “挂阳澄湖的扣”, “贴五常的标”.
_HUNG = re.compile("(?:挂|贴|套|打|装进?|用|扣|印)$")
_MARK = re.compile("^的?(?:扣|锁扣|蟹扣|标|牌|箱|盒|袋|包装|罐)")
_ELSEWHERE = re.compile(
    "外省|外地(?!的?(?:宝|家人|朋友|客|粉丝|姐妹|亲))|别的地方|别处|邻省|周边|隔壁省|其他产区|别的产区|外面收|外地收"
)
#: “四川的橙子我们就叫赣南脐橙”: what it is, and under which name it goes.
_RENAMED = re.compile(
    "的(?!客|人|朋友|姐妹|粉丝|师傅|老乡|老板|店|厂)[^,。!?的不没别非]{1,4}(?:,)?(?:我们|咱们?|店里|对外)?(?:就|都|一律|统一)?(?:叫|写|当|按|标|报|当成|当作|说成|写成|叫成)(?:是|成|的是)?"
)
_GOES = re.compile("[^,。!?]{0,6}?(?:卖|发|出|报|走|上架|$)")
_FOOD = frozenset({"food", "fresh_produce", "alcohol", "health_food", "infant_food"})
#: Where a title tells the true origin; a country named in English; one's own works.
_TOLD_ORIGIN = re.compile(
    "(?:产地|原产地|生产企业|生产商|生产厂家?|生产地址|厂家|厂址|制造商|生产者|原产国|产自|货源|委托)[^\\w]{0,2}"
)
_MADE_ABROAD = re.compile(r"made\s{0,8}in\s{0,8}(?!china|prc|p\.r)[a-z]{3,20}")
_OWN_WORKS = re.compile(
    "厂家自产|自产|自产自销|源头工厂|源头厂家|工厂自营|厂家直销|工厂店|本厂|自家工厂"
)
_HONEST_TITLE = re.compile(
    "风味|口味|同款|品种|分装|种苗|工艺|设计|进口(?:面料|原料|料|棉|奶源|皮|胚)|原料|出口|版|奶源"
)
#: What a bath lends an origin to; whoever says what it is, warns of it.
_BATHED = re.compile("蟹|虾|鱼|鳖|湖|江|塘|水库|产地|扣")
_IS_TOLD = re.compile("就是|洗得再像|是(?:指|说)")
_STRONG_TITLE = re.compile("正宗|原产|产地|特产|进口|地道|原装|直供|直采|核心产区")


@rule
class OriginFalse(HeldRule):
    id = "origin-false"
    strong: ClassVar[frozenset[str]] = frozenset({"origin", "place", "washed", "label"})
    kinds: ClassVar[dict[str, Kind]] = {
        "washed": Kind("话里说到外地货在产地过一遍再卖", "lead"),
        "relabel": Kind("话里说到改贴、虚写产地", "lead"),
    }
    pairings: ClassVar[tuple[Pairing, ...]] = (
        Pairing("label", "rewritten", "relabel", after=8, before=5, marks=1),
    )

    def waits(self, claim: Claim) -> bool:
        return claim.concept == "产地"

    def may_claim(self, text: str, hits: list[Hit]) -> bool:
        return (
            any(hit.group.startswith(("washed", "label")) for hit in hits)
            or may_be_lent(text)
            or _NOWHERE.search(text) is not None
            or _RENAMED.search(text) is not None
            or has_backdrop(text)
        )

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = super().find(ctx, reading)
        card = ctx.room.cards.get(reading.utterance.sku or "")
        if reading.utterance.speaker != "card" and card is not None and card.attributes:
            claims += [
                contradiction(reading, slot)
                for slot in origin_slots(reading.text, card)
                if not slot.agrees and not _NAMED.search(slot.spoken)
            ]
        text = _blanked(reading.text)
        if not claims:
            places = places_in(text)
            inner = (
                self._renamed(reading, text, places)
                or self._inner(reading, text, places)
                or self._called(reading, text, places)
                or self._lent(reading, text)
            )
            if inner is not None:
                claims.append(inner)
        claims += self.weighed(
            reading,
            "relabel",
            "产地自相矛盾",
            None if _HONEST_LABEL.search(text) else comes_from_elsewhere(text),
        )
        return claims

    def says(self, ctx: Context, reading: Reading, claim: Claim) -> Claim | None:
        if claim.hits[0].group.startswith("washed") and (
            _IS_TOLD.match(reading.text, claim.end) or not _BATHED.search(reading.text)
        ):
            return None
        if claim.hits[0].group.startswith("label") and _HONEST.search(reading.text):
            return None
        claim.missing.append("进货凭证、产地证明、实物标签")
        return claim

    def _inner(self, reading: Reading, text: str, named: list[Place]) -> Claim | None:
        """Two origins of the same goods in the same words, one claimed and one confessed.

        Args:
            text: the words without those that are only named after a place.
            named: the places in it.
        """
        places = [
            place
            for place in named
            if len(place.path) > 1 or place.name.endswith("进口") or place.name in ("国内", "国产")
        ]
        if (
            not places
            or _HONEST.search(text)
            or (_CONFESSED.search(text) is None and len(places) < 2)
        ):
            return None
        real: Place | re.Match[str] | None = None
        for place in places:
            if _REALLY.match(text[place.end :]) or re.search(
                "(?:也|都|全)是|(?:货|米|茶|果|蟹|肉|枣|酒|粉|料|品|鱼|虾)是|就?发|实际产自|实际产地(?:是|为)?|实话说?|其实是?|产地(?:嘛)?是咱?|产地$",
                text[max(0, place.start - 5) : place.start],
            ):
                real = place
        if real is None:
            real = _ELSEWHERE.search(text)
        if real is None:
            return None
        hung = [
            place
            for place in places
            if _HUNG.search(text[max(0, place.start - 3) : place.start])
            and _MARK.match(text[place.end :])
        ]
        if hung and len(places) > 1:
            real = next(place for place in places if place is not hung[0])
        claimed = [
            place for place in places
            if place is not real and (isinstance(real, re.Match) or not compatible(place.path, real.path))
        ]  # fmt: skip
        if not claimed or _CONFESSED.search(text) is None:
            return None
        start, end = claimed[0].start, claimed[0].end
        other = (real.start, real.end) if isinstance(real, Place) else real.span()
        name = real.name if isinstance(real, Place) else real.group()
        return _contradictory(
            reading,
            [Hit("inner.产地", claimed[0].name, start, end), Hit("inner.产地", name, *other)],
            f"称“{claimed[0].name}”，又说来自“{name}”，产地自相矛盾",
        )

    def _renamed(self, reading: Reading, text: str, named: list[Place]) -> Claim | None:
        """Goods of one place that go under the name of another."""
        for one, two in pairwise(named):
            between = text[one.end : two.start]
            if (
                len(two.path) > 1
                and not compatible(one.path, two.path)
                and _RENAMED.fullmatch(between) is not None
                and _GOES.match(text, two.end) is not None
                and _HONEST.search(text) is None
            ):
                return _contradictory(
                    reading,
                    [Hit("inner.产地", text[one.start : two.end], one.start, two.end)],
                    f"“{one.name}”的货以“{two.name}”的名义卖",
                )
        return None

    def _called(self, reading: Reading, text: str, named: list[Place]) -> Claim | None:
        """One origin passed off as another: “国产的当智利的卖”, “说是本地的，都是批发市场拿的”."""
        if _HONEST.search(text):
            return None
        found = sorted(
            [(place.start, place.end, place.path) for place in named]
            + [(match.start(), match.end(), ("别处",)) for match in _NOWHERE.finditer(text)]
        )
        for (start, end, one), (low, high, two) in pairwise(found):
            between = text[end:low]
            if len(between) > 16 or any(mark in between for mark in "。!?"):
                continue
            if one != ("别处",) and two != ("别处",) and compatible(one, two):
                continue
            if "别处" in (one[0], two[0]) and one == two:
                continue
            written = _WRITTEN.search(text[max(0, start - 5) : start])
            linked = _PASSED.search(between) or (
                written and _BUT.search(between + text[high : high + 3])
            )
            denied = re.search(
                "(?:不是|不|没|别)[^,。]{0,2}$", text[max(0, start - 4) : start]
            ) or re.search("(?:不|没|别)[^,。]{0,3}(?:当|充|贴|挂|标|写)", between)
            if not linked or denied:
                continue
            return _contradictory(
                reading,
                [
                    Hit("inner.产地", text[start:end], start, end),
                    Hit("inner.产地", text[low:high], low, high),
                ],
                f"“{text[start:high]}”，话里另说到与所称产地不同的来源",
            )
        return None

    def _lent(self, reading: Reading, text: str) -> Claim | None:
        """An origin lent by a bath, a box, a mark."""
        place = None if _HONEST_LABEL.search(text) else lent_origin(text)
        if place is None:
            return None
        start, end = place
        words = reading.text[start:end]
        return _contradictory(
            reading,
            [Hit("relabel.产地", words, start, end)],
            f"“{words}”，话里另说到与所称产地不同的来源",
            ungated=True,
        )

    def restates(self, ctx: Context, held: Held, utterance: Utterance) -> bool:
        card = ctx.room.cards.get(held.sku)
        return card is not None and any(
            slot.agrees for slot in origin_slots(utterance.folded.text, card)
        )

    def on_product(self, ctx: Context, event: Product) -> None:
        """The title against the card's own label."""
        card = ctx.room.cards.get(event.sku)
        if card is None or not card.title:
            return
        within = _made_elsewhere(card.title)
        if within is not None:
            return self._raise_title(ctx, card, *within)
        if not card.attributes:
            return
        shown = said(card, "产地")
        on_card = places_in(fold(shown).text) if shown else []
        if not on_card:
            return
        folded = fold(card.title)
        title = _blanked(folded.text)
        for place in places_in(title):
            after, before = (
                title[place.end : place.end + 6].lstrip(" "),
                title[max(0, place.start - 4) : place.start],
            )
            if any(compatible(place.path, one.path) for one in on_card):
                continue
            if ORIGIN_NOT.match(after):
                ctx.decline("exempt", event.sku, f"风味、品种、品牌、发货地：“{place.name}{after}”")
                continue
            if card.category not in _FOOD and not _STRONG_TITLE.search(before + place.name + after):
                continue
            if place.path == ("中国",):
                continue  # “国产” beside an import says too little about which part is meant.
            self._raise_title(ctx, card, place, shown)
            return

    def _raise_title(self, ctx: Context, card: Product, place: Place, shown: str) -> None:
        where = "标题" if shown in fold(card.title or "").text else "商品卡"
        ctx.raise_alert(
            Finding(
                subject=card.sku,
                subject_title=ctx.room.title_of(card.sku),
                level="lead",
                because=["title"],
                reason=f"商品标题称“{place.name}”，同一{where}的产地为“{shown}”，两者不符。",
                trigger=[card],
                hit=f"title:{place.name}:{shown}",
                numbers={"title_place": place.name, "shown_words": shown},
                exemptions=[
                    Exemption(
                        clause="风味、品种、品牌、发货地",
                        met=False,
                        why="未见风味、品种、品牌或发货地的说法",
                    )
                ],
                missing=["进货凭证、产地证明、实物标签"],
            )
        )


#: Cards are shown again and again, with the titles that they had.
@lru_cache(maxsize=2_048)
def _made_elsewhere(title: str) -> tuple[Place, str] | None:
    """The place that a title names the goods after, and the other one where it says they are from."""
    title = _blanked(fold(title).text)
    split = _TOLD_ORIGIN.search(title)
    named = [place for place in places_in(title) if len(place.path) > 1 or "进口" in place.name]
    foreign = _MADE_ABROAD.search(title)
    if foreign is not None and _OWN_WORKS.search(title):
        made = next((place for place in named if place.path[0] == "中国"), None)
        if made is not None and _HONEST_TITLE.search(title) is None:
            words = Place(foreign.group(), ("境外",), *foreign.span())
            return words, title[made.start : made.end]
    if split is None:
        return None
    head = [place for place in named if place.end <= split.start()]
    tail = [place for place in places_in(title) if place.start >= split.end()]
    if not tail or tail[0].start - split.end() > 6 or _HONEST_TITLE.search(title[: split.start()]):
        return None
    for place in head:
        if ORIGIN_NOT.match(title[place.end : place.end + 6].lstrip(" ")):
            continue
        if not any(compatible(place.path, one.path) for one in tail):
            return place, title[tail[0].start : tail[-1].end]
    return None


def _blanked(text: str) -> str:
    """The text without what is only named after a place, everything else at its place."""
    return _NAMED.sub(lambda match: "　" * len(match.group()), text)


def _contradictory(reading: Reading, hits: list[Hit], says: str, *, ungated: bool = False) -> Claim:
    """Two origins of the same goods, as one text tells them; its words are `hits`."""
    start, end = min(hit.start for hit in hits), max(hit.end for hit in hits)
    return Claim(
        concept="产地自相矛盾",
        hits=hits,
        level="watch",
        says=says,
        exemptions=[of_others(spurned(reading, start, end))],
        missing=["进货凭证、产地证明、实物标签"],
        ungated=ungated,
        admits=True,
        asks=False,
    )
