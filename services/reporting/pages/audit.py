"""The page of the auditor: is the access log whole, and where the signed heads are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from services.reporting.domain.wording import verdict_in_words
from services.reporting.store import audit_check
from services.reporting.store.audit_keys import NoAuditKey
from services.reporting.store.retention import access_log_days
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.contract.events import AUDIT
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
PAGES = Path(__file__).parent


@router.get("/ui/audit", response_class=HTMLResponse)
async def audit_page(
    request: Request, runtime: RuntimeDependency, _: Annotated[Principal, Depends(require(Role.AUDITOR))]
) -> HTMLResponse:
    """Check the whole log against the heads of the topic, entry by entry: some seconds for each hundred thousand."""
    try:
        verdict = await audit_check.check_log(runtime.settings, runtime.database, days_kept=access_log_days())
    except NoAuditKey as error:
        raise Problem(503, "unavailable", str(error)) from None
    return page(
        request,
        PAGES,
        "audit.html",
        title="Journal des consultations",
        verdict=verdict,
        sentence=verdict_in_words(verdict),
        topic=AUDIT,
    )
