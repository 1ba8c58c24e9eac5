"""What must hold before an act: the case open, decidable, decided."""

from __future__ import annotations

import datetime as dt

from services.decision.domain.case.case import Case
from services.decision.domain.case.context import ActionNotAllowed, DecisionContext
from services.decision.domain.delays.acts import Decided


def last_decision(case: Case) -> Decided:
    """The decision in force. Raises ``ActionNotAllowed`` where there is none."""
    found = next((act for act in reversed(case.acts) if isinstance(act, Decided)), None)
    if found is None or case.decision_id is None:
        raise ActionNotAllowed("not_decided", "Ce dossier n'a pas encore reçu de décision.")
    return found


def must_be_possible(on: dt.date, since: dt.date, context: DecisionContext) -> None:
    """Raises ``ActionNotAllowed`` for a day to come or a day before what it follows from."""
    if on > context.day:
        raise ActionNotAllowed("date_in_future", f"Le {on.isoformat()} n'est pas encore venu.")
    if on < since:
        raise ActionNotAllowed(
            "date_before_cause", f"Le {on.isoformat()} précède le {since.isoformat()}, jour de ce dont il s'agit."
        )


def must_be_open(case: Case) -> None:
    """Raises ``ActionNotAllowed`` when the case is not to be instructed."""
    if case.state == "awaiting":
        raise ActionNotAllowed("application_unknown", "La demande elle-même n'est pas encore connue de ce service.")
    if case.state != "open":
        raise ActionNotAllowed("case_closed", f"Le dossier n'est plus à décider (état : {case.state}).")


def must_be_decidable(case: Case) -> None:
    """Raises ``ActionNotAllowed`` unless the case is open, or was refused by silence only."""
    if case.state == "awaiting":
        raise ActionNotAllowed("application_unknown", "La demande elle-même n'est pas encore connue de ce service.")
    if case.state not in {"open", "lapsed"}:
        raise ActionNotAllowed("case_closed", f"Le dossier n'est plus à décider (état : {case.state}).")
