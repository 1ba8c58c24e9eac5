"""Facts an agent saw and put on record: laid over the application's own, which stay as they were declared."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import ValidationError

from services.decision.domain.eligibility.facts import CaseFacts, Observation
from services.decision.domain.eligibility.first_body import dated
from services.decision.domain.law.rulebook import Rulebook
from shared.contract.facts import PaperKind

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
DEPOSIT = {
    "filed_by",
    "representation",
    "reduced_mobility",
    "treated_there",
    "agreed",
    "deposited_on",
    "received_on",
}
WHOLE = {"lodging", "domiciled"}


class InvalidObservation(ValueError):
    """The observation does not fit the file: no such member or paper, or a value of the wrong kind."""


def effective(facts: CaseFacts, book: Rulebook) -> CaseFacts:
    """The facts the law is applied to: those declared, with the agents' observations over them, in order.

    The day of a first body counts as the deposit where it is proven and that body might receive it.
    """
    if not facts.observed:
        return dated(facts, book)
    body = facts.model_dump(mode="json")
    for one in facts.observed:
        _lay(body, one)
    return dated(CaseFacts.model_validate(body), book)


def law_day(facts: CaseFacts, book: Rulebook) -> dt.date:
    """The day whose law applies and from which the right runs: the deposit that counts."""
    return effective(facts, book).deposit.deposited_on


def observe(facts: CaseFacts, observation: Observation, book: Rulebook) -> CaseFacts:
    """The facts with one more observation.

    Raises ``InvalidObservation``, also for a register that agents could not read that day.
    """
    seen_on = observation.observed_on
    if observation.proof == VISABIO and seen_on is not None and book.find("papers.visabio", seen_on) is None:
        raise InvalidObservation(
            f"{observation.point}: les agents des caisses ne consultent VISABIO que depuis juin 2020"
        )
    _check_proof(facts, observation)
    after = facts.model_copy(update={"observed": [*facts.observed, observation]})
    try:
        deposit = effective(after, book).deposit
        if deposit.deposited_on > deposit.received_on:
            raise InvalidObservation(f"{observation.point}: le dépôt ne suit pas la réception par la caisse")
    except ValidationError as error:
        raise InvalidObservation(f"{observation.point}: {error.errors(include_url=False)[0]['msg']}") from None
    return after


def _check_proof(facts: CaseFacts, seen: Observation) -> None:
    """A right is read on a paper of that right, and no day lies in the future. Raises ``InvalidObservation``."""
    if seen.point == "right_ends_on":
        papers = [one for one in facts.papers if one.paper_id == seen.paper_id]
        if not any(one.kind is PaperKind.RIGHT_ATTESTATION and one.legible for one in papers):
            raise InvalidObservation("right_ends_on: la fin d'un droit se lit sur une pièce de ce droit, à nommer")
    if seen.point in {"deposited_on", "received_on", "right_ends_on", "earlier_care"} and not isinstance(
        seen.value, str
    ):
        raise InvalidObservation(f"{seen.point}: une date est attendue")
    if seen.point == "earlier_care":
        told = {one.given_on.isoformat() for one in facts.earlier_care if one.member_rank == seen.member_rank}
        if seen.value not in told:
            raise InvalidObservation("earlier_care: aucun soin de ce jour n'est déclaré pour cette personne")
    if seen.point in {"deposited_on", "received_on"} and seen.observed_on and seen.value > seen.observed_on.isoformat():
        raise InvalidObservation(f"{seen.point}: ce jour n'est pas encore venu")


def _read_right(body: dict[str, Any], one: Observation) -> dict[str, Any]:
    """The right whose end an agent read on its paper: that paper bears the rest of what is declared of it."""
    same = (right for right in body["earlier_rights"] if right["granted"] and right["ends_on"] == one.value)
    observed: dict[str, Any] = next(same, {})
    dates = {name: observed.get(name) for name in ("caisse", "starts_on")}
    return {"member_rank": one.member_rank, **dates, "ends_on": one.value, "source": "paper"}


def _lay(body: dict[str, Any], one: Observation) -> None:
    field = one.point.removeprefix("paper.")
    if field == "earlier_care":
        return  # it proves what is declared, and changes nothing of it
    if field == "right_ends_on":
        right = _read_right(body, one)
        if right not in body["known_rights"]:
            body["known_rights"].append(right)
    elif one.point.startswith("paper."):
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
