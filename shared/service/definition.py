"""What makes one service."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter
from prometheus_client.registry import Collector

from shared.messaging.subscription import Subscription
from shared.service.runtime import Background, Hook, Runtime


@dataclass(frozen=True)
class Service:
    """What makes one service: its name, its routes, its subscriptions and its background work.

    ``subscriptions`` is called once with the runtime, so that handlers can be built around the reference or an index.
    ``on_start`` runs before consumers start, ``on_stop`` after they stopped. ``background`` runs in workers only, and
    is started again with a pause if it fails. ``largest_upload``: bytes of the largest form with a file; 0: none is
    taken. ``examples`` holds a request body for each operation that takes one, by the operation's id; ``schemas`` the
    models of bodies that routes read by themselves, by name.
    """

    name: str
    title: str
    routers: Sequence[APIRouter]
    metadata: sa.MetaData
    subscriptions: Callable[[Runtime], Sequence[Subscription]] = lambda _: ()
    emits: Sequence[str] = ()
    background: Sequence[Background] = ()
    on_start: Sequence[Hook] = ()
    on_stop: Sequence[Hook] = ()
    collectors: Callable[[Runtime], Sequence[Collector]] = lambda _: ()
    api_background: Sequence[Background] = ()
    largest_upload: int = 0
    examples: Mapping[str, Any] = field(default_factory=dict)
    schemas: Mapping[str, Any] = field(default_factory=dict)
