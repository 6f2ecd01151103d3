"""`ad-not-identifiable`: an influencer advertises and nothing lets the viewer see that.

广告法 14, 互广办法 9. Any of three things makes it identifiable (可识别指南 9): the seller's identity
is shown all the time, the page is marked 广告, or beginning and end are announced. All three must
have been observed to be missing; what was not observed is not missing. Who says himself that the mark
was taken off, or that it is not to be told who pays, is found by the frames of the pack.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from detectors.alerts import Exemption, unmet
from detectors.calendar import MINUTE_MS
from detectors.claims.framed import FramedRule
from detectors.events import Event, Product, Room, Session, Speech
from detectors.match.lexicon import Hit
from detectors.match.phrasing import phrasing
from detectors.pack.frames import Frame
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.claims.claim import Claim, ClaimMemory
from detectors.rules.claims.reading import Reading
from detectors.speech.scope import Scope
from detectors.speech.speaker import speaker_name
from detectors.speech.utterance import Utterance

__all__ = ["AdNotIdentifiable"]

_CLOSES = phrasing("advertising", "closes")
_OPENS = phrasing("advertising", "opens")
#: Said of all that is on air.
_WHOLE = phrasing("advertising", "whole")
#: A title of the room that marks it as an advertisement.
_LABELLED = phrasing("advertising", "labelled")
#: Timers carry the SKU.
_KEY = "explained:"
#: Goods that wait for the end of an announced advertisement; the oldest go first.
MAX_WAITING = 20


class Broadcast(ClaimMemory):
    """What was shown and said in the broadcast on air: beside claims a few values, and at most 20 SKUs."""

    started_at: int = 0
    """0: its start was not seen."""
    opened_at: int = 0
    """When it was last said that an advertisement begins."""
    closed_at: int = 0
    """When it was last said that one has ended."""
    seller: str = ""
    """`shown` or `absent` when last looked at; empty: never looked at."""
    waiting: list[str] = []
    heard: Speech | None = None
    """The first that was heard of it; ``None``: its sound does not reach us."""


@rule
class AdNotIdentifiable(FramedRule):
    id = "ad-not-identifiable"
    State = Broadcast
    heeded: ClassVar[frozenset[str]] = FramedRule.heeded | {"announced", "denial"}
    follows_stream = True
    heeds_only = True

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.wait_ms = spec.duration_ms("explained_s")

    def on_session(self, ctx: Context, event: Session) -> None:
        memory: Broadcast = ctx.state
        if event.phase == "ended" and memory.waiting and memory.closed_at < memory.opened_at:
            for sku in memory.waiting:
                self._conclude(ctx, sku, [event], "预告了开始，而至直播结束没有说明广告结束")
        memory.started_at = event.at if event.phase == "started" else 0
        memory.opened_at = memory.closed_at = 0
        memory.waiting = []
        memory.heard = None

    def on_speech(self, ctx: Context, event: Speech) -> None:
        memory: Broadcast = ctx.state
        if memory.heard is None:
            memory.heard = event

    def on_room(self, ctx: Context, event: Room) -> None:
        memory: Broadcast = ctx.state
        # What was looked for and not found counts before what was known of an earlier look.
        if {"seller", "seller.name"} & set(event.absent or ()):
            memory.seller = "absent"
        elif event.seller is not None and event.seller.name is not None:
            memory.seller = "shown" if event.seller.name else "absent"

    def on_product(self, ctx: Context, event: Product) -> None:
        if event.status == "explaining" and ctx.room.host_kind != "seller":
            ctx.set_timer(event.at + self.wait_ms, f"{_KEY}{event.sku}")

    def take_note(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        """Notes that an advertisement is said to begin, to end, or to be none."""
        new = [hit for hit in hits if utterance.is_new(hit.end)]
        denial = next((hit for hit in new if hit.group == "denial"), None)
        if denial is not None:
            if utterance.speaker != "card":
                self._denied(ctx, utterance, denial)
        else:
            announced = next((hit for hit in new if hit.group == "announced"), None)
            if announced is not None:
                self._announced(ctx, utterance, announced)

    def _announced(self, ctx: Context, utterance: Utterance, hit: Hit) -> None:
        """Notes that an advertisement is said to begin or to end."""
        memory: Broadcast = ctx.state
        if Scope(utterance.folded.text).negated(hit.start):
            return
        text = utterance.own
        whole = _WHOLE.search(text) is not None
        closes = _CLOSES.search(text) is not None
        if whole or (_OPENS.search(text) is not None and not closes):
            memory.opened_at = utterance.at
        if whole or closes:
            memory.closed_at = utterance.at

    def judged(self, ctx: Context, reading: Reading, frame: Frame, claim: Claim) -> Claim | None:
        """Where the seller broadcasts, or the page is marked, nothing is hidden."""
        utterance = reading.utterance
        return None if utterance.speaker == "card" or self._is_open(ctx, utterance.sku) else claim

    def _is_open(self, ctx: Context, sku: str | None) -> bool:
        """Is the page marked, or does the seller broadcast? Says so, if it is."""
        identity = ctx.room.facts.identity
        is_marked = identity is not None and bool(identity.ad_label)
        if is_marked or ctx.room.host_kind == "seller":
            ctx.decline("labelled" if is_marked else "own-room", sku or "")
            return True
        return False

    def on_timer(self, ctx: Context, key: str, due: int) -> None:
        sku = key.removeprefix(_KEY)
        if sku not in ctx.room.cards or ctx.room.explaining != sku:
            return
        memory: Broadcast = ctx.state
        if not self._unmarked(ctx, sku):
            return
        if memory.opened_at:
            # Its end may still be announced.
            ctx.decline("announced", sku)
            if sku not in memory.waiting:
                memory.waiting = [*memory.waiting, sku][-MAX_WAITING:]
            return
        self._conclude(ctx, sku, [], "未听到预告广告的开始")

    def _unmarked(self, ctx: Context, sku: str) -> bool:
        """Were the mark and the seller's identity seen to be missing, and all of the broadcast heard?"""
        room = ctx.room
        identity = room.facts.identity
        memory: Broadcast = ctx.state
        card = room.cards[sku]
        reason = ""
        if identity is None or identity.host_kind is None:
            reason = "host-unknown"
        elif identity.host_kind != "influencer":
            reason = "own-room"
        elif identity.ad_label is None:
            reason = "label-unknown"
        elif identity.ad_label or _LABELLED.search(room.title or ""):
            reason = "labelled"
        elif memory.seller == "shown" or card.shop:
            reason = "seller-shown"
        elif memory.seller != "absent":
            reason = "seller-unknown"
        elif not memory.started_at or room.unwatched_ms(memory.started_at, ctx.now):
            # An announcement may have been made while nobody listened.
            reason = "not-watched"
        elif memory.heard is None:
            reason = "not-heard"
        if reason:
            ctx.decline(reason, sku)
        return not reason

    def _conclude(self, ctx: Context, sku: str, last: Sequence[Event], announced: str) -> None:
        memory: Broadcast = ctx.state
        heard = [] if memory.heard is None else [memory.heard]
        minutes = self.wait_ms // MINUTE_MS
        ctx.raise_alert(
            Finding(
                subject=sku,
                subject_title=ctx.room.title_of(sku),
                level="lead",
                reason=f"达人直播间讲解该商品已满 {minutes} 分钟：页面未标明“广告”，"
                f"未见显示商品销售者身份，{announced}。",
                trigger=[*ctx.room.shown([sku]), *heard, *last],
                hit=f"{sku}@{ctx.room.cards[sku].at}",
                numbers={"explained_min": minutes, "ad_label": False, "seller_shown": False},
                exemptions=_alternatives(announced),
            )
        )

    def _denied(self, ctx: Context, utterance: Utterance, hit: Hit) -> None:
        """“It is no advertisement”, said of goods on sale."""
        room, sku = ctx.room, utterance.sku
        if self._is_open(ctx, sku):
            return
        identity = room.facts.identity
        label = identity.ad_label if identity is not None else None
        if sku is None:
            ctx.decline("no-goods")
            return
        unknown = [] if room.host_kind else ["主播身份（自播或达人），以定是否构成广告"]
        ctx.raise_alert(
            Finding(
                subject=f"{sku}/否认广告",
                subject_title=room.title_of(sku),
                level="watch",
                because=["unlabelled"] if label is False else [],
                reason=f"{speaker_name(utterance.event)}推销商品时称“{utterance.original.strip()[:40]}”，使人难以辨明其为广告"
                + ("；页面未标明“广告”。" if label is False else "。"),
                trigger=[utterance.event],
                spans=[utterance.span(hit.start, hit.end)],
                numbers={"term": utterance.span(hit.start, hit.end).text},
                exemptions=_alternatives("未听到对广告起止的说明"),
                missing=[*unknown, *([] if label is False else ["页面是否标明“广告”"])],
            )
        )


def _alternatives(announced: str) -> list[Exemption]:
    return [
        unmet("可识别指南第九条第一项", "未见持续显示商品销售者身份"),
        unmet("可识别指南第九条第二项", "未见页面标明“广告”"),
        unmet("可识别指南第九条第三项", announced),
    ]
