"""What may come after a decision: reasons asked for, appeals and their answers, withdrawal, changes during the right.

Each step checks the law of the decision's own day; what comes too late is recorded as such, never dropped, and a person
judges. A withdrawal that takes a right away is always preceded by its adversarial step.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from services.decision.domain.case.case import Case, Transition, changed, recompute_clocks
from services.decision.domain.case.context import ActionNotAllowed, DecisionContext, PendingEvent
from services.decision.domain.case.preconditions import last_decision, must_be_possible
from services.decision.domain.delays.acts import (
    APPEAL_BODIES,
    AppealFiled,
    AppealOutcome,
    AppealSettled,
    Body,
    Decided,
    ReasonsGiven,
    ReasonsRequested,
)
from services.decision.domain.delays.contest import appeal_body, next_body
from services.decision.domain.delays.timeline import in_time
from services.decision.domain.law import delay
from services.decision.domain.law.rulebook import Value
from services.decision.domain.law.value_types import AppealBody
from shared.contract import events as ev
from shared.french import long_date
from shared.ids import named_uuid


def _contestable(case: Case) -> Decided:
    """The decision in force. An admission is contested for what it does not grant: a person, a day, earlier care."""
    decision = last_decision(case)
    if case.state == "open":
        raise ActionNotAllowed("decision_annulled", "La décision est tombée : le dossier est à décider de nouveau.")
    if case.to_complete:
        raise ActionNotAllowed("decision_annulled", "Un recours a été accueilli : l'admission est d'abord à compléter.")
    return decision


def reasons_requested(case: Case, on: dt.date, context: DecisionContext) -> Transition:
    """The person asks for the reasons of an implicit refusal (CRPA L. 232-4; before 2016 law of 11 July 1979, art.
    5)."""
    decision = last_decision(case)
    if decision.outcome != "lapsed":
        raise ActionNotAllowed(
            "not_implicit", "Les motifs d'une décision écrite y figurent : seul un refus implicite en appelle."
        )
    must_be_possible(on, decision.on, context)
    if any(isinstance(act, ReasonsRequested) for act in case.since_decision):
        raise ActionNotAllowed("reasons_already_requested", "Les motifs ont déjà été demandés.")
    due = delay.due_on(context.delay("reasons", on), on)
    fields = {"decision_id": case.decision_id, "requested_on": on, "due_on": due}
    after = recompute_clocks(changed(case), context, ReasonsRequested(on=on))
    return after, [PendingEvent(ev.ReasonsRequested, fields)]


def reasons_given(case: Case, on: dt.date, context: DecisionContext) -> Transition:
    """The reasons were given: the delay of appeal runs from that day."""
    asked = next((act for act in case.since_decision if isinstance(act, ReasonsRequested)), None)
    if asked is None:
        raise ActionNotAllowed("reasons_not_requested", "Aucune demande de motifs n'est enregistrée.")
    must_be_possible(on, asked.on, context)
    return recompute_clocks(changed(case), context, ReasonsGiven(on=on)), []


def appeals(case: Case) -> list[tuple[AppealFiled, AppealSettled | None]]:
    """The appeals of a case in order, each with its answer."""
    answers = {act.number: act for act in case.acts if isinstance(act, AppealSettled)}
    return [(act, answers.get(act.number)) for act in case.acts if isinstance(act, AppealFiled)]


def open_appeal(case: Case) -> AppealFiled | None:
    """The appeal that waits for its answer."""
    return next((filed for filed, answer in appeals(case) if answer is None), None)


def appeal(case: Case, body: Body, on: dt.date, by: str, acknowledged: bool, context: DecisionContext) -> Transition:
    """An appeal was filed.

    Raises ``ActionNotAllowed`` before a body that the law of the decision's day does not name, or too early.

    A late appeal is recorded, with ``in_time`` False: its body judges that it is inadmissible, not this service.
    """
    decision = _contestable(case)
    must_be_possible(on, decision.on, context)
    law: AppealBody = appeal_body(_law_of(context), decision.on, on).value
    since = [act for act in case.since_decision if isinstance(act, AppealSettled)]
    answered = [(filed, answer) for filed, answer in appeals(case) if answer in since and filed.body != "gracieux"]
    then = _next_body(decision, law, answered, on, context)
    if body not in {law.kind, then, "gracieux"}:
        raise ActionNotAllowed(
            "appeal_body_wrong",
            f"Une décision du {long_date(decision.on)} se conteste d'abord par : {APPEAL_BODIES[law.kind]}, puis : "
            f"{APPEAL_BODIES[then]}.",
        )
    if open_appeal(case) is not None and body != "gracieux":
        raise ActionNotAllowed("appeal_open", "Un recours attend encore sa réponse.")
    if body == then and not answered:
        raise ActionNotAllowed(
            "first_appeal_missing", f"Le premier recours n'a pas encore de réponse : {APPEAL_BODIES[law.kind]}."
        )
    number = len(appeals(case)) + 1
    filed = AppealFiled(on=on, body=body, by=by, acknowledged=acknowledged, number=number)
    # An admission that refuses nobody has a delay of appeal only once it is contested.
    whole = decision.outcome == "granted" and not decision.partial
    seen = case.model_copy(update={"acts": [*case.acts, filed]}) if whole else case
    timely = in_time(seen.computed_clocks(context), "court" if body == then else "appeal", on)
    fields = {
        "decision_id": case.decision_id,
        "appeal_no": number,
        "body": body,
        "filed_on": on,
        "filed_by": by,
        "in_time": timely,
        "decided_on": decision.on,
    }
    return recompute_clocks(changed(case), context, filed), [PendingEvent(ev.Appealed, fields)]


def _next_body(
    decision: Decided,
    law: AppealBody,
    answered: Sequence[tuple[AppealFiled, AppealSettled | None]],
    on: dt.date,
    context: DecisionContext,
) -> Body:
    """Who hears the appeal after the first, on a day: as its rule says, but for the commissions abolished in 2019."""
    if not answered:
        return law.then
    filed, answer = answered[0]
    settled = answer.on if answer is not None else on
    after = next_body(_law_of(context), decision.on, filed.body, settled, on)
    if after is None:
        own: AppealBody = context.book.value("appeal.body", decision.on).value
        return own.then if filed.body == own.kind else law.then
    found: Body = after.value.then if isinstance(after.value, AppealBody) else after.value
    return found


def _law_of(context: DecisionContext) -> Callable[[str, dt.date], Value]:
    """The version of a rule of a day; before the first known one, the first."""
    return lambda rule, on: context.book.find(rule, on) or context.book.history(rule)[0]


def answer(
    case: Case,
    number: int,
    outcome: AppealOutcome,
    on: dt.date,
    notified_on: dt.date | None,
    appeal_stated: bool,
    context: DecisionContext,
) -> Transition:
    """The body of an appeal answered. Where the decision falls, the case is open again, for a person to decide.

    A right then granted takes effect at the deposit, as if it had been granted at once. An answer by silence stays
    beside a written one: inside the delay it opened, the written one opens a new delay (CJA R. 421-2).
    """
    found = next((pair for pair in appeals(case) if pair[0].number == number), None)
    if found is None:
        raise ActionNotAllowed("appeal_unknown", f"Ce dossier n'a pas de recours n° {number}.")
    filed, before = found
    if before is not None and not before.implicit:
        raise ActionNotAllowed("appeal_settled", "Ce recours a déjà reçu sa réponse.")
    must_be_possible(on, filed.on, context)
    settled = AppealSettled(on=on, outcome=outcome, notified_on=notified_on, appeal_stated=appeal_stated, number=number)
    return _settled(case, filed, settled, context)


def silence_on_appeal(case: Case, number: int, due: dt.date, context: DecisionContext) -> Transition:
    """Two months of silence rejected an appeal to the author of the decision."""
    filed = next((one for one, before in appeals(case) if one.number == number and before is None), None)
    if filed is None:
        return case, []
    return _settled(case, filed, AppealSettled(on=due, outcome="rejected", implicit=True, number=number), context)


def _settled(case: Case, filed: AppealFiled, settled: AppealSettled, context: DecisionContext) -> Transition:
    fallen = settled.outcome in {"annulled", "reformed"} and case.state in {"refused", "lapsed"}
    fields = {
        "decision_id": case.decision_id,
        "appeal_no": filed.number,
        "body": filed.body,
        "outcome": settled.outcome,
        "settled_on": settled.on,
        "implicit": settled.implicit,
        "reopened": fallen,
    }
    if settled.implicit:
        fields["id"] = named_uuid(case.application_id, "appeal_settled", filed.number, settled.on)
    state = "open" if fallen else case.state
    return recompute_clocks(changed(case, state=state), context, settled), [PendingEvent(ev.AppealSettled, fields)]
