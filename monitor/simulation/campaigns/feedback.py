"""Reviews that are bought or vanish, prizes that stay in the house."""

from __future__ import annotations

from detectors import events
from detectors.calendar import MINUTE_MS
from monitor.simulation.campaign import Campaign
from monitor.simulation.evening import Evening
from monitor.simulation.phrasebook import data
from monitor.simulation.shop import PLATFORM, Good

__all__ = ["review_burst", "review_removal", "rigged_prize"]


def rigged_prize(campaign: Campaign) -> None:
    """A few accounts of the operator win draw after draw."""
    rng, plan = campaign.rng, campaign.plan
    evening = campaign.evenings[0]
    start, end = campaign.span(evening)
    crew = campaign.crew(evening, start)
    for number, at in enumerate(campaign.times(plan.actions, start, end - 4 * MINUTE_MS)):
        name = evening.book.draw(rng, "prize_name", evening.shop.words)
        evening.call(at, "raffle_call", prize=name)
        honest = [evening.newcomer() for _ in range(round(plan.camouflage))]
        winners = [rng.choice(crew), *honest]
        rng.shuffle(winners)
        for phase, moment in (("announced", at), ("drawn", at + 3 * MINUTE_MS)):
            event = events.Prize(
                id="-", platform=PLATFORM, room=evening.shop.room, session=evening.session,
                at=evening.inside(moment), prize=f"{evening.session}-c{number}", phase=phase,  # type: ignore[arg-type]  # one of two phases
                name=name, value=20_000, count=len(winners), odds="按参与人数随机抽取",
                conditions=data("host")["conditions"]["click"], ends_at=at + 3 * MINUTE_MS,
                winners=winners if phase == "drawn" else None,
            )  # fmt: skip
            evening.events.append(event)
            campaign.add(event)


def review_burst(campaign: Campaign) -> None:
    """Five stars by the dozen within minutes, from accounts that bought nothing here before."""
    rng, plan = campaign.rng, campaign.plan
    evening = campaign.evenings[0]
    start, end = campaign.span(evening)
    crew = campaign.crew(evening)
    good = rng.choice(evening.shop.goods)
    words = {**evening.shop.words, "goods": good.title}
    fixed = [evening.book.draw(rng, "reward_review", words) for _ in range(plan.texts)]
    for number, at in enumerate(campaign.times(plan.actions, start, end)):
        text = rng.choice(fixed) if fixed else evening.book.draw(rng, "reward_review", words)
        text = evening.book.disguise(rng, text, plan.spelling)
        user = crew[number % len(crew)]
        campaign.add(_review(evening, at, f"c{number}", good, user, 5, text, "present"))


def review_removal(campaign: Campaign) -> None:
    """Poor reviews go while good ones stay."""
    rng, plan = campaign.rng, campaign.plan
    evening = campaign.evenings[0]
    start, end = campaign.span(evening)
    good = rng.choice(evening.shop.goods)
    words = {**evening.shop.words, "goods": good.title}
    for number in range(plan.actions):
        text = evening.book.draw(rng, "review_good", words)
        at = evening.moment(0, 0.08)
        _review(evening, at, f"g{number}", good, evening.newcomer(), 5, text, "present")
    for number, gone in enumerate(campaign.times(plan.actions, start, end)):
        text = evening.book.draw(rng, "review_bad", words)
        user = evening.newcomer()
        at = evening.start + round(rng.uniform(0, 0.09) * (evening.end - evening.start))
        rating = rng.choice((1, 1, 2))
        _review(evening, at, f"b{number}", good, user, rating, text, "present")
        campaign.add(_review(evening, gone, f"b{number}", good, user, rating, text, "gone"))


def _review(
    evening: Evening,
    at: float,
    number: str,
    good: Good,
    user: str,
    rating: int,
    text: str,
    phase: str,
) -> events.Review:
    event = events.Review(
        id="-", platform=PLATFORM, room=evening.shop.room, session=evening.session,
        at=evening.inside(at), review=f"{evening.session}-{number}", sku=good.sku, user=user,
        rating=rating, text=text, phase=phase,  # type: ignore[arg-type]  # one of two phases
    )  # fmt: skip
    evening.events.append(event)
    return event
