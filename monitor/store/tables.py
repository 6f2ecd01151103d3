"""The tables, as SQLAlchemy sees them.

They are created by the numbered files in `migrations/`; a test keeps the two equal. Times are
milliseconds since the Unix epoch, levels and states are stored as the words of the contract.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table

from monitor.store.dialects import StoredText

__all__ = [
    "alert_hits",
    "alert_leaves",
    "alert_versions",
    "alerts",
    "api_tokens",
    "archive_files",
    "archive_forgets",
    "archive_holds",
    "archive_positions",
    "archive_purges",
    "bundles",
    "captures",
    "counters",
    "custody",
    "dead_letters",
    "event_log",
    "head_stamps",
    "held_for",
    "held_records",
    "lost_records",
    "merkle_heads",
    "merkle_logs",
    "merkle_runs",
    "merkle_tiles",
    "metadata",
    "notified",
    "outbox",
    "room_parts",
    "room_shelf",
    "rooms",
    "rule_documents",
    "rules_named",
    "sessions",
    "sign_ins",
    "topic_positions",
    "transitions",
    "unmaskings",
    "users",
]

metadata = MetaData()

#: Numbers that only grow: `position` (how far the worker has gone in the log), `seq` (last
#: change of an alert), `alert` (last alert number).
counters = Table(
    "counters",
    metadata,
    Column("name", StoredText, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

#: What arrived, in order of arrival. `ends` is the running total of bytes appended, so that the
#: log's size is a subtraction.
event_log = Table(
    "event_log",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("room", StoredText, nullable=False),
    Column("event", StoredText, nullable=False),
    Column("source", StoredText, nullable=False),
    Column("arrived", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

#: Narrow rows, so that lists and counts read little; the alert itself is its latest version.
alerts = Table(
    "alerts",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", StoredText, nullable=False, unique=True),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("rule", StoredText, nullable=False),
    Column("level", StoredText, nullable=False),
    Column("focus", StoredText, nullable=False),
    Column("platform", StoredText, nullable=False),
    Column("room", StoredText, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("hits", Integer, nullable=False),
    Column("status", StoredText, nullable=False),
    Column("who", StoredText),
    Column("status_at", BigInteger),
    Column("close_reason", StoredText),
    Column("note", StoredText),
    Column("words", StoredText, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("again", Integer, nullable=False, server_default="0"),
    Column("matter", StoredText, nullable=False, server_default=""),
    Column("trace", StoredText),
    Column("product_matter", StoredText, nullable=False, server_default=""),
    Column("territories", StoredText),
    Column("open_words", StoredText),
)

alert_versions = Table(
    "alert_versions",
    metadata,
    Column("alert", StoredText, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("level", StoredText, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("says", LargeBinary),
)

#: Hits by slices of ten seconds of event time, for the sparklines.
alert_hits = Table(
    "alert_hits",
    metadata,
    Column("alert", StoredText, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("hits", Integer, nullable=False),
)

transitions = Table(
    "transitions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("alert", StoredText, nullable=False),
    Column("old", StoredText, nullable=False),
    Column("new", StoredText, nullable=False),
    Column("who", StoredText, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", StoredText),
    Column("note", StoredText),
    Column("previous", StoredText, nullable=False),
    Column("hash", StoredText, nullable=False),
)

#: Who did what with evidence, chained like the transitions.
custody = Table(
    "custody",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("act", StoredText, nullable=False),
    Column("who", StoredText, nullable=False),
    Column("role", StoredText, nullable=False),
    Column("subject", StoredText, nullable=False),
    Column("why", StoredText, nullable=False),
    Column("detail", StoredText, nullable=False),
    Column("version", StoredText, nullable=False),
    Column("previous", StoredText, nullable=False),
    Column("hash", StoredText, nullable=False),
)

rooms = Table(
    "rooms",
    metadata,
    Column("platform", StoredText, primary_key=True),
    Column("room", StoredText, primary_key=True),
    Column("title", StoredText),
    Column("host", StoredText),
    Column("operator", StoredText),
    Column("session", StoredText),
    Column("ended", StoredText),
    Column("viewers", BigInteger),
    Column("watched_since", BigInteger),
    Column("last_event_at", BigInteger),
    Column("last_arrival_ms", BigInteger, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("territories", StoredText),
)

#: States of rooms, and of clusters of the second stage, in parts (SQLite only, like the event
#: log: at scale they are with the workers).
#: Only the parts that a batch has changed are written again.
room_parts = Table(
    "room_parts",
    metadata,
    Column("room", StoredText, primary_key=True),
    Column("part", StoredText, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

#: Those parts of room states that are read one by one (`detectors.engine.shelf`).
room_shelf = Table(
    "room_shelf",
    metadata,
    Column("room", StoredText, primary_key=True),
    Column("part", StoredText, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("stage", StoredText, nullable=False),
    Column("source", StoredText, nullable=False),
    Column("reason", StoredText, nullable=False),
    Column("rule", StoredText),
    Column("event", StoredText),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("cause", StoredText, nullable=False),
    Column("kind", StoredText, nullable=False),
)

#: Messages about alerts, waiting, sent, or given up (`monitor.store.outbox`).
outbox = Table(
    "outbox",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("channel", StoredText, nullable=False),
    Column("alert", StoredText),
    Column("kind", StoredText, nullable=False),
    Column("level", StoredText, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("state", StoredText, nullable=False),
    Column("message", StoredText),
    Column("done_at", BigInteger),
    Column("problem", StoredText),
)

#: The level at which people were told of an alert.
notified = Table(
    "notified",
    metadata,
    Column("alert", StoredText, primary_key=True),
    Column("level", StoredText, nullable=False),
    Column("at", BigInteger, nullable=False),
)

#: People who may sign in. `folded` is the name as it is compared, `subject` who it is to a provider
#: of OpenID Connect.
users = Table(
    "users",
    metadata,
    Column("name", StoredText, primary_key=True),
    Column("folded", StoredText, nullable=False, unique=True),
    Column("role", StoredText, nullable=False),
    Column("password", StoredText),
    Column("subject", StoredText, unique=True),
    Column("locked", Integer, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger),
    Column("territories", StoredText, nullable=False, server_default=""),
)

#: Sessions that have not ended; one that ends is taken out.
sessions = Table(
    "sessions",
    metadata,
    Column("digest", StoredText, primary_key=True),
    Column("id", StoredText, nullable=False, unique=True),
    Column("person", StoredText, nullable=False),
    Column("method", StoredText, nullable=False),
    Column("address", StoredText, nullable=False),
    Column("agent", StoredText, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
)

#: Tokens of programs.
api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", StoredText, primary_key=True),
    Column("digest", StoredText, nullable=False),
    Column("person", StoredText, nullable=False),
    Column("label", StoredText, nullable=False),
    Column("scopes", StoredText, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("territories", StoredText, nullable=False, server_default=""),
)

#: Requests to see the accounts of one alert by case (`monitor.access.unmasking`).
unmaskings = Table(
    "unmaskings",
    metadata,
    Column("id", StoredText, primary_key=True),
    Column("alert", StoredText, nullable=False),
    Column("person", StoredText, nullable=False),
    Column("why", StoredText, nullable=False),
    Column("case_number", StoredText, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("state", StoredText, nullable=False),
    Column("decided_by", StoredText, nullable=False),
    Column("decided_at", BigInteger),
    Column("note", StoredText, nullable=False),
    Column("until", BigInteger),
)

#: The journal of sign-ins and of changes to people (`monitor.access.journal`).
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("act", StoredText, nullable=False),
    Column("person", StoredText, nullable=False),
    Column("by_whom", StoredText, nullable=False),
    Column("address", StoredText, nullable=False),
    Column("detail", StoredText, nullable=False),
    Column("previous", StoredText, nullable=False),
    Column("hash", StoredText, nullable=False),
)

#: The Merkle logs (`monitor.evidence.ledger`): a name and a size each, the hashes as tiles of 256, and
#: which leaves stand for which positions.
merkle_logs = Table(
    "merkle_logs",
    metadata,
    Column("log", StoredText, primary_key=True),
    Column("origin", StoredText, nullable=False),
    Column("size", BigInteger, nullable=False),
)

merkle_tiles = Table(
    "merkle_tiles",
    metadata,
    Column("log", StoredText, primary_key=True),
    Column("level", Integer, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("hashes", LargeBinary, nullable=False),
)

merkle_runs = Table(
    "merkle_runs",
    metadata,
    Column("log", StoredText, primary_key=True),
    Column("leaf", BigInteger, primary_key=True),
    Column("position", BigInteger, nullable=False),
)

#: Their signed heads, and what the authorities answered for them.
merkle_heads = Table(
    "merkle_heads",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("log", StoredText, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("key", StoredText, nullable=False),
    Column("note", LargeBinary, nullable=False),
)

head_stamps = Table(
    "head_stamps",
    metadata,
    Column("head", Integer, primary_key=True),
    Column("authority", StoredText, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("token", LargeBinary, nullable=False),
)

#: Bundles that were asked for in the console or by a program.
bundles = Table(
    "bundles",
    metadata,
    Column("id", StoredText, primary_key=True),
    Column("alerts", StoredText, nullable=False),
    Column("who", StoredText, nullable=False),
    Column("why", StoredText, nullable=False),
    Column("case_number", StoredText, nullable=False),
    Column("redacted", Integer, nullable=False),
    Column("state", StoredText, nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("done", BigInteger),
    Column("name", StoredText, nullable=False, server_default=""),
    Column("payload", StoredText, nullable=False, server_default=""),
    Column("size", BigInteger, nullable=False, server_default="0"),
    Column("records", BigInteger, nullable=False, server_default="0"),
    Column("reason", StoredText, nullable=False, server_default=""),
)

#: Screenshots and clips that people and sources supplied; what is told of each goes when it is purged.
captures = Table(
    "captures",
    metadata,
    Column("number", BigInteger, primary_key=True),
    Column("id", StoredText, nullable=False),
    Column("room", StoredText, nullable=False),
    Column("alert", StoredText, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("sha256", StoredText, nullable=False),
    Column("told", StoredText, nullable=False),
    Column("leaf", BigInteger, nullable=False),
    Column("body", StoredText),
)

#: Records that alerts name as their evidence, as they arrived, and for which alerts they are held.
held_records = Table(
    "held_records",
    metadata,
    Column("log", StoredText, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("room", StoredText, nullable=False),
    Column("event", StoredText, nullable=False),
    Column("source", StoredText, nullable=False),
    Column("arrived", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

held_for = Table(
    "held_for",
    metadata,
    Column("alert", StoredText, primary_key=True),
    Column("log", StoredText, primary_key=True),
    Column("position", BigInteger, primary_key=True),
)

#: The leaf of the Merkle log `alerts` that stands for a version as it is kept. A version whose place
#: another took has a leaf there, too, and no row here.
alert_leaves = Table(
    "alert_leaves",
    metadata,
    Column("alert", StoredText, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("leaf", BigInteger, nullable=False),
    Column("written", BigInteger, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
)

#: The archive (`monitor.archive`): its files, purges and legal holds, how far each log of Kafka's is in it,
#: and which viewers are to be taken out of it.
archive_files = Table(
    "archive_files",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("kind", StoredText, nullable=False),
    Column("room", StoredText, nullable=False),
    Column("hour", BigInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    Column("first_leaf", BigInteger),
    Column("last_leaf", BigInteger),
    Column("origin", StoredText, nullable=False),
    Column("name", StoredText, nullable=False),
    Column("sha256", StoredText, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("versions", StoredText, nullable=False),
    Column("purge", Integer),
    Column("refused", StoredText, nullable=False, server_default=""),
    Column("replaces", StoredText, nullable=False, server_default=""),
    Column("replaced", Integer),
    Column("removed", Integer, nullable=False, server_default="0"),
)

archive_purges = Table(
    "archive_purges",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", StoredText, nullable=False),
    Column("why", StoredText, nullable=False),
    Column("policy", StoredText, nullable=False),
    Column("record", LargeBinary),
    Column("seal", LargeBinary),
    Column("key", StoredText, nullable=False, server_default=""),
)

archive_holds = Table(
    "archive_holds",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("kind", StoredText, nullable=False),
    Column("subject", StoredText, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("who", StoredText, nullable=False),
    Column("why", StoredText, nullable=False),
    Column("released", BigInteger),
    Column("released_by", StoredText, nullable=False, server_default=""),
    Column("released_why", StoredText, nullable=False, server_default=""),
)

archive_positions = Table(
    "archive_positions",
    metadata,
    Column("log", StoredText, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("until", BigInteger),
)

archive_forgets = Table(
    "archive_forgets",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", StoredText, nullable=False),
    Column("names", StoredText, nullable=False),
    Column("waits", StoredText, nullable=False, server_default=""),
    Column("looked", Integer, nullable=False, server_default="0"),
    Column("done", BigInteger),
)

#: What the rules said that concluded alerts (`monitor.evidence.kept_rules`).
rule_documents = Table(
    "rule_documents",
    metadata,
    Column("sha256", StoredText, primary_key=True),
    Column("kept", BigInteger),
    Column("body", LargeBinary, nullable=False),
)

rules_named = Table(
    "rules_named",
    metadata,
    Column("alert", StoredText, primary_key=True),
    Column("rules", StoredText, primary_key=True),
)

lost_records = Table(
    "lost_records",
    metadata,
    Column("log", StoredText, primary_key=True),
    Column("why", StoredText, primary_key=True),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, primary_key=True),
    Column("records", BigInteger, nullable=False),
    Column("hour", BigInteger, nullable=False),
    Column("noted", BigInteger, nullable=False),
)

topic_positions = Table(
    "topic_positions",
    metadata,
    Column("log", StoredText, primary_key=True),
    Column("position", BigInteger, nullable=False),
)
