"""One application as it was filed; a paper added, the file withdrawn or handed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import TypeAdapter, ValidationError

from services.intake.api.dependencies import FileReader, action_context
from services.intake.api.papers import get_paper, store_file
from services.intake.domain.application import (
    ActionContext,
    ActionNotAllowed,
    Application,
    TransferReason,
    WithdrawalReason,
)
from services.intake.domain.interview.answers import full_date
from services.intake.domain.interview.questions import guide
from services.intake.pages.applications import KIND, STATUS
from services.intake.store.applications import ReferenceTableLookup, read, read_row, save
from services.intake.store.papers import stored_papers
from shared.access.access_log import record_access
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose, purpose_by_way
from shared.contract.facts import ApplicationFacts, Paper
from shared.contract.scalars import CaisseCode
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.form_fields import number_in
from shared.web.messages import Message
from shared.web.navigation import file_tabs
from shared.web.pages import page
from shared.web.sign_in import signed_in_as

router = APIRouter(include_in_schema=False)
PAGES = Path(__file__).parent
WITHDRAWALS = {
    WithdrawalReason.APPLICANT_REQUEST: "la personne le demande",
    WithdrawalReason.FILED_TWICE: "la demande a été déposée deux fois",
    WithdrawalReason.LEFT_FRANCE: "la personne a quitté la France",
    WithdrawalReason.DECEASED: "la personne est décédée",
    WithdrawalReason.OTHER: "autre raison",
}
TRANSFERS = {
    TransferReason.MOVED: "la personne a déménagé",
    TransferReason.WRONG_CAISSE: "une autre caisse est compétente",
    TransferReason.DOMICILE_ELECTED: "la personne a élu domicile ailleurs",
    TransferReason.OTHER: "autre raison",
}
Reason = TypeVar("Reason", WithdrawalReason, TransferReason)
USES = {"identity": "identité", "residence": "résidence", "means": "ressources", "other": "autre"}


def at_the_desk(request: Request) -> Principal:
    """Who may change a file by form."""
    return signed_in_as(request, Role.AGENT, Role.TECHNICIAN)


Writing = Annotated[Principal, Depends(at_the_desk)]
KINDS = {
    code: text
    for step in guide().steps
    for question in step.questions
    if question.id.endswith("_paper")
    for code, text in question.options.items()
} | {
    "means_statement": "déclaration de ressources",
    "sworn_statement": "déclaration sur l'honneur",
    "priority_certificate": "certificat médical d'urgence",
    "right_attestation": "titre d'un droit antérieur",
    "photo": "photographie",
}


@router.get("/ui/applications/{application_id}", response_class=HTMLResponse)
async def application_page(
    request: Request, runtime: RuntimeDependency, principal: FileReader, application_id: UUID
) -> HTMLResponse:
    """What was asked, by whom, with which papers."""
    return await _page(request, runtime, principal, application_id, {})


@router.post("/ui/applications/{application_id}/papers")
async def add_paper(request: Request, runtime: RuntimeDependency, principal: Writing, application_id: UUID) -> Response:
    """Add one paper, with its picture or document."""
    form = await request.form()
    item: dict[str, Any] = {name: str(form.get(name, ""))[:64] for name in ("kind", "use")}
    if form.get("member_rank"):
        item["member_rank"] = number_in(form["member_rank"])
    dated = full_date("/".join(str(form.get(f"dated_{part}", "")) for part in ("day", "month", "year")))
    if dated is not None:
        item["dated"] = dated.isoformat()
    key = str(form.get("form_key", "")) or uuid4().hex
    async with runtime.database.unit() as unit:
        await read(unit, application_id, principal)
    try:
        await store_file(runtime, principal, application_id, form.get("file"), item, f"page-{key}", key)
    except Problem as problem:
        if problem.status >= 500 or problem.status == 404:
            raise
        wrong = {error.pointer.split("/")[-1]: error.detail for error in problem.errors} or {"file": problem.detail}
        return await _page(request, runtime, principal, application_id, wrong)
    return messages.redirect(request, f"/ui/applications/{application_id}", Message("La pièce est versée au dossier."))


@router.post("/ui/applications/{application_id}/withdrawal")
async def withdraw(request: Request, runtime: RuntimeDependency, principal: Writing, application_id: UUID) -> Response:
    """The applicant gives up; not possible once decided."""
    reason = _choice(WithdrawalReason, (await request.form()).get("reason"))
    await _act(runtime, principal, application_id, lambda file, by: file.withdraw(reason, by))
    return messages.redirect(request, f"/ui/applications/{application_id}", Message("La demande est retirée."))


@router.post("/ui/applications/{application_id}/transfer")
async def transfer(request: Request, runtime: RuntimeDependency, principal: Writing, application_id: UUID) -> Response:
    """Hand the file over to the caisse that is competent: from then on only that one sees it."""
    form = await request.form()
    reason = _choice(TransferReason, form.get("reason"))
    try:
        caisse = TypeAdapter(CaisseCode).validate_python(str(form.get("to_caisse", "")))
    except ValidationError:
        raise Problem(422, "validation_failed", "Caisse : trois chiffres, par exemple 931.") from None
    codes = ReferenceTableLookup(runtime.reference)
    await _act(runtime, principal, application_id, lambda file, by: file.transfer(caisse, reason, codes, by))
    return messages.redirect(request, "/ui", Message(f"Le dossier est transmis à la caisse {caisse}."))


@router.get("/ui/applications/{application_id}/papers/{paper_id}")
async def paper_file(
    runtime: RuntimeDependency, principal: FileReader, application_id: UUID, paper_id: UUID
) -> Response:
    """The bytes of one paper."""
    purpose = purpose_by_way(principal, Purpose.FRONT_DESK)
    return await get_paper(runtime, principal, application_id, paper_id, purpose)


def _choice(reasons: type[Reason], text: object) -> Reason:
    try:
        return reasons(str(text))
    except ValueError:
        raise Problem(422, "validation_failed", "Choisissez une raison dans la liste.") from None


async def _act(
    runtime: Runtime,
    principal: Principal,
    application_id: UUID,
    act: Callable[[Application, ActionContext], Any],
) -> None:
    try:
        async with runtime.database.unit() as unit:
            before = await read(unit, application_id, principal, lock=True)
            after, events = act(before, action_context(principal))
            await save(unit, before, after, events)
    except ActionNotAllowed as forbidden:
        raise Problem(409, forbidden.code, str(forbidden)) from None


async def _page(
    request: Request, runtime: Runtime, principal: Principal, application_id: UUID, wrong: Mapping[str, str]
) -> HTMLResponse:
    purpose = purpose_by_way(principal, Purpose.FRONT_DESK)
    async with runtime.database.unit() as unit:
        row = await read_row(unit, application_id, principal)
        stored = await stored_papers(unit, application_id)
        record_access(unit, principal, purpose, "intake.application", [application_id])
    facts = ApplicationFacts.model_validate(row.facts) if row.facts else None
    applicant = facts.members[0] if facts else None
    caisse = runtime.reference.caisse(row.caisse)
    root_path = request.scope.get("root_path", "")
    return page(
        request,
        PAGES,
        "application.html",
        title="Demande",
        status=422 if wrong else 200,
        file={
            "name": f"{applicant.family_name} {applicant.given_names}".strip() if applicant else "",
            "birth": applicant.birth_date if applicant else None,
            "reference": row.reference or f"reçu le {row.received_on:%d/%m/%Y}",
            "place": caisse.name if caisse else f"Caisse {row.caisse}",
            "state": STATUS[row.status].lower(),
            "purpose": "accueil",
            "tabs": file_tabs("intake", root_path, application_id, principal.roles),
        },
        row=row,
        facts=facts,
        kind=KIND[row.kind],
        papers=_papers(facts, stored),
        paper_kinds=list(KINDS.items()),
        uses=list(USES.items()),
        withdrawals=[(code.value, text) for code, text in WITHDRAWALS.items()],
        transfers=[(code.value, text) for code, text in TRANSFERS.items()],
        may_write=bool(principal.roles & {Role.AGENT, Role.TECHNICIAN}) and row.state in ("received", "transferred"),
        errors=dict(wrong),
        here=f"{root_path}/ui/applications/{application_id}",
    )


def _papers(facts: ApplicationFacts | None, stored: set[UUID]) -> list[tuple[Paper, str, str, bool]]:
    listed = facts.papers if facts else []
    return [
        (one, KINDS.get(one.kind.value, one.kind.value.replace("_", " ")), USES[one.use.value], one.paper_id in stored)
        for one in listed
    ]
