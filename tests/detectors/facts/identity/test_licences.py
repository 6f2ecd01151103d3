"""Numbers of licences and certificates: what their shape tells."""

from __future__ import annotations

import pytest

from detectors.facts.identity.licences import fault_of, mod_11_10, numbers_in


def sc(body: str) -> str:
    return f"SC{body}{mod_11_10(body)}"


def test_a_well_formed_number_has_no_fault():
    assert fault_of("SC", sc("1065101060034")) is None
    assert fault_of("SC", "sc 106 510106 0034" + str(mod_11_10("1065101060034"))) is None


@pytest.mark.parametrize("place", range(13))
def test_the_check_digit_finds_every_single_wrong_digit(place):
    body = "1065101060034"
    right = sc(body)
    wrong = body[:place] + str((int(body[place]) + 1) % 10) + body[place + 1 :]
    assert fault_of("SC", f"SC{wrong}{right[-1]}") is not None


def test_a_wrong_check_digit_is_no_certain_fault_and_a_wrong_province_is():
    body = "1065101060034"
    digit = (mod_11_10(body) + 1) % 10
    assert fault_of("SC", f"SC{body}{digit}") == (
        f"校验码应为 {mod_11_10(body)}，实为 {digit}",
        False,
    )
    province = fault_of("SC", sc("1069901060034"))
    assert province is not None
    assert province.certain


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("保健食品", "国食健注G20150001"), ("保健食品", "国食健字G20040012"), ("保健食品", "食健备G201911000123"),
        ("特殊化妆品", "国妆特字G20201234"), ("特殊化妆品", "国妆特进字J20201234"),
        ("普通化妆品", "粤G妆网备字2021012345"), ("医疗器械", "粤械注准20192200123"), ("医疗器械", "国械注进20163221234"),
        ("药品", "国药准字Z20050123"), ("3C", "2023010907567890"), ("3C", "A012345"), ("有机码", "12345678901234567"),
        ("有机码", "134OP2200456"), ("JY", "JY15101060012345"), ("YB", "YB15101060054321"),
    ],
)  # fmt: skip
def test_numbers_of_each_kind(kind, number):
    assert fault_of(kind, number) is None
    assert fault_of(kind, number[:-3]) is not None


def test_a_covered_number_tells_nothing():
    assert fault_of("SC", "SC106510******40") is None


def test_the_old_mark_is_out_of_use():
    fault = fault_of("QS", "QS510612011234")
    assert fault is not None
    assert "停用" in fault.why


def test_numbers_are_found_in_what_is_displayed():
    shown = "食品经营许可证 JY 1510 1060 0123 45，生产许可证：SC10651010600340"
    assert {number.kind for number in numbers_in(shown)} == {"JY", "SC"}
    assert numbers_in("国家标准，三号链接") == []
