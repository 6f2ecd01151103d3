"""Pseudonyms and masks."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import privacy
from connectors.errors import NotAValue
from connectors.privacy import Pseudonyms, mask

KEY = b"0123456789abcdef"


def test_a_pseudonym_is_the_same_for_the_same_person_and_platform() -> None:
    pseudonyms = Pseudonyms(KEY, "k1")

    assert pseudonyms.of("bilibili", "12345") == Pseudonyms(KEY, "k1").of("bilibili", "12345")
    assert pseudonyms.of("bilibili", "12345") != pseudonyms.of("douyin", "12345")
    assert pseudonyms.of("bilibili", "12345") != pseudonyms.of("bilibili", "12346")


@pytest.mark.slow
@given(key=st.binary(min_size=16, max_size=100), platform=st.text(), account=st.text())
def test_a_pseudonym_is_a_keyed_hash_in_base32(key: bytes, platform: str, account: str) -> None:
    message = f"{len(platform)}:{platform}|{account}".encode()
    digest = hmac.digest(key, message, hashlib.sha256)
    expected = base64.b32encode(digest).decode()[:16].lower()

    assert Pseudonyms(key, "k7").of(platform, account) == f"k7:{expected}"


def test_a_pseudonym_names_the_version_of_its_key_and_changes_with_the_key() -> None:
    first = Pseudonyms.from_text("k3:0123456789abcdef").of("bilibili", "12345")
    second = Pseudonyms.from_text("k4:fedcba9876543210").of("bilibili", "12345")

    assert first.startswith("k3:")
    assert second.startswith("k4:")
    assert first.partition(":")[2] != second.partition(":")[2]


def test_a_key_file_without_a_version_holds_version_one() -> None:
    assert Pseudonyms.from_text("0123456789abcdef\n").version == "k1"


def test_names_cannot_be_chosen_to_look_like_another_pair() -> None:
    pseudonyms = Pseudonyms(KEY, "k1")

    assert pseudonyms.of("a|b", "c") != pseudonyms.of("a", "b|c")


@pytest.mark.parametrize("text", ["short", "k1:short", ""])
def test_a_key_that_can_be_guessed_is_refused(text: str) -> None:
    with pytest.raises(NotAValue):
        Pseudonyms.from_text(text)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("电话13800138000", "电话〔手机号〕"),
        ("打 138 0013 8000 找我", "打 〔手机号〕 找我"),
        ("打+86-13800138000", "打〔手机号〕"),
        ("１３８００１３８０００", "〔手机号〕"),  # full-width digits
        ("1.3.8.0.0.1.3.8.0.0.0", "〔手机号〕"),  # dots to get past a filter
        ("座机010-62345678", "座机〔电话〕"),
        ("加微信：tea_lover88 有惊喜", "加微信：〔微信号〕 有惊喜"),
        ("vx abcdef123", "vx 〔微信号〕"),
        ("扣扣号是 123456789", "扣扣号是 〔QQ号〕"),
        ("身份证110101199003071234", "身份证〔身份证号〕"),
        ("身份证11010119900307123X", "身份证〔身份证号〕"),
        ("发我 someone@example.com", "发我 〔邮箱〕"),
        ("寄到朝阳区望京街10号楼3单元501室", "寄到〔地址〕"),
        ("@小王 这个能治病吗", "@〔昵称〕 这个能治病吗"),
        ("谢谢 @阿青", "谢谢 @〔昵称〕"),
    ],
)
def test_personal_data_in_a_chat_line_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "39.9 三盒，买了 2 单",
        "订单 20260901193000123 怎么还没发",  # an order number is no phone number
        "这个茶 1380 块一斤",
        "199501 这批次好喝",
        "微信支付可以吗",
        "价格12345678901234567890",
        "@ 主播在吗",
        "WX 版本不支持",
        "wx支付",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert mask(text) == text


@settings(deadline=None)  # a busy machine is no fault
@given(
    text=st.lists(
        st.sampled_from(
            [
                *"0123456789１３８ .·-－@:：xX路街号室",
                *("微信", "微❤", "薇信", "威信", "徽信", "v信", "V信", "wechat", "weixin"),
                *("vx", "VX", "Vx", "wx", "WX", "Wx", "加v", "加V", "➕v", "➕V", "单元"),
                "qq",
                "扣扣号",
                "a.com",
                "abcdef",
                "010",
            ]
        )
    ).map("".join)
)
def test_what_is_passed_over_at_first_sight_has_nothing_to_mask(text: str) -> None:
    if privacy._WORTH_A_LOOK.search(text) is None:
        assert not any(pattern.search(text) for pattern, _ in privacy._MASKS)


@pytest.mark.slow
@settings(deadline=None)
@given(text=st.text(max_size=200))
def test_a_masked_text_stays_as_it_is(text: str) -> None:
    assert mask(mask(text)) == mask(text)
