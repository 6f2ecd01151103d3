"""The configuration of sign-in: `[sign_in]`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

__all__ = ["SignIn"]


class SignIn(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Who may use the console and the API."""

    required: bool = False
    """People have to sign in also before the first user is made; from then on they do anyway."""
    idle_s: Annotated[float, Meta(ge=10)] = 1_800.0
    """A session in which nobody does anything ends after so long."""
    session_s: Annotated[float, Meta(ge=60)] = 43_200.0
    """And in any case after so long."""
    metrics_from: list[str] = []
    """Addresses or networks, beside this machine, that read metrics without a sign-in."""
    journal_days: Annotated[float, Meta(ge=180)] = 365.0
    """How long it is kept who signed in; 网络安全法 21 asks for six months at least."""
