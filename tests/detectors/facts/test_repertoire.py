"""Accounts that say the same things, and crowds in which everybody does."""

from __future__ import annotations

import random

import msgspec
import pytest

from detectors.facts.crowd import Crowd
from detectors.facts.crowd import repertoire as module
from detectors.facts.crowd.head import Head
from detectors.facts.crowd.line import Line, key_of
from detectors.facts.crowd.repertoire import Repertoires
from tests.detectors.build import chat, prize

LIST = ("真好用", "闭眼入", "买就对了", "用过都说好", "家里常备", "超喜欢")
EVERYBODY = ("多少钱", "怎么买", "好看", "有链接吗", "发什么快递")


def heard(events):
    crowd = Crowd()
    for event in events:
        crowd.hear(event)
    return crowd


def people(count=300, lines=900, seed=3):
    """Everybody says some things, and others of their own."""
    choose = random.Random(seed)
    words = [chr(0x4E00 + number) for number in range(400)]
    for number in range(lines):
        own = "".join(choose.choices(words, k=choose.randint(2, 9)))
        text = choose.choice(EVERYBODY) if choose.random() < 0.3 else own
        yield chat(text, number * 4.0, user=f"v{choose.randrange(count)}")


def crew(accounts=14, lines=4, texts=LIST, camouflage=0, start=600, seed=4):
    choose = random.Random(seed)
    for number in range(accounts * lines):
        at = start + number * 20.0
        user = f"托{number % accounts}"
        yield chat(choose.choice(texts), at, user=user)
        for _ in range(camouflage):
            yield chat(
                "".join(chr(0x5000 + choose.randrange(400)) for _ in range(5)), at + 3, user=user
            )


def together(*parts):
    return sorted((event for part in parts for event in part), key=lambda event: event.at)


def named(crowd):
    return {crowd.by_number[number].name for number in crowd.groups.twins}


@pytest.mark.slow
def test_accounts_with_one_list_are_found_in_a_crowd_that_says_the_usual_things():
    assert not heard(people()).groups.twins
    found = named(heard(together(people(), crew())))
    assert len([name for name in found if name.startswith("托")]) >= 8
    assert not [name for name in found if name.startswith("v")]


@pytest.mark.slow
@pytest.mark.parametrize(("camouflage", "least", "most"), [(1, 10, 30), (6, 0, 1)])
def test_only_the_share_of_what_is_shared_counts(camouflage, least, most):
    found = named(heard(together(people(), crew(30, lines=6, camouflage=camouflage))))
    assert least <= len(found) <= most


@pytest.mark.slow
def test_what_everybody_writes_is_no_list():
    """Five lines are most of what this room says: two of them in one account are chance."""
    assert not heard(people(count=120, lines=700, seed=8)).groups.twins
    few = crew(accounts=40, lines=2, texts=EVERYBODY, seed=9)
    assert not [name for name in named(heard(together(people(), few))) if name.startswith("v")]


def test_what_was_asked_for_is_no_list():
    asked = ["月亮出来了", "好茶不怕等"]
    crowd = Crowd()
    for number, words in enumerate(asked):
        crowd.take(prize(number, phase="announced", prize=f"p{number}", passphrase=words))
    for event in together(people(), crew(texts=asked)):
        crowd.hear(event)
    assert not crowd.groups.twins


def line_of(words):
    return Line(words, len(words), False, key_of(words))


def test_a_growing_crowd_takes_back_what_was_much_in_a_small_one():
    found = Repertoires()
    for account in (*range(6), 9):
        people = 9_000 if account == 9 else 200
        assert found.is_shared(1, 2) == (account in (5, 9))
        for said in (("一路顺风",), ("一路顺风", "早点睡觉")):
            line = line_of(said[-1])
            wrote = found.note(line.key)
            if wrote > 1 and len(said) > 1:
                found.take(account, line, wrote, said, Head(different=[people]))
    assert not found.is_shared(1, 2)
    assert not found.matched


@pytest.mark.slow
def test_what_is_read_again_is_what_was_written(monkeypatch):
    monkeypatch.setattr(module, "MAX_PAIRS", 60)
    monkeypatch.setattr(module, "MAX_TEXTS", 90)
    events = together(people(lines=1_200), crew(accounts=20, camouflage=1))
    straight, again = Crowd(), Crowd()
    for number, event in enumerate(events):
        straight.hear(event)
        again.hear(event)
        if number % 211 == 0:
            bodies = {name: msgspec.msgpack.encode(again.part(name)) for name in again.part_names()}
            again = Crowd()
            for name in sorted(bodies):
                again.take_part(name, bodies[name])
            again.settle()
            assert set(again.groups.twins) == set(straight.groups.twins)
    assert straight._repertoires.known == again._repertoires.known
    assert list(straight._repertoires.texts) == list(again._repertoires.texts)


def test_what_was_written_in_fewer_parts_comes_back_and_is_written_anew(monkeypatch):
    events = [*together(people(lines=300), crew(accounts=20, camouflage=1))]
    monkeypatch.setattr(module, "PARTS", 16)
    older = heard(events)
    bodies = {name: msgspec.msgpack.encode(older.part(name)) for name in older.part_names()}
    monkeypatch.undo()
    again = Crowd()
    for name in sorted(bodies):
        again.take_part(name, bodies[name])
    again.settle()
    straight = heard(events)
    assert again._repertoires.known == straight._repertoires.known
    parts = {name for name in straight.part_names() if name[0] == "t"}
    assert parts <= again.take_changes()
    assert all(again.part(name) == straight.part(name) for name in parts)
