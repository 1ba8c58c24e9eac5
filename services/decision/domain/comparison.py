"""Two evaluations of one file: what differs, and whether it would change anything for the person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from services.decision.domain.eligibility.evaluation import Assessment
from shared.contract.letter_kinds import LetterKind

PLAIN = ("complete", "letter", "transfer_to", "route", "items", "summons")
DECISIVE = ("proposal", "members", "entitlements")
RENAMED_LETTERS = {"forwarding": LetterKind.TRANSFER, "forwarding_to_state": LetterKind.STATE_TRANSFER}
"""How evaluations of earlier releases named kinds of letters."""


CITED = {"reference", "confidence", "rule_from", "proof"}
"""What a finding tells of its rule, and not of the file."""
WORST = ("not_met", "human", "unknown", "met")


@dataclass(frozen=True)
class Reason:
    """Why an evaluation differs: what one rule says of one person, then and now; empty where it says nothing.

    ``rule_from``: first day of the version that speaks now, or of that which spoke.
    """

    rule: str
    before: str
    after: str
    rule_from: str = ""

    def __str__(self) -> str:
        return f"{self.rule} {self.before or '-'}>{self.after or '-'}"


@dataclass(frozen=True)
class Difference:
    """What two evaluations say differently. ``changes``: in words of codes, ``proposal grant>refuse``; empty: the same.

    ``outcome``: the proposal, a member's proposal or motive, or a right differs, not the findings alone. ``reasons``:
    the findings behind it. A change called ``text`` is one of the reference, the mark or the dates of a rule alone.
    """

    outcome: bool = False
    changes: tuple[str, ...] = ()
    motives_gone: tuple[str, ...] = field(default=())
    motives_new: tuple[str, ...] = field(default=())
    reasons: tuple[Reason, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.changes)


SAME = Difference()


def difference(then: dict[str, Any], now: dict[str, Any]) -> Difference:
    """Compare two evaluations as stored. A field that a later release added to the document is no difference."""
    if then.get("letter") in RENAMED_LETTERS:
        then = {**then, "letter": RENAMED_LETTERS[then["letter"]]}
    if then == now or _agrees(then, now):
        return SAME
    decisive = list(_decisive(then, now))
    before, after = _motives(then), _motives(now)
    changes = [*decisive, *(name for name in PLAIN if name in then and not _agrees(then[name], now.get(name)))]
    facts, texts = _findings(then, now)
    changes += [*(f"finding {one}" for one in facts), *(f"text {one}" for one in texts)]
    # The order of findings or of items alone: the same content, told otherwise.
    return Difference(
        bool(decisive),
        tuple(changes or ["order"]),
        tuple(sorted(before - after)),
        tuple(sorted(after - before)),
        tuple(_reasons(then, now, facts)),
    )


def _agrees(then: Any, now: Any) -> bool:
    """Equal in all that ``then`` says."""
    if isinstance(then, dict):
        return isinstance(now, dict) and all(name in now and _agrees(value, now[name]) for name, value in then.items())
    if isinstance(then, list):
        return isinstance(now, list) and len(then) == len(now) and all(map(_agrees, then, now))
    return bool(then == now)


def _decisive(then: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    if then["proposal"] != now["proposal"]:
        yield f"proposal {then['proposal']}>{now['proposal']}"
    before = {one["rank"]: one for one in then["members"]}
    for member in now["members"]:
        old = before.get(member["rank"])
        if old is None or old["proposal"] != member["proposal"]:
            yield f"member {member['rank']} {old['proposal'] if old else 'absent'}>{member['proposal']}"
        elif {one["code"] for one in old["motives"]} != {one["code"] for one in member["motives"]}:
            yield f"member {member['rank']} motives"
    rights = [
        {one["member_rank"]: (one["starts_on"], one["ends_on"], one["care_from"]) for one in side["entitlements"]}
        for side in (then, now)
    ]
    for rank in sorted({*rights[0], *rights[1]}):
        old_right, new_right = rights[0].get(rank), rights[1].get(rank)
        if old_right and new_right and old_right != new_right:
            yield f"right {rank} {old_right[0]}..{old_right[1]}>{new_right[0]}..{new_right[1]}"


def _motives(side: dict[str, Any]) -> set[str]:
    return {motive["code"] for member in side["members"] for motive in member["motives"]}


def _findings(then: dict[str, Any], now: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The rules whose findings differ, each once: in what they say of the file, and in what they cite alone."""
    sides = [_by_rule(side) for side in (then, now)]
    rules = sorted({*sides[0], *sides[1]})
    apart = [rule for rule in rules if not _agrees(sides[0].get(rule, []), sides[1].get(rule, []))]
    said = [rule for rule in apart if not _agrees(*([_uncited(one) for one in side.get(rule, [])] for side in sides))]
    return said, [rule for rule in apart if rule not in said]


def _by_rule(side: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in side["findings"]:
        found.setdefault(one["rule"], []).append(one)
    return found


def _uncited(finding: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in finding.items() if name not in CITED}


def _reasons(then: dict[str, Any], now: dict[str, Any], rules: Iterable[str]) -> Iterator[Reason]:
    """What each of these rules says of each person, by its worst verdict."""
    sides = [_by_rule(side) for side in (then, now)]
    for rule in rules:
        ranks = {one.get("member_rank") for side in sides for one in side.get(rule, [])}
        for rank in sorted(ranks, key=lambda one: -1 if one is None else one):
            told = [[one for one in side.get(rule, []) if one.get("member_rank") == rank] for side in sides]
            before, after = (_worst(one["verdict"] for one in side) for side in told)
            last = [one.get("rule_from") for one in [*told[1], *told[0]]]
            yield Reason(rule, before, after, str(last[0] or "") if last else "")


def _worst(verdicts: Iterable[str]) -> str:
    seen = set(verdicts)
    return next((one for one in WORST if one in seen), "")


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
        "summons": list(assessment.summons),
    }
