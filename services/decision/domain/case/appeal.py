"""What may come after a decision: reasons asked for, appeals and their answers, withdrawal, changes during the right.

Each step checks the law of the decision's own day; what comes too late is recorded as such, never dropped, and a person
judges. A withdrawal that takes a right away is always preceded by its adversarial step.
"""

from __future__ import annotations

import datetime as dt
from typing import cast

from services.decision.domain.case.case import Case, Step, changed, timed
from services.decision.domain.case.context import Emission, Refusal, Setting
from services.decision.domain.delays.acts import (
    Act,
    Answered,
    AppealFiled,
    AppealOutcome,
    AppealSettled,
    Body,
    Decided,
    Ground,
    HearingOpened,
    Notified,
    ReasonsGiven,
    ReasonsRequested,
    Revoked,
    RightEnded,
    TitleHandedOver,
)
from services.decision.domain.delays.timeline import in_time
from services.decision.domain.law import delay
from services.decision.domain.law.rulebook import Value
from services.decision.domain.law.value_types import AppealBody, Change, Texts
from shared.contract import events as ev
from shared.ids import named_uuid

BODIES = {
    "gracieux": "recours gracieux devant la caisse",
    "rapo": "recours préalable devant l'auteur de la décision",
    "cdas": "commission départementale d'aide sociale",
    "tribunal_administratif": "tribunal administratif",
    "commission_centrale_aide_sociale": "commission centrale d'aide sociale",
}


def last_decision(case: Case) -> Decided:
    """The decision in force. Raises ``Refusal`` where there is none."""
    found = next((act for act in reversed(case.acts) if isinstance(act, Decided)), None)
    if found is None or case.decision_id is None:
        raise Refusal("not_decided", "Ce dossier n'a pas encore reçu de décision.")
    return found


def _adverse(case: Case) -> Decided:
    decision = last_decision(case)
    if case.state == "open":
        raise Refusal("decision_annulled", "La décision est tombée : le dossier est à décider de nouveau.")
    if decision.outcome == "granted" and not decision.partial:
        raise Refusal("nothing_to_appeal", "L'admission ne refuse rien à personne : il n'y a rien à contester.")
    return decision


def _possible(on: dt.date, since: dt.date, setting: Setting) -> None:
    if on > setting.day:
        raise Refusal("date_in_future", f"Le {on.isoformat()} n'est pas encore venu.")
    if on < since:
        raise Refusal(
            "date_before_cause", f"Le {on.isoformat()} précède le {since.isoformat()}, jour de ce dont il s'agit."
        )


def notified(case: Case, on: dt.date, appeal_stated: bool, setting: Setting) -> Step:
    """The day the person received the decision is proved: the delays of appeal run from it."""
    _possible(on, last_decision(case).on, setting)
    told = Notified(on=on, appeal_stated=appeal_stated, proved=True)
    kept = [act for act in case.acts if not (isinstance(act, Notified) and act in case.since_decision)]
    return timed(changed(case, acts=kept), setting, told), []


def title_handed_over(case: Case, on: dt.date, setting: Setting) -> Step:
    """The person collected the title."""
    decision = last_decision(case)
    if decision.outcome != "granted":
        raise Refusal("nothing_granted", "Aucun titre n'est à remettre : le dossier n'est pas admis.")
    _possible(on, decision.on, setting)
    return timed(changed(case), setting, TitleHandedOver(on=on)), []


def reasons_requested(case: Case, on: dt.date, setting: Setting) -> Step:
    """The person asks for the reasons of an implicit refusal (CRPA L. 232-4; before 2016 law of 11 July 1979, art.
    5)."""
    decision = last_decision(case)
    if decision.outcome != "lapsed":
        raise Refusal(
            "not_implicit", "Les motifs d'une décision écrite y figurent : seul un refus implicite en appelle."
        )
    _possible(on, decision.on, setting)
    if any(isinstance(act, ReasonsRequested) for act in case.since_decision):
        raise Refusal("reasons_already_requested", "Les motifs ont déjà été demandés.")
    due = delay.due_on(setting.delay("reasons", on), on)
    fields = {"decision_id": case.decision_id, "requested_on": on, "due_on": due}
    return timed(changed(case), setting, ReasonsRequested(on=on)), [Emission(ev.ReasonsRequested, fields)]


