"""What every printed figure carries of its stored row."""

from __future__ import annotations

from collections.abc import Mapping

from services.reporting.domain.transmission import Head
from services.reporting.store.quarters import Frozen


def head_of(frozen: Frozen, names: Mapping[str, str]) -> Head:
    """The head of one stored row."""
    name = names.get(frozen.caisse, frozen.caisse)
    told = (frozen.period.id, frozen.state, frozen.revision, frozen.made_on, frozen.sha256)
    return Head(frozen.caisse, name, *told)
