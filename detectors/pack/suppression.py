"""A site's suppressions: alerts that are marked as not relevant to the site, with reason and end date.

They stand beside the packs, in a file of their own. A suppressed alert is raised, counted and
kept like any other, with the same id; it only carries the mark. Whether a suppression has
expired is asked of the time of the event, so that the same recording gives the same alerts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import msgspec
from msgspec import Struct

from detectors.alerts import Alert, Suppressed
from detectors.calendar import beijing_date
from detectors.document import DocumentError, line_of, located, read_document, steps_of
from detectors.events import Party

__all__ = ["Matcher", "Suppression", "SuppressionError", "load_suppressions", "suppressed_by"]


class SuppressionError(ValueError):
    """A file of suppressions that cannot be used."""


class Matcher(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which alerts of the rule: everything that is given has to fit."""

    platform: str | None = None
    room: str | None = None
    operator: str | None = None
    """Name of who runs the room or its 统一社会信用代码, as shown."""
    sku: str | None = None
    subject: str | None = None
    """Of the alert, whole."""
    words: list[str] = []
    """One of them stands in the words that triggered or in the title of the subject."""

    @property
    def is_empty(self) -> bool:
        return self == Matcher()

    def fits(self, alert: Alert, operator: Party | None) -> bool:
        """True if this entry covers an alert of a room with this operator."""
        last = alert.evidence.trigger[-1]
        known = (
            (self.platform, (alert.platform,)),
            (self.room, (alert.room,)),
            (self.sku, (getattr(last, "sku", None),)),
            (self.subject, (alert.subject,)),
            (self.operator, (operator.name, operator.uscc) if operator is not None else ()),
        )
        if any(wanted is not None and wanted not in values for wanted, values in known):
            return False
        if not self.words:
            return True
        said = [alert.subject_title, *(span.text for span in alert.evidence.spans)]
        said += [getattr(event, "text", None) or "" for event in alert.evidence.trigger]
        return any(word in text for word in self.words for text in said)


class Suppression(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of the file."""

    id: str
    """Name of the entry; labels of metrics and the alerts' mark carry it."""
    rule: str
    match: Matcher
    """A rule as a whole is not suppressed: for that there is its stage."""
    reason: str
    author: str
    expires_on: date
    """First civil day in China on which it no longer holds."""

    def holds_on(self, day: date) -> bool:
        return day < self.expires_on


class _File(Struct, forbid_unknown_fields=True):
    suppressions: list[Suppression]


def load_suppressions(path: Path) -> list[Suppression]:
    """The entries of a file.

    Raises:
        SuppressionError: it cannot be read, an entry matches everything, or two have one id.
    """
    try:
        document = read_document(path)
    except (OSError, DocumentError) as error:
        raise SuppressionError(f"{path}: {error}") from error
    try:
        entries = msgspec.convert(document, _File).suppressions
    except msgspec.ValidationError as error:
        line = line_of(path, steps_of(error, document, _File))
        where = f"{path}: line {line}"
        raise SuppressionError(f"{where}: {located(error, document, _File)}") from error
    seen: set[str] = set()
    for entry in entries:
        if entry.match.is_empty:
            raise SuppressionError(f"{path}: {entry.id}: `match` is empty")
        if entry.id in seen:
            raise SuppressionError(f"{path}: {entry.id}: given twice")
        seen.add(entry.id)
    return entries


def suppressed_by(
    entries: Sequence[Suppression], alert: Alert, operator: Party | None
) -> Suppressed | None:
    """The mark of an alert as of its last hit; ``None``: no entry covers it."""
    if not entries:
        return None
    day = beijing_date(alert.last_at)
    for entry in entries:
        if entry.rule == alert.rule and entry.holds_on(day) and entry.match.fits(alert, operator):
            return Suppressed(
                by=entry.id,
                reason=entry.reason,
                author=entry.author,
                expires_on=entry.expires_on.isoformat(),
            )
    return None
