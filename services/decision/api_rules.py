"""The law by itself: simulations without a case, editions of the rules; and the rights that decisions opened."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Query

from services.decision import rulesets, tables
from services.decision.eligibility import digest, evaluate
from services.decision.keeping import document
from services.decision.replaying import rule_book
from services.decision.serving import Anyone, Reader, ReadPurpose
from services.decision.views import Right, RuleSetId, ShownRuleSet, SimulatedFacts
from shared.access import record_access
from shared.problems import not_found
from shared.service import RuntimeDependency

router = APIRouter(tags=["règles"])


@router.post("/simulations", summary="Simuler une évaluation")
async def simulate(
    body: SimulatedFacts,
    principal: Anyone,
    on: Annotated[dt.date | None, Query(description="Jour de la loi ; par défaut celui du dépôt")] = None,
    overseas: Annotated[bool, Query(description="Plafonds d'outre-mer")] = False,
) -> dict[str, Any]:
    """The same engine on facts that belong to nobody: nothing is stored, nothing leaves."""
    book = rulesets.current()
    day = on or body.deposit.deposited_on
    assessment = evaluate(body, book, overseas=overseas, on=day)
    rests_on = digest(body, book.id, rulesets.engine_digest(), overseas, day)
    motives = [motive.model_dump(mode="json") for motive in assessment.motives]
    return {**document(assessment), "motives": motives, "rule_set": book.id, "digest": rests_on}


@router.get("/rule-sets", response_model=dict[str, list[ShownRuleSet]], summary="Lister les éditions des règles")
async def list_rule_sets(runtime: RuntimeDependency, principal: Anyone) -> dict[str, list[ShownRuleSet]]:
    """Every edition that served here, the newest first."""
    async with runtime.database.unit() as unit:
        c = tables.rule_sets.c
        rows = await unit.rows(sa.select(c.rule_set, c.loaded_on).order_by(c.loaded_on.desc(), c.rule_set))
    now = rulesets.current().id
    return {
        "items": [
            ShownRuleSet(rule_set=row.rule_set, loaded_on=row.loaded_on, current=row.rule_set == now) for row in rows
        ]
    }


@router.get("/rule-sets/{rule_set}", summary="Lire une édition des règles")
async def get_rule_set(
    runtime: RuntimeDependency,
    principal: Anyone,
    rule_set: RuleSetId,
    on: Annotated[dt.date | None, Query(description="Ne montrer que les valeurs de ce jour")] = None,
) -> dict[str, Any]:
    """Every value with its dates, reference, confidence mark and source."""
    async with runtime.database.unit() as unit:
        book = await rule_book(unit, rule_set)
    if book is None:
        raise not_found()
    rules = book.content
    if on is not None:
        found = {name: book.find(name, on) for name in book.rules()}
        rules = {name: [value.model_dump(mode="json", exclude={"value"})] for name, value in found.items() if value}
    return {"rule_set": book.id, "rules": rules}


@router.get("/entitlements", response_model=dict[str, list[Right]], summary="Lire les droits ouverts par une demande")
async def list_entitlements(
    runtime: RuntimeDependency, principal: Reader, application: UUID, purpose: ReadPurpose
) -> dict[str, list[Right]]:
    """The rights of the members of one application; none when it was not granted. Leaves an access event."""
    async with runtime.database.unit() as unit:
        caisse = await unit.scalar(sa.select(tables.cases.c.caisse).where(tables.cases.c.application_id == application))
        if caisse is None:
            raise not_found()
        principal.check_scope(caisse)
        c = tables.entitlements.c
        rows = await unit.rows(
            sa.select(tables.entitlements).where(c.application_id == application).order_by(c.member_rank)
        )
        record_access(unit, principal, purpose, "decision.entitlements", [application])
    return {"items": [Right.model_validate(row) for row in rows]}
