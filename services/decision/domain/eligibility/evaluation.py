"""May it be granted? Facts and the rules of the deposit date in, findings and a proposal out: never a decision.

Every finding names its rule, fact, value, limit, reference and confidence. What the law leaves unsure, and what lies
within a euro of a ceiling, is left to a person.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from services.decision.domain.eligibility import deposit, evidence, means, proofs, residence, stay
from services.decision.domain.eligibility.check import Check, as_note, check, proof_source
from services.decision.domain.eligibility.doubts import doubts
from services.decision.domain.eligibility.entitlements import earlier_care, entitlements, prolonged
from services.decision.domain.eligibility.entitlements import renewal as renewal_checks
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.eligibility.first_body import first_body
from services.decision.domain.eligibility.household import HouseholdMember, household
from services.decision.domain.eligibility.observations import effective
from services.decision.domain.law.rulebook import Law, NoRule, Rulebook
from shared.contract.events import Entitlement, Finding, Motive, RequestedItem
from shared.contract.facts import Relation, Route
from shared.contract.letter_kinds import LetterKind

MemberProposal = Literal["grant", "refuse", "request_papers", "human", "excluded"]
Proposal = Literal["grant", "refuse", "request_papers", "human"]


@dataclass(frozen=True)
class MemberResult:
    """What is proposed for one member. ``excluded``: a spouse in regular stay, who asks for nothing.

    ``right``: what an admission opens. ``letter``: the kind of letter that would tell the member.
    ``planned_care_from``:
    the first day on which planned care is covered without prior agreement; None when it is from the first day.
    """

    rank: int
    proposal: MemberProposal
    motives: tuple[Motive, ...]
    items: tuple[RequestedItem, ...]
    right: Entitlement | None = None
    letter: str = ""
    planned_care_from: dt.date | None = None


@dataclass(frozen=True)
class Assessment:
    """The result of one evaluation. ``complete``: nothing more is to be asked.

    ``letter``: the kind of the letter that follows. ``transfer_to``: the département whose caisse is competent, if
    another. ``summons``: why the person is to come to the desk before anything is decided, in codes.
    """

    on: dt.date
    proposal: Proposal
    findings: tuple[Finding, ...]
    members: tuple[MemberResult, ...]
    items: tuple[RequestedItem, ...]
    complete: bool
    entitlements: tuple[Entitlement, ...]
    route: Route = Route.ORDINARY
    letter: str = ""
    transfer_to: str = ""
    summons: tuple[str, ...] = ()

    @property
    def motives(self) -> tuple[Motive, ...]:
        """The motives of all members, each once per member."""
        return tuple(motive for member in self.members for motive in member.motives)

    def ranks(self, proposal: MemberProposal) -> tuple[int, ...]:
        """The ranks of the members for whom this is proposed."""
        return tuple(member.rank for member in self.members if member.proposal == proposal)


def evaluate(facts: CaseFacts, book: Rulebook, *, overseas: bool = False, on: dt.date | None = None) -> Assessment:
    """Evaluate a file by the law of ``on`` (by default the deposit date); a person decides where no rule is known.

    ``overseas``: the competent caisse lies in Guadeloupe, Martinique, Guyane or La Réunion.
    """
    now = effective(facts, book)
    day = on or now.deposit.deposited_on
    try:
        return _evaluate(now, book, overseas, day)
    except NoRule as unknown:
        return _lawless(facts, day, str(unknown))


def _lawless(facts: CaseFacts, day: dt.date, missing: str) -> Assessment:
    """A day for which the rule book says nothing: nothing is asked, nothing is proposed."""
    found = Finding(
        rule="rulebook",
        fact="law_of",
        value=str(day),
        limit=missing,
        reference="aucune règle connue à cette date",
        confidence="M",
        verdict="human",
    )
    members = tuple(MemberResult(member.rank, "human", (), ()) for member in facts.members)
    return Assessment(day, "human", (found,), members, (), complete=True, entitlements=())


def _evaluate(facts: CaseFacts, book: Rulebook, overseas: bool, day: dt.date) -> Assessment:
    law = Law(book, day)
    if facts.route is not Route.ORDINARY:
        return _elsewhere(facts, law)
    renewal = evidence.is_renewal(facts, law)
    home = household(facts, law)
    elsewhere = first_body(facts, law)
    whole = [
        *deposit.deposit(facts, home, law, renewal),
        *deposit.competence(facts, law),
        *deposit.open_rights(facts, law, renewal),
        *(one for one in elsewhere if not one.note),
        *proofs.unproven(facts, home, law, renewal),
        *(late := proofs.reception(facts, law)),
        *doubts(facts, law),
    ]
    adults_too = means.judged(facts, home, law, overseas)
    care = renewal_checks(facts, law)
    moved = next((one for one in whole if one.finding.fact == "department" and one.verdict == "not_met"), None)
    weighed = [_weighed(facts, place, whole, adults_too, law, renewal, bool(moved)) for place in home.places]
    granted = [one.rank for one, _ in weighed if one.proposal == "grant"]
    refused = {one.rank for one, _ in weighed if one.proposal == "refuse"}
    care = [*earlier_care(facts, law, refused), *care]
    rights = {right.member_rank: right for right in entitlements(facts, book, day, granted)}
    results = tuple(_with_right(one, rights.get(one.rank)) for one, _ in weighed)
    items = () if moved else _asked(results, whole)
    proposal = "human" if late else _proposal(results, whole, care)
    sent_on = deposit.transmission(facts, law, renewal)
    own = [check for _, checks in weighed for check in checks]
    summons = _summons(whole, own)
    notes = [
        *(one for one in elsewhere if one.note),
        *([sent_on] if sent_on else []),
        *_urgent_care(results, law),
        *prolonged(rights.values(), law),
    ]
    checks = [*whole, *adults_too, *own, *care, *notes]
    return Assessment(
        on=day,
        proposal=proposal,
        findings=tuple(one.finding for one in checks),
        members=results,
        items=items,
        complete=not items,
        entitlements=tuple(rights[rank] for rank in granted),
        letter=_whole_letter(proposal, results, moved is not None, bool(summons)),
        summons=summons,
        transfer_to=moved.finding.value if moved else "",
    )


def _elsewhere(facts: CaseFacts, law: Law) -> Assessment:
    """The two other routes of CASF L. 251-1: the State's services decide the one, a person the other; nothing is
    asked."""
    rule = law.value(f"route.{facts.route.value}")
    found = check(rule, None, "route", facts.route.value, "human", limit=rule.value)
    members = tuple(MemberResult(member.rank, "human", (), ()) for member in facts.members)
    letter = LetterKind.STATE_TRANSFER if facts.route is Route.HUMANITARIAN else ""
    return Assessment(
        law.deposit,
        "human",
        (found.finding,),
        members,
        (),
        complete=True,
        entitlements=(),
        route=facts.route,
        letter=letter,
    )


def _weighed(
    facts: CaseFacts,
    place: HouseholdMember,
    whole: list[Check],
    adults_too: list[Check],
    law: Law,
    renewal: bool,
    moved: bool,
) -> tuple[MemberResult, list[Check]]:
    """One member's result and the checks it rests on.

    Of a member whose age is not known both answers are tried: the birth date is asked for when they differ.
    """
    if not place.claims:
        rule = law.value("dependants.regular_spouse_excluded")
        found = [
            check(
                rule,
                place.rank,
                "in_regular_stay",
                "true",
                "met",
                proof=proof_source(facts, "in_regular_stay", place.rank),
            )
        ]
        return MemberResult(place.rank, "excluded", (), ()), found
    sound = not moved and all(one.verdict in {"met", "unknown"} for one in whole)
    if moved:
        return MemberResult(place.rank, "human", (), ()), []
    common = _common(facts, place, law, renewal)
    if place.standing == "minor":
        own = [*common, _minor(facts, place, law)]
        return _result(place, own, sound, law), own
    adult = [*common, *_adult(facts, place, law, renewal)]
    result = _result(place, [*adult, *adults_too], sound, law)
    born = evidence.birth_date(place, law)
    if born is None:
        return result, adult
    if place.standing == "adult":  # of age, and perhaps too old to be in charge
        return _result(place, [*adult, born, *adults_too], sound, law), [*adult, born]
    young = [*common, _minor(facts, place, law)] if law.find("residence.minors_exempt") else []
    other_ages = [_result(place, young, sound, law)] if young else []
    if place.member.relation is Relation.CHILD:  # of age, and past the age of a child in charge
        other_ages.append(_result(place, [*adult, _not_in_charge(place, law), *adults_too], sound, law))
    if result.proposal != "request_papers" and young and {one.proposal for one in other_ages} == {result.proposal}:
        return result, [*adult, as_note(born)]
    identity_asked = any(one.item is not None and one.item.code == "identity" for one in common)
    own = [replace(born, item=None) if identity_asked else born, *(replace(one, motive=None) for one in adult)]
    return _result(place, [*own, *(replace(one, motive=None) for one in adults_too)], sound, law), own


def _common(facts: CaseFacts, place: HouseholdMember, law: Law, renewal: bool) -> list[Check]:
    """What is checked of everyone who asks for a right, whatever the age."""
    checks = [evidence.identity(facts, place, law, renewal)]
    if not place.dependant:
        checks.append(_not_in_charge(place, law))
    if place.doubt == "regular_stay":
        rule = law.value("stay.titles")
        proof = proof_source(facts, "in_regular_stay", place.rank)
        checks.append(check(rule, place.rank, "in_regular_stay", "true", "human", proof=proof))
    if place.third_person:
        checks.append(evidence.third_person(facts, place, law))
    return checks


def _not_in_charge(place: HouseholdMember, law: Law) -> Check:
    rule, relation = law.value("dependants.relations"), place.member.relation.value
    return check(rule, place.rank, "relation", relation, "not_met", motive="not_dependant")


def _minor(facts: CaseFacts, place: HouseholdMember, law: Law) -> Check:
    """A minor of irregular parents, or alone, is asked for an identity and nothing else.

    Where the applicant is in regular stay, the child is likely to be insured with him: a person looks.
    """
    rule = law.value("residence.minors_exempt")
    if place.member.relation is Relation.CHILD and stay.regular(facts.members[0].stay, law):
        return check(rule, place.rank, "parent_in_regular_stay", "true", "human")
    return check(rule, place.rank, "minor", place.member.birth_date, "met")


def _adult(facts: CaseFacts, place: HouseholdMember, law: Law, renewal: bool) -> list[Check]:
    """Stay, residence and duty of an adult; the applicant's residence paper speaks for the household."""
    since = evidence.residence_paper_date(facts, law) if place.rank == 0 else None
    checks = stay.irregular_stay(facts, place, law, since)
    regular = checks[0].verdict == "not_met"
    if place.rank == 0:
        checks.append(evidence.residence_paper(facts, law, renewal))
    checks.extend(residence.residence(facts, place, law, since, regular=regular))
    duty = evidence.stamp_duty(facts, place, law)
    return [*checks, duty] if duty else checks


