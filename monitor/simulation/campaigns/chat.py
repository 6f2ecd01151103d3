"""Hired or automatic writers.

Recorded in a case (北京市市场监管局, 2025): dozens of accounts, 50 to over 300 messages a broadcast,
a few fixed templates that praise the effect.
"""

from __future__ import annotations

from collections.abc import Callable

from detectors.calendar import MINUTE_MS
from monitor.simulation.accounts import shown_name
from monitor.simulation.campaign import Campaign
from monitor.simulation.evening import Evening
from monitor.simulation.phrasebook import data

__all__ = [
    "buying_lines",
    "drip_praise",
    "lockstep",
    "paraphrased_praise",
    "robot_atmosphere",
    "shared_accounts",
    "short_lines",
    "slot_praise",
    "staged_questions",
    "touring_script",
    "verbatim_praise",
]


def verbatim_praise(campaign: Campaign) -> None:
    """The same few sentences, copied."""
    evening = campaign.evenings[0]
    texts = _whole_texts(campaign, evening)
    _in_turns(campaign, evening, lambda _: campaign.rng.choice(texts))


def slot_praise(campaign: Campaign) -> None:
    """A few templates whose slots are filled anew each time."""
    evening = campaign.evenings[0]
    frames = campaign.rng.sample(data("campaigns")["slotted"], campaign.plan.texts)
    _in_turns(campaign, evening, lambda at: _filled(campaign, evening, campaign.rng.choice(frames), at))  # fmt: skip


def paraphrased_praise(campaign: Campaign) -> None:
    """No two lines alike, all of them praise."""
    evening = campaign.evenings[0]
    _in_turns(campaign, evening, lambda at: _drawn(campaign, evening, "paraphrase", at))


