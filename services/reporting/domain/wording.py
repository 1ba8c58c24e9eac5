"""What a check of the access log found, in French. PURE."""

from __future__ import annotations

import datetime as dt

from services.reporting.domain.access_chain import HEADS, Break, Verdict
from shared.french import french_date

REASONS = {
    "changed": "son contenu n'est pas celui qui a été enchaîné",
    "missing": "elle manque",
    "out_of_place": "elle n'est pas à sa place",
    "not_the_signed_one": "elle n'est pas celle que la tête signée désigne",
    "not_the_head": "la chaîne ne s'arrête pas là où la base le dit",
    "repeated": "son numéro est pris deux fois",
    "does not follow": "elle ne suit pas la précédente",
    "not signed by one of our keys": "sa signature n'est d'aucune de nos clés",
}


def verdict_in_words(verdict: Verdict) -> str:
    """One sentence, and what is still to be signed."""
    if verdict.broken is not None:
        return f"Le journal des consultations est rompu. {break_in_words(verdict.broken)}"
    signed = f"dernière le {french_date(verdict.last_signed.date())}" if verdict.last_signed else "aucune encore"
    return (
        f"Le journal des consultations est entier. Entrées vérifiées : {verdict.entries} ; "
        f"têtes signées : {verdict.heads} ({signed}) ; entrées à signer : {verdict.unsigned}."
    )


def break_in_words(broken: Break) -> str:
    """The first entry at fault and why."""
    reason = REASONS.get(broken.reason, broken.reason)
    if broken.source == HEADS:
        return f"Première tête signée en cause : n° {broken.number} : {reason}."
    named = f" ({broken.event_id})" if broken.event_id else ""
    return f"Première entrée en cause : {broken.source} n° {broken.number}{named} : {reason}."


EVENTS = {
    "application.submitted": "demande reçue",
    "application.amended": "demande modifiée",
    "application.paper_received": "pièce reçue",
    "application.transferred": "demande transférée",
    "application.withdrawn": "demande retirée",
    "application.erased": "données effacées",
    "identity.signal_raised": "ressemblance signalée",
    "identity.pair_judged": "ressemblance examinée",
    "identity.cleared": "aucune ressemblance",
    "identity.person_change_proposed": "rapprochement à revoir",
    "identity.linked": "rapprochée d'une personne",
    "identity.unlinked": "rapprochement défait",
    "decision.file_completed": "dossier complet",
    "decision.papers_requested": "pièces demandées",
    "decision.summoned": "personne invitée à venir",
    "decision.granted": "admission",
    "decision.refused": "refus",
    "decision.lapsed_to_refusal": "refus implicite",
    "decision.appealed": "recours reçu",
    "decision.appeal_settled": "recours jugé",
    "decision.revoked": "décision retirée",
    "decision.right_ended": "droit abrogé",
    "decision.sampled": "tiré pour la supervision",
    "decision.reviewed": "supervisé",
    "letter.issued": "courrier arrêté",
    "letter.posted": "courrier posté",
    "letter.returned": "courrier revenu",
    "letter.cancelled": "courrier annulé",
    "title.ordered": "titre commandé",
    "title.produced": "titre établi",
    "title.received": "titre reçu à l'accueil",
    "title.posted": "titre posté",
    "title.returned": "titre revenu",
    "title.voided": "titre annulé",
    "title.handed_over": "titre remis",
    "paper.spoiled": "papier sécurisé gâché",
}
"""What happened, in French, by the type of the event."""


ACTS = {
    "close": "clos",
    "approve": "approuvé",
    "take_back_approval": "approbation reprise",
    "accept": "accepté",
    "take_back_acceptance": "acceptation reprise",
    "revise": "révisé",
    "exception_ended": "exception terminée",
}
"""What was done with a quarter."""
ACT_MEANINGS = {
    "close": "Les chiffres sont calculés une fois, et gardés avec leur empreinte. Ce qui arrive ensuite ne les change "
    "pas : il se voit dans la liste des retards, et ne compte qu'après une révision. Une clôture ne s'annule pas.",
    "approve": "Vous répondez de ces chiffres. Approuvés, ils partent à l'échelon national et entrent dans l'ensemble.",
    "take_back_approval": "Les chiffres sortent de l'ensemble et peuvent de nouveau être révisés. Ce qui est parti "
    "reste parti : dites pourquoi.",
    "accept": "Vous avez lu ces chiffres. La caisse ne peut plus les reprendre sans vous.",
    "take_back_acceptance": "La caisse peut de nouveau reprendre son approbation, puis réviser.",
    "revise": "Une révision reprend d'un coup tout ce qui est arrivé depuis la clôture. Les chiffres d'avant sont "
    "gardés, et ce qui change reste visible.",
}
"""What an act does, for who is about to do it."""
EXCEPTION = "exception_until:"


def act_in_words(act: str) -> str:
    """What was done, with the day of an exception."""
    if act.startswith(EXCEPTION):
        return f"exception accordée jusqu'au {french_date(dt.date.fromisoformat(act.removeprefix(EXCEPTION)))}"
    return ACTS.get(act, act)


TRANSMISSIONS = {"due": "à envoyer", "sending": "remise, réponse inconnue", "sent": "partie", "refused": "refusée"}
"""Where a transmission is."""

VERDICTS = {
    "too_few": "moins de 100 décisions",
    "inside": "dans les limites",
    "watch": "hors de 95 %, à suivre",
    "outside": "hors de 99,8 %, un trimestre",
}
"""Where a caisse lies in a funnel: never more than a reason to look at files."""