def _result(place: HouseholdMember, about: list[Check], sound: bool, law: Law) -> MemberResult:
    """Refused by what is sure, whatever is unknown; else a paper that lacks, then a doubt, then nothing."""
    weighing = [one for one in about if not one.note]
    motives = tuple(_motive(one, place.rank, law) for one in weighing if one.motive is not None)
    if motives:
        return MemberResult(place.rank, "refuse", motives, ())
    items = _items(weighing)
    if items:
        return MemberResult(place.rank, "request_papers", (), items)
    sure = sound and all(one.verdict == "met" for one in weighing)
    return MemberResult(place.rank, "grant" if sure else "human", (), ())


def _items(checks: Iterable[Check]) -> tuple[RequestedItem, ...]:
    return tuple(one.item for one in checks if one.item is not None)


def _asked(results: tuple[MemberResult, ...], whole: list[Check]) -> tuple[RequestedItem, ...]:
    """The shortest list: each thing once, and nothing of those who are refused whatever they bring."""
    if all(one.proposal in {"refuse", "excluded"} for one in results):
        return ()
    asked = [*_items(whole), *(item for one in results for item in one.items)]
    return tuple({(item.code, item.member_rank): item for item in asked}.values())


def _motive(one: Check, rank: int, law: Law) -> Motive:
    rule = law.value(f"motive.{one.motive}")
    limit = "latest_on" if one.motive == "residence_too_short" else "limit"
    facts = {"member_rank": str(rank), one.finding.fact.split(".")[0]: one.finding.value, limit: one.finding.limit}
    facts.pop("birth_date", None)  # the letter does not need it, and the topic keeps it long
    return Motive(code=str(rule.value), reference=rule.reference, facts=facts)


