"""A live page as platforms have them, and a doorman before livewatch, in a thread of their own."""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import Future

import aiohttp
from aiohttp import WSMsgType, web

from tests.connectors.decoders.bilibili_frames import danmu, plain, zlibbed
from tests.patience import PATIENCE_S

CARD = {
    "@context": "https://schema.org",
    "@type": "Product",
    "name": "云雾茶",
    "sku": "T1",
    "offers": {
        "@type": "Offer",
        "price": "89.90",
        "priceCurrency": "CNY",
        "availability": "https://schema.org/InStock",
        "priceSpecification": {"priceType": "https://schema.org/StrikethroughPrice", "price": 459},
    },
}
SHELF = {"data": {"promotions": [{"promotion_id": "99", "title": "桂花茶", "min_price": 3_990}]}}
LOGIN = {"user": {"token": "a-login-of-the-officer"}}
PAGE = """<!doctype html><title>直播</title>
<script type="application/ld+json">CARD</script>
<div itemscope itemtype="https://schema.org/Product"><b itemprop="name">茶杯</b>
<meta itemprop="sku" content="C1"><p itemprop="isRelatedTo" itemscope itemtype="https://schema.org/Product">
<b itemprop="name">茶壶</b><meta itemprop="sku" content="C2"><i itemprop="offers" itemscope
itemtype="https://schema.org/Offer"><i itemprop="price">99</i><meta itemprop="priceCurrency" content="CNY"></i></p>
<p itemprop="offers" itemscope itemtype="https://schema.org/Offer"><i itemprop="price">12.5</i>
<meta itemprop="priceCurrency" content="CNY"></p></div>
<script>
const socket = new WebSocket(`ws://${location.host}/socket?login=a-login-of-the-officer`);
socket.binaryType = "arraybuffer";
window.received = 0;
socket.onmessage = () => { window.received += 1; };
socket.onopen = () => socket.send("what the page sends");
fetch("/shelf?login=a-login-of-the-officer").then((r) => r.json());
const asked = new XMLHttpRequest(); asked.open("GET", "/login"); asked.send();
</script>""".replace("CARD", json.dumps(CARD, ensure_ascii=False))


class LivePage:
    """The site at `url`; `door` passes on to livewatch what it does not refuse."""

    def __init__(self, livewatch: str) -> None:
        self.livewatch = livewatch
        self.refuse = 0
        """So many requests are answered 429 before one is passed on."""
        self.attempts: list[tuple[float, str, bytes, int]] = []
        """When, the id, the body and the answer of each request at the door."""
        self.sockets: set[web.WebSocketResponse] = set()
        ready: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{ready.result(timeout=PATIENCE_S)}"

    def say(self, *texts: str) -> None:
        """Everybody in the room sees these lines."""
        lines = [danmu(text, uid=1_234_567, id_=f"m-{text}") for text in texts]
        frames = [plain(lines[0]), *(zlibbed(line) for line in lines[1:])]

        async def send() -> None:
            for socket in list(self.sockets):
                for frame in frames:
                    await socket.send_bytes(frame)

        asyncio.run_coroutine_threadsafe(send(), self._loop).result(timeout=PATIENCE_S)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout=PATIENCE_S)

    async def _serve(self, ready: Future[int]) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application()
        app.router.add_get("/live/77001", self._page)
        app.router.add_get("/socket", self._socket)
        app.router.add_get("/shelf", self._shelf)
        app.router.add_get("/login", self._login)
        app.router.add_post("/door/{name}", self._door)
        runner = web.AppRunner(app, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ready.set_result(runner.addresses[0][1])
        await self._stop.wait()
        await runner.cleanup()

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def _shelf(self, _: web.Request) -> web.Response:
        return web.json_response(SHELF)

    async def _login(self, _: web.Request) -> web.Response:
        return web.json_response(LOGIN)

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.add(socket)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
        self.sockets.discard(socket)
        return socket

    async def _door(self, request: web.Request) -> web.Response:
        body, id_ = await request.read(), request.headers.get("webhook-id", "")
        now = asyncio.get_running_loop().time()
        if self.refuse:
            self.refuse -= 1
            self.attempts.append((now, id_, body, 429))
            return web.Response(status=429, headers={"Retry-After": "1"})
        headers = {name: value for name, value in request.headers.items() if name != "Host"}
        url = f"{self.livewatch}/api/v1/events/{request.match_info['name']}"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=headers) as answer,
        ):
            self.attempts.append((now, id_, body, answer.status))
            return web.Response(status=answer.status, body=await answer.read())
