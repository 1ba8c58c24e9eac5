"""Is each thing to be proved, proved by one paper of the list of the day? One paper per list is enough."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from services.decision.casefacts import CaseFacts, CasePaper
from services.decision.checks import Check, Verdict, check
from services.decision.clocks import add_months
from services.decision.household import Place
from services.decision.rulebook import Rulebook
from services.decision.shapes import IdentityPapers, ResidencePapers, StampDuty
from shared.events import RequestedItem
from shared.facts import Kind, PaperKind, PaperUse

FAMILY_BOOKS = {PaperKind.FAMILY_BOOK_COPY, PaperKind.FAMILY_BOOK_TRANSLATION}
STATEMENT_MONTHS = 12


def item(code: str, rank: int, accepted: Iterable[PaperKind]) -> RequestedItem:
    return RequestedItem(code=code, member_rank=rank, accepted=[kind.value for kind in accepted])


def _identity_verdict(paper: CasePaper, law: IdentityPapers, standing: str) -> Verdict:
    if paper.kind in law.accepted:
        return "met"
    if paper.kind in law.photo_needed:
        return "met" if paper.has_photo or standing == "minor" else "unknown"
    return "human" if paper.kind in law.human else "unknown"


def identity(facts: CaseFacts, place: Place, book: Rulebook, on: dt.date, renewal: bool) -> Check:
    """One identity paper of this member (décret 2005-860, art. 4, 1°); a family book proves the whole family.

    A renewal does not ask again for the identity of those already known.
    """
    law = book.value("papers.identity", on)
    lists: IdentityPapers = law.value
    papers = [
        paper
        for paper in facts.papers
        if paper.use == PaperUse.IDENTITY
        and paper.legible
        and (paper.member_rank == place.rank or paper.kind in FAMILY_BOOKS)
    ]
    asked = item("identity", place.rank, [*lists.accepted, *lists.photo_needed])
    found: dict[Verdict, CasePaper] = {}
    for paper in papers:
        found.setdefault(_identity_verdict(paper, lists, place.standing), paper)
    for verdict in ("met", "human"):
        if verdict in found:
            return check(law, place.rank, "identity_paper", found[verdict].kind.value, verdict)
    known_before = place.rank == 0 or place.member.earlier_application_id is not None
    if renewal and known_before and book.value("papers.renewal_identity", on).value:
        return check(book.value("papers.renewal_identity", on), place.rank, "identity_paper", "renewal", "met")
    seen = "without_photo" if found else "none"
    return check(law, place.rank, "identity_paper", seen, "unknown", item=asked)


def birth_date(place: Place, book: Rulebook, on: dt.date) -> Check | None:
    """Adult or minor? Asked when no birth date is known, left to a person when a partial date allows both."""
    law = book.value("adult_age", on)
    if place.member.birth_date is None:
        lists: IdentityPapers = book.value("papers.identity", on).value
        asked = item("birth_date", place.rank, lists.accepted)
        return check(law, place.rank, "birth_date", "none", "unknown", limit=law.value, item=asked)
    if place.standing == "unknown" or place.doubt == "age":
        return check(law, place.rank, "birth_date", place.member.birth_date, "human", limit=law.value)
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


def residence_paper(facts: CaseFacts, book: Rulebook, on: dt.date) -> Check:
    """One paper that proves the applicant's residence of more than three months (décret 2005-860, art. 4, 2°).

    The age of a paper is counted on the deposit date. Since 2026 a host's bill comes with the host's statement.
    """
    law = book.value("papers.residence", on)
    lists: ResidencePapers = law.value
    papers = [paper for paper in facts.papers if paper.use == PaperUse.RESIDENCE and paper.legible]
    own = [paper for paper in papers if paper.member_rank == 0]
    has_statement = any(paper.kind == PaperKind.HOST_STATEMENT and paper.legible for paper in facts.papers)
    found: dict[Verdict, CasePaper] = {}
    lacks_statement = None
    for paper in own:
        verdict = _residence_verdict(paper, lists, facts, on)
        if verdict != "unknown" and paper.kind in lists.with_statement and not has_statement:
            lacks_statement = paper
        else:
            found.setdefault(verdict, paper)
    for verdict in ("met", "human"):
        if verdict in found:
            paper = found[verdict]
            dated = f"{paper.kind.value} {paper.dated or ''}".strip()
            return check(law, 0, "residence_paper", dated, verdict, limit=on)
    if lacks_statement is not None:
        asked = item("host_statement", 0, [PaperKind.HOST_STATEMENT])
        return check(law, 0, "host_statement", "none", "unknown", item=asked)
    asked = item("residence", 0, [*lists.entry, *lists.aged, *lists.any_age])
    seen = found.get("unknown")
    value = f"{seen.kind.value} {seen.dated or ''}".strip() if seen else "none"
    return check(law, 0, "residence_paper", value, "unknown", limit=on, item=asked)


def residence_paper_date(facts: CaseFacts, book: Rulebook, on: dt.date) -> dt.date | None:
    """The oldest date that an accepted residence paper of the applicant bears: presence known since then."""
    lists: ResidencePapers = book.value("papers.residence", on).value
    dates = [
        paper.dated
        for paper in facts.papers
        if paper.use == PaperUse.RESIDENCE and paper.member_rank == 0 and paper.legible and paper.dated
        and _residence_verdict(paper, lists, facts, on) == "met"
    ]  # fmt: skip
    return min(dates, default=None)


def third_person(facts: CaseFacts, place: Place, book: Rulebook, on: dt.date) -> Check | None:
    """The yearly statement signed by both, since 2017 (CASF R. 251-2); nothing to prove before."""
    law = book.value("dependants.third_person_statement", on)
    if not law.value:
        return None
    papers = [paper for paper in facts.papers if paper.kind == PaperKind.THIRD_PERSON_STATEMENT and paper.legible]
    fresh = [paper for paper in papers if paper.dated is None or add_months(paper.dated, STATEMENT_MONTHS) > on]
    asked = item("third_person_statement", place.rank, [PaperKind.THIRD_PERSON_STATEMENT])
    value = "given" if fresh else "out_of_date" if papers else "none"
    return check(law, place.rank, "third_person_statement", value, "met" if fresh else "unknown", item=asked)


def stamp_duty(facts: CaseFacts, place: Place, book: Rulebook, on: dt.date) -> Check | None:
    """The duty of 30 € per adult (CGI art. 968 E), law from 1 January 2011 to 3 July 2012."""
    law = book.value("stamp_duty", on)
    duty: StampDuty = law.value
    if duty.amount == 0 or place.standing == "minor":
        return None
    paid = any(
        paper.kind == PaperKind.STAMP_DUTY_RECEIPT and paper.member_rank == place.rank and paper.legible
        for paper in facts.papers
    )
    verdict: Verdict = "met" if paid else "human" if duty.human else "unknown"
    asked = item("stamp_duty", place.rank, [PaperKind.STAMP_DUTY_RECEIPT])
    return check(
        law, place.rank, "stamp_duty_receipt", "given" if paid else "none", verdict, limit=duty.amount, item=asked
    )


def is_renewal(facts: CaseFacts, book: Rulebook, on: dt.date) -> bool:
    """A renewal that still counts as one: since 2021, more than two years after the last right it is a first again."""
    if facts.kind != Kind.RENEWAL:
        return False
    after = book.value("deposit.first_again_after", on).value
    ends = [right.ends_on for right in facts.earlier_rights if right.granted and right.ends_on]
    return not (after is not None and ends and add_months(max(ends), int(after)) < on)


def accepted(code: str, book: Rulebook, on: dt.date) -> list[PaperKind]:
    """The papers of which any one answers a request of this code, by the law of ``on``. Raises ``KeyError``."""
    lists: IdentityPapers = book.value("papers.identity", on).value
    residences: ResidencePapers = book.value("papers.residence", on).value
    return {
        "identity": [*lists.accepted, *lists.photo_needed],
        "birth_date": list(lists.accepted),
        "residence": [*residences.entry, *residences.aged, *residences.any_age],
        "means": list(book.value("papers.means", on).value.accepted),
        "host_statement": [PaperKind.HOST_STATEMENT],
        "third_person_statement": [PaperKind.THIRD_PERSON_STATEMENT],
        "stamp_duty": [PaperKind.STAMP_DUTY_RECEIPT],
    }[code]
