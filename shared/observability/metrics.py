"""The metrics of the kernel."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

registry = CollectorRegistry()

http_seconds = Histogram(
    "ame_http_request_duration_seconds",
    "Time to answer an HTTP request",
    ["method", "route", "status"],
    registry=registry,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
http_overloaded = Counter(
    "ame_http_overloaded_total",
    "Requests told to come back: no place would be free in time",
    ["lane"],
    registry=registry,
)
handler_seconds = Histogram(
    "ame_handler_duration_seconds",
    "Time to apply one batch of events",
    ["topic"],
    registry=registry,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
event_age = Histogram(
    "ame_event_age_seconds",
    "From the act that an event tells to its first application here",
    ["topic"],
    registry=registry,
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600),
)
pool_used = Gauge(
    "ame_database_pool_used_ratio", "Share of the connections to the database that are in use", registry=registry
)
events_applied = Counter(
    "ame_events_applied_total", "Events applied for the first time", ["topic", "type"], registry=registry
)
events_repeated = Counter("ame_events_repeated_total", "Events seen before and skipped", ["topic"], registry=registry)
dead_letters = Counter(
    "ame_dead_letters_total", "Messages parked for their own fault", ["topic", "reason"], registry=registry
)
consumer_lag = Gauge(
    "ame_consumer_lag", "Records between the consumer and the end of its partitions", ["topic"], registry=registry
)
stalled_seconds = Gauge(
    "ame_consumer_stalled_seconds",
    "Seconds since the consumer last moved while it had something to read",
    ["topic"],
    registry=registry,
)
circuit_open = Gauge(
    "ame_circuit_open", "1 when a consumer stopped because all its messages failed", ["topic"], registry=registry
)
outbox_backlog = Gauge("ame_outbox_backlog", "Events written but not yet acknowledged by the broker", registry=registry)
outbox_oldest = Gauge("ame_outbox_oldest_seconds", "Age of the oldest unsent event", registry=registry)
events_sent = Counter("ame_events_sent_total", "Events acknowledged by the broker", ["topic"], registry=registry)
parked_keys = Gauge("ame_parked_keys", "Keys whose events wait for an operator", registry=registry)
parked_messages = Gauge("ame_parked_messages", "Messages that wait for an operator", registry=registry)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def method_label(method: str) -> str:
    """The method of a request as a label: what a client makes up must not make a series of its own."""
    return method if method in METHODS else "other"
