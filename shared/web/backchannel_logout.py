"""The provider says that a session ended: it is put on the deny list that every service follows."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from shared.access.oidc import ProviderUnavailable, SignOnInvalid
from shared.access.session_guard import SessionGuard
from shared.contract.reference_data import Revocation
from shared.http.problems import Problem
from shared.messaging.kafka_connection import connection_of
from shared.messaging.reference_table import ReferenceWriter
from shared.observability.logs import logger

log = logger("sign_on")
router = APIRouter(include_in_schema=False)


@router.post("/signon/backchannel-logout")
async def backchannel_logout(request: Request, logout_token: Annotated[str, Form(max_length=16_384)] = "") -> Response:
    """End a session by the provider's signed word. The provider shows no other proof, and needs none.

    Raises 400 for a token that is not one, 503 where it cannot be checked or the deny list cannot be written: the
    provider then calls again.
    """
    guard: SessionGuard = request.app.state.session_guard
    try:
        notice = await guard.provider.logout_notice(logout_token)
    except SignOnInvalid as error:
        log.warning("logout_token_refused", reason=str(error))
        raise Problem(400, "logout_token_invalid", "Le jeton de déconnexion n'est pas valable.") from None
    except ProviderUnavailable:
        raise Problem(503, "provider_unavailable", "Le fournisseur d'identité ne répond pas.") from None
    now = dt.datetime.now(dt.UTC)
    record = Revocation(
        token=notice.sid,
        subject="" if notice.sid else notice.subject,
        revoked_at=now,
        forgotten_at=now + dt.timedelta(seconds=guard.settings.session_longest_seconds),
    )
    try:
        async with ReferenceWriter(connection_of(guard.settings)) as writer:
            await writer.put([record])
    except (OSError, RuntimeError) as error:
        log.error("deny_list_not_written", error=type(error).__name__)
        raise Problem(503, "unavailable", "La fin de la session n'a pas pu être enregistrée.") from error
    return Response(status_code=200, headers={"Cache-Control": "no-store"})
