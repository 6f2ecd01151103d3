"""Signed webhooks. The values are those of the specification's own reference libraries."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import NotAValue, Refused
from connectors.signatures import (
    new_secret,
    parse_secret,
    parse_secrets,
    sign,
    signed,
    verify,
)

# libraries/*/tests of standard-webhooks: the same id, time, body and secret in each language.
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIME = 1_614_265_330
BODY = b'{"test": 2432232314}'
SECRET = parse_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OTHER = parse_secret("whsec_" + base64.b64encode(b"another secret of 32 bytes......").decode())


def headers(**changed: str) -> dict[str, str]:
    right = {"id": ID, "timestamp": str(TIME), "signature": SIGNATURE}
    return {f"webhook-{name}": value for name, value in (right | changed).items()}


def test_the_signature_is_that_of_the_reference() -> None:
    assert sign(SECRET, ID, TIME, BODY) == SIGNATURE
    assert verify([SECRET], signed(headers(), TIME), BODY)


@pytest.mark.parametrize(
    "signature",
    [
        f"v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= {SIGNATURE}",  # an old secret's first
        f"{SIGNATURE} v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw",  # an asymmetric one beside it
        f"v1,no-base64 v2,{SIGNATURE[3:]} {SIGNATURE}",
    ],
)
def test_one_right_signature_is_enough(signature: str) -> None:
    assert verify([SECRET], signed(headers(signature=signature), TIME), BODY)


def test_while_secrets_change_both_are_accepted() -> None:
    new = sign(OTHER, ID, TIME, BODY)
    assert verify([OTHER, SECRET], signed(headers(), TIME), BODY)
    assert verify([OTHER, SECRET], signed(headers(signature=new), TIME), BODY)
    assert not verify([OTHER], signed(headers(), TIME), BODY)


@pytest.mark.parametrize(
    ("changed", "body"),
    [
        ({}, BODY + b" "),
        ({}, b""),
        ({"id": "msg_other"}, BODY),
        ({"timestamp": str(TIME + 1)}, BODY),
        ({"signature": SIGNATURE.replace("g0h", "h0g")}, BODY),
        ({"signature": "v1,"}, BODY),
        ({"signature": SIGNATURE[:-5] + "="}, BODY),
    ],
)
def test_any_change_is_found(changed: dict[str, str], body: bytes) -> None:
    assert not verify([SECRET, OTHER], signed(headers(**changed), TIME), body)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"id": ""}, "webhook-id"),
        ({"id": "msg.1"}, "webhook-id"),  # a full stop would move the border to the time
        ({"id": "x" * 257}, "webhook-id"),
        ({"id": "消息"}, "webhook-id"),
        ({"timestamp": ""}, "webhook-timestamp"),
        ({"timestamp": "1614265330.5"}, "webhook-timestamp"),
        ({"timestamp": "-1614265330"}, "webhook-timestamp"),
        ({"timestamp": "１６１４２６５３３０"}, "webhook-timestamp"),
        ({"timestamp": "9" * 400}, "webhook-timestamp"),
        ({"signature": ""}, "no v1 signature"),
        ({"signature": "v1a,abc"}, "no v1 signature"),
        ({"signature": "v1,***"}, "no v1 signature"),
        ({"signature": " ".join([SIGNATURE] * 17)}, "more than 16"),
    ],
)
def test_malformed_headers_are_refused_before_the_body_is_read(
    changed: dict[str, str], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        signed(headers(**changed), TIME)


@pytest.mark.parametrize("late_s", [-300, 0, 300])
def test_five_minutes_either_way_are_allowed(late_s: int) -> None:
    signed(headers(), TIME + late_s)


@pytest.mark.parametrize(("late_s", "words"), [(301, "too old"), (-301, "too far ahead")])
def test_more_is_a_replay_or_a_wrong_clock(late_s: int, words: str) -> None:
    with pytest.raises(Refused, match=words):
        signed(headers(), TIME + late_s)


ANY = st.text(max_size=30) | st.text("v1, =0123456789abcdef", max_size=60)


@pytest.mark.slow
@given(id_=ANY, timestamp=ANY, signature=ANY, body=st.binary(max_size=50))
def test_no_headers_break_it_and_none_by_chance_are_right(
    id_: str, timestamp: str, signature: str, body: bytes
) -> None:
    try:
        got = signed(headers(id=id_, timestamp=timestamp, signature=signature), TIME)
    except Refused:
        return
    assert not verify([SECRET], got, body)


@given(body=st.binary(max_size=200), seconds=st.integers(0, 2_000_000_000))
def test_what_is_signed_is_right(body: bytes, seconds: int) -> None:
    made = headers(timestamp=str(seconds), signature=sign(OTHER, ID, seconds, body))
    assert verify([SECRET, OTHER], signed(made, seconds), body)
    assert not verify([SECRET], signed(made, seconds), body)


def test_a_secret_is_written_as_it_is_read() -> None:
    random = bytes(range(32))
    assert parse_secret(new_secret(random)) == random


@pytest.mark.parametrize("text", ["", "whsec_"])
def test_no_secret_is_refused(text: str) -> None:
    with pytest.raises(NotAValue):
        parse_secret(text)


@pytest.mark.parametrize("secret", ["kurz", "!!!!", "QUFB" * 22])
def test_a_bad_secret_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(NotAValue) as caught:
        parse_secret(f"whsec_{secret}")
    assert secret[:4] not in str(caught.value)


def test_a_file_holds_the_new_secret_and_the_old() -> None:
    text = f"# since September\n{new_secret(OTHER)}\n\n{new_secret(SECRET)}\n"
    assert parse_secrets(text) == (OTHER, SECRET)
    with pytest.raises(NotAValue, match="line 2"):
        parse_secrets(f"{new_secret(OTHER)}\nwhsec_x\n")
    with pytest.raises(NotAValue, match="no secret"):
        parse_secrets("# none yet\n")
