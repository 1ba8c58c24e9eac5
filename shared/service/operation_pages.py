"""The operator's pages of every service: what waits, how far behind it is, its version; a message, never its bytes."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError

from shared.access.principal import Principal, Role
from shared.contract.input_errors import InputError, input_errors
from shared.http.problems import Problem, not_found
from shared.service import parked
from shared.service.dependencies import RuntimeDependency
from shared.service.operations import version
from shared.service.parked import Discard, Mend, Operating, ParkedId, ParkedMessage
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.messages import Message
from shared.web.pages import LABELS, LAYOUT, page, part
from shared.web.sign_in import signed_in_as

router = APIRouter(include_in_schema=False)
PATH = "/ui/operations"
FIELDS = ("act", "body", "why", "reason")
LONGEST = 100_000
STATES = {"parked": ("arrêté", "bad"), "behind": ("attend derrière", "warn"), "retry": ("repris", "info")}
_OUTBOX = sa.text(
    "SELECT count(*) AS unsent, coalesce(extract(epoch FROM now() - min(created_at)), 0)::int AS oldest "
    "FROM outbox WHERE sent_at IS NULL"
)
_REVISION = sa.text("SELECT version_num FROM alembic_version")


def operator(request: Request) -> Principal:
    """The person of a posted form who operates the platform."""
    return parked.national(signed_in_as(request, Role.OPERATOR))


Posting = Annotated[Principal, Depends(operator)]


@router.get(PATH, response_class=HTMLResponse)
async def overview(request: Request, runtime: RuntimeDependency, _: Operating) -> HTMLResponse:
    """What waits, how far behind, which version."""
    found = await parked.waiting(runtime)
    async with runtime.database.unit() as unit:
        outbox = await unit.one_or_none(_OUTBOX)
        revision = await unit.scalar(_REVISION)
    service: str = request.app.state.service
    consumers = [(one.subscription.topic, one.lag(), one.circuit_open) for one in request.app.state.consumers]
    return page(
        request,
        LAYOUT,
        "operations.html",
        title=f"Exploitation : {LABELS[service]}",
        rows=found,
        states=STATES,
        reasons=sorted(Counter(one.reason for one in found if one.state == "parked").items()),
        most=parked.MOST,
        outbox=outbox,
        consumers=consumers,
        facts=[
            ("Version", version()),
            ("Révision du code", os.environ.get("AME_COMMIT", "inconnue")),
            ("Révision de la base", revision),
            ("Rôle du processus", {"all": "tout", "api": "réponses", "worker": "travail"}[runtime.settings.role]),
        ],
    )


@router.get(f"{PATH}/count", response_class=HTMLResponse)
async def count(request: Request, runtime: RuntimeDependency, _: Operating) -> HTMLResponse:
    """How many messages are at fault here, for the navigation of every page; nothing where none is."""
    found = await parked.waiting(runtime)
    return part(request, LAYOUT, "count.html", count=sum(one.state == "parked" for one in found))


@router.post(f"{PATH}/retries")
async def retry_all(request: Request, runtime: RuntimeDependency, principal: Posting) -> Response:
    """All of one reason, after a look at how many they are."""
    form = await request.form()
    reason = str(form.get("reason", ""))[:64]
    found = [one for one in await parked.waiting(runtime) if one.state == "parked" and one.reason == reason]
    if not found:
        return messages.redirect(request, PATH, Message("Aucun message n'est plus arrêté pour cette raison."))
    if form.get("sure") != "yes":
        return page(
            request, LAYOUT, "operation_retries.html", title="Reprendre des messages", rows=found, reason=reason
        )
    done = await parked.retry(runtime, principal, reason=reason)
    lost = f" Sans contenu, à laisser ou à émettre de nouveau : {len(done.lost)}." if done.lost else ""
    moved = done.left_to_worker + done.put_back + done.emitted_already
    return messages.redirect(request, PATH, Message(f"Messages repris : {moved}.{lost}"))


@router.get(f"{PATH}/{{parked_id}}", response_class=HTMLResponse)
async def message_page(request: Request, runtime: RuntimeDependency, _: Operating, parked_id: ParkedId) -> HTMLResponse:
    """One message that waits, and what may be done with it."""
    return _page(request, await _one(runtime, parked_id), {}, {})


@router.post(f"{PATH}/{{parked_id}}")
async def act(request: Request, runtime: RuntimeDependency, principal: Posting, parked_id: ParkedId) -> Response:
    """Retry, mend or discard it; what is wrong is said beside what was typed."""
    form = await request.form()
    given = {name: str(form.get(name, ""))[:LONGEST] for name in FIELDS}

    async def mended() -> str:
        await parked.mend(runtime, principal, parked_id, Mend(body=_read(given["body"]), why=given["why"]))
        return "Le bon corps est gardé : il sera lu à la prochaine reprise."

    async def discarded() -> str:
        await parked.discard(runtime, principal, parked_id, Discard(why=given["why"]))
        return "Message abandonné ; ce qui attendait derrière lui continue."

    async def retried() -> str:
        done = await parked.retry(runtime, principal, parked_id=parked_id)
        return "Plus aucun contenu : abandonnez-le, ou émettez de nouveau." if done.lost else "Message repris."

    acts: dict[str, Callable[[], Awaitable[str]]] = {"mend": mended, "discard": discarded, "retry": retried}
    if given["act"] not in acts:
        raise Problem(422, "validation_failed", "Choisissez ce qu'il faut faire de ce message.")
    wrong: Mapping[str, str] = {}
    try:
        text = await acts[given["act"]]()
    except ValidationError as invalid:
        wrong = {one.pointer.strip("/").split("/")[0]: one.detail for one in input_errors(invalid.errors())}
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        wrong = {one.pointer.strip("/"): one.detail for one in problem.errors} or {"": problem.detail or problem.title}
    if wrong:
        shown = {(f"{given['act']}_{name}" if name else ""): words for name, words in wrong.items()}
        return _page(request, await _one(runtime, parked_id), given, shown)
    stays = given["act"] == "mend"
    return messages.redirect(request, f"{PATH}/{parked_id}" if stays else PATH, Message(text))


def _read(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        error = InputError("/body", "json_invalid", "Le corps n'est pas un objet JSON.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
    return body


async def _one(runtime: Runtime, parked_id: int) -> ParkedMessage:
    found = await parked.waiting(runtime, parked_id=parked_id)
    if not found:
        raise not_found()
    return found[0]


def _page(request: Request, row: ParkedMessage, given: Mapping[str, str], wrong: Mapping[str, str]) -> HTMLResponse:
    return page(
        request,
        LAYOUT,
        "operation_message.html",
        title=f"Message {row.id}",
        status=422 if wrong else 200,
        row=row,
        states=STATES,
        given=given,
        errors=dict(wrong),
    )
