"""Where front ends want to hear of changes: addresses, their secrets, and what waits for each."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.intake.domain.webhooks import BOTH_VALID, SECRET_BYTES, secret_of
from services.intake.tables import change_counter, changes, deliveries, webhooks
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork
from shared.http.paging import Paging, after, cut, line_number
from shared.http.problems import Problem, not_found
from shared.ids import uuid7

MOST_OF_A_CAISSE = 5
_w, _d = webhooks.c, deliveries.c


def new_secret() -> str:
    """A secret that nobody had before."""
    return secret_of(secrets.token_bytes(SECRET_BYTES))


async def insert(unit: UnitOfWork, principal: Principal, caisse: str, url: str) -> tuple[UUID, str]:
    """A new webhook, which hears of what changes from now on once its address is proven; its id and its secret.

    Raises 409 when the caisse has this address already, or as many as it may have.
    """
    await unit.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('webhooks ' || :caisse))"), {"caisse": caisse})
    own = sa.select(_w.webhook_id, _w.url).where(_w.caisse == caisse, principal.scope(_w.caisse))
    known = await unit.rows(own)
    if any(row.url == url for row in known):
        raise Problem(409, "webhook_known", "Votre caisse a déjà ce webhook.", title="Webhook déjà déclaré")
    if len(known) >= MOST_OF_A_CAISSE:
        detail = f"Une caisse a {MOST_OF_A_CAISSE} webhooks au plus : supprimez-en un."
        raise Problem(409, "too_many_webhooks", detail, title="Trop de webhooks")
    webhook_id, secret = uuid7(), new_secret()
    row: dict[str, Any] = {
        "webhook_id": webhook_id,
        "caisse": caisse,
        "url": url,
        "state": "unproven",
        "secret": secret,
        "position": sa.select(change_counter.c.last).scalar_subquery(),
        "actor_role": principal.actor.role,
        "actor_id": principal.id,
        "made_at": dt.datetime.now(dt.UTC),
    }
    await unit.execute(sa.insert(webhooks).values(**row))
    return webhook_id, secret


def _counts() -> Sequence[sa.ColumnElement[Any]]:
    of_it = sa.select(sa.func.count()).where(_d.webhook_id == _w.webhook_id)
    return (
        of_it.where(_d.state.in_(("waiting", "behind"))).correlate(webhooks).scalar_subquery().label("waiting"),
        of_it.where(_d.state == "parked").correlate(webhooks).scalar_subquery().label("parked"),
    )


async def own_webhooks(unit: UnitOfWork, principal: Principal) -> Sequence[sa.Row[Any]]:
    """The webhooks of the caisses in scope, with what waits for them and what is parked."""
    statement = sa.select(webhooks, *_counts()).where(principal.scope(_w.caisse))
    return await unit.rows(statement.order_by(_w.made_at))


async def own_webhook(unit: UnitOfWork, principal: Principal, webhook_id: UUID, *, lock: bool = False) -> sa.Row[Any]:
    """One webhook in scope. Raises 404. ``lock``: nothing is put in its queue meanwhile, nor taken from it."""
    statement = sa.select(webhooks, *_counts()).where(_w.webhook_id == webhook_id, principal.scope(_w.caisse))
    row = await unit.one_or_none(statement.with_for_update(of=webhooks) if lock else statement)
    if row is None:
        raise not_found()
    return row


async def prove(unit: UnitOfWork, webhook: sa.Row[Any]) -> None:
    """The address answered the challenge: from now on it is sent to."""
    values = {"state": "active", "proven_at": dt.datetime.now(dt.UTC)}
    await unit.execute(sa.update(webhooks).where(_w.webhook_id == webhook.webhook_id).values(**values))


async def rotate(unit: UnitOfWork, webhook: sa.Row[Any]) -> tuple[str, dt.datetime]:
    """A new secret; the one before signs beside it for a while. Returns the new one, and until when."""
    until = dt.datetime.now(dt.UTC) + BOTH_VALID
    values = {"secret": new_secret(), "earlier_secret": webhook.secret, "earlier_until": until}
    await unit.execute(sa.update(webhooks).where(_w.webhook_id == webhook.webhook_id).values(**values))
    return values["secret"], until


async def delete(unit: UnitOfWork, webhook: sa.Row[Any]) -> None:
    """Forget a webhook and its queue."""
    await unit.execute(sa.delete(deliveries).where(_d.webhook_id == webhook.webhook_id))
    await unit.execute(sa.delete(webhooks).where(_w.webhook_id == webhook.webhook_id))


async def deliveries_of(
    unit: UnitOfWork, webhook: sa.Row[Any], page: Paging, state: str | None
) -> tuple[Sequence[sa.Row[Any]], bool]:
    """A page of what was sent or is to be sent to a webhook, the newest first, and whether more follow."""
    statement = (
        sa.select(deliveries, changes.c.event_id, changes.c.status, changes.c.bulk_check)
        .join(changes, changes.c.position == _d.position)
        .where(_d.webhook_id == webhook.webhook_id, changes.c.caisse == webhook.caisse)
    )
    if state is not None:
        statement = statement.where(_d.state == state)
    if key := after(page, line_number):
        statement = statement.where(_d.position < key[0])
    return cut(await unit.rows(statement.order_by(_d.position.desc()).limit(page.limit + 1)), page.limit)


def secrets_of(webhook: Any, now: dt.datetime) -> list[str]:
    """The secrets that sign now: the last one, and for a while the one before."""
    earlier = webhook.earlier_until is not None and now < webhook.earlier_until
    return [webhook.secret, webhook.earlier_secret] if earlier else [webhook.secret]
