"""The ends of offers that a seller has named in a room, and the countdowns that run."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from detectors.alerts import Span
from detectors.events import Event

__all__ = ["MAX_PROMISES", "Countdown", "Promise", "PromiseState"]

MAX_PROMISES = 200


class Promise(Struct):
    """An end of an offer as the seller named it, and the price that should end."""

    sku: str
    key: str
    """What makes two utterances the same promise: the kind and the end."""
    kind: Literal["countdown", "date", "clock", "day", "night", "broadcast"]
    event: Event
    words: str
    span: Span | None = None
    ends_at: int = 0
    """ms; 0: the end of a broadcast that has not ended."""
    session: str = ""
    price_fen: int = 0
    """The price that was to end; 0: not seen yet."""
    price_kind: str = "asking"
    price_event: Event | None = None
    end_event: Event | None = None
    """The end of the broadcast, where that was what was promised."""
    restore_fen: int | None = None
    """The price that was to follow, where it was named."""
    unit: str | None = None
    """What the price that was to end buys, where it was shown."""
    said: int = 1
    days: list[int] = []
    """Beijing days on which it was said, at most 30."""
    extended: str = ""
    """Words of an extension with a reason; empty: none."""
    extended_bare: bool = False
    """It was extended without a reason."""
    observed_after: bool = False
    seen_off_air: bool = False
    """The same price was seen between broadcasts."""
    stage: int = -1
    """What was reported: 0 an hour after the end, n days after it; -1 nothing."""

    def is_same(self, key: str, kind: str, ends_at: int) -> bool:
        """Do words of this kind name the end of this promise? “到周日” and “10月4日截止” may be one."""
        return self.key == key or (
            ends_at == self.ends_at != 0 and not {"broadcast", "countdown"} & {self.kind, kind}
        )

    def is_shown_by(self, kind: str) -> bool:
        """Can a price of this kind show that the promised one goes on?"""
        return self.price_kind == kind or kind == "transaction" or "spoken" in (
            self.price_kind, kind
        )  # fmt: skip


class Countdown(Struct):
    """A countdown of one SKU that runs, and how often it was set back."""

    ends_at: int
    price_fen: int
    first: Event
    price_event: Event | None = None
    resets: int = 0
    spans: list[Span] = []
    reset_events: list[Event] = []


class PromiseState(Struct):
    """Memory of a room: at most `MAX_PROMISES` promises, kept for `keep_days` after their end."""

    promises: dict[str, list[Promise]] = {}
    """By SKU, in the order in which they were made."""
    countdowns: dict[str, Countdown] = {}
    due: int = 0
    """When the timer is set to fire; 0: it is not."""

    def all(self) -> list[Promise]:
        """The promises of all products."""
        return [promise for promises in self.promises.values() for promise in promises]

    def trim(self) -> None:
        """Forgets products until no more than `MAX_PROMISES` promises are left, the oldest first."""
        total = len(self.all())
        while total > MAX_PROMISES:
            total -= len(self.promises.pop(next(iter(self.promises))))

    def extend(self, sku: str | None, reason: str) -> None:
        """Notes that the offers of a product go on; ``None``: those of the whole room.

        Args:
            reason: the words that say why; empty: no reason was given.
        """
        for promise in self.all():
            if sku is None or promise.sku == sku:
                if reason:
                    promise.extended = reason
                else:
                    promise.extended_bare = True
        if reason and sku is None:
            self.countdowns.clear()
        elif reason and sku is not None:
            self.countdowns.pop(sku, None)

    def keep(self, sku: str, promises: list[Promise]) -> None:
        """Keeps these promises of a product, and no others."""
        if promises:
            self.promises[sku] = promises
        else:
            self.promises.pop(sku, None)
