"""What the routes of decision share: who may do what, the version an agent has read, one act on one locked case."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from fastapi.responses import JSONResponse

from services.decision.domain.case import due_dates
from services.decision.domain.case.case import CaseUpdate
from services.decision.domain.case.context import ActionNotAllowed, DecisionContext
from services.decision.domain.case.grounds import UnknownMotive
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.eligibility.observations import InvalidObservation
from services.decision.store.cases import lock_case, save
from services.decision.store.decision_context import SYSTEM, decision_context
from services.decision.store.locked_case import LockedCase
from services.decision.store.read_models import CaseSummary, summary
from shared.access.dependencies import read_purpose, require
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose
from shared.contract.input_errors import InputError
from shared.database.unit_of_work import UnitOfWork
from shared.http.preconditions import etag, required, stale_version
from shared.http.problems import Problem, not_found
from shared.observability import logs
from shared.service.runtime import Runtime

Reader = Annotated[Principal, Depends(require(Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR, Role.AUDITOR))]
Instructor = Annotated[Principal, Depends(require(Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR))]
Decider = Annotated[Principal, Depends(require(Role.TECHNICIAN, Role.SUPERVISOR))]
Anyone = Annotated[Principal, Depends(require(*Role))]
ReadPurpose = Annotated[Purpose, Depends(read_purpose)]

UNPROCESSABLE = {
    "motive_missing",
    "nothing_requested",
    "nobody_granted",
    "date_in_future",
    "date_before_cause",
    "override_missing",
    "override_unneeded",
    "override_unknown",
    "change_unknown",
    "change_needs_judgement",
    "change_leaves_right",
    "change_ends_right",
    "nobody_concerned",
}
FORBIDDEN = {"signature_not_delegated", "same_agent"}
POINTERS = {
    "date_in_future": "/on",
    "date_before_cause": "/on",
    "override_missing": "/override",
    "override_unneeded": "/override",
    "override_unknown": "/override",
    "motive_missing": "/motives",
    "nothing_requested": "/items",
    "nobody_granted": "/members",
    "change_unknown": "/change",
    "change_needs_judgement": "/ends",
    "change_leaves_right": "/ends",
    "change_ends_right": "/ends",
    "nobody_concerned": "/members",
}
"""The field of the body that makes an action impossible."""


@asynccontextmanager
async def acting(
    runtime: Runtime, principal: Principal, application_id: UUID, version: int | None
) -> AsyncIterator[tuple[UnitOfWork, LockedCase, DecisionContext]]:
    """One act of an agent on one case: locked, in scope, at the version he read; saved with its events at the end.

    Raises 404 out of scope, 428 without a version, 412 when the case has changed, and the case's own refusals as
    409/422.
    """
    read = required(version)
    await _publish_what_is_due(runtime, principal, application_id)
    try:
        async with runtime.database.unit() as unit:
            locked = await _in_scope(unit, principal, application_id)
            if locked.case.version != read:
                raise stale_version(read, locked.case.version)
            yield unit, locked, decision_context(runtime.reference, locked.case.caisse)
            await save(unit, [locked])
    except ActionNotAllowed as forbidden:
        status = 422 if forbidden.code in UNPROCESSABLE else 403 if forbidden.code in FORBIDDEN else 409
        pointer = POINTERS.get(forbidden.code)
        errors = [InputError(pointer, forbidden.code, forbidden.detail)] if pointer else []
        raise Problem(
            status, forbidden.code, forbidden.detail, title="Action impossible sur ce dossier", errors=errors
        ) from None
    except UnknownMotive as unknown:
        error = InputError(
            "/motives", "motive_unknown", f"« {unknown} » n'est pas un motif de la loi à la date du dépôt."
        )
        raise Problem(422, "motive_unknown", "Motif inconnu.", title="Motif inconnu", errors=[error]) from None
    except InvalidObservation as unfit:
        error = InputError("/observations", "observation_unfit", str(unfit))
        raise Problem(422, "observation_unfit", "Ce constat ne va pas avec le dossier.", errors=[error]) from None


async def _in_scope(unit: UnitOfWork, principal: Principal, application_id: UUID) -> LockedCase:
    locked = await lock_case(unit, application_id)
    if locked is None:
        raise not_found()
    principal.check_scope(locked.case.caisse)
    return locked


async def _publish_what_is_due(runtime: Runtime, principal: Principal, application_id: UUID) -> None:
    """Let a delay that ran out this night be told before anybody acts on the case: the agent then reads it again."""
    async with runtime.database.unit() as unit:
        locked = await _in_scope(unit, principal, application_id)
        context = decision_context(runtime.reference, locked.case.caisse)
        if locked.case.wakes_on is None or locked.case.wakes_on > context.day:
            return
        after, emissions = due_dates.tick(locked.case, context)
        locked.record_step(CaseUpdate(after, locked.facts, emissions), context, None, SYSTEM, logs.correlation.get())
        await save(unit, [locked])


def act_on(one: LockedCase, step: CaseUpdate, context: DecisionContext, principal: Principal) -> None:
    """Note a step taken in the name of the agent of the token."""
    one.record_step(step, context, None, principal.actor, logs.correlation.get())


def known_facts(one: LockedCase) -> CaseFacts:
    """The facts of a case. Raises ``ActionNotAllowed`` before the application is known, or after its erasure."""
    if one.facts is None:
        raise ActionNotAllowed("application_unknown", "Les faits de la demande ne sont pas connus de ce service.")
    return one.facts


def rank_exists(facts: CaseFacts, rank: int) -> None:
    """Raises 422 when nobody in the file has this rank."""
    if rank not in {member.rank for member in facts.members}:
        error = InputError("/members", "member_unknown", f"Aucune personne de rang {rank} dans ce dossier.")
        raise Problem(422, "member_unknown", "Personne inconnue.", title="Personne inconnue", errors=[error])


def answer_with(one: LockedCase, status: int) -> JSONResponse:
    """The summary of a case after an act, with its new version."""
    view = CaseSummary.model_validate(summary(one.case)).model_dump(mode="json")
    headers = {"ETag": etag(one.case.version), "Location": f"/cases/{one.case.application_id}"}
    return JSONResponse(view, status, headers=headers)
