"""Names of places in a text."""

from __future__ import annotations

from detectors.match.places import NAMES, places_in


def test_the_longest_name_at_a_place_is_meant() -> None:
    [place] = places_in("阳澄湖的蟹")
    assert (place.name, place.start, place.end) == ("阳澄湖", 0, 3)


def test_a_name_at_the_very_end_is_found() -> None:
    assert [(place.name, place.end) for place in places_in("都是新疆")] == [("新疆", 4)]


def test_the_names_are_those_of_the_expression() -> None:
    text = "不是山东,是河南,云南和广东都有,箱子上写法国,货是智利"
    assert [place.name for place in places_in(text)] == NAMES.findall(text)
