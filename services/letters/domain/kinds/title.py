"""The title as a paper attestation, or its duplicate."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from services.letters.domain.blocks import Block, LetterContext, notice, photograph, present, table
from services.letters.domain.details import Serial
from services.letters.domain.kind_definition import Details, KindDefinition, Reader, Way
from services.letters.domain.kinds.admission import beneficiaries, example_rights
from services.letters.domain.seals import Sealing
from shared.contract import events
from shared.contract.letter_kinds import LetterKind


class Title(Details):
    """``copy_no``: 0 for the first one, then the rank of the duplicate. ``photograph_of``: the rank of the member whose
    photograph it bears; None: a form without one."""

    serial: Serial
    copy_no: Annotated[int, Field(ge=0, le=99)] = 0
    photograph_of: Annotated[int, Field(ge=0, le=30)] | None = None
    entitlements: Annotated[list[events.Entitlement], Field(min_length=1, max_length=31)]


def body(context: LetterContext, details: Title) -> list[Block]:
    """The body of the letter, block by block."""
    return present(
        notice(context.text("duplicate", copy=str(details.copy_no))) if details.copy_no else None,
        context.paragraph("serial", serial=details.serial),
        photograph(details.photograph_of, context.text("photograph"), context.text("photograph_missing"))
        if details.photograph_of is not None
        else None,
        context.title("holder_title"),
        table("Bénéficiaires", ["Nom", "Date de naissance", "Du", "Au"], beneficiaries(context, details.entitlements)),
        context.mention("title_form"),
        context.title("care_title"),
        context.mention("covered_care"),
    )


def sealing(details: Title) -> Sealing:
    """The rights of the title under its serial."""
    rights = details.entitlements
    first, last = min(right.starts_on for right in rights), max(right.ends_on for right in rights)
    return Sealing(rights, first, last, details.serial)


def example(day: dt.date) -> Title:
    """Invented facts."""
    return Title(serial="931-000042", entitlements=example_rights(day))


KIND = KindDefinition(
    LetterKind.TITLE,
    Title,
    body,
    example,
    triggers=("title.produced", "desk"),
    required=("title_form",),
    mentions=("covered_care",),
    readers=(Reader.APPLICANT, Reader.CARE_BODY),
    ways=(Way.HANDED_OVER, Way.ORDINARY),
    decision=True,
    sealing=sealing,
)
