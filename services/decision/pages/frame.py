"""What all pages of one case share: whose it is, in which state, and the way to its other pages."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from services.decision.domain.case.context import DecisionContext
from services.decision.domain.law import edition
from services.decision.domain.wording import findings, labels
from services.decision.domain.wording.assessment import name_of
from services.decision.store.decision_context import decision_context
from services.decision.store.locked_case import LockedCase
from services.decision.store.queries import read_case, read_case_detail
from services.decision.store.read_models import CaseDetail
from shared.access.access_log import record_access
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose
from shared.service.runtime import Runtime
from shared.web.navigation import file_tabs
from shared.web.sign_in import signed_in_as

FOLDER = Path(__file__).parent
WORDS = {name.lower(): getattr(labels, name) for name in dir(labels) if name.isupper()}
PURPOSES = {
    Purpose.INSTRUCTION: "instruction",
    Purpose.FRONT_DESK: "accueil",
    Purpose.SUPERVISION: "supervision",
    Purpose.AUDIT: "audit",
    Purpose.APPEAL: "recours",
}
Deciding = Annotated[Principal, Depends(require(Role.TECHNICIAN, Role.SUPERVISOR))]


def decider(request: Request) -> Principal:
    """The person of a posted form who may instruct and decide."""
    return signed_in_as(request, Role.TECHNICIAN, Role.SUPERVISOR)


def supervisor(request: Request) -> Principal:
    """The person of a posted form who leads a team."""
    return signed_in_as(request, Role.SUPERVISOR)


Posting = Annotated[Principal, Depends(decider)]


@dataclass(frozen=True)
class OpenCase:
    """A case as its pages show it."""

    locked: LockedCase
    view: CaseDetail
    context: DecisionContext
    names: dict[int, str]


async def open_case(runtime: Runtime, principal: Principal, application_id: UUID, purpose: Purpose) -> OpenCase:
    """Read one case for a page; leaves an access event. Raises 404 out of scope."""
    async with runtime.database.unit() as unit:
        one = await read_case(unit, principal, application_id)
        context = decision_context(runtime.reference, one.case.caisse)
        view = await read_case_detail(unit, principal, one.case, one.facts, context)
        record_access(unit, principal, purpose, "decision.case", [application_id])
    return OpenCase(one, view, context, {person.rank: name_of(person) for person in view.persons})


def frame(
    request: Request, runtime: Runtime, principal: Principal, opened: OpenCase, purpose: Purpose
) -> dict[str, Any]:
    """What the templates of a case are given, besides their own."""
    view = opened.view
    applicant = view.persons[0] if view.persons else None
    caisse = runtime.reference.caisse(view.caisse)
    state = WORDS["states"][view.state]
    if view.state == "open" and view.waiting_for:
        state = f"en attente de {WORDS['waiting'][view.waiting_for]}".replace("de des", "de").replace("de une", "d'une")
        state = state.replace("de un ", "d'un ")
    return {
        "file": {
            "name": opened.names.get(0, ""),
            "birth": applicant.birth_date if applicant else None,
            "reference": reference_of(view),
            "place": caisse.name if caisse else f"Caisse {view.caisse}",
            "state": state,
            "purpose": PURPOSES.get(purpose, purpose.value),
            "tabs": file_tabs(
                request.app.state.service, request.scope.get("root_path", ""), view.application_id, principal.roles
            ),
        },
        "case": view,
        "names": opened.names,
        "words": WORDS,
        "me": principal.id,
        "agent_name": runtime.reference.agent_name,
        "may_act": bool(principal.roles & {Role.TECHNICIAN, Role.SUPERVISOR}),
        "factwords": findings,
        "papers": findings.papers_by_id(opened.locked.facts),
        "label_of": label_of,
        "here": f"{request.scope.get('root_path', '')}/ui/cases/{view.application_id}",
    }


def label_of(rule: str, on: str) -> str:
    """The French label of a rule on a day."""
    found = edition.current().find(rule, dt.date.fromisoformat(str(on)))
    return found.label if found else rule


def reference_of(view: CaseDetail) -> str:
    """The reference of the file where it has one, else the day it was received."""
    given = view.persons[0].reference if view.persons else ""
    return given or (f"reçu le {view.received_on:%d/%m/%Y}" if view.received_on else "sans référence")
