"""All errors of the application, opened by their tree.

::

    LivewatchError
    ├── ConfigError            the configuration cannot be used            exit 3
    ├── DataDirBusy            another process owns the data directory     exit 4
    ├── AddressTaken           the address to answer on cannot be had      exit 4
    ├── BrokerError            Kafka cannot be reached, or refuses         exit 4
    │   └── MessageTooLarge    a record is larger than the brokers take
    ├── StoreError
    │   ├── StoreUnreachable   the database server cannot be reached or used  exit 4
    │   ├── StoreClosed        a write after the store was closed
    │   ├── MigrationError     the database is newer, or its history was changed
    │   ├── BadCursor          a paging cursor that was not made here
    │   └── TransitionRefused  not in the table of allowed transitions
    │       └── UnknownAlert   there is no such alert
    ├── DepotError             the archive cannot be reached now           exit 4
    └── Overloaded             the monitor cannot take more now; says when to come back
"""

from __future__ import annotations

__all__ = [
    "AddressTaken",
    "BadCursor",
    "BrokerError",
    "ConfigError",
    "DataDirBusy",
    "DepotError",
    "LivewatchError",
    "MessageTooLarge",
    "MigrationError",
    "Overloaded",
    "StoreClosed",
    "StoreError",
    "StoreUnreachable",
    "TransitionRefused",
    "UnknownAlert",
]


class LivewatchError(Exception):
    """Root of everything that the application raises on purpose."""


class ConfigError(LivewatchError):
    """The configuration cannot be used; the message names the key and the reason."""


class DataDirBusy(LivewatchError):
    """Another process works in the data directory."""


class AddressTaken(LivewatchError):
    """The address to answer on cannot be had."""


class BrokerError(LivewatchError):
    """The brokers of Kafka cannot be reached, or refuse what is asked."""


class MessageTooLarge(BrokerError):
    """One of the records is larger than the brokers take; trying again does not help."""


class DepotError(LivewatchError):
    """The archive cannot be reached, read or written now; it is tried again."""


class StoreError(LivewatchError):
    """Root of the store's errors."""


class StoreUnreachable(StoreError):
    """The database server cannot be reached, or cannot keep what it is given."""


class StoreClosed(StoreError):
    """A write was handed in after the store was closed."""


class MigrationError(StoreError):
    """The database does not fit this version of livewatch."""


class BadCursor(StoreError):
    """A paging cursor that this store did not make."""

    def __init__(self, cursor: str) -> None:
        super().__init__(f"not a cursor of this list: {cursor[:64]!r}")
        self.cursor = cursor


class TransitionRefused(StoreError):
    """A change of an alert's status that the rules of handling do not allow."""

    def __init__(self, alert: str, message: str) -> None:
        super().__init__(message)
        self.alert = alert


class UnknownAlert(TransitionRefused):
    """There is no alert with this id."""

    def __init__(self, alert: str) -> None:
        super().__init__(alert, f"no alert {alert[:64]!r}")


class Overloaded(LivewatchError):
    """The monitor cannot take more events now."""

    def __init__(self, message: str, retry_after_s: int, reason: str = "busy") -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.reason = reason
        """In one word, for metrics: `lag`, `pending`, `disk`, `brokers`, `bodies`, `storage`."""
