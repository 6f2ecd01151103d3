"""What a crowd's book has packed is what it would have as objects: accounts, runs, wordings."""

from __future__ import annotations

import gc
import random
import tracemalloc

import msgspec
import pytest

from detectors.facts.crowd import Crowd, repertoire
from detectors.facts.crowd import accounts as packed
from detectors.facts.crowd import runs as ring
from detectors.facts.crowd.account import Account
from detectors.facts.crowd.accounts import AWAKE, SHARD, Accounts
from detectors.facts.crowd.line import read
from detectors.facts.crowd.runs import Runs
from detectors.facts.crowd.wording import MAX_EVENTS, MAX_MEMBERS, Wording
from tests.detectors.build import chat
from tests.detectors.facts.test_crowd import LINE, bodies, heard, praise, restored


def rewritten(accounts):
    """The accounts as they come back from their parts."""
    back = Accounts()
    for shard in accounts.shards():
        back.take_shard(msgspec.msgpack.encode(accounts.shard(shard)))
    back.settle()
    return back


@pytest.mark.slow
def test_accounts_are_found_changed_and_dropped_as_in_a_table_of_objects(monkeypatch):
    monkeypatch.setattr(packed, "AWAKE", 64)
    choose = random.Random(5)
    accounts, known, number, hand = Accounts(), {}, 0, 0
    for step in range(9_000):
        name = f"账号{choose.randrange(900)}"
        account = accounts.wake(name)
        assert (account is None) == (name not in known)
        if account is None:
            account = Account(number, name, step, step, chances=choose.randrange(3))
            accounts.add(account)
            number += 1
        account.lines += 1
        account.said = (*account.said, str(step))[-3:]
        known[name] = (account.lines, account.said)
        if choose.random() < 0.1:
            gone, hand = accounts.evict(hand, number)
            assert known.pop(gone.name)[0] == gone.lines
            assert gone.name not in accounts
        if step % 2_000 == 1_999:
            accounts = rewritten(accounts)
        assert len(accounts) == len(known)
    assert {one.name: (one.lines, one.said) for one in accounts} == known
    assert [one.number for one in accounts] == sorted(one.number for one in accounts)
    assert [one.number for one in accounts.latest()] == [one.number for one in accounts][::-1]
    assert number > 4 * SHARD
    assert number > 4 * packed.AWAKE


@pytest.mark.slow
def test_what_is_read_of_an_account_that_sleeps_can_be_put_back():
    crowd = heard([chat("在吗", n, user=f"u{n}") for n in range(4 * AWAKE)])
    account = crowd.by_number[0]
    account.returned = 7
    crowd.accounts.put(account)
    assert crowd.by_number[0].returned == crowd.accounts.get("u0").returned == 7
    assert crowd.accounts.wake("u0").returned == 7
    assert 4 * AWAKE not in crowd.by_number
    assert crowd.accounts.last_of(3) == crowd.by_number[3].last
    assert crowd.accounts.last_of(-1) == crowd.accounts.last_of(4 * AWAKE) == 0


def test_an_account_that_wrote_once_is_kept_in_ninety_bytes_beside_its_name():
    accounts = Accounts()
    for number in range(2_000):
        name = f"k1:{number:022}"
        said = ("什么时候发货",)
        accounts.add(Account(number, name, 1_790_856_000_000, 1_790_856_000_000, 1, said=said))
    shard = accounts.shard(0)
    assert all(isinstance(one, msgspec.Raw) for one in shard)
    assert sum(len(bytes(one)) for one in shard) / SHARD < 90


def test_bytes_of_packed_accounts_are_counted_as_they_sleep_wake_change_and_go():
    accounts = Accounts()

    def asleep():
        return sum(
            len(entry) for page in accounts._pages.values() for entry in page
            if isinstance(entry, bytes)
        )  # fmt: skip

    for number in range(3_000):
        accounts.add(Account(number, f"u{number}", 1, 1, chances=number % 2))
    assert accounts._packed == asleep() > 0
    woken = accounts.wake("u3")
    woken.said = ("什么时候发货", "好看")
    accounts.put(woken)
    read = accounts.numbered(7)
    read.said = ("什么时候发货",)
    accounts.put(read)
    assert accounts._packed == asleep()
    hand = 0
    for _ in range(40):
        _, hand = accounts.evict(hand, 3_000)
    assert accounts._packed == asleep()
    again = Accounts()
    for name in accounts.part_names():
        again.take_part(name, msgspec.msgpack.encode(accounts.part(name)))
    again.settle()
    assert again._packed == sum(
        len(entry) for page in again._pages.values() for entry in page if entry is not None
    )


