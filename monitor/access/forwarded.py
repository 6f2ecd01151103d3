"""Who a client is behind a proxy: what `X-Forwarded-For` and `X-Forwarded-Proto` say is taken from
configured proxies only, and of it no more than the nearest address that is none of them."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from msgspec import Struct

from monitor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["FORWARDED", "Client", "Proxies", "is_loopback"]

#: A request that has one of these was passed on by somebody.
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
#: Addresses of a header that are looked at, from its end.
MOST_HOPS = 10


class Client(Struct, frozen=True):
    """Where a request comes from."""

    address: str
    """Of IPv6 the network of one customer (/64)."""
    secure: bool
    """Did it come to us, or to the proxy, by TLS?"""
    here: bool
    """Is it a program that speaks for itself, on this machine or where metrics are read from?"""


class Proxies:
    """The proxies that are trusted."""

    def __init__(self, configured: Sequence[str], metrics_from: Sequence[str] = ()) -> None:
        """
        Args:
            metrics_from: addresses and networks of those who read metrics.

        Raises:
            ConfigError: one is no address and no network.
        """
        self._networks = _networks("server.trusted_proxies", configured)
        self._metrics_from = _networks("sign_in.metrics_from", metrics_from)

    def client(self, peer: str, headers: Mapping[str, str], *, secure: bool) -> Client:
        """Who asks.

        Args:
            peer: address of the connection.
            headers: of the request; one that comes twice as its values with a comma between.
            secure: is the connection itself TLS?
        """
        address = _parsed(peer)
        passed_on = any(name in headers for name in FORWARDED)
        if address is None or not passed_on or not self._trusts(address):
            near = address is not None and (
                address.is_loopback or any(address in one for one in self._metrics_from)
            )
            here = near and not passed_on
            return Client(_counted(address, peer), secure, here)
        hops = headers.get("X-Forwarded-For", "").split(",")[-MOST_HOPS:]
        for hop in reversed(hops):
            found = _parsed(hop)
            if found is None:
                break
            address = found
            if not self._trusts(found):
                break
        scheme = headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip().lower()
        return Client(_counted(address, peer), secure or scheme == "https", here=False)

    def _trusts(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        return any(address in network for network in self._networks)


def _networks(
    key: str, configured: Sequence[str]
) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    try:
        return [ipaddress.ip_network(one.strip()) for one in configured]
    except ValueError as error:
        raise ConfigError(f"{key}: {error}") from error


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _counted(address: ipaddress.IPv4Address | ipaddress.IPv6Address | None, peer: str) -> str:
    if address is None:
        return peer[:80]
    if isinstance(address, ipaddress.IPv4Address) or address.is_loopback:
        return str(address)
    return str(ipaddress.ip_network((int(address), 64), strict=False))


def is_loopback(host: str) -> bool:
    """Is it an address that only this machine reaches?"""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
