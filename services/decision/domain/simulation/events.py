"""What a simulation says of a file beyond the application: papers, care, what happened, what an agent found."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field

from services.decision.domain.delays.acts import AppealOutcome, Body, Distance
from services.decision.domain.eligibility.facts import Point
from shared.contract.facts import Care, Fact, Paper, PaperUse
from shared.contract.scalars import Code


class SimulatedPaper(Paper):
    """One paper of the file."""

    paper_id: Any = Field(None, description="Ignoré")
    number: Any = Field("", description="Ignoré")
    sha256: Any = Field(None, description="Ignoré")
    use: PaperUse | None = Field(  # type: ignore[assignment]
        None, description="Ce que la pièce prouve ; par défaut d'après sa nature (passeport : identité)"
    )
    received_on: dt.date | None = Field(  # type: ignore[assignment]
        None, description="Jour où la pièce est reçue ; par défaut avec la demande"
    )


Change = Literal["departure", "regularised", "family", "means", "address", "other_caisse"]


class SimulatedEvent(Fact):
    """Something that happened to the file, or might. What each kind needs is told by its fields."""

    kind: Literal[
        "acknowledged",
        "papers_requested",
        "papers_received",
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
        "withdrawn",
        "title_handed_over",
        "death",
        "birth",
        "change",
        "silence",
    ] = Field(
        description=(
            "acknowledged : accusé de réception (sans cet événement, complet et du jour de réception) ; "
            "papers_requested : pièces demandées (`items` et `due_on`, sans quoi rien n'est suspendu) ; "
            "papers_received : pièces reçues (`papers` ; sans elles, toutes celles qui étaient demandées) ; "
            "notified : décision notifiée ; reasons_requested, reasons_given : motifs d'un refus implicite demandés, "
            "donnés ; appeal : recours formé, aussi contre une admission qui accorde trop peu ; appeal_decided : "
            "recours tranché ; legal_aid_requested, legal_aid_answered : aide juridictionnelle demandée, réponse "
            "définitive ; "
            "hearing, answered : la personne est invitée à répondre avant un retrait, répond ; revoked : retrait "
            "(`ground`) ; withdrawn : désistement ; title_handed_over : titre remis ; death, birth : décès, naissance "
            "(`member_rank`) ; change : autre changement pendant le droit (`change`) ; "
            "silence : rien d'autre jusqu'à ce jour"
        )
    )
    on: dt.date = Field(description="Jour de l'événement ; pour `silence`, dernier jour sans réponse")
    items: list[Code] = Field([], max_length=30, description="papers_requested : identity, residence, means…")
    due_on: dt.date | None = Field(
        None, description="papers_requested, hearing : dernier jour donné pour fournir les pièces, ou pour répondre"
    )
    posted_on: dt.date | None = Field(
        None, description="papers_requested : jour d'envoi du courrier ; papers_received : cachet de la poste"
    )
    papers: list[SimulatedPaper] = Field(
        [], max_length=50, description="papers_received : les pièces, ajoutées au dossier"
    )
    complete: bool = Field(True, description="acknowledged : dit le jour du silence et les voies de recours")
    appeal_stated: bool = Field(True, description="notified, appeal_decided : avec les voies et délais de recours")
    proved: bool = Field(True, description="notified : le jour de réception est prouvé")
    body: Body | None = Field(
        None, description="appeal : devant qui ; par défaut le premier recours de la date de décision"
    )
    outcome: AppealOutcome = Field("rejected", description="appeal_decided : sens de la réponse")
    distance: Distance | None = Field(
        None,
        description="notified, appeal_decided : la personne demeure loin du tribunal (overseas : ailleurs que dans "
        "l'outre-mer du tribunal ; abroad : à l'étranger)",
    )
    ground: Literal["unlawful", "fraud", "request"] | None = Field(
        None, description="hearing, revoked : admission illégale, fraude, ou demande de la personne"
    )
    member_rank: Annotated[int, Field(ge=0, le=30)] = Field(0, description="death : la personne décédée")
    change: Change | None = Field(None, description="change : ce qui a changé pendant le droit")


class SimulatedCare(Care):
    """Care whose cover is asked about, before the deposit or during the right."""

    code: Code | None = Field(None, description="Nature des soins : code des règles care.nine_months ou care.excluded")
    exception: Code | None = Field(None, description="Exception à l'attente : trauma, fracture, burn, unforeseen…")
    agreed: bool | None = Field(None, description="Accord préalable du service médical")
    cost_cents: int | None = Field(
        None, ge=0, description="Coût des soins hospitaliers, en centimes (accord préalable de 2011 à 2012)"
    )


class SimulatedFinding(Fact):
    """A fact that an agent put on record against, or beside, what the application declares."""

    point: Point = Field(
        description="Le point constaté : title, title_until, entered_on, right_of_residence, paper.dated, good_faith…"
    )
    value: Any = Field(description="Ce qui a été constaté, de la forme du champ de la demande")
    member_rank: Annotated[int, Field(ge=0, le=30)] = Field(0, description="La personne concernée")
    paper: Annotated[int, Field(ge=0)] | None = Field(
        None, description="Pour paper.… : la place de la pièce dans `papers`"
    )
    proof: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")] = Field(
        "interview",
        description="Ce qui le prouve, en code : interview, visabio, paper_seen, health_professional…",
    )
    on: dt.date | None = Field(None, description="Jour du constat")
