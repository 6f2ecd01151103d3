"""A bucket of S3 as the place of the archive: the eight requests that it needs, signed.

Signature Version 4 is forty lines of the standard library; boto3 with botocore would be 25 MB and
40 MB of memory. Each file is one PUT, which S3 takes whole or not at all, so there are no parts of
uploads to clear away. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

from monitor.archive.depot import DepotError, Locked, Missing
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from monitor.config import Archive

__all__ = ["S3Depot"]

#: Bytes of an answer that is no file.
MOST_XML = 4 * 2**20
#: Bytes of a file that is read.
MOST_FILE = 512 * 2**20
#: Of a lock or hold that forbids what was asked.
_LOCKED = ("AccessDenied", "InvalidRequest", "ObjectLocked", "MethodNotAllowed")


class _Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """S3's own word for what is wrong."""
        return _text(self.body, "Code")

    def __str__(self) -> str:
        says = _text(self.body, "Message") or self.code
        return f"{self.status} {self.code} {says}".strip()


class S3Depot:
    """One bucket, or what lies under a prefix of it."""

    def __init__(self, settings: Archive, access_key: str, secret_key: str) -> None:
        self._settings = settings
        self._access_key = access_key
        self._secret = secret_key
        self._url = urlsplit(settings.endpoint or "")
        self._context = (
            ssl.create_default_context(cafile=settings.ca_file)
            if self._url.scheme == "https"
            else None
        )

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
        try:
            return cls(settings, settings.access_key or "", secret)
        except OSError as error:
            raise ConfigError(f"archive.ca_file: cannot read {settings.ca_file}") from error

    def put(self, name: str, data: bytes, *, held: bool) -> str:
        """Puts an object; one of this name is left if its bytes are the same."""
        headers = {
            "content-type": "application/octet-stream",
            "content-md5": base64.b64encode(
                hashlib.md5(data, usedforsecurity=False).digest()
            ).decode(),
            "if-none-match": "*",
        }
        if self._settings.lock != "off":
            until = datetime.now(UTC) + timedelta(days=self._settings.lock_days)
            headers["x-amz-object-lock-mode"] = self._settings.lock.upper()
            headers["x-amz-object-lock-retain-until-date"] = f"{until:%Y-%m-%dT%H:%M:%SZ}"
            if held:
                headers["x-amz-object-lock-legal-hold"] = "ON"
        answer = self._ask("PUT", name, body=data, headers=headers)
        if answer.status == 412 or (
            answer.status == 409 and answer.code == "ConditionalRequestConflict"
        ):
            # It was put before, by a process that was killed before it could note that.
            there = self._ask("GET", name)
            if there.status == 200 and there.body == data:
                return there.headers.get("x-amz-version-id", "")
            raise DepotError(f"{name} is in the bucket, with other bytes")
        if answer.status != 200:
            raise DepotError(f"the store did not take {name}: {answer}")
        return answer.headers.get("x-amz-version-id", "")

    def get(self, name: str, version: str) -> bytes:
        """The bytes of an object."""
        answer = self._ask("GET", name, _version(version))
        if answer.status == 404:
            raise Missing(f"{name} is not in the bucket")
        if answer.status != 200:
            raise DepotError(f"the store did not give {name}: {answer}")
        return answer.body

    def remove(self, name: str, version: str) -> None:
        """Deletes this version of an object; a delete without it would only hide it."""
        answer = self._ask("DELETE", name, _version(version))
        if answer.status in (200, 204, 404):
            return
        if answer.status in (400, 403, 405) and answer.code in _LOCKED:
            raise Locked(f"{answer}{self._lock_of(name, version)}")
        raise DepotError(f"the store did not delete {name}: {answer}")

    def _lock_of(self, name: str, version: str) -> str:
        """Until when it is locked, where the store says so."""
        found = self._ask("GET", name, {"retention": "", **_version(version)})
        until = _text(found.body, "RetainUntilDate") if found.status == 200 else ""
        held = self._ask("GET", name, {"legal-hold": "", **_version(version)})
        hold = held.status == 200 and _text(held.body, "Status") == "ON"
        return (f"; locked until {until}" if until else "") + ("; under legal hold" if hold else "")

    def hold(self, name: str, version: str, on: bool) -> None:
        """Sets or lifts the legal hold; nothing where the bucket is used without locks."""
        if self._settings.lock == "off":
            return
        body = f"<LegalHold><Status>{'ON' if on else 'OFF'}</Status></LegalHold>".encode()
        md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        answer = self._ask(
            "PUT", name, {"legal-hold": "", **_version(version)}, body, {"content-md5": md5}
        )
        if answer.status != 200:
            raise DepotError(f"the store did not set the hold of {name}: {answer}")

    def names(self) -> Iterator[str]:
        """Names of the objects, without the prefix."""
        prefix = self._settings.prefix
        token = ""
        while True:
            query = {"list-type": "2", "prefix": prefix}
            if token:
                query["continuation-token"] = token
            answer = self._ask("GET", None, query)
            if answer.status != 200:
                raise DepotError(f"the store did not list {self._settings.bucket}: {answer}")
            root = _parsed(answer.body)
            for entry in root.iter():
                if entry.tag.rpartition("}")[2] == "Key" and entry.text:
                    yield entry.text.removeprefix(prefix)
            token = _text(answer.body, "NextContinuationToken")
            if not token:
                return

    def look(self) -> str:
        """Is the bucket there, and does it lock where the configuration says so."""
        bucket = self._settings.bucket
        answer = self._ask("HEAD", None)
        if answer.status != 200:
            raise DepotError(
                f"the bucket {bucket} cannot be used: {answer.status}"
                f"{' (is the key right?)' if answer.status == 403 else ''}"
            )
        if self._settings.lock == "off":
            return f"bucket {bucket} at {self._url.netloc}"
        answer = self._ask("GET", None, {"object-lock": ""})
        if answer.status != 200 or _text(answer.body, "ObjectLockEnabled") != "Enabled":
            raise DepotError(
                f"archive.lock is set, and the bucket {bucket} was made without Object Lock"
            )
        return (
            f"bucket {bucket} at {self._url.netloc}, each file locked ({self._settings.lock}) "
            f"for {self._settings.lock_days:g} days"
        )

    # Requests

    def _ask(
        self,
        method: str,
        name: str | None,
        query: Mapping[str, str] | None = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> _Answer:
        """
        Raises:
            DepotError: nobody answers, or not in time.
        """
        key = "" if name is None else f"/{quote(self._settings.prefix + name, safe='/-_.~')}"
        path = f"{quote(self._url.path.rstrip('/'))}/{self._settings.bucket}{key}"
        asked = "&".join(
            f"{quote(one, safe='-_.~')}={quote(value, safe='-_.~')}"
            for one, value in sorted((query or {}).items())
        )
        signed = self._signed(method, path, asked, body, headers or {}, datetime.now(UTC))
        connection = self._connection()
        try:
            connection.request(method, f"{path}?{asked}" if asked else path, body or None, signed)
            answer = connection.getresponse()
            most = MOST_FILE if method == "GET" and name is not None else MOST_XML
            found = answer.read(most + 1)
            if len(found) > most:
                raise DepotError(f"an answer of the store is longer than {most:,} bytes")
            length = answer.headers.get("content-length")
            if method != "HEAD" and length is not None and int(length) != len(found):
                raise DepotError("an answer of the store was cut off")
            known = {one.lower(): value for one, value in answer.headers.items()}
            return _Answer(answer.status, known, found)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise DepotError(f"the store at {self._url.netloc} does not answer: {error}") from error
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        host, port, limit = self._url.hostname or "", self._url.port, self._settings.timeout_s
        if self._context is None:
            return http.client.HTTPConnection(host, port, timeout=limit)
        return http.client.HTTPSConnection(host, port, timeout=limit, context=self._context)

    def _signed(
        self,
        method: str,
        path: str,
        query: str,
        body: bytes,
        headers: Mapping[str, str],
        now: datetime,
    ) -> dict[str, str]:
        moment, day = f"{now:%Y%m%dT%H%M%SZ}", f"{now:%Y%m%d}"
        digest = hashlib.sha256(body).hexdigest()
        sent = {
            **headers,
            "host": self._url.netloc,
            "x-amz-content-sha256": digest,
            "x-amz-date": moment,
        }
        names = ";".join(sorted(sent))
        lines = "".join(f"{name}:{sent[name].strip()}\n" for name in sorted(sent))
        request = "\n".join((method, path, query, lines, names, digest))
        scope = f"{day}/{self._settings.region}/s3/aws4_request"
        hashed = hashlib.sha256(request.encode()).hexdigest()
        key = f"AWS4{self._secret}".encode()
        for part in (day, self._settings.region, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashed}"
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        sent["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self._access_key}/{scope},"
            f"SignedHeaders={names},Signature={signature}"
        )
        return sent


def _version(version: str) -> dict[str, str]:
    return {"versionId": version} if version and version != "null" else {}


def _parsed(body: bytes) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(body)  # noqa: S314 - of the office's own store, bounded
    except ElementTree.ParseError as error:
        raise DepotError(f"an answer of the store is no XML: {error}") from error


def _text(body: bytes, name: str) -> str:
    """Text of the first element of this name, empty where there is none."""
    if not body.lstrip().startswith(b"<"):
        return ""
    for entry in _parsed(body).iter():
        if entry.tag.rpartition("}")[2] == name:
            return entry.text or ""
    return ""
