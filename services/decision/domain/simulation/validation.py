"""What cannot be in a simulated application: facts that contradict each other, and events that come before what they
follow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from services.decision.domain.eligibility.planned_care import care_codes
from services.decision.domain.law.rulebook import Rulebook
from services.decision.domain.simulation.request import SimulatedApplication
from services.decision.domain.simulation.response import Decided
from shared.contract.consistency import contradictions
from shared.contract.facts import ApplicationFacts, Relation
from shared.contract.input_errors import InputError

DEPOSITED = "/deposit/deposited_on"
AFTER_A_DECISION = {
    "notified",
    "reasons_requested",
    "reasons_given",
    "appeal",
    "appeal_decided",
    "legal_aid_requested",
    "legal_aid_answered",
    "hearing",
    "answered",
    "revoked",
    "title_handed_over",
}
ABOLISHED = dict.fromkeys(["cdas", "commission_centrale_aide_sociale"], dt.date(2019, 1, 1))
"""Bodies of appeal that exist no more, and since when (loi 2016-1547, art. 114)."""


def what_cannot_be(application: SimulatedApplication, facts: ApplicationFacts, book: Rulebook) -> list[InputError]:
    """Every error, with both fields where two contradict each other; an empty list when all can be true."""
    found = [
        *contradictions(facts),
        *_household(application, facts),
        *_ranks(facts),
        *_papers(facts),
        *_events(application),
    ]
    found += _care(application, facts, book)
    given = _places(application)
    return [replace(one, pointer=_as_given(one.pointer, given), other=_as_given(one.other, given)) for one in found]


def _places(application: SimulatedApplication) -> dict[str, str]:
    """Where the application wrote what the facts hold further on: papers of events, care that is asked about."""
    places = {}
    at = len(application.papers)
    for number, event in enumerate(application.events):
        for place in range(len(event.papers)):
            places[f"/papers/{at}"], at = f"/events/{number}/papers/{place}", at + 1
    before = [at for at, care in enumerate(application.care) if care.given_on < application.deposit.deposited_on]
    for place, at in enumerate(before, len(application.earlier_care)):
        places[f"/earlier_care/{place}"] = f"/care/{at}"
    return places


def _as_given(pointer: str, places: dict[str, str]) -> str:
    held = "/".join(pointer.split("/")[:3])
    return places.get(held, held) + pointer[len(held) :]


def _household(application: SimulatedApplication, facts: ApplicationFacts) -> Iterator[InputError]:
    for at, given in enumerate(application.members):
        if at > 0 and given.relation is None:
            yield InputError(f"/members/{at}/relation", "missing", "Dites le lien de cette personne avec le demandeur.")
    ranks: dict[int, int] = {}
    once: dict[Relation, int] = {}
    for at, member in enumerate(facts.members):
        if member.rank in ranks:
            other = f"/members/{ranks[member.rank]}/rank"
            yield InputError(
                f"/members/{at}/rank", "duplicate_rank", f"Rang {member.rank} porté par deux personnes.", other
            )
        ranks.setdefault(member.rank, at)
        if (member.rank == 0) != (member.relation is Relation.APPLICANT):
            where = f"/members/{at}"
            yield InputError(
                f"{where}/rank", "applicant_rank", "Le rang 0 est celui du demandeur.", f"{where}/relation"
            )
        if member.relation in {Relation.APPLICANT, Relation.SPOUSE}:
            if member.relation in once:
                code = "two_applicants" if member.relation is Relation.APPLICANT else "two_spouses"
                other = f"/members/{once[member.relation]}/relation"
                yield InputError(f"/members/{at}/relation", code, "Une autre personne a déjà ce lien.", other)
            once.setdefault(member.relation, at)


def _ranks(facts: ApplicationFacts) -> Iterator[InputError]:
    """A rank names a member."""
    known = {member.rank for member in facts.members}
    named = {
        "papers": [paper.member_rank for paper in facts.papers],
        "earlier_care": [care.member_rank for care in facts.earlier_care],
        "means/incomes": [income.member_rank for income in facts.means.incomes],
    }
    for name, ranks in named.items():
        for at, rank in enumerate(ranks):
            if rank not in known:
                yield InputError(f"/{name}/{at}/member_rank", "unknown_member", f"Aucune personne de rang {rank}.")


def _care(application: SimulatedApplication, facts: ApplicationFacts, book: Rulebook) -> Iterator[InputError]:
    """Care asked about is that of a member, of a kind and an exception that a rule names."""
    known = {member.rank for member in facts.members}
    kinds, exceptions = care_codes(book)
    for at, care in enumerate(application.care):
        where = f"/care/{at}"
        if care.member_rank not in known and care.given_on >= application.deposit.deposited_on:
            yield InputError(f"{where}/member_rank", "unknown_member", f"Aucune personne de rang {care.member_rank}.")
        if care.code is not None and care.code not in kinds:
            yield InputError(f"{where}/code", "unknown_care", f"Soins connus : {', '.join(sorted(kinds))}.")
        if care.exception is not None and care.exception not in exceptions:
            yield InputError(
                f"{where}/exception", "unknown_exception", f"Exceptions connues : {', '.join(sorted(exceptions))}."
            )


def _papers(facts: ApplicationFacts) -> Iterator[InputError]:
    for at, paper in enumerate(facts.papers):
        if paper.dated and paper.dated > paper.received_on:
            where, other = f"/papers/{at}/dated", f"/papers/{at}/received_on"
            yield InputError(
                where, "paper_dated_after_receipt", "Une pièce n'est pas datée après le jour où elle est reçue.", other
            )


def _events(application: SimulatedApplication) -> Iterator[InputError]:
    deposited, decided = application.deposit.deposited_on, application.decided_on
    if decided is not None and decided < deposited:
        yield InputError("/decided_on", "decided_before_deposit", "Décision avant le dépôt.", DEPOSITED)
    for at, event in enumerate(application.events):
        where = f"/events/{at}"
        if event.on < deposited:
            yield InputError(f"{where}/on", "event_before_deposit", f"« {event.kind} » avant le dépôt.", DEPOSITED)
        if (
            decided is not None
            and event.kind in AFTER_A_DECISION
            and event.on < decided
            and not _silent(application, event.on)
        ):
            yield InputError(
                f"{where}/on", "event_before_decision", f"« {event.kind} » avant la décision.", "/decided_on"
            )
        if event.kind == "appeal_decided" and not any(
            one.kind == "appeal" and one.on <= event.on for one in application.events
        ):
            yield InputError(
                f"{where}/kind", "event_without_appeal", "Une réponse à un recours suit un recours.", "/events"
            )
        sent = None if event.kind == "papers_received" else event.posted_on
        if event.kind == "papers_received" and event.posted_on is not None and event.posted_on > event.on:
            yield InputError(f"{where}/posted_on", "event_dates_out_of_order", "Posté après l'arrivée.", f"{where}/on")
        if event.kind == "appeal" and event.body in ABOLISHED and event.on >= ABOLISHED[event.body]:
            yield InputError(
                f"{where}/body",
                "appeal_body_abolished",
                "Cette commission n'existe plus depuis le 1er janvier 2019 : le recours va au tribunal administratif.",
                f"{where}/on",
            )
        for name, day in (("due_on", event.due_on), ("posted_on", sent)):
            if day is not None and day < event.on:
                yield InputError(
                    f"{where}/{name}", "event_dates_out_of_order", "Avant la demande elle-même.", f"{where}/on"
                )


def without_decision(application: SimulatedApplication, decided: Decided) -> list[InputError]:
    """What is said to have followed a decision, where there is none to follow: not told, or not yet due to silence."""
    supposed = decided.by == "supposed"
    has_outcome = application.decided_on is not None or any(event.kind == "silence" for event in application.events)
    field, what = (
        ("/decision", "la décision")
        if application.decided_on is not None
        else ("/decided_on", "le jour de la décision")
    )
    return [
        InputError(
            f"/events/{at}/on", "event_without_decision", f"« {event.kind} » sans décision : dites {what}.", field
        )
        for at, event in enumerate(application.events)
        if event.kind in AFTER_A_DECISION and (supposed or (event.kind == "notified" and not has_outcome))
    ]


def _silent(application: SimulatedApplication, until: dt.date) -> bool:
    """Was there silence up to that day, so that the event may follow an implicit refusal?"""
    return any(event.kind == "silence" and event.on <= until for event in application.events)
