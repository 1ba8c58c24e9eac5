"""One locked case, and the rows its steps have to write."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from services.decision.domain.case.apply_event import evaluation_id
from services.decision.domain.case.case import Case, CaseUpdate
from services.decision.domain.case.context import DecisionContext, PendingEvent
from services.decision.domain.comparison import document
from services.decision.domain.eligibility.evaluation import Assessment
from services.decision.domain.eligibility.facts import CaseFacts
from shared.contract import events as ev
from shared.contract.sealed_figures import sealed
from shared.ids import named_uuid


@dataclass
class LockedCase:
    """One locked case, and what its steps have to write. ``figures_key``: seals what the topic must not tell."""

    case: Case
    facts: CaseFacts | None
    figures_key: str = ""
    changed: bool = False
    facts_changed: bool = False
    events: list[ev.DecisionEvent] = field(default_factory=list)
    evaluations: list[dict[str, Any]] = field(default_factory=list)
    found: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    rights: list[dict[str, Any]] = field(default_factory=list)
    reasons: list[dict[str, Any]] = field(default_factory=list)
    acts: list[dict[str, Any]] = field(default_factory=list)
    ended: list[dict[str, Any]] = field(default_factory=list)
    deaths: list[dict[str, Any]] = field(default_factory=list)

    def record_step(
        self, step: CaseUpdate, context: DecisionContext, cause: ev.Event | None, actor: ev.Actor, correlation: str
    ) -> None:
        """Note what one step changed, evaluated and emitted."""
        self.changed = self.changed or step.case is not self.case
        if step.case.acts is not self.case.acts:
            self._record_new_acts(step.case, context, actor)
        self.case, self.facts = step.case, step.facts
        self.facts_changed = self.facts_changed or step.facts_changed
        if step.assessment is not None:
            self._evaluated(step.assessment, context)
        for emission in step.emissions:
            self._emitted(emission, context, cause, actor, correlation)

    def _record_new_acts(self, after: Case, context: DecisionContext, actor: ev.Actor) -> None:
        """Put the new acts on record. A decision has its own table, the end of an application its own event."""
        before = set(map(id, self.case.acts))
        for place, act in enumerate(after.acts):
            if id(act) in before or act.kind in {"decided", "closed"}:
                continue
            codes = act.model_dump(mode="json", exclude={"kind", "on"}, exclude_none=True)
            self.record(act.kind, act.on, codes, context, actor, place)

    def record(
        self, kind: str, on: dt.date, codes: dict[str, Any], context: DecisionContext, actor: ev.Actor, place: int = -1
    ) -> None:
        """Put one act on record: what, when, by whom; codes and dates only."""
        case = self.case
        self.acts.append(
            {
                "act_id": named_uuid("act", case.application_id, case.version, kind, place),
                "application_id": case.application_id,
                "caisse": case.caisse,
                "kind": kind,
                "happened_on": on,
                "recorded_on": context.day,
                "actor_role": actor.role,
                "actor_id": actor.id,
                "codes": codes,
            }
        )

    def _evaluated(self, assessment: Assessment, context: DecisionContext) -> None:
        case, identifier = self.case, evaluation_id(self.case)
        self.evaluations.append(
            {
                "evaluation_id": identifier,
                "application_id": case.application_id,
                "number": case.evaluations,
                "facts_version": case.facts_version,
                "rule_set": context.book.id,
                "engine": context.engine,
                "overseas": context.policy.overseas,
                "on_date": assessment.on,
                "evaluated_on": context.day,
                "proposal": assessment.proposal,
                "digest": case.digest,
            }
        )
        self.found.append(
            {"evaluation_id": identifier, "application_id": case.application_id, "body": document(assessment)}
        )

    def _emitted(
        self,
        emission: PendingEvent,
        context: DecisionContext,
        cause: ev.Event | None,
        actor: ev.Actor,
        correlation: str,
    ) -> None:
        case, fields = self.case, emission.fields
        common: dict[str, Any] = {
            "application_id": case.application_id,
            "caisse": case.caisse,
            "correlation_id": correlation,
        }
        if cause is not None:
            common["causation_id"] = cause.id
        event = emission.event.new(**{**common, "actor": actor, **fields})
        self.events.append(sealed(event, self.figures_key) if isinstance(event, ev.Granted | ev.Refused) else event)
        if emission.event in {ev.Revoked, ev.RightEnded}:
            self._ended(emission)
        outcome = {
            ev.Granted: "granted",
            ev.Refused: "refused",
            ev.LapsedToRefusal: "lapsed",
            ev.Revoked: "revoked",
        }.get(emission.event)
        if outcome is None:
            return
        motives = fields.get("motives", fields.get("refused_members", []))
        named = [{"code": motive.code, "member_rank": int(motive.facts.get("member_rank", "0"))} for motive in motives]
        appeal_body = fields.get("appeal_body") or context.policy.appeal_body(context.day)
        self.decisions.append(
            {
                "decision_id": fields["decision_id"],
                "application_id": case.application_id,
                "caisse": case.caisse,
                "outcome": outcome,
                "decided_on": fields.get("decided_on") or fields.get("lapsed_on") or fields["revoked_on"],
                "effect_on": fields.get("effect_on"),
                "automatic": fields.get("automatic", False),
                "signatory": fields.get("signatory", ""),
                "appeal_body": appeal_body,
                "motives": named,
                "evaluation_number": case.evaluations,
                "proposal": case.proposal,
                "prepared_by": fields.get("prepared_by", ""),
                "override": fields.get("override", ""),
            }
        )
        for right in fields.get("entitlements", []):
            self.rights.append(
                {
                    "decision_id": fields["decision_id"],
                    "application_id": case.application_id,
                    "caisse": case.caisse,
                    **right.model_dump(exclude={"planned_care_from"}),
                }
            )

    def _ended(self, emission: PendingEvent) -> None:
        """Rights that a withdrawal or a change ends: a withdrawn right never was, its last day lies before its
        first."""
        fields = emission.fields
        if emission.event is ev.RightEnded:
            if fields["change"] == "death":
                whose = {"application_id": self.case.application_id, "ranks": fields["member_ranks"]}
                self.deaths.append({**whose, "died_on": fields["ended_on"]})
            self.ended.append(
                {
                    "decision_id": fields["decision_id"],
                    "ranks": fields["member_ranks"],
                    "ended_on": fields["ended_on"],
                    "ended_by": fields["change"],
                }
            )
        elif fields["outcome"] == "granted":
            self.ended.append(
                {
                    "decision_id": fields["revoked_decision_id"],
                    "ranks": None,
                    "ended_on": None,
                    "ended_by": fields["ground"],
                }
            )
