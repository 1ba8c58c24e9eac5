"""To decide in four steps: the outcome, its reasons, what is checked, the signature. Nothing is chosen beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from services.decision.api.decisions import post_confirmation, post_decision
from services.decision.api.schemas import GivenMotive, NewConfirmation, NewDecision
from services.decision.domain.case import decision
from services.decision.domain.case.case import Draft
from services.decision.domain.case.grounds import grounds_on
from services.decision.domain.law import edition
from services.decision.pages import letter_draft
from services.decision.pages.acts import version_of
from services.decision.pages.frame import FOLDER, Deciding, OpenCase, Posting, frame, label_of, open_case
from services.decision.pages.possible import possible
from services.decision.store.cases import reason_of
from shared import clock
from shared.access.principal import Principal
from shared.access.purposes import Purpose, purpose_by_way
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.attempt import attempt
from shared.web.form_fields import number_in
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
OUTCOMES = {"grant": "Admettre", "refuse": "Refuser"}


@router.get("/ui/cases/{application_id}/decision", response_class=HTMLResponse)
async def choose_page(
    request: Request, runtime: RuntimeDependency, principal: Deciding, application_id: UUID
) -> Response:
    """Step 1: the outcome. Where the file cannot be decided yet, the case says why."""
    purpose = purpose_by_way(principal, Purpose.INSTRUCTION)
    opened = await open_case(runtime, principal, application_id, purpose)
    if not any(offer.path == "decision" and not offer.why_not for offer in possible(opened, principal, clock.today())):
        return RedirectResponse(f"/ui/cases/{application_id}", 303)
    return _step(request, runtime, principal, opened, "decide.html", "Décider", {})


@router.post("/ui/cases/{application_id}/decision/reasons")
async def reasons_page(
    request: Request, runtime: RuntimeDependency, principal: Posting, application_id: UUID
) -> HTMLResponse:
    """Step 2: the grounds, each with its article, and the agent's own words."""
    given = given_in(await request.form())
    opened = await _open(runtime, principal, application_id)
    if given["outcome"] not in OUTCOMES:
        wrong = {"outcome": "Choisissez admettre ou refuser."}
        return _step(request, runtime, principal, opened, "decide.html", "Décider", given, wrong)
    return _reasons(request, runtime, principal, opened, given, {})


@router.post("/ui/cases/{application_id}/decision/check")
async def check_page(
    request: Request, runtime: RuntimeDependency, principal: Posting, application_id: UUID
) -> HTMLResponse:
    """Step 3: all of it to read again before it is signed."""
    given = given_in(await request.form())
    opened = await _open(runtime, principal, application_id)
    wrong = _wrong(given, opened)
    if wrong:
        return _reasons(request, runtime, principal, opened, given, wrong)
    letter = letter_draft.of_decision(opened, _draft(given, opened, principal), principal.id)
    shown = {"letter": letter}
    return _step(request, runtime, principal, opened, "decide_check.html", "Relire et signer", given, shown=shown)


@router.post("/ui/cases/{application_id}/decision")
async def decide(request: Request, runtime: RuntimeDependency, principal: Posting, application_id: UUID) -> Response:
    """Step 4: signed, or prepared for a second look where the caisse wants two."""
    form = await request.form()
    given = given_in(form)
    opened = await _open(runtime, principal, application_id)
    wrong: Mapping[str, str] = _wrong(given, opened)
    if not wrong:
        wrong = await _signed(runtime, principal, application_id, given, version_of(form))
    if not wrong:
        return messages.redirect(
            request, f"/ui/cases/{application_id}", await _done(runtime, principal, application_id)
        )
    opened = await _open(runtime, principal, application_id)
    return _reasons(request, runtime, principal, opened, given, wrong)


def _draft(given: Mapping[str, Any], opened: OpenCase, principal: Principal) -> Draft:
    return Draft(
        outcome=given["outcome"],
        motives=[(code, number_in(rank)) for code, _, rank in _split(given["motives"])],
        override=given["override"],
        by=principal.id,
        on=opened.context.day,
        digest=opened.locked.case.digest,
    )


async def _signed(
    runtime: Runtime, principal: Principal, application_id: UUID, given: Mapping[str, Any], version: int
) -> Mapping[str, str]:
    async def act() -> object:
        motives = [GivenMotive(code=code, member_rank=number_in(rank)) for code, _, rank in _split(given["motives"])]
        body = NewDecision(
            outcome=given["outcome"], reason=given["reason"], motives=motives, override=given["override"] or None
        )
        return await post_decision(runtime, principal, application_id, body, version)

    return await attempt(act)


async def _done(runtime: Runtime, principal: Principal, application_id: UUID) -> Message:
    opened = await _open(runtime, principal, application_id)
    if opened.view.draft is not None:
        return Message("La décision est préparée. Une autre personne doit la confirmer.", next="/ui/work")
    text = "La décision est enregistrée ; la lettre attend parmi les courriers."
    return Message(text, next="/ui/work", next_label="Dossier suivant")


@router.get("/ui/cases/{application_id}/confirmation", response_class=HTMLResponse)
async def second_look(
    request: Request, runtime: RuntimeDependency, principal: Deciding, application_id: UUID
) -> Response:
    """What is proposed, by whom and why; its author has no button and is told why."""
    purpose = purpose_by_way(principal, Purpose.INSTRUCTION)
    opened = await open_case(runtime, principal, application_id, purpose)
    if opened.view.draft is None:
        return RedirectResponse(f"/ui/cases/{application_id}", 303)
    return await _second_look(request, runtime, principal, opened, {}, {})


