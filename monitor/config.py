"""The configuration: one `livewatch.toml`, checked when it is read, each key overridable.

A key `section.key` is overridden by the environment variable `LIVEWATCH__SECTION__KEY`. A key
that does not exist is an error, wherever it comes from: a misspelt limit must not pass silently.
Secrets are never in the file: `token_file` names a file that holds the token, and
`LIVEWATCH__INGEST__TOKEN` may hold it instead.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta, Struct

from detectors.events import Key, Name
from monitor.access.settings import SignIn
from monitor.bounds import Bytes, Count, Days, DaysOrNever, NotNegative, Seconds
from monitor.errors import ConfigError
from monitor.notify.settings import Notify
from monitor.sources.settings import Collection, SourceSettings
from monitor.store.rows import Reopening
from monitor.tracing.settings import Traces

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "FILE_NAME",
    "Archive",
    "Authority",
    "Collection",
    "Config",
    "Evidence",
    "Ingest",
    "Kafka",
    "Log",
    "Notify",
    "Pipeline",
    "Retention",
    "Rules",
    "Sender",
    "Server",
    "SignIn",
    "SourceSettings",
    "Store",
    "Traces",
    "load_config",
]

FILE_NAME = "livewatch.toml"
PREFIX = "LIVEWATCH__"
#: Keys that a variable gives with commas.
_LISTS = frozenset({"names", "packs", "trusted_proxies", "metrics_from"})

Port = Annotated[int, Meta(ge=0, le=65_535)]


class Server(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Where the console and the API answer."""

    host: str = "127.0.0.1"
    """Address to bind; one that other machines reach needs `allow_remote`."""
    allow_remote: bool = False
    """Other machines may reach console and API. Until the first user is made, whoever does may do
    all; and without `tls_cert` whoever listens on the way reads along."""
    port: Port = 8080
    """0: any free port."""
    names: list[str] = []
    """Host names under which the console may be called, beside addresses and localhost."""
    tls_cert: str | None = None
    """File of the server's own certificate and those above it (PEM); it speaks HTTPS then."""
    tls_key: str | None = None
    """File of the key that belongs to it (PEM)."""
    trusted_proxies: list[str] = []
    """Addresses or networks of proxies whose word on client and scheme (`X-Forwarded-For`,
    `X-Forwarded-Proto`) is taken."""
    shutdown_s: Annotated[float, Meta(ge=0, le=300)] = 5.0
    """How long open requests may take to end."""
    max_connections: Annotated[int, Meta(ge=16, le=10**6)] = 512
    """Open connections; fewer where the limit of open files is low."""
    max_connections_per_address: Count = 256
    max_streams: Count = 128
    """Open event streams, one a browser."""
    max_streams_per_address: Count = 64
    header_s: Seconds = 10.0
    """How long the headers of a request may take."""
    body_s: Seconds = 20.0
    """The same of a body; each 16 KiB that came is another second."""
    idle_s: Seconds = 75.0
    """How long a connection may wait for its next request."""
    write_s: Seconds = 30.0
    """A reader that takes nothing of an answer or a stream for so long is cut."""
    max_unread_bytes: Annotated[int, Meta(ge=2**20, le=2**50)] = 32 * 2**20
    """Of all answers together, what clients have not taken yet."""


