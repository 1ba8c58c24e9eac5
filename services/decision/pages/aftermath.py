"""What comes after a decision, by form: notified, reasons, appeals and answers, hearings, withdrawal, changes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from services.decision.api import after_decision as api
from services.decision.api.schemas import NewAct, NewAnswer, NewAppeal, NewChange, NewHearing, NewRevocation
from services.decision.domain.case import appeal, revocation, what_may_follow
from services.decision.domain.case.case import Case, Transition
from services.decision.domain.case.context import ActionNotAllowed, DecisionContext
from services.decision.domain.delays.computed_clock import ComputedClock
from services.decision.domain.wording.labels import ANSWERS, APPEALS, GROUNDS
from services.decision.pages.acts import version_of
from services.decision.pages.frame import FOLDER, Deciding, OpenCase, Posting, frame, label_of, open_case
from services.decision.pages.possible import possible
from shared import clock
from shared.access.principal import Principal
from shared.access.purposes import Purpose, purpose_by_way
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.attempt import attempt
from shared.web.form_fields import number_in
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
KINDS = {
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
FIELDS = ("kind", "on", "body", "number", "outcome", "ground", "change", "reason", "member_rank", "ends", "go")
UNDATED = ("hearing", "revocation")
"""What happens the day it is put on record."""
ENDS = (("law", "comme le texte le dit"), ("yes", "le droit prend fin"), ("no", "le droit reste ouvert"))


@router.get("/ui/cases/{application_id}/aftermath", response_class=HTMLResponse)
async def aftermath_page(
    request: Request, runtime: RuntimeDependency, principal: Deciding, application_id: UUID, kind: str = ""
) -> Response:
    """Which event to record, then what it needs."""
    purpose = purpose_by_way(principal, Purpose.INSTRUCTION)
    opened = await open_case(runtime, principal, application_id, purpose)
    if not any(offer.path == "aftermath" for offer in possible(opened, principal, clock.today())):
        return RedirectResponse(f"/ui/cases/{application_id}", 303)
    offered = set(what_may_follow.kinds(opened.locked.case, opened.context))
    return _page(request, runtime, principal, opened, {"kind": kind if kind in offered else ""}, {})


@router.post("/ui/cases/{application_id}/aftermath")
async def record(request: Request, runtime: RuntimeDependency, principal: Posting, application_id: UUID) -> Response:
    """Put the event on record, or show first the delays that follow from it."""
    form = await request.form()
    given = {name: str(form.get(name, ""))[:2000] for name in FIELDS}
    looking, delays = given["go"] == "preview", None
    on = _day(given["on"])
    if given["kind"] not in KINDS:
        wrong: Mapping[str, str] = {"kind": "Choisissez ce qui s'est passé."}
    elif on is None and given["kind"] not in UNDATED:
        wrong = {"on": "Écrivez le jour, par exemple 31/12/2025."}
    elif looking:
        wrong = {}
    else:
        version = version_of(form)
        wrong = await attempt(lambda: _act(runtime, principal, application_id, given, on or clock.today(), version))
    if not wrong and not looking:
        return messages.redirect(
            request, f"/ui/cases/{application_id}", Message(f"Enregistré : {KINDS[given['kind']]}.")
        )
    opened = await open_case(runtime, principal, application_id, purpose_by_way(principal, Purpose.INSTRUCTION))
    if looking and not wrong:
        delays, wrong = _delays(opened, given, on or clock.today())
    return _page(request, runtime, principal, opened, given, wrong, delays)


def _delays(
    opened: OpenCase, given: Mapping[str, str], on: dt.date
) -> tuple[list[ComputedClock] | None, Mapping[str, str]]:
    """The delays that would follow, or why the case does not take this; nothing is stored."""
    case, context = opened.locked.case, opened.context
    try:
        return what_may_follow.delays_after(case, _step(case, context, given, on), context), {}
    except ActionNotAllowed as forbidden:
        return None, {"": forbidden.detail}
    except ValidationError:
        return None, {"": "Choisissez d'abord dans les listes ce qui s'est passé."}


def _step(case: Case, context: DecisionContext, given: Mapping[str, str], on: dt.date) -> Transition:
    match given["kind"]:
        case "appeal":
            filed = NewAppeal.model_validate({"body": given["body"], "on": on})
            return appeal.appeal(case, filed.body, on, filed.by, filed.acknowledged, context)
        case "answer":
            said, number = NewAnswer.model_validate({"outcome": given["outcome"], "on": on}), given["number"] or "1"
            return appeal.answer(case, number_in(number), said.outcome, on, None, said.appeal_stated, context)
        case "hearing":
            return revocation.open_hearing(case, NewHearing.model_validate({"ground": given["ground"]}).ground, context)
        case "reasons_requested":
            return appeal.reasons_requested(case, on, context)
        case "reasons_given":
            return appeal.reasons_given(case, on, context)
        case _:
            return revocation.answered(case, on, context)


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
            filed = NewAppeal.model_validate({"body": given["body"], "on": on})
            return await api.post_appeal(*common, filed, version)
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
            ends = {"yes": True, "no": False}.get(given["ends"])
            whom = [number_in(given["member_rank"] or "0")]
            change = NewChange.model_validate({"change": given["change"], "on": on, "members": whom, "ends": ends})
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
    delays: Sequence[ComputedClock] | None = None,
) -> HTMLResponse:
    case, context = opened.locked.case, opened.context
    grounds = {"hearing": what_may_follow.heard_on, "revocation": what_may_follow.revoked_on}.get(given["kind"])
    on = str(opened.view.decided_on or clock.today())
    lists: dict[str, Any] = {
        "kinds": {code: KINDS[code] for code in what_may_follow.kinds(case, context)},
        "heading": KINDS.get(given["kind"], ""),
        "bodies": [(code, APPEALS[code]) for code in what_may_follow.bodies(case, context)],
        "answers": list(ANSWERS.items()),
        "grounds": [(code, GROUNDS[code]) for code in (grounds(case, context) if grounds else ())],
        "ends": ENDS,
        "undated": UNDATED,
        "previewed": given["kind"] not in ("revocation", "change"),
        "delays": delays,
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
