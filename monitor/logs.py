"""Logs: one JSON object a line on standard error, times in UTC, with the trace that it belongs to.

What people said is in no line at `info` and above. Fields hold ids, names and numbers. Of a
traceback the lines of the program stay, and of the message only what is known to quote nobody: of
our own errors, of the operating system, the network, the database. What anything else says may hold
the text at which it failed, and is written at `debug` alone; it is in the dead letter, too.
"""

from __future__ import annotations

import logging
import sqlite3
from typing import TYPE_CHECKING, Any

import structlog

from connectors.errors import ConnectorError, DecodeError
from connectors.logger import STANDARD_ERROR
from monitor.errors import LivewatchError
from monitor.tracing.context import current

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

__all__ = ["configure"]


#: Errors whose words quote nobody; beside these the database's, by the name of their package, since
#: it is imported only where it is used. Its statements come without their values (`hide_parameters`).
#: Not aiohttp's: they quote requests and addresses, with tokens in them; those that say that a server
#: cannot be reached are the operating system's.
_QUOTE_NOBODY = (LivewatchError, ConnectorError, OSError, TimeoutError, sqlite3.Error)
_PACKAGES = frozenset({"aiokafka", "sqlalchemy"})
#: What stands in the place of other words.
WITHHELD = "(its words are written at log.level = debug alone)"


class _Tracebacks(structlog.tracebacks.ExceptionDictTransformer):
    """Tracebacks without the values of variables, which hold what people wrote, and tokens."""

    def __init__(self, *, whole: bool) -> None:
        super().__init__(show_locals=False)
        self._whole = whole

    def __call__(self, exc_info: Any) -> list[dict[str, Any]]:
        found = super().__call__(exc_info)
        if not self._whole:
            told = _told(exc_info[1])
            for one in found:
                _withhold(one, told)
        return found


def _withhold(one: dict[str, Any], told: set[str]) -> None:
    if one["exc_value"] not in told:
        one["exc_value"] = WITHHELD
    one["exc_notes"] = []
    for group in one.get("exceptions") or ():
        for each in group:
            _withhold(each, told)


def _told(error: BaseException | None) -> set[str]:
    """The words of an error and of those behind it that may be written."""
    found: set[str] = set()
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        if _quotes_nobody(one):
            found.add(str(one))
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
    return found


def _quotes_nobody(error: BaseException) -> bool:
    if isinstance(error, DecodeError):
        return False
    # PostgreSQL quotes the row that it does not take, though not where it cannot be reached.
    orig = getattr(error, "orig", None)
    if orig is not None and not isinstance(orig, sqlite3.Error):
        return type(orig).__name__ == "OperationalError"
    package = type(error).__module__.partition(".")[0]
    return isinstance(error, _QUOTE_NOBODY) or package in _PACKAGES


def _name_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    context = current.get()
    if context is not None:
        event.setdefault("trace_id", context.trace)
    return event


def configure(level: str) -> None:
    """Sets up structlog, and the standard library's loggers of others to the same form."""
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    tracebacks = structlog.processors.ExceptionRenderer(_Tracebacks(whole=level == "debug"))
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        _name_trace,
        stamp,
    ]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            *shared,
            tracebacks,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(STANDARD_ERROR),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(STANDARD_ERROR)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                tracebacks,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Others' chatter below a warning is not ours to tell.
    root.setLevel(logging.WARNING)
