"""The list of pages that a source looks at."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct, field
from yarl import URL

from connectors.errors import Fatal

__all__ = ["Page", "listed"]

#: Pages of one connection, and the largest list of them, in bytes.
MAX_PAGES, MAX_LIST = 10_000, 16 << 20


class Page(Struct):
    """A page, and what is known of it."""

    address: str
    host: str
    sku: str
    due_at: float = 0.0
    failures: int = 0
    known: dict[str, str] = field(default_factory=dict)
    """What the host called the page that is stored: ETag, Last-Modified."""


def listed(addresses: Iterable[str], file: str | None) -> list[Page]:
    """The pages of the configuration, each once.

    Raises:
        Fatal: none, too many, or a list that cannot be read.
    """
    lines = list(addresses)
    if file is not None:
        path = Path(file)
        try:
            if path.stat().st_size > MAX_LIST:
                raise Fatal(f"{path} is larger than {MAX_LIST >> 20} MiB")
            lines += path.read_text(encoding="utf-8-sig").splitlines()
        except OSError as error:
            raise Fatal(f"cannot read {path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise Fatal(f"{path} is no UTF-8: {error}") from error
    pages: dict[str, Page] = {}
    for line in lines:
        address, _, sku = line.strip().partition(" ")
        if not address or address.startswith("#"):
            continue
        sku = sku.strip()
        if len(sku) > 256 or not sku.isprintable():
            raise Fatal(f"{address[:200]}: no name of a product: {sku[:40]!r}")
        try:
            host = (URL(address).raw_host or "").rstrip(".").lower()
        except ValueError as error:
            raise Fatal(f"{address[:200]} is no address: {error}") from error
        pages.setdefault(address, Page(address, host, sku))
    if not pages:
        raise Fatal("no pages: name them in `pages` or `pages_file`")
    if len(pages) > MAX_PAGES:
        raise Fatal(f"more than {MAX_PAGES} pages in one source")
    return list(pages.values())
