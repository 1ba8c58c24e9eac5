"""Webhooks: addresses of a front end that hear of each change, by the Standard Webhooks specification."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.intake.api.changes import LARGEST_POSITION, ChangedStatus
from services.intake.api.dependencies import ReadPurpose
from services.intake.domain.webhooks import (
    LONGEST_URL,
    InvalidAddress,
    challenge_body,
    check_url,
    headers,
    kind_of,
    message_id,
    proves,
)
from services.intake.notices.sender import Message, NotTaken, Sender, attempt_seconds
from services.intake.store import changes, deliveries
from services.intake.store import webhooks as store
from shared.access.access_log import record_listing
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.contract.input_errors import InputError
from shared.http.paging import Page, encode_cursor
from shared.http.paging_query import PagingQuery
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["webhooks"])

Owner = Annotated[Principal, Depends(require(Role.FRONTEND, Role.SUPERVISOR))]


class NewWebhook(BaseModel):
    """Where a caisse wants to hear of changes: an https address of its own."""

    model_config = ConfigDict(extra="forbid")
    url: Annotated[str, Field(min_length=1, max_length=LONGEST_URL, examples=["https://front.example/ame"])]


class WebhookView(BaseModel):
    """A webhook, and how many messages wait for it or are parked."""

    model_config = ConfigDict(from_attributes=True)
    webhook_id: UUID
    caisse: str
    url: str
    state: Literal["unproven", "active", "gone"]
    position: int
    waiting: int
    parked: int
    made_at: dt.datetime
    proven_at: dt.datetime | None
    earlier_until: dt.datetime | None


class MadeWebhook(WebhookView):
    """A new webhook with its secret, which is shown this once."""

    secret: str


class NewSecret(BaseModel):
    """The new secret, shown this once, and until when the one before signs beside it."""

    secret: str
    earlier_until: dt.datetime


class Delivery(BaseModel):
    """One message: of a change of an application, or of a file of persons that ended (``check_id``, of dedup).

    ``failure``: why the last attempt failed.
    """

    model_config = ConfigDict(from_attributes=True)
    position: int
    message_id: str
    kind: Literal["application.status_changed", "bulk_check.done", "bulk_check.failed"] = "application.status_changed"
    application_id: UUID | None
    status: ChangedStatus | None
    check_id: UUID | None = None
    state: Literal["waiting", "behind", "delivered", "parked"]
    attempts: int
    due_at: dt.datetime
    tried_at: dt.datetime | None
    failure: str


class Replay(BaseModel):
    """What to send again: all that follows a position, or, without one, what is parked."""

    model_config = ConfigDict(extra="forbid")
    after: Annotated[int, Field(ge=0, le=LARGEST_POSITION)] | None = None


class Replayed(BaseModel):
    """How many messages are sent again."""

    messages: int


@router.post("/webhooks", status_code=201, summary="Déclarer un webhook")
async def post_webhook(runtime: RuntimeDependency, principal: Owner, body: NewWebhook) -> MadeWebhook:
    """Name an address. Nothing is sent before it is proven; it then hears of what changed since this call."""
    if principal.caisse is None:
        raise Problem(403, "caisse_required", "Un webhook est celui d'une caisse.", title="Jeton sans caisse")
    try:
        check_url(body.url, local=runtime.settings.is_local)
    except InvalidAddress as refused:
        error = InputError("/url", refused.code, str(refused))
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error]) from None
    await changes.number(runtime.database)
    async with runtime.database.unit() as unit:
        webhook_id, secret = await store.insert(unit, principal, principal.caisse, body.url)
        view = WebhookView.model_validate(await store.own_webhook(unit, principal, webhook_id))
    return MadeWebhook(**view.model_dump(), secret=secret)


@router.get("/webhooks", summary="Lister ses webhooks")
async def list_webhooks(runtime: RuntimeDependency, principal: Owner) -> list[WebhookView]:
    """The webhooks of the caisse, with what waits and what is parked. Secrets are not shown again."""
    async with runtime.database.unit() as unit:
        return [WebhookView.model_validate(row) for row in await store.own_webhooks(unit, principal)]


@router.get("/webhooks/{webhook_id}", summary="Lire un webhook")
async def get_webhook(runtime: RuntimeDependency, principal: Owner, webhook_id: UUID) -> WebhookView:
    """One webhook, with what waits and what is parked."""
    async with runtime.database.unit() as unit:
        return WebhookView.model_validate(await store.own_webhook(unit, principal, webhook_id))


@router.delete("/webhooks/{webhook_id}", status_code=204, summary="Supprimer un webhook")
async def delete_webhook(runtime: RuntimeDependency, principal: Owner, webhook_id: UUID) -> Response:
    """Forget a webhook and what waits for it."""
    async with runtime.database.unit() as unit:
        await store.delete(unit, await store.own_webhook(unit, principal, webhook_id, lock=True))
    return Response(status_code=204)


@router.post("/webhooks/{webhook_id}/proof", summary="Prouver l'adresse d'un webhook")
async def prove_webhook(runtime: RuntimeDependency, principal: Owner, webhook_id: UUID) -> WebhookView:
    """Send a challenge to the address. It proves that it holds the secret by its answer, a JSON object: ``answer`` is
    the HMAC-SHA256 of the challenge by the secret, in base64. Then changes are sent."""
    async with runtime.database.unit() as unit:
        webhook = await store.own_webhook(unit, principal, webhook_id)
    challenge, now = secrets.token_urlsafe(32), dt.datetime.now(dt.UTC)
    body = challenge_body(challenge, now)
    signed = headers(store.secrets_of(webhook, now), message_id(webhook_id, webhook_id), now, body)
    try:
        async with Sender(runtime.settings) as sender:
            answered = await sender.send(Message(webhook.url, body, signed))
    except NotTaken as refused:
        raise _not_proven(refused.code) from None
    if not any(proves(secret, challenge, answered) for secret in store.secrets_of(webhook, now)):
        raise _not_proven("wrong_answer")
    async with runtime.database.unit() as unit:
        await store.prove(unit, await store.own_webhook(unit, principal, webhook_id, lock=True))
        return WebhookView.model_validate(await store.own_webhook(unit, principal, webhook_id))


def _not_proven(why: str) -> Problem:
    detail = "L'adresse n'a pas répondu au défi comme elle le devait : elle n'est pas prouvée."
    return Problem(409, "webhook_not_proven", detail, title="Adresse non prouvée", failure=why)


@router.post("/webhooks/{webhook_id}/secret", summary="Renouveler le secret d'un webhook")
async def rotate_secret(runtime: RuntimeDependency, principal: Owner, webhook_id: UUID) -> NewSecret:
    """A new secret. For two days both sign each message, so that the receiver can change over."""
    async with runtime.database.unit() as unit:
        webhook = await store.own_webhook(unit, principal, webhook_id, lock=True)
        secret, until = await store.rotate(unit, webhook)
    return NewSecret(secret=secret, earlier_until=until)


@router.get("/webhooks/{webhook_id}/deliveries", summary="Voir les messages d'un webhook")
async def list_deliveries(
    runtime: RuntimeDependency,
    principal: Owner,
    webhook_id: UUID,
    purpose: ReadPurpose,
    page: PagingQuery,
    state: Annotated[Literal["waiting", "behind", "delivered", "parked"] | None, Query()] = None,
) -> Page[Delivery]:
    """What was sent, waits or is parked, the newest first. Of an application, what comes later waits behind."""
    async with runtime.database.unit() as unit:
        webhook = await store.own_webhook(unit, principal, webhook_id)
        rows, more = await store.deliveries_of(unit, webhook, page, state)
        read = [row.application_id for row in rows if row.bulk_check is None]
        record_listing(unit, principal, purpose, "intake.deliveries", read)
    return Page[Delivery](items=[_shown(row) for row in rows], next=encode_cursor(rows[-1].position) if more else None)


def _shown(row: Any) -> Delivery:
    what: dict[str, Any] = {"check_id": None}
    if row.bulk_check is not None:
        what = {"check_id": row.application_id, "application_id": None, "status": None}
    told = {"message_id": message_id(row.webhook_id, row.event_id), "kind": kind_of(row._mapping)}
    return Delivery.model_validate({**row._mapping, **told, **what})


@router.post("/webhooks/{webhook_id}/replays", status_code=202, summary="Renvoyer des messages d'un webhook")
async def post_replay(runtime: RuntimeDependency, principal: Owner, webhook_id: UUID, body: Replay) -> Replayed:
    """Send again what is parked, or all that follows a position, under the same message ids and in the same order."""
    async with runtime.database.unit() as unit:
        webhook = await store.own_webhook(unit, principal, webhook_id, lock=True)
        if body.after is not None:
            await changes.check_kept(unit, body.after)
        messages = await deliveries.again(unit, webhook, body.after, lease=attempt_seconds(runtime.settings))
    return Replayed(messages=messages)
