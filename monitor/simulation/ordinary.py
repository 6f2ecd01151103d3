"""What ordinary evenings hold that looks like a campaign and is none.

Each trait is a function that adds to an evening before it closes. `ORDINARY` names them all.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from detectors import events
from monitor.simulation.evening import MINUTE_MS, Evening
from monitor.simulation.phrasebook import data
from monitor.simulation.shop import PLATFORM

__all__ = ["ORDINARY", "Trait"]

Trait = Callable[[Evening], None]


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


def passphrase(evening: Evening) -> None:
    """A lucky bag (福袋): whoever writes the passphrase takes part."""
    rng = evening.rng
    for number in range(rng.randint(1, 3)):
        word = rng.choice(data("host")["passphrase"])
        at = evening.moment(0.05, 0.85)
        ends = evening.inside(at + rng.choice((3, 5, 10)) * MINUTE_MS)
        name = evening.book.draw(rng, "prize_name", evening.shop.words)
        evening.call(at, "prize_call", word=word)
        _prize(evening, at, f"{evening.session}-p{number}", "announced", name, ends, word)
        count = evening.viewers_who(rng.uniform(0.05, 0.3), at, least=4)
        evening.wave(at + 2_000, [word], count, within_s=(ends - at) / 3_000)
        takers = sorted({event.user for event in evening.events if isinstance(event, events.Chat) and event.text == word and event.user})  # fmt: skip
        winners = rng.sample(takers, min(len(takers), rng.randint(1, 5)))
        _prize(evening, ends, f"{evening.session}-p{number}", "drawn", name, ends, word, winners)


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
        _prize(evening, at, f"{evening.session}-r{number}", "announced", name, ends, None)
        _prize(evening, ends, f"{evening.session}-r{number}", "drawn", name, ends, None, sorted(set(winners)))  # fmt: skip


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


def count_in(evening: Evening) -> None:
    """“扣1”: again and again, all evening long."""
    rng = evening.rng
    word = rng.choice(("1", "1", "2", "6", "要"))
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
        texts = ["666", "6666", "66666", "6", "牛", "牛啊", "哈哈哈哈", "666", "可以可以"]
        evening.wave(at, texts, evening.viewers_who(rng.uniform(0.005, 0.05), at), within_s=12)


def flash_sale(evening: Evening) -> None:
    """A sale on the hour: announced, over within a minute, followed by “拍到了” and “没抢到”."""
    rng = evening.rng
    hour = 30 * MINUTE_MS
    at = -(-(evening.start + 5 * MINUTE_MS) // hour) * hour
    while at < evening.end - 2 * MINUTE_MS:
        good = evening.good_at(at)
        price = max(100, round(good.price_fen * rng.uniform(0.6, 0.9) / 100) * 100)
        yuan = f"{price // 100}元"
        evening.call(at - 4 * MINUTE_MS, "flash_call", goods=good.title, yuan=yuan)
        evening.call(at - 20_000, "flash_call", goods=good.title, yuan=yuan)
        over = evening.inside(at + 90_000)
        evening.ask(at, good, price, ["整点秒杀", "限量"])
        evening.ask(over, good, good.price_fen)
        evening.say(over, f"{good.title}秒杀结束，恢复{good.price_fen / 100:g}元", good)
        count = min(evening.viewers_who(rng.uniform(0.02, 0.12), at), 600)
        for _ in range(count):
            moment = min(at + rng.expovariate(1 / 14_000), over - 1_000)
            user = evening.someone(at) if rng.random() < 0.3 else evening.newcomer()  # fmt: skip
            order = evening.order(moment, user, good, price_fen=price)
            if rng.random() < evening.shop.returns / 2:
                evening.refund(order, order.at + round(rng.uniform(1, 90) * 3_600_000))
        texts = [
            "拍到了",
            "抢到了",
            "没抢到",
            "没了",
            "手慢了",
            "秒没",
            "好了",
            "已拍",
            "啊啊啊",
            "卡住了",
        ]
        evening.wave(at + 8_000, texts, max(2, count // 3), within_s=40, disguise=0.2)
        at += hour


def group_buy(evening: Evening) -> None:
    """Groups of two or three complete within seconds of each other."""
    rng = evening.rng
    at = evening.moment(0.1, 0.7)
    good = evening.good_at(at)
    evening.call(at, "group_call")
    for _ in range(evening.viewers_who(rng.uniform(0.01, 0.05), at)):
        moment = at + rng.uniform(0.2, 15) * MINUTE_MS
        for _ in range(rng.choice((2, 3))):
            evening.order(moment + rng.expovariate(1 / 25_000), evening.newcomer(), good)


def wholesale(evening: Evening) -> None:
    """One buyer orders for a shop: many orders, or many pieces, one after the other."""
    rng = evening.rng
    for _ in range(rng.randint(1, 2)):
        user = evening.newcomer()
        at: float = evening.moment(0.1, 0.8)
        good = evening.good_at(at)
        evening.chat(at - 60_000, user, f"{good.title}拿货{rng.choice((50, 100, 200))}件什么价")
        for _ in range(rng.randint(8, 40)):
            evening.order(at, user, good, rng.choice((1, 5, 10, 10, 20)))
            at += rng.uniform(4, 40) * 1_000


def returns(evening: Evening) -> None:
    """A trade in which a third to a half of all orders comes back."""
    evening.shop.returns = evening.rng.uniform(0.3, 0.5)


def regulars(evening: Evening) -> None:
    """Those who come every evening greet each other by name."""
    rng = evening.rng
    crowd = [user for user in evening.shop.regulars if rng.random() < 0.8]
    for user in crowd:
        at = evening.moment(0.0, 0.15)
        other = rng.choice(crowd)
        name = other if evening.shop.naming == "nickname" else rng.choice(("姐", "哥", "老师", "豆豆", "阿木"))  # fmt: skip
        if rng.random() < 0.7:
            evening.chat(at, user, evening.book.draw(rng, "greeting", evening.shop.words))
        if rng.random() < 0.5:
            text = rng.choice(
                ("{}晚上好", "{}来啦", "{}好久没见你", "{}吃了没", "欢迎{}", "{}今天早")
            )
            evening.chat(at + rng.uniform(5, 300) * 1_000, user, text.format(name))
        if rng.random() < 0.4:
            evening.chat(evening.end - rng.uniform(5, 200) * 1_000, user, rng.choice(("晚安", "大家晚安", "明天见", "散了散了", "明晚见", "各位好梦")))  # fmt: skip
        if rng.random() < 0.15:
            evening.order(evening.moment(), user)


def push(evening: Evening) -> None:
    """The platform recommends the room: viewers multiply within two minutes, and nobody knows why."""
    rng = evening.rng
    for _ in range(rng.randint(1, 2)):
        at = evening.moment(0.15, 0.75)
        extra = evening.watching(at) * rng.uniform(1.5, 7)
        evening.audience.surge(evening.step(at), extra, rise=rng.randint(2, 14), half_life=rng.randint(15, 80))  # fmt: skip
        if rng.random() < 0.3:
            evening.call(at + 60_000, "push_call")
        _come_in(evening, at + 20_000, round(extra * 0.02))


def raid(evening: Evening) -> None:
    """Another room ends and sends its viewers: they come at once and all say where from."""
    rng = evening.rng
    at = evening.moment(0.2, 0.8)
    extra = evening.shop.viewers * rng.uniform(0.5, 4) + 20
    other = rng.choice(data("themes")["hosts"])
    evening.audience.surge(evening.step(at), extra, rise=2, half_life=rng.randint(20, 60))
    evening.call(at + 15_000, "raid_call", other=other)
    texts = [
        f"{other}来的",
        f"{other}家的来了",
        f"{other}让我们来的",
        f"从{other}那边过来",
        "来了",
        "串门",
        f"{other}团到",
    ]
    evening.wave(at + 5_000, texts, max(4, round(extra * rng.uniform(0.03, 0.12))), within_s=45, disguise=0.15)  # fmt: skip


def canned_assistant(evening: Evening) -> None:
    """Assistants paste the same few lines every minute or two."""
    rng = evening.rng
    names = evening.accounts.several(evening.shop.naming, rng.randint(1, 3))
    lines = [evening.book.draw(rng, "assistant", evening.shop.words) for _ in range(4)]
    every = rng.uniform(40, 150) * 1_000
    known = rng.random() < 0.7
    at = evening.start + every
    while at < evening.end:
        evening.chat(at, rng.choice(names), rng.choice(lines), "assistant" if known else "viewer")
        at += every * rng.uniform(0.9, 1.1)


def restock(evening: Evening) -> None:
    """Stock is restored in round numbers, and those who waited buy."""
    rng = evening.rng
    for _ in range(rng.randint(1, 4)):
        at = evening.moment(0.1, 0.9)
        good = evening.good_at(at)
        evening.restocks.append((at, good.sku, rng.choice((50, 100, 200, 500))))
        evening.call(at, "restock_call")
        for _ in range(min(200, evening.viewers_who(rng.uniform(0.005, 0.03), at))):
            evening.order(at + rng.expovariate(1 / 40_000), evening.newcomer(), good)


def rounded_counters(evening: Evening) -> None:
    """From ten thousand on the platform shows “1.2万” or “1万+”."""
    for name in evening.display:
        evening.display[name] = evening.rng.choice(("rounded", "rounded", "open"))
    evening.audience.followers += 10_000


def missing_counters(evening: Evening) -> None:
    """The platform does not show some counters."""
    for name in evening.rng.sample(sorted(evening.display), evening.rng.randint(2, 5)):
        evening.display[name] = "hidden"


def delayed_counters(evening: Evening) -> None:
    """Some counters show what was so a minute and a half ago."""
    for name in evening.rng.sample(sorted(evening.display), evening.rng.randint(1, 4)):
        evening.display[name] = "delayed"


def reset_counters(evening: Evening) -> None:
    """A product is listed anew: what it sold before is no longer counted."""
    for good in evening.rng.sample(evening.shop.goods, 2):
        evening.resets.append((evening.moment(0.2, 0.9), good.sku))


def sold_elsewhere(evening: Evening) -> None:
    """The sold counter counts the shop's other channels too: it grows without orders seen here."""
    rng = evening.rng
    for good in evening.shop.goods:
        per_minute = rng.uniform(0.1, 3)
        at: float = evening.start
        while at < evening.end:
            at += rng.expovariate(per_minute / MINUTE_MS)
            evening.sales.append((round(at), good.sku, 1))


