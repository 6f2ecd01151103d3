"""The fields of events that rules need, and which of them events lack, in words."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

__all__ = ["FIELDS", "NOUNS", "SORTS", "STEADY", "TOLD", "VITAL", "Share", "missing_fields"]

#: Fields by kind of event that rules read, the most needed first. `sku` and `status` are missing
#: only in pieces that became no event for the lack of them.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "chat": ("text", "user", "role"),
    "speech": ("text", "speaker", "confidence"),
    "product": ("price", "title", "stock", "sku", "reference_price", "sold", "shop", "category",
                "attributes"),
    "price": ("price", "reference_price"),
    "order": ("status", "sku", "price", "quantity", "user"),
    "counter": ("value",),
    "room": ("operator", "seller", "host"),
    "session": ("title", "host"),
    "prize": ("value", "count", "odds", "conditions"),
    "review": ("text", "rating", "user"),
}  # fmt: skip
#: Fields that are a problem even if they never came; the others only when they stop coming.
VITAL: Mapping[str, frozenset[str]] = {
    "chat": frozenset({"text"}),
    "speech": frozenset({"text"}),
    "product": frozenset({"price", "title", "sku"}),
    "price": frozenset({"price"}),
    "order": frozenset({"status", "sku", "price"}),
    "counter": frozenset({"value"}),
    "review": frozenset({"text"}),
}
#: What tells sorts of one kind apart: a card that is explained may never have a price, one that is
#: listed always, and what the system writes has no account.
SORTS: Mapping[str, str] = {
    "chat": "role", "speech": "speaker", "product": "status", "price": "kind", "order": "status",
    "counter": "name", "session": "phase", "prize": "phase", "review": "phase",
}  # fmt: skip
#: Kinds that are missed when they stop; the others are rare by nature.
STEADY = ("chat", "speech", "product", "price", "order", "counter")
#: Singular and plural of each kind, for messages.
NOUNS: Mapping[str, tuple[str, str]] = {
    "chat": ("chat line", "chat lines"), "speech": ("utterance", "utterances"),
    "product": ("product", "products"), "price": ("price", "prices"),
    "order": ("order", "orders"), "counter": ("counter", "counters"),
    "room": ("room", "rooms"), "session": ("session", "sessions"),
    "prize": ("prize", "prizes"), "review": ("review", "reviews"),
}  # fmt: skip
#: Fields whose absence is reported at the end of an import.
TOLD: Mapping[str, tuple[str, ...]] = {
    "chat": ("text", "user"),
    "speech": ("text",),
    "product": ("price", "title", "stock", "sku"),
    "price": ("price",),
    "order": ("status", "sku", "price", "quantity", "user"),
    "counter": ("value",),
    "prize": ("value",),
    "review": ("text",),
}


class Share(Struct):
    """How many have a field."""

    present: int = 0
    missing: int = 0

    @property
    def all(self) -> int:
        return self.present + self.missing


def missing_fields(shares: Mapping[str, Mapping[str, Share]], *, vital: bool = False) -> list[str]:
    """What events do not have, in words.

    Args:
        vital: only what rules cannot do without.

    >>> missing_fields({"product": {"price": Share(0, 4), "title": Share(4, 0)}})
    ['4 of 4 products have no price']
    """
    return [
        f"{share.missing:,} of {share.all:,} {NOUNS[kind][share.all > 1]} "
        f"{'have' if share.all > 1 else 'has'} no {field}"
        for kind, fields in TOLD.items()
        for field in fields
        if (share := shares.get(kind, {}).get(field)) is not None
        and share.missing
        and (not vital or field in VITAL.get(kind, ()))
    ]
