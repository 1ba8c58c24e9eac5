"""An outcome in French sentences that a technician can read aloud."""

from __future__ import annotations

from collections.abc import Iterator

from services.decision.domain.simulation.response import FoundFact, Outcome, Person
from services.decision.domain.wording import findings
from services.decision.domain.wording.labels import SUMMONS
from services.decision.domain.wording.persons import factual_names
from shared.french import long_date

VERDICTS = {
    "grant": "Proposition : admettre.",
    "refuse": "Proposition : refuser. Un agent nommé décide ; un refus n'est jamais automatique.",
    "ask": "Proposition : demander des pièces.",
    "human": "Proposition : un agent apprécie. Les règles ne tranchent pas seules.",
    "excluded": "hors de la demande (conjoint en séjour régulier)",
}
PEOPLE = {
    "grant": "admettre",
    "refuse": "refuser",
    "ask": "demander des pièces",
    "human": "à apprécier",
    "excluded": "hors de la demande",
}
FOUND = {"met": "remplie", "not_met": "non remplie", "unknown": "à prouver", "human": "à apprécier par un agent"}
MARKS = {"M": " [non vérifié : à confirmer]", "C": " [calculé : à confirmer]", "S": " [source secondaire]", "V": ""}
# Rules that are told and never weigh.
NOTES = {"right.renewal_window", "right.renewal_grace", "deposit.transmission", "route.urgent_care"}
OUTCOMES = {"granted": "admission", "refused": "refus", "lapsed": "refus né du silence"}
EVENTS = {
    "death": "décès",
    "birth": "naissance",
    "majority": "majorité",
    "change": "changement",
    "withdrawn": "désistement",
    "revoked": "retrait",
    "appeal": "recours contre l'admission",
}
COVERED = {"yes": "couverts", "no": "non couverts", "human": "à apprécier par un agent"}


def explain(outcome: Outcome) -> str:
    """The whole outcome, a paragraph for each part; an empty part is left out."""
    return "\n".join(_lines(outcome)) + "\n"


def _lines(outcome: Outcome) -> Iterator[str]:
    kind = "un renouvellement" if outcome.treated_as == "renewal" else "une première demande"
    where = "d'outre-mer" if outcome.overseas else "de métropole"
    yield VERDICTS[outcome.verdict]
    weighed = [found.label for found in outcome.findings if found.verdict != "met" and found.rule not in NOTES]
    if outcome.verdict != "grant" and weighed:
        yield f"Ce qui l'explique : {' ; '.join(dict.fromkeys(weighed))}."
    yield f"Loi du {long_date(outcome.law_of)} ; dossier traité comme {kind} ; plafonds {where}."
    if outcome.effect_on and outcome.ends_on:
        certain = all(one.right.certain for one in outcome.members if one.right)
        lead = "Droit" if certain else "Droit, s'il est accordé"
        yield f"{lead} : du {long_date(outcome.effect_on)} au {long_date(outcome.ends_on)} inclus."
    yield from _letter(outcome)
    yield from _left_to_a_person(outcome)
    yield ""
    yield "Le foyer et le dépôt"
    yield from (_found(found) for found in outcome.findings if found.member_rank is None)
    names = _names(outcome)
    for person in outcome.members:
        yield from _person(person, names[person.rank])
    yield from _asked(outcome)
    for care in outcome.care:
        yield f"Soins du {long_date(care.given_on)} : {COVERED[care.covered]}. {care.why}"
    for one in outcome.consequences:
        yield f"Le {long_date(one.on)}, {EVENTS[one.event]} : {one.text} {one.reference}."
    yield from _after(outcome)
    if outcome.to_confirm:
        yield ""
        yield "À confirmer"
        yield from (f"- {one}" for one in outcome.to_confirm)
    yield from _readings(outcome)


def _letter(outcome: Outcome) -> Iterator[str]:
    """The letter that follows, and why the person is to come."""
    why = " ; ".join(SUMMONS[code] for code in outcome.summons)
    if outcome.letter.kind == "appointment":
        yield f"Courrier : {outcome.letter.label}, pour {why}. Aucune date d'effet n'est donnée avant."
        return
    if outcome.letter.kind:
        yield f"Courrier : {outcome.letter.label}."
    elif outcome.verdict == "human":
        yield "Courrier : celui de la décision de l'agent."
    if outcome.summons_letter is not None:
        rest = " Le droit et sa date d'effet n'en dépendent pas." if outcome.summons == ["photo"] else ""
        yield f"Au guichet : {outcome.summons_letter.label}, pour {why}.{rest}"


