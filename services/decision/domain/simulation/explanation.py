"""An outcome in French sentences that a technician can read aloud."""

from __future__ import annotations

from collections.abc import Iterator

from services.decision.domain.simulation.response import FoundFact, Outcome, Person
from services.decision.domain.wording import findings
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
NOTES = {"right.renewal_window", "right.renewal_grace", "deposit.transmission"}
OUTCOMES = {"granted": "admission", "refused": "refus", "lapsed": "refus né du silence"}
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
    yield f"Courrier : {outcome.letter.label}." if outcome.letter.kind else "Courrier : aucun pour l'instant."
    yield ""
    yield "Le foyer et le dépôt"
    yield from (_found(found) for found in outcome.findings if found.member_rank is None)
    for person in outcome.members:
        yield from _person(person)
    yield from _asked(outcome)
    for care in outcome.care:
        yield f"Soins du {long_date(care.given_on)} : {COVERED[care.covered]}. {care.why}"
    yield from _after(outcome)
    if outcome.to_confirm:
        yield ""
        yield "À confirmer"
        yield from (f"- {one}" for one in outcome.to_confirm)
    yield from _readings(outcome)


def _readings(outcome: Outcome) -> Iterator[str]:
    """In full those that bear on what is not plainly met, or on the procedure; the others by their numbers."""
    plain = {number for found in outcome.findings if found.verdict == "met" for number in found.interpretations}
    weighed = {number for found in outcome.findings if found.verdict != "met" for number in found.interpretations}
    told = [one for one in outcome.interpretations if one.number in weighed or one.number not in plain]
    if told:
        yield ""
        yield "Interprétations"
        yield from (f"- {one.number} : {one.question} {one.answer}" for one in told)
    others = [one.number for one in outcome.interpretations if one not in told]
    if others:
        yield f"Autres interprétations de ces règles : {', '.join(others)}."


def _found(found: FoundFact) -> str:
    value, limit = findings.value(found.fact, found.value), findings.limit(found.fact, found.limit)
    held = f" ({limit})" if limit else ""
    shown = findings.proof(found.proof)
    proof = f", {shown}" if shown and value not in shown else ""
    numbers = f" Voir {', '.join(found.interpretations)}." if found.interpretations else ""
    law = f"{found.reference}{MARKS[found.confidence]}."
    return f"- {found.label} : condition {FOUND[found.verdict]} ; {value}{held}{proof}. {law}{numbers}"


def _person(person: Person) -> Iterator[str]:
    yield ""
    yield f"Personne {person.rank} ({findings.RELATIONS[person.relation]}) : {PEOPLE[person.verdict]}"
    yield from (_found(found) for found in person.findings)
    for ground in person.motives:
        yield f"- Motif possible : {ground.label} ({ground.reference}).{MARKS[ground.confidence]}"
    if person.right and person.right.care_from:
        yield f"- Soins antérieurs couverts depuis le {long_date(person.right.care_from)}."


def _asked(outcome: Outcome) -> Iterator[str]:
    if not outcome.ask:
        return
    yield ""
    yield "À demander (une seule pièce de chaque liste suffit)"
    for item in outcome.ask:
        accepted = ", ".join(one.label for one in item.accepted)
        yield f"- Personne {item.member_rank}, {item.label} : {accepted or 'à dire par la personne'}."


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
