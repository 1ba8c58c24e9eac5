"""The pages of the auditor: who read what, what is unusual, and whether the log is whole."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict

from services.reporting.api.access_log import Auditor, reads_download
from services.reporting.api.downloads import FilePart, Kind
from services.reporting.domain.read_words import UNUSUAL, what_was_read
from services.reporting.domain.wording import verdict_in_words
from services.reporting.store import audit_check
from services.reporting.store.access_log import AccessFilter, accesses_in_scope, accesses_of
from services.reporting.store.activity import names
from services.reporting.store.audit_keys import NoAuditKey
from services.reporting.store.retention import access_log_days
from services.reporting.store.unusual_reads import unusual_in_scope
from shared import clock
from shared.access.access_log import record_access, record_listing
from shared.access.purposes import FRENCH_PURPOSE, Purpose
from shared.clock import FRANCE
from shared.contract.date_bounds import is_within
from shared.contract.events import AUDIT
from shared.http.dates import BoundedDate
from shared.http.paging import encode_cursor
from shared.http.paging_query import PagingQuery
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web.form_fields import number_in
from shared.web.pages import page, role_in_words

router = APIRouter(include_in_schema=False)
PAGES = Path(__file__).parent
IDENTIFIER = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
LAST_DAYS = 30
HOURS = 24


class Asked(BaseModel):
    """What the auditor asks, as the address holds it. ``file``: an identifier, or the address of a page of the file;
    ``agent``: a name or a pseudonym."""

    model_config = ConfigDict(extra="ignore")
    file: Annotated[str, Query(max_length=300)] = ""
    agent: Annotated[str, Query(max_length=100)] = ""
    purpose: Annotated[str, Query(max_length=40)] = ""
    since: Annotated[str, Query(max_length=10)] = ""
    until: Annotated[str, Query(max_length=10)] = ""
    hour: Annotated[str, Query(max_length=2)] = ""

    @property
    def application(self) -> UUID | None:
        """The file that is asked about."""
        found = IDENTIFIER.search(self.file)
        return UUID(found[0]) if found else None

    def wrong(self) -> dict[str, str]:
        """What cannot be read of the question, by field."""
        told = {
            "file": (
                bool(self.file.strip()) and self.application is None,
                "Collez l'identifiant du dossier, ou l'adresse d'une de ses pages.",
            ),
            "purpose": (bool(self.purpose) and self.purpose not in set(Purpose), "Choisissez un motif de la liste."),
            "since": (bool(self.since) and day_of(self.since) is None, "Indiquez un jour du calendrier."),
            "until": (bool(self.until) and day_of(self.until) is None, "Indiquez un jour du calendrier."),
            "hour": (bool(self.hour) and not 0 <= number_in(self.hour) < HOURS, "Indiquez une heure de 0 à 23."),
        }
        return {name: words for name, (unfit, words) in told.items() if unfit}

    def chosen(self, runtime: Runtime) -> AccessFilter:
        """The same for the log. An agent may be named as people know them."""
        known = {one.display_name.lower(): one.id for one in runtime.reference.agents()}
        agent = self.agent.strip()
        return AccessFilter(
            actor=known.get(agent.lower(), agent) or None,
            purpose=Purpose(self.purpose) if self.purpose else None,
            since=day_of(self.since),
            until=day_of(self.until),
            hour=int(self.hour) if self.hour else None,
        )


def day_of(text: str) -> dt.date | None:
    """The day of a field, within the bounds of the platform; None for any other text."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if is_within(day, clock.today()) else None


