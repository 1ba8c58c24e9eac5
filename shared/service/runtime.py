"""What handlers, routes and jobs of one process share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from shared.database.unit_of_work import Database
from shared.messaging.reference_table import ReferenceTable
from shared.settings import Settings


@dataclass
class Runtime:
    """What handlers, routes and background work of one process share."""

    settings: Settings
    database: Database
    reference: ReferenceTable
    state: dict[str, Any] = field(default_factory=dict)


Background = Callable[[Runtime], Awaitable[None]]
Hook = Callable[[Runtime], Awaitable[None]]
