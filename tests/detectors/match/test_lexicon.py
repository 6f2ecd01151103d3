"""Words found in one pass: as they are, and in disguise."""

from __future__ import annotations

import pytest

from detectors.match.fold import Folded, fold
from detectors.match.image import Image
from detectors.match.lexicon import Lexicon
from detectors.match.patterns import Pattern, lexicon
from detectors.match.sighting import Form

HIDDEN = Lexicon.of(
    Pattern("rule", "group", word, disguised=True)
    for word in ("治疗", "最好", "第一", "高血压", "降血糖", "抗癌", "补肾", "国家级", "痛风")
)


def found(text: str, words: Lexicon = HIDDEN) -> list[tuple[str, str]]:
    """(term, words as written) of each hit."""
    folded = fold(text)
    hits = words.scan(folded.text).get("rule", [])
    return [
        (hit.term, folded.original[slice(*folded.to_original(hit.start, hit.end))]) for hit in hits
    ]


@pytest.mark.parametrize(
    ("text", "term", "written"),
    [
        ("能治疗的", "治疗", "治疗"),
        ("治*疗失眠", "治疗", "治*疗"),
        ("治😀疗失眠", "治疗", "治😀疗"),
        ("最 · 好的茶", "最好", "最 · 好"),
        ("抗-癌的", "抗癌", "抗-癌"),
        ("真的zui hao的", "最好", "zui hao"),
        ("ｚｈｉ疗", "治疗", "ｚｈｉ疗"),
        ("zhiliao用的", "治疗", "zhiliao"),
        ("降xue糖", "降血糖", "xue"),
        ("氵台疗", "治疗", "氵台疗"),
        ("冶疗", "治疗", "冶疗"),
        ("高雪压的来", "高血压", "高雪压"),
        ("亢癌食品", "抗癌", "亢癌"),
        ("👄好的", "最好", "👄好"),
        ("国家j的龙井", "国家级", "国家j"),
        ("補腎的", "补肾", "補腎"),
    ],
)
def test_a_word_is_found_in_disguise(text: str, term: str, written: str) -> None:
    hits = found(text)
    assert term in [one for one, _ in hits]
    assert any(written in words for _, words in hits)


@pytest.mark.parametrize(
    "text",
    [
        "知了在叫",
        "只与你分享",
        "不慎摔倒",
        "这个卫衣显瘦",
        "政治课",
        "醉了醉了",
        "hello大家好",
        "我是第10个",
        "梦回2017",
        "是要这个吗",
        "最，好",
        "罪犯",
        "你们有的说话有的听",
    ],
)
def test_innocent_words_hide_nothing(text: str) -> None:
    assert found(text) == []


def test_a_clause_mark_parts_words() -> None:
    assert found("我选最，好的给你") == []


def test_words_that_are_not_marked_are_found_only_as_they_are() -> None:
    plain = Lexicon.of([Pattern("rule", "group", "治疗")])
    assert found("治疗", plain) == [("治疗", "治疗")]
    assert found("制疗 zhi liao 氵台疗", plain) == []


def test_overlapping_words_are_all_reported_to_all_owners() -> None:
    lexicon = Lexicon.of([("a", "x", "全网"), ("b", "y", "全网最低"), ("b", "z", "最低")])
    hits = lexicon.scan("今天全网最低")
    assert [hit.term for hit in hits["a"]] == ["全网"]
    assert [hit.term for hit in hits["b"]] == ["全网最低", "最低"]


def test_supporting_words_alone_are_not_handed_out() -> None:
    lexicon = Lexicon.of(
        [Pattern("rule", "ill", "失眠"), Pattern("rule", "gone", "好了", supporting=True)]
    )
    assert lexicon.scan("我吃好了") == {}
    assert [hit.term for hit in lexicon.scan("失眠都好了")["rule"]] == ["失眠", "好了"]


def test_a_word_with_a_symbol_keeps_it() -> None:
    lexicon = Lexicon.of([Pattern("rule", "group", "+v", disguised=True)])
    assert found("想要的+v哦", lexicon) == [("+v", "+v")]
    assert found("想要的v哦", lexicon) == []


def test_what_one_owner_reads_in_disguise_takes_no_word_from_another() -> None:
    lexicon = Lexicon.of(
        [
            Pattern("hides", "group", "返5", disguised=True),
            Pattern("plain", "group", "高仿"),
        ]
    )
    folded = fold("这款高仿 53度")
    assert [hit.term for hit in lexicon.read(folded)["plain"][1]] == ["高仿"]


def test_of_some_owners_a_text_is_read_as_of_all_and_only_they_hear() -> None:
    patterns = [
        Pattern("a", "cure", "治疗", disguised=True),
        Pattern("b", "cure", "治疗", disguised=True),
        Pattern("b", "best", "第一"),
        Pattern("c", "ill", "失眠", disguised=True),
    ]
    whole = Lexicon.of(patterns)
    part = whole.of_owners({"b"})
    for text in ("治疗失眠第一", "zhiliao shimian，第一", "治★疗", "今天天气不错"):
        folded = fold(text)
        for each, all_of_them in (
            (part.scan(folded.text), whole.scan(folded.text)),
            (part.spot(folded.text), whole.spot(folded.text)),
            (part.read(folded), whole.read(folded)),
        ):
            assert each == {owner: hits for owner, hits in all_of_them.items() if owner == "b"}
        assert list(part.disguised(folded.text, [(0, len(folded.text))])) == list(
            whole.disguised(folded.text, [(0, len(folded.text))])
        )
    assert whole.scan("治疗").keys() == {"a", "b"}