@pytest.mark.slow(2)
@pytest.mark.parametrize(("people", "lines", "letters"), [
    (150, 1_500, (3, 5, 8, 16)),
    (6_000, 6_000, (3, 5, 8, 16)),
    (400, 2_400, (3, 5, 8, 16, 20)),  # several long lines of each
])  # fmt: skip
def test_what_a_crowd_takes_in_memory_is_known(people, lines, letters):
    choose = random.Random(9)
    words = [chr(0x4E00 + number) for number in range(3_000)]
    crowd = Crowd()
    tracemalloc.start()
    try:
        for number in range(lines):
            text = "".join(choose.choices(words, k=choose.choice(letters)))
            user = f"k1:{choose.randrange(people):022}"
            crowd.hear(chat(text, number * 0.4, user=user), praise)
        keep = tracemalloc.get_traced_memory()[0]
        read.cache_clear()
        repertoire._key.cache_clear()
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert keep >= taken
    assert 0.8 < crowd.size / taken < 1.45
    if people == lines:
        # What came once with one line, its words and what finds it.
        assert taken / len(crowd) < 900


def test_runs_go_a_chunk_at_a_time_the_oldest_first(monkeypatch):
    monkeypatch.setattr(ring, "CHUNK", 8)
    monkeypatch.setattr(ring, "MAX_CHUNKS", 5)
    choose, runs, chunks = random.Random(6), Runs(), []
    for account in range(700):
        key = choose.randrange(1, 2**61)
        if choose.random() < 0.5 and len(chunks) > 1:
            key = choose.choice(chunks[0] if choose.random() < 0.5 else chunks[-1])[0]
        kept = dict(pair for chunk in chunks for pair in chunk)
        assert runs.claim(key, account) == kept.get(key, -1)
        if key in kept:
            continue
        if not chunks or len(chunks[-1]) == 8:
            chunks.append([])
            del chunks[:-5]
        chunks[-1].append((key, account))
        assert len(runs) == sum(map(len, chunks))
        if account % 50 == 49:
            back = Runs()
            back.take_chunks({number: runs.chunk(number) for number in runs.chunks()})
            assert list(back.chunks()) == list(runs.chunks())
            runs = back
    assert runs.chunk(0) is None
    runs.clear()
    assert len(runs) == 0
    assert runs.claim(chunks[-1][-1][0], 0) == -1


def test_a_wording_has_the_latest_of_its_accounts_in_the_order_of_their_lines():
    choose = random.Random(7)
    wording, known = Wording.begun(0, 1, "好", 256, 5), {256: 5}
    for at in range(6, 3_000):
        account = choose.choice((0, 1, 255, 256, 65_536, choose.randrange(400)))
        assert wording.take(account, at) == (account not in known)
        known.pop(account, None)
        known[account] = at
        while len(known) > MAX_MEMBERS:
            del known[next(iter(known))]
        assert wording.last == at
    assert list(wording.members.items()) == list(known.items())
    assert list(wording.numbers()) == list(known)
    for number in range(MAX_EVENTS + 9):
        wording.keep(chat("好", number))
    assert [event.at for event in wording.events][:4] == [chat("好", n).at for n in range(4)]
    assert len(wording.events) == MAX_EVENTS


def test_wordings_that_were_written_as_texts_begin_again_and_accounts_stay():
    crowd = heard([chat(LINE, n, user=f"u{n}") for n in range(9)])
    parts = bodies(crowd)
    written = {name: body for name, body in parts.items() if name[0] not in "vq"}
    written |= {"w0": msgspec.msgpack.encode([[0, "茶喝一周睡特别"]]), "r0": b"\x90"}
    back = restored(written)
    assert (len(back), len(back.wordings)) == (9, 0)
    assert {"w0", "r0"} <= back.take_changes()
    assert back.part("w0") is back.part("r0") is None
    assert "w0" not in back.take_changes()
    for n in range(9):
        back.hear(chat(LINE, 20 + n, user=f"v{n}"), praise)
    assert back.wordings


def test_runs_that_are_looked_up_at_once_are_those_that_are_claimed_one_by_one(monkeypatch):
    monkeypatch.setattr(ring, "CHUNK", 8)
    choose, at_once, one_by_one = random.Random(8), Runs(500), Runs(500)
    for account in range(400):
        keys = choose.sample(range(1, 2_000), choose.randrange(20))
        found = {}
        for key in keys:
            known = one_by_one.claim(key, account)
            if known >= 0:
                found[key] = known
        assert at_once.look(keys, account) == found
    assert at_once.changed == one_by_one.changed
    assert [at_once.chunk(n) for n in at_once.chunks()] == [
        one_by_one.chunk(n) for n in one_by_one.chunks()
    ]


def test_accounts_that_were_written_64_in_a_part_come_back_and_are_written_anew():
    crowd = heard([chat("在吗", n, user=f"u{n}") for n in range(150)])
    written = bodies(crowd)
    pages = {name: body for name, body in written.items() if name[0] == "p"}
    accounts = [one for body in pages.values() for one in msgspec.msgpack.decode(body)]
    older = {name: body for name, body in written.items() if name not in pages}
    for page in range(3):
        part = accounts[64 * page : 64 * page + 64]
        older[f"a{page}"] = msgspec.msgpack.encode(part)
    back = restored(older)
    changed = back.take_changes()
    assert {name: msgspec.msgpack.encode(back.part(name)) for name in pages} == pages
    assert changed >= {*pages, "a0", "a1", "a2"}
    assert all(back.part(f"a{page}") is None for page in range(3))
