"""The whole outcome of an application that is nobody's: the engine, the clocks and the appeal of the live case, nothing
of its own.

Nothing here depends on today: the days are those of the application and of what is said to have followed.
"""

from __future__ import annotations

from services.decision.domain.delays.computed_clock import PARIS
from services.decision.domain.eligibility.evaluation import evaluate
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.law.interpretations import Collection
from services.decision.domain.law.rulebook import Rulebook
from services.decision.domain.simulation import response as out
from services.decision.domain.simulation.answer import AnswerWriter
from services.decision.domain.simulation.assumed_history import AssumedHistory
from services.decision.domain.simulation.request import OVERSEAS, InvalidSimulation, SimulatedApplication, facts_of
from services.decision.domain.simulation.validation import what_cannot_be, without_decision


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
    facts = CaseFacts.of(declared, application.caisse)
    where = application.overseas if application.overseas is not None else overseas
    far = application.caisse in OVERSEAS if where is None else where
    assessment = evaluate(facts, book, overseas=far)
    following = AssumedHistory.of(
        application, declared, assessment, book, department or department_of(application.caisse)
    )
    if found := without_decision(application, following.decided()):
        raise InvalidSimulation(found)
    return AnswerWriter(facts, assessment, book, readings).whole(application, far, following)


def department_of(caisse: str | None) -> str:
    """The département whose holidays and time zone count: that of the code of the caisse; Paris where none is named."""
    return PARIS if caisse is None else caisse if caisse in OVERSEAS else caisse[:2]
