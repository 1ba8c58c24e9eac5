"""A line to the broker that breaks while something is written to it, told in the words aiokafka understands.

asyncio's own transports swallow such a write or raise ``OSError``; uvloop's raise ``RuntimeError``. aiokafka knows only
the former (its issue 1038), so that under uvloop a cut line ends the client's background tasks for good: no metadata,
no coordinator, no heartbeat, and a consumer that looks healthy and reads nothing until its process is started again.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError


def mend() -> None:
    """Make every connection of this process report a write on a closed line as a broken connection; once is enough."""
    for name in ("send", "_send_sasl_token"):
        setattr(AIOKafkaConnection, name, _telling(getattr(AIOKafkaConnection, name)))


def _telling(write: Any) -> Any:
    if hasattr(write, "__wrapped__"):
        return write

    @wraps(write)
    def telling(connection: AIOKafkaConnection, *args: Any, **options: Any) -> Any:
        try:
            return write(connection, *args, **options)
        except RuntimeError as error:
            connection.close(reason=CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"Connection at {connection.host}:{connection.port} broken: {error}") from error

    return telling
