"""Admission, whole or in part."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from services.letters.domain.blocks import Block, LetterContext, heading, paragraph, present, table
from services.letters.domain.kind_definition import Details, KindDefinition, Reader, Way
from services.letters.domain.seals import Sealing
from services.letters.domain.sections import ALGORITHM, APPEAL, algorithm, grounds, ways_of_appeal
from shared.calendar import ONE_DAY, add_months
from shared.contract import events
from shared.contract.legal_values import months_of
from shared.contract.letter_kinds import LetterKind
from shared.french import french_date, long_date, partial_date
from shared.ids import named_uuid


class Admission(Details):
    """What this kind needs to know."""

    entitlements: Annotated[list[events.Entitlement], Field(min_length=1, max_length=31)]
    refused_members: Annotated[list[events.Motive], Field(max_length=60)] = Field(default=[])
    effect_on: dt.date
    decided_on: dt.date
    automatic: bool = False


def body(context: LetterContext, details: Admission) -> list[Block]:
    """Beneficiaries and period, how to collect the title, care, renewal, alimony; refused members; algorithm."""
    last = max((entitlement.ends_on for entitlement in details.entitlements), default=context.day)
    blocks = [
        context.mention("grant", effect_on=long_date(details.effect_on)),
        heading("Bénéficiaires et période"),
        table(
            "Personnes admises",
            ["Nom", "Date de naissance", "Du", "Au"],
            beneficiaries(context, details.entitlements),
        ),
        *_earlier_care(details),
        heading("Retirer votre titre"),
        context.mention("title"),
        heading("Vos soins"),
        context.mention("covered_care"),
        _planned_care(context, details),
        heading("Renouveler vos droits"),
        context.mention("renewal", renewal_on=long_date(add_months(last, -months_of("right.renewal_window", last)))),
        context.mention("alimony"),
    ]
    if details.refused_members:
        blocks.append(heading("Personnes pour lesquelles l’aide n’est pas accordée"))
        blocks += grounds(context, details.refused_members, named=True)
        blocks += ways_of_appeal(context, details.decided_on)
        blocks += [heading("Soins urgents"), context.mention("urgent_care")]
    return present(*blocks, *algorithm(context, automatic=details.automatic))


def beneficiaries(context: LetterContext, entitlements: list[events.Entitlement]) -> list[list[str]]:
    """Name, birth date, first and last day of each right, by rank."""
    rows = []
    for right in sorted(entitlements, key=lambda entitlement: entitlement.member_rank):
        person = context.recipient.person(member_id=right.member_id, rank=right.member_rank)
        birth = partial_date(person.birth_date if person else None)
        rows.append([context.who(person), birth, french_date(right.starts_on), french_date(right.ends_on)])
    return rows


def sealing(details: Admission) -> Sealing:
    """The rights of the notice, from the first day of any to the last day of any."""
    rights = details.entitlements
    return Sealing(rights, min(right.starts_on for right in rights), max(right.ends_on for right in rights))


def _planned_care(context: LetterContext, details: Admission) -> Block | None:
    """From when adults' planned care is covered; nothing where no one waits: minors, or an admission that goes on."""
    waiting = [right for right in details.entitlements if "planned_care_from" in right.model_fields_set]
    waits = [right.planned_care_from for right in waiting if right.planned_care_from is not None]
    if waiting and not waits:
        return None
    # An event of before this field: nine months from the effect, as for a first admission.
    day = max(waits, default=add_months(details.effect_on, months_of("care.nine_months", details.effect_on)))
    return context.mention("nine_months", nine_months_on=long_date(day))


def _earlier_care(details: Admission) -> list[Block | None]:
    since = sorted({day for right in details.entitlements if (day := right.care_from) is not None})
    if not since:
        return []
    return [
        paragraph(f"Les soins reçus avant cette période, depuis le {long_date(since[0])}, sont aussi pris en charge.")
    ]


def example_rights(day: dt.date) -> list[events.Entitlement]:
    """The invented household's rights of a year from ``day``."""
    end = add_months(day, 12) - ONE_DAY
    members = (named_uuid("example", "member", rank) for rank in (0, 1))
    return [
        events.Entitlement(member_id=member, member_rank=rank, starts_on=day, ends_on=end)
        for rank, member in enumerate(members)
    ]


KIND = KindDefinition(
    LetterKind.ADMISSION,
    Admission,
    body,
    lambda day: Admission(entitlements=example_rights(day), effect_on=day, decided_on=day, automatic=True),
    triggers=("decision.granted",),
    required=("grant",),
    mentions=(
        "title",
        "covered_care",
        "nine_months",
        "renewal",
        "alimony",
        "urgent_care",
        *APPEAL,
        *ALGORITHM,
    ),
    readers=(Reader.APPLICANT, Reader.CARE_BODY),
    ways=(Way.ORDINARY, Way.HANDED_OVER),
    decision=True,
    sealing=sealing,
)
