"""`food-date`: food past its shelf life, with a date that cannot be, or whose dates are talked of being changed.

食安法 34(10) and 124(5). Civil dates are those of Beijing. A shelf life with several conditions
counts with the longest; “见喷码” tells nothing. Food near its end (临期) is lawful.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

from detectors.alerts import Exemption
from detectors.events import Product
from detectors.facts.cards.labels import said
from detectors.match import expression as re
from detectors.match.dates import beijing_date, date_of, ends_on, shelf_life
from detectors.match.lexicon import Hit
from detectors.match.spoken_dates import SpokenDay, spoken_days
from detectors.rule import Context, Finding, rule
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.food.altered import altered_in
from detectors.rules.food.foods import FOOD, is_food
from detectors.rules.food.shifted import shifted_dates
from detectors.rules.goods.held import Held, HeldRule
from detectors.rules.goods.talk import Kind, Pairing, spurned
from detectors.speech.utterance import Utterance

__all__ = ["FoodDate"]

_MADE = re.compile(
    "生产日期|日期|下线|生产的|出厂|刚做|现做|做的|做好|出炉|灌装|包装的|新货|到的货|新鲜日期|打包的|罐装|产的|出的货|的货"
)
_TITLED = re.compile(
    r"(?:生产日期|生产|日期)[^\d]{0,3}(?P<made>20\d\d[年./\-]\d{1,2}(?:[月./\-]\d{1,2}日?|月)?)"
)
_FUTURE = re.compile(
    "下一?批|下次|明天|后天|预售|以后|将|会在|才生产|再生产|排产|要等|到期|过期|截止|保质期到|活动|发货|开播|买的|拍的|下单"
)
#: How a date is changed, in the words around it.
_ALTERED = re.compile(
    "(?:晚|往后|提前|重新?|假|随便|自己|另外?|再|补|早|统一|人工)[^,。!?]{0,4}(?:打|喷|印|写|填|敲|标|贴|调|盖)(?!折|电话|包|算|个电话)|(?:打|喷|印|写|填|敲|标|贴|调|盖)[^,。!?]{0,3}(?:晚|后|假|明天|后天|下个?月|未来|今天的|当天的)|"
    "改[长晚后新成大早]|(?:延|加|拉)长|想[^,。!?]{1,3}(?:哪天|几号|几月)"
)
#: “写的是十月产的，其实八月就做好了”
_OTHER_MONTH = re.compile(
    r"(?:写|标|印|打|喷)[^,。!?]{0,4}(?P<one>[\d一二三四五六七八九十]{1,12})月[^。!?]{0,8}(?:其实|实际)[^,。!?]{0,3}(?!(?P=one)月)[\d一二三四五六七八九十]{1,12}月"
)
_LONGER = re.compile(
    r"保质期[^,。!?]{0,4}?(?P<one>[\d一二三四五六七八九十两]{1,12})(?:个?月|天|年)[^。!?]{0,10}?(?:标|写|打|改|印|喷)(?:成|了|上|的)?(?!(?P=one))[\d一二三四五六七八九十两]{1,12}(?:个?月|天|年)"
)
_EVENT_DATE = re.compile(
    "活动|直播|开播|发货|到货|预售|比赛|预约|婚礼|开奖|抽奖|上架|结束|截止|优惠|领券|配送|送达|上课|讲课|更新"
)
#: Papers are valid until a date, too.
_DOCUMENT = re.compile(
    "(?:许可|执照|资质|合同|驾照|身份)?证(?:书|件|照)?(?:刚|新|都|已经|上|的有效)?(?:换|续|办|到期|过期|有效)|换证|续证|执照|(?:机|器)[^,。]{0,4}坏了[^。!?]{0,6}(?:手写|人工)|写的就是今天|日期没(?:动|变|改)|价格改|认证"
)
_OTHERS = re.compile("举个例子|比如|打个比方|假如|别家|人家|外面")


#: What is news, refused, thrown away, or only not to be read.
_NO_SHIFT = re.compile(
    "新闻|那可不中|批发客叫我|叫我把|谁让我干|判刑|禁止销售|沤肥|做成面片|(?:日期)?看不清(?:日期)?(?:就|你|您)|就当它过期|开了(?:袋|罐)"
)


@rule
class FoodDate(HeldRule):
    id = "food-date"
    likens_cards = False
    strong: ClassVar[frozenset[str]] = frozenset(
        {"date", "tampered", "expired", "madeday", "old", "sign"}
    )
    kinds: ClassVar[dict[str, Kind]] = {
        "tampered": Kind("话里说到改动、重打生产日期", "lead"),
        "tamper": Kind("话里说到改动、重打生产日期", "lead"),
        "renewal": Kind("以旧充新，改换包装、标签后再卖", "watch"),
        "stale": Kind("说到已过期而仍销售、劝人食用", "lead"),
    }
    pairings: ClassVar[tuple[Pairing, ...]] = (
        Pairing("date", "alter", "tamper", after=8, before=5, marks=1),
        Pairing("date", "ahead", "tamper", after=5, before=3, marks=0),
        Pairing("date", "hide", "tamper", after=10, before=3, marks=1),
        Pairing("expired", "renewed", "stale", after=14, before=8, marks=2),
        Pairing("old", "renewed", "renewal", after=18, before=10, marks=3),
        Pairing("expired", "harmless", "stale", after=12, before=6, marks=2),
    )

    def concerns(self, ctx: Context, utterance: Utterance) -> bool:
        category = ctx.room.category(utterance.sku)
        return utterance.field in ("text", "title") and (
            category is None or category in FOOD or category == "fresh_produce"
        )

    def waits(self, claim: Claim) -> bool:
        return claim.concept.startswith("日期不符")

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = super().find(ctx, reading)
        if not claims:
            claims = self._altered(ctx, reading)
        match = _OTHER_MONTH.search(reading.text)
        if not claims and match is not None:
            hit = Hit("date.日期", match.group(), match.start(), match.end())
            claims = self.framed(ctx, reading, "tamper", hit)
        told = altered_in(reading.text) if not claims else None
        if told is not None:
            words = reading.text[told.start : told.end]
            hit = Hit(f"{told.kind}.日期", words, told.start, told.end)
            claims = self.framed(ctx, reading, told.kind, hit)
        claims += self.weighed(reading, "tamper", "日期", shifted_dates(reading.text))
        return [*claims, *self._spoken(ctx, reading)]

    def _altered(self, ctx: Context, reading: Reading) -> list[Claim]:
        """A date, and in the same or the next clause how it is changed."""
        for hit in reading.kind("date"):
            if hit.term in ("瓶底", "瓶盖上的字", "有效期"):
                continue
            low, high = max(0, hit.start - 6), min(len(reading.text), hit.end + 11)
            match = _ALTERED.search(reading.text, low, high) or _LONGER.match(
                reading.text, hit.start
            )
            if match is None or "。" in reading.text[low:high]:
                continue
            start, end = min(hit.start, match.start()), max(hit.end, match.end())
            words = Hit("date.日期", reading.text[start:end], start, end)
            return self.framed(ctx, reading, "tamper", words)
        return []

    def says(self, ctx: Context, reading: Reading, claim: Claim) -> Claim | None:
        first = claim.hits[0]
        if first.group.startswith("date") and _EVENT_DATE.search(
            reading.text[max(0, first.start - 4) : first.start]
        ):
            return None
        if _DOCUMENT.search(reading.text) or _NO_SHIFT.search(reading.text):
            return None
        second = claim.hits[-1]
        if second.start < first.start and second.term.startswith("换新"):
            return None  # “包装盒换新了，日期在盒底”: it is the box
        category = ctx.room.category(reading.utterance.sku)
        if category is None:
            claim.level = "watch"
            claim.missing.append("商品类别（是否食品）")
        claim.missing.append("实物生产日期、进货查验记录")
        return claim

    def _spoken(self, ctx: Context, reading: Reading) -> list[Claim]:
        """Dates as spoken: past their shelf life, or newer than those of the card."""
        utterance, text = reading.utterance, reading.text
        card = ctx.room.cards.get(utterance.sku or "")
        if card is None or not (reading.kind("date") or reading.kind("madeday")):
            return []
        if utterance.speaker == "card":
            return self._titled(reading, beijing_date(utterance.at))
        if not is_food(card):
            if card.category is None:
                ctx.decline("class-unknown", card.sku)
            return []
        today = beijing_date(utterance.at)
        days = [day for day in spoken_days(text, today) if self._is_making(reading, day)]
        if not days:
            return []
        day = max(days, key=lambda one: one.last)
        why = spurned(reading, day.start, day.end) or _found(_OTHERS, reading.sentence(day.start))
        exemptions = [
            Exemption(
                clause="说的是别的商品或批次", met=why is not None,
                why=f"说到“{why}”" if why else "同句未见指别的商品、规格、批次或别家的说法；比对的是当时在讲的商品",
            )
        ]  # fmt: skip
        hits = [Hit("made.日期", text[day.start : day.end], day.start, day.end)]
        life = shelf_life(text) if "保质期" in text or "保质" in text else None
        if life is None and said(card, "保质期"):
            life = shelf_life(said(card, "保质期"))
        claims = []
        if life is not None and (end := ends_on(day.last, life)) < today and "保质" in text:
            claims.append(
                Claim(
                    concept="过期", hits=hits, level="lead", exemptions=exemptions,
                    says=f"按所说的生产日期（不晚于 {day.last.isoformat()}）和保质期，至迟 {end.isoformat()} 到期，"
                    f"直播当天是 {today.isoformat()}",
                    numbers={"made_latest": day.last.isoformat(), "ends_on": end.isoformat(), "today": today.isoformat()},
                    missing=["实物生产日期、保质期"],
                )
            )  # fmt: skip
        made = date_of(said(card, "生产日期"), last=True)
        if made is not None and made < day.first - timedelta(days=1) and day.first <= today:
            claims.append(
                Claim(
                    concept="日期不符", hits=hits, level="lead", exemptions=exemptions,
                    says=f"口播的生产日期不早于 {day.first.isoformat()}，商品卡的生产日期是 {made.isoformat()}，"
                    f"相差 {(day.first - made).days} 天",
                    numbers={
                        "spoken_from": day.first.isoformat(), "shown": made.isoformat(),
                        "days_apart": (day.first - made).days,
                    },
                    missing=["实物生产日期"],
                )
            )  # fmt: skip
        return claims

    def _titled(self, reading: Reading, today: date) -> list[Claim]:
        """A title that tells when the food was made and how long it keeps, and keeps no more."""
        match = _TITLED.search(reading.text)
        life = (
            shelf_life(reading.text[reading.text.find("保质期") :])
            if "保质期" in reading.text
            else None
        )
        made = date_of(match["made"], last=True) if match is not None else None
        if match is None or made is None or life is None or ends_on(made, life) >= today:
            return []
        end = ends_on(made, life)
        return [
            Claim(
                concept="过期",
                hits=[Hit("made.日期", match.group(), match.start(), match.end())],
                level="lead",
                says=f"按标题的生产日期（不晚于 {made.isoformat()}）和保质期，至迟 {end.isoformat()} 到期，"
                f"直播当天是 {today.isoformat()}",
                numbers={
                    "made_latest": made.isoformat(),
                    "ends_on": end.isoformat(),
                    "today": today.isoformat(),
                },
                missing=["实物生产日期、保质期"],
                ungated=True,
            )
        ]

    def _is_making(self, reading: Reading, day: SpokenDay) -> bool:
        low, high = reading.scope.clause(day.start)
        clause = reading.text[max(0, low - 8) : min(len(reading.text), high + 8)]
        near = reading.text[max(0, day.start - 6) : day.end + 8]
        return _MADE.search(clause) is not None and _FUTURE.search(near) is None

    def restates(self, ctx: Context, held: Held, utterance: Utterance) -> bool:
        made = date_of(said(ctx.room.cards.get(held.sku), "生产日期"), last=True)
        days = spoken_days(utterance.folded.text, beijing_date(utterance.at))
        return made is not None and any(day.first <= made <= day.last for day in days)

    def on_product(self, ctx: Context, event: Product) -> None:
        """The dates of the card against the civil date of the broadcast."""
        card = ctx.room.cards.get(event.sku)
        if card is None or not card.attributes or card.status in ("removed", "sold_out"):
            return
        shown = said(card, "生产日期")
        made = date_of(shown, last=True)
        end = self._end(card, made)
        today = beijing_date(event.at)
        future = (
            made is not None and date_of(shown) is not None and (date_of(shown) or made) > today
        )
        if not future and (end is None or end >= today):
            if "临期" in (card.title or ""):
                ctx.decline("exempt", event.sku, "临期而未过期：标题写明临期")
            return
        if not is_food(card):
            if card.category is None:
                ctx.decline("class-unknown", event.sku)
            return
        self._raise_card(ctx, card, made, end, today, future=future)

    def _end(self, card: Product, made: date | None) -> date | None:
        """The last good day by the card; ``None``: it cannot be told."""
        until = date_of(said(card, "到期日"), last=True)
        if until is not None:
            return until
        life_text = said(card, "保质期")
        if (written := date_of(life_text, last=True)) is not None:
            return written
        life = shelf_life(life_text)
        if made is None or life is None or not life.longest_days:
            return None
        return ends_on(made, life)

    def _raise_card(
        self, ctx: Context, card: Product, made: date | None, end: date | None, today: date, *, future: bool
    ) -> None:  # fmt: skip
        numbers: dict[str, int | float | str | bool | None] = {"today": today.isoformat()}
        reason = ""
        if made is not None:
            numbers["made"] = made.isoformat()
        if future and made is not None:
            numbers["days_ahead"] = (made - today).days
            reason = (
                f"商品卡的生产日期 {said(card, '生产日期')} 晚于直播当天（{today.isoformat()}）。"
            )
        elif end is not None:
            numbers |= {"ends_on": end.isoformat(), "days_past": (today - end).days}
            made_words = f"生产日期 {made.isoformat()}，" if made is not None else ""
            life = said(card, "保质期") or said(card, "到期日")
            reason = (
                f"商品卡：{made_words}保质期 {life}，至 {end.isoformat()} 到期；"
                f"直播当天（北京时间）是 {today.isoformat()}，已过 {(today - end).days} 天。"
            )
        ctx.raise_alert(
            Finding(
                subject=card.sku,
                subject_title=ctx.room.title_of(card.sku),
                level="lead",
                reason=reason,
                trigger=[card],
                hit=f"card:{said(card, '生产日期')}:{said(card, '保质期')}",
                numbers=numbers,
                exemptions=[
                    Exemption(clause="临期而未过期", met=False, why="按最长的保质期计算仍已过期")
                ],
                missing=["实物生产日期、保质期（商品卡可能未更新批次）"],
            )
        )


def _found(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match.group() if match is not None else None
