"""Prizes that everybody may win."""

from __future__ import annotations

from detectors import events
from detectors.calendar import MINUTE_MS
from monitor.simulation.evening import Evening
from monitor.simulation.phrasebook import data
from monitor.simulation.shop import PLATFORM

__all__ = ["passphrase", "raffle"]


def passphrase(evening: Evening) -> None:
    """A lucky bag (福袋): whoever writes the passphrase takes part.

    Some passphrases praise; of a third of the bags the page does not show it, but the host says it.
    """
    rng = evening.rng
    for number in range(rng.randint(1, 3)):
        word = rng.choice(data("host")["passphrase"])
        if rng.random() < 0.3:
            word = evening.drawn("passphrase_praise")
        told = word if rng.random() < 0.67 else None
        at = evening.moment(0.05, 0.85)
        ends = evening.inside(at + rng.choice((3, 5, 10)) * MINUTE_MS)
        name = evening.book.draw(rng, "prize_name", evening.shop.words)
        evening.call(at, "prize_call", word=word)
        _prize(evening, at, f"{evening.session}-p{number}", "announced", name, ends, told)
        count = evening.viewers_who(rng.uniform(0.05, 0.3), at, least=4)
        evening.wave(at + 2_000, [word], count, within_s=(ends - at) / 3_000)
        takers = sorted({event.user for event in evening.events if isinstance(event, events.Chat) and event.text == word and event.user})  # fmt: skip
        winners = rng.sample(takers, min(len(takers), rng.randint(1, 5)))
        _prize(evening, ends, f"{evening.session}-p{number}", "drawn", name, ends, told, winners)


def raffle(evening: Evening) -> None:
    """Prizes drawn among those who clicked, at even times; some regulars are lucky twice."""
    rng = evening.rng
    for number in range(rng.randint(2, 4)):
        at = evening.moment(0.1, 0.9)
        name = evening.book.draw(rng, "prize_name", evening.shop.words)
        evening.call(at, "raffle_call", prize=name)
        ends = evening.inside(at + 3 * MINUTE_MS)
        winners = [
            evening.someone(at) if rng.random() < 0.5 else evening.newcomer()
            for _ in range(rng.randint(1, 4))
        ]
        _prize(
            evening,
            at,
            f"{evening.session}-r{number}",
            "announced",
            name,
            ends,
            None,
            by_words=False,
        )
        _prize(evening, ends, f"{evening.session}-r{number}", "drawn", name, ends, None, sorted(set(winners)), by_words=False)  # fmt: skip


def _prize(
    evening: Evening,
    at: float,
    prize: str,
    phase: str,
    name: str,
    ends: int,
    word: str | None,
    winners: list[str] | None = None,
    *,
    by_words: bool = True,
) -> events.Prize:
    event = events.Prize(
        id="-", platform=PLATFORM, room=evening.shop.room, session=evening.session,
        at=evening.inside(at), prize=prize, phase=phase, name=name, value=2_000, count=5,  # type: ignore[arg-type]  # one of the contract's phases
        odds="按参与人数随机抽取", conditions=data("host")["conditions"]["passphrase" if by_words else "click"], ends_at=ends,
        winners=winners, passphrase=word,
    )  # fmt: skip
    evening.events.append(event)
    return event
