"""One case: what the rules propose and why, the conditions of each person, the delays, and what can be done now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from services.decision.api.cases import put_assignee
from services.decision.api.dependencies import Reader
from services.decision.api.schemas import NewAssignee
from services.decision.domain.eligibility.title import photos_missing
from services.decision.domain.law import edition
from services.decision.domain.law.interpretations import Interpretation
from services.decision.domain.wording.assessment import conditions, why
from services.decision.pages.frame import FOLDER, OpenCase, Posting, frame, label_of, open_case
from services.decision.pages.possible import possible
from shared import clock
from shared.access.purposes import purpose_of_instruction
from shared.french import french_date
from shared.service.dependencies import RuntimeDependency
from shared.web import messages
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)


@router.get("/ui/cases/{application_id}", response_class=HTMLResponse)
async def case_page(
    request: Request, runtime: RuntimeDependency, principal: Reader, application_id: UUID
) -> HTMLResponse:
    """The instruction of one file, for reading and for the next act."""
    purpose = purpose_of_instruction(principal)
    opened = await open_case(runtime, principal, application_id, purpose)
    assessment = opened.view.assessment
    papers = frame(request, runtime, principal, opened, purpose)["papers"]
    people = []
    if assessment is not None:
        ranks = sorted(
            {one["member_rank"] for one in assessment["findings"]}, key=lambda rank: (rank is None, rank or 0)
        )
        people = [(_whose(opened, rank), conditions(assessment, rank, label_of, papers)) for rank in ranks]
    return page(
        request,
        FOLDER,
        "case.html",
        title="Instruction",
        why=why(assessment, label_of) if assessment else "Les faits de la demande ne sont pas encore connus ici.",
        people=people,
        summons=_summons(opened, assessment) if assessment else [],
        readings_of=_readings,
        possible=possible(opened, principal, clock.today()),
        overrides=edition.current().value("override.codes", clock.today()).value,
        **frame(request, runtime, principal, opened, purpose),
    )


@router.post("/ui/cases/{application_id}/assignee")
async def assign(
    request: Request,
    runtime: RuntimeDependency,
    principal: Posting,
    application_id: UUID,
    version: Annotated[int, Form()],
    mine: Annotated[bool, Form()],
) -> Response:
    """Take the case in hand, or give it back."""
    agent = principal.id if mine else None
    await put_assignee(runtime, principal, application_id, NewAssignee(agent=agent), version)
    text = "Le dossier est à vous." if mine else "Le dossier est rendu à la file."
    return messages.redirect(request, f"/ui/cases/{application_id}", Message(text))


def _summons(opened: OpenCase, assessment: Mapping[str, Any]) -> list[str]:
    """Why the person is to come, in codes: before the decision, or to bring the photograph of a title not handed over
    yet."""
    state = opened.view.state
    if state not in {"open", "granted"} or any(act["kind"] == "title_handed_over" for act in opened.view.acts):
        return []
    found = list(assessment.get("summons", [])) if state == "open" else []
    facts = opened.locked.facts
    granted = [one["rank"] for one in assessment["members"] if one["proposal"] == "grant"]
    if facts is not None and photos_missing(facts, granted, edition.current(), clock.today()):
        found.append("photo")
    return found


def _whose(opened: OpenCase, rank: int | None) -> str:
    if rank is None:
        return "Le foyer et le dossier"
    name = opened.names.get(rank) or f"Personne de rang {rank}, sans nom connu ici"
    died = next((one.died_on for one in opened.view.persons if one.rank == rank), None)
    return f"{name}, décès le {french_date(died)}" if died else name


def _readings(rule: str, on: str, version: str | None) -> list[Interpretation]:
    """The interpretations that bear on a finding, made by the version of the rule that began on ``version``."""
    law = edition.current().find(rule, dt.date.fromisoformat(version)) if version else None
    return edition.collection().beside(rule, dt.date.fromisoformat(str(on)), law)
