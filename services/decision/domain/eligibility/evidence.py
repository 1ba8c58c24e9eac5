"""Is each thing to be proved, proved by one paper of the list of the day? One paper per list is enough."""

from __future__ import annotations

import datetime as dt

from services.decision.domain.eligibility.check import Check, Verdict, as_note, check, item, proof_source, shown_by
from services.decision.domain.eligibility.facts import CaseFacts, CasePaper
from services.decision.domain.eligibility.household import HouseholdMember
from services.decision.domain.eligibility.proofs import right_known, rights
from services.decision.domain.law.rulebook import Law, Rulebook, Value
from services.decision.domain.law.value_types import Duration, IdentityPapers, ResidencePapers, StampDuty
from shared.calendar import add_days, add_months
from shared.contract.facts import EarlierRight, Kind, PaperKind, PaperUse, Relation

FAMILY_BOOKS = {PaperKind.FAMILY_BOOK_COPY, PaperKind.FAMILY_BOOK_TRANSLATION}


def _identity_verdict(paper: CasePaper, law: IdentityPapers, standing: str) -> Verdict:
    if paper.kind in law.accepted:
        return "met"
    if paper.kind in law.photo_needed:
        return "met" if paper.has_photo or standing == "minor" else "unknown"
    return "human" if paper.kind in law.human else "unknown"


def _before(rule: Value, law: Law) -> Value | None:
    """The version before, where it is not sure which of the two applies on the day of the deposit."""
    return law.book.find(rule.rule, add_days(rule.valid_from, -1)) if rule.value.transition else None


def identity(facts: CaseFacts, place: HouseholdMember, law: Law, renewal: bool) -> Check:
    """One identity paper of this member (décret 2005-860, art. 4, 1°); a family book proves the whole family.

    A renewal does not ask again for the identity of those already known.
    """
    rule = law.value("papers.identity")
    lists: IdentityPapers = rule.value
    papers = [
        paper
        for paper in facts.papers
        if paper.use == PaperUse.IDENTITY
        and paper.legible
        and (paper.member_rank == place.rank or paper.kind in FAMILY_BOOKS)
    ]
    asked = item("identity", place.rank, [*lists.accepted, *lists.photo_needed], photo_needed(place, lists))
    found: dict[Verdict, CasePaper] = {}
    before = _before(rule, law)
    for paper in papers:
        now = _identity_verdict(paper, lists, place.standing)
        then = now if before is None else _identity_verdict(paper, before.value, place.standing)
        found.setdefault(now if now == then else "human", paper)
    for verdict in ("met", "human"):
        if verdict in found:
            paper = found[verdict]
            if verdict == "human" and place.member.good_faith:
                seen_by = proof_source(facts, "good_faith", place.rank)
                return check(rule, place.rank, "identity_paper", paper.kind.value, "met", proof=seen_by)
            return check(rule, place.rank, "identity_paper", paper.kind.value, verdict, proof=shown_by(paper))
    if identity_known(facts, place, law, renewal):
        return check(law.value("papers.renewal_identity"), place.rank, "identity_paper", "renewal", "met")
    seen = "without_photo" if found else "none"
    return check(rule, place.rank, "identity_paper", seen, "unknown", item=asked)


def photo_needed(place: HouseholdMember, lists: IdentityPapers) -> list[PaperKind]:
    """The identity papers that must bear a photograph: since 2026, of those who are not known to be minors.

    Not while it is unsure whether that text applies: nothing more than the law allows is asked for.
    """
    return [] if place.standing == "minor" or lists.transition else list(lists.photo_needed)


def identity_known(facts: CaseFacts, place: HouseholdMember, law: Law, renewal: bool) -> bool:
    """At a renewal, those whose right is known do not prove who they are again; new dependants do (LR/DDO/22/2008)."""
    return renewal and right_known(facts, place.rank) and bool(law.value("papers.renewal_identity").value)


def birth_date(place: HouseholdMember, law: Law) -> Check | None:
    """Adult or minor? Asked when no birth date is known, left to a person when a partial date allows both."""
    rule = law.value("adult_age")
    if place.standing == "adult" and place.doubt != "age" and place.member.relation is Relation.ASCENDANT:
        return None
    if place.member.birth_date is None:
        lists: IdentityPapers = law.value("papers.identity").value
        asked = item("birth_date", place.rank, lists.accepted)
        return check(rule, place.rank, "birth_date", "none", "unknown", limit=rule.value, item=asked)
    if place.standing == "unknown" or place.doubt == "age":
        return check(rule, place.rank, "birth_date", place.member.birth_date, "human", limit=rule.value)
    return None


