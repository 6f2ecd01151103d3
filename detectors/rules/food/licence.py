"""`food-no-licence`: food sold without licence or filing, or made without a production licence.

食安法 35 and 122. Farm produce needs none; who sells prepackaged food only needs a filing (备案); a
small workshop has a registration. What is not displayed is unknown: only what was observed to be
absent counts, and a page may load late.
"""

from __future__ import annotations

from datetime import date

from detectors.alerts import Exemption, Level, Number, unmet
from detectors.calendar import beijing_date
from detectors.claims.framed import FramedRule
from detectors.events import Event, Party, Product, Room
from detectors.facts.cards.labels import said, shown
from detectors.facts.identity.licences import fault_of, numbers_in
from detectors.match.dates import date_of
from detectors.match.phrasing import phrasing
from detectors.pack.frames import Frame
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.claims.claim import Claim, ClaimMemory
from detectors.rules.claims.reading import Reading
from detectors.rules.food.foods import FOOD, is_food, is_imported, is_loose, is_produce, words_of
from detectors.rules.goods.pending import in_order
from detectors.speech.utterance import Utterance

__all__ = ["FoodNoLicence"]

_FOOD_LICENCE = phrasing("food", "licence")
_WORKSHOP = phrasing("food", "workshop")
_UNTIL = phrasing("food", "valid-until")
_SUBJECT = "食品经营许可"
_PRODUCE = "食安法第三十五条第一款（食用农产品）"
_WORKSHOP_OR_IMPORT = "食安法第三十六条（小作坊登记、进口食品）"


class LicenceMemory(ClaimMemory):
    """Beside the claims: since when, and how often, the room's food licence was observed absent."""

    absent_since: int = 0
    absent_seen: int = 0
    raised: bool = False


