"""The photograph of a member: taken or chosen, its box proposed and moved step by step, confirmed by a person."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import UploadFile

from services.letters.api.title_photographs import (
    FAULTS,
    Crop,
    crop_photograph,
    delete_photograph,
    get_photograph,
    keep_photograph,
    opened_photograph,
)
from services.letters.domain import library
from services.letters.domain.titles import photograph
from services.letters.domain.titles.photograph import Box, PhotographRejected
from services.letters.pages.frame import FOLDER, AtDesk, DeskReader, file_frame
from services.letters.store.recipients import addressee_in_scope
from shared.access.access_log import record_access
from shared.access.principal import Principal
from shared.access.purposes import purpose_of_tabs
from shared.http.problems import not_found
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.attempt import attempt
from shared.web.form_fields import number_in
from shared.web.messages import Message
from shared.web.navigation import prefix_of
from shared.web.pages import HEADERS, page

router = APIRouter(include_in_schema=False)
PATH: Final = "/ui/applications/{application_id}/members/{rank}/photograph"
Pixels = Annotated[int | None, Query(ge=0, le=20_000)]
MOVES: Final = {
    "left": "Vers la gauche",
    "right": "Vers la droite",
    "up": "Vers le haut",
    "down": "Vers le bas",
    "larger": "Plus large",
    "smaller": "Plus serré",
}


@router.get(PATH, response_class=HTMLResponse)
async def photograph_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: DeskReader,
    application_id: UUID,
    rank: int,
    left: Pixels = None,
    top: Pixels = None,
    width: Pixels = None,
) -> HTMLResponse:
    """The photograph with its box, and links that move it one step; without scripts."""
    return await _page(request, runtime, principal, application_id, rank, (left, top, width), {})


async def _page(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    application_id: UUID,
    rank: int,
    asked: tuple[int | None, int | None, int | None],
    errors: dict[str, str],
) -> HTMLResponse:
    purpose = purpose_of_tabs(principal)
    async with runtime.database.unit() as unit:
        addressee = await addressee_in_scope(unit, principal, application_id)
        record_access(unit, principal, purpose, "letters.photograph", [application_id])
    person = next((one for one in addressee.recipient.persons if one.rank == rank), None)
    if person is None:
        raise not_found()
    found = await opened_photograph(runtime, principal, application_id, rank)
    shown: dict[str, Any] = {"view": None}
    if found is not None:
        view, picture = found
        shown = {"view": view, **await _boxed(view, picture, asked)}
    frame = file_frame(request, runtime, principal, application_id, addressee.recipient, purpose, "/titles")
    return page(
        request,
        FOLDER,
        "photograph.html",
        title="Photographie",
        status=422 if errors else 200,
        person=person,
        rank=rank,
        errors=errors,
        fault_words=FAULTS,
        appointments=_appointments(request, application_id),
        **shown,
        **frame,
    )


def _appointments(request: Request, application_id: UUID) -> str:
    """Where an appointment for the file is given; nothing where the pages of intake are not at hand."""
    prefix = prefix_of("intake", "letters", request.scope.get("root_path", ""))
    return "" if prefix is None else f"{prefix}/ui/applications/{application_id}/appointments"


async def _boxed(view: Any, picture: bytes, asked: tuple[int | None, int | None, int | None]) -> dict[str, Any]:
    """The box of the page, the boxes one step away, and what the part inside does not pass."""
    rules = library.title_rules().photograph
    if view.state != "proposed":
        return {"box": None, "moves": [], "faults": []}
    box = box_of(asked, Box(view.box.left, view.box.top, view.box.width, view.box.height))
    try:
        kept = photograph.kept(picture)
        _, faults = await asyncio.to_thread(photograph.cropped, kept, box, rules)
    except PhotographRejected:
        box = photograph.proposed_box(view.width, view.height, rules)
        _, faults = await asyncio.to_thread(photograph.cropped, kept, box, rules)
    steps = [(words, photograph.moved(box, move, view.width, view.height, rules)) for move, words in MOVES.items()]
    return {"box": box, "moves": steps, "faults": [fault.code for fault in faults]}


def box_of(asked: tuple[int | None, int | None, int | None], kept: Box) -> Box:
    """The box that an address asks for, in the ratio of titles; the kept one where it asks for none."""
    left, top, width = asked
    if left is None or top is None or width is None:
        return kept
    rules = library.title_rules().photograph
    return Box(left, top, width, round(width * rules.height / rules.width))


@router.post(PATH)
async def give(
    request: Request, runtime: RuntimeDependency, principal: AtDesk, application_id: UUID, rank: int
) -> Response:
    """Take in a photograph, from the camera or a file."""
    file = (await request.form()).get("photograph")
    body = await file.read() if isinstance(file, UploadFile) else b""
    wrong = await attempt(lambda: keep_photograph(runtime, principal, application_id, rank, body))
    if wrong:
        errors = {"photograph": " ".join(wrong.values())}
        return await _page(request, runtime, principal, application_id, rank, (None, None, None), errors)
    said = Message("La photographie est reçue. Vérifiez son cadre, puis confirmez-le.")
    return messages.redirect(request, _at(application_id, rank), said)


@router.post(f"{PATH}/crop")
async def confirm(
    request: Request, runtime: RuntimeDependency, principal: AtDesk, application_id: UUID, rank: int
) -> Response:
    """Confirm the box; a check that it does not pass is let pass by name, or the photograph taken again."""
    form = await request.form()
    left, top, width = (number_in(form.get(name)) for name in ("left", "top", "width"))
    box = box_of((left, top, width), Box(0, 0, 0, 0))

    async def act() -> object:
        values = {"left": box.left, "top": box.top, "width": box.width, "height": box.height}
        despite = [str(one) for one in form.getlist("despite")][:3]
        return await crop_photograph(
            application_id, rank, Crop.model_validate(values | {"despite": despite}), runtime, principal
        )

    wrong = await attempt(act)
    if wrong:
        return await _page(request, runtime, principal, application_id, rank, (left, top, width), dict(wrong))
    said = Message("La photographie est confirmée ; ce qui était autour est oublié.")
    return messages.redirect(request, _at(application_id, rank), said)


@router.post(f"{PATH}/forgetting")
async def forget(
    request: Request, runtime: RuntimeDependency, principal: AtDesk, application_id: UUID, rank: int
) -> Response:
    """Forget the photograph, to take another one."""
    await delete_photograph(application_id, rank, runtime, principal)
    return messages.redirect(request, _at(application_id, rank), Message("La photographie est oubliée."))


@router.get(f"{PATH}/picture")
async def picture(
    runtime: RuntimeDependency,
    principal: DeskReader,
    application_id: UUID,
    rank: int,
    left: Pixels = None,
    top: Pixels = None,
    width: Pixels = None,
) -> Response:
    """The photograph; with a box, drawn on it."""
    answer = await get_photograph(application_id, rank, runtime, principal, purpose_of_tabs(principal))
    if left is None or top is None or width is None:
        return answer
    drawn = await asyncio.to_thread(photograph.framed, bytes(answer.body), box_of((left, top, width), Box(0, 0, 0, 0)))
    return Response(drawn, media_type="image/jpeg", headers=HEADERS)


def _at(application_id: UUID, rank: int) -> str:
    return f"/ui/applications/{application_id}/members/{rank}/photograph"
