"""Letters posted, which starts their delays, or cancelled."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.letters.api.dependencies import Decider, Writer
from services.letters.store import posting
from services.letters.store.queries import LetterView, one, view
from shared import clock
from shared.contract.input_errors import InputError
from shared.http.dates import BoundedDate
from shared.http.problems import Problem, not_found
from shared.service.dependencies import RuntimeDependency

router = APIRouter()

MAX_POSTINGS = 1000


class Posting(BaseModel):
    """The day on which a letter was posted."""

    model_config = ConfigDict(extra="forbid")
    posted_on: BoundedDate


class Postings(Posting):
    """Several letters posted on the same day."""

    letter_ids: Annotated[list[UUID], Field(min_length=1, max_length=MAX_POSTINGS)]


class PostingResult(BaseModel):
    """What became of one letter of a batch."""

    letter_id: UUID
    verdict: posting.Verdict


class PostingResults(BaseModel):
    """What became of each letter of a batch."""

    posted_on: BoundedDate
    results: list[PostingResult]


class Cancellation(BaseModel):
    """Why a letter is cancelled."""

    model_config = ConfigDict(extra="forbid")
    reason: Literal["wrong_address", "wrong_content", "decision_replaced", "withdrawn", "other"]


REFUSALS = {
    "posted_on_another_day": "Cette lettre a déjà été postée un autre jour.",
    "cancelled": "Cette lettre a été annulée : elle ne peut plus être postée.",
    "before_issue": "Une lettre ne peut pas être postée avant sa date.",
}


def _check_posted_on(day: dt.date) -> None:
    if day > clock.today():
        error = InputError("/posted_on", "in_the_future", "La date d'envoi ne peut pas être à venir.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])


@router.post("/letters/{letter_id}/posting", tags=["courriers"], summary="Date d'envoi : elle ouvre les délais")
async def post_letter(letter_id: UUID, body: Posting, runtime: RuntimeDependency, principal: Writer) -> LetterView:
    """Telling the same day again changes nothing; another day is refused."""
    _check_posted_on(body.posted_on)
    async with runtime.database.unit() as unit:
        verdict = (await posting.post(unit, principal, [letter_id], body.posted_on))[letter_id]
        if verdict == "not_found":
            raise not_found()
        if verdict in REFUSALS:
            raise Problem(409, verdict, REFUSALS[verdict], title="Envoi refusé")
        return view(await one(unit, principal, letter_id))


@router.post("/postings", tags=["courriers"], summary="Date d'envoi de nombreux courriers")
async def post_many(body: Postings, runtime: RuntimeDependency, principal: Writer) -> PostingResults:
    """One verdict per letter; a letter that cannot be posted does not hold up the others."""
    _check_posted_on(body.posted_on)
    async with runtime.database.unit() as unit:
        verdicts = await posting.post(unit, principal, list(dict.fromkeys(body.letter_ids)), body.posted_on)
    results = [PostingResult(letter_id=key, verdict=verdict) for key, verdict in verdicts.items()]
    return PostingResults(posted_on=body.posted_on, results=results)


@router.post("/letters/{letter_id}/cancellation", tags=["courriers"], summary="Annuler un courrier non posté")
async def cancel_letter(
    letter_id: UUID, body: Cancellation, runtime: RuntimeDependency, principal: Decider
) -> LetterView:
    """Cancel a letter that is not posted yet; a second cancellation changes nothing."""
    async with runtime.database.unit() as unit:
        row = await one(unit, principal, letter_id, lock=True)
        if row.state == "posted":
            raise Problem(409, "already_posted", "Cette lettre est partie : elle ne peut plus être annulée.")
        if row.state == "issued":
            await posting.cancel(unit, row, body.reason, principal.actor, clock.today())
        return view(await one(unit, principal, letter_id))
