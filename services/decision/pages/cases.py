"""The pages of decision: the list of cases and one case, to read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.decision.api.dependencies import Reader, ReadPurpose
from services.decision.domain.law import edition
from services.decision.domain.law.interpretations import Interpretation
from services.decision.domain.wording import abstentions, findings, labels
from services.decision.domain.wording.persons import factual_names
from services.decision.store.decision_context import decision_context
from services.decision.store.queries import CaseFilter, listed, read_case, shown_case, workload
from services.decision.store.read_models import AppealState, CaseDetail, State, WaitingFor
from shared import clock
from shared.access.access_log import record_access, record_listing
from shared.access.purposes import Purpose, purpose_by_way, usual_purpose
from shared.http.paging_query import PagingQuery
from shared.service.dependencies import RuntimeDependency
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
FOLDER = Path(__file__).parent
WORDS = {name.lower(): getattr(labels, name) for name in dir(labels) if name.isupper()}


@router.get("/ui", response_class=HTMLResponse)
async def list_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Reader,
    paging: PagingQuery,
    state: State | Literal[""] = "open",
    waiting_for: WaitingFor | Literal[""] = "",
    appeal: AppealState = "",
    overdue: bool = False,
) -> HTMLResponse:
    """Cases by the end of their delay, and how many wait for whom; state, what they wait for, appeal and lateness can
    be chosen."""
    today = clock.today()
    states, late = (state,) if state else (), today if overdue else None
    way = Purpose.APPEAL if appeal else usual_purpose(principal)
    purpose = purpose_by_way(principal, way)
    chosen = CaseFilter(states=states, waiting_for=waiting_for or None, appeal=appeal or None, overdue_on=late)
    async with runtime.database.unit() as unit:
        found = await listed(unit, principal, paging, chosen)
        load = await workload(unit, principal, today)
        record_listing(unit, principal, purpose, "decision.cases", [row.application_id for row in found.items])
    return page(
        request,
        FOLDER,
        "cases.html",
        title="Dossiers à instruire" if state == "open" else "Dossiers",
        rows=found.items,
        next=found.next,
        purpose=purpose.value,
        state=state,
        waiting_for=waiting_for,
        appeal=appeal,
        overdue=overdue,
        words=WORDS,
        load=load,
    )


@router.get("/ui/cases/{application_id}", response_class=HTMLResponse)
async def case_page(
    request: Request, runtime: RuntimeDependency, principal: Reader, application_id: UUID, purpose: ReadPurpose
) -> HTMLResponse:
    """One case: what is known, what the law says of it, the delays, the decision."""
    async with runtime.database.unit() as unit:
        one = await read_case(unit, principal, application_id)
        context = decision_context(runtime.reference, one.case.caisse)
        view = await shown_case(unit, principal, one.case, one.facts, context)
        record_access(unit, principal, purpose, "decision.case", [application_id])
    return page(
        request,
        FOLDER,
        "case.html",
        title="Dossier",
        case=view,
        words=WORDS,
        rule_set=edition.current().id,
        label_of=_label,
        readings_of=_readings,
        factwords=findings,
        papers=findings.papers_by_id(one.facts),
        names=_names(view),
        owner_of=abstentions.owner,
        overrides=edition.current().value("override.codes", clock.today()).value,
    )


def _names(view: CaseDetail) -> dict[int, str]:
    """How each person of the case is called: by name as written, by relation where no name is kept."""
    people = [(one.rank, one.relation) for one in view.persons]
    people += [(one.rank, one.relation.value) for one in (view.facts.members if view.facts is not None else [])]
    called = factual_names(dict(people).items())
    written = {one.rank: f"{one.given_names} {one.usage_name or one.family_name}".strip() for one in view.persons}
    return {rank: written.get(rank) or name for rank, name in called.items()}


def _readings(rule: str, on: str, version: str | None) -> list[Interpretation]:
    """The interpretations that bear on a finding, made by the version of the rule that began on ``version``."""
    law = edition.current().find(rule, dt.date.fromisoformat(version)) if version else None
    return edition.collection().beside(rule, dt.date.fromisoformat(on), law)


def _label(rule: str, on: str) -> str:
    found = edition.current().find(rule, dt.date.fromisoformat(on))
    return found.label if found else rule
