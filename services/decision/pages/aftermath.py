"""What comes after a decision, by form: notified, reasons, appeals and answers, hearings, withdrawal, changes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.decision.api import after_decision as api
from services.decision.api.schemas import NewAct, NewAnswer, NewAppeal, NewChange, NewHearing, NewRevocation
from services.decision.domain.wording.labels import ANSWERS, APPEALS, GROUNDS
from services.decision.pages.acts import attempt, version_of
from services.decision.pages.frame import FOLDER, Deciding, OpenCase, Posting, frame, label_of, open_case
from services.decision.pages.possible import possible
from shared import clock
from shared.access.principal import Principal
from shared.access.purposes import Purpose, purpose_by_way
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.form_fields import number_in
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
KINDS = {
    "notified": "La décision a été reçue par la personne",
    "reasons_requested": "La personne demande les motifs",
    "reasons_given": "Les motifs ont été donnés",
    "appeal": "Un recours est arrivé",
    "answer": "Un recours a reçu sa réponse",
    "hearing": "La personne est invitée à répondre avant un retrait",
    "answered": "La personne a répondu à l'invitation",
    "revocation": "La décision est retirée",
    "change": "La situation a changé pendant le droit",
}
CHANGES = ("death", "departure", "regularised", "family", "means", "address", "other_caisse")
FIELDS = ("kind", "on", "body", "number", "outcome", "ground", "change", "reason")


@router.get("/ui/cases/{application_id}/aftermath", response_class=HTMLResponse)
async def aftermath_page(
    request: Request, runtime: RuntimeDependency, principal: Deciding, application_id: UUID, kind: str = ""
) -> Response:
    """Which event to record, then what it needs."""
    purpose = purpose_by_way(principal, Purpose.INSTRUCTION)
    opened = await open_case(runtime, principal, application_id, purpose)
    if not any(offer.path == "aftermath" for offer in possible(opened, principal, clock.today())):
        return RedirectResponse(f"/ui/cases/{application_id}", 303)
    return _page(request, runtime, principal, opened, {"kind": kind if kind in KINDS else ""}, {})


@router.post("/ui/cases/{application_id}/aftermath")
async def record(request: Request, runtime: RuntimeDependency, principal: Posting, application_id: UUID) -> Response:
    """Put the event on record; the delays that follow are computed at once."""
    form = await request.form()
    given = {name: str(form.get(name, ""))[:2000] for name in FIELDS}
    on = _day(given["on"])
    if given["kind"] not in KINDS:
        wrong: Mapping[str, str] = {"kind": "Choisissez ce qui s'est passé."}
    elif on is None and given["kind"] not in ("hearing", "revocation"):
        wrong = {"on": "Écrivez le jour, par exemple 31/12/2025."}
    else:
        version = version_of(form)
        wrong = await attempt(lambda: _act(runtime, principal, application_id, given, on or clock.today(), version))
    if not wrong:
        return messages.redirect(
            request, f"/ui/cases/{application_id}", Message(f"Enregistré : {KINDS[given['kind']]}.")
        )
    purpose = purpose_by_way(principal, Purpose.INSTRUCTION)
    opened = await open_case(runtime, principal, application_id, purpose)
    return _page(request, runtime, principal, opened, given, wrong)


async def _act(
    runtime: Runtime,
    principal: Principal,
    application_id: UUID,
    given: Mapping[str, str],
    on: dt.date,
    version: int,
) -> object:
    common = (runtime, principal, application_id)
    match given["kind"]:
        case "appeal":
            appeal = NewAppeal.model_validate({"body": given["body"], "on": on})
            return await api.post_appeal(*common, appeal, version)
        case "answer":
            number = number_in(given["number"] or "1")
            answer = NewAnswer.model_validate({"outcome": given["outcome"], "on": on})
            return await api.post_answer(*common, number, answer, version)
        case "hearing":
            return await api.post_hearing(*common, NewHearing.model_validate({"ground": given["ground"]}), version)
        case "revocation":
            taken_back = NewRevocation.model_validate({"ground": given["ground"], "reason": given["reason"]})
            return await api.post_revocation(*common, taken_back, version)
        case "change":
            change = NewChange.model_validate({"change": given["change"], "on": on})
            return await api.post_change(*common, change, version)
        case kind:
            return await api.post_act(*common, NewAct.model_validate({"kind": kind, "on": on}), version)


def _day(text: str) -> dt.date | None:
    match = re.fullmatch(r"\s*(\d{1,2})/(\d{1,2})/(\d{4})\s*", text)
    try:
        return dt.date(int(match[3]), int(match[2]), int(match[1])) if match else None
    except ValueError:
        return None


def _page(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    opened: OpenCase,
    given: Mapping[str, str],
    wrong: Mapping[str, str],
) -> HTMLResponse:
    on = str(opened.view.decided_on or clock.today())
    lists: dict[str, Any] = {
        "kinds": KINDS,
        "bodies": [(code, word) for code, word in APPEALS.items() if code not in ("", "settled")],
        "answers": list(ANSWERS.items()),
        "grounds": list(GROUNDS.items()),
        "changes": [(code, label_of(f"change.{code}", on)) for code in CHANGES],
    }
    return page(
        request,
        FOLDER,
        "aftermath.html",
        title="Enregistrer une suite",
        status=422 if wrong else 200,
        given=given,
        errors=dict(wrong),
        **lists,
        **frame(request, runtime, principal, opened, Purpose.INSTRUCTION),
    )
