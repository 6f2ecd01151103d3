"""水军: near-identical praise from many accounts; and the crowds that are honest."""

from __future__ import annotations

import msgspec
import pytest

from detectors.engine.engine import Engine
from tests.detectors.build import at, chat, only, prize, run, run_engine, session, speech

RULE = "scripted-chat"
NAMES = [
    "青禾",
    "晚风",
    "小满",
    "阿木",
    "豆豆妈",
    "云朵",
    "老陈",
    "星河",
    "石榴",
    "海盐",
    "半夏",
    "南乔",
]
PRAISE = "这个茶喝了一周睡得特别香"
VARIANTS = (
    PRAISE,
    PRAISE + "～",
    PRAISE + "呀",
    "这个茶喝了2周睡得特别香！",
    "这个茶喝了一周，睡得真的特别香",
)


def declined(engine):
    return {reason for rule, reason in engine.stats.declined if rule == RULE}


def crowd(accounts=8, texts=VARIANTS, every=20, start=0, **fields):
    return [
        chat(texts[number % len(texts)], start + number * every, user=NAMES[number], **fields)
        for number in range(accounts)
    ]


def test_eight_accounts_are_many_and_seven_are_not():
    assert run(RULE, crowd(7)) == []
    (alert,) = run(RULE, crowd(8))
    assert (alert.level, alert.hits) == ("watch", 1)
    assert alert.evidence.numbers["accounts"] == 8
    assert "300 秒内 8 个账号" in alert.reason


def test_they_must_write_within_five_minutes():
    assert run(RULE, crowd(8, every=43)) == []  # 7 × 43 = 301 s
    assert len(run(RULE, crowd(8, every=42))) == 1


def test_one_account_eight_times_is_one_account():
    assert run(RULE, [chat(PRAISE, n, user="青禾") for n in range(12)]) == []


def test_unknown_accounts_are_not_counted():
    assert run(RULE, [chat(PRAISE, n, user=None) for n in range(12)]) == []


@pytest.mark.parametrize("role", ["host", "assistant", "system"])
def test_only_viewers_make_a_crowd(role):
    assert run(RULE, crowd(8, role=role)) == []
    assert len(run(RULE, crowd(8, role=None))) == 1  # unknown, and most are viewers


def test_the_same_again_in_another_window_is_a_lead():
    (alert,) = run(RULE, [*crowd(8, every=5), *crowd(8, every=5, start=400)])
    assert (alert.level, alert.hits) == ("lead", 2)


def test_going_on_in_the_same_window_is_one_hit():
    (alert,) = run(RULE, crowd(12, every=5))
    assert alert.hits == 1


def test_a_burst_in_one_second_needs_five_accounts():
    assert run(RULE, crowd(4, texts=(PRAISE,), every=0.1)) == []
    (alert,) = run(RULE, crowd(5, texts=(PRAISE,), every=0.1))
    assert alert.evidence.numbers["same_second"] == 5


def test_names_of_one_template_make_it_a_lead_only_if_others_have_other_names():
    def campaign():
        return [chat(PRAISE, n * 10, user=f"用户88{n:02}") for n in range(8)]

    others = [chat("有没有小一点的能买", -60 + n, user=NAMES[n]) for n in range(6)]
    (alert,) = run(RULE, [*others, *campaign()])
    assert alert.level == "lead"
    assert alert.evidence.numbers["name_share_percent"] == 100
    alike = [chat("有没有小一点的能买", -60 + n, user=f"用户{n}") for n in range(6)]
    (alert,) = run(RULE, [*alike, *campaign()])
    assert alert.level == "watch"
    (alert,) = run(RULE, campaign())  # nobody to compare with
    assert alert.level == "watch"


@pytest.mark.parametrize(
    "text",
    [
        "好用好用好用好用好用",  # one word
        "真的好用！！！！！！",  # short
        "这个茶买两盒多少钱啊",  # a question
        "求链接这个面膜好用",
        "主播你的猫在后面偷吃茶叶",  # a joke
        "666666666666",
        "支持主播支持主播好物",  # a quick reply
    ],
)
def test_lines_that_are_no_praise_of_goods_are_silent(text):
    assert run(RULE, crowd(12, texts=(text,), every=3)) == []


def test_different_words_are_different_buyers():
    texts = (
        "去年买的保温杯还行", "上次收到的抽纸挺好用", "给我妈拍了两盒她喜欢吃", "质量还不错就是慢",
        "用完一瓶来回购了", "家里老人喝了说好", "包装好看送人也可以", "第二次下单了",
    )  # fmt: skip
    assert run(RULE, crowd(8, texts=texts)) == []


def test_a_chant_that_the_host_led_is_no_script():
    led = speech(f"觉得好的家人把 {PRAISE} 打在公屏上", -10)
    alerts, engine = run_engine(RULE, [led, *crowd(12, every=3)])
    assert alerts == []
    assert "host-led" in declined(engine)


def test_an_invitation_to_write_something_else_excuses_nothing():
    assert len(run(RULE, [speech("想要的扣个1", -10), *crowd(8)])) == 1