def test_a_word_that_stands_there_is_no_part_of_what_others_hear() -> None:
    lexicon = Lexicon.of(
        [Pattern("a", "offer", "买就返", disguised=True), Pattern("b", "return", "返")]
    )
    folded = fold("某酒业以“买酒返本、三年增值30%”招揽投资")
    read = lexicon.read(folded)
    assert [hit.form for hit in read["a"][1]] == ["sound"]
    assert (read["b"][0].text, [hit.form for hit in read["b"][1]]) == (folded.text, ["plain"])


def test_who_hides_a_word_hides_others_beside_it_and_none_in_another_sentence() -> None:
    lexicon = Lexicon.of(
        [
            Pattern("a", "cure", "治疗", disguised=True),
            Pattern("b", "ill", "失眠", disguised=True),
        ]
    )
    between = "，今天这件是纯棉的，颜色有三个，喜欢的拍一号链接，都有现货的"
    near = lexicon.read(fold("zhiliao shimian" + between))
    assert near["a"][0].text == near["b"][0].text == "治疗失眠" + fold(between).text
    far = lexicon.read(fold("zhiliao" + between + "shimian"))
    assert far["a"][0].text == "治疗" + fold(between).text + "shimian"
    assert far["b"][0].text == "zhiliao" + fold(between).text + "失眠"


TWO = Lexicon.of(
    [
        Pattern("cures", "cure", "治疗", disguised=True),
        Pattern("cures", "ill", "失眠"),
        Pattern("praises", "best", "最好"),
    ]
)


def test_who_hides_nothing_reads_the_text_as_it_is_written() -> None:
    words = TWO.read(fold("最好的茶冶疗失眠"))

    assert words["praises"][0].text == "最好的茶冶疗失眠"
    assert words["cures"][0].text == "最好的茶治疗失眠"
    assert [hit.term for hit in words["cures"][1]] == ["治疗", "失眠"]


def test_what_is_gathered_for_several_is_what_each_would_see() -> None:
    text = fold("最好的 茶，冶疗失眠，治疗")
    together, apart = TWO.read(text), TWO.read(text)
    together.gather(["praises", "cures"])

    assert dict(together) == {owner: apart[owner] for owner in ("cures", "praises")}


def test_owners_of_words_that_all_end_before_a_place_see_nothing_behind_it() -> None:
    text = fold("最好的茶冶疗失眠")
    words, written = TWO.read(text), TWO.read(fold("最好的茶治疗失眠"))
    for one in (words, written):
        one.only_behind(2)

        assert list(one) == ["cures"]
        assert "praises" not in one
        assert [hit.term for hit in one["cures"][1]] == ["治疗", "失眠"]
    words.only_behind(len(text.text))
    assert not words
    assert "cures" not in words


def test_words_that_only_the_text_as_it_is_written_has_stay_there() -> None:
    written = TWO.read(fold("最好的茶X"))
    forms: list[Form] = ["context", "plain", "plain", "plain", "context", "context"]
    spelled = Folded("嘴好的茶治疗", "最好的茶X", [0, 1, 2, 3, 4, 4], [1, 2, 3, 4, 5, 5], forms)
    meant = TWO.read(spelled)
    meant.stay(written)

    assert meant["praises"] == written["praises"]
    assert meant["cures"][0].text == "嘴好的茶治疗"
    assert meant.view_of("praises") is not None


def test_words_of_the_same_owners_and_groups_are_of_one_kind() -> None:
    named = [("a", "x", "治疗"), ("a", "x", "高血压"), ("b", "y", "高血压"), ("a", "x", "血压")]
    lexicon = Lexicon.of(named)
    kinds = {word: lexicon.kind_named(word) for _, _, word in named}
    assert kinds["治疗"] == kinds["血压"] != kinds["高血压"]
    assert lexicon.table(len)[kinds["高血压"]] == 2
    # None of these is a word, though one stands in it.
    for other in ("血", "高血", "治疗了", ""):
        with pytest.raises(KeyError):
            lexicon.kind_named(other)


@pytest.mark.parametrize(
    ("held", "text"), [("letters", "j血糖的"), ("masks", "降*糖的"), ("others", "降洫糖的")]
)
def test_disguises_are_read_from_the_image_for_a_text_that_has_what_they_hold(
    held: str, text: str
) -> None:
    whole = lexicon([Pattern("rule", "group", "降血糖", disguised=True)])
    assert found(text, Lexicon(Image(whole))) == [("降血糖", text[:3])]
    others = {name: b"no automaton" for name in whole if name.startswith("first.rare.")}
    kept = f"first.rare.{held}"
    assert len(others) == 3
    only = Lexicon(Image({**whole, **others, kept: whole[kept]}))
    assert found(text, only) == [("降血糖", text[:3])]
    damaged = Lexicon(Image({**whole, kept: others[kept]}))
    assert found("降血糖的", damaged) == [("降血糖", "降血糖")]
    with pytest.raises(ValueError, match="automaton"):
        found(text, damaged)
