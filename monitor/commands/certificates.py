"""What `livewatch doctor` finds of certificates: until when each that the monitor works with holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.commands.examination import fail, fine, warn
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.commands.examination import Finding
    from monitor.config import Config

__all__ = ["certificates"]

#: Days before its end in which somebody should see to a certificate.
SOON = timedelta(days=30)


def certificates(settings: Config, data: Path | None) -> Iterator[Finding]:
    """Each certificate that is configured, or lies with the keys of evidence."""
    try:
        for what, path, renew in _named(settings, data):
            yield from _looked_at(what, path, renew)
    except ConfigError as error:
        yield fail("evidence keys", str(error), "docs/evidence.md, “Keys”; a backup of the folder")


def _named(settings: Config, data: Path | None) -> Iterator[tuple[str, Path, str]]:
    from monitor.evidence.keeper import keys_folder
    from monitor.evidence.keys import KeyFolder

    if settings.server.tls_cert is not None:
        renew = "put the new one in its place: a running monitor takes it up by itself"
        yield "tls certificate", Path(settings.server.tls_cert), renew
    if data is not None or settings.evidence.keys is not None:
        keys = KeyFolder(keys_folder(data or Path(), settings.evidence))
        in_use = [entry for entry in keys.all() if entry.retired is None and entry.revoked is None]
        for entry in in_use:
            renew = "livewatch evidence keys rotate (docs/evidence.md, “Keys”)"
            yield f"evidence key {entry.id}", keys.folder / f"{entry.id}.crt", renew
    if settings.evidence.sm2_certificate_file is not None:
        renew = "a new one from whoever issued it (docs/evidence.md, “Keys”)"
        yield "sm2 certificate", Path(settings.evidence.sm2_certificate_file), renew
    for authority in settings.evidence.authorities:
        renew = "the authority's newer roots, in roots_file"
        yield f"roots of {authority.name}", Path(authority.roots_file), renew


def _looked_at(what: str, path: Path, renew: str) -> Iterator[Finding]:
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
        end = min(one.not_valid_after_utc for one in found)
    except OSError as error:
        yield fail(what, f"{path} cannot be read: {error.strerror}", "its rights, and its place")
        return
    except ValueError as error:
        yield fail(
            what, f"{path} holds no certificate: {error}", "PEM, as `openssl x509` writes it"
        )
        return
    left = end - datetime.now(UTC)
    if left < timedelta():
        yield fail(what, f"{path} has ended on {end:%Y-%m-%d}", renew)
    elif left < SOON:
        yield warn(what, f"{path} ends on {end:%Y-%m-%d}, in {left.days} days", renew)
    else:
        yield fine(what, f"{path} holds until {end:%Y-%m-%d}")
