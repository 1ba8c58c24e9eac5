"""A simulation said in the words of its response."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from services.decision.domain.eligibility.entitlements import entitlements
from services.decision.domain.eligibility.evaluation import Assessment, MemberResult
from services.decision.domain.eligibility.evidence import is_renewal
from services.decision.domain.eligibility.facts import CaseFacts, CaseMember
from services.decision.domain.eligibility.household import household
from services.decision.domain.eligibility.observations import effective
from services.decision.domain.eligibility.residence import EXEMPT, first_met
from services.decision.domain.eligibility.stay import maintained_until
from services.decision.domain.eligibility.title import photos_missing, title
from services.decision.domain.law.interpretations import Circumstance, Collection, Interpretation
from services.decision.domain.law.rulebook import Law, NoRule, Rulebook
from services.decision.domain.simulation import response as out
from services.decision.domain.simulation.assumed_history import AssumedHistory
from services.decision.domain.simulation.care import care_answers, rule_label
from services.decision.domain.simulation.consequences import closed_by_death, consequences
from services.decision.domain.simulation.request import SimulatedApplication
from services.decision.domain.wording import abstentions, labels
from services.decision.domain.wording import findings as factwords
from shared.calendar import add_days
from shared.contract.events import Entitlement, Finding, Motive, RequestedItem
from shared.contract.facts import Route
from shared.contract.letter_kinds import LetterKind

ANSWERS: dict[str, out.MemberAnswer] = {
    "grant": "grant",
    "refuse": "refuse",
    "request_papers": "ask",
    "human": "human",
    "excluded": "excluded",
}
UNSURE = {"M": "valeur non vérifiée", "C": "valeur calculée"}
OF_THE_DEPOSIT = {"deposit.channels", "deposit.in_person", "competence.area"}
RIGHT_RULES = ("right.duration", "right.renewal_grace", "right.early_renewal")


def _right(right: Entitlement | None, certain: bool) -> out.OpenedRight | None:
    if right is None:
        return None
    return out.OpenedRight(certain=certain, starts_on=right.starts_on, ends_on=right.ends_on, care_from=right.care_from)


def beside(item: RequestedItem, kind: str) -> str:
    """What a paper must bear or come with, to answer a request."""
    if kind in item.with_photo:
        return " avec photographie"
    return ", avec son attestation sur l'honneur" if kind in item.with_statement else ""


def _asked(item: RequestedItem) -> out.Asked:
    accepted = [
        out.Accepted(kind=kind, label=labels.PAPERS.get(kind, kind) + beside(item, kind)) for kind in item.accepted
    ]
    label = labels.REQUESTED.get(item.code, item.code)
    return out.Asked(code=item.code, label=label, member_rank=item.member_rank, accepted=accepted)


def _letter(kind: str) -> out.Letter:
    return out.Letter(kind=kind, label=labels.LETTERS.get(kind, kind))


def _reading(entry: Interpretation) -> out.Reading:
    return out.Reading(
        number=entry.number,
        question=entry.question,
        answer=entry.answer,
        state=entry.state,
        source=entry.source,
        confidence=entry.confidence,
    )


def circumstances(facts: CaseFacts, book: Rulebook, on: dt.date) -> frozenset[Circumstance]:
    """What the file is, for the interpretations that are about some files alone. ``facts``: as agents see them."""
    law = Law(book, on)
    found: set[Circumstance] = set()
    try:
        if is_renewal(facts, law):
            found.add("renewal")
        if any(place.rank and place.standing != "minor" for place in household(facts, law).places):
            found.add("dependants")
    except NoRule:
        return frozenset({"renewal", "dependants"})
    return frozenset(found)


class AnswerWriter:
    """Says one assessment in the words of an outcome."""

    def __init__(self, facts: CaseFacts, assessment: Assessment, book: Rulebook, readings: Collection) -> None:
        self.facts, self.assessment, self.book = effective(facts, book), assessment, book
        self.readings = readings
        self.papers = factwords.papers_by_id(facts)
        self.shown: dict[str, Interpretation] = {}
        self.circumstances = circumstances(self.facts, book, assessment.on)

    def whole(self, application: SimulatedApplication, overseas: bool, following: AssumedHistory) -> out.Outcome:
        """The response: findings, proposal, rights and what follows, each with its rule."""
        made, on = self.assessment, self.assessment.on
        findings = [self._finding(one) for one in made.findings]
        decided = following.decided()
        people = [self._person(member, findings, decided.on, application, following) for member in made.members]
        rights = [person.right for person in people if person.right is not None]
        for rule in RIGHT_RULES:
            self._read(rule, on)
        renewal = is_renewal(self.facts, Law(self.book, on))
        clocks = following.clocks()
        contested = decided.outcome in {"refused", "lapsed"} or any(person.verdict == "refuse" for person in people)
        contested = contested or any(event.kind == "appeal" for event in application.events)
        for clock in clocks:
            self._read(f"clock.{clock.name}", clock.starts_on or decided.on)
        if contested:
            self._read(following.appeal_rule(decided.on), decided.on)
        alone = made.proposal == "grant" and not application.signal
        summons = self._summons(people, decided.on)
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
            letter=_letter(made.letter),
            transfer_to=made.transfer_to,
            decided=decided,
            clocks=clocks,
            appeal=following.appeal(decided.on) if contested else None,
            care=care_answers(self.facts, made, self.book, application, people, self._read),
            abstentions=self._abstentions(findings, people),
            summons=summons,
            summons_letter=_letter(LetterKind.APPOINTMENT) if summons else None,
            consequences=consequences(application, self.facts, people, following, self.book),
            to_confirm=self._to_confirm(findings, rights, renewal),
            interpretations=[_reading(self.shown[number]) for number in sorted(self.shown)],
        )

    def _read(self, rule: str, on: dt.date, version: dt.date | None = None, fact: str = "") -> list[str]:
        """Note and number the interpretations that bear on a rule: on that day, and on the last day of the version
        applied."""
        law = self.book.find(rule, version) if version else None
        found = self.readings.beside(rule, on, law, fact, self.circumstances)
        self.shown.update((entry.number, entry) for entry in found)
        return [entry.number for entry in found]

    def _label(self, rule: str) -> str:
        return rule_label(self.book, rule)

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
            interpretations=self._read(found.rule, self.assessment.on, found.rule_from, found.fact),
        )

    def _proof(self, proof: str) -> str:
        """``paper:<id>`` becomes the kind and date of the paper: a simulation has no ids."""
        kind, _, rest = proof.partition(":")
        return f"{kind}:{self.papers.get(rest, rest)}" if kind == "paper" else proof

    def _abstentions(self, findings: Iterable[out.FoundFact], people: Iterable[out.Person]) -> list[out.Abstention]:
        """Each thing left to a person, once, with the reading or the fact in cause and what would settle it."""
        if self.assessment.proposal != "human":
            return []
        found: dict[tuple[str, str, int | None], out.Abstention] = {}
        for one in findings:
            whole = one.member_rank is None and one.verdict == "not_met" and one.rule in OF_THE_DEPOSIT
            if one.verdict != "human" and not whole:
                continue
            lost = one.verdict == "not_met" and one.fact == "deposit_channel"
            owned = abstentions.NO_DEPOSIT if lost else abstentions.owner(one.rule, one.fact)
            key = (one.rule, one.fact.split(".")[0], one.member_rank)
            found.setdefault(
                key,
                out.Abstention(
                    rule=one.rule,
                    label=one.label,
                    member_rank=one.member_rank,
                    interpretations=one.interpretations,
                    missing=owned.missing,
                    removed_by=owned.removed_by,
                ),
            )
        if len({person.verdict for person in people} - {"excluded", "human"}) > 1:
            found["different", "", None] = self._different_outcomes()
        return list(found.values())

    def _different_outcomes(self) -> out.Abstention:
        owned = abstentions.DIFFERENT_OUTCOMES
        numbers = self._read("right.duration", self.assessment.on, fact="different_outcomes")
        return out.Abstention(
            rule="right.duration",
            label="Réponses différentes dans le foyer",
            member_rank=None,
            interpretations=[number for number in numbers if "different_outcomes" in self.shown[number].facts],
            missing=owned.missing,
            removed_by=owned.removed_by,
        )

    def _summons(self, people: Iterable[out.Person], issued_on: dt.date) -> list[str]:
        """Why the person is to come: before the decision, and to bring the photograph of a title."""
        found = list(self.assessment.summons)
        granted = [person.rank for person in people if person.title is not None and person.verdict == "grant"]
        if photos_missing(self.facts, granted, self.book, issued_on):
            found.append("photo")
        return found

    def _person(
        self,
        member: MemberResult,
        findings: Iterable[out.FoundFact],
        issued_on: dt.date,
        application: SimulatedApplication,
        following: AssumedHistory,
    ) -> out.Person:
        who = next(one for one in self.facts.members if one.rank == member.rank)
        right = None if following.revoked else member.right or self._right_of(member)
        opened = closed_by_death(_right(right, member.proposal == "grant"), member.rank, application.events)
        return out.Person(
            rank=member.rank,
            relation=who.relation.value,
            verdict=ANSWERS[member.proposal],
            findings=[found for found in findings if found.member_rank == member.rank],
            motives=[self._ground(motive, member.rank) for motive in member.motives],
            ask=[_asked(item) for item in member.items],
            right=opened,
            planned_care_from=member.planned_care_from,
            title=self._title(who, right, issued_on),
            letter=member.letter,
            first_possible_on=self._first_possible(member, who),
        )

    def _first_possible(self, member: MemberResult, who: CaseMember) -> dt.date | None:
        """The first day on which a new application would meet what made this one too early."""
        codes = {motive.code for motive in member.motives}
        if (
            not codes
            or not codes <= {"residence_too_short", "regular_stay", "rights_maintained"}
            or (who.stay.title_until is None and ("regular_stay" in codes and who.stay.title not in EXEMPT))
        ):
            return None
        law = Law(self.book, self.assessment.on)
        try:
            day = first_met(who.stay, law)
            if day is None or "rights_maintained" not in codes or who.stay.title_until is None:
                return day
            ended = law.on(title_end=who.stay.title_until)
            return max(day, add_days(maintained_until(who.stay.title_until, who.stay.removal_on, ended), 1))
        except NoRule:
            return None

    def _right_of(self, member: MemberResult) -> Entitlement | None:
        """The right that a member not yet granted would have; none for those refused or who ask for nothing."""
        if member.proposal not in {"request_papers", "human"} or self.assessment.route is not Route.ORDINARY:
            return None
        if self.assessment.summons or self.assessment.transfer_to:
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
        last = right.ends_on if found.valid_at_most is None else min(right.ends_on, found.valid_at_most)
        return out.HandedTitle(
            kind=found.kind, label=label, holder=found.holder, reference=found.reference, valid_until=last
        )

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
        sentences = [f"{label} : {UNSURE[mark]} ({reference})" for label, mark, reference in rests if mark in UNSURE]
        return list(dict.fromkeys(sentences))
