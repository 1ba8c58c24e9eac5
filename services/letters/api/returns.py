"""Returned mail: a scanned number and a cause, three hundred an hour; what comes of each."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.letters.api.dependencies import Reader, Writer
from services.letters.domain.delivery import CAUSE_KEYS, AddressState, Cause, NextAct
from services.letters.domain.letter_number import read_number
from services.letters.store import returns
from services.letters.store.queries import LetterView, view
from shared import clock
from shared.access.principal import Principal
from shared.contract.input_errors import InputError
from shared.contract.scalars import CaisseCode, Text
from shared.http.dates import BoundedDate
from shared.http.paging import Page, encode_cursor
from shared.http.paging_query import PagingQuery
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency

router = APIRouter(prefix="/returns", tags=["courrier revenu"])


class NewReturn(BaseModel):
    """What a desk scans. ``cause``: its code, or the key of the box on the label of the post, 1 to 4."""

    model_config = ConfigDict(extra="forbid")
    scanned: Annotated[Text, Field(min_length=1)]
    cause: Annotated[str, Field(min_length=1, max_length=20)]
    on: BoundedDate | None = Field(default=None, description="jour du retour ; aujourd'hui s'il est absent")
    caisse: CaisseCode | None = None


class ReturnResult(BaseModel):
    """What the return did: nothing where no letter has the number."""

    return_id: UUID
    known: bool
    cause: Cause
    address: AddressState
    next_act: NextAct
    letter: LetterView | None


class ReturnView(BaseModel):
    """One return as recorded."""

    return_id: UUID
    caisse: str
    scanned: str
    cause: Cause
    returned_on: dt.date
    letter_id: UUID | None
    despatch_no: int | None
    application_id: UUID | None
    next_act: NextAct
    recorded_at: dt.datetime


@router.post("", status_code=201, summary="Enregistrer un courrier revenu")
async def post_return(body: NewReturn, runtime: RuntimeDependency, principal: Writer) -> ReturnResult:
    """A return says something of the address and of the notification, never that the person left France."""
    scan = scan_from(body, principal)
    async with runtime.database.unit() as unit:
        done = await returns.take_back(unit, principal, scan)
    return ReturnResult(
        return_id=done.return_id,
        known=done.letter is not None,
        cause=scan.cause,
        address=done.address,
        next_act=done.next_act,
        letter=view(done.letter) if done.letter is not None else None,
    )


def scan_from(body: NewReturn, principal: Principal) -> returns.Scan:
    """What was scanned, read. Raises a 422 problem for an unknown cause, a day to come or no caisse."""
    wrong = []
    cause = CAUSE_KEYS.get(body.cause.strip().lower())
    if cause is None:
        expected = ", ".join(sorted(CAUSE_KEYS))
        wrong.append(InputError("/cause", "unknown_value", f"Cause inconnue ; attendu : {expected}."))
    on = body.on or clock.today()
    if on > clock.today():
        wrong.append(InputError("/on", "in_the_future", "La date du retour ne peut pas être à venir."))
    caisse = body.caisse or principal.caisse
    if caisse is None:
        wrong.append(InputError("/caisse", "missing", "Ce champ est obligatoire pour un jeton national."))
    if cause is None or caisse is None or wrong:
        raise Problem(422, "validation_failed", f"{len(wrong)} champ(s) à corriger.", errors=wrong)
    principal.check_scope(caisse)
    return returns.Scan(body.scanned, read_number(body.scanned), cause, on, caisse)


@router.get("", summary="Courriers revenus, dont ceux qu'aucun numéro ne retrouve")
async def list_returns(
    runtime: RuntimeDependency, principal: Reader, paging: PagingQuery, known: bool | None = None
) -> Page[ReturnView]:
    """Returns in scope, the newest first; ``known=false``: those whose number names no letter."""
    async with runtime.database.unit() as unit:
        rows, more = await returns.listed(unit, principal, paging, known)
    following = encode_cursor(rows[-1].return_id) if more else None
    items = [ReturnView.model_validate(row, from_attributes=True) for row in rows]
    return Page[ReturnView](items=items, next=following)
