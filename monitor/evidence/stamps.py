"""Time stamps of RFC 3161: asked of authorities, checked with their own roots, kept.

What is asked, what comes back and whether it is good is `rfc3161_client`'s work; a token is good if
the authority's chain was valid at the time that it states, whatever became of it since.
"""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from monitor.errors import ConfigError
from monitor.responses import first_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.config import Authority

__all__ = ["BadStamp", "check", "roots_of", "stamp", "states"]

#: An answer has a few kilobytes.
ANSWER_BYTES = 64 * 2**10
_HASHES = {
    "sha256": HashAlgorithm.SHA256,
    "sha512": HashAlgorithm.SHA512,
}
_NAMES = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}


class BadStamp(Exception):
    """There is no time stamp, or none that holds; with the reason."""


def roots_of(authority: Authority) -> list[x509.Certificate]:
    """The certificates that an authority is trusted by.

    Raises:
        ConfigError: the file cannot be read.
    """
    path = Path(authority.roots_file)
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"evidence.authorities: {authority.name}: {path}: {error}") from error


def stamp(authority: Authority, data: bytes) -> bytes:
    """Asks for a time stamp over the data and checks it; the answer as it came, DER. Blocks.

    Raises:
        BadStamp: the authority cannot be reached, refuses, or its answer does not hold.
        ConfigError: its roots cannot be read.
    """
    roots = roots_of(authority)
    request = (
        TimestampRequestBuilder()
        .data(data)
        .hash_algorithm(_HASHES[authority.hash])
        .nonce(nonce=True)
        .build()
    )
    try:
        answer = asyncio.run(_post(authority, request.as_bytes()))
    except TimeoutError as error:
        raise BadStamp(f"no answer within {authority.timeout_s:g} s") from error
    except (aiohttp.ClientError, OSError) as error:
        raise BadStamp(f"cannot be reached: {error}") from error
    _checked(answer, data, roots, nonce=request.nonce)
    return answer


def check(answer: bytes, data: bytes, roots: Sequence[x509.Certificate]) -> int:
    """The time that a token states for the data, ms.

    Raises:
        BadStamp: it does not hold.
    """
    return _checked(answer, data, roots, nonce=None)


def states(answer: bytes, data: bytes) -> int:
    """The time that a token claims for the data, ms; who claims it is not looked at.

    Raises:
        BadStamp: it is no token, or one over other data.
    """
    try:
        info = decode_timestamp_response(answer).tst_info
        name = _NAMES[info.message_imprint.hash_algorithm.dotted_string]
        same = info.message_imprint.message == hashlib.new(name, data).digest()
        at = int(info.gen_time.astimezone(UTC).timestamp() * 1_000)
    except Exception as error:
        raise BadStamp(f"it is no time stamp: {error!r}") from error
    if not same:
        raise BadStamp("the token is over other data")
    return at


def _checked(
    answer: bytes, data: bytes, roots: Sequence[x509.Certificate], *, nonce: int | None
) -> int:
    try:
        response = decode_timestamp_response(answer)
        status, said = int(response.status), "; ".join(response.status_string)
    except Exception as error:
        raise BadStamp(f"it is no time stamp: {error!r}") from error
    if status != 0:
        raise BadStamp(f"refused: {said or f'status {status}'}")
    try:
        VerifierBuilder(roots=list(roots), nonce=nonce).build().verify_message(response, data)
    except VerificationError as error:
        raise BadStamp(f"the token does not hold: {error}") from error
    except Exception as error:
        raise BadStamp(f"it is no time stamp: {error!r}") from error
    return states(answer, data)


async def _post(authority: Authority, query: bytes) -> bytes:
    timeout = aiohttp.ClientTimeout(total=authority.timeout_s)
    async with (
        aiohttp.ClientSession(timeout=timeout, trust_env=False) as session,
        session.post(
            authority.url,
            data=query,
            headers={"Content-Type": "application/timestamp-query"},
            allow_redirects=False,
        ) as response,
    ):
        if response.status != 200:
            raise BadStamp(f"answered {response.status}")
        answer = await first_bytes(response, ANSWER_BYTES)
        if not response.content.at_eof():
            raise BadStamp("the answer is longer than a time stamp")
        return answer
