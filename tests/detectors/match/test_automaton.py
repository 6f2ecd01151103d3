"""All places of all words, as searching for each of them one by one finds them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.match.automaton import automaton, finder

#: Few letters, so that words overlap; one of them beyond the basic plane.
SOME = st.text(alphabet="甲乙丙𠉂a", max_size=12)


@pytest.mark.slow
@given(st.sets(SOME.filter(bool), max_size=20), SOME)
def test_finds_what_a_plain_search_finds(words: set[str], text: str) -> None:
    listed = sorted(words)
    expected = {
        (start, start + len(word), number)
        for number, word in enumerate(listed)
        for start in range(len(text))
        if text.startswith(word, start)
    }
    found = finder(automaton(listed))(text)
    assert sorted(found) == sorted(expected)
    assert found == sorted(found, key=lambda match: (match[1], match[0]))


def test_what_is_no_automaton_is_refused() -> None:
    with pytest.raises(ValueError, match="invalid serialized automaton"):
        finder(b"no automaton")
