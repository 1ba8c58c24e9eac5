"""The humanitarian route: the State's services decide, the caisse passes the request on (CASF L. 251-1)."""

from __future__ import annotations

from services.letters.domain.blocks import Block, LetterContext, address, present
from services.letters.domain.details import BodyAddress
from services.letters.domain.kind_definition import Details, KindDefinition, Reader, Way
from shared.contract.letter_kinds import LetterKind


class StateTransfer(Details):
    """``service``: the State's service that got the file."""

    service: BodyAddress


def body(context: LetterContext, details: StateTransfer) -> list[Block]:
    """The body of the letter, block by block."""
    return present(
        context.paragraph("intro"),
        address(context.text("address"), [details.service.name, *details.service.lines]),
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
    triggers=("desk",),
    required=("state_route",),
    mentions=("transfer",),
    readers=(Reader.APPLICANT, Reader.STATE_SERVICE),
    ways=(Way.ORDINARY, Way.ELECTRONIC),
)
