"""The orders of a room, by id, by account and by product: the latest, in parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from detectors.calendar import HOUR_MS
from detectors.events import Order
from detectors.facts.crowd.account import Account
from detectors.facts.crowd.accounts import Accounts
from detectors.facts.crowd.head import Head
from detectors.facts.crowd.orders import Goods, Placed, note
from detectors.stats.latest import trim

__all__ = ["Ledger"]

#: Orders in a chunk, and chunks of orders; products.
CHUNK, MAX_CHUNKS, MAX_GOODS = 128, 64, 100
#: An order that comes back within this time came back at once, ms.
QUICK_MS = 6 * HOUR_MS
#: What an order and a product take in memory, about.
ORDER_BYTES, GOODS_BYTES = 320, 320


class Ledger:
    """Who ordered what, what came back, and how many of a product are sold."""

    __slots__ = (
        "_before",
        "_changed",
        "_changed_goods",
        "_chunks",
        "_latest",
        "_theirs",
        "goods",
        "orders",
        "returning",
    )

    def __init__(self) -> None:
        #: Orders by id, and products by SKU.
        self.orders: dict[str, Placed] = {}
        self.goods: dict[str, Goods] = {}
        #: Accounts that returned two orders or more.
        self.returning: dict[int, None] = {}
        #: Their orders, and how many of those came back.
        self._theirs = [0, 0]
        self._chunks: dict[int, list[Placed]] = {}
        #: The latest order of an account, and of an order the one before it of the same account.
        self._latest: dict[int, Placed] = {}
        self._before: dict[str, Placed] = {}
        self._changed: set[int] = set()
        self._changed_goods = False

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        return ORDER_BYTES * len(self.orders) + GOODS_BYTES * len(self.goods)

    def place(self, event: Order, buyer: Account | None, head: Head) -> None:
        """Takes up a new order; ``None``: its buyer is unknown."""
        number = -1
        if buyer is not None:
            number = buyer.number
            note(buyer, event.sku, head.buyers)
            buyer.chances = max(buyer.chances, 2)
            head.ordered += 1
            if number in self.returning:
                self._theirs[0] += 1
        head.sales_at(event.at)[0] += 1
        head.bought += 1
        placed = Placed(event.order, event.at, number, event.sku, pieces=event.quantity or 1)
        chunks = self._chunks
        last = next(reversed(chunks), -1)
        if last < 0 or len(chunks[last]) >= CHUNK:
            last += 1
            chunks[last] = []
            if len(chunks) > MAX_CHUNKS:
                oldest = next(iter(chunks))
                for gone in chunks.pop(oldest):
                    self._drop(gone)
                self._changed.add(oldest)
        chunks[last].append(placed)
        self._enter(placed)
        self._changed.add(last)
        goods = self._product(event.sku)
        goods.orders += 1
        goods.pieces += placed.pieces

    def of_account(self, account: int) -> Iterator[Placed]:
        """The orders of an account, the latest first."""
        placed = self._latest.get(account)
        while placed is not None and placed.order in self.orders:
            yield placed
            placed = self._before.get(placed.order)

    def take_back(self, event: Order, accounts: Accounts, head: Head) -> None:
        """Notes that an order was refunded or cancelled."""
        placed = self.orders.get(event.order)
        if placed is None or placed.returned:
            return
        placed.returned = at = event.at
        for number, chunk in reversed(self._chunks.items()):
            if chunk[0].at <= placed.at and placed in chunk:
                self._changed.add(number)
                break
        if at - placed.at <= QUICK_MS and placed.account >= 0:
            # Of unknown buyers nobody can say whether they are many.
            self._product(placed.sku).quick += 1
        account = accounts.numbered(placed.account) if placed.account >= 0 else None
        if account is not None:
            account.returned += 1
            accounts.put(account)
            head.returned += 1
            if account.returned > 2:
                self._theirs[1] += 1
            elif account.returned == 2:
                self.keep_returning(account)

    def keep_returning(self, account: Account) -> None:
        """Notes an account that returned two orders or more."""
        self.returning[account.number] = None
        self._theirs[0] += account.orders
        self._theirs[1] += account.returned

    def forget_account(self, account: Account) -> None:
        """Forgets an account."""
        if account.number in self.returning:
            del self.returning[account.number]
            self._theirs[0] -= account.orders
            self._theirs[1] -= account.returned

    def of_others(self, head: Head) -> tuple[int, int]:
        """Orders of known accounts that did not return two, and how many of those came back."""
        orders, returned = self._theirs
        return head.ordered - orders, head.returned - returned

    def has_grown(self, refund: Order) -> bool:
        """Did this refund add to what came back at once, or to what an account sent back again?"""
        placed = self.orders.get(refund.order)
        if placed is None or placed.account < 0 or placed.returned != refund.at:
            return False
        return refund.at - placed.at <= QUICK_MS or placed.account in self.returning

    def show(self, sku: str, sold: int) -> int:
        """Takes up a display of pieces sold; how many more it shows than the one before."""
        goods = self.goods.get(sku)
        if goods is not None and goods.sold == sold:
            return 0
        goods = self._product(sku)
        gained = sold - goods.sold if 0 <= goods.sold < sold else 0
        goods.sold = sold
        return gained

    def pieces_of(self, sku: str) -> int:
        """Pieces of a product that were ordered, as far as it is remembered."""
        goods = self.goods.get(sku)
        return goods.pieces if goods is not None else 0

    def forget_displays(self) -> None:
        """A broadcast begins or ends: what sold meanwhile was not sold in it."""
        for goods in self.goods.values():
            if goods.sold >= 0:
                goods.sold = -1
                self._changed_goods = True

    def _product(self, sku: str) -> Goods:
        goods = self.goods.get(sku)
        if goods is None:
            goods = self.goods[sku] = Goods()
            trim(self.goods, MAX_GOODS)
        self._changed_goods = True
        return goods

    def _enter(self, placed: Placed) -> None:
        self.orders[placed.order] = placed
        account = placed.account
        if account >= 0:
            before = self._latest.get(account)
            if before is not None:
                self._before[placed.order] = before
            self._latest[account] = placed

    def _drop(self, placed: Placed) -> None:
        """Forgets the oldest order."""
        self.orders.pop(placed.order, None)
        self._before.pop(placed.order, None)
        if self._latest.get(placed.account) is placed:
            del self._latest[placed.account]

    # As parts -----------------------------------------------------------------------------

    def take_changes(self) -> set[str]:
        """Names of the parts that changed since the last call."""
        changed = {f"o{chunk}" for chunk in self._changed}
        if self._changed_goods:
            changed.add("goods")
        self._changed, self._changed_goods = set(), False
        return changed

    def part_names(self) -> list[str]:
        """Names of all parts."""
        return [*(["goods"] if self.goods else []), *(f"o{chunk}" for chunk in self._chunks)]

    def part(self, name: str) -> Any:
        """The body of a part; ``None``: it is gone."""
        return self.goods or None if name == "goods" else self._chunks.get(int(name[1:]))

    def take_part(self, name: str, body: bytes) -> None:
        """Takes back a part; `settle` has to follow the last one.

        Raises:
            msgspec.MsgspecError: another version wrote it.
        """
        if name == "goods":
            self.goods.update(msgspec.msgpack.decode(body, type=dict[str, Goods]))
        else:
            self._chunks[int(name[1:])] = msgspec.msgpack.decode(body, type=list[Placed])

    def settle(self) -> None:
        """Makes what is not written, once all parts are back."""
        self._chunks = dict(sorted(self._chunks.items()))
        for chunk in self._chunks.values():
            for placed in chunk:
                self._enter(placed)