@rule
class FoodNoLicence(FramedRule):
    id = "food-no-licence"
    State = LicenceMemory

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.grace_ms = spec.duration_ms("page_load_s")

    # What is said -------------------------------------------------------------------------

    def concerns(self, ctx: Context, utterance: Utterance) -> bool:
        category = ctx.room.category(utterance.sku)
        return utterance.speaker != "card" and (category is None or category in FOOD)

    def judged(self, ctx: Context, reading: Reading, frame: Frame, claim: Claim) -> Claim | None:
        if ctx.room.category(reading.utterance.sku) not in FOOD:
            claim.level = "watch"
            claim.because.append("unclassed")
            claim.missing.append("商品类别（是否食品）")
        return claim

    # What the card shows ------------------------------------------------------------------

    def on_product(self, ctx: Context, event: Product) -> None:
        card = ctx.room.cards.get(event.sku)
        if card is None or not is_food(card) or card.status == "removed":
            return
        memory: LicenceMemory = ctx.state
        if memory.absent_since and not memory.raised:
            ctx.set_timer(event.at + self.grace_ms, "licence")
        if shown(card, "生产许可证") != "" or not card.attributes:
            return
        produce, other = is_produce(card), _not_produced(card)
        if produce is not None:
            return ctx.decline("exempt", event.sku, f"{_PRODUCE}：{produce}")
        if other is not None:
            return ctx.decline("exempt", event.sku, f"{_WORKSHOP_OR_IMPORT}：{other}")
        level: Level = "lead" if memory.absent_since else "watch"
        and_room = "；直播间也未展示食品经营许可或备案" if memory.absent_since else ""
        ctx.raise_alert(
            Finding(
                subject=event.sku,
                subject_title=ctx.room.title_of(event.sku),
                level=level,
                reason=f"加工食品的商品卡上没有食品生产许可证编号（观察到未标注）{and_room}。",
                trigger=[*_shown_room(ctx, memory), card],
                hit="sc:absent",
                because=["card"],
                title="食品生产许可证编号未见标注",
                numbers={"production_licence": "未标注"},
                exemptions=[_produce(), _workshop()],
                missing=["生产者的食品生产许可证（向当事人及发证机关核实）"],
                law=["食安法/经营许可", "食播规定/食品资质"],
            )
        )
        return None

    # What the room shows ------------------------------------------------------------------

    def on_room(self, ctx: Context, event: Room) -> None:
        identity = ctx.room.facts.identity
        memory: LicenceMemory = ctx.state
        if identity is None:
            return
        licence = _licence_of(event)
        if licence is None:
            return
        if licence:
            memory.absent_since = memory.absent_seen = 0
            ctx.cancel_timer("licence")
            self._expired(ctx, event, licence)
            return
        memory.absent_seen += 1
        memory.absent_since = memory.absent_since or event.at
        if not memory.raised:
            ctx.set_timer(event.at + self.grace_ms, "licence")
            ctx.decline("page-may-load-late", _SUBJECT)
        else:
            self._raise_room(ctx)

    def on_timer(self, ctx: Context, key: str, due: int) -> None:
        if key == "licence" and ctx.state.absent_since:
            self._raise_room(ctx)

    def holds_back(self, memory: ClaimMemory, key: str) -> bool:
        return key == "licence"

    def _food(self, ctx: Context) -> Product | None:
        """The first product on sale for which a licence or filing is needed."""
        for card in ctx.room.cards.values():
            if is_food(card) and card.status != "removed" and is_produce(card) is None:
                return card
        return None

    def _raise_room(self, ctx: Context) -> None:
        memory: LicenceMemory = ctx.state
        identity, card = ctx.room.facts.identity, self._food(ctx)
        if identity is not None and card is None:
            sold = (one for one in ctx.room.cards.values() if one.status != "removed")
            produce = next(filter(None, map(is_produce, sold)), None)
            if produce is not None:
                ctx.decline("exempt", _SUBJECT, f"{_PRODUCE}：{produce}")
        if identity is None or card is None:
            return
        memory.raised = True
        packed = "；只卖预包装食品的仍须备案" if is_loose(card) is None else ""
        ctx.raise_alert(
            Finding(
                subject=_SUBJECT,
                subject_title=f"{_SUBJECT}（{ctx.room.title_of(card.sku)}）",
                level="lead" if memory.absent_seen > 1 else "watch",
                because=["room"],
                # What an operator has to show; the papers of a seller behind it are another's.
                facts=["not_shown"] if memory.absent_seen > 1 and not identity.seller else [],
                title="食品经营许可、备案未见展示",
                reason=f"直播间在售食品“{card.title or card.sku}”，而经营者信息中食品经营许可或备案"
                f"观察到未展示 {memory.absent_seen} 次{packed}。",
                trigger=in_order([card, identity]),
                hit=f"licence:{identity.id}",
                numbers={"absent_seen": memory.absent_seen},
                exemptions=[_produce(), _workshop()],
                missing=[
                    "市场监管部门的许可、备案登记",
                    "平台登记的入网食品经营者信息（食安法第六十二条）",
                ],
            )
        )

    def _expired(self, ctx: Context, event: Room, licence: str) -> None:
        match = _UNTIL.search(licence)
        until = date_of(match["date"]) if match else None
        today = beijing_date(event.at)
        card = self._food(ctx)
        faults = [
            f"{number.name} {number.text.upper()}：{fault.why}"
            for number in numbers_in(licence)
            if number.kind in ("JY", "YB")
            and (fault := fault_of(number.kind, number.text))
            and fault.certain
        ]
        expired = until is not None and until < today
        if card is None or not (expired or faults):
            return
        numbers: dict[str, Number] = {"today": today.isoformat()}
        trigger: list[Event] = in_order([card, event])
        if expired and isinstance(until, date):
            numbers |= {"until": until.isoformat(), "days_past": (today - until).days}
            reason = f"展示的许可证有效期至 {until.isoformat()}，直播当天是 {today.isoformat()}，已过 {(today - until).days} 天。"
        else:
            reason = f"展示的编号不符合格式：{'；'.join(faults)}。"
        ctx.raise_alert(
            Finding(
                subject=_SUBJECT,
                subject_title=f"{_SUBJECT}（{ctx.room.title_of(card.sku)}）",
                level="lead" if expired else "watch",
                because=["expired" if expired else "format"],
                reason=reason,
                trigger=trigger,
                hit=f"licence:{licence}",
                numbers=numbers,
                exemptions=[_produce(), _workshop()],
                missing=["是否已办理延续（向发证机关核实）"],
            )
        )


def _shown_room(ctx: Context, memory: LicenceMemory) -> list[Event]:
    """What showed the room without a licence, where it did."""
    identity = ctx.room.facts.identity
    return [identity] if memory.absent_since and identity is not None else []


def _licence_of(event: Room) -> str | None:
    """The food licence as displayed: of the actual seller where one is shown, else of the operator.

    `""` observed to be absent, ``None`` unknown. Another licence than one for food tells nothing.
    """
    for name, party in (("seller", event.seller), ("operator", event.operator)):
        absent = f"{name}.licence" in (event.absent or [])
        if party is None and not absent:
            continue
        licence = party.licence if isinstance(party, Party) else None
        if absent or licence == "":
            return ""
        if licence is None:
            continue
        return licence if _FOOD_LICENCE.search(licence) else None
    return None


def _not_produced(card: Product) -> str | None:
    """Why no production licence number is due: import, loose, workshop; ``None``: it is, or produce."""
    found = _WORKSHOP.search(words_of(card))
    return (
        (found.group() if found else None)
        or is_imported(card)
        or is_loose(card)
        or (said(card, "进口商") or None)
    )


def _produce() -> Exemption:
    return unmet(_PRODUCE, "商品卡和口播未见食用农产品的说法")


def _workshop() -> Exemption:
    return unmet(_WORKSHOP_OR_IMPORT, "未见小作坊登记或进口的说明")