def drip_praise(campaign: Campaign) -> None:
    """A few accounts that each write every ten to twenty minutes, for hours."""
    evening = campaign.evenings[0]
    texts = _whole_texts(campaign, evening)
    rng, plan = campaign.rng, campaign.plan
    start, end = campaign.span(evening)
    crew = campaign.crew(evening, start)
    share = max(1, plan.actions // len(crew))
    for user in crew:
        for at in campaign.times(share, start, end, evening):
            campaign.write(evening, at + rng.uniform(-30, 30) * 1_000, user, rng.choice(texts))
    campaign.cover(evening, crew, plan.actions, start, end)


def short_lines(campaign: Campaign) -> None:
    """Lines of three to eight characters."""
    evening = campaign.evenings[0]
    texts = campaign.rng.sample(data("campaigns")["praise_short"], campaign.plan.texts)
    _in_turns(campaign, evening, lambda _: campaign.rng.choice(texts))


def lockstep(campaign: Campaign) -> None:
    """The same accounts write within seconds whenever a product is shown, evening after evening."""
    rng, plan = campaign.rng, campaign.plan
    crew: list[str] = []
    for evening in campaign.evenings:
        start, end = campaign.span(evening)
        if crew:
            campaign.age(evening, crew, start)
        else:
            crew = campaign.crew(evening, start)
        turns = evening.turns(start, end - MINUTE_MS)
        beats = sorted(rng.sample(turns, min(len(turns), plan.texts))) or [start]
        each = max(1, plan.actions // len(beats))
        for beat in beats:
            spread = 4_000 + 80_000 * plan.jitter
            for user in rng.sample(crew, min(len(crew), each)):
                at = beat + rng.random() * spread
                campaign.write(evening, at, user, _drawn(campaign, evening, "paraphrase", at))
        campaign.cover(evening, crew, plan.actions, start, end)


def shared_accounts(campaign: Campaign) -> None:
    """One crew that praises in several rooms of an operator on the same evening."""
    rng, plan = campaign.rng, campaign.plan
    crew = campaign.crew(campaign.evenings[0])
    frames = rng.sample(data("campaigns")["slotted"], plan.texts)
    for evening in campaign.evenings:
        start, end = campaign.span(evening)
        campaign.age(evening, crew, start)
        times = campaign.times(plan.actions // len(campaign.evenings), start, end, evening)
        for at, user in zip(times, campaign.turns(crew, len(times)), strict=True):
            campaign.write(evening, at, user, _filled(campaign, evening, rng.choice(frames), at))
        campaign.cover(evening, crew, len(times), start, end)


def touring_script(campaign: Campaign) -> None:
    """The same sentences in every room of an operator, evening after evening, each time by a crew
    that was never there before."""
    rng, plan = campaign.rng, campaign.plan
    frames = rng.sample(data("campaigns")["slotted"], plan.texts)
    frames += rng.sample(data("campaigns")["verbatim"], 1)
    for evening in campaign.evenings:
        start, end = campaign.span(evening)
        crew = campaign.crew(evening, start)
        times = campaign.times(plan.actions, start, end, evening)
        for at, user in zip(times, campaign.turns(crew, len(times)), strict=True):
            campaign.write(evening, at, user, _filled(campaign, evening, rng.choice(frames), at))
        campaign.cover(evening, crew, len(times), start, end)


def robot_atmosphere(campaign: Campaign) -> None:
    """Robots write, and the back office sets the viewers and likes to go with them.

    Recorded in a case (上海市市场监管局, 2025): 755 broadcasts of four clients.
    """
    rng, plan = campaign.rng, campaign.plan
    evening = campaign.evenings[0]
    for name in ("viewers", "likes"):
        if evening.display[name] == "hidden":
            evening.display[name] = "exact"
    start, end = campaign.span(evening)
    crew = campaign.crew(evening, start)
    short = rng.sample(data("campaigns")["praise_short"], plan.texts)
    for at, user in zip(
        campaign.times(plan.actions, start, end, evening),
        campaign.turns(crew, plan.actions),
        strict=True,
    ):
        text = (
            rng.choice(short) if rng.random() < 0.6 else _drawn(campaign, evening, "paraphrase", at)
        )
        campaign.write(evening, at, user, text)
    campaign.cover(evening, crew, plan.actions, start, end)
    audience = evening.audience
    for step in range(evening.step(start), evening.step(end)):
        extra = audience.viewers[step] * (plan.factor - 1)
        audience.viewers[step] += extra
        audience.likes[step] += extra * 0.5 * rng.uniform(0.5, 1.5)
    for name in ("viewers", "likes"):
        evening.mark(name, None, start, end, campaign.add)


def staged_questions(campaign: Campaign) -> None:
    """One asks, three answer within the minute: all of them hired."""
    rng, plan = campaign.rng, campaign.plan
    evening = campaign.evenings[0]
    start, end = campaign.span(evening)
    crew = campaign.crew(evening, start)
    fixed: dict[str, list[str]] = {
        name: [_drawn(campaign, evening, name, start) for _ in range(plan.texts)]
        for name in ("staged_question", "staged_answer")
    }
    for at in campaign.times(max(1, plan.actions // 4), start, end - MINUTE_MS, evening):
        asker, *answerers = rng.sample(crew, 4)
        campaign.write(evening, at, asker, rng.choice(fixed["staged_question"]))
        moment: float = at
        for user in answerers:
            moment += 2_000 + rng.random() * (3_000 + 17_000 * plan.jitter)
            campaign.write(evening, moment, user, rng.choice(fixed["staged_answer"]))
    campaign.cover(evening, crew, plan.actions, start, end)


def buying_lines(campaign: Campaign) -> None:
    """“正在去购买” again and again, written as if by the platform, and nothing is sold."""
    rng, plan = campaign.rng, campaign.plan
    evening = campaign.evenings[0]
    start, end = campaign.span(evening)
    crew = campaign.crew(evening)
    frames = rng.sample(data("campaigns")["buying"], plan.texts)
    for at in campaign.times(plan.actions, start, end, evening):
        user = rng.choice(crew)
        words = {**evening.shop.words, "user": shown_name(user), "goods": evening.good_at(at).title}
        text = evening.book.fill(rng, rng.choice(frames), words)
        campaign.write(evening, at, None, text, "system")


def _in_turns(campaign: Campaign, evening: Evening, text: Callable[[int], str]) -> None:
    """The crew writes one line after the other."""
    start, end = campaign.span(evening)
    crew = campaign.crew(evening, start)
    times = campaign.times(campaign.plan.actions, start, end, evening)
    for at, user in zip(times, campaign.turns(crew, len(times)), strict=True):
        campaign.write(evening, at, user, text(at))
    campaign.cover(evening, crew, len(times), start, end)


def _whole_texts(campaign: Campaign, evening: Evening) -> list[str]:
    """A few sentences that stay as they are."""
    frames = campaign.rng.sample(data("campaigns")["verbatim"], campaign.plan.texts)
    return [_filled(campaign, evening, frame, evening.moment()) for frame in frames]


def _drawn(campaign: Campaign, evening: Evening, name: str, at: float) -> str:
    words = {**evening.shop.words, "goods": evening.good_at(at).title}
    return evening.book.draw(campaign.rng, name, words)


def _filled(campaign: Campaign, evening: Evening, frame: str, at: float) -> str:
    words = {**evening.shop.words, "goods": evening.good_at(at).title}
    return evening.book.fill(campaign.rng, frame, words)
