"""From the reference table to what a letter says of the caisse, its agent and the appeal body."""

from __future__ import annotations

import re

from services.letters.domain.addressee import LetterOrder
from services.letters.domain.composition import AppealBody, Author, Body, Office, References
from shared.contract.reference_data import Caisse
from shared.messaging.reference_table import ReferenceTable

_TOWN = re.compile(r"^\d{5} (?P<town>.+?)(?: CEDEX.*)?$")


def references_of(reference: ReferenceTable, order: LetterOrder) -> References:
    """The records of the day for one letter. What the table does not know stays empty, and is a problem to look at.

    A decision is signed by the agent who took it; other letters name the agent in charge that the caisse designates.
    """
    caisse = reference.caisse(order.issuer)
    agent = reference.agent(order.signatory or (caisse.signatory if caisse else ""))
    body = reference.appeal_body(order.issuer, order.decided_on or order.day)
    deposit = reference.deposit_body(order.recipient.deposit_body)
    other = getattr(order.call.details, "to_caisse", None)
    named = reference.caisse(other) if other else None
    return References(
        office=_office(order.issuer, caisse),
        author=Author(name=_printed(agent.display_name), capacity=_printed(agent.capacity)) if agent else None,
        appeal=AppealBody(kind=body.kind, name=_printed(body.name), lines=[_printed(line) for line in body.address])
        if body
        else None,
        deposit_body=_printed(deposit.name) if deposit else "",
        transmitter=_body(deposit.name, deposit.address) if deposit else None,
        state_service=_body(caisse.state_service[0], caisse.state_service[1:])
        if caisse is not None and caisse.state_service
        else None,
        caisses={named.code: [_printed(line) for line in (named.name, *named.address)]} if named else {},
    )


def _body(name: str, lines: list[str]) -> Body:
    return Body(name=_printed(name), lines=[_printed(line) for line in lines])


def _office(code: str, caisse: Caisse | None) -> Office:
    if caisse is None:
        return Office(code=code, name=f"Caisse {code}", town="", lines=[])
    return Office(
        code=code,
        name=_printed(caisse.name),
        town=town_of(caisse.address, caisse.name),
        lines=[_printed(line) for line in caisse.address],
        telephone=caisse.telephone,
        email=caisse.email,
    )


def town_of(address: list[str], name: str) -> str:
    """The town a letter is dated from: that of the last line of the address, as a name."""
    match = _TOWN.match(address[-1]) if address else None
    return match["town"].title() if match else name


def _printed(text: str) -> str:
    return text.replace("'", "’")
