"""Is this care covered? The answer of a simulation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Literal

from services.decision.domain.eligibility.evaluation import Assessment
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.eligibility.household import standing_on
from services.decision.domain.eligibility.planned_care import PlannedCare, agreement_missing, covered, excluded
from services.decision.domain.eligibility.proofs import rights
from services.decision.domain.law.rulebook import Rulebook
from services.decision.domain.simulation import response as out
from services.decision.domain.simulation.events import SimulatedCare
from services.decision.domain.simulation.request import SimulatedApplication
from services.decision.domain.wording import findings as factwords
from shared.contract.events import Finding
from shared.contract.facts import Care
from shared.french import long_date

COVER: dict[str, Literal["yes", "no", "human"]] = {"met": "yes", "not_met": "no", "human": "human", "unknown": "human"}
NoteReading = Callable[[str, dt.date], object]


def rule_label(book: Rulebook, rule: str) -> str:
    """The French label of a rule, or its code where no version of it ships."""
    return book.history(rule)[0].label if rule in book.rules() else rule


def care_answers(
    facts: CaseFacts,
    assessment: Assessment,
    book: Rulebook,
    application: SimulatedApplication,
    people: Iterable[out.Person],
    note_reading: NoteReading,
) -> list[out.AnsweredCare]:
    """One answer for each care that is asked about, earlier care first.

    ``note_reading`` is told each rule that an answer rests on, with its day, so that its interpretations are shown.
    """
    known = {person.rank: person for person in people}
    asked = [*application.earlier_care, *application.care]
    return [
        _cover(care, person.right, facts, assessment, book, note_reading)
        if (person := known.get(care.member_rank)) is not None and person.verdict != "refuse"
        else _not_covered(care, book, assessment.on)
        for care in asked
    ]


def _not_covered(care: Care, book: Rulebook, on: dt.date) -> out.AnsweredCare:
    """Care of a person whose application is refused: no right, earlier or later, covers it."""
    law = book.find("right.duration", on) or book.history("right.duration")[0]
    return out.AnsweredCare(
        member_rank=care.member_rank,
        given_on=care.given_on,
        covered="no",
        why="Aucun droit ne s'ouvre pour cette personne : ses soins ne sont pas couverts, sauf les soins urgents.",
        reference=law.reference,
        confidence=law.confidence,
    )


def _cover(
    care: Care,
    right: out.OpenedRight | None,
    facts: CaseFacts,
    assessment: Assessment,
    book: Rulebook,
    note_reading: NoteReading,
) -> out.AnsweredCare:
    """Earlier care by its finding; care during the right by its dates and, when it is planned, by the nine months."""
    on = care.given_on
    whose = {"rule": "right.earlier_care", "member_rank": care.member_rank, "value": str(on)}
    found = next((one for one in assessment.findings if all(getattr(one, name) == whose[name] for name in whose)), None)
    if isinstance(care, SimulatedCare) and care.code:
        never = excluded(care.code, on, book, care.member_rank)
        planned = _planned(care, right, facts, assessment, book) if right else None
        found = never.finding if never is not None else found or planned
    if found is None and right is not None and isinstance(care, SimulatedCare):
        found = _costly(care, right, facts, assessment, book)
    if found is not None:
        held = factwords.limit(found.fact, found.limit)
        note_reading(found.rule, on if found.rule != "right.earlier_care" else assessment.on)
        return out.AnsweredCare(
            member_rank=care.member_rank,
            given_on=on,
            covered=COVER[found.verdict],
            why=f"{rule_label(book, found.rule)}{f' ({held})' if held else ''}.",
            reference=found.reference,
            confidence=found.confidence,
        )
    inside = right is not None and right.starts_on <= on <= right.ends_on
    law = book.find("right.duration", assessment.on) or book.history("right.duration")[0]
    period = (
        f"Droit du {long_date(right.starts_on)} au {long_date(right.ends_on)}."
        if right
        else "Aucun droit ne s'ouvre pour cette personne."
    )
    return out.AnsweredCare(
        member_rank=care.member_rank,
        given_on=on,
        covered="yes" if inside else "no",
        why=period,
        reference=law.reference,
        confidence=law.confidence,
    )


def _costly(
    care: SimulatedCare, right: out.OpenedRight, facts: CaseFacts, assessment: Assessment, book: Rulebook
) -> Finding | None:
    if not right.starts_on <= care.given_on <= right.ends_on:
        return None
    made = agreement_missing(
        care.cost_cents,
        care.exception,
        care.agreed,
        care.given_on,
        _of_age(care, facts, assessment, book),
        book,
        care.member_rank,
    )
    return None if made is None or made.verdict == "met" else made.finding


def _of_age(care: Care, facts: CaseFacts, assessment: Assessment, book: Rulebook) -> bool:
    """Was the person of age on the day of the care?"""
    who = next(one for one in facts.members if one.rank == care.member_rank)
    majority = int(book.value("adult_age", assessment.on).value)
    return standing_on(who.birth_date, care.given_on, majority) != "minor"


def _planned(
    care: SimulatedCare, right: out.OpenedRight, facts: CaseFacts, assessment: Assessment, book: Rulebook
) -> Finding | None:
    if not right.starts_on <= care.given_on <= right.ends_on:
        return None
    adult = _of_age(care, facts, assessment, book)
    planned = PlannedCare(care.code or "", care.given_on, care.exception, care.agreed)
    made = covered(planned, right.starts_on, rights(facts), adult, book, care.member_rank)
    return None if made is None else made.finding
