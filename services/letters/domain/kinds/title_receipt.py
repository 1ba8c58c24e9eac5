"""Receipt of a title handed over: who, which identity paper was seen, when, where, by whom."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from services.letters.domain.blocks import Block, LetterContext, present, table
from services.letters.domain.details import Serial
from services.letters.domain.kind_definition import Details, KindDefinition, Way
from shared.contract.facts import PaperKind
from shared.contract.letter_kinds import LetterKind
from shared.contract.scalars import Code, Text
from shared.french import long_date

ReceivedBy = Literal["applicant", "household_adult", "representative", "domiciliation_body"]


class TitleReceipt(Details):
    """What this kind needs to know."""

    serial: Serial
    handed_on: dt.date
    received_by: ReceivedBy
    identity_paper: PaperKind
    desk: Text
    agent: Code


def body(context: LetterContext, details: TitleReceipt) -> list[Block]:
    """The body of the letter, block by block."""
    rows = [
        [context.text("serial"), details.serial],
        [context.text("handed_on"), long_date(details.handed_on)],
        [context.text("received_by"), context.text(details.received_by)],
        [context.text("identity"), context.wording.paper(details.identity_paper)],
        [context.text("desk"), details.desk],
        [context.text("agent"), details.agent],
    ]
    return present(
        context.paragraph("intro"),
        table("Remise", ["Point", "Constat"], rows),
        context.mention("title_collection"),
    )


def example(day: dt.date) -> TitleReceipt:
    """Invented facts."""
    return TitleReceipt(
        serial="931-000042",
        handed_on=day,
        received_by="applicant",
        identity_paper=PaperKind.PASSPORT,
        desk="Accueil de Saint-Exemple",
        agent="agent-931-1",
    )


KIND = KindDefinition(
    LetterKind.TITLE_RECEIPT,
    TitleReceipt,
    body,
    example,
    triggers=("title.handed_over",),
    required=("title_collection",),
    ways=(Way.HANDED_OVER,),
)