def system_lines(evening: Evening) -> None:
    """The platform writes who came, who follows, and who went to buy, as it happens."""
    rng = evening.rng
    for user in evening.present:
        if rng.random() < 0.6:
            at = evening.moment()
            text = evening.book.draw(rng, "system", {**evening.shop.words, "user": user[:12]})
            evening.chat(at, None, text, "system")
    buys = sorted(event.at for event in evening.events if isinstance(event, events.Order) and event.status == "paid")  # fmt: skip
    if not buys:
        buys = sorted(at for at, _, _ in evening.sales)
    for at in buys:
        for _ in range(rng.choice((1, 1, 2, 3))):
            user = evening.someone(at)
            text = evening.book.draw(rng, "system_buy", {**evening.shop.words, "user": user[:12]})
            evening.chat(at - rng.uniform(2, 60) * 1_000, None, text, "system")


def fan_club(evening: Evening) -> None:
    """Members of the fan club write with the club's sign before every line."""
    rng = evening.rng
    sign = evening.book.draw(rng, "fan_prefix", evening.shop.words)
    members = evening.shop.regulars or evening.accounts.several(evening.shop.naming, rng.randint(8, 40))  # fmt: skip
    for user in members:
        for _ in range(rng.randint(1, 4)):
            text = evening.book.draw(rng, "fan", evening.shop.words)
            evening.chat(evening.moment(), user, sign + text)


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


