"""Answers of other servers, read within a limit."""

from __future__ import annotations

import aiohttp

__all__ = ["first_bytes"]


async def first_bytes(response: aiohttp.ClientResponse, most: int) -> bytes:
    """The body of an answer, or its first bytes where it is longer, however many packets it comes in.

    Args:
        most: bytes that are read; `response.content.at_eof()` says afterwards whether that was all.
    """
    read = bytearray()
    while len(read) < most:
        # One read gives what has arrived, which may be less than what was asked for.
        piece = await response.content.read(most - len(read))
        if not piece:
            break
        read += piece
    return bytes(read)
