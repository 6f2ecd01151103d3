"""Spans, where the configuration wants them: each says when a step began, ended, and how.

`export_to` is called once, when a process begins, like `logs.configure`; until then, and with no
`traces.endpoint` for ever, everything here is a look at one name. OpenTelemetry is imported only
where spans are exported. They carry ids, names and numbers, and nothing that anybody said.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from detectors import __version__
from monitor.errors import ConfigError
from monitor.tracing.context import Parent, current, fresh, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.tracing.settings import Traces

__all__ = [
    "Open",
    "begin",
    "end_export",
    "export_to",
    "exported",
    "received",
    "requested",
    "require",
    "step",
]

Attribute = str | int | float
#: How long spans that are left may take to go out when a process ends, ms.
FLUSH_MS = 3_000


class Open:
    """A span that has not ended."""

    __slots__ = ("_span", "context")

    def __init__(self, span: Any) -> None:
        named = span.get_span_context()
        self._span = span
        self.context = Parent(f"{named.trace_id:032x}", f"{named.span_id:016x}", sampled=True)
        """What follows from it names this."""

    def fail(self, reason: str) -> None:
        """It did not go well; a word, nothing that anybody said."""
        from opentelemetry.trace import Status, StatusCode

        self._span.set_status(Status(StatusCode.ERROR, reason))

    def end(self) -> None:
        """It is over."""
        self._span.end()


def require() -> None:
    """Looks whether spans could be exported.

    Raises:
        ConfigError: OpenTelemetry is not installed.
    """
    try:
        import opentelemetry.exporter.otlp.proto.http.trace_exporter
        import opentelemetry.sdk.trace  # noqa: F401 - that it is there
    except ImportError as error:
        raise ConfigError(
            "traces.endpoint: OpenTelemetry is not installed: pip install 'livewatch[otel]'"
        ) from error


class _Exporter:
    """OpenTelemetry, set up for one process."""

    def __init__(self, settings: Traces, service: str) -> None:
        require()
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

        self._trace = trace
        self.ratio = settings.ratio
        named = {"service.name": service, "service.version": __version__}
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(settings.ratio)),
            resource=Resource.create(named),
            shutdown_on_exit=False,
        )
        # Spans are handed over in a thread of its own, some at a time; where the collector does
        # not keep up they are thrown away, and nothing waits.
        exporter = OTLPSpanExporter(endpoint=settings.endpoint)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("livewatch", __version__)

    def begin(
        self, name: str, parent: Parent | None, at_ns: int | None, attributes: dict[str, Attribute]
    ) -> Open | None:
        trace = self._trace
        context = trace.set_span_in_context(trace.INVALID_SPAN)
        if parent is not None:
            named = trace.SpanContext(
                int(parent.trace, 16),
                int(parent.span, 16),
                is_remote=True,
                trace_flags=trace.TraceFlags(int(parent.sampled)),
            )
            context = trace.set_span_in_context(trace.NonRecordingSpan(named))
        span = self._tracer.start_span(name, context, start_time=at_ns, attributes=attributes)
        return Open(span) if span.is_recording() else None

    def close(self) -> None:
        self._provider.force_flush(FLUSH_MS)
        self._provider.shutdown()


_exporter: _Exporter | None = None


def export_to(settings: Traces, service: str) -> None:
    """Exports the spans of this process from now on, where the configuration says where to.

    Raises:
        ConfigError: OpenTelemetry is not installed.
    """
    global _exporter
    if settings.endpoint is not None:
        _exporter = _Exporter(settings, service)


def end_export() -> None:
    """No more spans; those that are left go out, within `FLUSH_MS`."""
    global _exporter
    exporter, _exporter = _exporter, None
    if exporter is not None:
        exporter.close()


def exported() -> bool:
    """Are spans wanted; whoever has to look something up for them asks first."""
    return _exporter is not None


def begin(
    name: str, parent: Parent | None, *, at_ns: int | None = None, **attributes: Attribute
) -> Open | None:
    """A span that follows from another; ``None``: nobody wants it.

    Args:
        at_ns: when it began, ns since the epoch; ``None``: now.
    """
    if _exporter is None:
        return None
    return _exporter.begin(name, parent, at_ns, attributes)


@contextmanager
def received(source: str, header: str | None = None) -> Iterator[None]:
    """Something that was received is taken in: where traces begin. Without a span it stays in the
    trace of its request, so that all lines of the log about one request name the same.

    Args:
        header: the `traceparent` that came with it. Its trace goes on; whether it is exported
            decides our own ratio, so that no sender can have all of his exported.
    """
    named = parse(header)
    if named is not None:
        named = named._replace(sampled=_chosen(named.trace))
    with _within(
        begin("livewatch.receive", named, source=source), named or current.get() or fresh()
    ):
        yield


@contextmanager
def requested(header: str | None) -> Iterator[None]:
    """A request is answered that is no ingestion: it has a trace id, and no spans."""
    token = current.set(parse(header) or fresh())
    try:
        yield
    finally:
        current.reset(token)


@contextmanager
def step(name: str, **attributes: Attribute) -> Iterator[None]:
    """A step of the work at hand."""
    parent = current.get()
    if _exporter is None or parent is None or not parent.sampled:
        yield
        return
    with _within(_exporter.begin(name, parent, None, attributes), parent):
        yield


@contextmanager
def _within(span: Open | None, otherwise: Parent) -> Iterator[None]:
    context = span.context if span is not None else otherwise._replace(sampled=False)
    token = current.set(context)
    try:
        yield
    except BaseException as error:
        if span is not None:
            span.fail(type(error).__name__)
        raise
    finally:
        current.reset(token)
        if span is not None:
            span.end()


def _chosen(trace: str) -> bool:
    """The same choice as of OpenTelemetry's sampler by ratio: by the last eight bytes of the id."""
    return _exporter is not None and int(trace[16:], 16) < round(_exporter.ratio * 2**64)
