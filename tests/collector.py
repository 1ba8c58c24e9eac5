"""A collector of spans: what an OpenTelemetry collector does with OTLP over HTTP, and nothing more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class Received:
    """One span as it arrived, and the service that sent it."""

    service: str
    span: Span

    @property
    def trace(self) -> str:
        return self.span.trace_id.hex()

    @property
    def id(self) -> str:
        return self.span.span_id.hex()

    @property
    def parent(self) -> str:
        """The id of the span above it; empty for the first of its trace."""
        return self.span.parent_span_id.hex()

    @property
    def attributes(self) -> dict[str, Any]:
        return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in self.span.attributes}


@dataclass
class Collector:
    """The spans that have arrived so far. Whatever is not a legible export of traces is remembered as ``wrong``."""

    endpoint: str = ""
    spans: list[Received] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def of(self, trace: str) -> list[Received]:
        return [one for one in self.spans if one.trace == trace]

    def take(self, path: str, content_type: str, body: bytes) -> None:
        if path != "/v1/traces" or content_type != "application/x-protobuf":
            self.wrong.append(f"{path} {content_type}")
            return
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            [service] = [one.value.string_value for one in resource.resource.attributes if one.key == "service.name"]
            self.spans += [Received(service, span) for scope in resource.scope_spans for span in scope.spans]


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that listens at ``endpoint`` while the block runs."""
    made = Collector()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.take(self.path, self.headers["Content-Type"], self.rfile.read(int(self.headers["Content-Length"])))
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nothing on the screen."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        made.endpoint = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, name="collector", daemon=True)
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
