"""Signing in with a provider of OpenID Connect: the code flow with PKCE (OpenID Connect Core 1.0, 3.1;
RFC 7636, RFC 9700).

What the provider says is believed after its signature, issuer, audience, times and nonce were
checked, under algorithms with a public key only. The monitor calls the configured provider and
nobody else: no redirects, no proxy of the environment, bounded answers.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import aiohttp
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct

from monitor.access.forwarded import is_loopback
from monitor.access.roles import Role
from monitor.access.settings import OpenIdConnect
from monitor.access.users import WHOLE, UserRefused, checked_role, checked_territories
from monitor.errors import ConfigError, LivewatchError
from monitor.responses import first_bytes
from monitor.store.scope import checked_code

__all__ = ["Identity", "NotVouched", "Pending", "Provider", "provider_of"]

#: Signatures with a public key; what is signed with the client's own secret, or not at all, is not.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
TIMEOUT_S = 10.0
#: Longest answer that is read, bytes.
ANSWER_BYTES = 256 * 2**10
#: How long addresses and keys of the provider are believed, and how long at least, s.
KNOWN_FOR_S, KNOWN_AT_LEAST_S = 600.0, 10.0
#: By how much its clock may differ, s.
LEEWAY_S = 60


class NotVouched(LivewatchError):
    """The provider does not say who it is, or what it says does not hold; the message is for the
    operator."""


class Pending(Struct, frozen=True):
    """A sign-in that has gone to the provider; its browser keeps it."""

    state: str
    nonce: str
    verifier: str
    after: str


class Identity(Struct, frozen=True):
    """Who the provider says that it is."""

    subject: str
    """Issuer, blank, subject: never given to another person."""
    name: str
    role: Role
    territories: tuple[str, ...] | None = None
    """Codes that he is bound to, none: everywhere; ``None``: the provider is not asked."""


class _Metadata(Struct):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None
    """Where people sign out (OpenID Connect RP-Initiated Logout 1.0), if it has that."""


class _Tokens(Struct):
    id_token: str


class Provider:
    """One provider, as configured."""

    def __init__(
        self,
        settings: OpenIdConnect,
        secret: str | None,
        tls: ssl.SSLContext | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._secret = secret
        self._tls = tls
        self._clock = clock
        self._metadata: tuple[float, _Metadata] | None = None
        self._keys: tuple[float, KeySet] | None = None

    @property
    def label(self) -> str:
        """What stands on the button."""
        return self._settings.label

    async def begin(self, after: str) -> tuple[str, Pending]:
        """Where to send the person, and what his browser keeps meanwhile.

        Raises:
            NotVouched: the provider cannot be reached, or is not the one that is configured.
        """
        metadata = await self._known()
        pending = Pending(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            after=after[:2_000],
        )
        digest = hashlib.sha256(pending.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._settings.redirect,
            "scope": self._settings.scope,
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        mark = "&" if "?" in metadata.authorization_endpoint else "?"
        return f"{metadata.authorization_endpoint}{mark}{urlencode(query)}", pending

    async def farewell(self) -> str | None:
        """Where to send somebody who signs out here, so that he is signed out there, too, and comes
        back to the sign-in page; ``None``: the provider has no such address.

        Raises:
            NotVouched: the provider cannot be reached, or is not the one that is configured.
        """
        place = (await self._known()).end_session_endpoint
        if place is None:
            return None
        parts = urlsplit(self._settings.redirect)
        query = {
            "client_id": self._settings.client_id,
            "post_logout_redirect_uri": f"{parts.scheme}://{parts.netloc}/sign-in",
        }
        return f"{place}{'&' if '?' in place else '?'}{urlencode(query)}"

    async def finish(
        self, pending: Pending, *, state: str, code: str, issuer: str | None, error: str | None
    ) -> Identity:
        """Who came back.

        Args:
            issuer: `iss` of the answer (RFC 9207), where the provider gives it.
            error: why there is no code.

        Raises:
            NotVouched: with the reason.
        """
        if not hmac.compare_digest(pending.state.encode(), state.encode("utf-8", "replace")):
            raise NotVouched("the answer belongs to another sign-in (state)")
        if issuer is not None and issuer != self._settings.issuer:
            raise NotVouched("the answer names another issuer (RFC 9207)")
        if error is not None or not code:
            raise NotVouched(f"the provider says {(error or 'nothing')[:100]!r}")
        metadata = await self._known()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.redirect,
            "client_id": self._settings.client_id,
            "code_verifier": pending.verifier,
        }
        body = await self._ask(metadata.token_endpoint, form)
        try:
            tokens = msgspec.json.decode(body, type=_Tokens)
        except msgspec.MsgspecError as error:
            raise NotVouched(f"{metadata.token_endpoint} gave no id_token: {error}") from error
        return self._identity(await self._claims(tokens.id_token, metadata, pending.nonce))

    async def _claims(self, token: str, metadata: _Metadata, nonce: str) -> dict[str, Any]:
        """Raises:
        NotVouched: the signature is not by one of its keys, or the token is for another.
        """
        try:
            found = jwt.decode(token, await self._keyset(metadata), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            # Its keys may have changed since.
            try:
                keys = await self._keyset(metadata, anew=True)
                found = jwt.decode(token, keys, algorithms=ALGORITHMS)
            except (JoseError, ValueError) as error:
                raise NotVouched(f"the signature of the id_token: {error}") from error
        wanted = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": self._settings.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        claims: dict[str, Any] = found.claims
        try:
            wanted.validate(claims)
        except (JoseError, TypeError, ValueError) as error:
            raise NotVouched(f"the id_token: {error}") from error
        audience = claims["aud"]
        several = isinstance(audience, list) and len(audience) > 1
        if (several or "azp" in claims) and claims.get("azp") != self._settings.client_id:
            raise NotVouched("the id_token was made for another client (azp)")
        return claims

    def _identity(self, claims: dict[str, Any]) -> Identity:
        name = claims.get(self._settings.name_claim)
        if not isinstance(name, str) or not name.strip():
            raise NotVouched(f"the id_token has no {self._settings.name_claim}")
        values = _values(claims, self._settings.roles_claim)
        for value, named in self._settings.roles.items():
            if value in values:
                role = checked_role(named)
                subject = f"{self._settings.issuer} {claims['sub']}"
                return Identity(
                    subject=subject, name=name, role=role, territories=self._bound(claims, role)
                )
        raise NotVouched(f"{self._settings.roles_claim} gives no role here")

    def _bound(self, claims: dict[str, Any], role: Role) -> tuple[str, ...] | None:
        """Raises:
        NotVouched: the provider says no territory, and the role is not for the whole office.
        """
        claim = self._settings.territories_claim
        if claim is None:
            return None
        if role in WHOLE:
            return ()
        known = self._settings.territories
        found = [
            known.get(value) if known else checked_code(value)
            for value in _values(claims, claim)
            if isinstance(value, str)
        ]
        codes = [code for code in found if code]
        if "*" in codes:
            return ()
        if not codes:
            raise NotVouched(f"{claim} gives no territory here")
        try:
            return tuple(checked_territories(codes, role).split())
        except UserRefused as error:
            raise NotVouched(f"{claim}: {error}") from error

    async def _known(self) -> _Metadata:
        """Raises:
        NotVouched: the provider cannot be reached, or is not the one that is configured.
        """
        if self._metadata is not None and self._clock() - self._metadata[0] < KNOWN_FOR_S:
            return self._metadata[1]
        address = self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            found = msgspec.json.decode(await self._ask(address), type=_Metadata)
        except msgspec.MsgspecError as error:
            raise NotVouched(f"{address}: {error}") from error
        if found.issuer != self._settings.issuer:
            raise NotVouched(f"{address} names another issuer: {found.issuer[:200]}")
        for place in (
            found.authorization_endpoint,
            found.token_endpoint,
            found.jwks_uri,
            found.end_session_endpoint,
        ):
            if place is not None and not _is_safe(place):
                raise NotVouched(f"{address} names an address without TLS: {place[:200]}")
        self._metadata = (self._clock(), found)
        return found

    async def _keyset(self, metadata: _Metadata, *, anew: bool = False) -> KeySet:
        age = self._clock() - self._keys[0] if self._keys is not None else float("inf")
        if self._keys is not None and age < (KNOWN_AT_LEAST_S if anew else KNOWN_FOR_S):
            return self._keys[1]
        body = await self._ask(metadata.jwks_uri)
        try:
            found = KeySet.import_key_set(msgspec.json.decode(body))
        except (JoseError, msgspec.MsgspecError, ValueError, KeyError, TypeError) as error:
            raise NotVouched(f"{metadata.jwks_uri} has no keys: {error}") from error
        self._keys = (self._clock(), found)
        return found

    async def _ask(self, address: str, form: dict[str, str] | None = None) -> bytes:
        headers = {"Accept": "application/json"}
        if form is not None and self._secret is not None:
            # Either is written as in a form (RFC 6749, 2.3.1).
            pair = f"{quote_plus(self._settings.client_id)}:{quote_plus(self._secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        connector = aiohttp.TCPConnector(ssl=self._tls if self._tls is not None else True)
        try:
            async with (
                aiohttp.ClientSession(
                    connector=connector, timeout=timeout, trust_env=False
                ) as session,
                session.request(
                    "GET" if form is None else "POST",
                    address,
                    data=form,
                    allow_redirects=False,
                    headers=headers,
                ) as answer,
            ):
                body = await first_bytes(answer, ANSWER_BYTES)
                if answer.status != 200:
                    raise NotVouched(f"{address} answers {answer.status}: {body[:200]!r}")
                return body
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NotVouched(f"{address}: {type(error).__name__} {error}") from error


def _values(claims: dict[str, Any], name: str) -> list[Any]:
    """What a claim says, as a list; with dots in its name a claim within a claim."""
    given: Any = claims
    for part in name.split("."):
        given = given.get(part) if isinstance(given, dict) else None
    return given if isinstance(given, list) else [given]


def provider_of(settings: OpenIdConnect) -> Provider:
    """The provider, with its files.

    Raises:
        ConfigError: a file cannot be read, or an address has no TLS.
    """
    for key, address in (("issuer", settings.issuer), ("redirect", settings.redirect)):
        if not _is_safe(address):
            raise ConfigError(f"sign_in.oidc.{key}: {address} is without TLS")
    if not settings.roles:
        raise ConfigError("sign_in.oidc.roles: say which values of the claim are which role")
    if settings.territories and settings.territories_claim is None:
        raise ConfigError("sign_in.oidc.territories: name the claim, territories_claim")
    secret, tls = None, None
    try:
        if settings.client_secret_file is not None:
            secret = Path(settings.client_secret_file).read_text("utf-8").strip()
        if settings.ca_file is not None:
            tls = ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"sign_in.oidc: cannot read a file: {error}") from error
    return Provider(settings, secret, tls)


def _is_safe(address: str) -> bool:
    """By TLS, or on this machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
