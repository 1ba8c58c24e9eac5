"""What a fact would change before it is put on record: the rules are applied to it, and nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.decision.api.schemas import NewObservation
from services.decision.domain.case import transitions
from services.decision.domain.case.apply_event import re_evaluate
from services.decision.domain.comparison import document
from services.decision.domain.eligibility.facts import Observation
from services.decision.domain.eligibility.observations import InvalidObservation, observe
from services.decision.domain.wording.assessment import Condition, conditions
from services.decision.pages.frame import OpenCase, label_of
from shared.access.principal import Principal


@dataclass(frozen=True)
class Changed:
    """One condition that would stand otherwise: whose, before and after; None where it was or would not be asked."""

    whose: str
    before: Condition | None
    after: Condition | None

    @property
    def label(self) -> str:
        """The words of the condition."""
        one = self.after or self.before
        return one.label if one else ""


@dataclass(frozen=True)
class Preview:
    """What the rules propose now and would propose then, in codes, and the conditions that change."""

    before: str | None
    after: str | None
    changed: list[Changed]


def preview(opened: OpenCase, given: NewObservation, principal: Principal) -> Preview | str:
    """What this fact would change; a sentence where it does not fit the file."""
    facts, case, context = opened.locked.facts, opened.locked.case, opened.context
    if facts is None:
        return "Les faits de la demande ne sont pas connus de ce service."
    seen = Observation(**given.model_dump(), by=principal.id, observed_on=context.day)
    try:
        after = observe(facts, seen, context.book)
    except InvalidObservation as unfit:
        return str(unfit)
    step = re_evaluate(transitions.observed(case, after, context), after, context, context.day, True)
    then = document(step.assessment) if step.assessment else opened.view.assessment
    return Preview(case.proposal, step.case.proposal, list(_changed(opened, then or {"findings": []})))


def _changed(opened: OpenCase, then: Mapping[str, Any]) -> Iterator[Changed]:
    now: Mapping[str, Any] = opened.view.assessment or {"findings": []}
    ranks = {one["member_rank"] for found in (now, then) for one in found["findings"]}
    for rank in sorted(ranks, key=lambda one: (one is None, one or 0)):
        before = {one.rule: one for one in conditions(now, rank, label_of, {})} if now["findings"] else {}
        after = {one.rule: one for one in conditions(then, rank, label_of, {})} if then["findings"] else {}
        for rule in dict.fromkeys((*after, *before)):
            old, new = before.get(rule), after.get(rule)
            if (old and (old.state, old.value)) != (new and (new.state, new.value)):
                yield Changed(opened.names.get(rank, "") if rank is not None else "Le foyer", old, new)
