"""The lists of codes on one page, for whoever writes a front end: open to everybody, as the law is."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.decision.api.code_lists import TITLES, CodeList
from services.decision.api.codes import codes_on
from services.decision.domain.wording import labels
from shared import clock
from shared.http.dates import BoundedDate
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
FOLDER = Path(__file__).parent
COUNTS = {"accepted": "vaut dépôt", "human": "un agent apprécie", "no": "ne vaut pas dépôt"}


@router.get("/ui/codes", response_class=HTMLResponse)
async def codes_page(request: Request, on: BoundedDate | Literal[""] = "") -> HTMLResponse:
    """Every list of codes, as the law of a day has it."""
    day = on or clock.today()
    return page(
        request,
        FOLDER,
        "codes.html",
        title="Codes",
        on=day.isoformat(),
        lists=[(name.value, TITLES[name], codes_on(name, day)) for name in CodeList],
        papers=labels.PAPERS,
        confidence=labels.CONFIDENCE,
        counts=COUNTS,
    )