def steady_polls(evening: Evening) -> None:
    """Counters are read exactly on the beat."""
    evening.poll_jitter = 0.0


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


def _come_in(evening: Evening, at: float, count: int) -> None:
    """Newcomers say what newcomers say."""
    texts = [
        "刚来",
        "首页刷到的",
        "这是卖什么的",
        "来了",
        "主播讲到哪了",
        "怎么这么多人",
        "第一次来",
        "？",
        "卖啥的",
        "好热闹",
    ]
    evening.wave(at, texts, min(400, max(2, count)), within_s=90, disguise=0.2)


def _prize(
    evening: Evening,
    at: float,
    prize: str,
    phase: str,
    name: str,
    ends: int,
    word: str | None,
    winners: list[str] | None = None,
) -> events.Prize:
    event = events.Prize(
        id="-", platform=PLATFORM, room=evening.shop.room, session=evening.session,
        at=evening.inside(at), prize=prize, phase=phase, name=name, value=2_000, count=5,  # type: ignore[arg-type]  # one of the contract's phases
        odds="按参与人数随机抽取", conditions=["发送口令"] if word else ["点击参与"], ends_at=ends,
        winners=winners, passphrase=word,
    )  # fmt: skip
    evening.events.append(event)
    return event


#: Traits that have to be known before the crowd gathers.
BEFORE = {"returns", "push", "raid"}
ORDINARY: dict[str, Trait] = {
    "chant": chant,
    "passphrase": passphrase,
    "raffle": raffle,
    "quiz": quiz,
    "asked-feedback": asked_feedback,
    "count-in": count_in,
    "wave-666": wave_666,
    "flash-sale": flash_sale,
    "group-buy": group_buy,
    "wholesale": wholesale,
    "returns": returns,
    "regulars": regulars,
    "push": push,
    "raid": raid,
    "canned-assistant": canned_assistant,
    "restock": restock,
    "rounded-counters": rounded_counters,
    "missing-counters": missing_counters,
    "delayed-counters": delayed_counters,
    "reset-counters": reset_counters,
    "sold-elsewhere": sold_elsewhere,
    "fan-club": fan_club,
    "multilingual": multilingual,
    "chatterbox": chatterbox,
    "name-families": name_families,
    "steady-polls": steady_polls,
    "reviews": reviews,
    # Last: it tells what the others did.
    "system-lines": system_lines,
}
