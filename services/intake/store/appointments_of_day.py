"""The appointments of one day in scope, by desk and hour, with the person of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.intake.store.applications import applicant
from services.intake.tables import applications, appointments, versions
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork

MOST = 300


async def of_day(unit: UnitOfWork, principal: Principal, day: dt.date) -> Sequence[sa.Row[Any]]:
    """Who comes on a day: those of the desks of the caisse, the earliest first; a moved one stands at its new hour."""
    a, f = appointments.c, applications.c
    query = (
        sa.select(appointments, f.reference, applicant().label("name"))
        .join(applications, f.application_id == a.application_id)
        .outerjoin(versions, (versions.c.application_id == f.application_id) & (versions.c.version == f.facts_version))
        .where(principal.scope(f.caisse), principal.scope(a.caisse), a.day == day, a.state != "cancelled")
    )
    return await unit.rows(query.order_by(a.desk, a.hour, a.appointment_id).limit(MOST))
