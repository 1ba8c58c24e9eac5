"""The post of the day: what waits, by kind and day; what is said to have left, as one act that can be undone."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from services.letters.api.postings import MAX_POSTINGS, check_leaving
from services.letters.api.print_room_schemas import NewBatches
from services.letters.api.print_rooms import STATES, close_batch, list_batches, post_batches
from services.letters.domain.kind_definition import Way
from services.letters.domain.print_batches import BatchState, PrintPaper
from services.letters.pages.frame import FOLDER, OBSTACLES, WAYS, AtDesk, DeskReader, kind_words
from services.letters.store import post_desk, posting_acts
from shared import clock
from shared.access.access_log import record_listing
from shared.access.principal import Principal
from shared.access.purposes import usual_purpose
from shared.contract.letter_kinds import LetterKind
from shared.http.dates import BoundedDate
from shared.http.paging import Paging
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.messages import Message
from shared.web.pages import page, part

router = APIRouter(include_in_schema=False)

PAPERS = {PrintPaper.PLAIN: "papier ordinaire", PrintPaper.SECURED: "papier sécurisé"}
POST_WAYS = (Way.ORDINARY, Way.REGISTERED, Way.TRACKED)
LATELY = 10


@router.get("/ui/post", response_class=HTMLResponse)
async def post_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: DeskReader,
    kind: Annotated[str, Query(max_length=40)] = "",
    on: BoundedDate | Literal[""] = "",
) -> HTMLResponse:
    """Batches under way, the letters that wait, each with what keeps it back, and what left lately."""
    chosen = kind if kind in set(LetterKind) else ""
    async with runtime.database.unit() as unit:
        rows, more = await post_desk.to_post(unit, principal, chosen, on or None)
        acts = await posting_acts.lately(unit, principal, LATELY)
        ids = sorted({row.application_id for row in rows})
        record_listing(unit, principal, usual_purpose(principal), "letters.letters", ids)
    found = await list_batches(runtime, principal, Paging(limit=LATELY), None)
    return page(
        request,
        FOLDER,
        "post.html",
        title="Courriers à poster",
        rows=rows,
        ready=sum(not row.obstacle for row in rows),
        more=more,
        most=post_desk.MOST,
        kind=chosen,
        on=on or None,
        batches=[one for one in found.items if one.state != BatchState.POSTED],
        acts=acts,
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {
        "kinds": kind_words(),
        "ways": WAYS,
        "post_ways": [(way.value, WAYS[way]) for way in POST_WAYS],
        "obstacles": OBSTACLES,
        "papers": PAPERS,
        "batch_states": STATES,
    }


@router.get("/ui/post/waiting", response_class=HTMLResponse)
async def post_waiting(request: Request, runtime: RuntimeDependency, principal: DeskReader) -> HTMLResponse:
    """How many letters can be posted, as a number that other pages fetch; nothing where none can."""
    async with runtime.database.unit() as unit:
        rows, more = await post_desk.to_post(unit, principal)
    ready = sum(not row.obstacle for row in rows)
    return part(request, FOLDER, "post_waiting.html", count=f"{ready}{'+' if more else ''}" if ready else "")


@router.post("/ui/post/batches")
async def make_batches(request: Request, runtime: RuntimeDependency, principal: AtDesk) -> Response:
    """Batch what is ready and close the batches: each has its PDF. One alone is opened at once."""
    made = await post_batches(NewBatches(), runtime, principal)
    for one in made:
        await close_batch(one.batch_id, runtime, principal)
    if not made:
        return messages.redirect(request, "/ui/post", Message("Aucun courrier n'est prêt à mettre en lot."))
    if len(made) == 1:
        return messages.redirect(request, f"/ui/post/batches/{made[0].batch_id}", Message("Le lot est prêt."))
    return messages.redirect(request, "/ui/post", Message(f"{len(made)} lots sont prêts, un par papier et par voie."))


@router.post("/ui/post/check", response_class=HTMLResponse)
async def check(request: Request, runtime: RuntimeDependency, principal: AtDesk) -> HTMLResponse:
    """What is about to be said to have left: which letters can, which cannot and why, to confirm."""
    return await _check_page(request, runtime, principal, await request.form(), {})


async def _check_page(
    request: Request, runtime: Runtime, principal: Principal, form: FormData, errors: dict[str, str]
) -> HTMLResponse:
    ids = letter_ids(form)
    if not ids:
        errors = {"letter": "Cochez au moins un courrier."}
    async with runtime.database.unit() as unit:
        rows = await post_desk.chosen(unit, principal, ids)
        record_listing(
            unit, principal, usual_purpose(principal), "letters.letters", sorted({row.application_id for row in rows})
        )
    way = str(form.get("way", "ordinary"))
    return page(
        request,
        FOLDER,
        "post_check.html",
        title="Confirmer l'envoi",
        status=422 if errors else 200,
        rows=rows,
        leaving=[row for row in rows if not row.obstacle],
        day=str(form.get("posted_on") or clock.today().isoformat())[:10],
        way=way if way in {one.value for one in POST_WAYS} else "ordinary",
        typed={f"number_{row.letter_id}": str(form.get(f"number_{row.letter_id}", ""))[:20] for row in rows},
        errors=errors,
        **_words(),
    )


def letter_ids(form: FormData) -> list[UUID]:
    """The letters that a form ticked. Raises a 422 problem for what is no id."""
    found = []
    for text in form.getlist("letter")[:MAX_POSTINGS]:
        try:
            found.append(UUID(str(text)))
        except ValueError:
            raise Problem(422, "validation_failed", "Ce formulaire nomme un courrier qui n'existe pas.") from None
    return list(dict.fromkeys(found))


@router.post("/ui/post/acts")
async def note_posting(request: Request, runtime: RuntimeDependency, principal: AtDesk) -> Response:
    """Note the confirmed posting; it is carried out when it can be undone no more."""
    form = await request.form()
    ids = letter_ids(form)
    numbers = {key: str(form.get(f"number_{key}", "")).strip().upper()[:20] for key in ids}
    way = str(form.get("way", ""))
    wrong: dict[str, str] = {}
    if way not in {one.value for one in POST_WAYS}:
        wrong["way"] = "Choisissez la voie d'envoi."
    day = day_of(str(form.get("posted_on", "")))
    if day is None:
        wrong["posted_on"] = "Écrivez le jour d'envoi."
    if not wrong and day is not None:
        wrong = leaving_faults(day, way, numbers)
    if wrong or day is None or not ids:
        return await _check_page(request, runtime, principal, form, wrong)
    new = posting_acts.NewPosting(day, Way(way), ids, numbers)
    async with runtime.database.unit() as unit:
        act_id = await posting_acts.note(unit, principal, new, runtime.settings.posting_undo_seconds)
    return messages.redirect(request, f"/ui/post/acts/{act_id}")


def day_of(text: str) -> dt.date | None:
    """The day of a date field."""
    try:
        return dt.date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def leaving_faults(day: dt.date, way: str, numbers: dict[UUID, str]) -> dict[str, str]:
    """What is wrong with a day, a way and the numbers of letters, by field."""
    told = {f"/number_{key}": number for key, number in numbers.items() if way == "registered" or number}
    try:
        check_leaving(day, "/posted_on", way, told)
    except Problem as problem:
        return {error.pointer.strip("/"): error.detail for error in problem.errors}
    return {}


@router.get("/ui/post/acts/{act_id}", response_class=HTMLResponse)
async def act_page(
    request: Request, runtime: RuntimeDependency, principal: DeskReader, act_id: UUID, fragment: bool = False
) -> HTMLResponse:
    """One act: until when it can be undone, then what became of each letter."""
    async with runtime.database.unit() as unit:
        row = await posting_acts.act_in_scope(unit, principal, act_id)
        rows = await post_desk.chosen(unit, principal, row.letter_ids)
        record_listing(
            unit, principal, usual_purpose(principal), "letters.letters", sorted({one.application_id for one in rows})
        )
    results = dict(row.results)
    shown = {
        "act": row,
        "rows": [(one, results.get(str(one.letter_id), "")) for one in rows],
        "left": sum(one in ("posted", "already_posted") for one in results.values()),
        "stayed": sum(one not in ("posted", "already_posted") for one in results.values()),
        "until": row.due_at.astimezone().strftime("%H:%M:%S"),
        **_words(),
    }
    if fragment:
        return part(request, FOLDER, "post_act_part.html", **shown)
    return page(request, FOLDER, "post_act.html", title=f"Envoi du {row.posted_on:%d/%m/%Y}", **shown)


@router.post("/ui/post/acts/{act_id}/undoing")
async def undo_act(request: Request, runtime: RuntimeDependency, principal: AtDesk, act_id: UUID) -> Response:
    """Undo the posting as one: every letter waits again."""
    async with runtime.database.unit() as unit:
        await posting_acts.undo(unit, principal, act_id)
    return messages.redirect(request, "/ui/post", Message("L'envoi est annulé en entier : les courriers attendent."))
