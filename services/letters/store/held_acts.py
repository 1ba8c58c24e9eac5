"""What desks of letters do that is carried out a little later: mail that came back, titles handed over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from services.letters.domain.composition import NoTextForDay
from services.letters.domain.delivery import Cause
from services.letters.domain.letter_number import read_number
from services.letters.domain.seals import Sealer
from services.letters.domain.titles.title import TitleStepNotAllowed
from services.letters.store import returns, title_hand_overs
from services.letters.store.recipients import addressee_in_scope
from shared.access.held_acts import Doing
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import Problem
from shared.messaging.reference_table import ReferenceTable

RETURN: Final = "return"
HAND_OVER: Final = "hand_over"


def doing(reference: ReferenceTable, sealer: Sealer) -> Mapping[str, Doing]:
    """How each of them is carried out."""

    async def handed_over(unit: UnitOfWork, principal: Principal, said: Mapping[str, Any]) -> None:
        await hand_over(unit, reference, sealer, principal, said)

    return {RETURN: came_back, HAND_OVER: handed_over}


def scan_of(said: Mapping[str, Any]) -> returns.Scan:
    """A return as it was noted."""
    scanned = str(said["scanned"])
    on = dt.date.fromisoformat(said["on"])
    return returns.Scan(scanned, read_number(scanned), Cause(said["cause"]), on, str(said["caisse"]))


async def came_back(unit: UnitOfWork, principal: Principal, said: Mapping[str, Any]) -> returns.Returned:
    """Take a letter back."""
    return await returns.take_back(unit, principal, scan_of(said))


async def hand_over(
    unit: UnitOfWork, reference: ReferenceTable, sealer: Sealer, principal: Principal, said: Mapping[str, Any]
) -> title_hand_overs.HandedOver:
    """Hand a title over. Raises Problem where the title, its paper or the law of the day does not allow it."""
    addressee = await addressee_in_scope(unit, principal, UUID(str(said["application_id"])))
    told = title_hand_overs.ToldHandOver.model_validate(said["told"])
    try:
        return await title_hand_overs.hand_over(unit, reference, sealer, principal, addressee, told)
    except TitleStepNotAllowed as refused:
        raise Problem(409, refused.code, refused.message, title="Action impossible sur ce titre") from None
    except NoTextForDay as missing:
        detail = f"Aucun texte de reçu n'est connu pour ce jour (mention « {missing.mention} »)."
        raise Problem(422, missing.code, detail, title="Pas de texte pour ce jour") from None
