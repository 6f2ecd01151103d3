"""Roles, and what each may do. One person has one role: whoever has two duties has two names."""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["ACTS", "ALL", "MAY", "ROLES", "SCOPES", "Act", "Role"]

Role = Literal["viewer", "analyst", "enforcement", "admin", "auditor"]
ROLES: tuple[Role, ...] = get_args(Role)

Act = Literal[
    "read",  # alerts, rooms and rules; accounts of viewers under numbers
    "handle",  # acknowledge, close and reopen alerts
    "unmask",  # see the pseudonyms that viewers' accounts have
    "approve",  # let others see those of one alert, by case
    "export",  # make and fetch bundles of evidence, approve those of others
    "channels",  # try channels of notifications, send dead messages again
    "users",  # people, their sessions and tokens
    "journal",  # the journal of sign-ins, and custody
    "metrics",  # metrics and the whole answer of probes
]
ACTS: tuple[Act, ...] = get_args(Act)
ALL: frozenset[Act] = frozenset(ACTS)

MAY: dict[Role, frozenset[Act]] = {
    "viewer": frozenset({"read", "metrics"}),
    "analyst": frozenset({"read", "handle", "metrics"}),
    "enforcement": frozenset({"read", "handle", "unmask", "approve", "export", "metrics"}),
    # Whoever gives out rights does not use them: no handling, no export.
    "admin": frozenset({"read", "channels", "users", "journal", "metrics"}),
    "auditor": frozenset({"journal"}),
}

#: What a token may be made for. People are changed by people only.
SCOPES: tuple[Act, ...] = tuple(act for act in ACTS if act != "users")