def reasons_given(case: Case, on: dt.date, setting: Setting) -> Step:
    """The reasons were given: the delay of appeal runs from that day."""
    asked = next((act for act in case.since_decision if isinstance(act, ReasonsRequested)), None)
    if asked is None:
        raise Refusal("reasons_not_requested", "Aucune demande de motifs n'est enregistrée.")
    _possible(on, asked.on, setting)
    return timed(changed(case), setting, ReasonsGiven(on=on)), []


def appeals(case: Case) -> list[tuple[AppealFiled, AppealSettled | None]]:
    """The appeals of a case in order, each with its answer."""
    answers = {act.number: act for act in case.acts if isinstance(act, AppealSettled)}
    return [(act, answers.get(act.number)) for act in case.acts if isinstance(act, AppealFiled)]


def open_appeal(case: Case) -> AppealFiled | None:
    """The appeal that waits for its answer."""
    return next((filed for filed, answer in appeals(case) if answer is None), None)


def appeal(case: Case, body: Body, on: dt.date, by: str, acknowledged: bool, setting: Setting) -> Step:
    """An appeal was filed. Raises ``Refusal`` before a body that the law of the decision's day does not name, or too
    early.

    A late appeal is recorded, with ``in_time`` False: its body judges that it is inadmissible, not this service.
    """
    decision = _adverse(case)
    _possible(on, decision.on, setting)
    law: AppealBody = setting.book.value("appeal.body", decision.on).value
    if body not in {law.kind, law.then, "gracieux"}:
        raise Refusal(
            "appeal_body_wrong",
            f"Une décision du {decision.on.isoformat()} se conteste d'abord par : {BODIES[law.kind]}, puis : "
            f"{BODIES[law.then]}.",
        )
    if open_appeal(case) is not None and body != "gracieux":
        raise Refusal("appeal_open", "Un recours attend encore sa réponse.")
    since = [act for act in case.since_decision if isinstance(act, AppealSettled)]
    answered = any(answer in since and filed.body == law.kind for filed, answer in appeals(case))
    if body == law.then and not answered:
        raise Refusal("first_appeal_missing", f"Le premier recours n'a pas encore de réponse : {BODIES[law.kind]}.")
    timely = in_time(case.drawn(setting), "court" if body == law.then else "appeal", on)
    number = len(appeals(case)) + 1
    fields = {
        "decision_id": case.decision_id,
        "appeal_no": number,
        "body": body,
        "filed_on": on,
        "filed_by": by,
        "in_time": timely,
    }
    filed = AppealFiled(on=on, body=body, by=by, acknowledged=acknowledged, number=number)
    return timed(changed(case), setting, filed), [Emission(ev.Appealed, fields)]


def answer(
    case: Case,
    number: int,
    outcome: AppealOutcome,
    on: dt.date,
    notified_on: dt.date | None,
    appeal_stated: bool,
    setting: Setting,
) -> Step:
    """The body of an appeal answered. Where the decision falls, the case is open again, for a person to decide.

    A right then granted takes effect at the deposit, as if it had been granted at once.
    """
    found = next((pair for pair in appeals(case) if pair[0].number == number), None)
    if found is None:
        raise Refusal("appeal_unknown", f"Ce dossier n'a pas de recours n° {number}.")
    filed, before = found
    if before is not None and not before.implicit:
        raise Refusal("appeal_settled", "Ce recours a déjà reçu sa réponse.")
    _possible(on, filed.on, setting)
    settled = AppealSettled(on=on, outcome=outcome, notified_on=notified_on, appeal_stated=appeal_stated, number=number)
    kept = [act for act in case.acts if act is not before]
    return _settled(case.model_copy(update={"acts": kept}), filed, settled, setting)