class Sender(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """`[ingest.senders.NAME]`: who may post to `/api/v1/events/NAME`, by any of three proofs."""

    decoder: str = "jsonl"
    """What he sends: events of the contract, or the name of another decoder (`recorder-hook`)."""
    secrets_file: str | None = None
    """File of `whsec_…`, one a line; he signs with one of them."""
    token_file: str | None = None
    """File of a secret that he puts behind his address, for programs that cannot sign."""
    loopback: bool = False
    """Programs on this machine need neither."""
    platform: Key | None = None
    """Which platform it is about; needed with a decoder, except one of captures (`frames`)."""
    room: Name = ""
    """Which room, where his requests do not say it."""
    host: Name | None = None
    """Name of the host, as displayed."""


class Ingest(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What `POST /api/v1/events` takes."""

    token: str | None = None
    """From the environment only."""
    token_file: str | None = None
    """File that holds the token; by default `ingest.token` in the data directory, made if missing."""
    max_body_bytes: Bytes = 16 * 2**20
    """Of one request, unpacked."""
    max_line_bytes: Bytes = 2**20
    max_lag_events: Count = 200_000
    """So many events may wait for evaluation; beyond, senders are asked to come back later."""
    max_pending_bytes: Bytes = 64 * 2**20
    """So much may wait for the disk."""
    max_bodies_bytes: Bytes = 64 * 2**20
    """Of all bodies that are being received, as they are sent."""
    min_free_bytes: Annotated[int, Meta(ge=0, le=2**50)] = 256 * 2**20
    """With less free space on the disk nothing is taken."""
    senders: dict[Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}$")], Sender] = {}
    """Senders of webhooks, by name."""
    captures_to: Annotated[str, Meta(pattern=r"^https?://[^/?#@\s]+/?$")] | None = None
    """At scale: address of the desk to which ingestion hands the screenshots of senders on, and which
    takes them; in the configuration of both."""
    captures_ca_file: str | None = None
    """Authorities that the desk's certificate has to lead to (PEM); else the system's."""


class Pipeline(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How events are evaluated."""

    lateness_ms: Annotated[int, Meta(ge=0, le=600_000)] = 2_000
    """How far out of order events may come; the floor of an alert's delay."""
    batch_events: Count = 2_000
    interval_ms: Annotated[int, Meta(ge=0, le=600_000)] = 50
    """From one batch to the next at least."""
    grace_ms: Annotated[int, Meta(ge=0, le=3_600_000)] = 3_000
    """After a start no idle room is moved on for so long, so that senders can catch up."""
    remembered_ids: Count = 500
    """Latest event ids that a room has in memory; the others are filed by minute
    (`detectors.engine.counted`)."""
    max_rooms: Count = 1_000
    """Rooms in memory; the others wait in the database."""
    crowds_mb: Annotated[int, Meta(ge=1, le=2**20)] = 192
    """Memory that the crowds of these rooms take at most, about."""


class Retention(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How long what is kept."""

    log_days: Days = 7.0
    """Events in the log; and how long it is known of an event that it was counted."""
    log_bytes: Bytes = 8 * 2**30
    sweep_s: Annotated[float, Meta(ge=0.01, le=3_600)] = 10.0
    """How often it is looked at."""
    rooms_days: Days = 45.0
    """A room from which nothing came for so long is forgotten, with its history of prices. The
    law looks back up to 30 days."""
    alerts_days: Days = 1_095.0
    """Leads and what is watched, from their last change on; what was handled stays."""
    info_days: Days = 90.0
    """The same of level info."""
    letters_days: Days = 90.0
    """Dead letters, from the last time that the same came."""
    letters_bytes: Bytes = 256 * 2**20


class Kafka(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The scale-out runtime: which cluster, which topics. The embedded monitor reads none of it."""

    brokers: str = "127.0.0.1:9092"
    """`host:port` of some brokers, with commas."""
    prefix: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = "livewatch"
    """Topics are `prefix.events` and so on; it is the consumer group's name, too."""
    partitions: Annotated[int, Meta(ge=1, le=10_000)] = 12
    """Of the events. Choose generously: they cannot be changed in place later."""
    signal_partitions: Annotated[int, Meta(ge=1, le=10_000)] = 4
    """Of what rooms tell the second stage; few, for signals are rare. The same holds for them."""
    replication: Annotated[int, Meta(ge=1, le=100)] = 1
    alerts_days: Days = 90.0
    deadletters_days: Days = 30.0
    signals_days: Days = 7.0
    frames_days: Days = 7.0
    """How long frames may wait for a desk that is away; with `archive.raw`."""
    max_message_bytes: Annotated[int, Meta(ge=65_536, le=2**30)] = 4 * 2**20
    """Largest batch of records; also the largest change of one room that is written whole."""
    batch_events: Count = 2_000
    """Events that a worker evaluates at once, so also what is done again after a crash."""
    standby_replicas: Annotated[int, Meta(ge=0, le=100)] = 0
    """Warm copies of each room's state on other workers; they cost memory."""
    session_timeout_s: Annotated[float, Meta(ge=1, le=90)] = 10.0
    """A worker that is silent for so long is taken for dead."""
    instance: str | None = None
    """Stable name of this worker, so that a quick restart moves no rooms."""
    give_up_s: Annotated[float, Meta(gt=0, le=86_400)] = 300.0
    """How long a worker waits for the brokers before it ends, with nothing acknowledged."""
    security: Annotated[str, Meta(pattern="^(plaintext|tls|sasl|sasl_tls)$")] = "plaintext"
    mechanism: Annotated[str, Meta(pattern="^(PLAIN|SCRAM-SHA-256|SCRAM-SHA-512)$")] = (
        "SCRAM-SHA-512"
    )
    username: str | None = None
    password_file: str | None = None
    """File that holds the password of SASL."""
    ca_file: str | None = None
    """Certificates that the brokers' are checked against; by default those of the system."""
    cert_file: str | None = None
    """Own certificate, where the brokers ask for one."""
    key_file: str | None = None


class Store(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Where a desk at scale keeps alerts. The embedded monitor reads none of it."""

    url: str | None = None
    """`postgresql://user@host:port/database`, without the password; by default a SQLite file."""
    password_file: str | None = None
    """File that holds the password."""


class Rules(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What a site has beside the rules that ship with livewatch."""

    packs: list[str] = []
    """Packs of the site's own, files or folders: further rules, and changes to ours."""
    suppressions: str | None = None
    """File of alerts that are marked as not to be bothered with."""
    model: str | None = None
    """Folder of the site's own models (`livewatch model`); else `model` in the data directory."""


class Authority(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """`[[evidence.authorities]]`: who gives time stamps (RFC 3161)."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    url: Annotated[str, Meta(pattern=r"^https?://")]
    roots_file: str
    """Certificates (PEM) that its own has to lead to."""
    hash: Annotated[str, Meta(pattern="^(sha256|sha512)$")] = "sha256"
    timeout_s: Annotated[float, Meta(gt=0, le=120)] = 10.0


class Alerts(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What opens a closed alert again by itself; hits since it was closed are counted in any case."""

    reopen_on_level: bool = True
    """Its level rises."""
    reopen_on_hits: NotNegative = 0
    """So many hits since it was closed; 0: no number of them does."""
    reopen_on_product: bool = False
    """A hit about a product that it had not named."""

    @property
    def reopening(self) -> Reopening:
        """The same, as the store takes it."""
        return Reopening(
            level=self.reopen_on_level, hits=self.reopen_on_hits, product=self.reopen_on_product
        )


class Evidence(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How what arrived is fixed, and by whom bundles are signed."""

    organisation: str = ""
    """Who signs, as it stands in bundles and in a certificate that livewatch makes."""
    keys: str | None = None
    """Folder of the signing keys; by default `evidence/keys` in the data directory."""
    folder: str | None = None
    """Folder of bundles and captures; by default `evidence` in the data directory. Desks that share
    one database need one folder."""
    captures_days: DaysOrNever = 1_095.0
    """Then screenshots and clips go that no alert is there for any more; 0: never."""
    head_s: Annotated[float, Meta(ge=1, le=86_400)] = 300.0
    """How often a head of the Merkle log is signed, if anything was appended."""
    sm2_key_file: str | None = None
    """A private key of SM2 (PEM, no password) that signs bundles, too."""
    sm2_certificate_file: str | None = None
    """Its certificate (PEM)."""
    two_persons: bool = False
    """A bundle with viewers' pseudonyms and records needs a second person; a redacted one never."""
    authorities: list[Authority] = []
    """Who time-stamps heads and bundles; each of them."""


class Archive(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What arrived, kept as Parquet by hour and room: where, and for how long."""

    to: Annotated[str, Meta(pattern="^(off|folder|s3)$")] = "off"
    """`folder`, `s3`, or `off`: then events go after `retention.log_days`, but for what alerts name."""
    folder: str | None = None
    """By default `evidence/archive` in the data directory; better a disk of its own."""
    raw: bool = False
    """The frames of sources and senders, too, byte for byte; without it their SHA-256 alone."""
    events_days: DaysOrNever = 1_095.0
    """Then files of events are purged, unless held; 0: never."""
    raw_days: DaysOrNever = 180.0
    """The same of frames, which hold what viewers did not make public here."""
    endpoint: Annotated[str, Meta(pattern=r"^https?://[^/]")] | None = None
    """Of S3."""
    region: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,64}$")] = "us-east-1"
    bucket: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")] | None = None
    prefix: Annotated[str, Meta(pattern=r"^([A-Za-z0-9._-]{1,64}/){0,8}$")] = ""
    """Folder within the bucket, with `/` at its end."""
    access_key: str | None = None
    secret_key: str | None = None
    """From the environment only."""
    secret_key_file: str | None = None
    """File that holds the secret key."""
    ca_file: str | None = None
    """Certificates that the store's are checked against; by default those of the system."""
    lock: Annotated[str, Meta(pattern="^(off|governance|compliance)$")] = "off"
    """Object Lock of each file, where the bucket was made with it."""
    lock_days: DaysOrNever = 0.0
    """For how long from its writing on."""
    timeout_s: Annotated[float, Meta(gt=0, le=600)] = 60.0
    """How long the store may be silent."""

    @property
    def keeps_frames(self) -> bool:
        """Are frames kept, too; without an archive there is no place for them."""
        return self.to != "off" and self.raw


class Log(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What is written to standard error."""

    level: Annotated[str, Meta(pattern="^(debug|info|warning|error)$")] = "info"


class Config(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """All sections."""

    server: Server = Server()
    ingest: Ingest = Ingest()
    pipeline: Pipeline = Pipeline()
    retention: Retention = Retention()
    rules: Rules = Rules()
    alerts: Alerts = Alerts()
    kafka: Kafka = Kafka()
    store: Store = Store()
    log: Log = Log()
    traces: Traces = Traces()
    notify: Notify = Notify()
    evidence: Evidence = Evidence()
    archive: Archive = Archive()
    sign_in: SignIn = SignIn()
    collection: Collection = Collection()
    sources: list[SourceSettings] = []

    def __post_init__(self) -> None:
        if not self.sign_in.unmasking.by_role and not self.evidence.two_persons:
            raise ValueError(
                "sign_in.unmasking.by_role = false needs evidence.two_persons = true: a bundle has the"
                " same accounts"
            )


def load_config(path: Path | None, environment: Mapping[str, str]) -> Config:
    """Reads the file and the environment.

    Args:
        path: the file; ``None`` takes `livewatch.toml` of the working directory if there is one.
        environment: usually `os.environ`.

    Raises:
        ConfigError: no such file, no TOML, an unknown key or a value that does not fit.
    """
    values = _read(path)
    for section, key in (("ingest", "token"), ("archive", "secret_key")):
        if isinstance(values.get(section), dict) and key in values[section]:
            raise ConfigError(
                f"{section}.{key} must not be in the file: name a file by {section}.{key}_file, or"
                f" set {PREFIX}{section.upper()}__{key.upper()}"
            )
    try:
        msgspec.convert(values, Config)
    except msgspec.ValidationError as error:
        # Loaded when there is something to say: it reads YAML, too.
        from detectors.document import located

        raise ConfigError(f"{path or FILE_NAME}: {located(error, values, Config)}") from error
    named = _override(values, environment)
    try:
        # Texts of the environment may stand for numbers; those of the file were checked above.
        return msgspec.convert(values, Config, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{', '.join(named)}: {error}") from error


def _read(path: Path | None) -> dict[str, Any]:
    source = path
    if source is None:
        source = Path(FILE_NAME)
        if not source.is_file():
            return {}
    try:
        # Editors of Windows put a byte order mark in front.
        return tomllib.loads(source.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"cannot read {source}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{source}: {error}") from error


def _override(values: dict[str, Any], environment: Mapping[str, str]) -> list[str]:
    """Puts the variables over the file's values; returns their names."""
    named = sorted(name for name in environment if name.startswith(PREFIX))
    for name in named:
        section, separator, key = name.removeprefix(PREFIX).lower().partition("__")
        if not separator or not key:
            raise ConfigError(f"{name}: the name is {PREFIX}SECTION__KEY")
        text = environment[name]
        table = values.setdefault(section, {})
        if not isinstance(table, dict):
            raise ConfigError(f"{name}: {section} is no section")
        table[key] = text.split(",") if key in _LISTS else text
    return named
