"""Dated acts in the life of a case: what happened, on which day, with the codes the law asks about. No names, no words.

A live case, a simulation and a replay say what happened with these same acts; ``timeline`` draws the clocks from them.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contract.facts import Fact
from shared.contract.scalars import Code

Number = Annotated[int, Field(ge=1, le=1000)]
Body = Literal[
    "gracieux",
    "rapo",
    "cdas",
    "tribunal_administratif",
    "commission_centrale_aide_sociale",
    "cour_administrative_appel",
    "conseil_etat",
]
APPEAL_BODIES: dict[str, str] = {
    "gracieux": "recours gracieux",
    "rapo": "recours préalable obligatoire devant l'auteur de la décision",
    "cdas": "commission départementale d'aide sociale",
    "tribunal_administratif": "tribunal administratif",
    "commission_centrale_aide_sociale": "commission centrale d'aide sociale",
    "cour_administrative_appel": "cour administrative d'appel de Paris",
    "conseil_etat": "Conseil d'État, en cassation",
}
"""Before whom a decision is contested, in French."""
"""Before whom: the author as a favour, the author as a mandatory prior appeal, a commission, a court."""
AppealOutcome = Literal["rejected", "inadmissible", "withdrawn", "annulled", "reformed"]
"""``annulled``: the decision falls and the file is decided anew; ``reformed``: the body decided in its place."""
Distance = Literal["overseas", "abroad"]
"""Where a person lives whose court is far: elsewhere than in its overseas department, or abroad (CJA R. 421-7)."""
Ground = Literal["unlawful", "fraud", "request", "departure"]


class Deposited(Fact):
    """The application was handed to a body entitled to receive it; ``transmitted``: another body than the caisse.

    ``first_body_on``: the day, proved, on which the first body received it, competent or not; ``first_body_said_on``:
    the day that is only declared, and counts for nothing until it is proved.
    """

    kind: Literal["deposited"] = "deposited"
    on: dt.date
    transmitted: bool = False
    first_body_on: dt.date | None = None
    first_body_said_on: dt.date | None = None


class Received(Fact):
    """The caisse received the application. ``priority``: with a doctor's certificate that care is needed quickly."""

    kind: Literal["received"] = "received"
    on: dt.date
    priority: bool = False


class Acknowledged(Fact):
    """The acknowledgement left. ``complete``: it states the day of silence and the ways and delays of appeal."""

    kind: Literal["acknowledged"] = "acknowledged"
    on: dt.date
    complete: bool = True


class PapersRequested(Fact):
    """Papers were asked for. Without a list, or without a last day, the request is not valid and suspends nothing.

    ``required``: those of the items that a text requires, that lacked, and without which the file cannot be decided
    (CRPA L. 114-5, L. 114-5-1); None: all. ``posted_on``: when the letter left, from which the delay runs.
    ``ended_on``: another request took its place.
    """

    kind: Literal["papers_requested"] = "papers_requested"
    on: dt.date
    items: list[Code] = Field(default_factory=list, max_length=100)
    required: list[Code] | None = None
    due_on: dt.date | None = None
    posted_on: dt.date | None = None
    ended_on: dt.date | None = None
    number: Number | None = None

    @property
    def valid(self) -> bool:
        """Whether it asks for something, by a day that is not before its own."""
        return bool(self.items) and self.due_on is not None and self.due_on >= self.on

    @property
    def suspends(self) -> bool:
        """Does silence stand still while it runs?"""
        return self.valid and self.required != []


class PapersReceived(Fact):
    """Papers of a request came (the last one, unless ``number`` names another).

    ``complete``: all that it required is in; some of it ends nothing. ``produced_on``: the day of the postmark, which
    counts for the person (CRPA L. 112-1); None: the day they came.
    """

    kind: Literal["papers_received"] = "papers_received"
    on: dt.date
    number: Number | None = None
    complete: bool = True
    produced_on: dt.date | None = None


