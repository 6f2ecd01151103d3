"""Keys that never leave their token: smart cards and HSMs by PKCS#11 (Cryptoki 2.40, `python-pkcs11`).

A key is named by a URI (RFC 7512):

    pkcs11:token=livewatch;object=evidence?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/etc/livewatch/pin

The PIN is read from its file when something is signed; a URI that holds the PIN itself is refused.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from msgspec import Struct

from monitor.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

__all__ = ["TokenKey", "TokenUri"]

#: One at a time: a module knows one login a process, and few are safe in several threads.
_LOCK = threading.Lock()


class TokenUri(Struct, frozen=True):
    """Where a key is."""

    module: str
    token: str
    object: str
    pin_file: str
    text: str

    @classmethod
    def parse(cls, text: str) -> TokenUri:
        """Reads a URI.

        Raises:
            ConfigError: it is none, names too little, or holds a PIN.
        """
        scheme, _, rest = text.strip().partition(":")
        path, _, query = rest.partition("?")
        if scheme != "pkcs11":
            raise ConfigError("a key on a token is named pkcs11:token=…;object=…?module-path=…")
        found: dict[str, str] = {}
        for part in [*path.split(";"), *query.split("&")]:
            name, mark, value = part.partition("=")
            if mark:
                found[name] = unquote(value)
        if "pin-value" in found:
            raise ConfigError(
                "the PIN does not belong into the URI: pin-source=file:/path names its file"
            )
        missing = [
            name for name in ("token", "object", "module-path", "pin-source") if not found.get(name)
        ]
        if missing:
            raise ConfigError(f"the URI of a key on a token lacks {', '.join(missing)}")
        return cls(
            found["module-path"], found["token"], found["object"],
            found["pin-source"].removeprefix("file:"), text.strip(),
        )  # fmt: skip


class TokenKey(ec.EllipticCurvePrivateKey):
    """A private key of ECDSA P-256 on a token, as `cryptography` wants one: it signs, and that is all."""

    def __init__(self, uri: TokenUri, public: PublicKeyTypes) -> None:
        """
        Args:
            public: the key of its certificate.

        Raises:
            ConfigError: that is no key of ECDSA P-256.
        """
        if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(
            public.curve, ec.SECP256R1
        ):
            raise ConfigError(f"the certificate of {uri.object} is no key of ECDSA P-256")
        self._uri = uri
        self._public = public

    def sign(self, data: Any, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """ECDSA over SHA-256, DER; the token sees the digest alone.

        Raises:
            ConfigError: the token is not there, does not know the key, or refuses.
        """
        algorithm = signature_algorithm.algorithm
        if isinstance(algorithm, Prehashed) or not isinstance(algorithm, hashes.SHA256):
            raise ConfigError("a key on a token signs over SHA-256")
        hasher = hashes.Hash(hashes.SHA256())
        hasher.update(bytes(data))
        raw = self._on_token(hasher.finalize())
        half = len(raw) // 2
        return encode_dss_signature(
            int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big")
        )

    def _on_token(self, digest: bytes) -> bytes:
        try:
            import pkcs11
        except ImportError:
            raise ConfigError(
                "a key on a token needs python-pkcs11: install livewatch[pkcs11]"
            ) from None
        uri = self._uri
        try:
            pin = Path(uri.pin_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no text"
            raise ConfigError(f"cannot read the PIN in {uri.pin_file}: {reason}") from error
        try:
            module = pkcs11.lib(uri.module)
        except (pkcs11.PKCS11Error, RuntimeError, OSError):
            raise ConfigError(f"{uri.module} is no PKCS#11 module") from None
        # Of what a module says the kind alone is told: nobody knows what else it may hold.
        try:
            with _LOCK, module.get_token(token_label=uri.token).open(user_pin=pin) as session:
                key: Any = session.get_key(
                    object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=uri.object
                )
                return bytes(key.sign(digest, mechanism=pkcs11.Mechanism.ECDSA))
        except pkcs11.PKCS11Error as error:
            raise ConfigError(
                f"the token {uri.token} does not sign with {uri.object}: {type(error).__name__}"
            ) from None

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """Of its certificate."""
        return self._public

    @property
    def curve(self) -> ec.EllipticCurve:
        """P-256."""
        return self._public.curve

    @property
    def key_size(self) -> int:
        """Bits."""
        return self._public.key_size

    def _stays(self, *_: object, **__: object) -> NoReturn:
        raise ConfigError("the key does not leave its token")

    exchange = private_numbers = private_bytes = _stays

    def __copy__(self) -> TokenKey:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> TokenKey:
        return self
