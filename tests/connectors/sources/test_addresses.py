"""Nothing of this machine and of the networks around it is asked, however it is written."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from connectors.errors import Fatal, Retryable
from connectors.sources.addresses import AddressRefused, Guard, is_public, networks_of
from connectors.sources.web import Forbidden, Web
from tests.connectors.shop import Names, page, quick, shop

NEAR = [
    "127.0.0.1", "127.8.9.1", "0.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.127.255.254", "192.0.0.8", "198.18.0.1", "203.0.113.5", "224.0.0.1", "239.1.1.1",
    "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "fec0::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a00:1", "64:ff9b:1::1", "::ffff:0:127.0.0.1", "2002:7f00:1::", "2002:a00:1::", "2001:0:7f00:1::", "2001:db8::1", "100::1",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8",
    "223.5.5.5",
    "2400:3200::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::",
]


@pytest.mark.parametrize("text", NEAR)
def test_what_is_near_is_not_public(text: str) -> None:
    assert not is_public(ip_address(text))
    guard = Guard({text})
    with pytest.raises(AddressRefused):
        guard.check_address(text)
    with pytest.raises(AddressRefused):
        guard.check(f"http://[{text}]/" if ":" in text else f"http://{text}/")
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    with pytest.raises(AddressRefused):
        guard.socket((family, socket.SOCK_STREAM, 0, "", (text, 80)))


@pytest.mark.parametrize("text", PUBLIC)
def test_what_is_public_is_asked(text: str) -> None:
    assert is_public(ip_address(text))
    address = f"https://[{text}]/a?b=c#d" if ":" in text else f"https://{text}/a?b=c#d"
    url = Guard({URL(address).raw_host or ""}).check(address)
    assert (url.path_qs, url.fragment) == ("/a?b=c", "")


@given(st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="127.0.0.0/8"))
def test_no_way_of_carrying_an_address_hides_it(address: object) -> None:
    number = int(address)  # type: ignore[call-overload]
    for prefix in (0xFFFF << 32, 0, 0x64_FF9B << 96):
        assert not is_public(ip_address((prefix | number).to_bytes(16, "big")))
    assert not is_public(ip_address((0x2002 << 112 | number << 80).to_bytes(16, "big")))


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.1", "127.0.1", "017700000001", "0", "1.2.3.4.5",
     "127.0.0.1.", "１２７.0.0.1", "127。0。0。1", "①②⑦.0.0.1", "127.0.0.0x1", "[::1%25eth0]", "[fe80::1%lo]",
     "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "localhost", "LOCALHOST.", "a.localhost", "printer.local",
     "db.internal", "router.lan", "intranet", "nas.home.arpa", "metadata", ""],
)  # fmt: skip
def test_no_notation_gets_through(host: str) -> None:
    # Even where the list of pages names it.
    with pytest.raises(AddressRefused):
        Guard({host, host.strip("[]."), "127.0.0.1"}).check(f"http://{host}/")


@pytest.mark.parametrize(
    "address",
    ["ftp://shop.example/", "file:///etc/passwd", "gopher://shop.example/", "javascript:alert(1)", "//shop.example/",
     "shop.example", "/tea", "", "http://", "http://user@shop.example/", "http://u:p@shop.example/", "http://:@shop.example/",
     "http://@shop.example/", "http://shop.example:22/", "http://shop.example:0/", "http://shop.example:99999/",
     "http://shop.example\\@127.0.0.1/", "http://shop.example/a b", "http://shop.example/\r\nX: y", "http://other.example/",
     "http://shop.example.other.example/", "http://[::1/", "http://shop.example/" + "a" * 2_000],
)  # fmt: skip
def test_no_other_address_is_asked(address: str) -> None:
    with pytest.raises(AddressRefused):
        Guard({"shop.example"}).check(address)


def test_what_an_operator_names_is_asked() -> None:
    guard = Guard(
        {"shop.example"},
        allowed=(".shops.cn", "intranet"),
        private=networks_of(["10.8.0.0/16"]),
        ports=(80, 443, 8080),
    )
    for address in (
        "http://SHOP.example./",
        "https://a.b.shops.cn/",
        "http://intranet:8080/",
    ):
        guard.check(address)
    guard.check_address("10.8.1.1")
    guard.check_address("::ffff:10.8.1.1")
    for text in ("10.9.0.1", "::ffff:10.9.0.1", "127.0.0.1", "eth0"):
        with pytest.raises(AddressRefused):
            guard.check_address(text)
    for address in ("http://shops.cn/", "http://evilshops.cn/", "http://10.8.1.1/"):
        with pytest.raises(AddressRefused):
            guard.check(address)
    with pytest.raises(Fatal):
        networks_of(["10.8.0.1/16"])


def web_of(port: int, names: Names, *hosts: str) -> Web:
    guard = Guard(
        {"shop.example", *hosts}, private=networks_of(["127.0.0.1/32"]), ports=(port, 443)
    )
    client = Web(
        guard, "desk@example.cn", request_s=2.0, max_bytes=1 << 20, pause_s=0.0, resolver=names
    )
    client.limit = quick()
    return client


@pytest.mark.asyncio
async def test_a_name_is_looked_up_once_and_that_very_address_is_connected_to() -> None:
    names = Names()
    async with shop("127.0.0.1") as served:
        client = web_of(served.port, names)
        client.open()
        answer = await client.get(f"http://shop.example:{served.port}/tea", {})
        await client.close()
    assert answer.status == 200
    assert names.asked == ["shop.example"] * 2  # robots.txt, and the page
    assert [request.host for request in served.asked] == [f"shop.example:{served.port}"]


@pytest.mark.asyncio
async def test_a_name_that_comes_to_stand_for_another_address_is_not_followed() -> None:
    # It listens on both, so that only the fence keeps us away from the second.
    names = Names(["127.0.0.1"], ["127.0.0.1"], ["127.0.0.2"])
    async with shop("127.0.0.1", "127.0.0.2") as served:
        client = web_of(served.port, names)
        client.open()
        await client.get(f"http://shop.example:{served.port}/one", {})
        with pytest.raises(Retryable, match=r"127\.0\.0\.2 is not of the open internet"):
            await client.get(f"http://shop.example:{served.port}/two", {})
        await client.close()
    assert served.paths == ["/one"]


@pytest.mark.asyncio
@pytest.mark.parametrize("other", ["127.0.0.2", "::1", "169.254.169.254", "::ffff:127.0.0.2"])
async def test_one_bad_address_among_good_ones_spoils_the_name(other: str) -> None:
    async with shop("127.0.0.1") as served:
        client = web_of(served.port, Names(["127.0.0.1", other]))
        client.open()
        with pytest.raises(Retryable, match="cannot be had"):
            await client.get(f"http://shop.example:{served.port}/tea", {})
        await client.close()
    assert served.robots_asked == 0


class Bare(Guard):
    """Only the last fence."""

    def connector(self, resolver=None):  # type: ignore[no-untyped-def]
        return aiohttp.TCPConnector(
            resolver=resolver, socket_factory=self.socket, use_dns_cache=False, force_close=True
        )


@pytest.mark.asyncio
async def test_the_last_fence_holds_alone() -> None:
    async with shop("127.0.0.1", "127.0.0.2") as served:
        guard = Bare({"shop.example"}, private=networks_of(["127.0.0.1/32"]), ports=(served.port,))
        client = Web(
            guard,
            "desk@example.cn",
            request_s=2.0,
            max_bytes=1 << 20,
            pause_s=0.0,
            resolver=Names(["127.0.0.1"], ["127.0.0.2"]),
        )
        client.open()
        with pytest.raises(Retryable, match=r"127\.0\.0\.2 is not of the open internet"):
            await client.get(f"http://shop.example:{served.port}/tea", {})
        await client.close()
    assert (served.robots_asked, served.paths) == (1, [])


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.2:PORT/", "http://[::1]:PORT/", "http://[::ffff:127.0.0.2]:PORT/", "http://2130706434:PORT/",
     "http://169.254.169.254/latest", "//127.0.0.2:PORT/x", "http://other.example:PORT/", "http://u:p@shop.example:PORT/",
     "http://shop.example:22/", "file:///etc/passwd", "ftp://shop.example/", "javascript:0", "http://[::1", "http://localhost:PORT/"],
)  # fmt: skip
async def test_nobody_sends_us_on_to_an_address_that_is_not_asked(target: str) -> None:
    async with shop("127.0.0.1", "127.0.0.2") as served:

        async def onward(request: web.Request) -> web.StreamResponse:
            location = target.replace("PORT", str(served.port))
            return web.Response(status=302, headers={"Location": location})

        served.answer = onward
        client = web_of(served.port, Names())
        client.open()
        with pytest.raises(Forbidden):
            await client.get(f"http://shop.example:{served.port}/tea", {})
        await client.close()
    assert served.paths == ["/tea"]


@pytest.mark.asyncio
async def test_five_times_sent_on_is_followed_and_six_times_is_not() -> None:
    async with shop() as served:

        async def onward(request: web.Request) -> web.StreamResponse:
            left = int(request.path[1:])
            if not left:
                return await page(request)
            return web.Response(status=307, headers={"Location": f"/{left - 1}"})

        served.answer = onward
        client = web_of(served.port, Names())
        client.open()
        answer = await client.get(f"http://shop.example:{served.port}/5", {})
        assert answer.address == f"http://shop.example:{served.port}/0"
        with pytest.raises(Retryable, match="sent on more than 5 times"):
            await client.get(f"http://shop.example:{served.port}/6", {})
        await client.close()
