"""One application as it was filed; withdrawn, handed over, or read in its earlier versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import TypeAdapter, ValidationError

from services.intake.api.dependencies import FileReader
from services.intake.domain.application import (
    ActionContext,
    ActionNotAllowed,
    Application,
    TransferReason,
    WithdrawalReason,
)
from services.intake.pages.applications import KIND
from services.intake.pages.frame import FOLDER, Writing, frame, open_file
from services.intake.store.acting import action_context
from services.intake.store.applications import ReferenceTableLookup, read, save
from shared.access.principal import Principal
from shared.contract.scalars import CaisseCode
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
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


@router.get("/ui/applications/{application_id}", response_class=HTMLResponse)
async def application_page(
    request: Request, runtime: RuntimeDependency, principal: FileReader, application_id: UUID
) -> HTMLResponse:
    """What was asked, by whom, and for whom."""
    return await _page(request, runtime, principal, application_id, {}, {})


@router.post("/ui/applications/{application_id}/withdrawal")
async def withdraw(request: Request, runtime: RuntimeDependency, principal: Writing, application_id: UUID) -> Response:
    """The applicant gives up; not possible once decided."""
    given = _fields(await request.form())
    reason = _choice(WithdrawalReason, given.get("withdrawal_reason"))
    if reason is None:
        wrong = {"withdrawal_reason": "Raison du retrait : choisissez-la dans la liste."}
        return await _page(request, runtime, principal, application_id, wrong, given)
    await _act(runtime, principal, application_id, lambda file, by: file.withdraw(reason, by))
    return messages.redirect(request, f"/ui/applications/{application_id}", Message("La demande est retirée."))


@router.post("/ui/applications/{application_id}/transfer")
async def transfer(request: Request, runtime: RuntimeDependency, principal: Writing, application_id: UUID) -> Response:
    """Hand the file over to the caisse that is competent: from then on only that one sees it."""
    given = _fields(await request.form())
    reason, wrong, caisse = _choice(TransferReason, given.get("transfer_reason")), {}, ""
    try:
        caisse = TypeAdapter(CaisseCode).validate_python(given.get("to_caisse", ""))
    except ValidationError:
        wrong["to_caisse"] = "Caisse compétente : trois chiffres, par exemple 931."
    if reason is None:
        wrong["transfer_reason"] = "Raison de la transmission : choisissez-la dans la liste."
    codes = ReferenceTableLookup(runtime.reference)
    if caisse and not codes.has_caisse(caisse):
        wrong["to_caisse"] = f"Caisse compétente : aucune n'a le code {caisse}."
    if wrong or reason is None:
        return await _page(request, runtime, principal, application_id, wrong, given)
    await _act(runtime, principal, application_id, lambda file, by: file.transfer(caisse, reason, codes, by))
    return messages.redirect(request, "/ui", Message(f"Le dossier est transmis à la caisse {caisse}."))


def _fields(form: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _choice(reasons: type[Reason], text: str | None) -> Reason | None:
    try:
        return reasons(text or "")
    except ValueError:
        return None


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
    request: Request,
    runtime: Runtime,
    principal: Principal,
    application_id: UUID,
    wrong: Mapping[str, str],
    typed: Mapping[str, str],
) -> HTMLResponse:
    opened = await open_file(runtime, principal, application_id)
    body = runtime.reference.deposit_body(opened.facts.deposit.body) if opened.facts else None
    return page(
        request,
        FOLDER,
        "application.html",
        title="Demande",
        status=422 if wrong else 200,
        kind=KIND[opened.row.kind],
        deposited_at=body.name if body else "",
        withdrawals=[(code.value, text) for code, text in WITHDRAWALS.items()],
        transfers=[(code.value, text) for code, text in TRANSFERS.items()],
        errors=dict(wrong),
        typed=dict(typed),
        **frame(request, runtime, principal, opened),
    )
