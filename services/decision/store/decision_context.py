"""The context of a step: day, law, policy of the caisse, from the reference table."""

from __future__ import annotations

import datetime as dt
from functools import partial

from services.decision.domain.case.context import CaissePolicy, DecisionContext
from services.decision.domain.delays import holidays
from services.decision.domain.law import edition
from shared import clock
from shared.contract import events as ev
from shared.messaging.reference_table import ReferenceTable

SYSTEM = ev.Actor(role="system", id="decision")


def caisse_policy(reference: ReferenceTable, caisse: str) -> CaissePolicy:
    """What the reference says of a caisse; a caisse unknown there decides nothing by itself."""
    record = reference.caisse(caisse)

    def appeal_body(on: dt.date) -> str:
        body = reference.appeal_body(caisse, on)
        if body is not None:
            return f"{caisse}:{body.since.isoformat()}"
        return str(edition.current().value("appeal.body", on).value.kind)

    if record is None:
        return CaissePolicy(appeal_body=appeal_body)
    return CaissePolicy(
        record.automatic_grant,
        record.signatory,
        record.overseas,
        appeal_body,
        record.department,
        frozenset(record.four_eyes),
        partial(reference.may_sign, caisse),
    )


def decision_context(reference: ReferenceTable, caisse: str) -> DecisionContext:
    """The context of a step at a caisse, on the day it is there."""
    policy, book = caisse_policy(reference, caisse), edition.current()
    day = clock.today(holidays.zone(book, policy.department, clock.today()))
    return DecisionContext(day, book, policy, edition.engine_digest())
