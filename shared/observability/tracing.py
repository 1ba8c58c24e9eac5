"""Spans for an OpenTelemetry collector where ``OTEL_EXPORTER_OTLP_ENDPOINT`` names one; elsewhere nothing, not even an
import.

The trace id is the correlation id: the same in ``X-Correlation-Id``, in every log line, in every event and in the
letter's row. Events carry the span that caused them in ``traceparent``, so that the spans of the next service hang
below it. Attributes are ids and codes, as in logs. Where spans go, how many are kept and how long to wait is said by
the standard variables (``OTEL_EXPORTER_OTLP_HEADERS``, ``OTEL_TRACES_SAMPLER``, …).
"""

from __future__ import annotations

import contextvars
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from shared.observability import logs

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Link, Span, SpanKind, Tracer

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
WATCHED = {"/live", "/ready", "/metrics"}  # asked every few seconds
MAX_LINKS = 128  # what a span may hold by the standard

Attributes = Mapping[str, Any]

_PARENT = re.compile(r"00-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})")
_TRACE = re.compile(r"[0-9a-f]{32}")
# The traceparent of the span that is at work in each trace: a batch works in many.
_at_work: contextvars.ContextVar[Mapping[str, str]] = contextvars.ContextVar("at_work", default=MappingProxyType({}))
_wanted_trace: contextvars.ContextVar[int] = contextvars.ContextVar("wanted_trace")
_tracer: Tracer | None = None


def configure(service: str, slot: str) -> None:
    """Send spans from now on, where an endpoint is named. What is left when the process ends is sent then."""
    global _tracer
    if not any(map(os.environ.get, ENDPOINTS)):
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

    class OurTraces(RandomIdGenerator):
        """The trace exists before its first span: it is the correlation id."""

        def generate_trace_id(self) -> int:
            return _wanted_trace.get()

    resource = Resource.create({"service.namespace": "ame", "service.name": service, "service.instance.id": slot})
    provider = TracerProvider(resource=resource, id_generator=OurTraces())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = provider.get_tracer("ame")


def traceparent(trace_id: str) -> str:
    """The W3C ``traceparent`` of an event that leaves now for ``trace_id``: the span at work, or one of its own."""
    if at_work := _at_work.get().get(trace_id):
        return at_work
    trace_id = trace_id if _TRACE.fullmatch(trace_id) else logs.new_trace()
    if _tracer is None:
        return f"00-{trace_id}-{os.urandom(8).hex()}-01"
    span = _start("emit", "INTERNAL", trace_id, {})
    span.end()
    return _named(span)


@dataclass(frozen=True)
class SpanSpec:
    """What one span of a common piece of work is about: its trace id or its parent's ``traceparent``, and
    attributes."""

    name: str
    parent: str
    attributes: Attributes


@contextmanager
def work(kind: str, parts: Sequence[SpanSpec]) -> Iterator[Sequence[Span]]:
    """One span of ``kind`` for each part while the block runs; events emitted in it name the span of their trace.

    An exception marks every span as failed, by its type: its text may hold what rows hold.
    """
    if _tracer is None:
        yield ()
        return
    spans = [_start(part.name, kind, part.parent, part.attributes) for part in parts]
    before = _at_work.set({logs.trace_of(name): name for name in map(_named, spans)})
    try:
        yield spans
    except BaseException as error:
        for span in spans:
            _fail(span, type(error).__name__)
        raise
    finally:
        _at_work.reset(before)
        for span in spans:
            span.end()


@contextmanager
def request(method: str, path: str, given: str, trace_id: str) -> Iterator[Callable[[str, int], None]]:
    """A span for an HTTP request of ``trace_id``, below the ``given`` traceparent where that is legible.

    Gives back what to call with the route and the status when they are known. Watchers' requests have no span.
    """
    if _tracer is None or path in WATCHED:
        yield lambda route, status: None
        return
    parent = given if _PARENT.fullmatch(given) else trace_id
    with work("SERVER", [SpanSpec(method, parent, {"http.request.method": method})]) as [span]:

        def answered(route: str, status: int) -> None:
            span.update_name(f"{method} {route}")
            span.set_attributes({"http.route": route, "http.response.status_code": status})
            if status >= 500:
                _fail(span, str(status))

        yield answered


@contextmanager
def batch(consumer: str, topic: str, deliveries: Sequence[Any]) -> Iterator[None]:
    """A span for a batch of ``Delivery``, linked with its events, and one for each event in the event's own trace."""
    if _tracer is None:
        yield
        return
    common = {
        "messaging.system": "kafka",
        "messaging.destination.name": topic,
        "messaging.consumer.group.name": consumer,
    }
    parts = [
        SpanSpec(
            f"process {topic}",
            delivery.header("traceparent"),
            common
            | {
                "messaging.operation.type": "process",
                "messaging.message.id": str(delivery.event_id),
                "messaging.kafka.message.key": delivery.key,
                "ame.event.type": delivery.header("ce_type"),
            },
        )
        for delivery in deliveries
    ]
    links = [link for link in (_link(part.parent) for part in parts[:MAX_LINKS]) if link is not None]
    whole = common | {"messaging.operation.type": "receive", "messaging.batch.message_count": len(deliveries)}
    span = _start(f"receive {topic}", "CONSUMER", logs.new_trace(), whole, links=links)
    try:
        with work("CONSUMER", parts):
            yield
    except BaseException as error:
        _fail(span, type(error).__name__)
        raise
    finally:
        span.end()


def sent(topic: str, parent: str, event_type: str, began: int, error: str = "") -> None:
    """A span for one event handed to the broker at ``began`` (nanoseconds of the epoch) and acknowledged, or not,
    now."""
    if _tracer is None:
        return
    attributes = {
        "messaging.system": "kafka",
        "messaging.destination.name": topic,
        "messaging.operation.type": "send",
        "ame.event.type": event_type,
    }
    span = _start(f"send {topic}", "PRODUCER", parent, attributes, began=began)
    if error:
        _fail(span, error)
    span.end()


def now() -> int:
    """Nanoseconds of the epoch, as spans count."""
    return time.time_ns()


def _start(
    name: str, kind: str, parent: str, attributes: Attributes, *, links: Sequence[Link] = (), began: int | None = None
) -> Span:
    """Start a span below a ``traceparent``, or as the first of a trace id; what is neither begins a trace of its
    own."""
    assert _tracer is not None
    _wanted_trace.set(int(parent if _TRACE.fullmatch(parent) else logs.trace_of(parent), 16))
    return _tracer.start_span(
        name, _context(parent), kind=_kind(kind), attributes=attributes, links=links, start_time=began
    )


def _context(parent: str) -> Context:
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    if (match := _PARENT.fullmatch(parent)) is None:
        return Context()
    above = SpanContext(int(match["trace"], 16), int(match["span"], 16), True, TraceFlags(int(match["flags"], 16)))
    return set_span_in_context(NonRecordingSpan(above), Context())


def _link(parent: str) -> Link | None:
    from opentelemetry.trace import Link, get_current_span

    above = get_current_span(_context(parent)).get_span_context()
    return Link(above) if above.is_valid else None


def _kind(kind: str) -> SpanKind:
    from opentelemetry.trace import SpanKind

    return SpanKind[kind]


def _named(span: Span) -> str:
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags & 1:02x}"


def _fail(span: Span, error: str) -> None:
    from opentelemetry.trace import StatusCode

    span.set_status(StatusCode.ERROR, error)
    span.set_attribute("error.type", error)
