"""Errors of the API, as RFC 9457 problem details."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

__all__ = ["problem"]


def problem(status: int, kind: str, detail: str, **more: Any) -> web.Response:
    """An error with a stable name, what did not happen and why."""
    body = {
        "type": f"urn:livewatch:problem:{kind}",
        "title": kind.replace("-", " "),
        "status": status,
        "detail": detail,
        **more,
    }
    return web.Response(
        status=status,
        body=msgspec.json.encode(body),
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store"},
    )
