"""The whole outcome of an application that is nobody's: the engine, the clocks and the appeal of the live case, nothing
of its own.

Nothing here depends on today: the days are those of the application and of what is said to have followed.
"""

from __future__ import annotations

from services.decision.domain.delays.computed_clock import PARIS
from services.decision.domain.eligibility.evaluation import evaluate
from services.decision.domain.eligibility.facts import CaseFacts, Observation
from services.decision.domain.eligibility.observations import InvalidObservation, observe
from services.decision.domain.law.interpretations import Collection
from services.decision.domain.law.rulebook import Rulebook
from services.decision.domain.simulation import response as out
from services.decision.domain.simulation.answer import AnswerWriter
from services.decision.domain.simulation.assumed_history import AssumedHistory
from services.decision.domain.simulation.request import (
    OVERSEAS,
    InvalidSimulation,
    SimulatedApplication,
    facts_of,
)
from services.decision.domain.simulation.validation import what_cannot_be, without_decision
from shared.contract.input_errors import InputError


def simulate(
    application: SimulatedApplication,
    book: Rulebook,
    readings: Collection,
    *,
    overseas: bool | None = None,
    department: str | None = None,
) -> out.Outcome:
    """The outcome by the law of its dates. ``overseas`` and ``department``: of the caisse, where the reference data
    know it.

    Raises ``InvalidSimulation`` for facts that cannot all be true.
    """
    declared = facts_of(application)
    if found := what_cannot_be(application, declared, book):
        raise InvalidSimulation(found)
    facts = CaseFacts.of(declared, application.caisse).model_copy(update={"hypothetical": True})
    where = application.overseas if application.overseas is not None else overseas
    far = application.caisse in OVERSEAS if where is None else where
    facts = found_by_agents(facts, application, book)
    assessment = evaluate(facts, book, overseas=far)
    following = AssumedHistory.of(
        application, declared, facts, assessment, book, department or department_of(application.caisse)
    )
    if found := without_decision(application, following.decided()):
        raise InvalidSimulation(found)
    return AnswerWriter(facts, assessment, book, readings).whole(application, far, following)


def found_by_agents(facts: CaseFacts, application: SimulatedApplication, book: Rulebook) -> CaseFacts:
    """The facts with what agents found laid over them, as in a live case. Raises ``InvalidSimulation``."""
    for at, one in enumerate(application.findings):
        paper = facts.papers[one.paper].paper_id if one.paper is not None and one.paper < len(facts.papers) else None
        seen = Observation(
            point=one.point,
            value=one.value,
            member_rank=one.member_rank,
            paper_id=paper,
            proof=one.proof,
            observed_on=one.on,
        )
        try:
            facts = observe(facts, seen, book)
        except InvalidObservation as flaw:
            pointer = f"/findings/{at}"
            raise InvalidSimulation([InputError(pointer, "finding_invalid", f"Constat impossible : {flaw}.")]) from None
    return facts


def department_of(caisse: str | None) -> str:
    """The département whose holidays and time zone count: that of the code of the caisse; Paris where none is named."""
    return PARIS if caisse is None else caisse if caisse in OVERSEAS else caisse[:2]