def silence_on_appeal(case: Case, number: int, due: dt.date, setting: Setting) -> Step:
    """Two months of silence rejected an appeal to the author of the decision."""
    filed = next((one for one, before in appeals(case) if one.number == number and before is None), None)
    if filed is None:
        return case, []
    return _settled(case, filed, AppealSettled(on=due, outcome="rejected", implicit=True, number=number), setting)


def _settled(case: Case, filed: AppealFiled, settled: AppealSettled, setting: Setting) -> Step:
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
    return timed(changed(case, state=state), setting, settled), [Emission(ev.AppealSettled, fields)]


def texts(setting: Setting, on: dt.date) -> Value:
    """The texts a decision of that day cites."""
    return setting.book.value("refusal.texts", on)


def way(setting: Setting, on: dt.date) -> ev.AppealWay:
    """How an adverse decision of that day is contested, for its letter."""
    law = setting.book.value("appeal.body", on)
    body: AppealBody = law.value
    cited = texts(setting, on)
    known: Texts = cited.value
    return ev.AppealWay(
        kind=body.kind,
        body=setting.policy.appeal_body(on),
        months=setting.delay("appeal", on).months,
        then=body.then,
        mandatory=body.mandatory,
        reasons=known.reasons,
        appeal=known.appeal,
        confidence=cited.confidence,
    )


def _right(case: Case) -> Decided:
    decision = last_decision(case)
    if case.state != "granted":
        raise Refusal("nothing_granted", "Aucun droit n'est ouvert par ce dossier.")
    return decision


def hear(case: Case, ground: Ground, setting: Setting) -> Step:
    """Tell the person on what ground the right may be withdrawn or ended; the answer may come until the delay is
    over."""
    decision = _right(case)
    if ground == "unlawful":
        _in_four_months(decision, setting)
    due = delay.due_on(setting.delay("hearing", setting.day), setting.day)
    number = 1 + sum(isinstance(act, HearingOpened) for act in case.acts)
    cited: Texts = texts(setting, setting.day).value
    fields = {
        "decision_id": case.decision_id,
        "hearing_no": number,
        "ground": ground,
        "due_on": due,
        "reference": cited.hearing,
    }
    opened = HearingOpened(on=setting.day, ground=ground, due_on=due)
    return timed(changed(case), setting, opened), [Emission(ev.HearingOpened, fields)]


def answered(case: Case, on: dt.date, setting: Setting) -> Step:
    """The person answered before the withdrawal."""
    hearing = _hearing(case, None)
    if hearing is None:
        raise Refusal("hearing_missing", "La personne n'a pas été invitée à répondre.")
    _possible(on, hearing.on, setting)
    return timed(changed(case), setting, Answered(on=on)), []


def _hearing(case: Case, ground: Ground | None) -> HearingOpened | None:
    opened = [act for act in case.since_decision if isinstance(act, HearingOpened) and ground in {None, act.ground}]
    return opened[-1] if opened else None


def _heard(case: Case, ground: Ground, setting: Setting) -> None:
    """Raises ``Refusal`` unless the person was told this ground and answered, or let the delay pass."""
    hearing = _hearing(case, ground)
    if hearing is None:
        raise Refusal("hearing_missing", "La personne doit d'abord être invitée à répondre, sur ce motif.")
    answer_came = any(isinstance(act, Answered) and act.on >= hearing.on for act in case.since_decision)
    if not answer_came and setting.day <= hearing.due_on:
        raise Refusal("hearing_running", f"La personne peut répondre jusqu'au {hearing.due_on.isoformat()} inclus.")