class Decided(Fact):
    """The application was decided; ``lapsed`` by silence. ``ends_on``: the last day of the right of a grant."""

    kind: Literal["decided"] = "decided"
    on: dt.date
    outcome: Literal["granted", "refused", "lapsed"]
    ends_on: dt.date | None = None
    partial: bool = False


class Notified(Fact):
    """The person was told the decision. ``appeal_stated``: with the ways and delays of appeal. ``proved``: the day of
    receipt is proved, or ``presumed`` by the law; else it is the day of posting, which cannot be held against the
    person. ``distance``: where the person lives far from the court.
    """

    kind: Literal["notified"] = "notified"
    on: dt.date
    appeal_stated: bool = True
    proved: bool = True
    presumed: bool = False
    distance: Distance | None = None


class ReasonsRequested(Fact):
    """The person asked for the reasons of an implicit refusal."""

    kind: Literal["reasons_requested"] = "reasons_requested"
    on: dt.date


class ReasonsGiven(Fact):
    """The reasons of an implicit refusal were given."""

    kind: Literal["reasons_given"] = "reasons_given"
    on: dt.date


class AppealFiled(Fact):
    """An appeal reached its body. ``by``: code of who filed it. ``acknowledged``: with the delays of the next step."""

    kind: Literal["appeal_filed"] = "appeal_filed"
    on: dt.date
    body: Body
    by: Code = "applicant"
    acknowledged: bool = True
    number: Number | None = None


class AppealSettled(Fact):
    """An appeal was answered (``implicit``: by silence), and told on ``notified_on``. ``distance``: where the person
    lives far from the court."""

    kind: Literal["appeal_settled"] = "appeal_settled"
    on: dt.date
    outcome: AppealOutcome
    implicit: bool = False
    notified_on: dt.date | None = None
    appeal_stated: bool = True
    number: Number | None = None
    distance: Distance | None = None


class LegalAidRequested(Fact):
    """Legal aid was asked for, for the court: asked for in time, it interrupts the delay."""

    kind: Literal["legal_aid_requested"] = "legal_aid_requested"
    on: dt.date


class LegalAidAnswered(Fact):
    """The answer on legal aid is final: the delay runs again, whole."""

    kind: Literal["legal_aid_answered"] = "legal_aid_answered"
    on: dt.date


class HearingOpened(Fact):
    """Before a withdrawal the person is told its ground and may answer until ``due_on``."""

    kind: Literal["hearing_opened"] = "hearing_opened"
    on: dt.date
    ground: Ground
    due_on: dt.date


class Answered(Fact):
    """The person answered before the withdrawal, in writing or heard."""

    kind: Literal["answered"] = "answered"
    on: dt.date


class MatchConfirmed(Fact):
    """A person judged that another application is of the same person, who is told so and may answer.

    ``ended_on``: the judgement was taken back.
    """

    kind: Literal["match_confirmed"] = "match_confirmed"
    on: dt.date
    pair_id: UUID
    ended_on: dt.date | None = None


class Revoked(Fact):
    """The last decision was withdrawn: as if it had never been."""

    kind: Literal["revoked"] = "revoked"
    on: dt.date
    ground: Ground


class RightEnded(Fact):
    """The right of all members ended before its term (``change``: code of what happened)."""

    kind: Literal["right_ended"] = "right_ended"
    on: dt.date
    change: Code


class TitleHandedOver(Fact):
    """The title of the right was handed over to the person."""

    kind: Literal["title_handed_over"] = "title_handed_over"
    on: dt.date


class Closed(Fact):
    """The application was withdrawn by the person, or erased: no clock runs on."""

    kind: Literal["closed"] = "closed"
    on: dt.date


Act = Annotated[
    Deposited
    | Received
    | Acknowledged
    | PapersRequested
    | PapersReceived
    | Decided
    | Notified
    | ReasonsRequested
    | ReasonsGiven
    | AppealFiled
    | AppealSettled
    | LegalAidRequested
    | LegalAidAnswered
    | HearingOpened
    | MatchConfirmed
    | Answered
    | Revoked
    | RightEnded
    | TitleHandedOver
    | Closed,
    Field(discriminator="kind"),
]
