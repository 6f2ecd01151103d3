"""The keys that sign heads of the log and bundles: made at the first start, renewed, revoked.

A folder holds for each key `k1.pem` (ECDSA P-256, PKCS #8, readable by its owner only) and `k1.crt`
(its certificate, which others may see), and `keys.json` says since when each is in use. An office
that has a certificate of its own brings both files. The private key never leaves the folder. Of a key
that lies on a token (`monitor.evidence.hsm`) there is `k1.pkcs11` instead: its URI.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID, NameOID
from msgspec import Struct

from monitor.errors import ConfigError
from monitor.evidence.findings import told_time
from monitor.evidence.hsm import TokenKey, TokenUri
from monitor.store.permissions import FILE, make_folder

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "KeyEntry",
    "KeyFolder",
    "SigningKey",
    "fingerprint",
    "is_authority",
    "unfitness",
    "verify_signature",
]

_INDEX = "keys.json"
#: For how long a certificate is valid that livewatch makes for itself.
VALID = timedelta(days=3_653)
_TRIAL = b"livewatch: is this the key of its certificate?"


class KeyEntry(Struct, kw_only=True):
    """What is known of a key, without the key."""

    id: str
    fingerprint: str
    """SHA-256 of the public key (SubjectPublicKeyInfo), hexadecimal."""
    since: int
    """ms"""
    retired: int | None = None
    """When another key took its place, ms."""
    revoked: int | None = None
    """When it was found that others may have it, ms: only what was time-stamped before counts."""
    reason: str = ""


class SigningKey:
    """A private key with its certificate."""

    def __init__(
        self, entry: KeyEntry, private: ec.EllipticCurvePrivateKey, certificate: x509.Certificate
    ) -> None:
        self.entry = entry
        self.private = private
        self.certificate = certificate

    def sign(self, data: bytes) -> bytes:
        """ECDSA over SHA-256, DER."""
        return self.private.sign(data, ec.ECDSA(hashes.SHA256()))


class KeyFolder:
    """The keys of one monitor."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[KeyEntry]:
        """All keys, the one in use last; empty before the first start.

        Raises:
            ConfigError: the list cannot be read.
        """
        try:
            return msgspec.json.decode((self.folder / _INDEX).read_bytes(), type=list[KeyEntry])
        except FileNotFoundError:
            return []
        except (OSError, msgspec.MsgspecError) as error:
            raise ConfigError(f"cannot read {self.folder / _INDEX}: {error}") from error

    def current(self, organisation: str, now: int) -> SigningKey:
        """The key in use; made where there is none, or the last one was revoked.

        Args:
            organisation: who signs, in a certificate that is made now.
            now: ms.

        Raises:
            ConfigError: the folder or a key in it cannot be read or written.
        """
        entries = self.all()
        if not entries or entries[-1].revoked is not None:
            self._add(entries, None, organisation, now)
        entry = entries[-1]
        certificate = self.certificate(entry.id)
        named = self.folder / f"{entry.id}.pkcs11"
        if named.exists():
            try:
                uri = TokenUri.parse(named.read_text(encoding="utf-8"))
            except (OSError, UnicodeError) as error:
                raise ConfigError(f"cannot read {named}: {error}") from error
            return SigningKey(entry, TokenKey(uri, certificate.public_key()), certificate)
        return SigningKey(entry, _private(self.folder / f"{entry.id}.pem"), certificate)

    def certificate(self, key: str) -> x509.Certificate:
        """Certificate of a key.

        Raises:
            ConfigError: it cannot be read.
        """
        path = self.folder / f"{key}.crt"
        try:
            return x509.load_pem_x509_certificate(path.read_bytes())
        except (OSError, ValueError) as error:
            raise ConfigError(f"cannot read {path}: {error}") from error

    def rotate(
        self, organisation: str, now: int, bring: tuple[Path | TokenUri, Path] | None = None
    ) -> KeyEntry:
        """Puts a new key into use; the old ones stay, to check what they signed.

        Args:
            bring: a private key, as a file or on a token, and the file of its certificate, to take in
                instead of making them.

        Raises:
            ConfigError: a file cannot be read or written, the two do not belong together, the certificate
                is not valid now or none for signatures, or the token does not sign.
        """
        entries = self.all()
        self._add(entries, bring, organisation, now)
        return entries[-1]

    def revoke(self, key: str, reason: str, now: int) -> KeyEntry:
        """Says that others may have a key; the next head is signed with a new one.

        Raises:
            ConfigError: there is no such key, or the list cannot be written.
        """
        entries = self.all()
        for entry in entries:
            if entry.id == key:
                entry.revoked, entry.reason = entry.revoked or now, reason
                self._save(entries)
                return entry
        raise ConfigError(f"{self.folder} has no key {key}")

    def _add(
        self,
        entries: list[KeyEntry],
        bring: tuple[Path | TokenUri, Path] | None,
        organisation: str,
        now: int,
    ) -> None:
        make_folder(self.folder)
        if bring is None:
            private: ec.EllipticCurvePrivateKey = ec.generate_private_key(ec.SECP256R1())
            certificate = _self_signed(private, organisation, now)
        else:
            private, certificate = _brought(*bring)
            if (unfit := unfitness(certificate, now)) is not None:
                raise ConfigError(f"{bring[1]}: {unfit[0]}")
        name = f"k{1 + max((int(one.id[1:]) for one in entries), default=0)}"
        if bring is not None and isinstance(bring[0], TokenUri):
            _write(self.folder / f"{name}.pkcs11", f"{bring[0].text}\n".encode())
        else:
            pem = private.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            _write(self.folder / f"{name}.pem", pem)
        _write(self.folder / f"{name}.crt", certificate.public_bytes(serialization.Encoding.PEM))
        if entries and entries[-1].retired is None:
            entries[-1].retired = now
        entries.append(KeyEntry(id=name, fingerprint=fingerprint(certificate), since=now))
        self._save(entries)

    def _save(self, entries: list[KeyEntry]) -> None:
        _write(self.folder / _INDEX, msgspec.json.format(msgspec.json.encode(entries)))


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the public key."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(
        certificate.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return digest.finalize().hex()


