"""Reading and writing cases, many at once: a bounded number of round trips for a batch, whatever its size.

A case row is made (empty) and locked before it is read, so that the consumers of three topics, the ticker and an agent
never overwrite each other; locks are taken in the order of the ids.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.decision import tables
from services.decision.domain.case.apply_event import Progress, evaluation_id
from services.decision.domain.case.case import Case
from services.decision.domain.case.context import Emission, Policy, Setting
from services.decision.domain.delays import holidays
from services.decision.domain.eligibility.evaluation import Assessment
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.law import edition
from shared import clock
from shared.contract import events as ev
from shared.database.unit_of_work import Unit, emit
from shared.ids import named_uuid
from shared.messaging import dead_letters
from shared.messaging.reference_table import Reference

SYSTEM = ev.Actor(role="system", id="decision")
CASE_COLUMNS = (
    "caisse",
    "state",
    "version",
    "proposal",
    "identity",
    "waiting_for",
    "deposited_on",
    "received_on",
    "complete_on",
    "decided_on",
    "due_on",
    "wakes_on",
    "assignee",
    "facts_version",
    "priority",
    "appeal",
    "target_on",
    "body",
)


def policy_of(reference: Reference, caisse: str) -> Policy:
    """What the reference says of a caisse; a caisse unknown there decides nothing by itself."""
    record = reference.caisse(caisse)

    def appeal_body(on: dt.date) -> str:
        body = reference.appeal_body(caisse, on)
        if body is not None:
            return f"{caisse}:{body.since.isoformat()}"
        return str(edition.current().value("appeal.body", on).value.kind)

    if record is None:
        return Policy(appeal_body=appeal_body)
    return Policy(
        record.automatic_grant,
        record.signatory,
        record.overseas,
        appeal_body,
        record.department,
        frozenset(record.four_eyes),
        partial(reference.may_sign, caisse),
    )


def setting_of(reference: Reference, caisse: str) -> Setting:
    """The setting of a step at a caisse, on the day it is there."""
    policy, book = policy_of(reference, caisse), edition.current()
    day = clock.today(holidays.zone(book, policy.department, clock.today()))
    return Setting(day, book, policy, edition.engine_digest())


@dataclass
class Held:
    """One locked case, and what its steps have to write."""

    case: Case
    facts: CaseFacts | None
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

    def take(self, step: Progress, setting: Setting, cause: ev.Event | None, actor: ev.Actor, correlation: str) -> None:
        """Note what one step changed, evaluated and emitted."""
        self.changed = self.changed or step.case is not self.case
        if step.case.acts is not self.case.acts:
            self._happened(step.case, setting, actor)
        self.case, self.facts = step.case, step.facts
        self.facts_changed = self.facts_changed or step.facts_changed
        if step.assessment is not None:
            self._evaluated(step.assessment, setting)
        for emission in step.emissions:
            self._emitted(emission, setting, cause, actor, correlation)

    def _happened(self, after: Case, setting: Setting, actor: ev.Actor) -> None:
        """Put the new acts on record. A decision has its own table, the end of an application its own event."""
        before = set(map(id, self.case.acts))
        for place, act in enumerate(after.acts):
            if id(act) in before or act.kind in {"decided", "closed"}:
                continue
            codes = act.model_dump(mode="json", exclude={"kind", "on"}, exclude_none=True)
            self.record(act.kind, act.on, codes, setting, actor, place)

    def record(
        self, kind: str, on: dt.date, codes: dict[str, Any], setting: Setting, actor: ev.Actor, place: int = -1
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
                "recorded_on": setting.day,
                "actor_role": actor.role,
                "actor_id": actor.id,
                "codes": codes,
            }
        )

    def _evaluated(self, assessment: Assessment, setting: Setting) -> None:
        case, identifier = self.case, evaluation_id(self.case)
        self.evaluations.append(
            {
                "evaluation_id": identifier,
                "application_id": case.application_id,
                "number": case.evaluations,
                "facts_version": case.facts_version,
                "rule_set": setting.book.id,
                "engine": setting.engine,
                "overseas": setting.policy.overseas,
                "on_date": assessment.on,
                "evaluated_on": setting.day,
                "proposal": assessment.proposal,
                "digest": case.digest,
            }
        )
        self.found.append(
            {"evaluation_id": identifier, "application_id": case.application_id, "body": document(assessment)}
        )

    def _emitted(
        self, emission: Emission, setting: Setting, cause: ev.Event | None, actor: ev.Actor, correlation: str
    ) -> None:
        case, fields = self.case, emission.fields
        common: dict[str, Any] = {
            "application_id": case.application_id,
            "caisse": case.caisse,
            "correlation_id": correlation,
        }
        if cause is not None:
            common["causation_id"] = cause.id
        self.events.append(emission.event.new(**{**common, "actor": actor, **fields}))
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
        appeal_body = fields.get("appeal_body") or setting.policy.appeal_body(setting.day)
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

    def _ended(self, emission: Emission) -> None:
        """Rights that a withdrawal or a change ends: a withdrawn right never was, its last day lies before its
        first."""
        fields = emission.fields
        if emission.event is ev.RightEnded:
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


def document(assessment: Assessment) -> dict[str, Any]:
    """An assessment as stored and shown: findings, results by member, what is missing."""
    return {
        "findings": [finding.model_dump(mode="json") for finding in assessment.findings],
        "members": [
            {
                "rank": member.rank,
                "proposal": member.proposal,
                "motives": [motive.model_dump(mode="json") for motive in member.motives],
                "items": [item.model_dump(mode="json") for item in member.items],
                "letter": member.letter,
                "planned_care_from": member.planned_care_from.isoformat() if member.planned_care_from else None,
            }
            for member in assessment.members
        ],
        "items": [item.model_dump(mode="json") for item in assessment.items],
        "complete": assessment.complete,
        "proposal": assessment.proposal,
        "on": assessment.on.isoformat(),
        "entitlements": [right.model_dump(mode="json") for right in assessment.entitlements],
        "route": assessment.route.value,
        "letter": assessment.letter,
        "transfer_to": assessment.transfer_to,
    }


async def hold(unit: Unit, caisses: Mapping[UUID, str]) -> dict[UUID, Held]:
    """Lock the cases of these applications, made where they are new; ``caisses`` says where a new one belongs."""
    fresh = [
        {
            "application_id": key,
            "caisse": caisses[key],
            "state": "awaiting",
            "version": 0,
            "identity": "unsearched",
            "waiting_for": "application",
            "facts_version": 0,
        }
        for key in sorted(caisses)
    ]
    await unit.insert_many(tables.cases, fresh, conflict=["application_id"])
    return await _locked(unit, list(caisses))


async def hold_one(unit: Unit, application_id: UUID) -> Held | None:
    """Lock one existing case, or None."""
    return (await _locked(unit, [application_id])).get(application_id)


async def _locked(unit: Unit, ids: list[UUID]) -> dict[UUID, Held]:
    return {row.application_id: held(row) for row in await unit.rows(_LOCK, {"ids": ids})}


def held(row: Any) -> Held:
    """A case from its row and the row of its current facts."""
    empty = Case(application_id=row.application_id, caisse=row.caisse)
    case = empty if row.body is None else Case.model_validate(row.body)
    return Held(case, None if row.facts is None else CaseFacts.model_validate(row.facts))


async def save(unit: Unit, helds: Iterable[Held]) -> None:
    """Write what changed, in one round trip per table, and let the events leave."""
    changed = [one for one in helds if one.changed]
    if not changed:
        return
    today = clock.today()
    rows = [_row(one.case) for one in changed]
    await unit.insert_many(tables.cases, rows, conflict=["application_id"], update=CASE_COLUMNS)
    known = [
        {
            "application_id": one.case.application_id,
            "version": one.case.facts_version,
            "known_on": today,
            "body": one.facts,
        }
        for one in changed
        if one.facts_changed and one.facts is not None
    ]
    await unit.insert_many(tables.facts, known, conflict=["application_id", "version"])
    for table, key, name in (
        (tables.evaluations, "evaluation_id", "evaluations"),
        (tables.findings, "evaluation_id", "found"),
        (tables.decisions, "decision_id", "decisions"),
        (tables.reasons, "decision_id", "reasons"),
        (tables.acts, "act_id", "acts"),
    ):
        await unit.insert_many(table, [row for one in changed for row in getattr(one, name)], conflict=[key])
    rights = [row for one in changed for row in one.rights]
    await unit.insert_many(tables.entitlements, rights, conflict=["decision_id", "member_id"])
    for ended in (row for one in changed for row in one.ended):
        await unit.execute(_END_RIGHT, ended)
    for one in changed:
        for event in one.events:
            emit(unit, event)


def _row(case: Case) -> dict[str, Any]:
    return {
        "application_id": case.application_id,
        "caisse": case.caisse,
        "state": case.state,
        "version": case.version,
        "proposal": case.proposal,
        "identity": case.identity,
        "waiting_for": case.waiting_for,
        "deposited_on": case.deposited_on,
        "received_on": case.received_on,
        "complete_on": case.complete_on,
        "decided_on": case.decided_on,
        "due_on": case.due_on,
        "wakes_on": case.wakes_on,
        "assignee": case.assignee,
        "facts_version": case.facts_version,
        "priority": case.priority,
        "appeal": case.appeal,
        "target_on": case.target_on,
        "body": case,
    }


async def erase(unit: Unit, ids: list[UUID]) -> None:
    """Forget the facts, what was found in them and the words written on them; ids, codes and dates stay."""
    if not ids:
        return
    for table in (tables.facts, tables.findings, tables.reasons):
        await unit.execute(sa.delete(table).where(table.c.application_id.in_(ids)))
    await dead_letters.erase(unit, [str(key) for key in ids])


_END_RIGHT = sa.text(
    "UPDATE entitlements SET ended_on = COALESCE(CAST(:ended_on AS date), starts_on - 1), ended_by = :ended_by "
    "WHERE decision_id = :decision_id AND (CAST(:ranks AS int[]) IS NULL OR member_rank = ANY(CAST(:ranks AS int[])))"
)
_CURRENT = (
    "SELECT c.application_id, c.caisse, c.body, f.body AS facts FROM cases c "
    "LEFT JOIN facts f ON f.application_id = c.application_id AND f.version = c.facts_version "
)
_LOCK = sa.text(
    _CURRENT + "WHERE c.application_id = ANY(CAST(:ids AS uuid[])) ORDER BY c.application_id FOR UPDATE OF c"
)
READ = sa.text(_CURRENT + "WHERE c.application_id = :id")
# A delay ends with the day of its caisse: ``days`` holds, as JSON, the caisses whose day is not that of metropolitan
# France.
DUE = sa.text(
    _CURRENT + "WHERE c.wakes_on <= :last AND c.wakes_on <= COALESCE((CAST(:days AS jsonb) ->> c.caisse)::date, :day) "
    "ORDER BY c.application_id LIMIT :limit FOR UPDATE OF c"
)
