"""Before whom and until when a decision of a day is contested."""

from __future__ import annotations

import datetime as dt

from services.decision.domain.case.context import DecisionContext
from services.decision.domain.law.rulebook import Value
from services.decision.domain.law.value_types import AppealBody, Texts
from shared.contract import events as ev


def texts(context: DecisionContext, on: dt.date) -> Value:
    """The texts a decision of that day cites."""
    return context.book.value("refusal.texts", on)


def way(context: DecisionContext, on: dt.date) -> ev.AppealWay:
    """How an adverse decision of that day is contested, for its letter."""
    law = context.book.value("appeal.body", on)
    body: AppealBody = law.value
    cited = texts(context, on)
    known: Texts = cited.value
    return ev.AppealWay(
        kind=body.kind,
        body=context.policy.appeal_body(on),
        months=context.delay("appeal", on).months,
        then=body.then,
        mandatory=body.mandatory,
        reasons=known.reasons,
        appeal=known.appeal,
        confidence=cited.confidence,
    )
