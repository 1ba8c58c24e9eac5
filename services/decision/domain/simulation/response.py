"""What a simulation answers: the whole outcome of an application, each value with its rule, reference and
confidence."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from services.decision.domain.law.rulebook import Confidence
from services.decision.domain.simulation.response_docs import described

Answer = Literal["grant", "refuse", "ask", "human"]
MemberAnswer = Literal["grant", "refuse", "ask", "human", "excluded"]

Mark = Annotated[
    Confidence,
    Field(
        description="V texte lu, S source secondaire, M non vérifié, C calculé : M et C sont des paramètres à confirmer"
    ),
]


class Part(BaseModel):
    """A part of the response; it is not changed once made."""

    model_config = {"frozen": True}


class FoundFact(Part):
    """One rule applied to one fact."""

    rule: str
    label: str
    rule_version: dt.date | None = Field(description="Jour depuis lequel cette valeur de la règle s'applique")
    member_rank: int | None = Field(description="Personne concernée ; null pour le foyer ou le dossier")
    fact: str
    value: str
    proof: str = Field(description="Ce qui prouve le fait : une pièce, un constat d'agent, ou la déclaration")
    limit: str
    reference: str
    confidence: Mark
    verdict: Literal["met", "not_met", "unknown", "human"] = Field(
        description="met : condition remplie ; not_met : non remplie ; unknown : à prouver ; human : un agent apprécie"
    )
    interpretations: list[str] = Field(description="Numéros des interprétations qui portent sur cette règle ce jour-là")


class Accepted(Part):
    """A paper that is accepted, with its French name."""

    kind: str
    label: str


class Asked(Part):
    """One thing to ask for: any one of the accepted papers will do."""

    code: str
    label: str
    member_rank: int
    accepted: list[Accepted]


class Ground(Part):
    """A ground of refusal that a person may take up: law and fact."""

    code: str
    label: str
    member_rank: int
    reference: str
    confidence: Mark
    facts: dict[str, str]


class OpenedRight(Part):
    """The right of one person. ``certain``: proposed as it stands; else what it would be once the file allows it."""

    certain: bool
    starts_on: dt.date
    ends_on: dt.date
    care_from: dt.date | None = Field(description="Premiers soins antérieurs couverts")


class AnsweredCare(Part):
    """Is this care covered, if the right is open?"""

    member_rank: int
    given_on: dt.date
    covered: Literal["yes", "no", "human"]
    why: str
    reference: str
    confidence: Mark


class Abstention(Part):
    """Why the rules leave something to a person: the reading or the fact that is missing, and what would settle it."""

    rule: str
    label: str
    member_rank: int | None
    interpretations: list[str] = Field(description="Numéros des interprétations en cause")
    missing: str = Field(description="Le fait qui manque, ou vide quand c'est le texte qui laisse un doute")
    removed_by: str = Field(description="Ce qui lèverait le doute")


class Consequence(Part):
    """What follows from an event during the instruction or the right."""

    event: str
    on: dt.date
    member_rank: int | None
    effect: Literal[
        "ends", "stays", "human", "transfer", "continues", "withdrawn", "not_allowed", "closed", "contested"
    ]
    text: str
    reference: str
    confidence: Mark


class HandedTitle(Part):
    """The title a beneficiary receives, by the day it is issued (the decision, or the supposed one)."""

    kind: str
    label: str
    holder: Literal["own", "family", "unsure"] = Field(
        description="own : titre individuel ; family : porté sur la carte d'un parent"
    )
    reference: str
    valid_until: dt.date | None = Field(
        default=None, description="Dernier jour de validité du titre : fin du droit, ou fin des anciens titres"
    )


class Person(Part):
    """The outcome for one person. ``excluded``: a spouse in regular stay, who asks for nothing."""

    rank: int
    relation: str
    verdict: MemberAnswer
    findings: list[FoundFact]
    motives: list[Ground]
    ask: list[Asked]
    right: OpenedRight | None
    planned_care_from: dt.date | None = Field(description="Premier jour des soins programmés (règle des neuf mois)")
    title: HandedTitle | None
    letter: str = Field(description="Courrier qui le dirait à cette personne")
    first_possible_on: dt.date | None = Field(
        default=None, description="Première date de dépôt possible, quand seule la durée a manqué"
    )


class Letter(Part):
    """A letter that would be sent, with its French name."""

    kind: str
    label: str


class NextBody(Part):
    """The next body of appeal, with its French name."""

    body: str
    label: str


class Appeal(Part):
    """Where and until when the decision is contested."""

    body: str
    label: str
    months: int
    limit_on: dt.date | None = Field(description="Dernier jour ; null tant que le délai ne court pas")
    in_time: bool | None = Field(
        description="Le recours formé l'a été à temps ; null sans recours, ou quand rien ne peut être opposé"
    )
    computed: list[str]
    then: NextBody
    reference: str
    confidence: Mark


class RunningClock(Part):
    """One legal delay, and how its end was computed. ``due_on`` null: it does not run, and ``computed`` says why."""

    name: str
    number: int = Field(description="Combientième délai de ce nom : la deuxième demande de pièces a le numéro 2")
    label: str
    start_event: str
    starts_on: dt.date | None
    zone: str
    length: str
    suspended: list[list[dt.date]] = Field(
        description="Périodes sans décompte : premier jour, et premier jour où le délai reprend"
    )
    due_on: dt.date | None = Field(description="Dernier jour du délai")
    ended_on: dt.date | None
    ended_by: str
    binding: bool = Field(description="Son terme peut être opposé à la personne")
    computed: list[str]
    reference: str
    confidence: Mark


class Reading(Part):
    """An interpretation that bears on this outcome."""

    number: str
    question: str
    answer: str
    state: str
    source: str
    confidence: Mark


class Decided(Part):
    """The decision: taken by an agent, born of silence, or supposed (nothing was decided yet: on the day of
    reception)."""

    on: dt.date
    outcome: Literal["granted", "refused", "lapsed", "none"]
    by: Literal["agent", "silence", "supposed"]


class Outcome(Part):
    """The outcome of one application by the law of its dates. It proposes; a named agent decides."""

    format: Literal["ame.simulation.v1"] = "ame.simulation.v1"
    route: str = Field(description="ordinary ; humanitarian : instruite par l'État ; custody : garde à vue")
    verdict: Answer = Field(
        description="grant : admettre ; refuse : refuser ; ask : demander des pièces ; human : un agent apprécie"
    )
    who_decides: Literal["agent", "rules_where_the_caisse_allows"] = Field(
        description="Un refus, un doute ou un signalement ouvert sont toujours décidés par un agent"
    )
    complete: bool
    law_of: dt.date
    deposited_on: dt.date
    treated_as: Literal["first", "renewal"]
    overseas: bool
    rule_set: str
    effect_on: dt.date | None
    ends_on: dt.date | None
    members: list[Person]
    findings: list[FoundFact] = Field(description="Tous les constats, ceux de chaque personne compris")
    ask: list[Asked]
    motives: list[Ground]
    care: list[AnsweredCare]
    letter: Letter
    transfer_to: str = Field(description="Département dont la caisse est compétente, quand ce n'est pas celle du dépôt")
    decided: Decided
    appeal: Appeal | None = Field(description="Null quand rien n'est refusé")
    clocks: list[RunningClock]
    abstentions: list[Abstention] = Field(
        default=[], description="Ce que les règles laissent à un agent, et ce qui lèverait chaque doute"
    )
    summons: list[str] = Field(
        default=[],
        description="Pourquoi la personne est convoquée au guichet : deposit_channel, filed_by, identity, photo ; la "
        "photographie sert au titre, elle ne retarde ni la décision ni l'effet du droit",
    )
    summons_letter: Letter | None = Field(
        default=None, description="Courrier qui convoque la personne ; null quand elle n'a pas à venir"
    )
    consequences: list[Consequence] = Field(
        default=[], description="Ce que changent un décès, une naissance, une majorité, un retrait…"
    )
    to_confirm: list[str] = Field(description="Valeurs non vérifiées ou calculées qui pèsent sur ce résultat")
    interpretations: list[Reading]


def schema() -> dict[str, Any]:
    """The JSON Schema of an outcome, each field with its meaning."""
    return described(Outcome.model_json_schema(mode="serialization"))
