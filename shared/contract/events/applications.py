"""``ame.application.v1``: what was asked. Carries identities; 35 days."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from shared.contract.events.envelope import APPLICATION, Event
from shared.contract.facts import ApplicationFacts, CaisseCode, Fact, Paper


class Change(Fact):
    """One amended field, by its JSON pointer in the facts, with both values as JSON."""

    pointer: str
    before: Any
    after: Any


class ApplicationEvent(Event):
    """An event of intake."""

    topic: ClassVar[str] = APPLICATION


class ApplicationSubmitted(ApplicationEvent):
    """An application was filed."""

    type: Literal["application.submitted"] = "application.submitted"
    facts: ApplicationFacts
    reference: str = ""


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


class ApplicationWithdrawn(ApplicationEvent):
    """The application was withdrawn."""

    type: Literal["application.withdrawn"] = "application.withdrawn"
    reason: str


class ApplicationErased(ApplicationEvent):
    """Every service erases what it keeps of this application."""

    type: Literal["application.erased"] = "application.erased"
    legal_ground: str
