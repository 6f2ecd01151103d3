"""Numbers that are made: viewers, visits, likes, sold, and what the host says of them.

Recorded in cases (上海市市场监管局, 2025): each visit adds a random 1–20 visits; likes and viewers are
set from a desk.
"""

from __future__ import annotations

from detectors.calendar import MINUTE_MS
from monitor.simulation.campaign import Campaign
from monitor.simulation.evening import Evening

__all__ = [
    "inflated_visits",
    "likes_detached",
    "sold_leap",
    "spoken_figures",
    "viewers_jump",
    "viewers_straight",
]


def spoken_figures(campaign: Campaign) -> None:
    """The host names sales of this broadcast that are a multiple of all that the counter shows."""
    evening = campaign.evenings[0]
    _show(evening, "sold", "orders")
    start, end = campaign.span(evening)
    for at in campaign.times(campaign.plan.actions, start, end):
        good = evening.good_at(at)
        sold = evening.sales + evening.elsewhere
        so_far = sum(n for when, sku, n in sold if sku == good.sku and when <= at)
        shown = evening.sold_before[good.sku] + so_far
        claimed = round(max(30, shown) * campaign.plan.factor * campaign.rng.uniform(0.9, 1.2))
        text = evening.book.draw(campaign.rng, "figure", {**evening.shop.words, "goods": good.title, "count": _spoken(claimed)})  # fmt: skip
        campaign.add(evening.say(at, text, good))


def sold_leap(campaign: Campaign) -> None:
    """The sold counter leaps, and no order stands behind it.

    All leaps together are `factor` times what the product really sells in the evening, or would
    if it sold thirty.
    """
    rng, plan = campaign.rng, campaign.plan
    evening = campaign.evenings[0]
    _show(evening, "sold", "stock", "orders")
    evening.shop.order_feed = True
    start, end = campaign.span(evening)
    good = rng.choice(evening.shop.goods)
    sold = max(30, sum(n for _, sku, n in evening.sales if sku == good.sku))
    leap = sold * plan.factor / plan.actions
    for at in campaign.times(plan.actions, start, end):
        evening.claimed.append((at, good.sku, max(1, round(leap * rng.uniform(0.7, 1.3)))))
    evening.mark("sold", good.sku, start, end, campaign.add)


def inflated_visits(campaign: Campaign) -> None:
    """Each entry counts as up to so many visits more."""
    rng = campaign.rng
    evening = campaign.evenings[0]
    _show(evening, "visits", "viewers")
    start, end = campaign.span(evening)
    for step in range(evening.step(start), evening.step(end)):
        entries = evening.audience.entries[step]
        evening.audience.entries[step] += entries * rng.uniform(1, campaign.plan.factor)
    evening.mark("visits", None, start, end, campaign.add)


def viewers_jump(campaign: Campaign) -> None:
    """Viewers are multiplied at once: nobody enters, writes, likes or buys more than before."""
    rng, plan = campaign.rng, campaign.plan
    evening = campaign.evenings[0]
    _show(evening, "viewers", "visits", "likes")
    start, end = campaign.span(evening)
    for at in campaign.times(plan.actions, start, end - 5 * MINUTE_MS):
        step = evening.step(at)
        extra = evening.audience.viewers[step] * (plan.factor - 1) / plan.actions**0.5
        rise = 1 + round(12 * plan.jitter)
        stop = min(evening.step(end), step + rng.randint(40, 120))
        for place in range(step, stop):
            evening.audience.viewers[place] += extra * min(1, (place - step + 1) / rise)
    evening.mark("viewers", None, start, end, campaign.add)


def viewers_straight(campaign: Campaign) -> None:
    """Viewers grow along a ruler."""
    rng, plan = campaign.rng, campaign.plan
    evening = campaign.evenings[0]
    _show(evening, "viewers", "visits", "likes")
    start, end = campaign.span(evening)
    first, last = evening.step(start), evening.step(end)
    viewers = evening.audience.viewers
    base = viewers[first]
    for step in range(first, last):
        share = (step - first) / max(1, last - first)
        line = base * (1 + (plan.factor - 1) * share)
        viewers[step] = line * (1 + plan.jitter * rng.gauss(0, 1))
    evening.mark("viewers", None, start, end, campaign.add)


def likes_detached(campaign: Campaign) -> None:
    """Likes by the thousand from a crowd that has not grown."""
    rng, plan = campaign.rng, campaign.plan
    evening = campaign.evenings[0]
    _show(evening, "likes", "viewers")
    start, end = campaign.span(evening)
    likes = evening.audience.likes
    usual = sum(likes) / len(likes)
    for step in range(evening.step(start), evening.step(end)):
        likes[step] += usual * plan.factor * (1 + plan.jitter * rng.uniform(-1, 1))
    evening.mark("likes", None, start, end, campaign.add)


def _show(evening: Evening, *names: str) -> None:
    """The platform shows these counters: what nobody sees cannot be found."""
    for name in names:
        if evening.display[name] == "hidden":
            evening.display[name] = "exact"


def _spoken(count: int) -> str:
    """A figure as hosts say it: 3千, 1.2万, 860."""
    if count >= 10_000:
        return f"{count / 10_000:.1f}万".replace(".0万", "万")
    if count >= 1_000:
        return f"{count // 100 * 100}"
    return str(count // 10 * 10)
