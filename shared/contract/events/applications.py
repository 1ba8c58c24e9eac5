"""``ame.application.v1``: what was asked. Carries identities; 35 days."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.contract.events.envelope import APPLICATION, Event
from shared.contract.facts import ApplicationFacts, Fact, Paper, PaperKind
from shared.contract.scalars import CaisseCode, Code, Text

Hour = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Change(Fact):
    """One amended field, by its JSON pointer in the facts, with both values as JSON."""

    pointer: str
    before: Any
    after: Any


class ApplicationEvent(Event):
    """An event of intake."""

    topic: ClassVar[str] = APPLICATION


class ApplicationSubmitted(ApplicationEvent):
    """An application was filed.

    ``figures_key``: the key of this file for what longer-lived topics must not tell, see ``sealed_figures``. It goes
    with the file.
    """

    type: Literal["application.submitted"] = "application.submitted"
    facts: ApplicationFacts
    reference: str = ""
    figures_key: str = ""


class ApplicationAmended(ApplicationEvent):
    """The facts changed; ``facts`` are the new ones, whole."""

    type: Literal["application.amended"] = "application.amended"
    facts: ApplicationFacts
    changes: list[Change]


class PaperReceived(ApplicationEvent):
    """Papers were added to the file."""

    type: Literal["application.paper_received"] = "application.paper_received"
    papers: list[Paper]


class ApplicationTransferred(ApplicationEvent):
    """``caisse`` of the envelope is the new, competent caisse."""

    type: Literal["application.transferred"] = "application.transferred"
    from_caisse: CaisseCode
    to_caisse: CaisseCode
    reason: str


class Appointment(ApplicationEvent):
    """What both events of an appointment say: the desk, the slot in the caisse's own time, what it is for.

    ``version`` counts the changes of this appointment, from 1. ``bring``: papers; ``standby``: who may come instead.
    """

    appointment_id: UUID
    version: int
    desk: Code
    desk_name: Text
    desk_lines: list[Text] = Field(default=[])
    day: dt.date
    hour: Hour
    purpose: Literal["first_deposit", "photograph", "hand_over", "interview"]
    bring: list[PaperKind] = Field(default=[])
    standby: Literal["adult", "representative", "nobody"] = "adult"


class AppointmentSet(Appointment):
    """A slot was taken for the person."""

    type: Literal["application.appointment_set"] = "application.appointment_set"


class AppointmentChanged(Appointment):
    """The appointment was moved, kept, missed or cancelled. Absence alone is never a ground."""

    type: Literal["application.appointment_changed"] = "application.appointment_changed"
    change: Literal["moved", "kept", "missed", "cancelled"]
    reason: str = ""


class ApplicationWithdrawn(ApplicationEvent):
    """The application was withdrawn."""

    type: Literal["application.withdrawn"] = "application.withdrawn"
    reason: str


class ApplicationErased(ApplicationEvent):
    """Every service erases what it keeps of this application."""

    type: Literal["application.erased"] = "application.erased"
    legal_ground: str
