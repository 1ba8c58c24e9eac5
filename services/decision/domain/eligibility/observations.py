"""Facts an agent saw and put on record: laid over the application's own, which stay as they were declared."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from services.decision.domain.eligibility.facts import CaseFacts, Observation
from services.decision.domain.law.rulebook import Rulebook

VISABIO = "visabio"
STAY = {
    "entered_on",
    "title",
    "title_from",
    "title_until",
    "irregular_since",
    "left_france",
    "insured_before",
    "removal_on",
    "right_of_residence",
    "absent_days",
    "absences",
}
MEANS = {"estimate_cents", "free_lodging_months", "situation_changed", "recent_reason"}
DEPOSIT = {"filed_by", "representation", "reduced_mobility", "treated_there", "agreed"}
WHOLE = {"lodging", "domiciled"}


class InvalidObservation(ValueError):
    """The observation does not fit the file: no such member or paper, or a value of the wrong kind."""


def effective(facts: CaseFacts) -> CaseFacts:
    """The facts the law is applied to: those declared, with the agents' observations over them, in order."""
    if not facts.observed:
        return facts
    body = facts.model_dump(mode="json")
    for one in facts.observed:
        _lay(body, one)
    return CaseFacts.model_validate(body)


def observe(facts: CaseFacts, observation: Observation, book: Rulebook) -> CaseFacts:
    """The facts with one more observation.

    Raises ``InvalidObservation``, also for a register that agents could not read that day.
    """
    seen_on = observation.observed_on
    if observation.proof == VISABIO and seen_on is not None and book.find("papers.visabio", seen_on) is None:
        raise InvalidObservation(
            f"{observation.point}: les agents des caisses ne consultent VISABIO que depuis juin 2020"
        )
    after = facts.model_copy(update={"observed": [*facts.observed, observation]})
    try:
        effective(after)
    except ValidationError as error:
        raise InvalidObservation(f"{observation.point}: {error.errors(include_url=False)[0]['msg']}") from None
    return after


def _lay(body: dict[str, Any], one: Observation) -> None:
    field = one.point.removeprefix("paper.")
    if one.point.startswith("paper."):
        _only(body["papers"], "paper_id", str(one.paper_id), one)[field] = one.value
    elif field in WHOLE:
        body[field] = one.value
    elif field in DEPOSIT:
        body["deposit"][field] = one.value
    elif field in MEANS:
        body["means"][field] = one.value
    else:
        member = _only(body["members"], "rank", one.member_rank, one)
        (member["stay"] if field in STAY else member)[field] = one.value


def _only(rows: list[dict[str, Any]], key: str, value: object, one: Observation) -> dict[str, Any]:
    for row in rows:
        if row[key] == value:
            return row
    raise InvalidObservation(f"{one.point}: no such {key}")
