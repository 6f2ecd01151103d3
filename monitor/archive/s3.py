"""A bucket of S3 as the place of the archive, through botocore (Apache-2.0).

Each file is one PUT, which S3 takes whole or not at all, so there are no parts of uploads to clear away.
What may not be written over is put only where nothing is (`If-None-Match`).
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from monitor.archive.depot import DepotError, Locked, Missing
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.config import Archive

__all__ = ["S3Depot"]

#: Bytes of a file that is read.
MOST_FILE = 512 * 2**20
#: Of a lock or hold that forbids what was asked.
_LOCKED = ("AccessDenied", "InvalidRequest", "ObjectLocked", "MethodNotAllowed")


class S3Depot:
    """One bucket, or what lies under a prefix of it."""

    def __init__(self, settings: Archive, access_key: str, secret_key: str) -> None:
        """
        Raises:
            ConfigError: what speaks S3 is not installed, or the file of certificates cannot be read.
        """
        self._settings = settings
        self._place = urlsplit(settings.endpoint or "").netloc
        if settings.ca_file is not None and not Path(settings.ca_file).is_file():
            raise ConfigError(f"archive.ca_file: cannot read {settings.ca_file}")
        self.client = _client(settings, access_key, secret_key)
        """Of botocore."""

    @classmethod
    def of(cls, settings: Archive) -> S3Depot:
        """
        Raises:
            ConfigError: a key is missing, or the file of the secret cannot be read.
        """
        for key in ("endpoint", "bucket", "access_key"):
            if not getattr(settings, key):
                raise ConfigError(f'archive.{key}: archive.to = "s3" needs it')
        secret = settings.secret_key
        if secret is None:
            if settings.secret_key_file is None:
                raise ConfigError('archive.secret_key_file: archive.to = "s3" needs it')
            try:
                secret = Path(settings.secret_key_file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(
                    f"archive.secret_key_file: cannot read {settings.secret_key_file}"
                ) from error
        if not secret:
            raise ConfigError("archive.secret_key_file: the file is empty")
        if (settings.lock == "off") == bool(settings.lock_days):
            raise ConfigError("archive.lock and archive.lock_days belong together")
        return cls(settings, settings.access_key or "", secret)

    def put(self, name: str, data: bytes, *, held: bool) -> str:
        """Puts an object; one of this name is left if its bytes are the same."""
        asked: dict[str, Any] = {
            "Body": data,
            "ContentType": "application/octet-stream",
            "ContentMD5": base64.b64encode(
                hashlib.md5(data, usedforsecurity=False).digest()
            ).decode(),
            "IfNoneMatch": "*",
        }
        if self._settings.lock != "off":
            asked["ObjectLockMode"] = self._settings.lock.upper()
            asked["ObjectLockRetainUntilDate"] = datetime.now(UTC) + timedelta(
                days=self._settings.lock_days
            )
            if held:
                asked["ObjectLockLegalHoldStatus"] = "ON"
        try:
            return _version_of(self._ask("put_object", name, **asked))
        except Refused as error:
            if error.code not in ("PreconditionFailed", "ConditionalRequestConflict", "412"):
                raise DepotError(f"the store did not take {name}: {error}") from error
        # It was put before, by a process that was killed before it could note that.
        there = self._ask("get_object", name)
        if _body(there) == data:
            return _version_of(there)
        raise DepotError(f"{name} is in the bucket, with other bytes")

    def get(self, name: str, version: str) -> bytes:
        """The bytes of an object."""
        try:
            return _body(self._ask("get_object", name, **_version(version)))
        except Refused as error:
            if error.status == 404:
                raise Missing(f"{name} is not in the bucket") from error
            raise DepotError(f"the store did not give {name}: {error}") from error

    def remove(self, name: str, version: str) -> None:
        """Deletes this version of an object; a delete without it would only hide it.

        Without a version it is the one that is there now.
        """
        try:
            if not version:
                version = _version_of(self._ask("head_object", name))
            self._ask("delete_object", name, **_version(version))
        except Refused as error:
            if error.status == 404:
                return
            if error.status in (400, 403, 405) and error.code in _LOCKED:
                raise Locked(f"{error}{self._lock_of(name, version)}") from error
            raise DepotError(f"the store did not delete {name}: {error}") from error

    def _lock_of(self, name: str, version: str) -> str:
        """Until when it is locked, where the store says so."""
        said = ""
        try:
            kept = self._ask("get_object_retention", name, **_version(version))["Retention"]
            said += f"; locked until {kept['RetainUntilDate']:%Y-%m-%dT%H:%M:%SZ}"
        except (Refused, KeyError):
            pass
        try:
            hold = self._ask("get_object_legal_hold", name, **_version(version))
            said += "; under legal hold" if hold["LegalHold"]["Status"] == "ON" else ""
        except (Refused, KeyError):
            pass
        return said

    def hold(self, name: str, version: str, on: bool) -> None:
        """Sets or lifts the legal hold; nothing where the bucket is used without locks."""
        if self._settings.lock == "off":
            return
        status = {"Status": "ON" if on else "OFF"}
        try:
            self._ask("put_object_legal_hold", name, LegalHold=status, **_version(version))
        except Refused as error:
            raise DepotError(f"the store did not set the hold of {name}: {error}") from error

    def names(self) -> Iterator[str]:
        """Names of the objects, without the prefix."""
        prefix = self._settings.prefix
        asked: dict[str, Any] = {"Prefix": prefix}
        while True:
            try:
                found = self._ask("list_objects_v2", None, **asked)
            except Refused as error:
                raise DepotError(
                    f"the store did not list {self._settings.bucket}: {error}"
                ) from error
            for entry in found.get("Contents", ()):
                yield entry["Key"].removeprefix(prefix)
            if not found.get("NextContinuationToken"):
                return
            asked["ContinuationToken"] = found["NextContinuationToken"]

    def look(self) -> str:
        """Is the bucket there, and does it lock where the configuration says so."""
        bucket = self._settings.bucket
        try:
            self._ask("head_bucket", None)
        except Refused as error:
            raise DepotError(
                f"the bucket {bucket} cannot be used: {error.status}"
                f"{' (is the key right?)' if error.status == 403 else ''}"
            ) from error
        if self._settings.lock == "off":
            return f"bucket {bucket} at {self._place}"
        try:
            told = self._ask("get_object_lock_configuration", None)
            locks = told["ObjectLockConfiguration"]["ObjectLockEnabled"] == "Enabled"
        except (Refused, KeyError):
            locks = False
        if not locks:
            raise DepotError(
                f"archive.lock is set, and the bucket {bucket} was made without Object Lock"
            )
        return (
            f"bucket {bucket} at {self._place}, each file locked ({self._settings.lock}) "
            f"for {self._settings.lock_days:g} days"
        )

    def _ask(self, operation: str, name: str | None, **asked: Any) -> dict[str, Any]:
        """
        Raises:
            Refused: the store says no.
            DepotError: nobody answers, or not in time.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        asked["Bucket"] = self._settings.bucket
        if name is not None:
            asked["Key"] = self._settings.prefix + name
        try:
            answer: dict[str, Any] = getattr(self.client, operation)(**asked)
            if "Body" in answer:
                # Read here, where what breaks off is known for what it is.
                answer["Body"] = answer["Body"].read(MOST_FILE + 1)
        except ClientError as error:
            raise Refused(error.response) from error
        except (BotoCoreError, OSError, ValueError) as error:
            raise DepotError(f"the store at {self._place} does not answer: {error}") from error
        return answer


