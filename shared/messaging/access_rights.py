"""What each process may do on the broker, worked out from the catalogue of topics.

One user for each service and role. A worker writes what its service produces and reads what it follows, in groups of
its own. An API writes and reads nothing but the reference topic: its events leave by the outbox, which the worker
relays. So a letters container that falls into wrong hands can write no decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shared.contract import events
from shared.messaging.catalogue import TOPICS
from shared.settings import SERVICES

ROLES = ("api", "worker")


@dataclass(frozen=True, order=True)
class Grant:
    """``user`` may do ``operation`` (read, write) on the ``kind`` (topic, group) called ``name``."""

    user: str
    operation: str
    kind: str
    name: str


def user_of(service: str, role: str) -> str:
    """The broker's name of the processes of one service and role."""
    return f"ame-{service}-{role}"


USERS = tuple(user_of(service, role) for service in SERVICES for role in ROLES)
"""Everyone whom the broker knows, but for its administrator."""


def grants() -> frozenset[Grant]:
    """Everything that is granted; what is not among it is refused."""
    return frozenset(_grants())


def _grants() -> Iterator[Grant]:
    for topic in TOPICS:
        for service in topic.written_by:
            yield Grant(user_of(service, "worker"), "write", "topic", topic.name)
        for service in topic.followed_by:
            worker = user_of(service, "worker")
            yield Grant(worker, "read", "topic", topic.name)
            yield Grant(worker, "read", "group", f"{service}.{topic.name}")
    for user in USERS:
        yield Grant(user, "read", "topic", events.REFERENCE)
    for service in SERVICES:  # a provider that ends a session may tell any service: the deny list is written there
        yield Grant(user_of(service, "api"), "write", "topic", events.REFERENCE)
    for role in ROLES:  # the heads of the access log, for the page and the command that check it
        yield Grant(user_of("reporting", role), "read", "topic", events.AUDIT)
