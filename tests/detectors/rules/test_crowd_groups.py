"""Groups of accounts: what no single wording, order or room shows; and crowds that look alike."""

from __future__ import annotations

import random

import pytest

from detectors.engine.engine import Engine
from detectors.facts.crowd.lockstep import Lockstep
from tests.detectors.build import (
    chat,
    gap,
    only,
    order,
    product,
    run,
    run_engine,
    session,
    speech,
)

CHAT, ORDERS = "scripted-chat", "fake-transaction"
FIRST = ("第一次", "第二次", "头一回", "又一次")
SAYS = ("质量没得说", "味道真的好", "全家都喜欢", "比店里划算")


def ordinary(people=120, lines=500, seed=5, every=6.0):
    """A room that talks about this and that; a fifth of it is short praise."""
    choose = random.Random(seed)
    words = [chr(0x4E00 + number) for number in range(300)]
    events = []
    for number in range(lines):
        text = "".join(choose.choices(words, k=choose.randint(2, 8)))
        if number % 5 == 0:
            text = choose.choice(("好用", "真好看", "质量不错", "已拍", "回购了"))
        events.append(chat(text, number * every, user=f"v{choose.randrange(people)}"))
    return events


def templates(accounts=12, start=600, every=70.0):
    """The same sentence with other words in its slots, dripping over a quarter of an hour and more."""
    return [
        chat(
            f"{FIRST[n % 4]}在小满家买手撕牛肉干，{SAYS[n % 3]}，还会再来",
            start + n * every,
            user=f"托{chr(0x5000 + n)}",
        )
        for n in range(accounts)
    ]


def mixed(*parts):
    return sorted((event for part in parts for event in part), key=lambda event: event.at)


@pytest.mark.slow
def test_templates_that_drip_are_found_and_the_room_without_them_is_quiet():
    assert run(CHAT, ordinary()) == []
    (alert,) = run(CHAT, mixed(ordinary(), templates()))
    assert alert.subject == "crowd"
    assert alert.evidence.numbers["echo"] >= 7
    crowd = alert.evidence.crowd
    names = {account.name for account in crowd.accounts}
    assert len([name for name in names if name.startswith("托")]) >= 7
    assert crowd.rhythm
    assert crowd.signals[0].surprise >= 3


@pytest.mark.slow
def test_its_evidence_is_what_the_named_accounts_wrote_each_line_once():
    (alert,) = run(CHAT, mixed(ordinary(), templates()))
    named = {account.name for account in alert.evidence.crowd.accounts}
    lines = alert.evidence.trigger
    # Who joins after the finding that tells the story is of the same hired accounts.
    assert [line for line in lines if line.user not in named and line.user[0] != "托"] == []
    assert len({line.id for line in lines}) == len(lines) > 7


@pytest.mark.slow
def test_a_large_group_is_told_in_few_versions_and_no_figure_beyond_what_can_be_known():
    (alert,) = run(CHAT, mixed(ordinary(), templates(accounts=200, every=10.0)))
    assert alert.hits <= 20, "told at each power of ten it was 51"
    assert "一万倍以上" in alert.reason
    assert "次方" not in alert.reason


@pytest.mark.slow
def test_a_few_of_them_are_no_group():
    assert run(CHAT, mixed(ordinary(), templates(accounts=4))) == []


@pytest.mark.slow
def test_a_joke_that_is_copied_by_people_who_also_say_other_things_is_no_script():
    joke = [
        chat("主播那只猫比我还喜欢那个纸箱子躺着不肯走", 1_500 + n, user=f"v{n * 3}")
        for n in range(24)
    ]
    assert run(CHAT, mixed(ordinary(), joke)) == []


@pytest.mark.slow
def test_a_joke_about_what_is_sold_is_none_either_by_those_who_are_talking_and_a_script_by_strangers():
    # It goes around for longer than jokes do, and no platform offers a sentence with the goods' name.
    sold = product(0, sku="A", title="手撕牛肉干")

    def joke(users):
        return [
            chat("牛肉干好吃到我想给它磕一个头", 1_500 + 75 * n, user=users.format(n * 3))
            for n in range(16)
        ]

    assert run(CHAT, mixed([sold], ordinary(), joke("v{}"))) == []
    (alert,) = run(CHAT, mixed([sold], ordinary(), joke("客{}")))
    assert "echo" in alert.evidence.numbers


