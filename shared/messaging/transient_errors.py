"""Which errors pass by themselves."""

from __future__ import annotations

import psycopg
from aiokafka.errors import KafkaError
from sqlalchemy.exc import DBAPIError


def is_transient(error: BaseException) -> bool:
    """Whether trying again may help: lost connections, timeouts, serialization failures, deadlocks, broker errors."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(
            error.orig, (psycopg.OperationalError, psycopg.InterfaceError)
        )
    return isinstance(error, (OSError, TimeoutError, KafkaError, psycopg.OperationalError))


def failure_reason(error: BaseException) -> str:
    """The code under which a failed message is parked."""
    if is_transient(error):
        return "transient_exhausted"
    code = "" if isinstance(error, DBAPIError) else getattr(error, "code", "")  # its codes name pages of a manual
    return code if isinstance(code, str) and code.isidentifier() else "handler_error"
