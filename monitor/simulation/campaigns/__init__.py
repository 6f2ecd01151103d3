"""The kinds of campaign, one function each. `CAMPAIGNS` names them all, but for prices."""

from __future__ import annotations

from collections.abc import Callable

from monitor.simulation.campaign import Campaign
from monitor.simulation.campaigns import chat, counters, feedback, orders

__all__ = ["CAMPAIGNS"]

CAMPAIGNS: dict[str, Callable[[Campaign], None]] = {
    "verbatim-praise": chat.verbatim_praise,
    "slot-praise": chat.slot_praise,
    "paraphrased-praise": chat.paraphrased_praise,
    "drip-praise": chat.drip_praise,
    "short-lines": chat.short_lines,
    "lockstep": chat.lockstep,
    "shared-accounts": chat.shared_accounts,
    "staged-questions": chat.staged_questions,
    "robot-atmosphere": chat.robot_atmosphere,
    "buying-lines": chat.buying_lines,
    "spoken-figures": counters.spoken_figures,
    "timed-orders": orders.timed_orders,
    "order-ring": orders.order_ring,
    "mass-refund": orders.mass_refund,
    "sold-leap": counters.sold_leap,
    "inflated-visits": counters.inflated_visits,
    "viewers-jump": counters.viewers_jump,
    "viewers-straight": counters.viewers_straight,
    "likes-detached": counters.likes_detached,
    "rigged-prize": feedback.rigged_prize,
    "review-burst": feedback.review_burst,
    "review-removal": feedback.review_removal,
    "touring-script": chat.touring_script,
    "touring-ring": orders.touring_ring,
}
