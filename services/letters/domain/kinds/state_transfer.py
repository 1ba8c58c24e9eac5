"""The humanitarian route: the State's services decide, the caisse passes the request on (CASF L. 251-1)."""

from __future__ import annotations

from services.letters.domain.blocks import Block, LetterContext, address, present
from services.letters.domain.details import BodyAddress
from services.letters.domain.kind_definition import Details, KindDefinition, Reader, Way
from shared.contract.letter_kinds import LetterKind


class StateTransfer(Details):
    """``service``: the State's service that gets the file; None: the one that the records know for the caisse."""

    service: BodyAddress | None = None


def body(context: LetterContext, details: StateTransfer) -> list[Block]:
    """The body of the letter, block by block."""
    service = details.service
    lines = [service.name, *service.lines] if service is not None else list(context.state_service)
    return present(
        context.paragraph("intro"),
        address(context.text("address"), lines) if lines else None,
        context.mention("state_route"),
        context.mention("transfer"),
        context.paragraph("keep"),
    )


EXAMPLE = BodyAddress(name="Services de l’État de l’Exemple", lines=["4 place de l’Exemple", "93000 SAINT-EXEMPLE"])
KIND = KindDefinition(
    LetterKind.STATE_TRANSFER,
    StateTransfer,
    body,
    lambda day: StateTransfer(service=EXAMPLE),
    triggers=("decision.evaluated", "desk"),
    required=("state_route",),
    mentions=("transfer",),
    readers=(Reader.APPLICANT, Reader.STATE_SERVICE),
    ways=(Way.ORDINARY, Way.ELECTRONIC),
)