def _in_four_months(decision: Decided, setting: Setting) -> None:
    last = delay.due_on(setting.delay("withdrawal", decision.on), decision.on)
    if setting.day > last:
        raise Refusal(
            "withdrawal_too_late",
            f"Une décision illégale se retire dans les quatre mois, soit jusqu'au {last.isoformat()} ; une fraude, à "
            f"tout moment.",
        )


def revoke(case: Case, ground: Ground, setting: Setting, agent: str) -> Step:
    """Withdraw the last decision. A withdrawn grant leaves a refusal, to be contested as one; a withdrawn refusal opens
    the case.

    Raises ``Refusal`` when four months have passed (fraud apart), or before the person was heard where a right is
    taken.
    """
    decision = last_decision(case)
    if case.state not in {"granted", "refused", "lapsed"}:
        raise Refusal("not_decided", "Aucune décision n'est en vigueur.")
    if ground != "fraud" and ground != "request":
        _in_four_months(decision, setting)
    takes_away = decision.outcome == "granted"
    if takes_away and ground != "request":
        _heard(case, ground, setting)
    number = sum(isinstance(act, Revoked) for act in case.acts)
    revocation = named_uuid(case.application_id, "revoked", case.decision_id, number)
    cited: Texts = texts(setting, setting.day).value
    fields = {
        "decision_id": revocation,
        "revoked_decision_id": case.decision_id,
        "outcome": decision.outcome,
        "ground": ground,
        "revoked_on": setting.day,
        "signatory": agent,
        "reference": cited.withdrawal,
        "appeal": way(setting, setting.day) if takes_away else None,
    }
    happened: list[Act] = [Revoked(on=setting.day, ground=ground)]
    if takes_away:
        happened.append(Decided(on=setting.day, outcome="refused"))
        case = changed(case, state="refused", decision_id=revocation, decided_on=setting.day)
    else:
        case = changed(case, state="open")
    return timed(case, setting, *happened), [Emission(ev.Revoked, fields)]


def change(
    case: Case, code: str, on: dt.date, ranks: set[int], everyone: set[int], ends: bool | None, setting: Setting
) -> Step:
    """A change during the right, by the law of its day: the right ends, stays open, or an agent says (``ends``).

    ``ranks``: whom it concerns; ``everyone``: the members with a right. Raises ``Refusal`` when the agent must say,
    when the
    law leaves no choice, or before the person was heard where the law wants it.
    """
    decision = _right(case)
    law = setting.book.find(f"change.{code}", on)
    if law is None:
        raise Refusal("change_unknown", f"« {code} » n'est pas un changement que les règles connaissent.")
    _possible(on, min(decision.on, on), setting)
    rule: Change = law.value
    if rule.effect == "human" and ends is None:
        detail = f"{law.label} : le texte ne tranche pas, dites si le droit prend fin ({law.source})."
        raise Refusal("change_needs_judgement", detail)
    if rule.effect in {"stays", "transfer"} and ends:
        raise Refusal("change_leaves_right", f"{law.label} : le droit reste ouvert ({law.reference}).")
    if rule.effect == "ends" and ends is False:
        raise Refusal("change_ends_right", f"{law.label} : le droit prend fin ({law.reference}).")
    if not (rule.effect == "ends" or ends):
        return changed(case), []
    concerned = everyone if rule.whole else ranks & everyone
    if not concerned:
        raise Refusal("nobody_concerned", "Aucune des personnes nommées n'a de droit ouvert par ce dossier.")
    if rule.hearing:
        _heard(case, cast(Ground, code), setting)
    fields = {
        "decision_id": case.decision_id,
        "change": code,
        "member_ranks": sorted(concerned),
        "ended_on": on,
        "reference": law.reference,
        "confidence": law.confidence,
    }
    happened = [RightEnded(on=on, change=code)] if concerned == everyone else []
    return timed(changed(case), setting, *happened), [Emission(ev.RightEnded, fields)]