@pytest.mark.parametrize(("every", "alerts"), [(12.0, 0), (150.0, 1)])
@pytest.mark.slow
def test_jokes_about_the_goods_that_a_few_copy_within_a_minute_are_no_group_and_a_drip_is(
    every, alerts
):
    jokes = [
        chat(text, start + every * n, user=f"{name}{n}")
        for text, start, name in (
            ("牛肉干好吃到我想给老板娘磕一个", 700, "客"),
            ("不是牛肉干买不起是加班更有性价比，已拍", 1_300, "路"),
            ("建议老板把好吃两个大字印在脸上", 1_900, "风"),
        )
        for n in range(5)
    ]
    assert len(run(CHAT, mixed(ordinary(), jokes))) == alerts


def club(people=8, sign="#榴莲宴#"):
    """A club that wears its sign before all it writes, and has a cheer of praise."""
    said = ("打卡", "晚上好", "陪伴石头哥第三天", "石头哥早点休息")
    greetings = [
        chat(sign + said[(n + k) % 4], 300 + 60 * n + 400 * k, user=f"粉{chr(0x5000 + n)}")
        for n in range(people)
        for k in range(2)
    ]
    cheers = [
        chat(f"{sign}石头哥选的东西品质值得信赖", 700 + 190 * n, user=f"粉{chr(0x5000 + n)}")
        for n in range(people)
    ]
    return [*greetings, *cheers]


@pytest.mark.slow
def test_a_club_is_left_out_of_a_group_and_the_others_have_to_be_odd_without_it():
    sign = "看到小满声音就点进来了"
    few = [chat(f"{sign}，值得信赖", 900 + 300 * n, user=f"客{n}") for n in range(3)]
    alerts, engine = run_engine(CHAT, mixed(ordinary(), club(), few))
    assert alerts == []
    assert (CHAT, "fan-club") in engine.stats.declined
    (alert,) = run(CHAT, mixed(ordinary(), club(), templates()))
    names = {account.name for account in alert.evidence.crowd.accounts}
    assert len([name for name in names if name.startswith("托")]) >= 7
    assert not any(name.startswith("粉") for name in names)


@pytest.mark.slow
def test_who_greets_as_somebody_who_praises_does_is_no_part_of_a_group():
    greeting = "听到小满声音就点进来了"
    lines = [chat(greeting, 700 + 130 * n, user=f"客{n}") for n in range(6)]
    praising = [chat(f"发货快好评，{greeting}", 1_700 + 10 * n, user=f"路{n}") for n in range(2)]
    assert run(CHAT, mixed(ordinary(), lines, praising)) == []
    sold = product(0, sku="A", title="手撕牛肉干")
    praise = [chat(f"牛肉干好吃，{greeting}", 700 + 130 * n, user=f"客{n}") for n in range(12)]
    assert len(run(CHAT, mixed([sold], ordinary(), praise))) == 1


@pytest.mark.parametrize(("missed", "alerts"), [(True, 0), (False, 1)])
@pytest.mark.slow
def test_after_a_time_that_was_not_watched_lines_may_answer_what_the_host_asked_in_it(
    missed, alerts
):
    towns = ["南宁", "昆明", "佛山", "徐州", "赣州", "温州", "大同", "襄阳", "阜阳", "烟台"]
    lost = [gap(1_000, 1_190)] if missed else []
    answers = [
        chat(f"{town}报到，家里的阔腿裤已下单", 1_200 + 25 * n, user=f"客{n}")
        for n, town in enumerate(towns)
    ]
    assert len(run(CHAT, mixed(ordinary(), lost, answers))) == alerts


@pytest.mark.parametrize(("own_questions", "alerts"), [(False, 1), (True, 0)])
@pytest.mark.slow
def test_accounts_that_also_ask_each_others_questions_have_more_than_one_wording_in_common(
    own_questions, alerts
):
    choose = random.Random(1)
    asks = (
        "这个怎么洗呀",
        "几天能到南京",
        "小个子能穿吗",
        "有没有大一号",
        "颜色会不会深",
        "冬天穿冷不冷",
    )
    words = [chr(0x4E00 + number) for number in range(300)]
    crew = []
    for n in range(14):
        at, user = 900 + n * 60, f"托{chr(0x5000 + n)}"
        crew.append(chat("听朋友说起过今天特地过来看看到底怎么样", at, user=user))
        for k in range(2):
            text = "".join(choose.choices(words, k=7)) if own_questions else asks[(n + 2 * k) % 6]
            crew.append(chat(text, at + 20 + 25 * k, user=user))
    assert len(run(CHAT, mixed(ordinary(), crew))) == alerts


@pytest.mark.slow
def test_what_the_host_asked_for_is_no_group_either():
    led = [speech("觉得好的把 在小满家买手撕牛肉干还会再来 打在公屏上", 590)]
    asked = [
        chat("在小满家买手撕牛肉干还会再来", 600 + n, user=f"托{chr(0x5000 + n)}")
        for n in range(20)
    ]
    assert run(CHAT, mixed(ordinary(), led, asked)) == []


