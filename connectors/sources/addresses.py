"""Which addresses a source may ask: nothing of this machine, nothing of the networks around it.

Three fences, since each alone can be climbed: the address as it is written, every address that a
name stands for, and the one that is connected to. The last holds whatever the first two were told:
a name that stands for another address a moment later, or a literal that no resolver is asked about.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Collection, Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from connectors.errors import Fatal

__all__ = ["AddressRefused", "Guard", "is_public", "networks_of"]

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAX_ADDRESS = 2_000
#: Networks of IPv6 that only carry an address of IPv4: compatible, NAT64, translated.
_CARRYING = (IPv6Network("::/96"), IPv6Network("64:ff9b::/96"), IPv6Network("::ffff:0:0:0/96"))
#: Set aside for protocols; not every version of Python knows that.
_SET_ASIDE = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
#: Endings of names that stand for something near by.
_NEAR = (
    "localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa",
)  # fmt: skip
_UNFIT = re.compile(r"[\x00-\x20\x7f\\]")
_CREDENTIALS = re.compile(r"\A[^/?#]*//[^/?#]*@")
#: What browsers and C libraries take for an address of IPv4 in another notation.
_NUMBER = re.compile(r"(?:\d+|0x[0-9a-f]*)", re.IGNORECASE)


class AddressRefused(OSError):
    """An address that is not asked; an `OSError`, as a connection that fails is one."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def is_public(address: Address) -> bool:
    """Does the address belong to the open internet?

    >>> is_public(ip_address("8.8.8.8")), is_public(ip_address("100.64.0.1"))
    (True, False)
    >>> is_public(ip_address("64:ff9b::7f00:1")), is_public(ip_address("::ffff:10.0.0.1"))
    (False, False)
    """
    if isinstance(address, IPv6Address):
        if address.scope_id is not None or address.is_site_local or address.teredo is not None:
            return False
        carried = address.ipv4_mapped or address.sixtofour
        if carried is None and any(address in network for network in _CARRYING):
            carried = IPv4Address(int(address) & 0xFFFFFFFF)
        if carried is not None:
            return is_public(carried)
    if any(address in network for network in _SET_ASIDE):
        return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )


def networks_of(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks that an operator names.

    Raises:
        Fatal: one is none.
    """
    try:
        return tuple(ip_network(text) for text in texts)
    except ValueError as error:
        raise Fatal(f"no network: {error}") from error


class Guard:
    """What one source may ask."""

    def __init__(
        self,
        listed: Collection[str],
        *,
        allowed: Collection[str] = (),
        private: Collection[Network] = (),
        ports: Collection[int] = (80, 443),
    ) -> None:
        """
        Args:
            listed: names of the hosts that are to be asked; no other may be.
            allowed: further names, whatever they end in; “.example.cn” is all names under it.
            private: networks that may be asked although they are not of the open internet.
        """
        self._listed = frozenset(map(_name, listed))
        self._allowed = frozenset(map(_name, allowed))
        self._private = tuple(private)
        self._ports = frozenset(ports)

    def check(self, text: str) -> URL:
        """The address as it is asked.

        Raises:
            AddressRefused: it must not be.
        """
        if len(text) > MAX_ADDRESS or _UNFIT.search(text):
            raise AddressRefused("an address with blanks or signs that none has, or too long")
        try:
            url = URL(text)
            host, port = _name(url.raw_host or ""), url.port
        except ValueError as error:
            raise AddressRefused(f"no address: {error}") from error
        if url.scheme not in ("http", "https") or not host:
            raise AddressRefused(f"{url.scheme or 'no scheme'}: only http and https are asked")
        if _CREDENTIALS.match(text) or url.raw_user is not None or url.raw_password is not None:
            raise AddressRefused("an address with a name or a password in it")
        if port not in self._ports:
            raise AddressRefused(f"port {port} is not asked")
        self._check_host(host)
        return url.with_fragment(None)

    def check_address(self, text: str) -> None:
        """Raises AddressRefused where this address must not be connected to."""
        try:
            address = ip_address(text)
        except ValueError as error:
            raise AddressRefused(f"no address of a host: {text[:60]}") from error
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        plain = mapped or address
        if any(plain in network for network in self._private):
            return
        if not is_public(address):
            raise AddressRefused(f"{text[:60]} is not of the open internet")

    def socket(self, info: tuple[Any, ...]) -> socket.socket:
        """The socket of one connection, for the connector: the last fence.

        Raises:
            AddressRefused: that address and port must not be connected to.
        """
        family, kind, protocol, _, target = info
        self.check_address(str(target[0]))
        if target[1] not in self._ports:
            raise AddressRefused(f"port {target[1]} is not asked")
        return socket.socket(family, kind, protocol)

    def connector(self, resolver: AbstractResolver | None = None) -> aiohttp.TCPConnector:
        """A connector behind all fences, which keeps no connection and no answer of a resolver."""
        return aiohttp.TCPConnector(
            resolver=_Resolver(self, resolver or aiohttp.ThreadedResolver()),
            socket_factory=self.socket,
            use_dns_cache=False,
            force_close=True,
        )

    def _check_host(self, host: str) -> None:
        if "%" in host:
            raise AddressRefused("an address with a zone")
        try:
            ip_address(host)
        except ValueError:
            last = host.rpartition(".")[2]
            if _NUMBER.fullmatch(last) or ":" in host:
                raise AddressRefused(f"{host[:60]}: a number in an unusual notation") from None
            if self._is_allowed(host):
                return
            if "." not in host or host.endswith(tuple(f".{ending}" for ending in _NEAR)):
                raise AddressRefused(f"{host[:60]} is near by: name it in `allow_hosts`") from None
        else:
            self.check_address(host)
        if host not in self._listed and not self._is_allowed(host):
            raise AddressRefused(f"{host[:60]} is not among the hosts that may be asked")

    def _is_allowed(self, host: str) -> bool:
        parts = host.split(".")
        under = ("." + ".".join(parts[place:]) for place in range(1, len(parts)))
        return host in self._allowed or any(each in self._allowed for each in under)


class _Resolver(AbstractResolver):
    """Refuses a name if any of its addresses must not be connected to."""

    def __init__(self, guard: Guard, inner: AbstractResolver) -> None:
        self._guard = guard
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        for each in found:
            self._guard.check_address(each["host"])
        return found

    async def close(self) -> None:
        await self._inner.close()


def _name(host: str) -> str:
    return host.rstrip(".").lower()
