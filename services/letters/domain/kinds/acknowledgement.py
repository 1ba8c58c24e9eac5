"""Acknowledgement of receipt, with what is missing where that is known at once."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from services.letters.domain.blocks import Block, LetterContext, bullets, heading, paragraph, present, table
from services.letters.domain.kind_definition import Details, KindDefinition, Reader, Way
from services.letters.domain.sections import personal_data
from shared.calendar import add_months
from shared.contract import events
from shared.contract.legal_values import months_of
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date


class Acknowledgement(Details):
    """``items``: what is missing, with its last day; none where the file is complete or not yet looked at."""

    items: Annotated[list[events.RequestedItem], Field(max_length=50)] = Field(default=[])
    due_on: dt.date | None = None


def body(context: LetterContext, details: Acknowledgement) -> list[Block]:
    """Date received, date at which silence refuses, ways of appeal, data (CRPA L. 112-3, or the law of 2000 before)."""
    recipient = context.recipient
    received, deposited = long_date(recipient.received_on), long_date(recipient.deposited_on)
    since = recipient.silence_from or recipient.received_on
    silence = long_date(add_months(since, months_of("clock.implicit_refusal", since)))
    desk = f" auprès de\u00a0: {context.deposit_body}" if context.deposit_body else ""
    rows = [
        ["Dépôt de la demande", deposited],
        ["Réception par la caisse", received],
        ["Refus si nous ne répondons pas", silence],
    ]
    return present(
        context.mention("acknowledgement", received_on=received),
        paragraph(f"Elle a été déposée le {deposited}{desk}."),
        context.mention("effect", deposited_on=deposited),
        *_missing(context, details),
        context.title("next_title"),
        context.paragraph("next"),
        table("Dates de votre demande", ["Étape", "Date"], rows),
        context.paragraph("first_body", since=long_date(since)) if since != recipient.received_on else None,
        context.mention("silence", silence_on=silence),
        context.mention("silence_reasons"),
        context.title("appeal_title"),
        context.mention("appeal_later"),
        *personal_data(context),
    )


def _missing(context: LetterContext, details: Acknowledgement) -> list[Block | None]:
    if not details.items or details.due_on is None:
        return []
    titles = (
        f"{context.who(context.recipient.person(rank=item.member_rank))}\u00a0: {context.wording.item(item.code).title}"
        for item in details.items
    )
    return [
        heading(context.text("missing_title")),
        context.paragraph("missing", due_on=long_date(details.due_on)),
        bullets(titles),
        context.mention("missing_items"),
    ]


KIND = KindDefinition(
    LetterKind.ACKNOWLEDGEMENT,
    Acknowledgement,
    body,
    lambda day: Acknowledgement(),
    triggers=("application.submitted",),
    required=("acknowledgement",),
    mentions=(
        "effect",
        "missing_items",
        "silence",
        "silence_reasons",
        "appeal_later",
        "data_protection",
        "data_exchange",
    ),
    readers=(Reader.APPLICANT, Reader.TRANSMITTER),
    ways=(Way.ORDINARY, Way.HANDED_OVER),
)
