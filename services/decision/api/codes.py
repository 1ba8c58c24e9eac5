"""The lists of codes, for front ends: what a motive, a requested item or a channel means on a day."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from services.decision.api.code_lists import TITLES, Code, CodeList, code_list
from services.decision.api.dependencies import Anyone
from services.decision.domain.law import edition
from services.decision.domain.simulation.request_docs import CODES as WORDS
from shared import clock
from shared.http.dates import BoundedDate

router = APIRouter(tags=["règles"])


class CodeView(BaseModel):
    """One code: its words, its text and how sure we are of it, and what belongs to its list."""

    model_config = ConfigDict(from_attributes=True)
    code: str
    label: str
    reference: str
    confidence: str
    since: dt.date | None
    accepted: list[str]
    first: str
    renewal: str


class CodeListView(BaseModel):
    """A list of codes on a day."""

    name: CodeList
    title: str
    on: dt.date
    items: list[CodeView]


def codes_on(name: CodeList, on: dt.date) -> list[Code]:
    """The codes of a list by the law of a day."""
    return code_list(name, edition.current(), on, WORDS["Channel"])


@router.get("/codes/{name}", summary="Lire une liste de codes")
async def get_codes(
    principal: Anyone,
    name: CodeList,
    on: Annotated[BoundedDate | None, Query(description="Jour dont la loi compte ; par défaut aujourd'hui")] = None,
) -> CodeListView:
    """The codes of motives, requested items, overrides, changes and channels, each as the law of a day has it."""
    day = on or clock.today()
    items = [CodeView.model_validate(one) for one in codes_on(name, day)]
    return CodeListView(name=name, title=TITLES[name], on=day, items=items)
