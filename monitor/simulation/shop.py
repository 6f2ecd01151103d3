"""A room as it is before anything happens: its shop, goods, host and the size of its crowd."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

from detectors.events import Category
from monitor.simulation.accounts import Naming
from monitor.simulation.phrasebook import Phrasebook, data, phrasebook

__all__ = ["PLATFORM", "THEMES", "Good", "Shop", "in_yuan", "open_shop"]

PLATFORM = "simulated"
#: Trades by name.
THEMES = [name for name, value in data("themes").items() if isinstance(value, dict)]
#: Sizes of ordinary crowds, in viewers at the usual time of the evening.
SMALLEST, LARGEST = 15, 20_000


@dataclass(frozen=True, slots=True)
class Good:
    """One product on the shelf."""

    sku: str
    title: str
    price_fen: int
    stock: int


@dataclass(slots=True)
class Shop:
    """One room; `words` fill the slots of its lines."""

    room: str
    operator: str
    address: str
    phone: str
    category: Category
    host: str
    naming: Naming
    viewers: int
    chatter: float
    """Chat lines a minute of a room with one viewer; they grow with viewers to the power of 0.75."""
    orders_per_viewer_minute: float
    returns: float
    """Share of paid orders that come back, in this trade."""
    goods: list[Good]
    words: dict[str, str | list[str]]
    book: Phrasebook
    """Phrases that are known in this room."""
    order_feed: bool
    """The source shows single orders."""
    shows_placed: bool
    """It shows them when they are placed and again when they are paid."""
    traits: tuple[str, ...] = ()
    regulars: list[str] = field(default_factory=list)
    """Accounts that come every evening."""
    neighbours: list[str] = field(default_factory=list)
    """Accounts that go from room to room all over the platform."""
    canned: list[str] = field(default_factory=list)
    """Lines that assistants paste."""


def open_shop(
    rng: random.Random,
    room: str,
    *,
    viewers: int | None = None,
    sibling: Shop | None = None,
    theme: str | None = None,
) -> Shop:
    """A shop by chance; what is given stays as given.

    Args:
        sibling: another room of the same operator.
    """
    themes = data("themes")
    kind = themes[theme or rng.choice(THEMES)]
    host = rng.choice(themes["hosts"])
    titles = rng.sample(kind["goods"], rng.randint(4, 8))
    low, high = kind["prices"]
    goods = [
        Good(
            sku=f"{room}-{place}",
            title=title,
            price_fen=_displayed(math.exp(rng.uniform(math.log(low), math.log(high)))),
            stock=rng.choice((100, 200, 300, 500, 800, 1_000, 2_000, 5_000)),
        )
        for place, title in enumerate(titles, 1)
    ]
    town = rng.choice(data("viewers")["town"])
    operator = f"{town}{rng.choice(themes['shop_left'])}{rng.choice(themes['shop_right'])}"
    address = f"{town}市{rng.choice(themes['shop_left'])}路{rng.randint(1, 999)}号"
    phone = f"400-{rng.randrange(1_000):03}-{rng.randrange(10_000):04}"
    topics: list[str] = kind["topic"]
    return Shop(
        room=room,
        operator=sibling.operator if sibling else operator,
        address=sibling.address if sibling else address,
        phone=sibling.phone if sibling else phone,
        category=kind["category"],
        host=host,
        naming=sibling.naming if sibling else rng.choice(("nickname", "pseudonym")),
        viewers=viewers or round(math.exp(rng.uniform(math.log(SMALLEST), math.log(LARGEST)))),
        chatter=math.exp(rng.uniform(math.log(0.08), math.log(0.5))),
        orders_per_viewer_minute=math.exp(rng.uniform(math.log(0.0008), math.log(0.006))),
        returns=kind["returns"],
        goods=goods,
        words={
            "host": host,
            "pet": rng.choice(themes["pets"]),
            "joke": rng.sample(themes["jokes"], 3),
            "goods": [good.title for good in goods],
            "goods2": rng.choice(kind["goods"]),
            "topic": rng.sample(topics, max(3, len(topics) * 2 // 3)),
            "other": rng.choice(themes["hosts"]),
        },
        book=phrasebook().of_room(rng),
        order_feed=rng.random() < 0.6,
        shows_placed=rng.random() < 0.4,
    )


def in_yuan(fen: float) -> str:
    """A price as a host says it, to the tenth of a yuan: “29.9元”."""
    return f"{round(fen / 10) / 10:g}元"


def _displayed(fen: float) -> int:
    """A price as shops write it: 29.90, 128.00."""
    yuan = round(fen / 100)
    return yuan * 100 - 10 if yuan < 100 else yuan * 100
