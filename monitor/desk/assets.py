"""Static files under an address that changes with their content, so that browsers may keep them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from aiohttp import web

__all__ = ["STATIC", "address", "serve"]

STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


@cache
def _files() -> dict[str, bytes]:
    return {
        path.relative_to(STATIC).as_posix(): path.read_bytes()
        for path in sorted(STATIC.rglob("*"))
        if path.is_file()
    }


@cache
def edition() -> str:
    """One name for the content of all files: modules import each other by relative address."""
    digest = hashlib.sha256()
    for name, data in _files().items():
        digest.update(f"{len(name)}:{name}:{len(data)}:".encode())
        digest.update(data)
    return digest.hexdigest()[:12]


def address(name: str) -> str:
    """Where a file is served.

    Raises:
        KeyError: there is no such file.
    """
    if name not in _files():
        raise KeyError(name)
    return f"/static/{edition()}/{name}"


async def serve(request: web.Request) -> web.Response:
    """A static file; one of an older edition is answered with the present one, not kept."""
    name = request.match_info["name"]
    data = _files().get(name)
    if data is None:
        raise web.HTTPNotFound
    known = request.match_info["edition"] == edition()
    return web.Response(
        body=data,
        content_type=_TYPES.get(Path(name).suffix, "application/octet-stream"),
        charset="utf-8",
        headers={"Cache-Control": "public, max-age=31536000, immutable" if known else "no-cache"},
    )
