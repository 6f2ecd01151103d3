"""Names that a room displays: of goods, brands, shops, the host and the operator.

Who reads out a name hides nothing in it, though a part of it may sound like a word of a rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from detectors.rule import Context
from detectors.speech.utterance import Utterance

__all__ = ["name_around"]


def name_around(ctx: Context, utterance: Utterance, words: str) -> str | None:
    """The displayed name in which words stand; ``None``: they stand in none.

    A title is no name of its own: what is hidden in it was written by whoever displays it.
    """
    if len(words) < 2:
        return None
    return next((name for name in _names(ctx, utterance) if words in name), None)


def _names(ctx: Context, utterance: Utterance) -> Iterator[str]:
    room = ctx.room
    card = room.cards.get(utterance.sku or "")
    parties = [party.name for party in (room.operator, room.seller) if party is not None]
    shown = [room.host, *parties]
    if card is not None:
        shown += [card.brand, card.shop]
    if utterance.speaker != "card":
        shown += [room.title, card.title if card is not None else None]
    yield from filter(None, shown)
