"""An alert as the API shows it: the contract's fields, and how it was handled."""

from __future__ import annotations

from typing import Any

import msgspec

from monitor.store.rows import AlertRow

__all__ = ["BRIEF", "brief", "represent"]

#: What a list needs to name an alert and say where it stands.
BRIEF = (
    "id",
    "number",
    "seq",
    "version",
    "rule",
    "rule_version",
    "level",
    "focus",
    "platform",
    "room",
    "session",
    "subject",
    "subject_title",
    "first_at",
    "last_at",
    "raised_at",
    "hits",
    "title",
    "title_en",
    "reason",
    "reason_en",
    "status",
    "legal_status",
    "suppressed",
    "handling",
    "matter",
    "product_matter",
    "territories",
)


def represent(row: AlertRow) -> dict[str, Any]:
    """The alert with `status`, `handling` and `seq`; `legal_status` is the pack's mark.

    The contract gives `status` no meaning of its own, the alert uses the word for the state of
    its legal basis: on the API that one is `legal_status`.
    """
    fields: dict[str, Any] = {
        name: value
        for name, value in msgspec.structs.asdict(row.alert).items()
        if value is not msgspec.UNSET
    }
    fields["legal_status"] = fields["status"]
    fields["status"] = row.status
    fields["seq"] = row.seq
    fields["number"] = row.number
    fields["handling"] = {
        "who": row.who,
        "at": row.status_at,
        "reason": row.close_reason,
        "note": row.note,
        "hits_since_closed": row.again,
    }
    fields["matter"] = row.matter or row.alert.id
    fields["product_matter"] = row.product_matter or row.alert.id
    fields["territories"] = (row.territories or "").split()
    return fields


def brief(row: AlertRow) -> dict[str, Any]:
    """The same without evidence, law and whatever else is long."""
    whole = represent(row)
    return {name: whole[name] for name in BRIEF if name in whole}
