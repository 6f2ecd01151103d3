"""The wire reader, against what the protobuf library writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.decoders.wire import FIELDS, MAX_FIELDS, parse
from tests.connectors.decoders.protobuf_frames import CLASSES, write

U64 = st.integers(0, 2**64 - 1)


@given(number=U64, text=st.text(max_size=50), many=st.lists(U64, max_size=20), far=U64)
@pytest.mark.slow
def test_what_the_protobuf_library_wrote_is_read(
    number: int, text: str, many: list[int], far: int
) -> None:
    inner = CLASSES["Anything"](number=far, text=text)
    message = parse(write("Anything", number=number, text=text, many=many, inner=inner, far=far))

    assert message.whole
    # The library does not write what is zero or empty.
    assert message.integer(1) == (number or None)
    assert message.text(2) == (text or None)
    assert message.integer(1028) == (far or None)
    assert (message.message(4).integer(1), message.message(4).text(2)) == (
        far or None,
        text or None,
    )


def test_a_packed_list_of_ids_is_read_as_one_by_one_and_as_strings() -> None:
    ids = [7_412_345_678_901_234_567, 7_412_345_678_901_234_568]
    packed = write("Anything", many=ids)
    one_by_one = b"".join(b"\x18" + packed[2 + 9 * n : 11 + 9 * n] for n in range(2))
    strings = b"".join(b"\x1a\x13" + str(each).encode() for each in ids)

    for data in (packed, one_by_one, strings):
        assert parse(data).keys(3) == [str(each) for each in ids]


def test_an_id_may_be_a_number_or_a_string() -> None:
    assert parse(write("Anything", number=77)).key(1) == "77"
    assert parse(write("Anything", text="77")).key(2) == "77"
    assert parse(write("Anything", text="77")).integer(2) == 77
    assert parse(b"").key(1) is None


def test_a_field_of_another_type_than_expected_is_unknown() -> None:
    message = parse(write("Anything", number=5, text="five"))

    assert message.text(1) is None
    assert message.message(1).text(2) is None
    assert message.integer(2) is None


def test_of_a_field_given_twice_the_last_one_counts() -> None:
    assert parse(write("Anything", number=1) + write("Anything", number=2)).integer(1) == 2


def test_broken_characters_cost_only_themselves() -> None:
    assert parse(b"\x12\x05\xff\xfehi!" + write("Anything", number=3)).integer(1) == 3
    assert parse(b"\x12\x05\xff\xfehi!").text(2) == "��hi!"


def test_groups_are_passed_over() -> None:
    # 7: group { 1: varint 5, 2: group {} , 3: "ab" } then 1: 9
    data = b"\x3b\x08\x05\x13\x14\x1a\x02ab\x3c\x08\x09"

    assert parse(data).integer(1) == 9
    assert parse(data).whole


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x08", "no value"),
        (b"\x12\x05ab", "a length past the end"),
        (b"\x12\xff\xff\xff\xff\x0fab", "a length of four gigabytes"),
        (b"\x08" + b"\xff" * 11, "a number without an end"),
        (b"\x00\x00", "field number zero"),
        (b"\x0f\x01", "a type that does not exist"),
        (b"\x3b\x08\x05", "a group without an end"),
        (b"\x0d\x01\x02", "half a fixed number"),
    ],
)
def test_what_stands_before_a_fault_is_kept(data: bytes, why: str) -> None:
    message = parse(write("Anything", text="kept") + data)

    assert not message.whole, why
    assert message.text(2) == "kept"


@pytest.mark.slow
def test_of_a_broken_message_of_countless_fields_only_the_first_are_looked_at() -> None:
    message = parse(b"\x08\x01" * (MAX_FIELDS + 10) + b"\x10\x02\x08")

    assert not message.whole
    assert message.integer(1) == 1
    assert message.integer(2) is None


def test_a_number_that_is_cut_off_is_unknown() -> None:
    whole = write("Anything", number=2**63, text="kept")

    for end in range(2, 10):
        assert parse(whole[:end]).integer(1) is None
    assert parse(whole[:11]).integer(1) == 2**63


def test_a_number_and_a_string_under_one_number_are_both_read() -> None:
    message = parse(write("Anything", text="7") + b"\x10\x08")

    assert (message.integer(2), message.text(2), message.key(2)) == (8, "7", "8")


def test_the_numbers_of_all_fields_are_told_also_of_those_that_cannot_be_asked_for() -> None:
    message = parse(write("Anything", number=1, text="x", double=2, beyond=3))

    assert message.numbers() == {1, 2, 5, 19_000_000}


@given(data=st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    message = parse(data)
    message.numbers()
    message.all_data()
    for number in FIELDS:
        message.integer(number)
        message.text(number)
        message.key(number)
        message.keys(number)
        message.messages(number)
