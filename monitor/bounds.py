"""Numbers of the configuration, each with the bounds between which it can be used.

A bound is far beyond what anybody needs, and far below what arithmetic, SQLite (64 bits) and the brokers
take: what lies beyond it is a slip of the pen, and is refused by name when the configuration is read.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

__all__ = ["Bytes", "Count", "Days", "DaysOrNever", "NotNegative", "Seconds"]

#: A hundred years.
LONGEST_DAYS = 36_525

Days = Annotated[float, Meta(gt=0, le=LONGEST_DAYS)]
DaysOrNever = Annotated[float, Meta(ge=0, le=LONGEST_DAYS)]
"""0: never."""
Seconds = Annotated[float, Meta(gt=0, le=3_600)]
"""Up to an hour."""
Count = Annotated[int, Meta(ge=1, le=10**9)]
NotNegative = Annotated[int, Meta(ge=0, le=10**9)]
Bytes = Annotated[int, Meta(ge=1, le=2**50)]
"""Up to 1 PiB."""
