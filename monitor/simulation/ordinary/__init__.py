"""What ordinary evenings hold that looks like a campaign and is none.

Each kind is a function that adds to an evening before it closes. `ORDINARY` names them all.
"""

from __future__ import annotations

from collections.abc import Callable

from monitor.simulation.evening import Evening
from monitor.simulation.ordinary import chat, platform, prizes, trade

__all__ = ["BEFORE", "ORDINARY", "Trait"]

Trait = Callable[[Evening], None]

#: Traits that have to be known before the crowd gathers.
BEFORE = {"returns", "push", "raid", "fetched-orders"}
ORDINARY: dict[str, Trait] = {
    "chant": chat.chant,
    "passphrase": prizes.passphrase,
    "raffle": prizes.raffle,
    "quiz": chat.quiz,
    "asked-feedback": chat.asked_feedback,
    "order-roll": chat.order_roll,
    "old-favourite": chat.old_favourite,
    "count-in": chat.count_in,
    "wave-666": chat.wave_666,
    "flash-sale": trade.flash_sale,
    "group-buy": trade.group_buy,
    "wholesale": trade.wholesale,
    "returns": trade.returns,
    "sizes": trade.sizes,
    "regulars": chat.regulars,
    "push": platform.push,
    "raid": platform.raid,
    "canned-assistant": chat.canned_assistant,
    "restock": trade.restock,
    "rounded-counters": platform.rounded_counters,
    "missing-counters": platform.missing_counters,
    "delayed-counters": platform.delayed_counters,
    "fetched-orders": platform.fetched_orders,
    "reset-counters": trade.reset_counters,
    "sold-elsewhere": trade.sold_elsewhere,
    "fan-club": chat.fan_club,
    "copied-joke": chat.copied_joke,
    "quick-replies": chat.quick_replies,
    "friends": chat.friends,
    "presale": trade.presale,
    "frozen-counters": platform.frozen_counters,
    "like-goal": platform.like_goal,
    "review-reminder": chat.review_reminder,
    "multilingual": chat.multilingual,
    "chatterbox": chat.chatterbox,
    "name-families": chat.name_families,
    "steady-polls": platform.steady_polls,
    "reviews": chat.reviews,
    # Last: it tells what the others did.
    "system-lines": chat.system_lines,
}
