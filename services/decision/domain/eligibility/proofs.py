"""What a declared fact opens, and what proves it: without its proof a person looks, whatever else is in the file.

``rules/proofs.yaml`` says for each privilege what proves it; ``PRIVILEGES`` says what is told to people
(``docs/privileges.md``). A simulation is about nobody: what it declares is taken as proven.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from services.decision.domain.eligibility.check import Check, check
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.eligibility.household import Household, age_bounds
from services.decision.domain.law import delay
from services.decision.domain.law.rulebook import Law, Rulebook
from shared.calendar import add_days, add_months
from shared.contract.facts import Care, EarlierRight, Filer, Kind, PaperKind, Relation, SaidBy

PRIVILEGES: dict[str, str] = {
    "renewal": "kind = renewal: no identity paper, deposit by post, no gap, no wait of nine months",
    "first_body": "deposit.deposited_on before received_on, deposit.first_body_on: an earlier first day of the right",
    "representation": "deposit.representation: somebody else files and signs",
    "reduced_mobility": "deposit.reduced_mobility: no deposit in person",
    "agreed_body": "deposit.agreed: deposit at an association or a health centre",
    "education": "members[].in_education: in charge up to the age of students",
    "domicile": "address.domiciled: no attestation asked of a homeless person",
    "recent_means": "means.recent_reason: the last three months instead of twelve",
    "regular_spouse": "members[].in_regular_stay of a spouse: an income that does not count",
    "earlier_care": "earlier_care[]: the first day of care that the right covers",
}
"""The privileges that the checks below hold, each with the declared fact that opens it."""


def observed(facts: CaseFacts, point: str, rank: int = 0) -> bool:
    """Whether an agent put this point on record."""
    return any(seen.point == point and seen.member_rank == rank for seen in facts.observed)


def rights(facts: CaseFacts) -> list[EarlierRight]:
    """The earlier rights that are proven: what a renewal follows and what counts for the nine months."""
    if facts.hypothetical:
        return [right for right in facts.earlier_rights if right.granted]
    return [
        EarlierRight(caisse=right.caisse, starts_on=right.starts_on, ends_on=right.ends_on)
        for right in facts.known_rights
    ]


def right_known(facts: CaseFacts, rank: int = 0) -> bool:
    """Whether this member had a right that is proven."""
    if facts.hypothetical:
        member = next((one for one in facts.members if one.rank == rank), None)
        return rank == 0 or (member is not None and member.earlier_application_id is not None)
    return any(right.member_rank == rank for right in facts.known_rights)


def first_body_proven(facts: CaseFacts, on: dt.date) -> bool:
    """Whether the body's own token, a stamped receipt or postmark of that day, or an agent gives the day of deposit.

    A simulation takes the stamp it names as seen; a day that it calls declared is declared.
    """
    if facts.deposit.first_body_by is SaidBy.BODY or observed(facts, "deposited_on"):
        return True
    if facts.hypothetical:
        return facts.deposit.first_body_by is SaidBy.STAMP
    return any(
        paper.legible and ((paper.kind is PaperKind.DEPOSIT_RECEIPT and paper.dated == on) or paper.posted_on == on)
        for paper in facts.papers
    )


def care_proven(facts: CaseFacts, care: Care) -> bool:
    """Whether earlier care is proven: by a hospital's paper of this member dated in it, or by an agent who saw one."""
    if facts.hypothetical:
        return True
    seen = (one for one in facts.observed if one.point == "earlier_care" and one.member_rank == care.member_rank)
    if any(one.value == care.given_on.isoformat() for one in seen):
        return True
    last = care.stay_ended_on or care.given_on
    return any(
        paper.kind is PaperKind.HOSPITAL_DOCUMENT
        and paper.legible
        and paper.member_rank == care.member_rank
        and paper.dated is not None
        and care.given_on <= paper.dated <= last
        for paper in facts.papers
    )


def domiciled(facts: CaseFacts) -> bool:
    """Whether an election of domicile is proven: by its attestation, or by an agent."""
    papers = any(paper.kind is PaperKind.DOMICILIATION_ATTESTATION and paper.legible for paper in facts.papers)
    return papers or (facts.domiciled and (facts.hypothetical or observed(facts, "domiciled")))


def reception_in_doubt(facts: CaseFacts, book: Rulebook) -> bool:
    """Whether a reception is so old that no delay may run out on it before a person confirms its date.

    Older than the days of the rule when it was registered, or so old that silence would already have refused.
    """
    received, registered = facts.deposit.received_on, facts.registered_on
    if facts.hypothetical or registered is None or observed(facts, "received_on"):
        return False
    rule = book.find("proof.reception_age", received)
    if rule is None or add_days(received, int(rule.value)) < registered:
        return True
    silence = book.find("clock.implicit_refusal", received)
    return silence is not None and delay.due_on(silence.value, received) < registered