@router.get("/ui/audit", response_class=HTMLResponse)
async def log_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Auditor,
    paging: PagingQuery,
    asked: Annotated[Asked, Depends()],
) -> HTMLResponse:
    """Who read what, the newest first. The search is a read too, and leaves its event."""
    wrong, rows, more = asked.wrong(), [], False
    application = asked.application
    if not wrong:
        async with runtime.database.unit() as unit:
            chosen = asked.chosen(runtime)
            if application is not None:
                found, more = await accesses_of(unit, principal, application, paging, chosen)
                record_access(unit, principal, Purpose.AUDIT, "reporting.audit", [application])
            else:
                found, more = await accesses_in_scope(unit, principal, chosen, paging)
                ids = [one for row in found for one in row.application_ids]
                record_listing(unit, principal, Purpose.AUDIT, "reporting.access_log", ids)
        rows = list(found)
    kept = {name: str(value) for name, value in asked.model_dump().items() if value}
    return page(
        request,
        PAGES,
        "audit.html",
        title="Journal des consultations",
        status=422 if wrong else 200,
        errors=wrong,
        rows=[_shown(runtime, row) for row in rows],
        asked=asked,
        file=application,
        purposes=[(one.value, words) for one, words in FRENCH_PURPOSE.items()],
        agents=sorted(one.display_name for one in runtime.reference.agents()),
        next=encode_cursor(rows[-1].occurred_at, rows[-1].event_id) if more else None,
        query=f"&{urlencode(kept)}" if kept else "",
        paged=paging.cursor is not None,
    )


def _shown(runtime: Runtime, row: Any) -> dict[str, Any]:
    at = row.occurred_at.astimezone(FRANCE)
    return {
        "on": row.business_date,
        "at": at,
        "who": runtime.reference.agent_name(row.actor_id),
        "agent": row.actor_id,
        "role": role_in_words(row.actor_role),
        "place": names(runtime).get(row.caisse, row.caisse) if row.caisse else "niveau national",
        "why": FRENCH_PURPOSE[Purpose(row.purpose)],
        "what": what_was_read(row.resource),
        "count": row.count,
        "file": row.application_ids[0] if len(row.application_ids) == 1 else None,
    }


@router.get("/ui/audit/unusual", response_class=HTMLResponse)
async def unusual_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Auditor,
    since: BoundedDate | None = None,
    until: BoundedDate | None = None,
) -> HTMLResponse:
    """Reads to ask about first, of the last thirty days where none are named."""
    last = until or clock.today()
    first = since or last - dt.timedelta(days=LAST_DAYS - 1)
    async with runtime.database.unit() as unit:
        found = await unusual_in_scope(unit, principal, first, last)
    named = names(runtime)
    rows = [
        {
            "day": row.day,
            "agent": row.actor_id,
            "who": runtime.reference.agent_name(row.actor_id),
            "place": named.get(row.caisse, row.caisse) if row.caisse else "niveau national",
            "why": UNUSUAL[row.kind],
            "reads": row.reads,
            "files": row.files,
        }
        for row in found
    ]
    return page(
        request,
        PAGES,
        "audit_unusual.html",
        title="Consultations inhabituelles",
        rows=rows,
        since=first,
        until=last,
        words=UNUSUAL,
    )


@router.get("/ui/audit/reads.{kind}", response_class=Response)
async def reads_file(
    request: Request,
    runtime: RuntimeDependency,
    principal: Auditor,
    asked: Annotated[Asked, Depends()],
    kind: Kind,
    part: FilePart,
) -> Response:
    """The reads that the page would list, for a person signed in, in files of 10 000."""
    if wrong := asked.wrong():
        raise Problem(422, "validation_failed", next(iter(wrong.values())))
    async with runtime.database.unit() as unit:
        if (application := asked.application) is not None:
            found, more = await accesses_of(unit, principal, application, part, asked.chosen(runtime))
            record_access(unit, principal, Purpose.AUDIT, "reporting.audit", [application])
        else:
            found, more = await accesses_in_scope(unit, principal, asked.chosen(runtime), part)
            ids = [one for row in found for one in row.application_ids]
            record_listing(unit, principal, Purpose.AUDIT, "reporting.access_log", ids)
    return reads_download(request, kind, found, more)


@router.get("/ui/audit/check", response_class=HTMLResponse)
async def check_page(request: Request, runtime: RuntimeDependency, _: Auditor) -> HTMLResponse:
    """Check the whole log against the heads of the topic, entry by entry: some seconds for each hundred thousand."""
    try:
        verdict = await audit_check.check_log(runtime.settings, runtime.database, days_kept=access_log_days())
    except NoAuditKey as error:
        raise Problem(503, "unavailable", str(error)) from None
    return page(
        request,
        PAGES,
        "audit_check.html",
        title="Le journal est-il entier ?",
        verdict=verdict,
        sentence=verdict_in_words(verdict),
        topic=AUDIT,
    )