@pytest.mark.slow
def test_buyers_who_were_asked_how_they_like_it_are_no_group_a_few_times_an_evening():
    def evening(calls):
        asked = [
            speech("买过的朋友，吃着怎么样，给新来的做个参考", 500 + 90 * n) for n in range(calls)
        ]  # fmt: skip
        return run(CHAT, mixed(ordinary(), asked, templates(every=20.0)))

    assert evening(3) == []
    assert evening(0)
    # Asked again and again it is no answer any more.
    many = [speech("用过的老粉来反馈一下", 100 + 60 * n) for n in range(4)]
    assert run(CHAT, mixed(ordinary(), many, templates()))


#: What a host asks, what those answer who write every time, and what a crew writes instead.
QUESTIONS = {
    "place": (
        "下单的朋友报一下坐标",
        ("下单了坐标徐州", "已拍 长沙的", "遵义抢到了", "拍了两份发赣州", "佛山的刚买"),
        ("下单了质量真好", "已拍放心买", "抢到了太值了", "回购了真好用", "买了都说好"),
    ),
    "size": (
        "要尺码的宝宝报一下身高体重",
        ("160 斤", "一百二十斤", "我有110斤", "90斤吧", "体重140斤"),
        ("瘦了十斤", "穿着显瘦好看", "穿了都说好", "三斤就瘦了", "好穿又不贵值得"),
    ),
    "riddle": (
        "考考大家这口锅最大的好处答对的有奖",
        ("用料实在", "做工好", "手感好", "质量", "猜是用料"),
        ("质量好还会回购", "做工好闭眼入", "好用推荐", "用过都满意", "老客户了好用"),
    ),
    "whether": (
        "家人们这款香不香好不好看喜不喜欢",
        ("香", "香香", "好看", "喜欢喜欢", "真的好看"),
        ("香推荐", "喜欢已拍", "好看回购", "绝了必买", "好看又划算"),
    ),
}


def answered(asked, says, calls=9, accounts=14):
    """The host asks every two minutes, and the same accounts write something each time."""
    choose, events = random.Random(8), []
    for call in range(calls):
        at = 600 + 120 * call
        events += [speech(asked, at)] if asked else []
        events += [
            chat(
                choose.choice(says) + "呀" * (call % 3), at + 5 + 4 * n, user=f"客{chr(0x5000 + n)}"
            )
            for n in range(accounts)
        ]
    return events


@pytest.mark.slow
@pytest.mark.parametrize("kind", QUESTIONS)
def test_who_answers_what_the_host_asks_is_no_group_and_who_praises_beyond_it_is(kind):
    asked, answers, praise = QUESTIONS[kind]
    assert run(CHAT, mixed(ordinary(), answered(asked, answers))) == []
    assert run(CHAT, mixed(ordinary(), answered(None, answers)))
    assert run(CHAT, mixed(ordinary(), answered(asked, praise)))


def purchases(accounts, times=1, start=0, every=20.0, sku="A", name="买手"):
    """Orders as a crowd places them."""
    choose = random.Random(accounts + start)
    at = start
    return [
        order(
            at := at + choose.expovariate(1 / every), order=f"{name}{n}", sku=sku,
            user=f"{name}{chr(0x5000 + n % accounts)}",
        )
        for n in range(accounts * times)
    ]  # fmt: skip


def refunds(orders, after):
    return [
        order(
            (placed.at - orders[0].at) / 1000 + after, order=placed.order, sku=placed.sku,
            user=placed.user, status="refunded",
        )
        for placed in orders
    ]  # fmt: skip


def test_orders_that_come_back_again_and_again_are_found():
    honest = purchases(60, name="客")
    ring = purchases(10, times=2, start=30, every=61.0)
    alerts = run(ORDERS, mixed(honest, ring, refunds(ring, 5_000)))
    assert [alert.level for alert in alerts if "returned-again" in alert.evidence.numbers]
    names = {
        account.name
        for alert in alerts
        if alert.evidence.crowd
        for account in alert.evidence.crowd.accounts
    }
    # Told anew with a quarter more evidence: the last of the ten adds less.
    assert len([name for name in names if name.startswith("买手")]) >= 9


@pytest.mark.parametrize("days", [2, 4])
def test_clothes_that_come_back_days_later_are_returns(days):
    sold = purchases(80)
    assert run(ORDERS, mixed(sold, refunds(sold[::2], days * 86_400))) == []


