"""What ordinary viewers and assistants write that looks like a script."""

from __future__ import annotations

from functools import partial

import msgspec

from detectors import events
from detectors.calendar import MINUTE_MS
from monitor.simulation.accounts import shown_name
from monitor.simulation.evening import Evening
from monitor.simulation.phrasebook import data
from monitor.simulation.shop import PLATFORM

__all__ = [
    "asked_feedback",
    "canned_assistant",
    "chant",
    "chatterbox",
    "copied_joke",
    "count_in",
    "fan_club",
    "friends",
    "multilingual",
    "name_families",
    "old_favourite",
    "order_roll",
    "quick_replies",
    "quiz",
    "regulars",
    "review_reminder",
    "reviews",
    "system_lines",
    "wave_666",
]


def chant(evening: Evening) -> None:
    """The host asks for a word, and many write it; several times an evening."""
    rng = evening.rng
    for _ in range(rng.randint(2, 7)):
        word = rng.choice(data("host")["chant_word"])
        at = evening.moment(0.05, 0.95)
        evening.call(at, "chant_call", word=word)
        texts = [word, word, word, word * 2, word + "！", word + "~"]
        evening.wave(
            at + 3_000, texts, evening.viewers_who(rng.uniform(0.01, 0.12), at), within_s=20
        )


def asked_feedback(evening: Evening) -> None:
    """The host asks those who bought to say how it was: praise by the dozen, all of it genuine."""
    rng = evening.rng
    for _ in range(rng.randint(1, 3)):
        at = evening.moment(0.1, 0.9)
        evening.call(at, "feedback_call")
        words = {**evening.shop.words, "goods": evening.good_at(at).title}
        count = evening.viewers_who(rng.uniform(0.01, 0.06), at)
        texts = [evening.book.draw(rng, "praise", words) for _ in range(max(3, count))]
        evening.wave(at + 4_000, texts, count, within_s=40, disguise=0.15)


def order_roll(evening: Evening) -> None:
    """The host asks who ordered and where from, and dozens fill in the form of the first answer (接龙)."""
    rng = evening.rng
    for _ in range(rng.randint(1, 3)):
        at = evening.moment(0.1, 0.9)
        evening.call(at, "roll_call")
        form = rng.choice(data("crowd")["roll"])
        words = {**evening.shop.words, "goods": evening.good_at(at).title}
        count = evening.viewers_who(rng.uniform(0.01, 0.06), at, least=4)
        texts = [evening.book.fill(rng, form, words) for _ in range(count)]
        evening.wave(at + 4_000, texts, count, within_s=60, disguise=0.1)


def old_favourite(evening: Evening) -> None:
    """A product that many have at home is shown again, and unasked they say how it is."""
    rng = evening.rng
    good = rng.choice(evening.shop.goods)
    words = {**evening.shop.words, "goods": good.title}
    share = rng.uniform(0.004, 0.03)
    for _ in range(rng.randint(1, 3)):
        at = evening.moment(0.05, 0.9)
        evening.show(at, good)
        count = evening.viewers_who(share, at)
        for _ in range(count):
            user = evening.someone(at) if rng.random() < 0.6 else evening.newcomer()
            name = rng.choice(("praise", "owned", "owned"))
            text = evening.own_words(partial(evening.book.draw, rng, name, words))
            moment = at + 5_000 + rng.gammavariate(1.5, 60_000)
            evening.chat(moment, user, evening.book.disguise(rng, text, 0.1))


def quiz(evening: Evening) -> None:
    """A question, and everybody guesses within the half minute."""
    rng = evening.rng
    for _ in range(rng.randint(1, 5)):
        question, answers = rng.choice(data("host")["quiz"])
        at = evening.moment(0.05, 0.95)
        text = evening.book.fill(rng, question, evening.shop.words)
        evening.call(at, "quiz_call", question=text)
        some = rng.sample(answers, rng.randint(3, len(answers)))
        evening.wave(at + 4_000, some, evening.viewers_who(rng.uniform(0.01, 0.1), at), within_s=18)


def count_in(evening: Evening) -> None:
    """“扣1”: again and again, all evening long."""
    rng = evening.rng
    word = rng.choice(data("crowd")["count_in_word"])
    for _ in range(rng.randint(6, 20)):
        at = evening.moment()
        evening.call(at, "chant_call", word=word)
        texts = [word, word * 2, word * 3, word * 4]
        evening.wave(
            at + 2_500, texts, evening.viewers_who(rng.uniform(0.005, 0.06), at), within_s=9
        )


