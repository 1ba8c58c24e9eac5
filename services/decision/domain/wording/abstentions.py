"""Why a rule leaves something to a person, and what would settle it: one owner for each finding that abstains.

The reading is an interpretation by its number (``interpretations/``); what is missing is a fact of the file. Each entry
of the tables below is keyed by the rule and, where a rule abstains for several reasons, by the fact.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Owner:
    """``missing``: the fact that is not known; empty where the text itself leaves a doubt. ``removed_by``: what would
    settle it."""

    missing: str
    removed_by: str


READING = ""
BY_FACT: dict[tuple[str, str], Owner] = {
    ("residence.condition", "absence"): Owner(
        "la durée et la raison de l'absence",
        "l'appréciation écrite d'un agent, ou un retour plus ancien que trois mois",
    ),
    ("residence.condition", "left_france"): Owner("les dates de l'absence", "les dates de départ et de retour"),
    ("residence.condition", "residence_paper_before_entry"): Owner(
        "la date d'entrée exacte", "la date d'entrée corrigée, ou la pièce écartée"
    ),
    ("residence.condition", "irregular_since"): Owner(READING, "la même réponse dans les deux comptes des trois mois"),
    ("residence.condition", "title_until"): Owner(READING, "la même réponse dans les deux comptes des trois mois"),
    ("residence.condition", "entered_on"): Owner(READING, "la même réponse dans les deux comptes des trois mois"),
    ("stay.titles", "in_regular_stay"): Owner(
        "le titre de la personne en séjour régulier", "son titre et sa date de fin, ou son affiliation"
    ),
    ("stay.titles", "stay_title"): Owner(
        "le droit au séjour de la personne", "un constat sur son droit au séjour (européen : oui ou non)"
    ),
    ("deposit.channels", "deposit_channel"): Owner(
        "si ce lieu peut recevoir la demande", "la convention du lieu vérifiée, ou un nouveau dépôt au guichet"
    ),
    ("deposit.in_person", "filed_by"): Owner(
        "pourquoi la personne n'est pas venue",
        "la venue d'un majeur du foyer, ou la preuve d'une mobilité réduite",
    ),
    ("right.effect", "first_body_place"): Owner(
        "quel organisme a reçu la demande d'abord",
        "sa nature (CCAS, hôpital…), ou le choix d'un agent entre les deux dates",
    ),
    ("competence.area", "department"): Owner("", "la transmission à la caisse compétente"),
}
BY_RULE: dict[str, Owner] = {
    "rulebook": Owner("la valeur de la règle ce jour-là", "cette valeur, ajoutée avec sa source"),
    "route.humanitarian": Owner("", "la décision du ministre"),
    "route.custody": Owner("", "la décision d'un agent, sur pièces de l'autorité"),
    "filing.representation": Owner("la qualité du représentant", "sa qualité, dite et prouvée"),
    "proof.renewal": Owner(
        "le droit antérieur", "ce droit retrouvé dans la base, ou sa fin lue par un agent sur la carte ou l'attestation"
    ),
    "proof.first_body": Owner(
        "quel jour le premier organisme a reçu la demande",
        "son récépissé tamponné, le cachet de la poste, ou le choix d'un agent entre les deux dates",
    ),
    "proof.representation": Owner("la qualité du représentant", "le lien ou le mandat, vu par un agent"),
    "proof.reduced_mobility": Owner("la mobilité réduite", "le constat d'un agent"),
    "proof.agreed_body": Owner("les conditions du lieu de dépôt", "le constat d'un agent, ou le dépôt par ce lieu"),
    "proof.education": Owner("les études de l'enfant", "le certificat de scolarité, ou le constat d'un agent"),
    "proof.recent_means": Owner("le changement de situation", "le constat d'un agent"),
    "proof.regular_spouse": Owner("le titre du conjoint", "ce titre, vu par un agent"),
    "proof.earlier_care": Owner(
        "les soins reçus avant le dépôt", "le document de l'hôpital daté de ces soins, ou la facture vue par un agent"
    ),
    "proof.reception_age": Owner("le jour de réception", "ce jour, confirmé ou corrigé par un agent"),
    "doubt.social_number": Owner("de qui est le numéro", "le numéro, lu par un agent sur une pièce"),
    "doubt.same_writing": Owner("qui sont ces deux personnes", "leurs prénoms, ou leurs actes de naissance"),
    "doubt.generation": Owner("le lien et la date de naissance", "la date de naissance, constatée par un agent"),
    "right.open_here": Owner("ce que demande la personne", "la qualification de la demande par un agent"),
    "right.open_elsewhere": Owner("si c'est la même personne", "la réponse de l'autre caisse"),
    "right.covid_extension": Owner(READING, "la lecture de l'article de l'ordonnance 2020-1553"),
    "right.earlier_care": Owner("la résidence au jour des soins", "la date d'entrée ou de fin du titre"),
    "papers.identity": Owner(
        "une pièce qui prouve l'identité", "une pièce de la liste, ou la bonne foi constatée par un agent"
    ),
    "papers.residence": Owner("la date de la pièce", "la pièce datée, ou une autre de la liste"),
    "papers.visa_exempt": Owner(READING, "la lecture du 2° bis du décret de 2026"),
    "papers.means": Owner("le montant des ressources", "une estimation chiffrée, faite avec la personne"),
    "adult_age": Owner("l'âge exact", "le jour de naissance"),
    "dependants.third_person_months": Owner(
        "la vie commune et la charge", "depuis quand la personne vit au foyer, et si elle est à charge"
    ),
    "dependants.relations": Owner("le lien avec le demandeur", "le lien, prouvé"),
    "dependants.regular_spouse_excluded": Owner(READING, "un texte d'avant la circulaire de 2011"),
    "residence.minors_exempt": Owner("l'affiliation de l'enfant", "la réponse de l'assurance maladie"),
    "residence.stability": Owner("la stabilité de la résidence", "les dates d'absence, appréciées par un agent"),
    "stay.maintained_rights": Owner(
        "si la personne était assurée sous ce titre", "la recherche de la caisse dans ses fichiers"
    ),
    "ceiling.metropole": Owner(
        "un chiffre sûr des ressources ou du foyer",
        "un montant à plus d'un euro du plafond, la raison de préférer les trois derniers mois, l'hébergement, "
        "ou l'âge des enfants",
    ),
}
BY_RULE["ceiling.overseas"] = BY_RULE["ceiling.metropole"]
BY_RULE["ceiling.scale"] = BY_RULE["ceiling.metropole"]
NO_DEPOSIT = Owner("un dépôt qui compte", "un nouveau dépôt, au guichet ou dans un lieu que la loi de ce jour admet")
DIFFERENT_OUTCOMES = Owner(
    "la signature d'un agent, les réponses étant certaines pour chacun", "l'admission partielle et le refus, signés"
)


def owner(rule: str, fact: str) -> Owner:
    """The owner of a finding that abstains; by name of its rule where no table knows it."""
    named = fact.split(".")[0]
    found = BY_FACT.get((rule, named)) or BY_RULE.get(rule)
    return found or Owner("ce que la règle demande", "un constat d'agent, avec sa preuve")
