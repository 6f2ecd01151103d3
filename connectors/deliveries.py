"""Reads a source and always closes its iterator, whatever ends the reading."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from connectors.source import Delivery, Source

__all__ = ["deliveries_of"]


@contextlib.asynccontextmanager
async def deliveries_of(source: Source) -> AsyncIterator[AsyncIterator[Delivery]]:
    """The deliveries of a source; a generator is ended at once, not when it is collected."""
    deliveries = source.__aiter__()
    try:
        yield deliveries
    finally:
        if (aclose := getattr(deliveries, "aclose", None)) is not None:
            await aclose()
