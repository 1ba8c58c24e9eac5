"""The pages of the law: every rule with its dated values, and the collection of interpretations."""

from __future__ import annotations

from pathlib import Path as FolderPath
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from services.decision.api.dependencies import Anyone
from services.decision.domain.law import edition
from services.decision.domain.law.rulebook import Rulebook, Value
from services.decision.domain.wording import labels
from services.decision.domain.wording.rules import KEYED_ON, THEMES, UNITS, in_words, theme_of
from services.decision.store.read_models import RuleSetId
from services.decision.store.rule_editions import rule_book
from shared.http.dates import BoundedDate
from shared.http.problems import not_found
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
FOLDER = FolderPath(__file__).parent
Words = Annotated[str, Query(max_length=100)]


@router.get("/ui/rules", response_class=HTMLResponse)
async def rules_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Anyone,
    rule_set: RuleSetId | None = None,
    on: BoundedDate | Literal[""] = "",
    unsure: bool = False,
    q: Words = "",
) -> HTMLResponse:
    """All rules by theme, each with its value of one day, or its newest; ``unsure``: only what is not verified or
    computed; ``q``: words of the label, the reference or the value."""
    book = await _book(runtime, rule_set)
    themes: dict[str, list[tuple[Value, str]]] = {}
    for rule in book.rules():
        kept = [
            value
            for value in book.history(rule)
            if (on == "" or value == book.find(rule, on)) and (not unsure or value.confidence in {"M", "C"})
        ]
        if kept and _holds(q, kept[-1]):
            themes.setdefault(theme_of(rule), []).append((kept[-1], in_words(kept[-1])))
    return page(
        request,
        FOLDER,
        "rules.html",
        title="Règles de droit",
        themes=[(theme, themes[theme]) for theme in dict.fromkeys(THEMES.values()) if theme in themes],
        rule_set=book.id,
        on=str(on),
        unsure=unsure,
        q=q,
        query=f"?rule_set={book.id}" if rule_set else "",
        current=book.id == edition.current().id,
        confidence=labels.CONFIDENCE,
    )


@router.get("/ui/rules/{rule}", response_class=HTMLResponse)
async def rule_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Anyone,
    rule: Annotated[str, Path(max_length=100)],
    rule_set: RuleSetId | None = None,
) -> HTMLResponse:
    """One rule: each of its dated values with reference, confidence and source."""
    book = await _book(runtime, rule_set)
    if rule not in book.rules():
        raise not_found()
    values = book.history(rule)
    return page(
        request,
        FOLDER,
        "rule.html",
        title=values[-1].label,
        rule=values[-1],
        values=[(value, in_words(value)) for value in reversed(values)],
        readings=edition.collection().search(rule=rule),
        theme=theme_of(rule),
        query=f"?rule_set={book.id}" if rule_set else "",
        confidence=labels.CONFIDENCE,
        keyed_on=KEYED_ON,
        units=UNITS,
    )


async def _book(runtime: Runtime, rule_set: str | None) -> Rulebook:
    async with runtime.database.unit() as unit:
        book = await rule_book(unit, rule_set or edition.current().id)
    if book is None:
        raise not_found()
    return book


def _holds(words: str, value: Value) -> bool:
    text = f"{value.label} {value.reference} {in_words(value)}".lower()
    return all(word in text for word in words.lower().split())


@router.get("/ui/interpretations", response_class=HTMLResponse)
async def interpretations_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Anyone,
    q: Words = "",
    rule: Words = "",
    on: BoundedDate | Literal[""] = "",
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
        agent_name=runtime.reference.agent_name,
        label_of={name: edition.current().history(name)[0].label for name in edition.current().rules()},
    )