def unfitness(certificate: x509.Certificate, at: int | None) -> tuple[str, str] | None:
    """Why a certificate may not vouch for a signature, in English and in Chinese; ``None``: it may.

    Args:
        at: when it was signed, ms; ``None``: nobody knows.
    """
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        pass
    except ValueError:
        return "its certificate cannot be read", "封签的证书不能读"
    else:
        # RFC 5280, 4.2.1.3.
        if not (usage.digital_signature or usage.content_commitment):
            return "its certificate is none for signatures", "封签的证书不得用于签名"
    begins, ends = (
        int(moment.timestamp() * 1_000)
        for moment in (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    )
    if at is None:
        return "it does not say when it was sealed", "没有写明何时封签"
    if begins <= at <= ends:
        return None
    span = f"{told_time(begins)} – {told_time(ends)}"
    return (
        f"its certificate is valid {span} (Beijing time), and not when it was sealed: {told_time(at)}",
        f"封签的证书有效期为 {span}（北京时间），封签时（{told_time(at)}）不在有效期内",
    )


def is_authority(certificate: x509.Certificate) -> bool:
    """May it issue certificates (RFC 5280, 4.2.1.9 and 4.2.1.3)."""
    try:
        extensions = certificate.extensions
        constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
        if not constraints.ca:
            return False
        return extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound as error:
        # Without a list of its uses an authority may use its key for all; without constraints it is none.
        return error.oid != ExtensionOID.BASIC_CONSTRAINTS
    except ValueError:
        return False


def verify_signature(certificate: x509.Certificate, signature: bytes, data: bytes) -> bool:
    """Is it a signature of this certificate's key (`SigningKey.sign`)."""
    try:
        public = certificate.public_key()
        if not isinstance(public, ec.EllipticCurvePublicKey):
            return False
        public.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        # Of a foreign certificate the key may be of a kind, or on a curve, that nobody knows.
        return False
    return True


def _brought(
    key: Path | TokenUri, file: Path
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """A key and a certificate of the office, which belong together."""
    try:
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read {file}: {error}") from error
    if isinstance(key, TokenUri):
        on_token = TokenKey(key, certificate.public_key())
        # Whether the two belong together only a signature shows.
        tried = on_token.sign(_TRIAL, ec.ECDSA(hashes.SHA256()))
        if not verify_signature(certificate, tried, _TRIAL):
            raise ConfigError(f"{file} is not the certificate of {key.object} on {key.token}")
        return on_token, certificate
    private = _private(key)
    if certificate.public_key() != private.public_key():
        raise ConfigError(f"{file} is not the certificate of {key}")
    return private, certificate


def _private(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        # Of a file that is no key nothing may get into a message.
        why = error.strerror if isinstance(error, OSError) else "no private key without a password"
        raise ConfigError(f"cannot read {path}: {why}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ConfigError(f"{path} is no key of ECDSA P-256")
    return key


def _self_signed(
    private: ec.EllipticCurvePrivateKey, organisation: str, now: int
) -> x509.Certificate:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation or "livewatch"),
            x509.NameAttribute(NameOID.COMMON_NAME, "livewatch evidence"),
        ]
    )
    begins = datetime.fromtimestamp(now // 1_000, UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins - timedelta(hours=1))
        .not_valid_after(begins + VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False
        )
        .sign(private, hashes.SHA256())
    )


def _write(path: Path, data: bytes) -> None:
    """Puts a whole file in place that its owner alone may read, or nothing."""
    beside = path.with_name(path.name + ".new")
    try:
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
