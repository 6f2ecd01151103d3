"""Logs: one JSON object a line on standard error, times in UTC, no chat text."""

from __future__ import annotations

import io
import logging
import sys
from typing import TextIO, cast

import structlog

__all__ = ["configure"]


class _StandardError(io.TextIOBase):
    """Standard error as it is when a line is written: a test, or a wrapper, may exchange it."""

    def write(self, text: str, /) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def configure(level: str) -> None:
    """Sets up structlog, and the standard library's loggers of others to the same form."""
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    # Without the values of variables: they hold what people wrote, and tokens.
    tracebacks = structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    )
    shared: list[structlog.typing.Processor] = [structlog.processors.add_log_level, stamp]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            *shared,
            tracebacks,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _StandardError())),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(_StandardError())
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