def unproven(facts: CaseFacts, home: Household, law: Law, renewal: bool) -> list[Check]:
    """One finding for a person for each privilege that a declared fact would open and nothing proves."""
    if facts.hypothetical:
        return []
    found = [*_renewal(facts, law), *_deposit(facts, home, law, renewal), *_household(facts, home, law)]
    if facts.means.recent_reason is not None and facts.means.incomes and not observed(facts, "recent_reason"):
        found.append(_for_a_person(law, "recent_means", None, "recent_reason", facts.means.recent_reason))
    return [*found, *open_here(facts, law, renewal)]


def _for_a_person(law: Law, name: str, rank: int | None, fact: str, value: object, limit: object = "") -> Check:
    return check(law.value(f"proof.{name}"), rank, fact, value, "human", limit=limit, proof="declared")


def reception(facts: CaseFacts, law: Law) -> list[Check]:
    """An old reception is for a person, with both dates."""
    if not reception_in_doubt(facts, law.book):
        return []
    rule = law.book.find("proof.reception_age", facts.deposit.received_on) or law.value("proof.reception_age")
    received, registered = facts.deposit.received_on, facts.registered_on
    return [check(rule, None, "received_on", received, "human", limit=registered, proof="declared")]


def _renewal(facts: CaseFacts, law: Law) -> Iterator[Check]:
    if facts.kind is Kind.RENEWAL and not right_known(facts):
        yield _for_a_person(law, "renewal", 0, "earlier_right", "unknown")


def _deposit(facts: CaseFacts, home: Household, law: Law, renewal: bool) -> Iterator[Check]:
    given = facts.deposit
    if given.deposited_on < given.received_on and not first_body_proven(facts, given.deposited_on):
        yield _for_a_person(law, "first_body", None, "deposited_on", given.deposited_on, given.received_on)
    by_body = given.first_body_by is SaidBy.BODY
    if home.minors_alone:
        return
    if given.filed_by is Filer.REPRESENTATIVE and not (by_body or observed(facts, "representation")):
        yield _for_a_person(law, "representation", None, "representation", given.representation or "none")
    exceptions = law.find("deposit.exceptions")
    if exceptions is None or renewal:
        return
    person = law.value("deposit.in_person").value
    away = person is not None and given.channel in person.channels and given.filed_by not in person.accepted
    if away and given.reduced_mobility and not observed(facts, "reduced_mobility"):
        yield _for_a_person(law, "reduced_mobility", None, "reduced_mobility", "true")
    if given.channel in exceptions.value.agreed and given.agreed and not (by_body or observed(facts, "agreed")):
        yield _for_a_person(law, "agreed_body", None, "agreed", "true")


def _household(facts: CaseFacts, home: Household, law: Law) -> Iterator[Check]:
    ages = law.value("dependants.child_age").value
    earners = {income.member_rank for income in facts.means.incomes}
    for place in home.places:
        member = place.member
        bounds = age_bounds(member.birth_date, law.deposit)
        if member.relation is Relation.CHILD and member.in_education and bounds and bounds[1] >= ages.below:
            papers = [one for one in facts.papers if one.kind is PaperKind.SCHOOL_ATTESTATION and one.legible]
            shown = any(one.member_rank == member.rank for one in papers)
            if bounds[0] < ages.below_in_education and not (shown or observed(facts, "in_education", member.rank)):
                yield _for_a_person(law, "education", member.rank, "in_education", "true")
        left_out = member.relation is Relation.SPOUSE and member.in_regular_stay and not place.counted
        if left_out and member.rank in earners and not observed(facts, "in_regular_stay", member.rank):
            yield _for_a_person(law, "regular_spouse", member.rank, "in_regular_stay", "true")


def open_here(facts: CaseFacts, law: Law, renewal: bool) -> list[Check]:
    """A right open at the same caisse on the day of deposit is not granted a second time by itself.

    A renewal may come while the right still runs, in the months before its end, and no earlier. What a first
    application declares itself of a right that is open, ``deposit.open_rights`` sees.
    """
    rule, opens = law.find("right.open_here"), int(law.value("right.renewal_window").value)
    if rule is None:
        return []
    declared = [right for right in facts.earlier_rights if right.granted and renewal]
    found = {}
    for right in [*rights(facts), *declared]:
        end = right.ends_on
        if end is None or end < law.deposit or (right.starts_on is not None and right.starts_on > law.deposit):
            continue
        if right.caisse is not None and facts.caisse is not None and right.caisse != facts.caisse:
            continue
        if renewal and add_months(end, -opens) <= law.deposit:
            continue
        found[end] = check(rule, None, "right_ends_on", end, "human", limit=right.caisse or "", proof="declared")
    return list(found.values())
