"""The configuration of sign-in: `[sign_in]`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

__all__ = ["OpenIdConnect", "SignIn", "Unmasking"]


class OpenIdConnect(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """`[sign_in.oidc]`: a provider that people sign in with."""

    issuer: Annotated[str, Meta(pattern=r"^https?://")]
    """Its address, as it names itself."""
    client_id: str
    client_secret_file: str | None = None
    """File of the secret; without one livewatch is a public client, with PKCE alone."""
    redirect: Annotated[str, Meta(pattern=r"^https?://")]
    """`https://NAME/sign-in/oidc/back`: where the provider sends people back to."""
    label: str = "OpenID Connect"
    """What stands on the button."""
    scope: str = "openid profile"
    name_claim: str = "preferred_username"
    """Claim that a person signs with."""
    roles_claim: str = "roles"
    """Claim that says what he may: a text or a list; with dots a claim within a claim."""
    roles: dict[str, Annotated[str, Meta(pattern="^(viewer|analyst|enforcement|admin|auditor)$")]]
    """From a value of that claim to a role; the first that he has counts."""
    territories_claim: str | None = None
    """Claim that says to which territories a person is bound: a text or a list of codes, or of what
    `territories` maps. Without it nobody is bound by the provider. Whoever has none there, and no role
    for the whole office, is not let in."""
    territories: dict[str, Annotated[str, Meta(pattern=r"^(\*|unknown|\d{2}|\d{4}|\d{6})$")]] = {}
    """From a value of that claim to a code of an administrative division, or `*`: everywhere. By default
    the values are codes."""
    ca_file: str | None = None
    """Certificates that the provider's is checked against; by default those of the system."""


class Unmasking(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """`[sign_in.unmasking]`: who sees the pseudonyms of viewers' accounts, where people sign in."""

    by_role: bool = True
    """Whoever has the right, `enforcement`, sees those of all alerts; false: by case only, too."""
    by_case: bool = True
    """Whoever handles alerts may ask to see those of one, which a second person approves; false: nobody
    may."""
    hold_min: Annotated[float, Meta(ge=1, le=43_200)] = 480.0
    """An approval holds for so long at most."""


class SignIn(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Who may use the console and the API."""

    required: bool = False
    """People have to sign in also before the first user is made; from then on they do anyway."""
    idle_s: Annotated[float, Meta(ge=10, le=31_622_400)] = 1_800.0
    """A session in which nobody does anything ends after so long."""
    session_s: Annotated[float, Meta(ge=60, le=31_622_400)] = 43_200.0
    """And in any case after so long."""
    metrics_from: list[str] = []
    """Addresses or networks, beside this machine, that read metrics without a sign-in."""
    journal_days: Annotated[float, Meta(ge=180, le=36_525)] = 365.0
    """How long it is kept who signed in; 网络安全法 21 asks for six months at least."""
    unmasking: Unmasking = Unmasking()
    """Seeing viewers' pseudonyms."""
    oidc: OpenIdConnect | None = None
    """A provider that people sign in with; then they have to from the start."""