@router.post("/ui/cases/{application_id}/confirmation")
async def confirm(request: Request, runtime: RuntimeDependency, principal: Posting, application_id: UUID) -> Response:
    """Let the decision leave in the name of the second person, or send it back with a reason."""
    form = await request.form()
    given = {"go": str(form.get("go", "")), "reason": str(form.get("reason", ""))[:2000]}

    async def act() -> object:
        body = NewConfirmation(confirm=given["go"] == "confirm", reason=given["reason"])
        return await post_confirmation(runtime, principal, application_id, body, version_of(form))

    wrong = await attempt(act)
    if not wrong:
        sent = "La décision est confirmée ; la lettre attend parmi les courriers."
        back = "La décision est renvoyée ; le dossier est de nouveau à décider."
        text = sent if given["go"] == "confirm" else back
        return messages.redirect(request, f"/ui/cases/{application_id}", Message(text, next="/ui/work"))
    return await _second_look(
        request, runtime, principal, await _open(runtime, principal, application_id), given, wrong
    )


def given_in(form: FormData) -> dict[str, Any]:
    """What was chosen and typed so far, carried from step to step."""
    return {
        "outcome": str(form.get("outcome", "")),
        "motives": [str(one)[:80] for one in form.getlist("motives")],
        "reason": str(form.get("reason", ""))[:2000],
        "override": str(form.get("override", ""))[:64],
    }


async def _open(runtime: Runtime, principal: Principal, application_id: UUID) -> OpenCase:
    return await open_case(runtime, principal, application_id, purpose_by_way(principal, Purpose.INSTRUCTION))


def _split(chosen: Sequence[str]) -> list[tuple[str, str, str]]:
    return [one.partition(":") for one in chosen]


def _against(given: Mapping[str, Any], opened: OpenCase) -> bool:
    """Whether the outcome goes against what the rules propose, so that a coded reason is wanted."""
    return opened.view.proposal in ("grant", "refuse") and opened.view.proposal != given["outcome"]


def _wrong(given: Mapping[str, Any], opened: OpenCase) -> dict[str, str]:
    wrong = {}
    if given["outcome"] not in OUTCOMES:
        wrong["outcome"] = "Choisissez admettre ou refuser."
    if given["outcome"] == "refuse" and not given["motives"]:
        wrong["motives"] = "Cochez au moins un motif de refus."
    if len(given["reason"].strip()) < 3:
        wrong["reason"] = "Écrivez en quelques mots la raison de la décision."
    if _against(given, opened) and not given["override"]:
        wrong["override"] = "Dites pourquoi la décision s'écarte de la proposition."
    return wrong


def _reasons(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    opened: OpenCase,
    given: Mapping[str, Any],
    wrong: Mapping[str, str],
) -> HTMLResponse:
    return _step(request, runtime, principal, opened, "decide_reasons.html", "Motifs et raison", given, wrong)


def _step(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    opened: OpenCase,
    template: str,
    title: str,
    given: Mapping[str, Any],
    wrong: Mapping[str, str] | None = None,
    shown: Mapping[str, Any] | None = None,
) -> HTMLResponse:
    view = opened.view
    proposed = {f"{one['code']}:{member['rank']}" for member in _members(opened) for one in member["motives"]}
    on = opened.view.deposited_on
    options = [
        (f"{code}:{rank}", label, reference, name, f"{code}:{rank}" in proposed)
        for rank, name in opened.names.items()
        for code, label, reference in (grounds_on(opened.context.book, on) if on else ())
    ]
    chosen = set(given.get("motives", ()))
    ticked = chosen if given.get("reason") or chosen else proposed
    shared = frame(request, runtime, principal, opened, Purpose.INSTRUCTION)
    return page(
        request,
        FOLDER,
        template,
        title=title,
        status=422 if wrong else 200,
        given=given,
        outcomes=list(OUTCOMES.items()),
        options=sorted(options, key=lambda one: not one[4]),
        ticked=ticked,
        against=_against(given, opened) if given else False,
        overrides=list(edition.current().value("override.codes", clock.today()).value.items()),
        errors=dict(wrong or {}),
        second=view.state == "open" and given.get("outcome") in opened.context.policy.four_eyes,
        **(shown or {}),
        **shared,
    )


def _members(opened: OpenCase) -> list[dict[str, Any]]:
    return opened.view.assessment["members"] if opened.view.assessment else []


async def _second_look(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    opened: OpenCase,
    given: Mapping[str, str],
    wrong: Mapping[str, str],
) -> HTMLResponse:
    draft = opened.view.draft
    if draft is None:
        raise Problem(409, "nothing_to_confirm", "La décision n'attend plus de confirmation.")
    async with runtime.database.unit() as unit:
        first = await reason_of(unit, decision.draft_id(opened.locked.case))
    motives = [(label_of(f"motive.{code}", str(opened.view.deposited_on)), rank) for code, rank in draft.motives]
    return page(
        request,
        FOLDER,
        "confirmation.html",
        title="Second regard",
        status=422 if wrong else 200,
        draft=draft,
        motives=motives,
        first_reason=first or "",
        changed=draft.digest != opened.locked.case.digest,
        own=draft.by == principal.id,
        given=given,
        errors=dict(wrong),
        **frame(request, runtime, principal, opened, Purpose.INSTRUCTION),
    )
