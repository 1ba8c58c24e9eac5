"""An assessment as a technician reads it: why the rules propose what they do, and the conditions of each person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from services.decision.domain.wording import findings as factwords
from services.decision.domain.wording.labels import PROPOSALS, REQUESTED

LabelOf = Callable[[str, str], str]
STATES = {
    "met": ("remplie", "good"),
    "not_met": ("non remplie", "bad"),
    "unknown": ("à prouver", "warn"),
    "human": ("à apprécier", "doubt"),
}
ORDER = {"not_met": 0, "human": 1, "unknown": 2, "met": 3}


class Named(Protocol):
    """A person with names as written."""

    @property
    def family_name(self) -> str:
        """As written on the paper."""

    @property
    def given_names(self) -> str:
        """As written on the paper."""


@dataclass(frozen=True)
class Condition:
    """One condition of one person: its words, its state in a word and a style, and why."""

    label: str
    state: str
    kind: str
    value: str
    limit: str
    proof: str
    reference: str
    confidence: str
    rule: str
    rule_from: str | None


def name_of(person: Named) -> str:
    """« DIARRA Awa », as lists and headings write it."""
    return f"{person.family_name} {person.given_names}".strip()


def why(assessment: Mapping[str, Any], label_of: LabelOf) -> str:
    """One sentence: what the rules propose, and the finding that decides it."""
    proposal = assessment["proposal"]
    lead = f"Les règles proposent : {PROPOSALS[proposal]}"
    if proposal == "request_papers":
        missing = dict.fromkeys(REQUESTED.get(item["code"], item["code"]) for item in assessment["items"])
        return f"{lead} — il manque : {', '.join(missing)}."
    wanted = {"refuse": "not_met", "human": "human"}.get(proposal)
    decisive = next((found for found in assessment["findings"] if found["verdict"] == wanted), None)
    if decisive is None:
        return f"{lead} — toutes les conditions sont remplies." if proposal == "grant" else f"{lead}."
    value = factwords.value(decisive["fact"], decisive["value"])
    limit = factwords.limit(decisive["fact"], decisive["limit"])
    compared = f"{value}, limite {limit}" if limit else value
    return f"{lead} — {label_of(decisive['rule'], assessment['on'])} : {compared} ({decisive['reference']})."


def conditions(
    assessment: Mapping[str, Any], rank: int | None, label_of: LabelOf, papers: Mapping[str, str]
) -> list[Condition]:
    """The conditions of the person of this rank (None: of the whole household), those to look at first."""
    found = [one for one in assessment["findings"] if one["member_rank"] == rank]
    return [_condition(one, assessment["on"], label_of, papers) for one in _sorted(found)]


def _sorted(found: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(found, key=lambda one: ORDER[one["verdict"]])


def _condition(found: Mapping[str, Any], on: str, label_of: LabelOf, papers: Mapping[str, str]) -> Condition:
    state, kind = STATES[found["verdict"]]
    return Condition(
        label=label_of(found["rule"], on),
        state=state,
        kind=kind,
        value=factwords.value(found["fact"], found["value"]),
        limit=factwords.limit(found["fact"], found["limit"]),
        proof=factwords.proof(found.get("proof", ""), papers) or "déclaration",
        reference=found["reference"],
        confidence=found["confidence"],
        rule=found["rule"],
        rule_from=found.get("rule_from"),
    )
