"""Facts that can be true and that a person looks at all the same: a number that is another person's, a child older than
the applicant, two members whom nothing tells apart.

The door receives them, for each has happened. A doubt refuses nobody and asks for nothing; it stops an automatic grant.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.decision.domain.eligibility.check import Check, check
from services.decision.domain.eligibility.facts import CaseFacts, CaseMember
from services.decision.domain.eligibility.proofs import observed
from services.decision.domain.law.rulebook import Law
from shared.contract.birth_years import of_other_calendar
from shared.contract.consistency import earliest_birth, latest_birth
from shared.contract.facts import Relation


def doubts(facts: CaseFacts, law: Law) -> list[Check]:
    """One finding for a person for each doubt about who the members are. A simulation is about nobody: it has no names
    to compare."""
    return [*([] if facts.hypothetical else _identities(facts, law)), *_generations(facts, law)]


def _identities(facts: CaseFacts, law: Law) -> Iterator[Check]:
    for member in facts.members:
        for doubt in member.doubts:
            name = "doubt.same_writing" if doubt == "not_told_apart" else "doubt.social_number"
            if (rule := law.find(name)) is not None:
                fact = name.removeprefix("doubt.")
                yield check(rule, member.rank, fact, doubt, "human", proof="declared")


def _generations(facts: CaseFacts, law: Law) -> Iterator[Check]:
    """A child who is surely not younger than the applicant, or an ascendant who is surely not older."""
    rule, applicant = law.find("doubt.generation"), next((one for one in facts.members if one.rank == 0), None)
    if rule is None or applicant is None or not _born(applicant):
        return
    for member in facts.members:
        if not _born(member) or observed(facts, "birth_date", member.rank) or observed(facts, "birth_date"):
            continue
        if member.relation is Relation.CHILD:
            older, younger = applicant, member
        elif member.relation is Relation.ASCENDANT:
            older, younger = member, applicant
        else:
            continue
        if latest_birth(younger.birth_date or "") <= earliest_birth(older.birth_date or ""):
            fact, born, beside = "born_beside_applicant", member.birth_date, applicant.birth_date
            yield check(rule, member.rank, fact, born, "human", limit=beside or "", proof="declared")


def _born(member: CaseMember) -> bool:
    """Whether the birth is known in the calendar that dates are counted in."""
    return member.birth_date is not None and not of_other_calendar(member.birth_date)
