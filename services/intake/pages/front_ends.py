"""The documentation for front ends: one page that anybody may read, and the events as documents for programs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Path as PathParameter
from fastapi.responses import HTMLResponse, JSONResponse
from markupsafe import Markup

from services.intake.api.changes import ChangedStatus
from services.intake.api.examples import EXAMPLES
from services.intake.api.imports import LARGEST_IMPORT_BYTES
from services.intake.domain.application import MOST_PAPERS
from services.intake.domain.document import DOCUMENT_BYTES
from services.intake.domain.interface import interface
from services.intake.domain.papers import LARGEST_PAPER_BYTES
from services.intake.domain.sandbox import MEANING
from services.intake.domain.webhooks import BOTH_VALID, PAUSES, change_body
from services.intake.pages.applications import STATUS
from services.intake.store.bulk_check_ends import change_row
from services.intake.store.webhooks import MOST_OF_A_CAISSE
from shared import clock
from shared.contract import event_documents
from shared.contract.events import BulkCheckEnded
from shared.contract.input_rules import RULES
from shared.contract.sandbox import SANDBOX
from shared.http.problems import not_found
from shared.retention.table import table_in_force
from shared.service.dependencies import RuntimeDependency
from shared.service.operations import version
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
PAGES = Path(__file__).parent
CODE = re.compile(r"(\b[a-z]+(?:_[a-z]+)+\b|(?:GET|POST|PUT|PATCH|DELETE) /[^\s:,]*)")
STATUSES = {**STATUS, ChangedStatus.TRANSFERRED.value: "Transmise à une autre caisse"}


def application() -> dict[str, Any]:
    """The application of the guide."""
    return {**EXAMPLES["post_application"], "reference": "GUIDE-1"}


def bulk_check_message() -> dict[str, Any]:
    """The message of the end of a bulk check, from the example of its event."""
    told = BulkCheckEnded.model_validate(event_documents.example("bulk_check.ended"))
    message: dict[str, Any] = json.loads(change_body({**change_row(told), "position": 1042}))
    return message


def with_codes(text: object) -> Markup:
    """A sentence in which what programs read is marked as code."""
    parts = CODE.split(str(text))
    return Markup("").join(Markup("<code>{}</code>").format(one) if at % 2 else one for at, one in enumerate(parts))


@router.get("/ui/docs", response_class=HTMLResponse)
async def documentation(request: Request, runtime: RuntimeDependency) -> HTMLResponse:
    """The eight calls a front end needs, every code it may meet, the limits and what is promised."""
    kept = table_in_force().period("intake", "change", clock.today())
    keys = table_in_force().period("intake", "idempotency_key", clock.today())
    return page(
        request,
        PAGES,
        "front_ends.html",
        title="Documentation pour les logiciels",
        with_codes=with_codes,
        interface=interface(),
        calls=[(step.call, step.title) for step in interface().steps],
        problems=[(one.code, one.status, one.means, one.act) for one in interface().problems],
        application=json.dumps(application(), ensure_ascii=False, indent=2),
        statuses=STATUSES,
        sandbox=SANDBOX,
        outcomes=[(f"ESSAI-{outcome}", meaning) for outcome, meaning in MEANING.items()],
        rules=RULES,
        events=event_documents.TOPICS,
        types=event_documents.published(),
        bulk_check_message=json.dumps(bulk_check_message(), indent=2),
        pauses=len(PAUSES),
        secret_days=BOTH_VALID.days,
        answer_seconds=runtime.settings.webhook_seconds,
        limits={
            "Corps d'une demande": f"{DOCUMENT_BYTES // 1000} ko",
            "Pièces d'une demande": f"{MOST_PAPERS}",
            "Octets d'une pièce": f"{LARGEST_PAPER_BYTES // 1_000_000} Mo",
            "Fichier d'import": f"{LARGEST_IMPORT_BYTES // 1_000_000} Mo",
            "Taille d'une page de liste": "500",
            "Webhooks d'une caisse": f"{MOST_OF_A_CAISSE}",
            "Réponse d'un récepteur de webhook": f"{runtime.settings.webhook_seconds:g} secondes",
            "Garde des changements": f"{kept.value.days} jours" if kept else "sans fin",
            "Garde des réponses aux clés d'idempotence": f"{keys.value.days} jours" if keys else "sans fin",
        },
    )


@router.get("/events/asyncapi.json")
async def asyncapi() -> JSONResponse:
    """The four topics as one AsyncAPI document, with an example of each event."""
    return JSONResponse(event_documents.asyncapi(version()))


@router.get("/events/{name}.json")
async def event_schema(name: Annotated[str, PathParameter(max_length=60)]) -> JSONResponse:
    """The JSON Schema of an event type, at an address that stays."""
    if name not in event_documents.published():
        raise not_found()
    return JSONResponse(event_documents.schema(name), media_type="application/schema+json")
