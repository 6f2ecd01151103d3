"""Reviews: compared by their ids between two looks, paid for, and what hosts say of them."""

from __future__ import annotations

import itertools

import pytest

from tests.detectors.build import chat, event, gap, run, run_engine, speech

PAID = "paid-positive-review"
GONE = "review-suppression"
HOUR = 3600


def review(name, t, rating=None, phase="present", text="一般", sku="A"):
    return event("review", t, review=name, rating=rating, phase=phase, sku=sku, text=text)


def look(t, good=4, bad=3, **more):
    return [
        *(review(f"g{index}", t + index, 5, **more) for index in range(good)),
        *(review(f"b{index}", t + 20 + index, 1, **more) for index in range(bad)),
    ]


def gone(t, *names):
    return [review(name, t + index, phase="gone") for index, name in enumerate(names)]


class TestVanished:
    @pytest.mark.slow
    def test_bad_ones_gone_and_good_ones_there(self):
        (alert,) = run(GONE, [*look(0), *look(HOUR, bad=0), *gone(HOUR + 60, "b0", "b1")])
        assert alert.level == "lead"
        assert alert.evidence.numbers == {
            "bad_gone": 2, "bad_seen": 3, "good_stay": 4, "good_gone": 0,
        }  # fmt: skip

    def test_one_more_gone_is_one_more_hit(self):
        events = [*look(0), *look(HOUR, bad=0), *gone(HOUR + 60, "b0", "b1", "b2")]
        (alert,) = run(GONE, events)
        assert alert.hits == 2

    @pytest.mark.parametrize(
        ("events", "silence"),
        [
            ([*look(0), *look(HOUR, bad=0), *gone(HOUR + 60, "b0")], "single-may-be-its-writer"),
            ([*look(0), *gone(HOUR, "b0", "b1")], "good-ones-not-seen"),
            ([*look(HOUR, bad=0), *gone(HOUR + 60, "b0", "b1")], "never-seen"),
            (
                [*look(0, good=8), *look(HOUR, good=4, bad=0),
                 *gone(HOUR + 60, "g4", "g5", "g6", "g7", "b0", "b1")],
                "others-gone-too",
            ),
            (
                [*look(0, text="加微信同款半价"), *look(HOUR, bad=0), *gone(HOUR + 60, "b0", "b1")],
                "strikeable",
            ),
            (
                [*look(0), speech("恶意差评我们申诉了，平台判定删除的", 900),
                 *look(HOUR, bad=0), *gone(HOUR + 60, "b0", "b1")],
                "struck-on-appeal",
            ),
        ],
    )  # fmt: skip
    def test_what_is_no_suppression(self, events, silence):
        alerts, engine = run_engine(GONE, events)
        assert [alert for alert in alerts if alert.subject == "A"] == []
        assert engine.stats.declined[GONE, silence]

    def test_a_review_that_comes_back_was_not_gone(self):
        events = [*look(0), *gone(60, "b0"), *look(HOUR), *gone(HOUR + 60, "b1")]
        assert run(GONE, events) == []

    def test_other_goods_are_counted_apart(self):
        events = [
            *look(0), *look(100, sku="B"), *look(HOUR, bad=0), *gone(HOUR + 60, "b0"),
        ]  # fmt: skip
        assert run(GONE, events) == []

    def test_what_went_in_an_unwatched_time_is_only_watched(self):
        (alert,) = run(
            GONE,
            [*look(0), gap(100, HOUR - 100), *look(HOUR, bad=0), *gone(HOUR + 60, "b0", "b1")],
        )
        assert alert.level == "watch"
        assert alert.evidence.gaps

    def test_duplicates_change_nothing(self):
        events = [*look(0), *look(HOUR, bad=0), *gone(HOUR + 60, "b0", "b1")]
        twice = list(itertools.chain.from_iterable((one, one) for one in events))
        assert [alert.hits for alert in run(GONE, twice)] == [1]


class TestSaid:
    @pytest.mark.parametrize(
        "text",
        [
            "差评我都让后台删干净了",
            "谁说质量不好我就拉黑谁",
            "一星的评价全屏蔽掉，看着闹心",
            "说假货的直接踢出去禁言",
        ],
    )
    def test_the_host_says_so(self, text):
        assert run(GONE, [speech(text)])

    @pytest.mark.parametrize(
        "text",
        [
            "我们从来不删差评，大家随便看",
            "骂人的拉黑，正常差评我们认",
            "发广告的禁言",
            "恶意差评已经申诉，平台处理了",
            "给差评的宝宝联系客服，给您换",
        ],
    )
    def test_the_host_says_something_else(self, text):
        assert run(GONE, [speech(text)]) == []

    def test_three_viewers_are_heard_and_two_are_not(self):
        lines = ["我的评论发不出去", "差评被删了", "一说质量就禁言"]
        said = [chat(line, index * 30, user=f"u{index}") for index, line in enumerate(lines)]
        assert run(GONE, said[:2]) == []
        (alert,) = run(GONE, said)
        assert alert.level == "watch"

    def test_one_viewer_three_times_is_one(self):
        said = [chat("我的评论发不出去", index * 30, user="u1") for index in range(3)]
        assert run(GONE, said) == []


class TestPaid:
    @pytest.mark.parametrize(
        "text",
        [
            "五星好评截图给客服，返三块",
            "给个好评，我退你五块运费",
            "评论里使劲夸的，一人送一双袜子",
            "差评改一下，我补你二十",
            "晒图找客服领红包",
        ],
    )
    def test_a_reward_for_a_good_review(self, text):
        assert run(PAID, [speech(text)])

    @pytest.mark.parametrize(
        "text",
        [
            "写评价就送，好评差评都一样",
            "晒单的抽三位送杯子",
            "好评不返现，如实写就行",
            "满一百返十块",
            "五分钟之后送福利",
            "谢谢大家的五星好评",
        ],
    )
    def test_what_is_none(self, text):
        assert run(PAID, [speech(text)]) == []

    def test_a_viewer_who_asks_accuses_nobody(self):
        assert run(PAID, [chat("好评返现吗")]) == []
