"""The facts of a finding in French: codes, dates and amounts as a technician says them. PURE.

A finding holds codes for programs; here is how its value, its limit and its proof read aloud.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.wording.labels import PAPERS
from services.decision.domain.wording.rules import euros
from shared.french import long_date

RELATIONS = {
    "applicant": "demandeur",
    "spouse": "conjoint",
    "child": "enfant",
    "ascendant": "ascendant",
    "collateral": "parent collatéral",
    "third_person": "tierce personne",
}
CHANNELS = {
    "cpam": "accueil de la caisse",
    "ccas": "CCAS",
    "department": "service social du département",
    "association": "association",
    "hospital": "hôpital ou PASS",
    "france_services": "France services",
    "health_centre": "centre de santé",
    "post": "courrier",
}
FILERS = {
    "applicant": "le demandeur",
    "household_adult": "un autre majeur du foyer",
    "representative": "un représentant",
    "third_party": "un tiers",
}
REPRESENTATIVES = {
    "spouse": "conjoint",
    "partner": "concubin",
    "pacs_partner": "partenaire d'un PACS",
    "ascendant": "ascendant",
    "descendant": "descendant",
    "sibling": "frère ou sœur",
    "hospital_director": "directeur de l'hôpital",
    "curator": "curateur",
    "guardian": "tuteur",
    "other": "autre personne",
}
TITLES = {
    "none": "aucun titre",
    "visa": "visa",
    "visa_exempt": "dispense de visa",
    "permit": "titre de séjour",
    "receipt": "récépissé",
    "procedure_pending": "démarche de titre en cours",
    "asylum_pending": "demande d'asile en cours",
    "eu_national": "citoyenneté européenne",
}
ROUTES = {"ordinary": "droit commun", "humanitarian": "admission humanitaire", "custody": "garde à vue"}
CARE = {
    "nerve_release": "libération d'un nerf",
    "lens_surgery": "chirurgie du cristallin",
    "cornea_graft": "greffe de cornée",
    "rhinoplasty": "rhinoplastie",
    "cochlear_implant": "implant cochléaire",
    "middle_ear": "chirurgie de l'oreille moyenne",
    "protruding_ears": "oreilles décollées",
    "knee_prosthesis": "prothèse du genou",
    "shoulder_prosthesis": "prothèse de l'épaule",
    "hip_prosthesis": "prothèse de la hanche",
    "hip_femur": "autre chirurgie de la hanche ou du fémur",
    "breast_non_malignant": "chirurgie du sein non maligne",
    "obesity_surgery": "chirurgie de l'obésité",
    "related_transport": "transport lié à ces soins",
    "related_physiotherapy": "rééducation liée à ces soins",
    "thermal_cure": "cure thermale",
    "assisted_procreation": "assistance médicale à la procréation",
    "low_benefit_drug": "médicament remboursé à 15 %",
}
DOUBTS = {
    "number_of_other_sex": "numéro d'une personne de l'autre sexe",
    "number_of_other_birth": "numéro d'une personne née un autre mois ou une autre année",
    "number_shared": "numéro porté aussi par un autre membre",
    "not_told_apart": "mêmes noms et même naissance qu'un autre membre",
}
COMMON = {
    "none": "aucune pièce",
    "true": "oui",
    "false": "non",
    "given": "fourni",
    "renewal": "renouvellement, déjà connu",
    "figures": "chiffres donnés",
    "without_figures": "sans montant",
    "without_photo": "sans photographie",
    "out_of_date": "périmée",
    "unstated": "non dit",
    "unknown": "inconnu",
    "state_services": "services de l'État",
    "human": "un agent",
    "not_above": "ne dépasse pas le plafond",
    "above": "dépasse le plafond",
    "not_claimed": "non réclamé",
    "before_title": "à acquitter avant la remise du titre",
}
# How a fact is introduced, and what its limit is. A fact not named here is told by its value alone.
LEADS = {
    "entered_on": "entrée en France le",
    "irregular_since": "en séjour irrégulier depuis le",
    "title_until": "titre ou visa jusqu'au",
    "absence": "hors de France du",
    "stamp_duty_due": "droit annuel :",
    "first_body_place": "premier organisme saisi :",
    "first_body_on": "premier organisme saisi le",
    "free_lodging_unknown": "hébergement gratuit, montant de ce jour inconnu :",
    "minor": "naissance :",
    "birth_date": "naissance :",
    "born_beside_applicant": "naissance :",
    "days_in_france": "jours en France dans l'année :",
    "in_regular_stay": "en séjour régulier :",
    "left_france": "départ de France :",
    "parent_in_regular_stay": "le demandeur est en séjour régulier :",
    "living_together_since": "vie commune depuis le",
    "title_ended_on": "titre fini le",
    "right_ends_on": "droit jusqu'au",
    "earlier_care": "soins du",
    "deposited_on": "dépôt du",
    "days_to_transmit": "jours de transmission :",
    "filed_by": "déposée par",
    "representation": "en qualité de",
    "department": "département",
    "refusal": "en cas de refus :",
    "host_statement": "attestation de l'hébergeant :",
    "recent_reason": "motif :",
    "by_the_letter": "à la lettre,",
    "residence_paper_before_entry": "pièce la plus ancienne du",
    "relation": "lien :",
    "law_of": "loi du",
    "free_lodging_cents": "forfait compté :",
    "lodging_base_cents": "base du mois :",
    "lodging_base_day": "base du",
    "costly_care": "soins coûtant",
    "free_lodging_part": "une partie de l'année :",
}
LIMITS = {
    "entered_on": "au plus tard le",
    "irregular_since": "au plus tard le",
    "title_until": "au plus tard le",
    "absence": "retour au plus tard le",
    "stay_title": "apprécié au",
    "residence_paper": "appréciée au",
    "title_ended_on": "maintien jusqu'au",
    "residence_paper_before_entry": "entrée le",
    "born_beside_applicant": "naissance du demandeur :",
    "deposit_channel": "lieux admis :",
    "filed_by": "admis :",
    "representation": "admis :",
    "department": "caisse du département",
    "right_ends_on": "prolongé jusqu'au",
    "deposited_on": "bornes :",
    "first_body_place": "droit compté du dépôt du",
    "first_body_on": "ou dépôt du",
    "planned_care": "à partir du",
}
# Limits that are numbers: of days, months, years.
COUNTS = {
    "days_to_transmit": "{} jours au plus",
    "days_in_france": "{} jours",
    "birth_date": "majorité à {} ans",
    "earlier_care": "{} jours au plus",
    "living_together_since": "{} mois au moins",
    "stay_title": "{} mois",
}
WORDS: dict[str, Mapping[str, str]] = {
    "deposit_channel": CHANNELS,
    "first_body_place": CHANNELS,
    "filed_by": FILERS,
    "representation": REPRESENTATIVES,
    "stay_title": TITLES,
    "relation": RELATIONS,
    "social_number": DOUBTS,
    "same_writing": DOUBTS,
    "route": ROUTES,
    "excluded_care": CARE,
    "planned_care": CARE,
}
_MONEY = (
    "free_lodging_cents",
    "lodging_base_cents",
    "resources_cents",
    "ceiling_computed_cents",
    "stamp_duty_receipt",
    "stamp_duty_due",
    "costly_care",
    "by_the_letter",
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def value(fact: str, text: str) -> str:
    """The value of a fact: « en séjour irrégulier depuis le 2 mai 2023 »."""
    if text in ("", "none") and LEADS.get(fact, "").endswith(" le"):
        return f"{LEADS[fact].removesuffix(' le')}, jour non dit"
    return f"{LEADS.get(fact, '')} {_in_french(fact, text) or 'non dit'}".strip()


def limit(fact: str, text: str) -> str:
    """What the value was held against: « limite : 10 166 € », « avant le 2 février 2024 »; empty where there is
    nothing."""
    if not text:
        return ""
    if fact == "law_of":
        return "aucune valeur de la règle ce jour-là"
    if fact == "right_ends_on" and not _DATE.fullmatch(text):
        return f"caisse {text}"
    if text.isdigit() and fact in COUNTS:
        return COUNTS[fact].format(text)
    return f"{LIMITS.get(fact, 'limite :')} {_in_french(fact, text)}"


PLAINLY = {
    ("stay_title", "none"): "aucun titre en cours",
    ("refusal", "true"): "même refusée, la personne a droit aux soins urgents",
    ("means_statement", "figures"): "moyens d'existence chiffrés",
    ("identity_paper", "renewal"): "identité déjà connue",
    ("residence_paper", "renewal"): "résidence présumée au renouvellement",
}
"""Facts that are met and read best in one breath, without « condition remplie »."""


def plainly_met(fact: str, text: str) -> str:
    """The sentence of a fact that is met and says all by itself; empty for the others."""
    if fact == "first_body_place":
        return f"{value(fact, text)}, qui ne pouvait recevoir la demande ; le silence en court, non le droit"
    return PLAINLY.get((fact, text), "")


def papers_by_id(facts: CaseFacts | None) -> dict[str, str]:
    """Each paper of a file as ``energy_bill 2023-12-01``, by its id; none when the facts are gone."""
    papers = facts.papers if facts is not None else []
    return {str(one.paper_id): f"{one.kind.value} {one.dated or ''}".strip() for one in papers}


OBSERVED_BY = {
    "paper_seen": "une pièce vue à l'instruction",
    "interview": "l'entretien au guichet",
    "visabio": "la consultation de VISABIO",
    "phone": "un échange au téléphone",
    "health_professional": "un professionnel de santé",
}


def proof(code: str, papers: Mapping[str, str] | None = None) -> str:
    """What proves a fact; empty for the word of the person. ``paper:energy_bill 2023-12-01`` and ``observed:visabio``.

    ``papers``: those that ``code`` names by their id, as ``papers_by_id`` gives them.
    """
    kind, _, rest = code.partition(":")
    if kind == "paper":
        rest = (papers or {}).get(rest, rest)
        return f"d'après : {_in_french('paper', rest)}"
    return f"constaté par un agent : {OBSERVED_BY.get(rest, rest)}" if kind == "observed" else ""


def _in_french(fact: str, text: str) -> str:
    if text.isdigit() and fact.startswith(_MONEY):
        return euros(int(text))
    found, words = [], WORDS.get(fact, {})
    tokens = text.split(" ")
    for at, token in enumerate(tokens):
        if _DATE.fullmatch(token):
            bound = (
                ""
                if at == 0
                else "et "
                if _DATE.fullmatch(tokens[at - 1])
                else "jusqu'au "
                if fact == "stay_title"
                else "du "
            )
            found.append(bound + _day(token))
        else:
            found.append(words.get(token) or PAPERS.get(token) or COMMON.get(token) or token)
    listed = (
        len(found) > 1
        and not any(_DATE.fullmatch(token) for token in tokens)
        and all(token in words for token in tokens)
    )
    return ", ".join(found) if listed else " ".join(found)


def _day(token: str) -> str:
    """A date in words, its unknown day or month left out."""
    year, month, number = (int(part) for part in token.split("-"))
    if not month:
        return str(year)
    return long_date(dt.date(year, month, number)) if number else f"{month:02d}/{year}"
