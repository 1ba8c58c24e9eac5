"""How a process reaches the brokers: who it is there, and over what kind of line.

The local profile speaks plain text to a broker on the same machine. Elsewhere each service and role has a user of its
own (SCRAM-SHA-512 over TLS), and the broker grants it no more than the catalogue of topics says.
"""

from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path
from typing import Any

from faststream.security import BaseSecurity, SASLScram512
from ktables import KafkaConnectionConfig
from ktables.connection import resolve_connection

from shared.settings import Settings

MECHANISM = "SCRAM-SHA-512"

Connection = KafkaConnectionConfig | str
"""The brokers with how to speak to them; a bare address is plain text."""


def connection_of(settings: Settings) -> KafkaConnectionConfig:
    """The connection that the settings describe; its words never hold the password."""
    if not settings.kafka_user:
        return KafkaConnectionConfig(settings.kafka_bootstrap_servers)
    return secured(
        settings.kafka_bootstrap_servers,
        settings.kafka_user,
        settings.kafka_password.get_secret_value(),
        settings.kafka_ca_file,
    )


def secured(bootstrap_servers: str, user: str, password: str, ca_file: Path | None) -> KafkaConnectionConfig:
    """A connection over TLS as ``user``. ``ca_file``: the authority of the brokers, where it is no public one."""
    return KafkaConnectionConfig(
        bootstrap_servers,
        common_opts={
            "security_protocol": "SASL_SSL",
            "ssl_context": _context(ca_file),
            "sasl_mechanism": MECHANISM,
            "sasl_plain_username": user,
            "sasl_plain_password": password,
        },
    )


def client_options(connection: Connection) -> dict[str, Any]:
    """What every client of aiokafka takes: the address, and how to speak to it."""
    resolved = resolve_connection(connection)
    return {"bootstrap_servers": resolved.bootstrap_servers, **resolved.common_opts}


def broker_security(settings: Settings) -> BaseSecurity | None:
    """The same for the consumers' client of FastStream; None for plain text."""
    if not settings.kafka_user:
        return None
    password = settings.kafka_password.get_secret_value()
    return SASLScram512(settings.kafka_user, password, ssl_context=_context(settings.kafka_ca_file), use_ssl=True)


@cache
def _context(ca_file: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file)
