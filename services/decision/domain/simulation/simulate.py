"""The whole outcome of an application that is nobody's: the engine, the clocks and the appeal of the live case, nothing
of its own.

Nothing here depends on today: the days are those of the application and of what is said to have followed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Literal

from services.decision.domain.delays.sentences import french
from services.decision.domain.delays.timeline import PARIS
from services.decision.domain.eligibility.entitlements import entitlements
from services.decision.domain.eligibility.evaluation import Assessment, MemberResult, evaluate
from services.decision.domain.eligibility.evidence import is_renewal
from services.decision.domain.eligibility.facts import CaseFacts, CaseMember
from services.decision.domain.eligibility.household import standing_on
from services.decision.domain.eligibility.observations import effective
from services.decision.domain.eligibility.planned_care import PlannedCare, covered, excluded
from services.decision.domain.eligibility.title import title
from services.decision.domain.law.interpretations import Collection, Interpretation
from services.decision.domain.law.rulebook import Law, NoRule, Rulebook
from services.decision.domain.simulation import response as out
from services.decision.domain.simulation.assumed_history import Following
from services.decision.domain.simulation.request import OVERSEAS, SimulatedApplication, SimulatedCare, Unfit, facts_of
from services.decision.domain.simulation.validation import flaws, without_decision
from services.decision.domain.wording import findings as factwords
from services.decision.domain.wording import labels
from shared.contract.events import Entitlement, Finding, Motive, RequestedItem
from shared.contract.facts import Care, Route

ANSWERS: dict[str, out.MemberAnswer] = {
    "grant": "grant",
    "refuse": "refuse",
    "request_papers": "ask",
    "human": "human",
    "excluded": "excluded",
}
COVER: dict[str, Literal["yes", "no", "human"]] = {"met": "yes", "not_met": "no", "human": "human", "unknown": "human"}
UNSURE = {"M": "valeur non vérifiée", "C": "valeur calculée"}
RIGHT_RULES = ("right.duration", "right.renewal_grace", "right.early_renewal")


def simulate(
    application: SimulatedApplication,
    book: Rulebook,
    readings: Collection,
    *,
    overseas: bool | None = None,
    department: str | None = None,
) -> out.Outcome:
    """The outcome by the law of its dates. ``overseas`` and ``department``: of the caisse, where the reference data
    know it.

    Raises ``Unfit`` for facts that cannot all be true.
    """
    declared = facts_of(application)
    if found := flaws(application, declared, book):
        raise Unfit(found)
    facts = CaseFacts.of(declared, application.caisse)
    where = application.overseas if application.overseas is not None else overseas
    far = application.caisse in OVERSEAS if where is None else where
    assessment = evaluate(facts, book, overseas=far)
    following = Following.of(application, declared, assessment, book, department or department_of(application.caisse))
    if found := without_decision(application, following.decided()):
        raise Unfit(found)
    return _Telling(facts, assessment, book, readings).whole(application, far, following)


def department_of(caisse: str | None) -> str:
    """The département whose holidays and time zone count: that of the code of the caisse; Paris where none is named."""
    return PARIS if caisse is None else caisse if caisse in OVERSEAS else caisse[:2]


class _Telling:
    """Says one assessment in the words of an outcome."""

    def __init__(self, facts: CaseFacts, assessment: Assessment, book: Rulebook, readings: Collection) -> None:
        self.facts, self.assessment, self.book, self.readings = effective(facts), assessment, book, readings
        self.papers = factwords.papers_by_id(facts)
        self.shown: dict[str, Interpretation] = {}

    def whole(self, application: SimulatedApplication, overseas: bool, following: Following) -> out.Outcome:
        made, on = self.assessment, self.assessment.on
        findings = [self._finding(one) for one in made.findings]
        decided = following.decided()
        people = [self._person(member, findings, decided.on) for member in made.members]
        rights = [person.right for person in people if person.right is not None]
        for rule in RIGHT_RULES:
            self._read(rule, on)
        renewal = is_renewal(self.facts, Law(self.book, on))
        clocks = following.clocks()
        contested = decided.outcome in {"refused", "lapsed"} or any(person.verdict == "refuse" for person in people)
        for clock in clocks:
            self._read(f"clock.{clock.name}", clock.starts_on or decided.on)
        if contested:
            self._read("appeal.body", decided.on)
        alone = made.proposal == "grant" and not application.signal
        return out.Outcome(
            route=made.route.value,
            verdict=ANSWERS[made.proposal],
            who_decides="rules_where_the_caisse_allows" if alone else "agent",
            complete=made.complete,
            law_of=on,
            deposited_on=self.facts.deposit.deposited_on,
            treated_as="renewal" if renewal else "first",
            overseas=overseas,
            rule_set=self.book.id,
            effect_on=min((right.starts_on for right in rights), default=None),
            ends_on=max((right.ends_on for right in rights), default=None),
            members=people,
            findings=findings,
            ask=[_asked(item) for item in made.items],
            motives=[ground for person in people for ground in person.motives],
            letter=out.Letter(kind=made.letter, label=labels.LETTERS.get(made.letter, made.letter)),
            transfer_to=made.transfer_to,
            decided=decided,
            clocks=clocks,
            appeal=following.appeal(decided.on) if contested else None,
            care=self._care(application, people),
            to_confirm=self._to_confirm(findings, rights, renewal),
            interpretations=[_reading(self.shown[number]) for number in sorted(self.shown)],
        )

    def _read(self, rule: str, on: dt.date, version: dt.date | None = None) -> list[str]:
        """Note and number the interpretations that bear on a rule: on that day, and on the last day of the version
        applied."""
        found = self.readings.beside(rule, on, self.book.find(rule, version) if version else None)
        self.shown.update((entry.number, entry) for entry in found)
        return [entry.number for entry in found]

    def _label(self, rule: str) -> str:
        return self.book.history(rule)[0].label if rule in self.book.rules() else rule

    def _finding(self, found: Finding) -> out.FoundFact:
        return out.FoundFact(
            rule=found.rule,
            label=self._label(found.rule),
            rule_version=found.rule_from,
            member_rank=found.member_rank,
            fact=found.fact,
            value=found.value,
            proof=self._proof(found.proof),
            limit=found.limit,
            reference=found.reference,
            confidence=found.confidence,
            verdict=found.verdict,
            interpretations=self._read(found.rule, self.assessment.on, found.rule_from),
        )

    def _proof(self, proof: str) -> str:
        """``paper:<id>`` becomes the kind and date of the paper: a simulation has no ids."""
        kind, _, rest = proof.partition(":")
        return f"{kind}:{self.papers.get(rest, rest)}" if kind == "paper" else proof

    def _person(self, member: MemberResult, findings: Iterable[out.FoundFact], issued_on: dt.date) -> out.Person:
        who = next(one for one in self.facts.members if one.rank == member.rank)
        right = member.right or self._right_of(member)
        return out.Person(
            rank=member.rank,
            relation=who.relation.value,
            verdict=ANSWERS[member.proposal],
            findings=[found for found in findings if found.member_rank == member.rank],
            motives=[self._ground(motive, member.rank) for motive in member.motives],
            ask=[_asked(item) for item in member.items],
            right=_right(right, member.proposal == "grant"),
            planned_care_from=member.planned_care_from,
            title=self._title(who, right, issued_on),
            letter=member.letter,
        )

    def _right_of(self, member: MemberResult) -> Entitlement | None:
        """The right that a member not yet granted would have; none for those refused or who ask for nothing."""
        if member.proposal not in {"request_papers", "human"} or self.assessment.route is not Route.ORDINARY:
            return None
        try:
            return next(iter(entitlements(self.facts, self.book, self.assessment.on, [member.rank])), None)
        except NoRule:
            return None

    def _title(self, who: CaseMember, right: Entitlement | None, issued_on: dt.date) -> out.HandedTitle | None:
        if right is None:
            return None
        try:
            found = title(self.book, issued_on, who.birth_date, right.starts_on)
        except NoRule:
            return None
        label = labels.TITLES_HANDED[found.kind]
        return out.HandedTitle(kind=found.kind, label=label, holder=found.holder, reference=found.reference)

    def _care(self, application: SimulatedApplication, people: Iterable[out.Person]) -> list[out.AnsweredCare]:
        rights = {person.rank: person.right for person in people}
        asked = [*application.earlier_care, *application.care]
        return [self._cover(care, rights.get(care.member_rank)) for care in asked]

    def _cover(self, care: Care, right: out.OpenedRight | None) -> out.AnsweredCare:
        """Earlier care by its finding; care during the right by its dates and, when it is planned, by the nine
        months."""
        on = care.given_on
        whose = {"rule": "right.earlier_care", "member_rank": care.member_rank, "value": str(on)}
        found = next(
            (one for one in self.assessment.findings if all(getattr(one, name) == whose[name] for name in whose)), None
        )
        if isinstance(care, SimulatedCare) and care.code:
            never = excluded(care.code, on, self.book, care.member_rank)
            found = never.finding if never is not None else found or (self._planned(care, right) if right else None)
        if found is not None:
            held = factwords.limit(found.fact, found.limit)
            why = f"{self._label(found.rule)}{f' ({held})' if held else ''}."
            self._read(found.rule, on if found.rule != "right.earlier_care" else self.assessment.on)
            return out.AnsweredCare(
                member_rank=care.member_rank,
                given_on=on,
                covered=COVER[found.verdict],
                why=why,
                reference=found.reference,
                confidence=found.confidence,
            )
        inside = right is not None and right.starts_on <= on <= right.ends_on
        law = self.book.find("right.duration", self.assessment.on) or self.book.history("right.duration")[0]
        period = (
            f"Droit du {french(right.starts_on)} au {french(right.ends_on)}."
            if right
            else "Aucun droit ne s'ouvre pour cette personne."
        )
        return out.AnsweredCare(
            member_rank=care.member_rank,
            given_on=on,
            covered="yes" if inside else "no",
            why=period,
            reference=law.reference,
            confidence=law.confidence,
        )

    def _planned(self, care: SimulatedCare, right: out.OpenedRight) -> Finding | None:
        if not right.starts_on <= care.given_on <= right.ends_on:
            return None
        who = next(one for one in self.facts.members if one.rank == care.member_rank)
        majority = int(self.book.value("adult_age", self.assessment.on).value)
        adult = standing_on(who.birth_date, care.given_on, majority) != "minor"
        planned = PlannedCare(care.code or "", care.given_on, care.exception, care.agreed)
        made = covered(planned, right.starts_on, self.facts.earlier_rights, adult, self.book, care.member_rank)
        return None if made is None else made.finding

    def _ground(self, motive: Motive, rank: int) -> out.Ground:
        law = self.book.value(f"motive.{motive.code}", self.assessment.on)
        facts = {name: value for name, value in motive.facts.items() if name != "member_rank"}
        return out.Ground(
            code=motive.code,
            label=law.label,
            member_rank=rank,
            reference=motive.reference,
            confidence=law.confidence,
            facts=facts,
        )

    def _to_confirm(self, findings: Iterable[out.FoundFact], rights: list[out.OpenedRight], renewal: bool) -> list[str]:
        """What is not sure among the rules that were applied, and among those that gave the right its days."""
        rests = [(found.label, found.confidence, found.reference) for found in findings]
        days = ["right.duration"] if rights else []
        if renewal and any(right.starts_on > self.facts.deposit.deposited_on for right in rights):
            days.append("right.early_renewal")
        laws = [law for rule in days if (law := self.book.find(rule, self.assessment.on)) is not None]
        rests += [(law.label, law.confidence, law.reference) for law in laws]
        told = [f"{label} : {UNSURE[mark]} ({reference})" for label, mark, reference in rests if mark in UNSURE]
        return list(dict.fromkeys(told))


def _asked(item: RequestedItem) -> out.Asked:
    accepted = [
        out.Accepted(
            kind=kind, label=labels.PAPERS.get(kind, kind) + (" avec photographie" if kind in item.with_photo else "")
        )
        for kind in item.accepted
    ]
    label = labels.REQUESTED.get(item.code, item.code)
    return out.Asked(code=item.code, label=label, member_rank=item.member_rank, accepted=accepted)


def _right(right: Entitlement | None, certain: bool) -> out.OpenedRight | None:
    if right is None:
        return None
    return out.OpenedRight(certain=certain, starts_on=right.starts_on, ends_on=right.ends_on, care_from=right.care_from)


def _reading(entry: Interpretation) -> out.Reading:
    return out.Reading(
        number=entry.number,
        question=entry.question,
        answer=entry.answer,
        state=entry.state,
        source=entry.source,
        confidence=entry.confidence,
    )