def _summons(whole: list[Check], own: list[Check]) -> tuple[str, ...]:
    """Why the person is to come: a deposit that does not count, or an identity no paper of the list proves."""
    found = []
    for one in whole:
        if one.finding.fact == "deposit_channel" and one.verdict == "not_met":
            found.append("deposit_channel")
        if one.finding.fact == "filed_by" and one.verdict in {"not_met", "human"}:
            found.append("filed_by")
    if any(one.finding.rule == "papers.identity" and one.verdict == "human" for one in own):
        found.append("identity")
    return tuple(found)


def _whole_letter(proposal: Proposal, results: tuple[MemberResult, ...], moved: bool, summoned: bool) -> str:
    """The kind of the letter that follows: it sends the file on, asks the person to come, or says what is proposed."""
    if moved:
        return LetterKind.TRANSFER
    if summoned and proposal == "human":
        return LetterKind.APPOINTMENT
    return _letter(proposal, tuple(motive for one in results for motive in one.motives))


def _with_right(one: MemberResult, right: Entitlement | None) -> MemberResult:
    """The result with the right it opens, when planned care is open, and the letter it would lead to."""
    opens = right.planned_care_from if right is not None else None
    letter = "" if one.proposal == "excluded" else _letter(one.proposal, one.motives)
    return replace(one, right=right, planned_care_from=opens, letter=letter)