def wave_666(evening: Evening) -> None:
    """Something went well, and the chat is full of sixes that nobody asked for."""
    rng = evening.rng
    for _ in range(rng.randint(2, 8)):
        at = evening.moment()
        texts = data("crowd")["sixes"]
        evening.wave(at, texts, evening.viewers_who(rng.uniform(0.005, 0.05), at), within_s=12)


def regulars(evening: Evening) -> None:
    """Those who come every evening greet each other by name."""
    rng = evening.rng
    crowd = [user for user in evening.shop.regulars if rng.random() < 0.8]
    for user in crowd:
        at = evening.moment(0.0, 0.15)
        other = rng.choice(crowd)
        name = other if evening.shop.naming == "nickname" else evening.drawn("addressed")
        if rng.random() < 0.7:
            evening.chat(at, user, evening.book.draw(rng, "greeting", evening.shop.words))
        if rng.random() < 0.5:
            text = evening.drawn("hello_to", friend=name)
            evening.chat(at + rng.uniform(5, 300) * 1_000, user, text)
        if rng.random() < 0.4:
            evening.chat(
                evening.end - rng.uniform(5, 200) * 1_000, user, evening.drawn("good_night")
            )
        if rng.random() < 0.15:
            evening.order(evening.moment(), user)


def canned_assistant(evening: Evening) -> None:
    """Assistants paste the same few lines every minute or two."""
    rng = evening.rng
    names = evening.accounts.several(evening.shop.naming, rng.randint(1, 3))
    # Rooms of one operator have the same lines.
    lines = evening.shop.canned = evening.shop.canned or [
        evening.drawn("assistant") for _ in range(4)
    ]
    every = rng.uniform(40, 150) * 1_000
    known = rng.random() < 0.7
    at = evening.start + every
    while at < evening.end:
        evening.chat(at, rng.choice(names), rng.choice(lines), "assistant" if known else "viewer")
        at += every * rng.uniform(0.9, 1.1)


def copied_joke(evening: Evening) -> None:
    """Somebody writes something funny, and for minutes everybody copies it, some with a change."""
    rng = evening.rng
    for _ in range(rng.randint(1, 3)):
        at = evening.moment(0.05, 0.9)
        text = evening.drawn("copied")
        evening.chat(at, evening.someone(at), text)
        count = evening.viewers_who(rng.uniform(0.01, 0.06), at, least=4)
        evening.wave(at + 3_000, [text], count, within_s=rng.uniform(20, 120), disguise=0.12)


def quick_replies(evening: Evening) -> None:
    """The platform offers lines as buttons; all evening some tap them instead of writing."""
    rng = evening.rng
    lines = rng.sample(data("crowd")["quick_reply"], rng.randint(4, 8))
    expected = evening.shop.chatter * evening.shop.viewers**0.75
    for _ in range(
        round(expected * (evening.end - evening.start) / MINUTE_MS * rng.uniform(0.02, 0.1))
    ):
        at = evening.moment()
        user = evening.someone(at) if rng.random() < 0.3 else evening.newcomer()
        evening.chat(at, user, rng.choice(lines))


def friends(evening: Evening) -> None:
    """An office or a dormitory comes in together, talks among itself and buys the same."""
    rng = evening.rng
    for _ in range(rng.randint(1, 3)):
        group = evening.accounts.several(evening.shop.naming, rng.randint(4, 14))
        at = evening.moment(0.05, 0.85)
        good = evening.good_at(at)
        for user in group:
            for _ in range(rng.randint(1, 4)):
                other = rng.choice(group)
                name = other if evening.shop.naming == "nickname" else evening.drawn("addressed")
                text = evening.drawn("friend_line", friend=name)
                moment = at + rng.uniform(0, 8) * MINUTE_MS
                if rng.random() < 0.6:
                    evening.chat(moment, user, text)
                else:
                    evening.remark(moment, user)
            if rng.random() < 0.6:
                evening.order(at + rng.uniform(2, 9) * MINUTE_MS, user, good)


def fan_club(evening: Evening) -> None:
    """Members of the fan club write with the club's sign before every line; half of the clubs have a cheer."""
    rng = evening.rng
    sign = evening.book.draw(rng, "fan_prefix", evening.shop.words)
    members = evening.shop.regulars or evening.accounts.several(evening.shop.naming, rng.randint(8, 40))  # fmt: skip
    for user in members:
        for _ in range(rng.randint(1, 4)):
            text = evening.book.draw(rng, "fan", evening.shop.words)
            evening.chat(evening.moment(), user, sign + text)
    if rng.random() < 0.5:
        # They have a cheer, too, and it is one of praise.
        cheer = evening.book.draw(rng, "cheer", evening.shop.words)
        for user in members:
            for _ in range(rng.choice((0, 1, 1, 2, 3))):
                evening.chat(evening.moment(), user, sign + evening.book.disguise(rng, cheer, 0.05))


