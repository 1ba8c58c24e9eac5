"""Admission, whole or in part."""

from __future__ import annotations

from services.letters.domain.blocks import Block, LetterContext, heading, paragraph, present, table
from services.letters.domain.sections import algorithm, grounds, ways_of_appeal
from shared.calendar import add_months
from shared.contract import events
from shared.french import long_date, partial_date, short_date

RENEWAL_MONTHS = 2  # renewal is filed two months before the end (docs/domain.md 3.3)
DELAYED_CARE_MONTHS = 9  # adults' planned care waits nine months from 2021 (docs/domain.md 3.6)


def admission(pen: LetterContext, event: events.Granted, appeal_lines: list[str]) -> list[Block]:
    """Beneficiaries and period, how to collect the title, care, renewal, alimony; refused members; algorithm."""
    last = max((entitlement.ends_on for entitlement in event.entitlements), default=pen.day)
    rows = []
    for right in sorted(event.entitlements, key=lambda entitlement: entitlement.member_rank):
        person = pen.recipient.person(member_id=right.member_id, rank=right.member_rank)
        birth = partial_date(person.birth_date if person else None)
        rows.append([pen.who(person), birth, short_date(right.starts_on), short_date(right.ends_on)])
    blocks = [
        pen.mention("grant", effect_on=long_date(event.effect_on)),
        heading("Bénéficiaires et période"),
        table("Personnes admises", ["Nom", "Date de naissance", "Du", "Au"], rows),
        *_earlier_care(pen, event),
        heading("Retirer votre titre"),
        pen.mention("title"),
        heading("Vos soins"),
        pen.mention("covered_care"),
        _planned_care(pen, event),
        heading("Renouveler vos droits"),
        pen.mention("renewal", renewal_on=long_date(add_months(last, -RENEWAL_MONTHS))),
        pen.mention("alimony"),
    ]
    if event.refused_members:
        blocks.append(heading("Personnes pour lesquelles l’aide n’est pas accordée"))
        blocks += grounds(pen, event.refused_members, named=True)
        blocks += ways_of_appeal(pen, event.decided_on, appeal_lines)
        blocks += [heading("Soins urgents"), pen.mention("urgent_care")]
    return present(*blocks, *algorithm(pen, automatic=event.automatic))


def _planned_care(pen: LetterContext, event: events.Granted) -> Block | None:
    """From when adults' planned care is covered; nothing where no one waits: minors, or an admission that goes on."""
    told = [right for right in event.entitlements if "planned_care_from" in right.model_fields_set]
    waits = [right.planned_care_from for right in told if right.planned_care_from is not None]
    if told and not waits:
        return None
    # An event of before this field: nine months from the effect, as for a first admission.
    day = max(waits, default=add_months(event.effect_on, DELAYED_CARE_MONTHS))
    return pen.mention("nine_months", nine_months_on=long_date(day))


def _earlier_care(pen: LetterContext, event: events.Granted) -> list[Block | None]:
    since = sorted({day for right in event.entitlements if (day := right.care_from) is not None})
    if not since:
        return []
    return [
        paragraph(f"Les soins reçus avant cette période, depuis le {long_date(since[0])}, sont aussi pris en charge.")
    ]
