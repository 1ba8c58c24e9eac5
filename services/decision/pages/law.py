"""The pages of the law: every rule with its dated values, and the collection of interpretations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from services.decision.api.dependencies import Anyone
from services.decision.domain.law import edition
from services.decision.domain.wording import labels
from services.decision.domain.wording.rules import KEYED_ON, UNITS, in_words
from services.decision.store.read_models import RuleSetId
from services.decision.store.rule_editions import rule_book
from shared.http.dates import BoundedDate
from shared.http.problems import not_found
from shared.service.dependencies import RuntimeDependency
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
FOLDER = Path(__file__).parent
Words = Annotated[str, Query(max_length=100)]


@router.get("/ui/rules", response_class=HTMLResponse)
async def rules_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Anyone,
    rule_set: RuleSetId | None = None,
    on: BoundedDate | Literal[""] = "",
    unsure: bool = False,
) -> HTMLResponse:
    """Every rule with all its dated values, or those of one day; ``unsure``: only what is not verified or computed."""
    wanted = rule_set or edition.current().id
    async with runtime.database.unit() as unit:
        book = await rule_book(unit, wanted)
    if book is None:
        raise not_found()
    shown = []
    for rule in book.rules():
        kept = [
            value
            for value in book.history(rule)
            if (on == "" or value == book.find(rule, on)) and (not unsure or value.confidence in {"M", "C"})
        ]
        if kept:
            shown.append(
                (kept[0], [(value, in_words(value)) for value in kept], edition.collection().search(rule=rule))
            )
    return page(
        request,
        FOLDER,
        "rules.html",
        title="Règles de droit",
        rules=shown,
        rule_set=book.id,
        on=str(on),
        unsure=unsure,
        current=book.id == edition.current().id,
        confidence=labels.CONFIDENCE,
        keyed_on=KEYED_ON,
        units=UNITS,
    )


@router.get("/ui/interpretations", response_class=HTMLResponse)
async def interpretations_page(
    request: Request, principal: Anyone, q: Words = "", rule: Words = "", on: BoundedDate | Literal[""] = ""
) -> HTMLResponse:
    """The collection, searched by words, by rule, by day."""
    found = edition.collection().search(q, rule or None, on or None)
    return page(
        request,
        FOLDER,
        "interpretations.html",
        title="Recueil d'interprétation",
        entries=found,
        q=q,
        rule=rule,
        on=str(on),
        confidence=labels.CONFIDENCE,
        states={"proposed": "proposée", "adopted": "adoptée", "withdrawn": "retirée"},
        label_of={name: edition.current().history(name)[0].label for name in edition.current().rules()},
    )
