"""What a room's book keeps beside accounts, wordings and orders: counts of the broadcast, and clocks."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["Head"]


class Head(Struct, array_like=True):
    """What is not kept by account or wording."""

    next_account: int = 0
    next_wording: int = 0
    hand: int = 0
    """Account at which the next eviction begins to look (the CLOCK algorithm)."""
    tick: int = 0
    """Begin of the current tick, ms."""
    since: int = 0
    """First line of this broadcast, ms."""
    different: list[int] = []
    """Accounts of this broadcast by how many different lines they wrote."""
    lines: int = 0
    """Different lines of accounts, in all, …"""
    praises: int = 0
    """… and of them such as praise."""
    led: list[tuple[int, str]] = []
    """What the host, or a prize, asked to write: until when it counts, gist."""
    minutes: dict[int, int] = {}
    """Lines of this broadcast by minute."""
    echo_key: int | str = 0
    """Key of the wording by which a group of accounts last grew; a text: as it was written before."""
    watched: int = 0
    """First event of any account, ms."""
    buyers: list[int] = []
    """Accounts by how many orders they placed."""
    ordered: int = 0
    """Orders of known accounts, in all, …"""
    returned: int = 0
    """… and of them such as came back."""
    sales: dict[int, list[int]] = {}
    """By slot of `SALES_MS` of this broadcast: orders or units sold, and system lines about buying."""
