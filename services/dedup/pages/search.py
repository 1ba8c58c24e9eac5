"""Search a person: at a desk before filing, or by what somebody remembers. Logged, limited, answered with codes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from services.dedup.api.persons import CheckBody, check
from services.dedup.search import own_names
from services.dedup.store import own_files
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose, purpose_by_way
from shared.contract.input_errors import input_errors
from shared.french import countries
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web.pages import page, part
from shared.web.sign_in import signed_in_as

router = APIRouter(include_in_schema=False)
PAGES = Path(__file__).parent
ROLES = (Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR)
FIELDS = ("family_name", "given_names", "usage_name", "sex", "birth_date", "birth_place", "birth_country")
SHORTEST_NAME = 3
"""Letters of a family name before anything is proposed."""
Searcher = Annotated[Principal, Depends(require(*ROLES))]


def searching(request: Request) -> Principal:
    """The person of a posted search."""
    return signed_in_as(request, *ROLES)


@router.get("/ui/search", response_class=HTMLResponse)
async def search_page(request: Request, principal: Searcher) -> HTMLResponse:
    """The form. A name never stands in an address: it would stay in histories and logs."""
    return page(request, PAGES, "search.html", title="Chercher une personne", **_view(_guessed(""), None, {}))


@router.post("/ui/search", response_class=HTMLResponse)
async def search(
    request: Request, runtime: RuntimeDependency, principal: Annotated[Principal, Depends(searching)]
) -> HTMLResponse:
    """Who looks like this in the whole base: own files by name, elsewhere caisse, date and outcome.

    ``q``: all in one field, as the header of every page has it.
    """
    form = await request.form()
    whole = str(form.get("q", ""))[:200]
    given = _guessed(whole) if whole else {name: str(form.get(name, ""))[:200] for name in (*FIELDS, "reference")}
    found, wrong = await _found(runtime, principal, given)
    title = "Chercher une personne"
    return page(request, PAGES, "search.html", title=title, status=422 if wrong else 200, **_view(given, found, wrong))


@router.post("/ui/search/names", response_class=HTMLResponse)
async def names(
    request: Request, runtime: RuntimeDependency, principal: Annotated[Principal, Depends(searching)]
) -> HTMLResponse:
    """While a name is typed: the nearest names of the own caisse, the likest first. Logged and limited as a search."""
    form = await request.form()
    given = {name: str(form.get(name, ""))[:200] for name in FIELDS}
    shown: list[dict[str, Any]] = []
    if len(given["family_name"].strip()) >= SHORTEST_NAME:
        purpose = purpose_by_way(principal, Purpose.FRONT_DESK)
        try:
            shown = await own_names.nearest(runtime, principal, purpose, given["family_name"], given["given_names"])
        except Problem as problem:
            if problem.status != 429:
                raise
            return part(request, PAGES, "search_names.html", names=[], limited=problem.detail)
    return part(request, PAGES, "search_names.html", names=shown, limited="")


@router.post("/ui/known", response_class=HTMLResponse)
async def known(
    request: Request,
    runtime: RuntimeDependency,
    principal: Annotated[Principal, Depends(searching)],
    back: Annotated[str, Form(max_length=200)] = "",
    fragment: bool = False,
) -> HTMLResponse:
    """Is the person at the desk known? A piece of the interview's last page, or a page of its own without scripts."""
    given = {name: str((await request.form()).get(name, ""))[:200] for name in FIELDS}
    found, wrong = await _found(runtime, principal, given)
    shown = _view(given, found, wrong) | {"back": back if back.startswith("/") else ""}
    if fragment:
        return part(request, PAGES, "search_results.html", **shown)
    return page(request, PAGES, "known.html", title="Déjà connue ?", **shown)


async def _found(
    runtime: Runtime, principal: Principal, given: dict[str, str]
) -> tuple[dict[str, Any] | None, dict[str, str]]:
    if not any(given.get(name) for name in FIELDS):
        if given.get("reference"):
            return None, {}
        return None, {"family_name": "Écrivez au moins un nom, une date de naissance ou une référence."}
    purpose = purpose_by_way(principal, Purpose.FRONT_DESK)
    given = given | {"birth_date": iso_birth(given["birth_date"])}
    try:
        body = CheckBody.model_validate({name: given.get(name) or None for name in FIELDS if given.get(name)})
    except ValidationError as invalid:
        errors = input_errors(invalid.errors())
        return None, {error.pointer.strip("/"): error.detail for error in errors}
    try:
        found = await check(runtime, principal, purpose, body)
    except Problem as problem:
        if problem.status != 429:
            raise
        return None, {"": problem.detail}
    ids = [one["application_id"] for one in found["candidates"] if one["caisse"] == principal.caisse]
    async with runtime.database.unit() as unit:
        names = await own_files.names_of(unit, principal, ids)
    candidates = [one | {"person": names.get(one["application_id"])} for one in found["candidates"]]
    return found | {"candidates": candidates}, {}


def iso_birth(text: str) -> str:
    """A birth date as typed, D/M/Y, M/Y or Y, as YYYY-MM-DD with 00 for what is unknown; anything else as it is."""
    match = re.fullmatch(r"(?:(?:(\d{1,2})/)?(\d{1,2})/)?(\d{4})", text.strip())
    if match is None:
        return text.strip()
    day, month, year = match.groups()
    return f"{year}-{int(month or 0):02}-{int(day or 0):02}"


def _guessed(text: str) -> dict[str, str]:
    """What was typed in one field, put into the fields it belongs to: a date, a reference, else names, the first the
    family's."""
    given = dict.fromkeys((*FIELDS, "reference"), "")
    names = []
    for word in text.split():
        if re.fullmatch(r"(?:\d{1,2}/){0,2}\d{4}", word):
            given["birth_date"] = word
        elif any(sign.isdigit() for sign in word):
            given["reference"] = word[:64]
        else:
            names.append(word)
    if names:
        given["family_name"], given["given_names"] = names[0][:120], " ".join(names[1:])[:120]
    return given


def _view(given: dict[str, str], found: dict[str, Any] | None, wrong: dict[str, str]) -> dict[str, Any]:
    return {"given": given, "found": found, "errors": wrong, "countries": countries()}
