"""The history tab of a file: what happened to it at all services, and who read it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from services.reporting.domain.timeline import lines
from services.reporting.store.activity import names
from services.reporting.store.timeline import file_in_scope, latest_reads_in_scope
from shared.access.access_log import record_access
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.access.purposes import FRENCH_PURPOSE, Purpose, purpose_of_tabs
from shared.service.dependencies import RuntimeDependency
from shared.web.navigation import file_tabs
from shared.web.pages import page, role_in_words

router = APIRouter(include_in_schema=False)
PAGES = Path(__file__).parent
Reader = Annotated[Principal, Depends(require(Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR, Role.AUDITOR))]
CONTROLLERS = frozenset({Role.SUPERVISOR, Role.AUDITOR})
STATES = {
    "waiting": "en cours",
    "granted": "admission",
    "refused": "refus",
    "lapsed": "refus implicite",
    "withdrawn": "retirée",
}


@router.get("/ui/applications/{application_id}", response_class=HTMLResponse)
async def history_page(
    request: Request, runtime: RuntimeDependency, principal: Reader, application_id: UUID
) -> HTMLResponse:
    """The timeline of a file in scope; who read it is for those who control."""
    purpose = purpose_of_tabs(principal)
    controls = bool(principal.roles & CONTROLLERS)
    reads: list[dict[str, Any]] = []
    async with runtime.database.unit() as unit:
        known = await file_in_scope(unit, principal, application_id)
        if controls:
            for row in await latest_reads_in_scope(unit, application_id):
                reads.append(
                    {
                        "on": row.business_date,
                        "at": row.occurred_at,
                        "who": runtime.reference.agent_name(row.actor_id),
                        "role": role_in_words(row.actor_role),
                        "caisse": row.caisse,
                        "why": FRENCH_PURPOSE[Purpose(row.purpose)],
                    }
                )
        record_access(unit, principal, purpose, "reporting.file", [application_id])
    caisses = names(runtime)
    file = known.file
    received = f"reçu le {file.received_on:%d/%m/%Y}" if file.received_on else "encore inconnu ici"
    return page(
        request,
        PAGES,
        "file_history.html",
        title="Historique",
        file={
            "name": "",
            "birth": None,
            "reference": received,
            "place": caisses.get(file.caisse or "", file.caisse or ""),
            "state": STATES[file.state],
            "purpose": FRENCH_PURPOSE[purpose],
            "tabs": file_tabs("reporting", request.scope.get("root_path", ""), application_id, principal.roles),
        },
        lines=lines(known, caisses, controls=controls),
        controls=controls,
        audits=Role.AUDITOR in principal.roles,
        application_id=application_id,
        reads=reads,
    )
