"""May it be granted? Facts and the rules of the deposit date in, findings and a proposal out: never a decision.

Every finding names its rule, fact, value, limit, reference and confidence. What the law leaves unsure, and what lies
within a euro of a ceiling, is left to a person.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from services.decision import conditions, means, proofs
from services.decision.casefacts import CaseFacts
from services.decision.checks import Check, Verdict, check
from services.decision.entitlements import earlier_care, entitlements
from services.decision.household import Household, Place, household
from services.decision.observing import effective
from services.decision.rulebook import NoRule, Rulebook
from shared.events import Entitlement, Finding, Motive, RequestedItem
from shared.facts import Route

MemberProposal = Literal["grant", "refuse", "request_papers", "human", "excluded"]
Proposal = Literal["grant", "refuse", "request_papers", "human"]


@dataclass(frozen=True)
class MemberResult:
    """What is proposed for one member. ``excluded``: a spouse in regular stay, who asks for nothing.

    ``right``: what an admission opens. ``letter``: the kind of letter that would tell the member. ``planned_care_from``:
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

    ``letter``: the kind of the letter that follows. ``transfer_to``: the département whose caisse is competent, if another.
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

    @property
    def motives(self) -> tuple[Motive, ...]:
        """The motives of all members, each once per member."""
        return tuple(motive for member in self.members for motive in member.motives)

    def ranks(self, proposal: MemberProposal) -> tuple[int, ...]:
        return tuple(member.rank for member in self.members if member.proposal == proposal)


def evaluate(facts: CaseFacts, book: Rulebook, *, overseas: bool = False, on: dt.date | None = None) -> Assessment:
    """Evaluate a file by the law of ``on`` (by default the deposit date); a person decides where no rule is known.

    ``overseas``: the competent caisse lies in Guadeloupe, Martinique, Guyane or La Réunion.
    """
    day = on or facts.deposit.deposited_on
    try:
        return _evaluate(effective(facts), book, overseas, day)
    except NoRule as unknown:
        return _lawless(facts, day, str(unknown))


def _lawless(facts: CaseFacts, day: dt.date, missing: str) -> Assessment:
    """A day for which the rule book says nothing: nothing is asked, nothing is proposed."""
    found = Finding(
        rule="rulebook", fact="law_of", value=str(day), limit=missing, reference="aucune règle connue à cette date",
        confidence="M", verdict="human",
    )  # fmt: skip
    members = tuple(MemberResult(member.rank, "human", (), ()) for member in facts.members)
    return Assessment(day, "human", (found,), members, (), complete=True, entitlements=())


def _evaluate(facts: CaseFacts, book: Rulebook, overseas: bool, day: dt.date) -> Assessment:
    renewal = proofs.is_renewal(facts, book, day)
    home = household(facts, book, day)
    whole = conditions.deposit(facts, home, book, day, renewal)
    adults_too = _means(facts, home, book, day, overseas)
    own = {place.rank: _member(facts, place, home, book, day, renewal) for place in home.places}
    results = tuple(_result(place, own[place.rank], whole, adults_too, book, day) for place in home.places)
    care = earlier_care(facts, book, day)
    sent_on = conditions.transmission(facts, book, day)
    notes = [sent_on] if sent_on else []
    checks = [*whole, *adults_too, *(one for place in home.places for one in own[place.rank]), *care, *notes]
    items = _items(checks)
    granted = [result.rank for result in results if result.proposal == "grant"]
    return Assessment(
        on=day,
        proposal=_proposal(results, whole, care),
        findings=tuple(one.finding for one in checks),
        members=results,
        items=items,
        complete=not items,
        entitlements=tuple(entitlements(facts, book, day, granted)),
    )


def _items(checks: list[Check]) -> tuple[RequestedItem, ...]:
    return tuple(one.item for one in checks if one.item is not None)


