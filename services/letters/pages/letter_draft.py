"""The letter of an act that is not done yet, drawn for who is about to do it: a specimen, kept nowhere."""

from __future__ import annotations

import json
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response
from pydantic import ValidationError

from services.letters.api.previews import Draft, preview
from services.letters.pages.frame import decider
from shared.access.principal import Principal
from shared.access.purposes import purpose_of_tabs
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency

router = APIRouter(include_in_schema=False)
MOST_BYTES = 64 * 1024


@router.post("/ui/applications/{application_id}/letter-draft")
async def show(
    runtime: RuntimeDependency,
    principal: Annotated[Principal, Depends(decider)],
    application_id: UUID,
    draft: Annotated[str, Form(max_length=MOST_BYTES)],
) -> Response:
    """The PDF of the letter that the page of a case describes."""
    try:
        asked = Draft.model_validate({**dict(json.loads(draft)), "application_id": application_id})
    except (ValidationError, ValueError, TypeError):
        raise Problem(422, "validation_failed", "Cette lettre ne peut pas être dessinée.") from None
    return await preview(asked, runtime, principal, purpose_of_tabs(principal))