def multilingual(evening: Evening) -> None:
    """Viewers from elsewhere write in their own languages."""
    rng = evening.rng
    for _ in range(max(5, len(evening.present) // 12)):
        user = evening.newcomer()
        for _ in range(rng.randint(1, 3)):
            text = evening.book.draw(rng, "foreign", evening.shop.words)
            evening.chat(evening.moment(), user, text)


def chatterbox(evening: Evening) -> None:
    """One viewer writes all evening, and repeats one sentence when nobody answers."""
    rng = evening.rng
    user = evening.newcomer()
    own = evening.book.remark(rng, evening.shop.words)
    for _ in range(rng.randint(60, 180)):
        at = evening.moment()
        if rng.random() < 0.3:
            evening.chat(at, user, own)
        else:
            evening.remark(at, user)


def name_families(evening: Evening) -> None:
    """Many viewers never chose a name: 用户1234567, momo."""
    rng = evening.rng
    for _ in range(2):
        for user in evening.accounts.alike(evening.shop.naming, rng.randint(10, 40)):
            arrive = evening.moment(0, 0.9)
            for _ in range(rng.choice((1, 1, 2, 4))):
                evening.remark(arrive + rng.expovariate(1 / (8 * MINUTE_MS)), user)


def review_reminder(evening: Evening) -> None:
    """The platform reminds buyers of last week to review: dozens do within the hour, each in words of their own."""
    rng = evening.rng
    good = rng.choice(evening.shop.goods)
    start = evening.moment(0.05, 0.6)
    for number in range(rng.randint(15, 60)):
        poor = rng.random() < 0.08
        text = evening.drawn("review_bad" if poor else "review_good", goods=good.title)
        evening.events.append(
            events.Review(
                id="-",
                platform=PLATFORM,
                room=evening.shop.room,
                session=evening.session,
                at=evening.inside(start + rng.expovariate(1 / (12 * MINUTE_MS))),
                review=f"{evening.session}-m{number}",
                sku=good.sku,
                user=evening.newcomer(),
                rating=rng.choice((1, 2, 3)) if poor else rng.choice((4, 5, 5)),
                text=text,
                phase="present",
            )
        )


def system_lines(evening: Evening) -> None:
    """The platform writes who came, who follows, and who went to buy, as it happens."""
    rng = evening.rng
    for user in evening.present:
        if rng.random() < 0.6:
            at = evening.moment()
            text = evening.book.draw(
                rng, "system", {**evening.shop.words, "user": shown_name(user)}
            )
            evening.chat(at, None, text, "system")
    buys = sorted(event.at for event in evening.events if isinstance(event, events.Order) and event.status == "paid")  # fmt: skip
    if not buys:
        buys = sorted(at for at, _, _ in evening.sales)
    for at in buys:
        for _ in range(rng.choice((1, 1, 2, 3))):
            user = evening.someone(at)
            text = evening.book.draw(
                rng, "system_buy", {**evening.shop.words, "user": shown_name(user)}
            )
            evening.chat(at - rng.uniform(2, 60) * 1_000, None, text, "system")


def reviews(evening: Evening) -> None:
    """Reviews of earlier buyers appear through the evening; a few go because their writers say so."""
    rng = evening.rng
    for number in range(rng.randint(5, 40)):
        good = rng.choice(evening.shop.goods)
        poor = rng.random() < 0.15
        text = evening.book.draw(rng, "review_bad" if poor else "review_good", {**evening.shop.words, "goods": good.title})  # fmt: skip
        rating = rng.choice((1, 2, 3)) if poor else rng.choice((4, 5, 5))
        at = evening.moment()
        written = events.Review(
            id="-", platform=PLATFORM, room=evening.shop.room, session=evening.session, at=at,
            review=f"{evening.session}-v{number}", sku=good.sku, user=evening.newcomer(),
            rating=rating, text=text, phase="present",
        )  # fmt: skip
        evening.events.append(written)
        if rng.random() < 0.05:
            # Its writer takes it back: good ones as well as poor ones.
            gone = evening.inside(at + rng.uniform(5, 60) * MINUTE_MS)
            evening.events.append(msgspec.structs.replace(written, phase="gone", at=gone))
