"""What an event during the instruction or the right changes, by the law of its day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from services.decision.domain.eligibility.facts import CaseFacts, CaseMember
from services.decision.domain.law.rulebook import Rulebook, Value
from services.decision.domain.simulation import response as out
from services.decision.domain.simulation.assumed_history import AssumedHistory, withdrawal_allowed
from services.decision.domain.simulation.events import SimulatedEvent
from services.decision.domain.simulation.request import SimulatedApplication
from shared.contract.consistency import earliest_birth, latest_birth
from shared.french import long_date

DURING_INSTRUCTION = (
    "La demande continue pour les soins reçus jusqu'au décès : l'hôpital ou les proches peuvent la poursuivre. Les "
    "personnes à charge gardent leur propre demande."
)
DURING_RIGHT = "Le droit de la personne finit ce jour ; celui des autres membres court jusqu'à son terme."
BIRTH = (
    "Le droit ouvert reste ouvert. L'enfant né pendant le droit fait l'objet d'une demande pour lui, sans condition de "
    "durée de résidence ni de ressources."
)
TOO_LITTLE = (
    "Une admission se conteste pour ce qu'elle n'accorde pas : une personne laissée de côté, une date d'effet trop "
    "tardive, des soins antérieurs non repris."
)
TEXTS = {
    "ends": "Le droit finit à la suite de ce changement.",
    "stays": "Le droit reste ouvert jusqu'à son terme.",
    "human": "Aucun texte lu ne tranche : un agent apprécie.",
    "transfer": "Le droit reste ouvert, le dossier est transféré à la caisse compétente.",
}


def consequences(
    application: SimulatedApplication,
    facts: CaseFacts,
    people: Iterable[out.Person],
    history: AssumedHistory,
    book: Rulebook,
) -> list[out.Consequence]:
    """One for each event that changes something, in order of date, and one for each coming of age during a right."""
    rights = {person.rank: person.right for person in people if person.right is not None}
    found = [one for event in application.events for one in _of_event(event, application, rights, history, book)]
    found += [one for member in facts.members for one in _coming_of_age(member, rights.get(member.rank), book)]
    return sorted(found, key=lambda one: one.on)


def _law(book: Rulebook, rule: str, on: dt.date) -> Value:
    return book.find(rule, on) or book.history(rule)[0]


def _of_event(
    event: SimulatedEvent,
    application: SimulatedApplication,
    rights: dict[int, out.OpenedRight],
    history: AssumedHistory,
    book: Rulebook,
) -> Iterator[out.Consequence]:
    match event.kind:
        case "death":
            decided = application.decided_on
            before = decided is None or event.on < decided
            law = _law(book, "change.death", event.on)
            yield _made(event, law, "continues" if before else "ends", DURING_INSTRUCTION if before else DURING_RIGHT)
        case "birth":
            yield _made(event, _law(book, "change.family", event.on), "stays", BIRTH)
        case "change" if event.change is not None:
            law = _law(book, f"change.{event.change}", event.on)
            heard = " La personne est d'abord entendue." if law.value.hearing else ""
            yield _made(event, law, law.value.effect, TEXTS[law.value.effect] + heard)
        case "withdrawn":
            text = "La personne se désiste : aucun délai ne court plus, une nouvelle demande reste possible."
            yield _made(event, _law(book, "right.effect", event.on), "closed", text)
        case "revoked":
            yield from _withdrawal(event, history, book)
        case "appeal" if rights and not any(one.kind == "revoked" for one in application.events):
            yield _made(event, _law(book, "clock.appeal", event.on), "contested", TOO_LITTLE)


def _withdrawal(event: SimulatedEvent, history: AssumedHistory, book: Rulebook) -> Iterator[out.Consequence]:
    granted = history.granted_before(event.on)
    ground = event.ground or "unlawful"
    if granted is None:
        return
    law = _law(book, "clock.withdrawal", granted.on)
    if withdrawal_allowed(granted, ground, event.on, history.story, book):
        text = "L'admission est retirée : elle est réputée n'avoir jamais existé, et se conteste comme un refus."
        yield _made(event, law, "withdrawn", text)
        return
    last = history.withdrawal_until(granted)
    late = ground == "unlawful" and event.on > last
    why = (
        f"une admission illégale ne se retire que dans les quatre mois, jusqu'au {long_date(last)} ; une fraude, à "
        f"tout moment"
        if late
        else "la personne n'a pas d'abord été invitée à répondre, ou son délai court encore"
    )
    yield _made(event, law, "not_allowed", f"Ce retrait n'est pas possible : {why}.")


def _coming_of_age(member: CaseMember, right: out.OpenedRight | None, book: Rulebook) -> Iterator[out.Consequence]:
    """A minor who comes of age during the right keeps it to its end, and applies alone after."""
    if right is None or member.birth_date is None:
        return
    first, last = earliest_birth(member.birth_date), latest_birth(member.birth_date)
    if first != last:
        return
    law = _law(book, "adult_age", right.starts_on)
    year = first.year + int(law.value)
    leap = (first.month, first.day) == (2, 29)
    day = dt.date(year, 3, 1) if leap and not _leap(year) else dt.date(year, first.month, first.day)
    if not right.starts_on < day <= right.ends_on:
        return
    text = (
        "Majorité pendant le droit : il court jusqu'à son terme. Le renouvellement se demande en son nom, avec ses "
        "propres conditions, et les soins programmés attendent les neuf mois d'admission."
    )
    yield out.Consequence(
        event="majority",
        on=day,
        member_rank=member.rank,
        effect="stays",
        text=text,
        reference=law.reference,
        confidence="M",
    )


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _made(event: SimulatedEvent, law: Value, effect: str, text: str) -> out.Consequence:
    return out.Consequence.model_validate(
        {
            "event": event.kind,
            "on": event.on,
            "member_rank": event.member_rank if event.kind == "death" else None,
            "effect": effect,
            "text": text,
            "reference": law.reference,
            "confidence": law.confidence,
        }
    )


def closed_by_death(
    right: out.OpenedRight | None, rank: int, events: Iterable[SimulatedEvent]
) -> out.OpenedRight | None:
    """The right of a person who died ends that day."""
    died = min((one.on for one in events if one.kind == "death" and one.member_rank == rank), default=None)
    if right is None or died is None or died >= right.ends_on:
        return right
    return right.model_copy(update={"ends_on": max(died, right.starts_on)})