def _letter(proposal: str, motives: tuple[Motive, ...]) -> str:
    """The kind of letter a proposal leads to: a refusal for regular stay leads to the insurance scheme."""
    if proposal == "refuse":
        insured = {one.code for one in motives} & {"regular_stay", "rights_maintained"}
        return LetterKind.ORIENTATION if insured else LetterKind.REFUSAL
    return {"grant": LetterKind.ADMISSION, "request_papers": LetterKind.PAPER_REQUEST}.get(proposal, "")


def _urgent_care(results: tuple[MemberResult, ...], law: Law) -> list[Check]:
    """A refusal leaves urgent care open (CASF L. 254-1): a note for each adult or minor refused."""
    rule = law.find("route.urgent_care")
    if rule is None:
        return []
    refused = [one.rank for one in results if one.proposal == "refuse"]
    return [as_note(check(rule, rank, "refusal", "true", "met")) for rank in refused]


def _proposal(results: tuple[MemberResult, ...], whole: list[Check], care: list[Check]) -> Proposal:
    proposals = {result.proposal for result in results} - {"excluded"}
    if any(one.verdict == "not_met" for one in whole):
        return "human"
    if proposals == {"refuse"}:
        return "refuse"
    if "request_papers" in proposals or any(one.item is not None for one in whole):
        return "request_papers"
    unsure_care = any(one.verdict == "human" for one in care)
    return "grant" if proposals == {"grant"} and not unsure_care else "human"


def digest(facts: CaseFacts, rule_set: str, engine: str, overseas: bool, on: dt.date) -> str:
    """What an evaluation rests on, in one hash: facts, rules, code, territory and day of the law."""
    parts = {
        "facts": facts.model_dump(mode="json", exclude_defaults=True),
        "rules": rule_set,
        "engine": engine,
        "overseas": overseas,
        "on": on.isoformat(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
