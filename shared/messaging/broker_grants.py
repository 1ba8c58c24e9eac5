"""The grants of the catalogue on a secured broker, and the passwords of its users.

aiokafka's administration knows neither grants nor SCRAM users: this is the one place for confluent-kafka, the library
of the group `security`, which services do not carry.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import confluent_kafka.admin
from confluent_kafka.admin import AdminClient

from shared.messaging.access_rights import USERS, Grant, grants
from shared.messaging.kafka_connection import MECHANISM
from shared.settings import Settings

SECONDS = 30.0
ITERATIONS = 8192
_kafka: Any = confluent_kafka.admin  # its published types refuse the None that its filters need
_OPERATIONS = {_kafka.AclOperation.READ: "read", _kafka.AclOperation.WRITE: "write"}
_KINDS = {_kafka.ResourceType.TOPIC: "topic", _kafka.ResourceType.GROUP: "group"}


def administration(settings: Settings) -> AdminClient:
    """The client of administration, as the user of the settings."""
    # What goes wrong is raised; the library would also write each attempt to the screen.
    options: dict[str, Any] = {"bootstrap.servers": settings.kafka_bootstrap_servers, "log_level": 2}
    if settings.kafka_user:
        options |= {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": MECHANISM,
            "sasl.username": settings.kafka_user,
            "sasl.password": settings.kafka_password.get_secret_value(),
        }
    if settings.kafka_ca_file is not None:
        options["ssl.ca.location"] = str(settings.kafka_ca_file)
    return AdminClient(options)


def passwords_in(folder: Path) -> dict[str, str]:
    """The passwords of a folder with one file for each user.

    Raises ``ValueError`` naming every user whose file is missing or empty: no password is invented here.
    """
    found = {user: (folder / user).read_text().strip() if (folder / user).is_file() else "" for user in USERS}
    if missing := [user for user, password in found.items() if not password]:
        raise ValueError(f"no password in {folder} for: {', '.join(missing)}")
    return found


def set_passwords(admin: AdminClient, passwords: Mapping[str, str]) -> None:
    """Make the users, or change their passwords; open connections go on. Raises ``KafkaException``."""
    how = _kafka.ScramCredentialInfo(_kafka.ScramMechanism.SCRAM_SHA_512, ITERATIONS)
    changes = [
        _kafka.UserScramCredentialUpsertion(user, how, password.encode()) for user, password in passwords.items()
    ]
    _wait(admin.alter_user_scram_credentials(changes, request_timeout=SECONDS))


def apply_grants(admin: AdminClient) -> tuple[int, int]:
    """Grant what the catalogue says and take back what it does not; returns how many of each.

    Raises ``KafkaException``.
    """
    present, wanted = _present(admin), grants()
    more = [_binding(one) for one in sorted(wanted - present.keys())]
    over = [_filter_of(binding) for one, binding in present.items() if one not in wanted]
    if more:
        _wait(admin.create_acls(more, request_timeout=SECONDS))
    if over:
        _wait(admin.delete_acls(over, request_timeout=SECONDS))
    return len(more), len(over)


def grant_differences(admin: AdminClient) -> list[str]:
    """What the broker grants otherwise than the catalogue, one sentence each; empty when all is as it should be."""
    present, wanted = _present(admin), grants()
    missing = [f"{_words(one)} is not granted" for one in sorted(wanted - present.keys())]
    return missing + [f"{_words(one)} is granted for no reason" for one in sorted(present.keys() - wanted)]


def _words(one: Grant) -> str:
    return f"{one.user}: {one.operation} of {one.kind} {one.name}"


def _present(admin: AdminClient) -> dict[Grant, Any]:
    """What the broker grants to our users and to everybody, in whatever form."""
    every = _kafka.AclBindingFilter(
        _kafka.ResourceType.ANY,
        None,
        _kafka.ResourcePatternType.ANY,
        None,
        None,
        _kafka.AclOperation.ANY,
        _kafka.AclPermissionType.ANY,
    )
    ours = {f"User:{user}" for user in (*USERS, "*", "ANONYMOUS")}
    found: list[Any] = admin.describe_acls(every, request_timeout=SECONDS).result()
    return {_grant(one): one for one in found if one.principal in ours}


def _grant(binding: Any) -> Grant:
    plain = (
        binding.resource_pattern_type == _kafka.ResourcePatternType.LITERAL
        and binding.permission_type == _kafka.AclPermissionType.ALLOW
        and binding.host == "*"
    )
    operation = _OPERATIONS.get(binding.operation, binding.operation.name.lower())
    kind = _KINDS.get(binding.restype, binding.restype.name.lower())
    form = "" if plain else f" ({binding.resource_pattern_type.name}, {binding.permission_type.name}, {binding.host})"
    return Grant(binding.principal.removeprefix("User:"), operation, kind, binding.name + form)


def _binding(one: Grant) -> Any:
    kind = next(known for known, name in _KINDS.items() if name == one.kind)
    operation = next(known for known, name in _OPERATIONS.items() if name == one.operation)
    return _kafka.AclBinding(
        kind,
        one.name,
        _kafka.ResourcePatternType.LITERAL,
        f"User:{one.user}",
        "*",
        operation,
        _kafka.AclPermissionType.ALLOW,
    )


def _filter_of(binding: Any) -> Any:
    return _kafka.AclBindingFilter(
        binding.restype,
        binding.name,
        binding.resource_pattern_type,
        binding.principal,
        binding.host,
        binding.operation,
        binding.permission_type,
    )


def _wait(futures: Mapping[Any, Any]) -> None:
    for done in futures.values():
        done.result()