def _means(facts: CaseFacts, home: Household, book: Rulebook, on: dt.date, overseas: bool) -> list[Check]:
    """Are the means stated, and do they stay under the ceiling? Nothing is asked of minors alone."""
    if all(place.standing == "minor" for place in home.claimants):
        return []
    law = book.value("papers.means", on)
    ways = means.countings(facts, book, on, home.counted_ranks, home.size)
    if not ways:
        paper = any(one.kind in law.value.accepted and one.legible for one in facts.papers)
        asked = proofs.item("means", 0, law.value.accepted)
        verdict: Verdict = "human" if paper else "unknown"
        return [check(law, None, "means_statement", "without_figures" if paper else "none", verdict, item=asked)]
    limit = means.ceiling(book, on, home.size, overseas)
    value = book.value("ceiling.overseas" if overseas else "ceiling.metropole", on)
    verdict = means.judge(ways, limit)
    motive = "resources_above_ceiling"
    findings = [check(law, None, "means_statement", "figures", "met")]
    for number, way in enumerate(ways):
        if number == 0 or (verdict == "human" and way.cents != ways[0].cents):
            fact = f"resources_cents.{way.how}.{home.size}"
            found = check(
                value, None, fact, way.cents, verdict, limit=limit.cents, motive=motive, confidence=limit.confidence
            )  # fmt: skip
            findings.append(found)
    return findings


def _member(
    facts: CaseFacts, place: Place, home: Household, book: Rulebook, on: dt.date, renewal: bool
) -> list[Check]:  # fmt: skip
    """The checks of one member. A minor of irregular parents, or alone, is asked for an identity and nothing else."""
    if not place.claims:
        law = book.value("dependants.regular_spouse_excluded", on)
        return [check(law, place.rank, "in_regular_stay", "true", "met")]
    checks: list[Check] = []
    born = proofs.birth_date(place, book, on)
    if born is not None:
        checks.append(born)
    checks.append(proofs.identity(facts, place, book, on, renewal))
    if not place.dependant:
        law = book.value("dependants.relations", on)
        relation = place.member.relation.value
        checks.append(check(law, place.rank, "relation", relation, "not_met", motive="not_dependant"))
    if place.doubt == "regular_stay":
        law = book.value("stay.titles", on)
        checks.append(check(law, place.rank, "in_regular_stay", "true", "human"))
    if place.third_person:
        statement = proofs.third_person(facts, place, book, on)
        checks.extend([statement] if statement else [])
    if place.standing == "minor":
        law = book.value("residence.minors_exempt", on)
        return [*checks, check(law, place.rank, "minor", place.member.birth_date, "met")]
    checks.extend(conditions.irregular_stay(place, book, on))
    proved_since = None
    if place.rank == 0:
        checks.append(proofs.residence_paper(facts, book, on))
        proved_since = proofs.residence_paper_date(facts, book, on)
    checks.extend(conditions.residence(place, book, on, proved_since))
    duty = proofs.stamp_duty(facts, place, book, on)
    return [*checks, duty] if duty else checks


def _result(
    place: Place, own: list[Check], whole: list[Check], adults_too: list[Check], book: Rulebook, on: dt.date
) -> MemberResult:  # fmt: skip
    """What follows for one member: a condition clearly not met, then a paper that lacks, then a doubt, then nothing."""
    if not place.claims:
        return MemberResult(place.rank, "excluded", (), ())
    about = [*own, *([] if place.standing == "minor" else adults_too)]
    motives = tuple(_motive(one, place.rank, book, on) for one in about if one.motive is not None)
    items = _items(about)
    deposit_counts = all(one.verdict == "met" for one in whole)
    doubt = not deposit_counts or any(one.verdict == "human" for one in about)
    proposal: MemberProposal = "grant"
    if motives:
        proposal = "refuse"
    elif items:
        proposal = "request_papers"
    elif doubt:
        proposal = "human"
    return MemberResult(place.rank, proposal, motives, items)


def _motive(one: Check, rank: int, book: Rulebook, on: dt.date) -> Motive:
    law = book.value(f"motive.{one.motive}", on)
    facts = {"member_rank": str(rank), one.finding.fact.split(".")[0]: one.finding.value, "limit": one.finding.limit}
    return Motive(code=str(law.value), reference=law.reference, facts=facts)


def _proposal(results: tuple[MemberResult, ...], whole: list[Check], care: list[Check]) -> Proposal:
    proposals = {result.proposal for result in results} - {"excluded"}
    if any(one.verdict == "not_met" for one in whole):
        return "human"
    if proposals == {"refuse"}:
        return "refuse"
    if "request_papers" in proposals:
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
