"""`[traces]`: where spans go."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

__all__ = ["Traces"]


class Traces(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Spans of what is received, evaluated, stored and told, by OTLP over HTTP; off by default."""

    endpoint: Annotated[str, Meta(pattern=r"^https?://[^/]")] | None = None
    """Where a collector takes traces, `http://127.0.0.1:4318/v1/traces`; needs the extra `otel`."""
    ratio: Annotated[float, Meta(gt=0, le=1)] = 0.01
    """Share of requests and batches that are traced, by their trace id."""
