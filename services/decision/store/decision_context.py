"""The context of a step: day, law, policy of the caisse, from the reference table."""

from __future__ import annotations

import datetime as dt
from functools import partial

from services.decision.domain.case.context import Policy, Setting
from services.decision.domain.delays import holidays
from services.decision.domain.law import edition
from shared import clock
from shared.contract import events as ev
from shared.messaging.reference_table import Reference

SYSTEM = ev.Actor(role="system", id="decision")


def policy_of(reference: Reference, caisse: str) -> Policy:
    """What the reference says of a caisse; a caisse unknown there decides nothing by itself."""
    record = reference.caisse(caisse)

    def appeal_body(on: dt.date) -> str:
        body = reference.appeal_body(caisse, on)
        if body is not None:
            return f"{caisse}:{body.since.isoformat()}"
        return str(edition.current().value("appeal.body", on).value.kind)

    if record is None:
        return Policy(appeal_body=appeal_body)
    return Policy(
        record.automatic_grant,
        record.signatory,
        record.overseas,
        appeal_body,
        record.department,
        frozenset(record.four_eyes),
        partial(reference.may_sign, caisse),
    )


def setting_of(reference: Reference, caisse: str) -> Setting:
    """The setting of a step at a caisse, on the day it is there."""
    policy, book = policy_of(reference, caisse), edition.current()
    day = clock.today(holidays.zone(book, policy.department, clock.today()))
    return Setting(day, book, policy, edition.engine_digest())
