"""Cases given together to one agent: one reason, one act, taken back as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from services.decision.api.dependencies import act_on
from services.decision.api.schemas import Assignments, NewAssignments
from services.decision.domain.case import transitions
from services.decision.domain.case.case import CaseUpdate
from services.decision.store.assignments import Move, batch_in_scope, write_batch
from services.decision.store.cases import lock_case, save
from services.decision.store.decision_context import decision_context
from services.decision.store.locked_case import LockedCase
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.contract.input_errors import InputError
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import Problem, not_found
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

router = APIRouter(tags=["dossiers"])
Lead = Annotated[Principal, Depends(require(Role.SUPERVISOR))]


@router.post("/cases/assignments", status_code=201, summary="Attribuer plusieurs dossiers ensemble")
async def post_assignments(runtime: RuntimeDependency, principal: Lead, body: NewAssignments) -> Assignments:
    """All of one caisse, to one agent or back to the queue, for one reason. 404 for a case out of scope: then nothing
    is moved. 422 for an agent who is not of the caisse."""
    return await assign_together(runtime, principal, body)


async def assign_together(runtime: Runtime, principal: Principal, body: NewAssignments) -> Assignments:
    """What the route and the page do."""
    _check_agent(runtime, principal, body.agent)
    async with runtime.database.unit() as unit:
        locked = await _locked(unit, principal, body.cases)
        caisses = {one.case.caisse for one in locked}
        if len(caisses) > 1:
            error = InputError("/cases", "several_caisses", "Des dossiers de plusieurs caisses ne vont pas ensemble.")
            raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
        moved = [one for one in locked if one.case.assignee != body.agent]
        moves = [Move(one.case.application_id, one.case.assignee) for one in moved]
        await _give(runtime, unit, principal, {one.case.application_id: body.agent for one in moved}, moved)
        batch = await write_batch(unit, principal, caisses.pop(), body.agent, body.reason, moves)
    return Assignments(batch_id=batch, moved=len(moved), left=len(set(body.cases)) - len(moved))


@router.post("/cases/assignments/{batch_id}/undoing", status_code=201, summary="Défaire une attribution de plusieurs")
async def post_undoing(runtime: RuntimeDependency, principal: Lead, batch_id: UUID) -> Assignments:
    """Each case goes back to who followed it; one that has changed hands since is left. 409 the second time."""
    async with runtime.database.unit() as unit:
        batch = await batch_in_scope(unit, principal, batch_id)
        if batch is None:
            raise not_found()
        if batch.undone:
            raise Problem(409, "already_undone", "Cette attribution a déjà été défaite.")
        before = {one.application_id: one.before for one in batch.moves}
        locked = await _locked(unit, principal, list(before))
        back = [one for one in locked if one.case.assignee == batch.agent]
        moves = [Move(one.case.application_id, one.case.assignee) for one in back]
        await _give(runtime, unit, principal, before, back)
        made = await write_batch(unit, principal, batch.caisse, None, "undone", moves, undoes=batch_id)
    return Assignments(batch_id=made, moved=len(back), left=len(before) - len(back))


async def _locked(unit: UnitOfWork, principal: Principal, ids: Sequence[UUID]) -> list[LockedCase]:
    """The cases in one order, so that two acts never wait for each other. Raises 404 for one that is not in scope."""
    found = []
    for application_id in sorted(set(ids)):
        locked = await lock_case(unit, application_id)
        if locked is None:
            raise not_found()
        principal.check_scope(locked.case.caisse)
        found.append(locked)
    return found


async def _give(
    runtime: Runtime,
    unit: UnitOfWork,
    principal: Principal,
    agents: Mapping[UUID, str | None],
    locked: Sequence[LockedCase],
) -> None:
    for one in locked:
        step = CaseUpdate(transitions.assigned(one.case, agents[one.case.application_id]), one.facts, [])
        act_on(one, step, decision_context(runtime.reference, one.case.caisse), principal)
    await save(unit, list(locked))


def _check_agent(runtime: Runtime, principal: Principal, agent: str | None) -> None:
    known = runtime.reference.agent(agent or "")
    if agent is not None and (known is None or not principal.sees(known.caisse or "")):
        error = InputError("/agent", "agent_unknown", "Cette personne n'est pas de la caisse.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
