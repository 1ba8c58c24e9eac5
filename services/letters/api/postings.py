"""Letters posted, which starts their delays, or cancelled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.letters.api.dependencies import Decider, Writer
from services.letters.domain.delivery import number_fault
from services.letters.domain.kind_definition import Way
from services.letters.store import posting, returns
from services.letters.store.paper import SHEETS_MISSING
from services.letters.store.queries import LetterView, one, view
from shared import clock
from shared.contract.input_errors import InputError
from shared.http.dates import BoundedDate
from shared.http.problems import Problem, not_found
from shared.service.dependencies import RuntimeDependency

router = APIRouter()

MAX_POSTINGS = 1000


class Posting(BaseModel):
    """The day on which a letter left, and by which way; a registered one has its number."""

    model_config = ConfigDict(extra="forbid")
    posted_on: BoundedDate
    way: Literal["ordinary", "registered", "tracked", "electronic"] = "ordinary"
    number: Annotated[str, Field(max_length=20)] = ""


class Postings(BaseModel):
    """Several letters that left on the same day by the same way; ``numbers``: of registered ones, by letter."""

    model_config = ConfigDict(extra="forbid")
    posted_on: BoundedDate
    way: Literal["ordinary", "registered", "tracked", "electronic"] = "ordinary"
    numbers: Annotated[dict[UUID, str], Field(max_length=MAX_POSTINGS)] = {}
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
    "way_imposed": "Un texte impose à ce courrier une autre voie d'envoi.",
    "electronic_to_person": "La voie électronique est pour les professionnels : ce courrier s'adresse à la personne.",
    "address_not_printable": "L'adresse ne peut pas être imprimée : corrigez-la, ou remettez la lettre.",
    "sheets_missing": SHEETS_MISSING,
    "address_doubtful": "Un retour a mis l'adresse en doute : vérifiez-la avant tout nouvel envoi par la poste.",
}


def check_leaving(day: dt.date, at: str, way: str, numbers: Mapping[str, str]) -> None:
    """Raises a 422 problem for a day to come, a registered letter without a good number, a number without a reason.

    ``numbers``: by their pointer in the request.
    """
    wrong = []
    if day > clock.today():
        wrong.append(InputError(at, "in_the_future", "La date d'envoi ne peut pas être à venir."))
    for pointer, number in numbers.items():
        if way != "registered" and number:
            wrong.append(InputError(pointer, "number_unexpected", "Seul un envoi recommandé a un numéro."))
        elif way == "registered" and (fault := number_fault(number)):
            wrong.append(InputError(pointer, fault, "Numéro de recommandé mal recopié."))
    if wrong:
        raise Problem(422, "validation_failed", f"{len(wrong)} champ(s) à corriger.", errors=wrong)


@router.post("/letters/{letter_id}/posting", tags=["courriers"], summary="Date d'envoi : elle ouvre les délais")
async def post_letter(letter_id: UUID, body: Posting, runtime: RuntimeDependency, principal: Writer) -> LetterView:
    """Telling the same day again changes nothing; another day is refused."""
    check_leaving(body.posted_on, "/posted_on", body.way, {"/number": body.number})
    async with runtime.database.unit() as unit:
        numbers = {letter_id: body.number}
        verdicts = await posting.post(unit, principal, [letter_id], body.posted_on, Way(body.way), numbers)
        verdict = verdicts[letter_id]
        if verdict == "not_found":
            raise not_found()
        if verdict in REFUSALS:
            raise Problem(409, verdict, REFUSALS[verdict], title="Envoi refusé")
        if verdict == "posted":
            await returns.take_back_early(unit, principal, [letter_id])
        return view(await one(unit, principal, letter_id))


@router.post("/postings", tags=["courriers"], summary="Date d'envoi de nombreux courriers")
async def post_many(body: Postings, runtime: RuntimeDependency, principal: Writer) -> PostingResults:
    """One verdict per letter; a letter that cannot be posted does not hold up the others."""
    ids = list(dict.fromkeys(body.letter_ids))
    wanted = ids if body.way == "registered" else list(body.numbers)
    numbers = {f"/numbers/{key}": body.numbers.get(key, "") for key in wanted}
    check_leaving(body.posted_on, "/posted_on", body.way, numbers)
    async with runtime.database.unit() as unit:
        verdicts = await posting.post(unit, principal, ids, body.posted_on, Way(body.way), body.numbers)
        left = [key for key, verdict in verdicts.items() if verdict == "posted"]
        await returns.take_back_early(unit, principal, left)
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
