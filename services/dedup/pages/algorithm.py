"""How likenesses are found, how long files are remembered, how right the scores were: words first, tables after."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from services.dedup.domain import wording
from services.dedup.domain.pairs import algorithm_description
from services.dedup.pages.review import PAGES
from services.dedup.search import common_base
from services.dedup.store import model_versions, retention
from shared import clock
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.retention.table import table_in_force
from shared.service.dependencies import RuntimeDependency
from shared.web.pages import page

router = APIRouter(include_in_schema=False)

CARDS: Final = {
    "relative or look-alike": "contre un proche ou un sosie",
    "stranger of like name": "contre un inconnu de même nom",
}


@router.get("/ui/algorithm", response_class=HTMLResponse)
async def show_algorithm(
    request: Request,
    runtime: RuntimeDependency,
    principal: Annotated[Principal, Depends(require(Role.SUPERVISOR, Role.AUDITOR))],
) -> HTMLResponse:
    """The published description of the algorithm in force, the retention rules, the latest report of calibration."""
    base = common_base.of(runtime)
    described = algorithm_description.description(base.model, base.version, base.thresholds)
    async with runtime.database.unit() as unit:
        kept = await retention.read_rules(unit, table_in_force(), clock.today())
        reports = await model_versions.listed(unit)
        latest: dict[str, Any] | None = None
        if reports["items"]:
            latest = await model_versions.read_calibration(unit, reports["items"][0]["calibration_id"])
    cards = list(described["features"][0]["weights"])
    return page(
        request,
        PAGES,
        "algorithm.html",
        title="Comment les ressemblances sont trouvées",
        described=described,
        cards=[(code, CARDS.get(code, "autre carte")) for code in cards],
        rules=kept["rules"],
        runs=kept["runs"],
        outcomes=wording.OUTCOMES,
        latest=latest,
        versions=reports["versions"],
        agent_name=runtime.reference.agent_name,
    )
