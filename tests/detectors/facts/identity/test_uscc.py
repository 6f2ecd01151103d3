"""The code of an organisation and its check character (GB 32100-2015)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.facts.identity.uscc import (
    CHARACTERS,
    check_character,
    codes_in,
    fault_of_code,
    plain_code,
)

#: Codes of large companies, as they publish them.
PUBLISHED = ["91330100799655058B", "9144030071526726XG", "914403001922038216"]
BODIES = st.builds(
    lambda department, kind, place, own: department + kind + place + own,
    st.sampled_from("159"),
    st.sampled_from("123"),
    st.sampled_from(["110108", "330106", "440305", "100000"]),
    st.text(CHARACTERS, min_size=9, max_size=9),
).filter(lambda body: "XX" not in body)


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_codes_are_whole(code):
    assert check_character(code[:-1]) == code[-1]
    assert fault_of_code(code) is None


@pytest.mark.slow
@given(BODIES)
def test_a_code_with_its_check_character_has_no_fault(body):
    code = body + check_character(body)
    assert "XX" in code or fault_of_code(code) is None


@given(BODIES, st.integers(8, 16), st.sampled_from(CHARACTERS))
def test_one_other_character_is_always_seen(body, place, other):
    code = body + check_character(body)
    changed = code[:place] + other + code[place + 1 :]
    fault = fault_of_code(changed)
    if other == code[place] or "XX" in changed:
        assert fault is None
    else:
        assert fault is not None
        assert not fault.certain


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("91330106MA2B4C5D6A", "校验码应为 X，实为 A"),
        ("91330106MA2B4C5D6", "应为 18 位，实为 17 位"),
        ("91330106MA2B4C5D6X3", "应为 18 位，实为 19 位"),
        ("91990106MA2B4C5D6X", "不是行政区划代码"),
        ("B1330106MA2B4C5D6X", "不是登记管理部门代码"),
        ("91330106MA2B4C5DOX", "代码不使用的字符 O"),
    ],
)
def test_what_is_wrong_is_told(code, why):
    fault = fault_of_code(code)
    assert fault is not None
    assert why in fault.why


@pytest.mark.parametrize(
    "code",
    [
        "",
        "9133 0106 MA2B 4C5D 6X",
        "91330106ma2b4c5d6x",
        "９１３３０１０６ＭＡ２Ｂ４Ｃ５Ｄ６Ｘ",
        "9133********4C5D6X",  # partly covered
        "110108000000016",  # a registration number of before 2015
    ],
)
def test_what_is_no_fault(code):
    assert fault_of_code(code) is None


def test_a_letter_for_a_digit_names_the_code_that_may_be_meant():
    fault = fault_of_code("9I33O106MA2B4C5D6X")
    assert fault is not None
    assert (fault.certain, fault.meant) == (False, "91330106MA2B4C5D6X")


def test_a_code_is_read_out_of_a_licence():
    text = "营业执照 统一社会信用代码：91330106ma2b4c5d6x 有效期至长期"
    assert codes_in(text) == ["91330106MA2B4C5D6X"]
    assert codes_in("食品经营许可证 JY13301060000001") == []
    assert plain_code(" 9133-0106 MA2B4C5D6X ") == "91330106MA2B4C5D6X"


def test_too_few_characters_have_no_check_character():
    with pytest.raises(ValueError, match="too few"):
        check_character("9133")