def _residence_verdict(paper: CasePaper, law: ResidencePapers, facts: CaseFacts, on: dt.date) -> Verdict:
    kind = PaperKind.ENTRY_STAMP if paper.kind == PaperKind.PASSPORT else paper.kind
    if kind in law.entry:
        dated = paper.dated or facts.members[0].stay.entered_on
        return "human" if dated is None else "met"
    if kind not in law.aged and kind not in law.any_age:
        return "unknown"
    if paper.dated is None:
        needs_date = kind in law.aged or law.max_age_months is not None
        return "human" if needs_date else "met"
    if kind in law.aged and not add_months(paper.dated, law.aged[kind]) < on:
        return "unknown"
    if law.max_age_months is not None and not add_months(paper.dated, law.max_age_months) > on:
        return "unknown"
    return "met"


def residence_paper(facts: CaseFacts, law: Law, renewal: bool) -> Check:
    """One paper that proves the applicant's residence of more than three months (décret 2005-860, art. 4, 2°).

    The age of a paper is counted on the deposit date. Since 2026 a host's bill comes with the host's statement. Before
    the LR of 2008 a renewal was presumed to reside.
    """
    rule, on = law.value("papers.residence"), law.deposit
    lists: ResidencePapers = rule.value
    found: dict[Verdict, CasePaper] = {}
    lacks_statement = None
    before = _before(rule, law)
    for paper, verdict in _residence_papers(facts, lists, on):
        lacks = verdict != "unknown" and paper.kind in lists.with_statement and not _host_statement(facts)
        if before is not None and _residence_verdict(paper, before.value, facts, on) != (
            "unknown" if lacks else verdict
        ):
            found.setdefault("human", paper)
        elif lacks:
            lacks_statement = paper
        else:
            found.setdefault(verdict, paper)
    for verdict in ("met", "human"):
        if verdict in found:
            paper = found[verdict]
            return check(rule, 0, "residence_paper", _dated(paper), verdict, limit=on, proof=shown_by(paper))
    if residence_presumed(law, renewal):
        return check(law.value("papers.renewal_residence"), 0, "residence_paper", "renewal", "met")
    if lacks_statement is not None:
        asked = item("host_statement", 0, [PaperKind.HOST_STATEMENT])
        return check(rule, 0, "host_statement", "none", "unknown", item=asked)
    asked = item("residence", 0, [*lists.entry, *lists.aged, *lists.any_age], (), lists.with_statement)
    seen = found.get("unknown")
    return check(rule, 0, "residence_paper", _dated(seen) if seen else "none", "unknown", limit=on, item=asked)


def residence_presumed(law: Law, renewal: bool) -> bool:
    """Does a renewal alone stand for the residence (circulaire 2005-407, until the LR of 30 January 2008)?"""
    rule = law.find("papers.renewal_residence")
    return renewal and rule is not None and not rule.value


def _residence_papers(facts: CaseFacts, lists: ResidencePapers, on: dt.date) -> list[tuple[CasePaper, Verdict]]:
    papers = (one for one in facts.papers if one.use == PaperUse.RESIDENCE and one.legible and one.member_rank == 0)
    return [(paper, _residence_verdict(paper, lists, facts, on)) for paper in papers]


def _host_statement(facts: CaseFacts) -> bool:
    return any(paper.kind == PaperKind.HOST_STATEMENT and paper.legible for paper in facts.papers)


def _dated(paper: CasePaper) -> str:
    return f"{paper.kind.value} {paper.dated or ''}".strip()


def residence_paper_date(facts: CaseFacts, law: Law) -> dt.date | None:
    """The oldest date that an accepted residence paper of the applicant bears: presence known since then."""
    lists: ResidencePapers = law.value("papers.residence").value
    judged = _residence_papers(facts, lists, law.deposit)
    return min((paper.dated for paper, verdict in judged if verdict == "met" and paper.dated), default=None)


