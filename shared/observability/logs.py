"""Logs and measures. Logs are JSON lines with ids and codes, never names; measures follow Prometheus conventions."""

from __future__ import annotations

import contextvars
import logging
import os
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

correlation: contextvars.ContextVar[str] = contextvars.ContextVar("correlation", default="")

_TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$")


def new_trace() -> str:
    """A fresh trace id: 32 hexadecimal digits."""
    return os.urandom(16).hex()


def trace_of(traceparent: str | None) -> str:
    """The trace id of a W3C ``traceparent`` header, or a fresh one when there is none or it is malformed."""
    match = _TRACEPARENT.match(traceparent or "")
    return match.group(1) if match else new_trace()


def _add_correlation(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    if trace_id := correlation.get():
        event.setdefault("correlation_id", trace_id)
    return event


def _frames_only(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Where an error arose and of what kind, without its message: a database repeats the failing row, names
    included."""
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
    lines: list[str] = []
    while error is not None:
        lines += [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
        ]
        lines.append(f"{type(error).__module__}.{type(error).__name__}")
        error = error.__cause__ or error.__context__
    if lines:
        event["exception"] = "\n".join(lines)
    return event


def configure_logs(service: str, slot: str, level: int = logging.INFO) -> None:
    """Send structlog and the libraries' logging through one JSON renderer to standard output."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_correlation,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _frames_only,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("aiokafka", "faststream", "uvicorn.access", "alembic", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(service=service, slot=slot)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger of this name."""
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return bound
