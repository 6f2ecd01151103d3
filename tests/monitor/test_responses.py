"""Answers of other servers come in packets as the network likes."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from monitor.responses import first_bytes

BODY = b"0123456789"


async def _in_packets(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\n")
    for low in range(0, len(BODY), 3):
        writer.write(BODY[low : low + 3])
        await writer.drain()
        await asyncio.sleep(0.02)
    writer.close()


@pytest.mark.asyncio
@pytest.mark.parametrize(("most", "expected"), [(10, BODY), (64, BODY), (7, BODY[:7])])
async def test_an_answer_is_read_whole_whatever_packets_it_comes_in(
    most: int, expected: bytes
) -> None:
    server = await asyncio.start_server(_in_packets, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/") as response:
            assert await first_bytes(response, most) == expected
            assert most >= len(BODY) or not response.content.at_eof()
