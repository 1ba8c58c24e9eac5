"""The letter that an act would give, as the service of letters is asked to draw it: a form of the page leads there.

What it says is what the act itself would tell, made by the same functions; nothing is stored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_jsonable_python

from services.decision.domain.case import paper_requests
from services.decision.domain.case.case import Draft
from services.decision.domain.case.context import ActionNotAllowed, PendingEvent
from services.decision.domain.case.draft import decide_draft
from services.decision.pages.frame import OpenCase
from shared.contract import events as ev

RIGHT = frozenset({"member_rank", "starts_on", "ends_on", "care_from", "planned_care_from"})
SHOWN: Mapping[type[ev.Event], tuple[str, tuple[str, ...]]] = {
    ev.Refused: ("refusal", ("motives",)),
    ev.Granted: ("admission", ("entitlements", "refused_members", "effect_on", "automatic")),
    ev.PapersRequested: ("paper_request", ("items", "due_on", "clock_suspended")),
}


@dataclass(frozen=True)
class LetterDraft:
    """What letters is asked to draw, as JSON; empty where the act is not possible, and then why."""

    asked: str = ""
    why_not: str = ""
    fields: Mapping[str, Any] | None = None


def of_decision(opened: OpenCase, given: Draft, agent: str) -> LetterDraft:
    """The letter of a decision that is not signed yet."""
    facts = opened.locked.facts
    if facts is None:
        return LetterDraft(why_not="Les faits de ce dossier sont effacés.")
    try:
        decided = decide_draft(opened.locked.case, given, "", facts, opened.context, agent)
    except ActionNotAllowed as refused:
        return LetterDraft(why_not=refused.detail)
    return _of(decided.emissions)


def of_request(opened: OpenCase, items: Sequence[ev.RequestedItem]) -> LetterDraft:
    """The letter of a request for papers that is not made yet, with what an open one still waits for."""
    facts = opened.locked.facts
    if facts is None:
        return LetterDraft(why_not="Les faits de ce dossier sont effacés.")
    try:
        _, emissions = paper_requests.ask_for_papers(opened.locked.case, items, facts, opened.context, by_agent=True)
    except ActionNotAllowed as refused:
        return LetterDraft(why_not=refused.detail)
    return _of(emissions)


def _of(emissions: Sequence[PendingEvent]) -> LetterDraft:
    for emission in emissions:
        if emission.event in SHOWN:
            kind, names = SHOWN[emission.event]
            told = to_jsonable_python({name: emission.fields[name] for name in names})
            if kind == "admission":
                told["entitlements"] = [
                    {name: value for name, value in right.items() if name in RIGHT} for right in told["entitlements"]
                ]
            return LetterDraft(json.dumps({"kind": kind, kind: told}, ensure_ascii=False), fields=emission.fields)
    return LetterDraft()
