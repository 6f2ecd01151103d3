"""What the text filter looks through: of an alert all words, and those that everybody may search.

Pseudonyms have a form by which they are known in any text; where a sender posts events whose accounts
are words, only the alert's own evidence tells that a word is one. So what those search who may not see
viewers' accounts is taken from the alert as they are shown it (`monitor.access.masking`), and kept
beside the whole words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa
from msgspec import UNSET

from connectors.privacy import mask
from monitor.access.masking import Masking
from monitor.store.bodies import decode_body
from monitor.store.dialects import blanked, run
from monitor.store.tables import alert_versions, alerts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from detectors.alerts import Alert
    from monitor.store.database import Connections

__all__ = ["fill", "open_words_of", "words_of"]

#: Fields of an alert in which rules tell of accounts.
_TELLING = ("title", "reason", "subject", "subject_title", "title_en", "reason_en")
#: Alerts of one write when those of an older version are looked at.
CHUNK = 200


def words_of(alert: Alert) -> str:
    """What the text filter looks through: also who is behind the room, and the alert's id."""
    parts = [alert.title, alert.reason, alert.subject_title, alert.subject, alert.rule, alert.room]
    parts += [alert.id, alert.platform, alert.title_en, alert.reason_en]
    for event in (*alert.evidence.facts, *alert.evidence.trigger):
        parts.append(getattr(event, "host", None) or "")
        parts.append(getattr(event, "shop", None) or "")
        for party in (getattr(event, "operator", None), getattr(event, "seller", None)):
            if party is not None:
                parts += [value or "" for value in msgspec.structs.astuple(party)]
    for seen in alert.evidence.rooms:
        parts += [seen.room, seen.host or ""]
        if seen.operator is not None:
            parts += [seen.operator.name or "", seen.operator.uscc or ""]
    return "\n".join(dict.fromkeys(part for part in parts if part)).casefold()


def open_words_of(alert: Alert) -> str:
    """The same for those who may not see viewers' accounts: a blank stands for each."""
    told = "\n".join(getattr(alert, field) for field in _TELLING)
    # Most alerts tell of nobody: looking for names is a small part of what masking takes.
    if (
        any(name in told for name in _accounts(alert))
        or "…" in told  # the rest of a name that was cut
        or mask(told) != told
    ):
        fields: dict[str, Any] = msgspec.to_builtins(alert)
        part = {field: fields[field] for field in ("id", *_TELLING)}
        shown = Masking(fields, lambda _: " ").some(part)
        alert = msgspec.structs.replace(alert, **{field: shown[field] for field in _TELLING})
    return blanked(words_of(alert))


def _accounts(alert: Alert) -> Iterator[str]:
    """Names of accounts in an alert's evidence, whoever's."""
    evidence = alert.evidence
    for part in (evidence.trigger, evidence.before, evidence.after, evidence.facts):
        for event in part:
            if user := getattr(event, "user", None):
                yield user
            yield from filter(None, getattr(event, "winners", None) or ())
    if evidence.crowd is not UNSET:
        for account in evidence.crowd.accounts:
            if account.name:
                yield account.name


def fill(database: Connections, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Looks at the alerts of an older version for the words that everybody may search; how many.

    Until then those who may not see accounts find them by no words. Blocks for long.
    """
    done = 0
    query = (
        sa.select(alerts.c.id, alerts.c.version, alert_versions.c.body)
        .join_from(
            alerts,
            alert_versions,
            sa.and_(
                alert_versions.c.alert == alerts.c.id, alert_versions.c.version == alerts.c.version
            ),
        )
        .where(alerts.c.open_words.is_(None))
        .order_by(alerts.c.number.desc())
        .limit(CHUNK)
    )
    while not is_stopping():
        with database.read() as connection:
            rows = [
                (open_words_of(decode_body(row.body)), row.id, row.version)
                for row in connection.execute(query)
            ]
        if not rows:
            break

        def job(connection: Connection, rows: list[tuple[str, str, int]] = rows) -> None:
            for values in rows:
                run(
                    connection,
                    "UPDATE alerts SET open_words = ?"
                    " WHERE id = ? AND version = ? AND open_words IS NULL",
                    values,
                )

        database.write(job)
        done += len(rows)
    return done
