"""Before whom and until when a decision of a day is contested."""

from __future__ import annotations

import datetime as dt

from services.decision.domain.case.context import Setting
from services.decision.domain.law.rulebook import Value
from services.decision.domain.law.value_types import AppealBody, Texts
from shared.contract import events as ev

BODIES = {
    "gracieux": "recours gracieux devant la caisse",
    "rapo": "recours préalable devant l'auteur de la décision",
    "cdas": "commission départementale d'aide sociale",
    "tribunal_administratif": "tribunal administratif",
    "commission_centrale_aide_sociale": "commission centrale d'aide sociale",
}


def texts(setting: Setting, on: dt.date) -> Value:
    """The texts a decision of that day cites."""
    return setting.book.value("refusal.texts", on)


def way(setting: Setting, on: dt.date) -> ev.AppealWay:
    """How an adverse decision of that day is contested, for its letter."""
    law = setting.book.value("appeal.body", on)
    body: AppealBody = law.value
    cited = texts(setting, on)
    known: Texts = cited.value
    return ev.AppealWay(
        kind=body.kind,
        body=setting.policy.appeal_body(on),
        months=setting.delay("appeal", on).months,
        then=body.then,
        mandatory=body.mandatory,
        reasons=known.reasons,
        appeal=known.appeal,
        confidence=cited.confidence,
    )