def test_one_wholesale_buyer_who_cancels_is_one():
    many = [order(n * 9.7 + n % 7, order=f"w{n}", user="批发老王") for n in range(40)]
    alerts = run(ORDERS, mixed(purchases(30, every=55.3, name="客"), many, refunds(many[:8], 900)))
    assert not [alert for alert in alerts if "returned-again" in alert.evidence.numbers]


def buying(count, start, every, says="用户{} 去购买了"):
    return [
        chat(says.format(n % 20), start + n * every, role="system", user=None) for n in range(count)
    ]


def test_lines_about_buying_that_no_sale_follows():
    sales = purchases(60, every=60.0, name="客")
    (alert,) = run(ORDERS, mixed(sales, buying(120, 2_400, 5)))
    assert (alert.subject, alert.level) == ("crowd:buying", "watch")
    (same,) = run(ORDERS, mixed(sales, buying(120, 2_400, 5, "恭喜用户{}下单成功")))
    assert same.evidence.numbers["lines"] == alert.evidence.numbers["lines"]
    # From the beginning, with the sales; and where nobody sees what is sold.
    assert run(ORDERS, mixed(buying(120, 0, 30), sales)) == []
    alerts, engine = run_engine(ORDERS, buying(120, 0, 30))
    assert alerts == []
    assert (ORDERS, "insufficient-history") in engine.stats.declined


@pytest.mark.slow
def test_lines_that_begin_late_are_worth_a_look_from_one_chance_in_a_hundred_on():
    sales = purchases(60, every=60.0, name="客")
    (alert,) = run(ORDERS, mixed(sales, buying(20, 1_200, 60)))
    assert 2 <= alert.evidence.numbers["surprise"] < 3
    # After a few sales they say little: platforms begin to show them, too.
    assert run(ORDERS, mixed(sales, buying(20, 900, 60))) == []


def test_lines_about_buying_by_the_hundred_for_one_sale():
    """Nothing was sold before the first line, so only their number tells."""
    few = [order(t, order=f"客{t}", sku="A", user=f"客{t}") for t in (40, 700)]
    (alert,) = run(ORDERS, mixed(few, buying(300, 5, 5)))
    assert (alert.subject, alert.evidence.numbers["sales_before"]) == ("crowd:buying", 0)
    assert "此前" not in alert.reason
    assert run(ORDERS, mixed(few, buying(40, 5, 5))) == []


@pytest.mark.slow
def test_the_group_begins_anew_with_the_broadcast():
    events = mixed(ordinary(), templates(accounts=6))
    tomorrow = [
        session("ended", 4_000),
        *(
            chat(
                f"{FIRST[n % 4]}在小满家买手撕牛肉干，{SAYS[n % 3]}，还会再来",
                90_000 + n,
                user=f"托{chr(0x6000 + n)}",
                session="s2",
            )
            for n in range(3)
        ),
    ]
    assert run(CHAT, [*events[: len(events)], *tomorrow]) == run(CHAT, events)


OPENS = ("我妈", "表姐", "室友", "同事", "我家老人", "邻居", "二姐", "舅妈")
SINCE = ("用了小半个月", "连着吃了几周", "上个月入手的", "过年那阵子买的", "前后买了三回")
PRAISES = ("现在离不开这个", "真没想到这么实在", "全家都说好吃", "比专柜的还要划算", "越吃越满意了")
CLOSES = ("放心拍就对了", "赶紧囤两份", "已经回购好几次", "推荐给大家")


def paraphrases(accounts, lines, start=900, every=20.0, seed=3):
    """Praise of which no two lines are alike, by accounts that take turns."""
    choose = random.Random(seed)
    parts = (OPENS, SINCE, PRAISES, CLOSES)
    return [
        chat(
            "，".join(choose.choice(part) for part in choose.sample(parts, 3)),
            start + n * every,
            user=f"{accounts[n % len(accounts)]}",
        )
        for n in range(lines)
    ]


@pytest.mark.slow
def test_praise_in_other_words_each_time_is_found_by_who_writes_nothing_else():
    hired = [f"托{chr(0x5000 + n)}" for n in range(16)]
    alerts = run(CHAT, mixed(ordinary(), paraphrases(hired, 60)))
    (alert,) = alerts
    assert alert.subject == "crowd"
    assert alert.evidence.numbers["mixed"] >= 8
    marked = {one.name for one in alert.evidence.crowd.accounts if "mixed" in one.groups}
    assert len(marked & set(hired)) >= 8
    assert len(marked - set(hired)) <= 2


