"""What must hold before an act: the case open, decidable, decided."""

from __future__ import annotations

import datetime as dt

from services.decision.domain.case.case import Case
from services.decision.domain.case.context import ActionNotAllowed, DecisionContext
from services.decision.domain.delays.acts import Decided
from shared.french import long_date


def last_decision(case: Case) -> Decided:
    """The decision in force. Raises ``ActionNotAllowed`` where there is none."""
    found = next((act for act in reversed(case.acts) if isinstance(act, Decided)), None)
    if found is None or case.decision_id is None:
        raise ActionNotAllowed("not_decided", "Ce dossier n'a pas encore reçu de décision.")
    return found


def must_be_possible(on: dt.date, since: dt.date, context: DecisionContext) -> None:
    """Raises ``ActionNotAllowed`` for a day to come or a day before what it follows from."""
    if on > context.day:
        raise ActionNotAllowed("date_in_future", f"Le {long_date(on)} n'est pas encore venu.")
    if on < since:
        raise ActionNotAllowed(
            "date_before_cause", f"Le {long_date(on)} précède le {long_date(since)}, jour de ce dont il s'agit."
        )


def must_be_open(case: Case) -> None:
    """Raises ``ActionNotAllowed`` when the case is not to be instructed.

    It is where an admission is to be completed after an appeal."""
    if case.state == "awaiting":
        raise ActionNotAllowed("application_unknown", "La demande elle-même n'est pas encore connue de ce service.")
    if case.state != "open" and not case.to_complete:
        raise ActionNotAllowed("case_closed", "Le dossier n'est plus à décider.")


def must_not_await_answer(case: Case, context: DecisionContext) -> None:
    """Raises ``ActionNotAllowed`` while the person may still answer to a confirmed resemblance: nothing adverse before.

    The clock is that of the judgement, so it holds whatever the ground of the act is.
    """
    running = [one for one in case.clocks if one.name == "match_answer" and not one.stopped and one.due_on is not None]
    last = max((one.due_on for one in running if one.due_on is not None), default=None)
    if last is not None and context.day <= last:
        raise ActionNotAllowed(
            "match_answer_running",
            f"La personne, avertie d'un rapprochement, peut répondre jusqu'au {long_date(last)} inclus.",
        )


def must_be_grantable(case: Case) -> None:
    """Raises ``ActionNotAllowed`` unless the case may be decided, or its admission completed after an appeal."""
    if not case.to_complete:
        must_be_decidable(case)


def must_be_decidable(case: Case) -> None:
    """Raises ``ActionNotAllowed`` unless the case is open, or was refused by silence only."""
    if case.state == "awaiting":
        raise ActionNotAllowed("application_unknown", "La demande elle-même n'est pas encore connue de ce service.")
    if case.state not in {"open", "lapsed"}:
        raise ActionNotAllowed("case_closed", "Le dossier n'est plus à décider.")
