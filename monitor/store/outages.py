"""Telling a database that is away, full or damaged from one that refuses what it is given.

An outage passes: what failed is tried again, for as long as it takes. What a database refuses it
would refuse again, so whoever wrote it has to find the culprit.
"""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa

from monitor.errors import StoreClosed, StoreUnreachable

__all__ = ["is_outage"]

#: Classes of PostgreSQL's error codes that are about what was written: data, integrity, limits of
#: the program, syntax. https://www.postgresql.org/docs/current/errcodes-appendix.html
_REFUSALS = ("22", "23", "42", "54")


def is_outage(error: BaseException) -> bool:
    """Is it the world that failed, not what was evaluated or written?"""
    if isinstance(error, sa.exc.DBAPIError):
        if error.connection_invalidated:
            return True
        cause = error.orig
        code = getattr(cause, "sqlstate", None)
        if code is not None:
            return not code.startswith(_REFUSALS)
        if isinstance(cause, sqlite3.Error):
            # OperationalError: full, locked, read-only, not readable. The base class itself: damaged.
            return isinstance(cause, sqlite3.OperationalError) or type(cause) in (
                sqlite3.DatabaseError,
                sqlite3.InternalError,
            )
        return isinstance(error, sa.exc.OperationalError | sa.exc.InternalError)
    return isinstance(error, OSError | StoreClosed | StoreUnreachable | sa.exc.TimeoutError)
