"""A right withdrawn or ended early: hearing, revocation, changes."""

from __future__ import annotations

import datetime as dt
from typing import cast

from services.decision.domain.case.appeal_route import texts, way
from services.decision.domain.case.case import Case, Transition, changed, recompute_clocks
from services.decision.domain.case.context import ActionNotAllowed, DecisionContext, PendingEvent
from services.decision.domain.case.preconditions import last_decision, must_be_possible, must_not_await_answer
from services.decision.domain.delays.acts import (
    Act,
    Answered,
    Decided,
    Ground,
    HearingOpened,
    Revoked,
    RightEnded,
)
from services.decision.domain.law import delay
from services.decision.domain.law.value_types import Change, Texts
from shared.contract import events as ev
from shared.french import long_date
from shared.ids import named_uuid


def _right(case: Case) -> Decided:
    decision = last_decision(case)
    if case.state != "granted":
        raise ActionNotAllowed("nothing_granted", "Aucun droit n'est ouvert par ce dossier.")
    return decision


def open_hearing(case: Case, ground: Ground, context: DecisionContext) -> Transition:
    """Tell the person on what ground the right may be withdrawn or ended; the answer may come until the delay is
    over."""
    decision = _right(case)
    if ground == "unlawful":
        _in_four_months(decision, context)
    due = delay.due_on(context.delay("hearing", context.day), context.day)
    number = 1 + sum(isinstance(act, HearingOpened) for act in case.acts)
    cited: Texts = texts(context, context.day).value
    fields = {
        "decision_id": case.decision_id,
        "hearing_no": number,
        "ground": ground,
        "due_on": due,
        "reference": cited.hearing,
    }
    opened = HearingOpened(on=context.day, ground=ground, due_on=due)
    return recompute_clocks(changed(case), context, opened), [PendingEvent(ev.HearingOpened, fields)]


def answered(case: Case, on: dt.date, context: DecisionContext) -> Transition:
    """The person answered before the withdrawal."""
    hearing = _hearing(case, None)
    if hearing is None:
        raise ActionNotAllowed("hearing_missing", "La personne n'a pas été invitée à répondre.")
    must_be_possible(on, hearing.on, context)
    return recompute_clocks(changed(case), context, Answered(on=on)), []


def _hearing(case: Case, ground: Ground | None) -> HearingOpened | None:
    opened = [act for act in case.since_decision if isinstance(act, HearingOpened) and ground in {None, act.ground}]
    return opened[-1] if opened else None


def _must_be_heard(case: Case, ground: Ground, context: DecisionContext) -> None:
    """Raises ``ActionNotAllowed`` unless the person was told this ground and answered, or let the delay pass."""
    hearing = _hearing(case, ground)
    if hearing is None:
        raise ActionNotAllowed("hearing_missing", "La personne doit d'abord être invitée à répondre, sur ce motif.")
    answer_came = any(isinstance(act, Answered) and act.on >= hearing.on for act in case.since_decision)
    if not answer_came and context.day <= hearing.due_on:
        raise ActionNotAllowed(
            "hearing_running", f"La personne peut répondre jusqu'au {long_date(hearing.due_on)} inclus."
        )


def _in_four_months(decision: Decided, context: DecisionContext) -> None:
    last = delay.due_on(context.delay("withdrawal", decision.on), decision.on)
    if context.day > last:
        raise ActionNotAllowed(
            "withdrawal_too_late",
            f"Une décision illégale se retire dans les quatre mois, soit jusqu'au {long_date(last)} ; une fraude, à "
            f"tout moment.",
        )


def revoke(case: Case, ground: Ground, context: DecisionContext, agent: str) -> Transition:
    """Withdraw the last decision. A withdrawn grant leaves a refusal, to be contested as one; a withdrawn refusal opens
    the case.

    Raises ``ActionNotAllowed`` when four months have passed (fraud apart), or before the person was heard where a right
    is taken.
    """
    decision = last_decision(case)
    if case.state not in {"granted", "refused", "lapsed"}:
        raise ActionNotAllowed("not_decided", "Aucune décision n'est en vigueur.")
    if ground != "fraud" and ground != "request":
        _in_four_months(decision, context)
    takes_away = decision.outcome == "granted"
    if takes_away and ground != "request":
        must_not_await_answer(case, context)
    if takes_away and ground != "request":
        _must_be_heard(case, ground, context)
    number = sum(isinstance(act, Revoked) for act in case.acts)
    revocation = named_uuid(case.application_id, "revoked", case.decision_id, number)
    cited: Texts = texts(context, context.day).value
    fields = {
        "decision_id": revocation,
        "revoked_decision_id": case.decision_id,
        "outcome": decision.outcome,
        "ground": ground,
        "revoked_on": context.day,
        "signatory": agent,
        "reference": cited.withdrawal,
        "appeal": way(context, context.day) if takes_away else None,
    }
    happened: list[Act] = [Revoked(on=context.day, ground=ground)]
    if takes_away:
        happened.append(Decided(on=context.day, outcome="refused"))
        case = changed(case, state="refused", decision_id=revocation, decided_on=context.day)
    else:
        case = changed(case, state="open")
    return recompute_clocks(case, context, *happened), [PendingEvent(ev.Revoked, fields)]


def change(
    case: Case, code: str, on: dt.date, ranks: set[int], everyone: set[int], ends: bool | None, context: DecisionContext
) -> Transition:
    """A change during the right, by the law of its day: the right ends, stays open, or an agent says (``ends``).

    ``ranks``: whom it concerns; ``everyone``: the members with a right. Raises ``ActionNotAllowed`` when the agent must
    say, when the law leaves no choice, or before the person was heard where the law wants it.
    """
    decision = _right(case)
    law = context.book.find(f"change.{code}", on)
    if law is None:
        raise ActionNotAllowed("change_unknown", f"« {code} » n'est pas un changement que les règles connaissent.")
    must_be_possible(on, min(decision.on, on), context)
    rule: Change = law.value
    if rule.effect == "human" and ends is None:
        detail = f"{law.label} : le texte ne tranche pas, dites si le droit prend fin ({law.source})."
        raise ActionNotAllowed("change_needs_judgement", detail)
    if rule.effect in {"stays", "transfer"} and ends:
        raise ActionNotAllowed("change_leaves_right", f"{law.label} : le droit reste ouvert ({law.reference}).")
    if rule.effect == "ends" and ends is False:
        raise ActionNotAllowed("change_ends_right", f"{law.label} : le droit prend fin ({law.reference}).")
    if not (rule.effect == "ends" or ends):
        return changed(case), []
    concerned = everyone if rule.whole else ranks & everyone
    if not concerned:
        raise ActionNotAllowed("nobody_concerned", "Aucune des personnes nommées n'a de droit ouvert par ce dossier.")
    must_not_await_answer(case, context)
    if rule.hearing:
        _must_be_heard(case, cast(Ground, code), context)
    fields = {
        "decision_id": case.decision_id,
        "change": code,
        "member_ranks": sorted(concerned),
        "ended_on": on,
        "reference": law.reference,
        "confidence": law.confidence,
    }
    happened = [RightEnded(on=on, change=code)] if concerned == everyone else []
    return recompute_clocks(changed(case), context, *happened), [PendingEvent(ev.RightEnded, fields)]
