"""The law by itself: simulations without a case, editions of the rules, interpretations; and the rights that decisions
opened."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError

from services.decision.api.dependencies import Anyone, Reader, ReadPurpose
from services.decision.domain.law import edition
from services.decision.domain.law.interpretations import Interpretation
from services.decision.domain.simulation.request import InvalidSimulation, inlined, input_schema, read
from services.decision.domain.simulation.response import Outcome
from services.decision.domain.simulation.simulate import simulate
from services.decision.domain.wording.rules import csv_of, listed
from services.decision.store.entitlements import rights_of
from services.decision.store.read_models import Right, RuleSetId, RuleSetView
from services.decision.store.rule_editions import editions, rule_book
from shared import clock
from shared.access.access_log import record_access
from shared.contract.date_bounds import dates_out_of_bounds
from shared.contract.input_errors import input_errors
from shared.http.dates import BoundedDate
from shared.http.problems import Problem, not_found
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

MOST_BYTES = 128_000

router = APIRouter(tags=["règles"])


@router.post(
    "/simulations",
    summary="Simuler une demande",
    response_model=Outcome,
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": inlined(input_schema())}}}
    },
)
async def simulate_application(request: Request, runtime: RuntimeDependency, principal: Anyone) -> Outcome:
    """The whole outcome of an application that is nobody's: nothing is stored, nothing leaves.

    Takes what ``POST /applications`` takes, with ``decided_on``, ``events`` and ``care``; names are optional and
    ignored.
    """
    body = await request.body()
    if len(body) > MOST_BYTES:
        raise Problem(413, "too_large", f"Corps de plus de {MOST_BYTES} octets.")
    return outcome_of(runtime, body)


def outcome_of(runtime: Runtime, body: bytes) -> Outcome:
    """The outcome of the application written in ``body``. Raises 400 and 422 problems."""
    try:
        application = read(body)
        if far := dates_out_of_bounds(application, clock.today()):
            raise InvalidSimulation(far)
        record = runtime.reference.caisse(application.caisse) if application.caisse else None
        overseas, department = (None, None) if record is None else (record.overseas, record.department)
        return simulate(application, edition.current(), edition.collection(), overseas=overseas, department=department)
    except ValidationError as invalid:
        errors = input_errors(invalid.errors())
        raise Problem(422, "validation_failed", f"{len(errors)} champ(s) à corriger.", errors=errors) from None
    except InvalidSimulation as invalid:
        if invalid.errors[0].code == "malformed_json":
            raise Problem(400, "malformed_json", invalid.errors[0].detail) from None
        detail = f"{len(invalid.errors)} champ(s) à corriger."
        raise Problem(422, "validation_failed", detail, errors=invalid.errors) from None


@router.get("/rule-sets", response_model=dict[str, list[RuleSetView]], summary="Lister les éditions des règles")
async def list_rule_sets(runtime: RuntimeDependency, principal: Anyone) -> dict[str, list[RuleSetView]]:
    """Every edition that served here, the newest first."""
    async with runtime.database.unit() as unit:
        return {"items": await editions(unit)}


@router.get(
    "/rule-sets/{rule_set}",
    summary="Lire une édition des règles",
    responses={200: {"content": {"text/csv": {}}}},
)
async def get_rule_set(
    request: Request,
    runtime: RuntimeDependency,
    principal: Anyone,
    rule_set: RuleSetId | Literal["current"],
    on: Annotated[BoundedDate | None, Query(description="Ne montrer que les valeurs de ce jour")] = None,
    format: Annotated[Literal["json", "csv"] | None, Query(description="Par défaut d'après Accept")] = None,
) -> Response:
    """Every value with its dates, reference, confidence mark, source, note and day of last check; as JSON or CSV."""
    async with runtime.database.unit() as unit:
        book = await rule_book(unit, edition.current().id if rule_set == "current" else rule_set)
    if book is None:
        raise not_found()
    values = [value for value in listed(book) if on is None or value == book.find(value.rule, on)]
    if format == "csv" or (format is None and "text/csv" in request.headers.get("accept", "")):
        headers = {"Content-Disposition": f'attachment; filename="regles-{book.id}.csv"'}
        return Response(csv_of(values).encode(), media_type="text/csv; charset=utf-8", headers=headers)
    rules: dict[str, list[Any]] = {}
    for value in values:
        rules.setdefault(value.rule, []).append(value.model_dump(mode="json", exclude={"value"}))
    return JSONResponse({"rule_set": book.id, "rules": rules})


@router.get(
    "/interpretations",
    response_model=dict[str, list[Interpretation]],
    summary="Chercher dans le recueil d'interprétation",
)
async def list_interpretations(
    principal: Anyone,
    q: Annotated[str, Query(max_length=100, description="Mots cherchés, accents indifférents")] = "",
    rule: Annotated[str | None, Query(max_length=60, description="Règle lue, comme residence.condition")] = None,
    on: Annotated[BoundedDate | None, Query(description="Jour des faits")] = None,
) -> dict[str, list[Interpretation]]:
    """The harmonised collection: each entry with its question, answer, source, and who proposed, adopted or withdrew
    it."""
    found = edition.collection().search(q, rule, on)
    return {"items": found}


@router.get("/entitlements", response_model=dict[str, list[Right]], summary="Lire les droits ouverts par une demande")
async def list_entitlements(
    runtime: RuntimeDependency, principal: Reader, application: UUID, purpose: ReadPurpose
) -> dict[str, list[Right]]:
    """The rights of the members of one application; none when it was not granted. Leaves an access event."""
    async with runtime.database.unit() as unit:
        rights = await rights_of(unit, principal, application)
        record_access(unit, principal, purpose, "decision.entitlements", [application])
    return {"items": rights}