def few(accounts, each, start=900, every=70.0):
    """A crew that has just begun: a few accounts with a sentence or two each."""
    crew = [f"托{chr(0x5000 + n)}" for n in range(accounts)]
    return paraphrases(crew, accounts * each, start=start, every=every)


def without_praise():
    """The same room, of which nobody says how anything is."""
    return [event for number, event in enumerate(ordinary()) if number % 5]


@pytest.mark.slow
def test_a_crew_that_has_just_begun_is_told_with_the_few_who_wrote_twice():
    (alert,) = run(CHAT, mixed(without_praise(), few(3, 2)))
    named = {one.name for one in alert.evidence.crowd.accounts}
    assert {f"托{chr(0x5000 + n)}" for n in range(3)} == named
    assert alert.level == "watch"


@pytest.mark.slow
def test_a_few_customers_with_a_sentence_each_and_two_with_many_are_no_crew():
    assert run(CHAT, mixed(without_praise(), few(3, 1))) == []
    assert run(CHAT, mixed(without_praise(), few(4, 1))) == []
    assert run(CHAT, mixed(without_praise(), few(2, 6))) == []
    # Nor with two customers beside them.
    customers = paraphrases(["客甲", "客乙"], 2, start=1_000, every=200.0, seed=5)
    assert run(CHAT, mixed(without_praise(), few(2, 8), customers)) == []


def with_evidence(room, crew):
    """What the room's crew comes to where the mixture's evidence is so much, and what the crowd's size takes off."""
    engine = Engine(only(CHAT), lateness_ms=10_000)
    state = engine.open("simulated", "r")
    events = mixed(room, crew)
    end = next(n for n, event in enumerate(events) if event.at > crew[-1].at)
    engine.step(state, events[:end], now=events[end].at)
    rule, sheet, now = only(CHAT)[CHAT], state.crowd.mixture.sheet, events[end].at

    def found(evidence, step=None):
        sheet.weighed, sheet.evidence = now, evidence
        return rule.group.found(state.crowd, now, step, 0.0, lambda text: False)

    return found, rule.group.doubt * state.crowd.mixture.writers(now)


@pytest.mark.slow
def test_of_a_large_crowd_more_is_asked_than_of_a_small_one():
    large = [event for event in ordinary(people=900, lines=2_500, every=1.2) if len(event.text) < 6]
    of_few, little = with_evidence(without_praise(), few(6, 2))
    of_many, much = with_evidence(large, few(6, 2))
    assert little < 0.2 < 0.3 < much
    assert of_few(1.2) is not None
    assert of_many(1.2) is None
    assert of_many(1.2 + much) is not None


@pytest.mark.slow
@pytest.mark.parametrize("crew", [(6, 2), (3, 2)])
def test_what_is_written_alone_needs_more_evidence_than_what_something_else_speaks_for(crew):
    found, owed = with_evidence(without_praise(), few(*crew))
    # The mean with the counts, which say nothing here, leaves 0.15 less of it.
    assert found(1.05 + owed) is None
    named = found(1.25 + owed)
    assert named is not None
    assert set(named.groups) == {"mixed"}
    step = Lockstep(members=list(named.groups["mixed"]), columns=[1, 2, 3], expected=0.2, tail=1e-3)
    assert found(0.55 + owed) is None
    both = found(0.55 + owed, step)
    assert both is not None
    assert set(both.groups) == {"mixed", "lockstep"}


@pytest.mark.slow
def test_a_crew_that_was_told_with_a_few_is_told_again_as_it_grows():
    hired = [f"托{chr(0x5000 + n)}" for n in range(14)]
    (alert,) = run(CHAT, mixed(ordinary(), few(4, 2), paraphrases(hired, 40, start=1_500)))
    assert alert.hits > 1
    assert len(alert.evidence.crowd.accounts) >= 8


@pytest.mark.slow
def test_an_alert_comes_before_a_third_of_a_blatant_campaign_has_passed():
    hired = [f"托{chr(0x5000 + n)}" for n in range(36)]
    whole = paraphrases(hired, 180, every=5.0)
    begun = [event for event in whole if event.at < whole[0].at + 300_000]
    assert run(CHAT, mixed(ordinary(), begun))


@pytest.mark.slow
def test_praise_in_which_everybody_joins_is_none():
    # As many lines, each by another of those who were there all the time, in words of their own.
    choose = random.Random(8)
    words = [chr(0x5500 + number) for number in range(300)]
    praise = [
        chat("".join(choose.choices(words, k=10)) + "，好吃", 900 + n * 40.0, user=f"v{n}")
        for n in range(60)
    ]
    assert run(CHAT, mixed(ordinary(), praise)) == []