def test_a_chant_is_over_after_five_minutes():
    led = speech(f"把 {PRAISE} 打在公屏上", -400)
    assert len(run(RULE, [led, *crowd(8)])) == 1


def test_the_passphrase_of_a_prize_counts_until_two_minutes_after_the_draw():
    announced = prize(-60, passphrase=PRAISE)
    alerts, engine = run_engine(RULE, [announced, *crowd(12, every=3)])
    assert alerts == []
    assert "passphrase" in declined(engine)
    drawn = prize(-10, phase="drawn")
    assert run(RULE, [announced, drawn, *crowd(12, every=3)]) == []
    long_ago = prize(-130, phase="drawn")
    early = prize(-200, passphrase=PRAISE)
    assert len(run(RULE, [early, long_ago, *crowd(8)])) == 1


@pytest.mark.slow
def test_memory_stays_small_in_a_flood_and_goes_with_the_broadcast():
    engine = Engine(only(RULE))
    state = engine.open("demo", "1")
    kinds = ("面膜", "茶叶", "拖鞋", "水杯", "围巾", "抽纸", "酱油", "洗发水", "手机壳")
    for number in range(3_000):
        kind = kinds[number % 9] + chr(0x4E00 + number)
        text = f"{kind}买来{chr(0x5000 + number)}用着挺{chr(0x6000 + number)}好"
        engine.step(state, [chat(text, number / 10, user=f"viewer-{number}")], now=0)
    assert len(state.crowd.wordings) <= 2_048
    assert len(msgspec.msgpack.encode(state._memory[RULE])) < 2_000
    engine.step(state, [session("ended", 400), chat("晚安", 500)], now=0)
    engine.finish(state, now=0)
    assert len(msgspec.msgpack.encode(state._memory[RULE])) < 500
    assert not state.crowd.wordings
    assert not state.crowd.groups.echoing


def before(accounts, start=-120):
    """Lines that these accounts had written by then, each about something else."""
    return [
        chat(f"{'晚早午夜'[n % 4]}上{chr(0x6000 + 7 * n)}好", start + n, user=NAMES[n])
        for n in range(accounts)
    ]


def test_what_those_copy_who_are_talking_anyway_is_a_joke_and_no_script():
    alerts, engine = run_engine(RULE, [*before(5), *crowd(12)])
    assert alerts == []
    assert "joined-in" in declined(engine)
    # Accounts that all come for the one sentence are hired, however many others talk.
    strangers = [chat(f"大家{chr(0x6000 + n)}好", n - 90, user=f"客{n}") for n in range(12)]
    assert [one.level for one in run(RULE, [*strangers, *crowd(12)])] == ["watch"]


def test_a_club_cheers_with_its_sign_before_all_its_lines():
    said = ("报到", "灯牌亮了", "早点休息", "今天也要加油")
    club = [
        chat(f"【柚子团】{said[n % 4]}", n * 9, user=NAMES[n % 12]) for n in range(24)
    ]  # fmt: skip
    cheer = [
        chat(f"【柚子团】{PRAISE}", 300 + n * 11, user=NAMES[n] if n < 8 else f"新{n}")
        for n in range(10)
    ]
    alerts, engine = run_engine(RULE, [*club, *cheer])
    assert alerts == []
    assert "fan-club" in declined(engine)
    without = [chat(PRAISE, 300 + n * 11, user=f"号{n}") for n in range(10)]
    assert run(RULE, [*club, *without])


def test_a_passphrase_that_only_the_host_says_counts_until_the_prize_is_drawn():
    bag = prize(0, ends_at=at(600))
    call = speech(f"福袋挂上了，口令是“{PRAISE}”，发一遍就行", 1)
    assert run(RULE, [bag, call, *crowd(12, start=420)]) == []
    assert run(RULE, [bag, *crowd(12, start=420)])


def test_the_last_who_write_a_passphrase_when_its_time_is_over_are_no_script():
    bag = prize(0, ends_at=at(600))
    call = speech(f"福袋挂上了，口令是“{PRAISE}”，发一遍就行", 1)
    drawn = prize(600, phase="drawn", ends_at=at(600))
    late = [chat(PRAISE, 725 + n, user=f"迟{n}") for n in range(3)]
    crew = [chat(PRAISE, 800 + 9 * n, user=f"托{n}") for n in range(9)]
    asked = crowd(12, start=500, every=16)
    assert run(RULE, [bag, call, *asked, drawn, *late]) == []
    assert run(RULE, [bag, call, *asked, drawn, *late, *crew])


def test_buyers_who_were_asked_where_they_are_fill_in_one_form():
    towns = ("徐州", "长沙", "遵义", "赣州", "包头", "佛山")
    roll = [
        chat(f"{towns[n % 6]}报到，坚果礼盒已下单", 20 + n * 4, user=f"客{n}") for n in range(24)
    ]  # fmt: skip
    asked = speech("拍到的朋友报一下坐标，我看看都是哪里的", 5)
    assert run(RULE, [asked, *roll]) == []
    assert run(RULE, roll)
