"""What happened to one file, in the order of its days, in words. PURE.

Reporting keeps ids, codes and dates of four topics: the days are those of the owners, and no name stands here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.contract.letter_kinds import LetterKind

CHANNELS: Final = {
    "cpam": "à la caisse",
    "ccas": "à un centre communal d'action sociale",
    "department": "au département",
    "association": "à une association",
    "hospital": "à un hôpital",
    "france_services": "à un espace France services",
    "health_centre": "à un centre de santé",
    "post": "par la poste",
}
OUTCOMES: Final = {"granted": "Admission", "refused": "Refus", "lapsed": "Refus implicite, par le silence"}
JUDGEMENTS: Final = {
    "same": "même personne",
    "different": "personnes différentes",
    "unsure": "on ne peut pas dire",
}
LETTERS: Final[Mapping[LetterKind, str]] = {
    LetterKind.ACKNOWLEDGEMENT: "accusé de réception",
    LetterKind.PAPER_REQUEST: "demande de pièces",
    LetterKind.PAPER_REMINDER: "rappel de pièces",
    LetterKind.REGULARISATION: "demande de régularisation",
    LetterKind.ORIGINAL_REQUEST: "demande d'original",
    LetterKind.APPOINTMENT: "convocation",
    LetterKind.TRANSFER: "transmission à une autre caisse",
    LetterKind.STATE_TRANSFER: "transmission aux services de l'État",
    LetterKind.TRANSMITTER_RECEIPT: "reçu à l'organisme",
    LetterKind.ADMISSION: "notification d'admission",
    LetterKind.REFUSAL: "notification de refus",
    LetterKind.IMPLICIT_REASONS: "motifs d'un refus implicite",
    LetterKind.TITLE_READY: "titre à retirer",
    LetterKind.TITLE_REMINDER: "rappel de titre à retirer",
    LetterKind.TITLE: "titre",
    LetterKind.TITLE_RECEIPT: "reçu de remise du titre",
    LetterKind.PROVISIONAL: "attestation provisoire",
    LetterKind.TITLE_LOSS: "déclaration de perte ou de vol",
    LetterKind.RENEWAL_REMINDER: "rappel de renouvellement",
    LetterKind.RIGHT_ENDED: "fin de droit",
    LetterKind.MATCH_NOTICE: "avis de rapprochement",
    LetterKind.HEARING: "invitation à présenter des observations",
    LetterKind.WITHDRAWAL: "retrait",
    LetterKind.REPEAL: "abrogation",
    LetterKind.DEBT: "indu à recouvrer",
    LetterKind.PENALTY_NOTICE: "griefs avant pénalité",
    LetterKind.PENALTY: "pénalité",
    LetterKind.REGULARISE_ERROR: "droit à l'erreur",
    LetterKind.RAPO_RECEIPT: "accusé de réception du recours",
    LetterKind.RAPO_DECISION: "réponse au recours préalable",
    LetterKind.CDAS_FILE: "dossier de défense",
    LetterKind.CARE_BODY_ANSWER: "réponse à un établissement de soins",
    LetterKind.CARE_NOTE: "note pour les soignants",
    LetterKind.ORIENTATION: "orientation vers l'assurance maladie",
    LetterKind.DATA_RIGHTS: "réponse sur les données personnelles",
    LetterKind.CORRECTION: "rectification aux autres caisses",
}


STEPS: Final = {
    "application.amended": "Demande modifiée",
    "application.paper_received": "Pièce reçue",
    "decision.papers_requested": "Pièces demandées",
    "decision.summoned": "Personne invitée à venir",
    "decision.appealed": "Recours reçu",
    "decision.appeal_settled": "Recours jugé",
    "decision.revoked": "Décision retirée",
    "decision.right_ended": "Droit abrogé",
    "letter.returned": "Courrier revenu",
    "title.handed_over": "Titre remis",
}
"""What is told of a file by its events alone, no other row holding it."""
SUPERVISED: Final = {
    "decision.sampled": "Tiré pour la supervision",
    "decision.reviewed": "Grille de supervision remplie",
}


@dataclass(frozen=True)
class Line:
    """One thing that happened: its day, what it was, and a detail that may be empty."""

    on: dt.date
    title: str
    text: str = ""


def lines(known: Any, names: Mapping[str, str], *, controls: bool) -> list[Line]:
    """What happened to a file, the last first. ``known``: its rows, as the store reads them; ``names``: the caisses by
    code; ``controls``: whether the reader may know what supervision draws before it is told."""
    found = [*_of_the_file(known.file, names)]
    for one in known.decisions:
        by = "sans intervention d'un agent" if one.automatic else ""
        found.append(Line(one.decided_on, OUTCOMES.get(one.outcome, "Décision"), by))
    for one in known.signals:
        found += _of_a_signal(one)
    for one in known.letters:
        found += _of_a_letter(one)
    told = STEPS | (SUPERVISED if controls else {})
    found += [Line(one.counted_on, told[one.type]) for one in known.events if one.type in told]
    order = {line: at for at, line in enumerate(found)}
    return sorted(found, key=lambda line: (line.on, order[line]), reverse=True)


def _of_the_file(file: Any, names: Mapping[str, str]) -> Iterable[Line]:
    if file.deposited_on:
        kind = "Première demande déposée" if file.kind == "first" else "Renouvellement déposé"
        yield Line(file.deposited_on, f"{kind} {CHANNELS.get(file.channel, '')}".strip())
    if file.received_on and file.received_on != file.deposited_on:
        yield Line(file.received_on, "Reçue par la caisse")
    for move in file.transfers:
        to = names.get(move["to_caisse"], move["to_caisse"])
        yield Line(dt.date.fromisoformat(move["on"]), "Transmise à une autre caisse", to)
    if file.completed_on:
        text = "dès sa réception" if file.complete_at_receipt else ""
        yield Line(file.completed_on, "Dossier complet", text)
    if file.notified_on:
        yield Line(file.notified_on, "Décision notifiée par courrier")
    if file.withdrawn_on:
        yield Line(file.withdrawn_on, "Demande retirée")
    if file.erased_on:
        yield Line(file.erased_on, "Données effacées")


def _of_a_signal(one: Any) -> Iterable[Line]:
    yield Line(one.raised_on, "Ressemblance signalée", "à lire ; jamais un motif de refus")
    if one.judged_on:
        yield Line(one.judged_on, f"Ressemblance jugée : {JUDGEMENTS.get(one.judgement, 'lue')}")
    if one.dropped_on:
        yield Line(one.dropped_on, "Ressemblance devenue sans objet")


def _of_a_letter(one: Any) -> Iterable[Line]:
    name = LETTERS[LetterKind(one.kind)]
    if one.issued_on:
        yield Line(one.issued_on, f"Courrier établi : {name}")
    if one.posted_on:
        yield Line(one.posted_on, f"Courrier posté : {name}")
    if one.cancelled_on:
        yield Line(one.cancelled_on, f"Courrier annulé : {name}")
