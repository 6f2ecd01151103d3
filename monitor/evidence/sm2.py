"""A second signature of a bundle, by SM2 with SM3 (GB/T 32918, 32905), for whoever asks for one.

Made and checked by the `openssl` program: no kept library of Python has SM2 under a licence of ours, and
OpenSSL 3.0 has it as a bare signature (its CMS and its time stamps do not take such keys). The signer's
id is the standard's own, `1234567812345678`, as other tools take it where nobody says another.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import ConfigError

if TYPE_CHECKING:
    from monitor.config import Evidence

__all__ = ["sign", "signer_of", "verify"]

ID = "distid:1234567812345678"
TIMEOUT_S = 30


def signer_of(settings: Evidence) -> tuple[Path, bytes] | None:
    """Key and certificate of the signature by SM2; ``None``: nobody wants one.

    Raises:
        ConfigError: a file is not named, or cannot be read.
    """
    if settings.sm2_key_file is None:
        return None
    if settings.sm2_certificate_file is None:
        raise ConfigError("evidence.sm2_key_file comes with evidence.sm2_certificate_file")
    try:
        return Path(settings.sm2_key_file), Path(settings.sm2_certificate_file).read_bytes()
    except OSError as error:
        raise ConfigError(
            f"evidence.sm2_certificate_file: cannot read {settings.sm2_certificate_file}:"
            f" {error.strerror}"
        ) from error


def sign(data: bytes, key: Path, certificate: bytes) -> bytes:
    """The signature, DER.

    Args:
        key: a file with the private key, PEM without a password.
        certificate: PEM; the signature is held against it before it is given out.

    Raises:
        ConfigError: there is no `openssl`, the key is none of SM2, or of another certificate.
    """
    if shutil.which("openssl") is None:
        raise ConfigError("evidence.sm2_key_file: a signature by SM2 needs the program openssl")
    with tempfile.TemporaryDirectory(prefix="livewatch-sm2-") as folder:
        made, signed = Path(folder, "sig"), Path(folder, "data")
        signed.write_bytes(data)
        done = _openssl(
            "pkeyutl", "-sign", "-rawin", "-digest", "sm3", "-inkey", str(key.absolute()),
            "-passin", "pass:", "-pkeyopt", ID, "-in", str(signed), "-out", str(made),
        )  # fmt: skip
        if not done or not made.is_file():
            raise ConfigError(f"evidence.sm2_key_file: {key} is no key of SM2 that can be read")
        signature = made.read_bytes()
    if not verify(signature, data, certificate):
        raise ConfigError(
            "evidence.sm2_certificate_file is not the certificate of evidence.sm2_key_file"
        )
    return signature


def verify(signature: bytes, data: bytes, certificate: bytes) -> bool | None:
    """Is it a signature of this certificate's key; ``None``: nobody can say so on this machine.

    Args:
        certificate: PEM, as somebody sent it.
    """
    if shutil.which("openssl") is None:
        return None
    with tempfile.TemporaryDirectory(prefix="livewatch-sm2-") as folder:
        files = {name: Path(folder, name) for name in ("data", "sig", "crt", "pub")}
        files["data"].write_bytes(data)
        files["sig"].write_bytes(signature)
        files["crt"].write_bytes(certificate)
        return _openssl(
            "x509", "-in", str(files["crt"]), "-pubkey", "-noout", "-out", str(files["pub"])
        ) and _openssl(
            "pkeyutl", "-verify", "-rawin", "-digest", "sm3", "-pubin", "-inkey",
            str(files["pub"]), "-pkeyopt", ID, "-in", str(files["data"]), "-sigfile",
            str(files["sig"]),
        )  # fmt: skip


def _openssl(*arguments: str) -> bool:
    """Did it do what it was asked; what it says may hold parts of a key, and is thrown away."""
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and every argument is ours
            ["openssl", *arguments],  # noqa: S607 - of whatever path the system has it on
            stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=TIMEOUT_S,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
