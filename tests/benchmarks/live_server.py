"""A platform as the benchmark of connectors needs it: websockets of thousands of rooms.

`python -m tests.benchmarks.live_server`: prints its port. A client asks for `/ROOM`, where the
room's name ends with its rate in events a second (`r17@3.5`). What platforms do is done here: what
happens in a busy room within a tenth of a second comes in one frame. An event has the time at which
it was sent, so that whoever stores it knows how long it took.
"""

from __future__ import annotations

import asyncio
import heapq
import random
import time

from aiohttp import web

TEXTS = (
    "这个多少钱",
    "主播好",
    "拍了",
    "有优惠吗",
    "全网最低价？",
    "几天到",
    "尺码偏大吗",
    "讲一下二号链接",
)
#: Events of a busy room are collected for so long, s.
FRAME_S = 0.1


class Platform:
    """All rooms that somebody watches."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, str, float, web.WebSocketResponse]] = []
        self._random = random.Random(5)
        self._numbers: dict[str, int] = {}
        self.sent = 0

    async def watch(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False, autoping=True)
        await socket.prepare(request)
        room = request.match_info["room"]
        rate = float(room.partition("@")[2])
        first = time.monotonic() + self._random.expovariate(min(rate, 1 / FRAME_S))
        heapq.heappush(self._due, (first, self._random.getrandbits(60), room, rate, socket))
        async for _ in socket:
            pass
        return socket

    async def talk(self) -> None:
        """Sends whatever is due, and now and then lets others in."""
        while True:
            now = time.monotonic()
            while self._due and self._due[0][0] <= now:
                due, tie, room, rate, socket = heapq.heappop(self._due)
                if socket.closed:
                    continue
                count = max(1, round(rate * FRAME_S))
                try:
                    await socket.send_str(self._frame(room, count))
                except (ConnectionError, RuntimeError):
                    continue
                self.sent += count
                # Late or not, the next one is due after the last, so that the rate holds.
                following = due + self._random.expovariate(rate / count)
                heapq.heappush(self._due, (following, tie, room, rate, socket))
            await asyncio.sleep(0.002)

    def _frame(self, room: str, count: int) -> str:
        first = self._numbers.get(room, 0)
        self._numbers[room] = first + count
        at = time.time_ns() // 1_000_000
        return "\n".join(
            f'{{"type":"chat","id":"c-{number}","platform":"bench","room":"{room}","session":"s1",'
            f'"at":{at},"user":"k1:u{number % 500}","role":"viewer","text":"{TEXTS[number % 8]}"}}'
            for number in range(first, first + count)
        )


async def main() -> None:
    platform = Platform()
    app = web.Application()
    app.router.add_get("/{room}", platform.watch)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=4_096)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await platform.talk()


if __name__ == "__main__":
    asyncio.run(main())
