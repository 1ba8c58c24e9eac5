"""The pages of the teaching sheet: a tour, a quiz, ten invented files to decide. Nothing is stored or counted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse

from services.decision.api.dependencies import Anyone
from services.decision.api.law import outcome_of
from services.decision.domain import training
from services.decision.domain.case.grounds import grounds_on
from services.decision.domain.law import edition
from services.decision.domain.simulation.response import FoundFact, Outcome
from services.decision.domain.wording import findings as wording
from shared.access.principal import Principal, Role
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web.form_fields import number_in
from shared.web.pages import page
from shared.web.sign_in import signed_in_as

router = APIRouter(include_in_schema=False)
FOLDER = Path(__file__).parent
LAST = len(training.tour())


def learner(request: Request) -> Principal:
    """Whoever learns: no role is left out."""
    return signed_in_as(request, *Role)


Learning = Annotated[Principal, Depends(learner)]


def told(found: FoundFact) -> dict[str, str]:
    """A finding as a learner reads it: what was looked at, what was found, the limit, and the text that says so."""
    return {
        "label": found.label,
        "value": wording.value(found.fact, found.value),
        "limit": wording.limit(found.fact, found.limit),
        "reference": found.reference,
    }


def simulated(runtime: Runtime, file: training.InventedFile, changed: Mapping[str, Any] | None = None) -> Outcome:
    """What the rules answer for a file by the law of its day."""
    return outcome_of(runtime, file.facts(changed))


@router.get("/ui/training", response_class=HTMLResponse)
async def contents(request: Request, _: Anyone) -> HTMLResponse:
    """What there is to learn, in what order."""
    return page(request, FOLDER, "training.html", title="Formation", tour=training.tour())


@router.get("/ui/training/{number}", response_class=HTMLResponse)
async def tour_page(
    request: Request,
    runtime: RuntimeDependency,
    _: Anyone,
    number: Annotated[int, InPath(ge=1, le=LAST)],
    tried: Annotated[int | None, Query(ge=0, le=9)] = None,
) -> HTMLResponse:
    """One page of the tour, and what the rules answer to the facts that are tried."""
    here = training.tour()[number - 1]
    file = training.file_of(here.file)
    chosen = here.tries[tried] if tried is not None and tried < len(here.tries) else None
    outcome = simulated(runtime, file, chosen.set) if chosen else None
    return page(
        request,
        FOLDER,
        "training_page.html",
        title=f"{number}. {here.title}",
        here=here,
        number=number,
        last=LAST,
        titles=[one.title for one in training.tour()],
        file=file,
        tried=tried,
        outcome=outcome,
        because=[told(one) for one in training.compared("", "", outcome).because] if outcome else [],
        answers=training.ANSWERS,
    )


@router.get("/ui/training/quiz/questions", response_class=HTMLResponse)
async def quiz_page(request: Request, _: Anyone) -> HTMLResponse:
    """The questions."""
    return _quiz(request, None)


@router.post("/ui/training/quiz/questions")
async def answered_quiz(request: Request, _: Learning) -> HTMLResponse:
    """The same, with what was answered, what is right, and why."""
    form = await request.form()
    return _quiz(request, {at: number_in(form.get(f"q{at}")) for at in range(len(training.quiz()))})


def _quiz(request: Request, given: Mapping[int, int] | None) -> HTMLResponse:
    questions = training.quiz()
    right = sum(given.get(at) == one.right for at, one in enumerate(questions)) if given is not None else 0
    return page(
        request,
        FOLDER,
        "training_quiz.html",
        title="Formation : questions",
        questions=questions,
        given=given,
        right=right,
    )


@router.get("/ui/training/files/decisions", response_class=HTMLResponse)
async def files_page(request: Request, runtime: RuntimeDependency, _: Anyone) -> HTMLResponse:
    """Ten invented files to decide."""
    return _files(request, runtime, None)


@router.post("/ui/training/files/decisions")
async def decided_files(request: Request, runtime: RuntimeDependency, _: Learning) -> HTMLResponse:
    """Where the learner differs from the rules, and which text says so."""
    form = await request.form()
    given = {
        one.code: (str(form.get(one.code, ""))[:8], str(form.get(f"{one.code}_motive", ""))[:64])
        for one in training.files()
    }
    return _files(request, runtime, given)


def _files(request: Request, runtime: Runtime, given: Mapping[str, tuple[str, str]] | None) -> HTMLResponse:
    shown: list[dict[str, Any]] = []
    for one in training.files():
        answer, motive = given[one.code] if given is not None else ("", "")
        outcome = simulated(runtime, one) if given is not None else None
        result = training.compared(answer, motive, outcome) if outcome else None
        shown.append(
            {
                "file": one,
                "answer": answer,
                "motive": motive,
                "result": result,
                "because": [told(found) for found in result.because] if result else [],
                "motives": [(ground.label, ground.reference) for ground in outcome.motives] if outcome else [],
            }
        )
    day = simulated(runtime, training.files()[0]).deposited_on
    same = sum(bool(one["result"] and one["result"].same) for one in shown)
    return page(
        request,
        FOLDER,
        "training_files.html",
        title="Formation : dix dossiers inventés",
        shown=shown,
        answers=training.ANSWERS,
        motives=[(code, label) for code, label, _ in grounds_on(edition.current(), day)],
        given=given is not None,
        same=same,
    )


@router.get("/ui/training/sheet/print", response_class=HTMLResponse)
async def sheet(request: Request, _: Anyone) -> HTMLResponse:
    """The whole sheet on paper: the tour, the questions and the files, without answers; the reasons at the end."""
    return page(
        request,
        FOLDER,
        "training_sheet.html",
        title="Fiche pédagogique",
        tour=training.tour(),
        questions=training.quiz(),
        files=training.files(),
        answers=training.ANSWERS,
    )
