"""The interview of a desk: one thing a page, saved at each step, whatever was typed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.intake.domain.interview import answers as reading
from services.intake.domain.interview.answers import Answers, Person
from services.intake.domain.interview.desks import desks
from services.intake.domain.interview.questions import Question, Step, guide, translations
from services.intake.store import drafts
from services.intake.store.drafts import Draft
from shared import clock
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.contract.reference_data import DepositBody
from shared.french import countries
from shared.http.problems import Problem, not_found
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.messages import Message
from shared.web.pages import page
from shared.web.sign_in import signed_in_as

router = APIRouter(include_in_schema=False)
PAGES = Path(__file__).parent
ROLES = (Role.AGENT, Role.TECHNICIAN)
Interviewer = Annotated[Principal, Depends(require(*ROLES))]


def interviewer(request: Request) -> Principal:
    """The person of a posted form."""
    return signed_in_as(request, *ROLES)


Writing = Annotated[Principal, Depends(interviewer)]


@router.post("/ui/interviews")
async def begin(runtime: RuntimeDependency, principal: Writing) -> Response:
    """Open a new interview and go to its first page."""
    if principal.caisse is None:
        raise Problem(403, "forbidden", "Choisissez d'abord la caisse pour laquelle vous recevez la personne.")
    desks_of(runtime, principal, principal.caisse)  # said before the ten steps, not after
    async with runtime.database.unit() as unit:
        draft_id = await drafts.begin(unit, principal, principal.caisse)
    return RedirectResponse(f"/ui/interviews/{draft_id}/{guide().steps[0].id}", 303)


@router.post("/ui/interviews/{draft_id}/removal")
async def remove(request: Request, runtime: RuntimeDependency, principal: Writing, draft_id: UUID) -> Response:
    """Forget an interview that will not be filed."""
    async with runtime.database.unit() as unit:
        await drafts.remove(unit, principal, draft_id)
    return messages.redirect(request, "/ui/desk", Message("L'entretien est effacé, avec tout ce qui y était écrit."))


@router.get("/ui/interviews/{draft_id}/people/{number}", response_class=HTMLResponse)
async def person_page(
    request: Request, runtime: RuntimeDependency, principal: Interviewer, draft_id: UUID, number: int, lang: str = ""
) -> HTMLResponse:
    """The questions on one other person of the household; one number past the last adds a person."""
    async with runtime.database.unit() as unit:
        draft = await drafts.read(unit, principal, draft_id)
    if not 1 <= number <= min(len(draft.answers.people) + 1, reading.MOST_PEOPLE):
        raise not_found()
    known = draft.answers.people[number - 1] if number <= len(draft.answers.people) else Person(relation="")
    return _person_page(request, draft, number, known, {}, lang)


@router.post("/ui/interviews/{draft_id}/people/{number}")
async def save_person(
    request: Request, runtime: RuntimeDependency, principal: Writing, draft_id: UUID, number: int, lang: str = ""
) -> Response:
    """Keep what was typed of one person; back to the household once nothing is wrong."""
    form = await request.form()
    questions = guide().people.questions
    async with runtime.database.unit() as unit:
        draft = await drafts.read(unit, principal, draft_id, lock=True)
        people = list(draft.answers.people)
        if not 1 <= number <= min(len(people) + 1, reading.MOST_PEOPLE):
            raise not_found()
        given = Person(relation=str(form.get("relation", ""))[:40], answers=reading.typed(questions, dict(form)))
        by_itself = form.get("go") == "autosave"
        if by_itself and str(draft.version) != form.get("version"):
            return Response(status_code=204)  # it comes late: the whole page was sent meanwhile
        people[number - 1 : number] = [] if form.get("go") == "remove" else [given]
        await drafts.save(unit, draft, draft.answers.model_copy(update={"people": people}), by_itself=by_itself)
    if by_itself:
        return Response(status_code=204)
    if form.get("go") == "remove":
        return messages.redirect(
            request, f"/ui/interviews/{draft_id}/household", Message("La personne n'est plus dans le foyer.")
        )
    wrong = reading.errors(questions, given.answers, clock.today())
    if given.relation not in guide().people.relations:
        wrong = {"relation": "Lien avec la personne qui demande : à indiquer pour continuer.", **wrong}
    if wrong:
        return _person_page(request, draft, number, given, wrong, lang)
    return RedirectResponse(f"/ui/interviews/{draft_id}/household", 303)


@router.get("/ui/interviews/{draft_id}/{step_id}", response_class=HTMLResponse)
async def step_page(
    request: Request, runtime: RuntimeDependency, principal: Interviewer, draft_id: UUID, step_id: str, lang: str = ""
) -> HTMLResponse:
    """One step of the interview, with what was answered before."""
    step = _step(step_id)
    async with runtime.database.unit() as unit:
        draft = await drafts.read(unit, principal, draft_id)
    return _step_page(request, draft, step, draft.answers, {}, lang)


@router.post("/ui/interviews/{draft_id}/{step_id}")
async def save_step(
    request: Request, runtime: RuntimeDependency, principal: Writing, draft_id: UUID, step_id: str, lang: str = ""
) -> Response:
    """Keep what was typed, then go on, stay where something is wrong, or leave for later."""
    step, form = _step(step_id), dict(await request.form())
    async with runtime.database.unit() as unit:
        draft = await drafts.read(unit, principal, draft_id, lock=True)
        if draft.application_id is not None:
            raise Problem(409, "interview_filed", "Cet entretien est déjà devenu une demande.")
        given, by_itself = _merged(draft.answers, step, form), form.get("go") == "autosave"
        if by_itself and str(draft.version) != form.get("version"):
            return Response(status_code=204)  # it comes late: the whole page was sent meanwhile
        await drafts.save(unit, draft, given, by_itself=by_itself)
    if by_itself:
        return Response(status_code=204)
    if form.get("go") == "later":
        return messages.redirect(
            request, "/ui/desk", Message("L'entretien est gardé. Il vous attend parmi les entretiens en cours.")
        )
    wrong = reading.errors(step.questions, given.answers, clock.today())
    if wrong:
        return _step_page(request, draft, step, given, wrong, lang)
    following = guide().after(step.id)
    spoken = f"?lang={lang}" if lang else ""
    return RedirectResponse(f"/ui/interviews/{draft_id}/{following.id if following else 'check'}{spoken}", 303)


def desks_of(runtime: Runtime, principal: Principal, caisse: str) -> list[DepositBody]:
    """The desks at which this person may file for ``caisse``, the usual one first. Raises 409 where there is none."""
    found = desks(runtime.reference.deposit_bodies(), caisse, clock.today(), principal.body)
    if not found:
        detail = "Aucun accueil de cette caisse n'est inscrit au référentiel : prévenez votre superviseur."
        raise Problem(409, "desk_unknown", detail, title="Accueil inconnu")
    return found


def _merged(before: Answers, step: Step, form: Mapping[str, Any]) -> Answers:
    seen = before.seen if step.id in before.seen else [*before.seen, step.id]
    return before.model_copy(update={"answers": before.answers | reading.typed(step.questions, form), "seen": seen})


def _step(step_id: str) -> Step:
    step = guide().step(step_id)
    if step is None:
        raise not_found()
    return step


def _step_page(
    request: Request, draft: Draft, step: Step, given: Answers, wrong: Mapping[str, str], lang: str
) -> HTMLResponse:
    return page(
        request,
        PAGES,
        "interview_step.html",
        title=step.title,
        status=422 if wrong else 200,
        draft=draft,
        step=step,
        steps=[(one.title, _state(one, step, given)) for one in guide().steps],
        previous=_before(step),
        given=given,
        relations=guide().people.relations,
        errors=wrong,
        **_words(lang),
    )


def _person_page(
    request: Request, draft: Draft, number: int, known: Person, wrong: Mapping[str, str], lang: str
) -> HTMLResponse:
    return page(
        request,
        PAGES,
        "interview_person.html",
        title="Autre personne du foyer",
        status=422 if wrong else 200,
        draft=draft,
        number=number,
        is_new=number > len(draft.answers.people),
        person=known,
        questions=guide().people.questions,
        relations=guide().people.relations,
        errors=wrong,
        **_words(lang),
    )


def _words(lang: str) -> dict[str, Any]:
    spoken = translations().get(lang)
    return {"lang": lang if spoken else "", "spoken": spoken, "languages": translations(), "countries": countries()}


def _before(step: Step) -> Step | None:
    names = [one.id for one in guide().steps]
    place = names.index(step.id)
    return guide().steps[place - 1] if place else None


def _state(one: Step, current: Step, given: Answers) -> str:
    return "current" if one.id == current.id else "done" if one.id in given.seen else ""


def still_wrong(given: Answers, today: dt.date) -> dict[str, dict[str, str]]:
    """What is wrong in the whole interview, by step; other persons under ``people/<number>``."""
    found = {step.id: reading.errors(step.questions, given.answers, today) for step in guide().steps}
    for number, person in enumerate(given.people, 1):
        found[f"people/{number}"] = reading.errors(guide().people.questions, person.answers, today)
    return {step: wrong for step, wrong in found.items() if wrong}


def in_words(questions: Iterable[Question], given: Mapping[str, str]) -> list[tuple[str, str]]:
    """(label, answer in words) of each question, for reading aloud and for print."""
    names = dict(countries())
    rows = []
    for question in questions:
        text = given.get(question.id, "")
        if question.type == "choice":
            text = question.options.get(text, text)
        elif question.type == "yes_no":
            text = {"yes": "oui", "no": "non"}.get(text, text)
        elif question.type == "country":
            text = names.get(text, text)
        rows.append((question.label, text))
    return rows
