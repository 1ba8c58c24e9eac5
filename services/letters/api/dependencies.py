"""Who may do what on the routes of letters."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Response
from pydantic import BaseModel

from shared.access.dependencies import read_purpose, require
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose

READERS = (Role.FRONTEND, Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR, Role.AUDITOR)
Reader = Annotated[Principal, Depends(require(*READERS))]
Writer = Annotated[Principal, Depends(require(Role.FRONTEND, Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR))]
Decider = Annotated[Principal, Depends(require(Role.TECHNICIAN, Role.SUPERVISOR))]
PaperKeeper = Annotated[Principal, Depends(require(Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR))]
PaperReader = Annotated[Principal, Depends(require(Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR, Role.AUDITOR))]
PaperSupervisor = Annotated[Principal, Depends(require(Role.SUPERVISOR))]
ReadPurpose = Annotated[Purpose, Depends(read_purpose)]


class PdfResponse(Response):
    """A response whose body is a PDF."""

    media_type = "application/pdf"


PDF: dict[int | str, dict[str, Any]] = {200: {"content": {"application/pdf": {}}}}


def pdf_or_content(content: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """What a preview answers: a PDF, or its content where the reader asks for it by ``format``."""
    shown = {"application/pdf": {}, "application/json": {"schema": content.model_json_schema()}}
    return {200: {"content": shown}}


def pdf_response(body: bytes, name: str) -> Response:
    """A PDF shown in the browser under this name and kept by no cache."""
    headers = {
        "Content-Disposition": f'inline; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return PdfResponse(body, headers=headers)