def third_person(facts: CaseFacts, place: HouseholdMember, law: Law) -> Check:
    """In charge for twelve months: by the yearly statement signed by both since 2017 (CASF R. 251-2), as told
    before."""
    member, rank = place.member, place.rank
    rule = law.value("dependants.third_person_statement")
    asked = item("third_person_statement", rank, [PaperKind.THIRD_PERSON_STATEMENT])
    if not rule.value:
        months = law.value("dependants.third_person_months")
        known = member.living_together_since is not None and member.in_charge is not None
        since = member.living_together_since or "none"
        return check(months, rank, "living_together_since", since, "met" if known else "human", limit=months.value)
    valid = law.value("dependants.third_person_statement_age")
    papers = [one for one in facts.papers if one.kind == PaperKind.THIRD_PERSON_STATEMENT and one.legible]
    fresh = [one for one in papers if one.dated is None or add_months(one.dated, int(valid.value)) > law.deposit]
    value = "given" if fresh else "out_of_date" if papers else "none"
    proof = shown_by(fresh[0]) if fresh else ""
    verdict: Verdict = "met" if fresh else "unknown"
    return check(rule, rank, "third_person_statement", value, verdict, item=asked, proof=proof)


def stamp_duty(facts: CaseFacts, place: HouseholdMember, law: Law) -> Check | None:
    """The duty of 30 € per adult (CGI art. 968 E), law from 1 January 2011 to 3 July 2012: a note.

    It is due before the title is handed over and is no paper of the file (circulaire DSS/2A/2011/64).
    """
    rule = law.value("stamp_duty")
    duty: StampDuty = rule.value
    if duty.amount == 0 or place.standing == "minor":
        return None
    if duty.due != "paper":
        return as_note(check(rule, place.rank, "stamp_duty_due", duty.due, "met", limit=duty.amount))
    paid = [
        paper
        for paper in facts.papers
        if paper.kind == PaperKind.STAMP_DUTY_RECEIPT and paper.member_rank == place.rank and paper.legible
    ]
    verdict: Verdict = "met" if paid else "human" if duty.human else "unknown"
    asked = item("stamp_duty", place.rank, [PaperKind.STAMP_DUTY_RECEIPT])
    proof = shown_by(paid[0]) if paid else ""
    return check(
        rule,
        place.rank,
        "stamp_duty_receipt",
        "given" if paid else "none",
        verdict,
        limit=duty.amount,
        item=asked,
        proof=proof,
    )


def is_renewal(facts: CaseFacts, law: Law) -> bool:
    """A renewal of a right that is proven, which still counts as one: what only calls itself so is a first application.

    Since 2021, more than two years after the application before, it is a first again.
    """
    if facts.kind != Kind.RENEWAL or not right_known(facts):
        return False
    rule = law.value("deposit.first_again_after")
    if rule.value is None:
        return True
    # An application that was refused was an application too, where its day is known.
    refused = [one for one in facts.earlier_rights if facts.hypothetical and not one.granted and one.deposited_on]
    asked = [day for right in [*rights(facts), *refused] if (day := _counted_from(right, rule, law))]
    return not (asked and add_months(max(asked), int(rule.value)) < law.deposit)


def _counted_from(right: EarlierRight, rule: Value, law: Law) -> dt.date | None:
    """The day an earlier right was asked for; where it is not known, the day the right began, which is that of the
    application but for a renewal in time. Editions of before the start was named counted from the end of the right."""
    if rule.starts_from != "earlier_application":
        return right.ends_on
    if right.deposited_on is not None or right.starts_on is not None or right.ends_on is None:
        return right.deposited_on or right.starts_on
    length: Duration = law.value("right.duration").value
    return add_days(add_months(right.ends_on, -length.months), 1)


def accepted(code: str, book: Rulebook, on: dt.date) -> list[PaperKind]:
    """The papers of which any one answers a request of this code, by the law of ``on``. Raises ``KeyError``."""
    lists: IdentityPapers = book.value("papers.identity", on).value
    residences: ResidencePapers = book.value("papers.residence", on).value
    return {
        "identity": [*lists.accepted, *lists.photo_needed],
        "birth_date": list(lists.accepted),
        "entry_date": [PaperKind.ENTRY_STAMP, PaperKind.PASSPORT],
        "title_end": [PaperKind.ENTRY_STAMP, PaperKind.PASSPORT],
        "residence": [*residences.entry, *residences.aged, *residences.any_age],
        "means": list(book.value("papers.means", on).value.accepted),
        "host_statement": [PaperKind.HOST_STATEMENT],
        "third_person_statement": [PaperKind.THIRD_PERSON_STATEMENT],
        "stamp_duty": [PaperKind.STAMP_DUTY_RECEIPT],
        "domiciliation": [PaperKind.DOMICILIATION_ATTESTATION],
        "photo": [PaperKind.PHOTO],
    }[code]
