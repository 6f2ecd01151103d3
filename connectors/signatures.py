"""Signed webhooks, as Standard Webhooks describes them (https://www.standardwebhooks.com, version 1).

The sender signs ``id.timestamp.body`` with HMAC-SHA256 and says so in three headers::

    webhook-id: msg_2KWPBgLlAfxdpx2AI54pPJ85f4W      the same in every attempt
    webhook-timestamp: 1674087231                    seconds, of this attempt
    webhook-signature: v1,K5oZfzN95Z9U… v1,…         one a secret, while secrets are changed

A secret is 24 to 64 random bytes, written ``whsec_`` and base64. Of the body every byte as it came
over the wire counts, packed where it was packed: nothing is unpacked or parsed before it is known
who sent it. Asymmetric signatures (``v1a``) are passed over.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence

from msgspec import Struct

from connectors.errors import NotAValue, Refused

__all__ = [
    "ID_HEADER",
    "SIGNATURE_HEADER",
    "TIMESTAMP_HEADER",
    "TOLERANCE_S",
    "Signed",
    "new_secret",
    "parse_secret",
    "parse_secrets",
    "sign",
    "signed",
    "verify",
]

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"
#: How far the time of an attempt may lie from ours, either way, s.
TOLERANCE_S = 300
_PREFIX = "whsec_"
_MIN_SECRET, _MAX_SECRET = 24, 64
#: Longest id, and most signatures of one request.
_MAX_ID, _MAX_SIGNATURES = 256, 16


class Signed(Struct, frozen=True):
    """What the three headers say; not checked against the body yet."""

    id: str
    timestamp: str
    signatures: tuple[bytes, ...]


def parse_secret(text: str) -> bytes:
    """The bytes of a secret, with or without its prefix.

    Raises:
        NotAValue: no base64, or not 24 to 64 bytes; the message does not hold the secret.
    """
    try:
        secret = base64.b64decode(text.strip().removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise NotAValue(f"a secret is written {_PREFIX} and base64") from None
    if not _MIN_SECRET <= len(secret) <= _MAX_SECRET:
        raise NotAValue(
            f"a secret has {_MIN_SECRET} to {_MAX_SECRET} bytes, this has {len(secret)}"
        )
    return secret


def parse_secrets(text: str) -> tuple[bytes, ...]:
    """The secrets of a file, one a line, ``#`` before a remark: all are accepted, so that one can
    be changed for another without a pause.

    Raises:
        NotAValue: none, or a bad one; names its line.
    """
    secrets = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                secrets.append(parse_secret(line))
            except NotAValue as error:
                raise NotAValue(f"line {number}: {error.reason}") from error
    if not secrets:
        raise NotAValue("no secret")
    return tuple(secrets)


def new_secret(random: bytes) -> str:
    """A secret as it is given to a sender, from 24 to 64 random bytes."""
    return _PREFIX + base64.b64encode(random).decode()


def sign(secret: bytes, id_: str, timestamp: str | int, body: bytes) -> str:
    """A signature, as it stands in the header.

    >>> secret = parse_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    >>> sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    return "v1," + base64.b64encode(_mac(secret, id_, str(timestamp), body)).decode()


def signed(headers: Mapping[str, str], now_s: float) -> Signed:
    """The headers of a request, its time checked. Cheap: to be called before the body is read.

    Raises:
        Refused: a header is missing or malformed, or the attempt is too old or too new.
    """
    id_, timestamp = headers.get(ID_HEADER, ""), headers.get(TIMESTAMP_HEADER, "")
    # A full stop in the id would let a sender move the border between id and time.
    if not 0 < len(id_) <= _MAX_ID or "." in id_ or not id_.isascii() or not id_.isprintable():
        raise Refused(f"{ID_HEADER} is missing or malformed")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise Refused(f"{TIMESTAMP_HEADER} is missing or no number of seconds")
    late_s = now_s - int(timestamp)
    if abs(late_s) > TOLERANCE_S:
        side = "old" if late_s > 0 else "far ahead"
        raise Refused(f"{TIMESTAMP_HEADER} is too {side}: more than {TOLERANCE_S} s from now")
    given = headers.get(SIGNATURE_HEADER, "").split(" ")
    if len(given) > _MAX_SIGNATURES:
        raise Refused(f"more than {_MAX_SIGNATURES} signatures")
    signatures = [_decoded(signature) for signature in given if signature.startswith("v1,")]
    found = tuple(signature for signature in signatures if signature is not None)
    if not found:
        raise Refused(f"{SIGNATURE_HEADER} holds no v1 signature")
    return Signed(id_, timestamp, found)


def verify(secrets: Sequence[bytes], headers: Signed, body: bytes) -> bool:
    """Has any of the secrets made any of the signatures? In the same time whichever it was."""
    right = False
    for secret in secrets:
        expected = _mac(secret, headers.id, headers.timestamp, body)
        for signature in headers.signatures:
            right |= hmac.compare_digest(expected, signature)
    return right


def _mac(secret: bytes, id_: str, timestamp: str, body: bytes) -> bytes:
    mac = hmac.new(secret, f"{id_}.{timestamp}.".encode(), hashlib.sha256)
    mac.update(body)
    return mac.digest()


def _decoded(signature: str) -> bytes | None:
    try:
        return base64.b64decode(signature[3:], validate=True)
    except (binascii.Error, ValueError):
        return None
