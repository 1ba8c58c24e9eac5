"""What each field of a simulated application means, in French, for those who write one without reading the code.
PURE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.decision.domain.wording.findings import CARE, CHANNELS, FILERS, RELATIONS, REPRESENTATIVES, ROUTES, TITLES
from services.decision.domain.wording.labels import PAPERS

FIELDS: dict[str, dict[str, str]] = {
    "SimulatedApplication": {
        "deposit": "Où, quand et par qui la demande est déposée",
        "route": "Voie de l'article L. 251-1 ; par défaut le droit commun",
        "means": "Ressources ; sans elles, elles sont demandées",
        "address": "Logement, et code postal pour la caisse compétente",
        "earlier_rights": "Droits ou refus antérieurs que la personne déclare, ici ou dans une autre caisse",
        "earlier_care": "Soins reçus avant le dépôt ; `care` convient aussi",
        "language": "Ignoré",
    },
    "Address": {
        "line": "Ignoré",
        "city": "Ignoré",
        "country": "Ignoré : pays d'une adresse à l'étranger",
        "body": "Ignoré",
        "host_name": "Ignoré",
        "telephone": "Ignoré",
        "protected_location": "Ignoré",
        "postcode": "Code postal : un autre département que celui de la caisse fait proposer un transfert",
        "lodging": "Logement ; hosted_free : hébergement gratuit par une personne",
        "domiciled": "Personne sans domicile qui a élu domicile",
    },
    "Care": {
        "member_rank": "Personne soignée",
        "given_on": "Jour des soins, ou de l'entrée à l'hôpital",
        "stay_ended_on": "Fin du séjour à l'hôpital : le délai peut courir de ce jour",
    },
    "Absence": {
        "left_on": "Jour du départ",
        "returned_on": "Jour du retour",
    },
    "EarlierRight": {
        "caisse": "Caisse de ce droit",
        "application_id": "Ignoré",
        "reference": "Ignoré",
        "granted": "Vrai : droit accordé ; faux : demande refusée",
        "deposited_on": "Jour où ce droit a été demandé",
        "granted_on": "Jour où il a été accordé",
        "starts_on": "Premier jour du droit",
        "ends_on": "Dernier jour du droit, compris",
    },
    "Income": {
        "source": "Origine de la somme",
        "month": "Mois civil, AAAA-MM ; seuls ceux de la période de référence comptent",
        "amount_cents": "Montant du mois en centimes, net des cotisations",
        "member_rank": "Qui a reçu la somme",
    },
    "Means": {
        "incomes": "Ressources mois par mois",
        "estimate_cents": "Estimation des douze mois, en centimes, pour le foyer",
        "free_lodging_months": "Mois d'hébergement gratuit pendant les douze mois : un forfait s'ajoute",
        "situation_changed": "La situation a changé pendant l'année : les trois derniers mois sont montrés à côté",
        "recent_reason": "Raison, en code, de préférer les trois derniers mois : ils remplacent alors les douze",
    },
    "SimulatedDeposit": {
        "first_body_on": "Jour où un premier organisme (CCAS, hôpital) a reçu la demande : le silence "
        "en court ; par défaut le jour du dépôt, quand le dépôt est ailleurs qu'à la caisse",
        "first_body_by": "Qui donne ce jour ; par défaut prouvé (stamp) ; « declared » le montre sans le compter",
        "first_body_channel": "Nature de cet organisme ; par défaut celle du lieu de dépôt, hors caisse. "
        "Le droit n'en part que s'il pouvait recevoir la demande ce jour-là",
        "filed_by": "Qui dépose ; par défaut le demandeur",
        "representation": "Qualité du représentant, avec filed_by : representative",
        "reduced_mobility": "Personne à mobilité réduite : dispensée du dépôt en personne",
        "treated_there": "Hôpital : le demandeur ou un membre du foyer y est soigné ; par défaut on le présume",
        "agreed": "Association ou centre de santé : remplit les quatre conditions de 2021",
    },
    "SimulatedMember": {
        "birth_date": "AAAA-MM-JJ ; 00 pour un mois ou un jour inconnu",
        "in_education": "Enfant qui poursuit ses études : à charge jusqu'à vingt ans",
        "in_regular_stay": "Conjoint en séjour régulier : ni lui ni ses revenus ne comptent",
        "living_together_since": "Tierce personne : début de la vie commune",
        "in_charge": "Tierce personne : à charge effective, totale et permanente",
        "infirm": "Ne peut travailler en raison d'une infirmité",
        "shared_custody": "Enfant en garde alternée",
        "stay": "Entrée et séjour de cette personne",
    },
    "SimulatedPaper": {
        "kind": "Nature de la pièce",
        "member_rank": "Personne que la pièce concerne",
        "dated": "Date que porte la pièce",
        "posted_on": "Jour du cachet de la poste",
        "has_photo": "La pièce porte une photographie",
        "legible": "La pièce se lit",
    },
    "SimulatedCare": {
        "member_rank": "Personne soignée",
        "given_on": "Jour des soins",
        "stay_ended_on": "Fin du séjour à l'hôpital : le délai peut courir de ce jour",
    },
    "Stay": {
        "entered_on": "Entrée en France, métropole ou outre-mer ; inconnue, elle est demandée si elle compte",
        "title": "Visa, titre ou document, en cours ou fini",
        "title_from": "Début du visa ou du titre",
        "title_until": "Dernier jour du visa ou du titre",
        "irregular_since": "Début du séjour irrégulier, s'il est connu",
        "left_france": "A quitté la France",
        "removal_on": "Jour où une mesure d'éloignement est devenue définitive",
        "insured_before": "Assuré sous le titre qui a pris fin : ses droits sont maintenus un temps",
        "right_of_residence": "Européen : a un droit au séjour",
        "absent_days": "Jours hors de France dans les douze mois",
        "absences": "Absences dont les dates sont connues",
    },
}
CODES: dict[str, Mapping[str, str]] = {
    "SaidBy": {
        "declared": "déclaré par qui transmet",
        "body": "dit par cet organisme lui-même",
        "stamp": "porté par un récépissé tamponné",
    },
    "Channel": CHANNELS,
    "Filer": FILERS,
    "Representation": REPRESENTATIVES,
    "Relation": RELATIONS,
    "StayTitle": TITLES,
    "Route": ROUTES,
    "PaperKind": PAPERS,
    "Kind": {"first": "première demande", "renewal": "renouvellement"},
    "PaperUse": {
        "identity": "l'identité",
        "residence": "la résidence",
        "means": "les ressources",
        "other": "autre chose",
    },
    "IncomeSource": {
        "work": "travail",
        "family_help": "aide de proches",
        "association_help": "aide d'associations",
        "abroad": "étranger",
        "benefit": "prestation",
        "savings": "épargne",
        "other": "autre",
    },
    "Lodging": {
        "own": "chez soi",
        "hosted_free": "hébergé gratuitement",
        "shelter": "centre d'hébergement",
        "hotel": "hôtel",
        "homeless": "sans domicile",
    },
}
MODELS = {
    "Address": "Logement",
    "Absence": "Un temps hors de France ; returned_on absent : pas encore revenu",
    "Care": "Soins reçus avant le dépôt",
    "EarlierRight": "Un droit ou un refus antérieur",
    "Income": "Une somme reçue",
    "Means": "Ressources : par mois, ou par une estimation",
    "Stay": "Entrée et séjour ; absent : inconnu",
    "SimulatedDeposit": "Où, quand et par qui la demande est déposée",
    "SimulatedMember": "Une personne",
    "SimulatedPaper": "Une pièce du dossier",
    "SimulatedCare": "Soins dont la prise en charge est demandée",
    "SimulatedEvent": "Ce qui est arrivé ensuite, ou pourrait arriver",
    "SimulatedApplication": "Une demande qui n'est celle de personne, ce qui a suivi, et les questions posées",
}


def described(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of an application with what each model, field and code means; what says it already is left as it
    is."""
    for name, model in {**schema["$defs"], "SimulatedApplication": schema}.items():
        model["description"] = _codes(CODES[name]) if name in CODES else MODELS.get(name, model.get("description", ""))
        for field, words in FIELDS.get(name, {}).items():
            model["properties"][field].setdefault("description", words)
    kinds = _codes(CARE)
    schema["$defs"]["SimulatedCare"]["properties"]["code"]["description"] += f". {kinds}"
    return schema


def _codes(words: Mapping[str, str]) -> str:
    return " ; ".join(f"{code} : {said}" for code, said in words.items())
