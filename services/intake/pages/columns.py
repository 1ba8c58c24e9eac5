"""The names of columns that a sender's software uses, and what they stand for: answered on a page, once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from services.intake.api.columns import Written
from services.intake.api.imports import Importer
from services.intake.domain.csv_import.column_names import MOST_NAMES, checked, proposals
from services.intake.domain.csv_import.columns import COLUMNS, folded
from services.intake.domain.csv_import.header import column_of
from services.intake.pages.imports import sender
from services.intake.store.column_names import own_columns, remember
from shared.access.principal import Principal
from shared.service.dependencies import RuntimeDependency
from shared.web import messages
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
PAGES = Path(__file__).parent
FORGET, IGNORE = "", "-"
Sender = Annotated[Principal, Depends(sender)]


_LABELS = {one.name: (one.french[0] if one.french else one.name).replace("_", " ").capitalize() for one in COLUMNS}


@router.get("/ui/imports/columns", response_class=HTMLResponse)
async def columns_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Importer,
    written: Annotated[list[Written], Query(max_length=MOST_NAMES)] = [],  # noqa: B006 FastAPI copies it
) -> HTMLResponse:
    """The names that stand for no column yet, with what they may mean, and those remembered of this sender."""
    async with runtime.database.unit() as unit:
        own = await own_columns(unit, principal)
    taken = [column for column in own.values() if column]
    asked = dict.fromkeys(name for name in written if folded(name) and column_of(name, own) is None)
    chosen = {name: next(iter(proposals(name, taken)), FORGET) for name in asked}
    return _page(request, chosen, own, {})


@router.post("/ui/imports/columns")
async def save_columns(request: Request, runtime: RuntimeDependency, principal: Sender) -> Response:
    """Remember what each name stands for; a name without an answer is asked again with the next file."""
    form = await request.form(max_fields=3 * MOST_NAMES)
    given = [
        (str(form[f"written-{at}"]), str(form.get(f"column-{at}", FORGET)))
        for at in range(MOST_NAMES)
        if f"written-{at}" in form
    ]
    kept = [(name, None if column == IGNORE else column) for name, column in given if column != FORGET]
    found, errors = checked(kept)
    if errors:
        places = [at for at, (_, column) in enumerate(given) if column != FORGET]
        wrong = {f"column-{places[int(error.pointer.split('/')[2])]}": error.detail for error in errors}
        return _page(request, dict(given), {}, wrong)
    async with runtime.database.unit() as unit:
        await remember(unit, principal, found)
    words = "Ces noms de colonnes sont retenus : envoyez de nouveau le fichier."
    return messages.redirect(request, "/ui/imports", Message(words))


def _page(request: Request, asked: dict[str, str], own: dict[str, str], wrong: dict[str, str]) -> HTMLResponse:
    known = {name: column or IGNORE for name, column in sorted(own.items())}
    lines: list[dict[str, Any]] = [
        {"name": f"column-{at}", "written": name, "column": column, "known": name in own}
        for at, (name, column) in enumerate([*asked.items(), *known.items()])
    ]
    options = [(IGNORE, "ne pas lire cette colonne"), *sorted(_LABELS.items(), key=lambda one: one[1])]
    return page(
        request,
        PAGES,
        "columns.html",
        title="Noms des colonnes",
        status=422 if wrong else 200,
        lines=lines,
        options=options,
        errors=wrong,
    )
