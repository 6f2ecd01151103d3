"""What any decoder owes to bytes of strangers, and JSON of any shape to try it with."""

from __future__ import annotations

from hypothesis import strategies as st

from connectors.decoders.decoded import Decoded
from detectors.events import decode, encode

__all__ = ["JSONS", "holds"]

JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


def holds(out: Decoded) -> None:
    """Every event is of the contract, and whatever is not used says where and why, cut short."""
    for event in out.events:
        assert decode(encode(event)) == event
    for problem in (*out.problems, *out.unknown):
        assert problem.place
        assert problem.reason
        assert len(problem.data) <= 4_096
