"""What `livewatch doctor` finds in the configuration and on the other side of it."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import importlib.util
import ipaddress
import os
import shutil
import ssl
import subprocess
import time
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.error import HTTPError
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

from msgspec import Struct
from yarl import URL

from monitor.config import Kafka
from monitor.errors import BrokerError, ConfigError, MigrationError, StoreUnreachable
from monitor.named_paths import why_no_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.config import Config, Ingest

__all__ = [
    "CLOCK_S",
    "Finding",
    "archive",
    "collected",
    "configured",
    "fail",
    "fine",
    "servers",
    "warn",
]

Verdict = Literal["ok", "warn", "fail"]
#: How far a clock may be off before the times of events and evidence are in doubt, s.
CLOCK_S = 2.0
#: How long a desk may take to say that it is ready, s, and how much of that is read, bytes.
DESK_S = 10.0
ANSWER_BYTES = 1 << 16
#: Sources that read sound and pictures, and by what they do: the package, and the extra that has it.
_MEDIA = ("speech", "screen")
_MEDIA_PACKAGES = {
    "whisper": ("ctranslate2", "speech-whisper"),
    "sense-voice": ("sherpa_onnx", "speech-sherpa"),
    "paraformer": ("sherpa_onnx", "speech-sherpa"),
    "screen": ("rapidocr", "ocr"),
}


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    what: str
    verdict: Verdict
    says: str
    mend: str = ""
    """What to do about it."""


def fine(what: str, says: str) -> Finding:
    """Nothing is wrong with it."""
    return Finding(what=what, verdict="ok", says=says)


def warn(what: str, says: str, mend: str) -> Finding:
    """It works, and may not for long, or not for everybody."""
    return Finding(what=what, verdict="warn", says=says, mend=mend)


def fail(what: str, says: str, mend: str) -> Finding:
    """It does not work."""
    return Finding(what=what, verdict="fail", says=says, mend=mend)


def configured(settings: Config) -> Iterator[Finding]:
    """The configuration with the files that it names."""
    from monitor.commands.preconditions import problems_of

    problems = list(problems_of(settings))
    for problem in problems:
        yield fail("configuration", problem, "mend that key, or make the file that it names")
    if not problems:
        yield fine("configuration", "can be used, with all that it names")
    yield from _secret_files(settings)
    if not settings.notify.channels:
        yield warn(
            "notifications",
            "no channel is configured: nobody is told of alerts who does not look",
            "[notify.channels.NAME] and [[notify.routes]] (docs/notifications.md)",
        )
    if not settings.evidence.authorities:
        yield warn(
            "time stamps",
            "no authority is configured: nobody outside testifies when something was recorded",
            "[[evidence.authorities]] (docs/evidence.md)",
        )


def collected(settings: Config) -> Iterator[Finding]:
    """The sources as far as they can be looked at without connecting; what hears and reads."""
    from monitor.sources.inspection import check_source

    async def look() -> list[Finding]:
        return [
            Finding(
                what=f"source {one.source}", verdict=one.verdict, says=f"{one.what}: {one.detail}",
                mend="livewatch sources check; docs/connectors.md",
            )
            for source in settings.sources
            if source.enabled
            async for one in check_source(source, offline=True)
            if one.verdict != "ok"
        ]  # fmt: skip

    yield from asyncio.run(look())
    media = [one for one in settings.sources if one.enabled and one.type in _MEDIA]
    if media and shutil.which("ffmpeg") is None:
        names = ", ".join(one.name for one in media)
        yield fail("ffmpeg", f"is missing; {names} cannot do without it", "apt-get install ffmpeg")
    for source in media:
        engine = str(source.options.get("engine", source.type))
        package, extra = _MEDIA_PACKAGES.get(engine, ("", ""))
        if package and importlib.util.find_spec(package) is None:
            yield fail(
                f"source {source.name}", f"{engine} needs {package}, which is not installed",
                f"pip install 'livewatch[{extra}]'",
            )  # fmt: skip


def archive(settings: Config, data: Path | None) -> Iterator[Finding]:
    """Where what arrived is kept for years."""
    from monitor.archive.depot import DepotError, depot_of

    configured = settings.archive
    if configured.to == "off":
        yield warn(
            "archive",
            f"off: events go after {settings.retention.log_days:g} days, but for those that alerts"
            " name, and received frames are not kept",
            'archive.to = "folder" or "s3", with the extra livewatch[archive] (docs/evidence.md)',
        )
        return
    if configured.to == "folder" and configured.folder is None and data is None:
        return
    try:
        depot = depot_of(configured, data if data is not None else Path())
        assert depot is not None  # noqa: S101 - it is not off
        yield fine("archive", depot.look())
    except ConfigError as error:
        yield fail("archive", str(error), "docs/evidence.md, “The archive”")
        return
    except DepotError as error:
        yield fail("archive", str(error), "until it can be written, the log keeps everything")
        return
    if configured.to == "s3" and configured.lock == "off":
        yield warn(
            "archive",
            "the bucket does not keep its files from being deleted",
            'archive.lock = "compliance" and archive.lock_days, in a bucket with Object Lock',
        )
    for kind, days in (("events", configured.events_days), ("raw", configured.raw_days)):
        if configured.lock != "off" and days and days < configured.lock_days:
            yield warn(
                "archive",
                f"archive.{kind}_days is {days:g}, and the store locks each file for"
                f" {configured.lock_days:g} days",
                "files are purged when the lock has ended",
            )


def _secret_files(settings: Config) -> Iterator[Finding]:
    """Files of secrets that others may read."""
    names = {
        value
        for section in (settings.ingest, settings.store, settings.kafka, settings.archive)
        for key in section.__struct_fields__
        if key.endswith(("token_file", "password_file", "key_file"))
        and (value := getattr(section, key)) is not None
    }
    for channel in settings.notify.channels.values():
        for key in ("url_file", "secret_file", "password_file"):
            if (value := getattr(channel, key, None)) is not None:
                names.add(value)
    for sender in settings.ingest.senders.values():
        names.update(name for name in (sender.secrets_file, sender.token_file) if name)
    for name in sorted(names):
        if why_no_file(name) is not None:
            continue  # its own check tells that
        path = Path(name)
        if not os.access(path, os.R_OK):
            yield fail(
                "secrets", f"{name} cannot be read by {getpass.getuser()}", f"chown it: {name}"
            )
        elif path.stat().st_mode & 0o077:
            yield warn(
                "secrets",
                f"{name} can be read by others ({path.stat().st_mode & 0o777:03o})",
                f"chmod 600 {name}",
            )


def servers(settings: Config, *, kafka: bool) -> Iterator[Finding]:
    """Databases, brokers, authorities of time stamps, and what draws reports."""
    if settings.store.url is not None:
        yield _postgres(settings)
    if kafka or settings.kafka != Kafka():
        yield _brokers(settings)
    if settings.ingest.captures_to is not None:
        yield from _desk(settings.ingest)
    for authority in settings.evidence.authorities:
        yield _authority(authority)
    yield _fonts()


def _postgres(settings: Config) -> Finding:
    from monitor.commands.db import configured_url
    from monitor.store.migrate import pending, shipped
    from monitor.store.postgres import check_database, connect_engine

    try:
        engine = connect_engine(configured_url(settings), readonly=True)
    except (ConfigError, StoreUnreachable) as error:
        return fail("postgresql", str(error), "docs/postgresql.md")
    import sqlalchemy as sa

    try:
        with engine.connect() as connection:
            check_database(connection)
            missing = pending(connection, shipped("postgresql"))
            theirs = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    except (StoreUnreachable, MigrationError) as error:
        return fail("postgresql", str(error), "docs/postgresql.md")
    except sa.exc.OperationalError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        return fail("postgresql", f"cannot be reached: {reason}", "is it up, is the network?")
    finally:
        engine.dispose()
    if missing:
        return warn(
            "postgresql", f"{len(missing)} steps of the schema are missing",
            "livewatch db migrate; a desk does it when it starts",
        )  # fmt: skip
    return _by_its_clock(
        "postgresql", int(theirs.timestamp() * 1000),
        "can be reached, keeps Chinese text, and has this version's schema",
    )  # fmt: skip


def _brokers(settings: Config) -> Finding:
    if importlib.util.find_spec("aiokafka") is None:
        return fail("kafka", "the extra is not installed", "pip install 'livewatch[kafka]'")
    from monitor.pipeline.kafka.reading import newest
    from monitor.pipeline.kafka.topics import TopicNames, check_topics

    try:
        problems = asyncio.run(check_topics(settings))
        events = TopicNames.of(settings.kafka.prefix).events
        theirs_ms = None if problems else asyncio.run(newest(settings.kafka, events))
    except (BrokerError, ConfigError) as error:
        return fail("kafka", str(error), "are the brokers up, do address and password hold?")
    if problems:
        mend = (
            "what is missing: livewatch topics create. What is otherwise: set the topic to it, or the"
            " configuration to the topic (docs/kafka.md, “Topics”); partitions cannot be changed. What may"
            " not be done: kafka-acls.sh --add --allow-principal User:NAME"
        )
        return fail("kafka", "; ".join(problems), mend)
    says = f"{settings.kafka.brokers} answers, and all topics are as configured"
    if theirs_ms is None:
        return fine("kafka", f"{says}; there is no event yet by which to compare clocks")
    # An old record says nothing of a clock that is behind; one of the future does of one ahead.
    age_s = time.time_ns() / 1e9 - theirs_ms / 1e3
    if age_s < -(CLOCK_S + 1):
        return warn(
            "kafka", f"{says}; by the brokers' clock the newest event comes in {-age_s:.0f} s",
            "run chrony or systemd-timesyncd on both: arrival is measured by the brokers' clock",
        )  # fmt: skip
    return fine("kafka", f"{says}; the newest event came {max(age_s, 0):.0f} s ago by their clock")


def _desk(ingest: Ingest) -> Iterator[Finding]:
    """Whether screenshots of senders would reach the desk, and who could read them on the way."""
    what, address = "screenshots", URL(ingest.captures_to or "")
    if address.scheme == "http" and not _is_here(address):
        yield warn(
            what, f"go to {address} in the clear, with the secrets in senders' addresses",
            "https:// in ingest.captures_to, and server.tls_cert at the desk (docs/evidence.md)",
        )  # fmt: skip
    if not any(one.secrets_file or one.token_file for one in ingest.senders.values()):
        yield warn(
            what, "no sender has a secret, so nobody's can be handed on",
            "secrets_file or token_file in [ingest.senders.NAME] (docs/running.md, “Webhooks”)",
        )  # fmt: skip
    mend = (
        "is the desk up, do address, ingest.captures_ca_file and firewall hold? (docs/evidence.md)"
    )
    try:
        tls = ssl.create_default_context(cafile=ingest.captures_ca_file)
        # No proxy between, as when screenshots are handed on.
        opener = build_opener(ProxyHandler({}), HTTPSHandler(context=tls))
        with opener.open(str(address / "readyz"), timeout=DESK_S) as answer:
            answered, ready = answer.status, answer.read(ANSWER_BYTES)
    except HTTPError as error:
        answered, ready = error.code, error.read(ANSWER_BYTES)
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        yield fail(what, f"the desk at {address} cannot be reached: {reason}", mend)
        return
    if b'"ready"' not in ready:
        yield fail(what, f"what answers at {address} (HTTP {answered}) is no desk", mend)
    elif answered != 200:
        yield warn(what, f"the desk at {address} is not ready", "its log and /readyz say why")
    else:
        yield fine(what, f"the desk at {address} answers and is ready")


def _is_here(address: URL) -> bool:
    """Does an address lead to this machine?"""
    host = address.host or ""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def _authority(authority: object) -> Finding:
    from monitor.config import Authority

    assert isinstance(authority, Authority)  # noqa: S101 - an element of the list
    what, probe = f"time stamps of {authority.name}", b"livewatch doctor"
    try:
        from monitor.evidence.stamps import BadStamp, stamp, states
    except ImportError as error:
        return fail(what, f"{error.name} is not installed", "pip install -r requirements/run.txt")
    try:
        answer = stamp(authority, probe)
    except (BadStamp, ConfigError) as error:
        return fail(what, str(error), "its address, its certificate, the firewall")
    return _by_its_clock(what, states(answer, probe), "it stamps, and its stamp holds")


def _by_its_clock(what: str, theirs_ms: int, says: str) -> Finding:
    """A server works; whether its clock and ours are one."""
    ahead_s = (time.time_ns() // 1_000_000 - theirs_ms) / 1000
    # A stamp may be in whole seconds, and on the way for one.
    if abs(ahead_s) > CLOCK_S + 1:
        return warn(
            what, f"{says}; by its clock ours is {ahead_s:+.0f} s off",
            "run chrony or systemd-timesyncd on both",
        )  # fmt: skip
    return fine(what, says)


def _fonts() -> Finding:
    if importlib.util.find_spec("weasyprint") is None:
        return fine("reports", "the extra `report` is not installed: bundles come without a PDF")
    tool = shutil.which("fc-list")
    if tool is None:
        return warn("reports", "fontconfig is missing", "apt-get install fontconfig fonts-noto-cjk")
    done = subprocess.run(  # noqa: S603 - found above, with our own words
        [tool, ":lang=zh", "family"], capture_output=True, check=False
    )
    if not done.stdout.strip():
        return fail("reports", "no font has Chinese characters", "apt-get install fonts-noto-cjk")
    return fine("reports", "a font with Chinese characters is there")
