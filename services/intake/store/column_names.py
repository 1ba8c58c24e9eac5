"""The names of columns that each sender's software uses, remembered for the sender and its caisse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.intake.tables import column_names
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork

_c = column_names.c


def sender_of(principal: Principal) -> str:
    """Whose names they are: a body's own, whichever of its tokens it shows, else those of the token."""
    return principal.body or principal.id


async def own_columns(unit: UnitOfWork, principal: Principal) -> dict[str, str]:
    """What this sender's names stand for, by folded name."""
    query = sa.select(_c.columns).where(
        principal.scope(_c.caisse), _c.caisse == (principal.caisse or ""), _c.sender == sender_of(principal)
    )
    found: dict[str, str] | None = await unit.scalar(query)
    return dict(found or {})


async def remember(unit: UnitOfWork, principal: Principal, columns: Mapping[str, str]) -> None:
    """Keep what this sender's names stand for, in place of what was kept before."""
    values = {
        "caisse": principal.caisse or "",
        "sender": sender_of(principal),
        "columns": dict(columns),
        "changed_at": dt.datetime.now(dt.UTC),
    }
    statement = insert(column_names).values(values)
    changed = {name: statement.excluded[name] for name in ("columns", "changed_at")}
    await unit.execute(statement.on_conflict_do_update(index_elements=["caisse", "sender"], set_=changed))