def _left_to_a_person(outcome: Outcome) -> Iterator[str]:
    """What the rules leave to an agent, and what would settle each doubt."""
    if not outcome.abstentions:
        return
    yield ""
    yield "Ce que les règles laissent à un agent"
    names = _names(outcome)
    for one in outcome.abstentions:
        who = f" ({names[one.member_rank]})" if one.member_rank is not None else ""
        cause = f"il manque : {one.missing}" if one.missing else "le texte laisse un doute"
        numbers = f", voir {', '.join(one.interpretations)}" if one.interpretations else ""
        yield f"- {one.label}{who} : {cause}{numbers}. Ce qui lèverait ce doute : {one.removed_by}."


def _names(outcome: Outcome) -> dict[int, str]:
    """How each person is called: by the relation, numbered where several have the same."""
    return factual_names([(person.rank, person.relation) for person in outcome.members])


def _readings(outcome: Outcome) -> Iterator[str]:
    """In full those that bear on what is not plainly met, or on the procedure; the others by their numbers."""
    plain = {number for found in outcome.findings if found.verdict == "met" for number in found.interpretations}
    weighed = {number for found in outcome.findings if found.verdict != "met" for number in found.interpretations}
    listed = [one for one in outcome.interpretations if one.number in weighed or one.number not in plain]
    if listed:
        yield ""
        yield "Interprétations"
        yield from (f"- {one.number} : {one.question} {one.answer}" for one in listed)
    others = [one.number for one in outcome.interpretations if one not in listed]
    if others:
        yield f"Autres interprétations de ces règles : {', '.join(others)}."


def _found(found: FoundFact) -> str:
    value, limit = findings.value(found.fact, found.value), findings.limit(found.fact, found.limit)
    held = f" ({limit})" if limit else ""
    plain = findings.plainly_met(found.fact, found.value) if found.verdict == "met" else ""
    shown = findings.proof(found.proof)
    proof = f", {shown}" if shown and value not in shown else ""
    numbers = f" Voir {', '.join(found.interpretations)}." if found.interpretations else ""
    law = f"{found.reference}{MARKS[found.confidence]}."
    said = plain or f"condition {FOUND[found.verdict]} ; {value}"
    return f"- {found.label} : {said}{held}{proof}. {law}{numbers}"


def _person(person: Person, name: str) -> Iterator[str]:
    yield ""
    yield f"{name[:1].upper()}{name[1:]} : {PEOPLE[person.verdict]}"
    yield from (_found(found) for found in person.findings)
    for ground in person.motives:
        yield f"- Motif possible : {ground.label} ({ground.reference}).{MARKS[ground.confidence]}"
    if person.first_possible_on:
        yield f"- Première date de dépôt possible : le {long_date(person.first_possible_on)}."
    if person.right and person.right.care_from:
        yield f"- Soins antérieurs couverts depuis le {long_date(person.right.care_from)}."


def _asked(outcome: Outcome) -> Iterator[str]:
    if not outcome.ask:
        return
    yield ""
    yield "À demander (une seule pièce de chaque liste suffit)"
    names = _names(outcome)
    for item in outcome.ask:
        accepted = ", ".join(one.label for one in item.accepted)
        name = names[item.member_rank]
        yield f"- {name[:1].upper()}{name[1:]}, {item.label} : {accepted or 'à dire par la personne'}."


def _after(outcome: Outcome) -> Iterator[str]:
    yield ""
    if outcome.decided.outcome != "none":
        yield f"Décision : {OUTCOMES[outcome.decided.outcome]}, le {long_date(outcome.decided.on)}."
    if outcome.appeal:
        until = f", jusqu'au {long_date(outcome.appeal.limit_on)} inclus" if outcome.appeal.limit_on else ""
        yield (
            f"Recours : {outcome.appeal.label}, dans les {outcome.appeal.months} mois{until}. "
            f"{outcome.appeal.reference}."
        )
        yield f"Ensuite : {outcome.appeal.then.label}."
        yield from (f"  {one}" for one in outcome.appeal.computed)
    yield "Délais"
    for clock in outcome.clocks:
        end = f"dernier jour le {long_date(clock.due_on)}" if clock.due_on else "ne court pas"
        stopped = f", arrêté le {long_date(clock.ended_on)}" if clock.ended_on else ""
        yield f"- {clock.label} : {end}{stopped}. {clock.reference}{MARKS[clock.confidence]}."
        yield from (f"    {one}" for one in clock.computed)
