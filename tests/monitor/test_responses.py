"""Answers of other servers come in packets as the network likes."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from monitor.responses import first_bytes

BODY = b"0123456789"


async def _in_packets(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": str(len(BODY))})
    await answer.prepare(request)
    for low in range(0, len(BODY), 3):
        await asyncio.sleep(0.02)
        await answer.write(BODY[low : low + 3])
    return answer


@pytest.mark.asyncio
@pytest.mark.parametrize(("most", "expected"), [(10, BODY), (64, BODY), (7, BODY[:7])])
async def test_an_answer_is_read_whole_whatever_packets_it_comes_in(
    most: int, expected: bytes
) -> None:
    app = web.Application()
    app.router.add_get("/", _in_packets)
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession() as session,
        session.get(server.make_url("/")) as response,
    ):
        assert await first_bytes(response, most) == expected
        assert most >= len(BODY) or not response.content.at_eof()
