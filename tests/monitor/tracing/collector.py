"""A collector of traces: a server that takes OTLP over HTTP, and decodes what comes."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

__all__ = ["Collector", "Taken", "collecting"]


class Taken(NamedTuple):
    """One span."""

    name: str
    trace: str
    span: str
    parent: str
    service: str
    attributes: dict[str, Any]
    failed: bool
    start: int
    end: int


class Collector:
    """What has come."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.bodies: list[bytes] = []

    def spans(self, trace: str | None = None) -> list[Taken]:
        """All spans, or those of one trace, in the order of their beginning."""
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
            ExportTraceServiceRequest,
        )

        found = []
        for body in self.bodies:
            request = ExportTraceServiceRequest()
            request.ParseFromString(body)
            for group in request.resource_spans:
                named = {one.key: one.value.string_value for one in group.resource.attributes}
                found += [
                    Taken(
                        span.name,
                        span.trace_id.hex(),
                        span.span_id.hex(),
                        span.parent_span_id.hex(),
                        named["service.name"],
                        {one.key: _value(one.value) for one in span.attributes},
                        span.status.code == 2,
                        span.start_time_unix_nano,
                        span.end_time_unix_nano,
                    )
                    for scope in group.scope_spans
                    for span in scope.spans
                ]
        found.sort(key=lambda span: span.start)
        return [span for span in found if trace in (None, span.trace)]

    def chain(self, last: Taken) -> list[str]:
        """The names from the first span of a trace down to this one."""
        by_id = {span.span: span for span in self.spans(last.trace)}
        names = [last.name]
        while (above := by_id.get(last.parent)) is not None:
            last = above
            names.append(last.name)
        return names[::-1]


def _value(value: Any) -> Any:
    return getattr(value, value.WhichOneof("value"))


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            well = self.path == "/v1/traces" and (
                self.headers["Content-Type"] == "application/x-protobuf"
            )
            if well:
                collector.bodies.append(body)
            self.send_response(200 if well else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(f"http://127.0.0.1:{server.server_address[1]}/v1/traces")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
