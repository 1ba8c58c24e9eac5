"""One batch of the print room: what is in it, what was pulled or spoiled, its PDF, and its next step."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from services.letters.api.paper_schemas import Sheets
from services.letters.api.print_room_schemas import Printing, Pull, SpoiledSheet
from services.letters.api.print_rooms import (
    STATES,
    check_state,
    close_batch,
    manifest_of,
    print_batch,
    pull_letter,
    read_batch_pdf,
    take_batch,
)
from services.letters.domain.kind_definition import Way
from services.letters.domain.paper import Spoilage
from services.letters.domain.print_batches import BatchState
from services.letters.pages.frame import FOLDER, OBSTACLES, WAYS, AtDesk, DeskReader, kind_words
from services.letters.pages.post import PAPERS, day_of, leaving_faults
from services.letters.store import post_desk, posting_acts, print_batches
from shared import clock
from shared.access.access_log import record_listing
from shared.access.principal import Principal
from shared.access.purposes import usual_purpose
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.attempt import attempt
from shared.web.form_fields import number_in
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)

CAUSES = {
    Spoilage.JAM: "bourrage",
    Spoilage.MISPRINT: "mal imprimée",
    Spoilage.TEST: "essai",
    Spoilage.TORN: "déchirée",
    Spoilage.WRONG_PAPER: "mauvais papier",
    Spoilage.REPRINT: "imprimée de nouveau",
}
IN_BATCH = {"in": "dans le lot", "pulled": "retiré", "printed": "imprimé", "returned": "rendu au lot suivant"}
_RANGE = re.compile(r"([0-9A-Z-]+?)(?:\s*(?:à|\.\.|/)\s*([0-9A-Z-]+))?")


@router.get("/ui/post/batches/{batch_id}", response_class=HTMLResponse)
async def batch_page(
    request: Request, runtime: RuntimeDependency, principal: DeskReader, batch_id: UUID
) -> HTMLResponse:
    """What is in the batch, and the one step that comes next."""
    return await _page(request, runtime, principal, batch_id, {}, {})


async def _page(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    batch_id: UUID,
    errors: Mapping[str, str],
    typed: Mapping[str, str],
) -> HTMLResponse:
    async with runtime.database.unit() as unit:
        row = await print_batches.batch_in_scope(unit, principal, batch_id)
        manifest = await manifest_of(unit, row)
        shown = await post_desk.chosen(unit, principal, [one.letter_id for one in manifest.letters])
        acts = [one for one in await posting_acts.waiting(unit, principal) if one.batch_id == batch_id]
        files = sorted({one.application_id for one in shown})
        record_listing(unit, principal, usual_purpose(principal), "letters.letters", files)
    return page(
        request,
        FOLDER,
        "batch.html",
        title=f"Lot du {row.opened_on:%d/%m/%Y}",
        status=422 if errors else 200,
        batch=manifest.batch,
        manifest=manifest,
        letters={one.letter_id: one for one in shown},
        act=acts[0] if acts else None,
        errors=dict(errors),
        typed=dict(typed),
        kinds=kind_words(),
        ways=WAYS,
        papers=PAPERS,
        states=STATES,
        in_batch=IN_BATCH,
        causes=list(CAUSES.items()),
        obstacles=OBSTACLES,
        agent_name=runtime.reference.agent_name,
    )


@router.get("/ui/post/batches/{batch_id}/pdf")
async def batch_pdf(runtime: RuntimeDependency, principal: DeskReader, batch_id: UUID) -> Response:
    """The PDF of a batch that was taken, to print."""
    return await read_batch_pdf(batch_id, runtime, principal, usual_purpose(principal))


@router.post("/ui/post/batches/{batch_id}/taking")
async def take(request: Request, runtime: RuntimeDependency, principal: AtDesk, batch_id: UUID) -> Response:
    """Take the batch to print it: from now on it does not change any more."""

    async def act() -> object:
        async with runtime.database.unit() as unit:
            row = await print_batches.batch_in_scope(unit, principal, batch_id)
        if row.state == BatchState.OPEN:
            await close_batch(batch_id, runtime, principal)
        return await take_batch(batch_id, runtime, principal)

    wrong = await attempt(act)
    if wrong:
        return await _page(request, runtime, principal, batch_id, wrong, {})
    return _back(request, batch_id, "Le lot est à vous. Ouvrez son PDF pour l'imprimer.")


@router.post("/ui/post/batches/{batch_id}/pulls")
async def pull(request: Request, runtime: RuntimeDependency, principal: AtDesk, batch_id: UUID) -> Response:
    """Take one letter out: it waits again, and the PDF is made without it."""
    form = await request.form()
    wrong = await attempt(
        lambda: pull_letter(
            batch_id, Pull.model_validate({"letter_id": str(form.get("letter", ""))}), runtime, principal
        )
    )
    if wrong:
        return await _page(request, runtime, principal, batch_id, {"": " ".join(wrong.values())}, {})
    return _back(request, batch_id, "Le courrier est retiré du lot ; il attend parmi les courriers à poster.")


@router.post("/ui/post/batches/{batch_id}/printing")
async def printed(request: Request, runtime: RuntimeDependency, principal: AtDesk, batch_id: UUID) -> Response:
    """Say what was printed: all of it, or up to a letter; on secured paper, on which sheets and which were spoiled."""
    form = await request.form()
    typed = {name: str(form.get(name, ""))[:2000] for name in ("through", "sheets", "spoiled", "cause")}
    wrong = await attempt(lambda: print_batch(batch_id, _printing(typed), runtime, principal))
    if wrong:
        return await _page(request, runtime, principal, batch_id, wrong, typed)
    return _back(request, batch_id, "L'impression est notée. Postez le lot quand il part.")


def _printing(typed: Mapping[str, str]) -> Printing:
    """The body of the interface, from what a person typed."""
    through = number_in(typed["through"]) if typed["through"].strip() else None
    return Printing(
        printed_on=clock.today(),
        through=through,
        sheets=[Sheets(**one) for one in sheet_ranges(typed["sheets"])],
        spoiled=[
            SpoiledSheet.model_validate({"serial": serial, "cause": typed["cause"]})
            for serial in re.split(r"[\s,;]+", typed["spoiled"].strip().upper())
            if serial
        ],
    )


def sheet_ranges(text: str) -> list[dict[str, str]]:
    """Sheets in a row as people write them: one range a line, « A0001 à A0050 », or one sheet alone."""
    found = []
    for line in text.splitlines():
        if not (given := line.strip().upper().replace("À", "à").replace(" A ", " à ")):
            continue
        match = _RANGE.fullmatch(given)
        first, last = match.groups() if match else (given, given)
        found.append({"first_serial": first, "last_serial": last or first})
    return found


@router.post("/ui/post/batches/{batch_id}/posting")
async def post(request: Request, runtime: RuntimeDependency, principal: AtDesk, batch_id: UUID) -> Response:
    """Note that the whole batch left; it is carried out when it can be undone no more."""
    form = await request.form()
    wrong, typed = {}, {name: str(value)[:20] for name, value in form.items() if isinstance(value, str)}
    if not form.get("confirmed"):
        wrong["confirmed"] = "Cochez la confirmation : l'envoi ouvre les délais."
    day = day_of(str(form.get("posted_on", "")))
    if day is None:
        wrong["posted_on"] = "Écrivez le jour d'envoi."
    if wrong or day is None:
        return await _page(request, runtime, principal, batch_id, wrong, typed)
    async with runtime.database.unit() as unit:
        row = await print_batches.batch_in_scope(unit, principal, batch_id, lock=True)
        check_state(row, BatchState.PRINTED)
        ids = [one.letter_id for one in await print_batches.letters_of(unit, batch_id) if one.state == "printed"]
        numbers = numbers_of(form, ids)
        wrong = leaving_faults(day, row.way, numbers)
        if not wrong:
            new = posting_acts.NewPosting(day, Way(row.way), ids, numbers, batch_id)
            act_id = await posting_acts.note(unit, principal, new, runtime.settings.posting_undo_seconds)
    if wrong:
        return await _page(request, runtime, principal, batch_id, wrong, typed)
    return messages.redirect(request, f"/ui/post/acts/{act_id}")


def numbers_of(form: FormData, ids: list[UUID]) -> dict[UUID, str]:
    """The registered numbers that a form gives, by letter."""
    return {key: str(form.get(f"number_{key}", "")).strip().upper()[:20] for key in ids}


def _back(request: Request, batch_id: UUID, text: str) -> Response:
    return messages.redirect(request, f"/ui/post/batches/{batch_id}", Message(text))
