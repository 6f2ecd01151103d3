"""A rulebook from its image is the one that its packs say."""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.engine.engine import Engine
from detectors.match.image import Image, ImageError
from detectors.pack.compiled import Contents, contents_in, sections_of
from detectors.pack.load import PackError, Rulebook, compiled_image, load_rulebook
from tests.detectors.build import price, rulebook, speech

PACKS = Path(__file__).parents[3] / "detectors/packs"


class Kept:
    """An image in memory."""

    def __init__(self, image: Image | None = None) -> None:
        self.image = image

    def found(self) -> Image | None:
        return self.image

    def made(self, rulebook: Rulebook) -> Image:
        self.image = Image.of(compiled_image(rulebook))
        return self.image


@pytest.mark.slow
def test_shipped_rules_and_law_come_back_as_they_were() -> None:
    read, built = rulebook(), load_rulebook()
    assert [rule.spec for rule in read] == [rule.spec for rule in built]
    assert (read.sources, read.overrides) == (built.sources, built.overrides)
    assert read.law.statutes == built.law.statutes


@pytest.mark.slow
def test_words_come_back_as_they_were() -> None:
    packs, kept = [PACKS / "prices-promises.yaml", PACKS / "complaints.yaml"], Kept()
    load_rulebook(packs, images=kept).prepare()
    read = load_rulebook(packs, images=kept)
    text = "这款面膜三天就能治好痘痘,全网最低价,假一赔十,假一培十,买到赚到"
    plain = load_rulebook(packs)
    assert read.lexicon.scan(text) == plain.lexicon.scan(text) != {}
    assert read.viewer_lexicon.spot("假货退钱") == plain.viewer_lexicon.spot("假货退钱") != []


@pytest.mark.slow
def test_some_rules_of_a_book_read_with_the_words_of_all() -> None:
    whole = rulebook()
    text = "高靴鸭也能降,全网最低价"
    part = whole.only("false-claim")
    for some in (part, part.only("false-claim"), part.reading_with(None, None)):
        assert (
            list(some.lexicon.disguised(text, [(0, len(text))]))
            == list(whole.lexicon.disguised(text, [(0, len(text))]))
            != []
        )
        assert some.lexicon.scan(text) == {
            owner: hits
            for owner, hits in whole.lexicon.scan(text).items()
            if owner == "false-claim"
        }


@pytest.mark.slow
def test_an_engine_waits_for_the_image_when_it_has_a_text_to_read_and_not_before() -> None:
    kept = Kept()
    book = load_rulebook([PACKS / "prices-promises.yaml"], images=kept)
    engine = Engine(book)
    room = engine.open("douyin", "73921")
    engine.step(room, [price(9_900)], now=0)
    engine.advance(room, now=60_000)
    assert kept.image is None
    engine.step(room, [speech("今天买了的七天内全额退差价", 1)], now=0)
    engine.finish(room, now=0)
    assert kept.image is not None


def test_an_image_is_not_asked_for_other_packs() -> None:
    kept = Kept(Image({}))
    with pytest.raises(PackError, match="no pack at"):
        load_rulebook([PACKS / "none.yaml"], images=kept)


@pytest.mark.slow
def test_an_image_made_with_an_earlier_one_is_the_same(tmp_path: Path) -> None:
    packs, own = [PACKS / "complaints.yaml"], tmp_path / "own.yaml"
    own.write_text(
        "override:\n  - {id: complaint-intent, reason: 本地说法, patterns: {viewer.refund: [不给退换咧]}}\n"
    )
    plain, changed = load_rulebook(packs), load_rulebook(packs, own=[own])
    image = Image.of(compiled_image(plain))
    assert compiled_image(plain, image) == compiled_image(plain)
    assert compiled_image(changed, image) == compiled_image(changed) != compiled_image(plain)


def test_words_and_cases_of_a_rule_are_read_when_they_are_asked_for() -> None:
    book = load_rulebook([PACKS / "complaints.yaml"])
    first, *others = [rule.spec for rule in book]
    sections = sections_of(Contents([first, *others], {}, {}, []))
    damaged = {**sections, f"words.{first.id}": b"\xc1", f"cases.{first.id}": b"\xc1"}
    read, *unharmed = contents_in(Image(damaged)).specs
    assert unharmed == others
    assert read.title == first.title
    with pytest.raises(ImageError, match=f"words.{first.id}"):
        read.words_of("anything")
    with pytest.raises(ImageError, match=f"cases.{first.id}"):
        len(read.cases)
    whole = contents_in(Image(sections)).specs[0]
    group = next(iter(first.patterns))
    assert whole.patterns[group] is whole.patterns[group]
    assert (whole.patterns[group], group in whole.patterns) == (first.patterns[group], True)
    assert whole.cases[1:3] == first.cases[1:3]
    assert (len(whole.cases), list(whole.cases)) == (len(first.cases), first.cases)
