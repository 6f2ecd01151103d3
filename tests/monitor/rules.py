"""A rulebook of four small rules, so that the runtime is tested apart from the shipped rules."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from detectors.events import Chat, Price
from detectors.match.lexicon import Hit
from detectors.pack.law import LawTable
from detectors.pack.load import Rulebook
from detectors.rule import Context, Finding, Rule, RuleSpec
from detectors.speech.utterance import Utterance


class Heard(Struct):
    count: int = 0


class Shout(Rule):
    """Raises on “苹果” in speech, one subject a SKU; counts what it heard; a lead from 3 hits on."""

    id = "shout"
    State = Heard

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        ctx.state.count += 1
        ctx.raise_alert(
            Finding(
                subject=utterance.sku or "",
                level="watch",
                reason=f"第 {ctx.state.count} 次说苹果",
                trigger=[utterance.event],
                numbers={"heard": ctx.state.count},
            )
        )


class Viewer(Rule):
    """Raises on each viewer who writes “喊”, one subject a user."""

    id = "viewer"

    def on_chat(self, ctx: Context, event: Chat) -> None:
        if event.text == "喊":
            ctx.raise_alert(
                Finding(subject=event.user or "", level="info", reason="有人喊", trigger=[event])
            )


class Promise(Rule):
    """A price must be followed by another within ten seconds."""

    id = "promise"

    def on_price(self, ctx: Context, event: Price) -> None:
        ctx.set_timer(event.at + 10_000, event.sku)

    def on_timer(self, ctx: Context, key: str, due: int) -> None:
        last = ctx.room.prices[key].steps[-1].quote.event
        ctx.raise_alert(Finding(subject=key, level="info", reason="没有恢复", trigger=[last]))


class Faulty(Rule):
    """Fails on a certain word."""

    id = "faulty"

    def on_chat(self, ctx: Context, event: Chat) -> None:
        if event.text == "坏":
            raise ZeroDivisionError("坏了")


def spec(rule: type[Rule], **fields: Any) -> RuleSpec:
    """A pack entry without law and cases; those are checked by the loader, which is not used."""
    return msgspec.convert(
        {
            "id": rule.id, "version": 1, "title": rule.id, "title_en": rule.id, "focus": "F3",
            "level": "lead", "stage": "trial", "status": "verified", "law": [], "cases": [],
            "patterns": {"fruit": ["苹果"]}, "evidence": {"before_s": 5, "after_s": 0}, **fields,
        },
        RuleSpec,
    )  # fmt: skip


def rulebook() -> Rulebook:
    """The four rules."""
    return Rulebook(
        [
            Shout(spec(Shout, escalation=[{"hits": 3, "level": "lead"}])),
            Viewer(spec(Viewer)),
            Promise(spec(Promise)),
            Faulty(spec(Faulty)),
        ],
        LawTable([]),
    )