class Refused(DepotError):
    """The store says no, in its own words."""

    def __init__(self, response: dict[str, Any]) -> None:
        told = response.get("Error", {})
        self.code = str(told.get("Code", ""))
        self.status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        words = told.get("Message") or self.code
        super().__init__(f"{self.status} {self.code} {words}".strip())


def _client(settings: Archive, access_key: str, secret_key: str) -> Any:
    try:
        from botocore.config import Config
        from botocore.session import Session
    except ImportError:
        raise ConfigError(
            'archive.to = "s3", and what speaks S3 is not installed: '
            "pip install 'livewatch[archive]'"
        ) from None
    # Nothing of the environment: no profile, no proxy. What fails is tried again by the archiver.
    session = Session(session_vars={"profile": (None, None, None, None)})
    return session.create_client(
        "s3",
        region_name=settings.region,
        endpoint_url=settings.endpoint,
        verify=settings.ca_file if settings.ca_file is not None else True,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            connect_timeout=settings.timeout_s,
            read_timeout=settings.timeout_s,
            retries={"total_max_attempts": 1},
            proxies={},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _body(answer: dict[str, Any]) -> bytes:
    body: bytes = answer["Body"]
    if len(body) > MOST_FILE:
        raise DepotError(f"a file of the store is longer than {MOST_FILE:,} bytes")
    return body


def _version_of(answer: dict[str, Any]) -> str:
    return str(answer.get("VersionId") or "")


def _version(version: str) -> dict[str, str]:
    return {"VersionId": version} if version and version != "null" else {}
