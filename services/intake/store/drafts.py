"""Interviews under way: begun, saved at each step, filed or forgotten."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from services.intake.domain.interview.answers import Answers
from services.intake.tables import drafts
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import not_found
from shared.ids import uuid7

LISTED = 50
_c = drafts.c


@dataclass(frozen=True)
class Draft:
    """One interview: its answers, and the application it became."""

    draft_id: UUID
    caisse: str
    agent: str
    version: int
    answers: Answers
    application_id: UUID | None
    changed_at: dt.datetime


async def begin(unit: UnitOfWork, principal: Principal, caisse: str) -> UUID:
    """A new interview without answers; returns its id."""
    draft_id, now = uuid7(), dt.datetime.now(dt.UTC)
    await unit.execute(
        sa.insert(drafts).values(
            draft_id=draft_id,
            caisse=caisse,
            agent=principal.id,
            version=1,
            answers=Answers().model_dump(),
            begun_at=now,
            changed_at=now,
        )
    )
    return draft_id


async def read(unit: UnitOfWork, principal: Principal, draft_id: UUID, *, lock: bool = False) -> Draft:
    """An interview of the caisse in scope. Raises 404."""
    query = sa.select(*_COLUMNS).where(_c.draft_id == draft_id, principal.scope(_c.caisse))
    row = await unit.one_or_none(query.with_for_update() if lock else query)
    if row is None:
        raise not_found()
    return _draft(row)


async def save(unit: UnitOfWork, draft: Draft, answers: Answers, *, by_itself: bool = False) -> None:
    """Write the answers of a locked interview. What the page saves ``by_itself`` while one types is no new version."""
    version = draft.version if by_itself else draft.version + 1
    await unit.execute(
        sa.update(drafts)
        .where(_c.draft_id == draft.draft_id)
        .values(answers=answers.model_dump(), version=version, changed_at=dt.datetime.now(dt.UTC))
    )


async def file(unit: UnitOfWork, draft_id: UUID, application_id: UUID) -> None:
    """The interview became an application: its answers are there, and forgotten here."""
    await unit.execute(
        sa.update(drafts)
        .where(_c.draft_id == draft_id)
        .values(application_id=application_id, answers=Answers().model_dump(), changed_at=dt.datetime.now(dt.UTC))
    )


async def remove(unit: UnitOfWork, principal: Principal, draft_id: UUID) -> None:
    """Forget an interview that will not be filed."""
    await unit.execute(sa.delete(drafts).where(_c.draft_id == draft_id, principal.scope(_c.caisse)))


async def under_way(unit: UnitOfWork, principal: Principal) -> list[Draft]:
    """The interviews of the caisse that are not filed, the last touched first."""
    query = sa.select(*_COLUMNS).where(principal.scope(_c.caisse), _c.application_id.is_(None))
    return [_draft(row) for row in await unit.rows(query.order_by(_c.changed_at.desc()).limit(LISTED))]


async def forget(unit: UnitOfWork, before: dt.datetime) -> None:
    """Forget the interviews that nobody touched since ``before``."""
    await unit.execute(sa.delete(drafts).where(_c.changed_at < before))


_COLUMNS = (_c.draft_id, _c.caisse, _c.agent, _c.version, _c.answers, _c.application_id, _c.changed_at)


def _draft(row: sa.Row[tuple[object, ...]]) -> Draft:
    fields = dict(row._mapping)
    return Draft(**{**fields, "answers": Answers.model_validate(fields["answers"])})
