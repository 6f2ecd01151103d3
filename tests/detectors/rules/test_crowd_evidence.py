"""What an alert on a crowd says of its accounts: what each did, and with whom it has what in common."""

from __future__ import annotations

from detectors.facts.crowd import Crowd
from detectors.facts.crowd.signals import MAX_ACTS, MAX_NAMED, MAX_SHOWN, shown
from tests.detectors.build import chat, order, run
from tests.detectors.rules.test_crowd_scripted import NAMES, PRAISE, crowd
from tests.detectors.rules.test_crowd_traffic import surge
from tests.detectors.rules.test_crowd_transaction import chatter, even, mixed, returned


def test_the_accounts_of_one_wording_are_a_group_with_its_chance():
    (alert,) = run("scripted-chat", crowd(8))
    evidence = alert.evidence.crowd
    assert [account.groups for account in evidence.accounts] == [["wording"]] * 8
    (signal,) = evidence.signals
    assert (signal.name, signal.value) == ("wording", 8)
    assert signal.expected < 2 < signal.surprise


def test_those_with_names_of_one_template_are_marked():
    others = [chat("有没有小一点的能买", -60 + n, user=NAMES[n]) for n in range(6)]
    made = [chat(PRAISE, n * 10, user=f"用户88{n:02}" if n else "晚风") for n in range(9)]
    (alert,) = run("scripted-chat", [*others, *made])
    groups = {account.name: account.groups for account in alert.evidence.crowd.accounts}
    assert groups["用户8801"] == ["wording", "names"]
    assert groups["晚风"] == ["wording"]


def test_buyers_are_shown_with_their_orders_and_what_came_back():
    orders = even(user="买家{:03}")
    (alert,) = run("fake-transaction", mixed(chatter(), orders, returned(orders, 0.8)))
    accounts = {account.name: account for account in alert.evidence.crowd.accounts}
    assert len(accounts) == 20 == alert.evidence.crowd.of
    first, last = accounts["买家000"], accounts["买家019"]
    assert first.ordered == [orders[0].at]
    assert first.refunded == [returned(orders, 0.8)[0].at]
    assert set(first.groups) == {"orders", "names", "returned"}
    assert (last.ordered, last.refunded) == ([orders[19].at], [])
    assert set(last.groups) == {"orders", "names"}
    # They never wrote a line.
    assert not any(account.windows or account.lines for account in accounts.values())


def test_orders_of_nobody_known_show_no_crowd():
    orders = even(user=None)
    (alert,) = run("fake-transaction", mixed(chatter(), orders, returned(orders, 0.8)))
    assert not alert.evidence.crowd


def test_a_crowd_of_hundreds_is_named_and_some_dozens_are_shown():
    book = Crowd()
    for number in range(MAX_NAMED + 7):
        book.hear(chat("这个茶喝了一周睡得特别香", number, user=f"u{number}"))
    for number in range(MAX_ACTS + 3):
        book.take(order(2_000 + number, order=f"o{number}", user="u0"))
    evidence = shown(book, range(MAX_NAMED + 7), [], groups={"echo": range(100)})
    assert (len(evidence.accounts), evidence.of) == (MAX_NAMED, MAX_NAMED + 7)
    assert sum(bool(account.said) for account in evidence.accounts) == MAX_SHOWN
    assert len(evidence.accounts[0].ordered) == MAX_ACTS
    assert evidence.accounts[0].orders == MAX_ACTS + 3
    beyond = evidence.accounts[MAX_SHOWN]
    assert (beyond.lines, beyond.groups, beyond.windows) == (1, ["echo"], [])


def test_counters_are_shown_by_minute_with_the_lines_of_the_room():
    (alert,) = run("fake-traffic", surge())
    evidence = alert.evidence.crowd
    assert (evidence.accounts, evidence.of) == ([], 0)
    counters = {counter.name: counter.minutes for counter in evidence.counters}
    assert {"viewers", "likes"} <= counters.keys()
    minutes = [minute for minute, _, _ in counters["viewers"]]
    assert minutes == sorted(set(minutes))
    assert not any(minute % 60_000 for minute in minutes)
    assert counters["viewers"][0][1:] == [100, 100]
    assert counters["viewers"][-1][1:] == [900, 900]
    assert sum(lines for _, lines in evidence.rhythm) > 0
