"""`traceparent` as W3C Trace Context has it."""

from __future__ import annotations

import pytest

from monitor.tracing.context import Parent, current, fresh, parse
from monitor.tracing.spans import received, requested

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_what_is_named_is_read_and_written_alike() -> None:
    for flags, sampled in (("00", False), ("01", True)):
        header = f"00-{TRACE}-{SPAN}-{flags}"
        found = parse(header)
        assert found == Parent(TRACE, SPAN, sampled)
        assert found.header == header
    # Other flags and later versions with more fields are read as far as they are known.
    assert parse(f"00-{TRACE}-{SPAN}-03") == Parent(TRACE, SPAN, True)
    assert parse(f"cc-{TRACE}-{SPAN}-01-more") == Parent(TRACE, SPAN, True)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-01-more",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[:-1]}-{SPAN}a-01",
        f"00-{TRACE}-{SPAN}-０1",
        f"00-{TRACE}-{SPAN}-01" + "-x" * 500,
    ],
)
def test_what_is_none_is_left_alone(header: str | None) -> None:
    assert parse(header) is None


def test_what_begins_here_is_not_exported() -> None:
    one = fresh()
    assert parse(one.header) == one
    assert not one.sampled
    assert one != fresh()


def test_all_of_a_request_has_one_trace() -> None:
    for header in (None, fresh().header):
        with requested(header):
            asked = current.get()
            with received("http", header):
                assert current.get() == asked
            assert current.get() == asked
    with received("source"):
        assert current.get() is not None
    assert current.get() is None
