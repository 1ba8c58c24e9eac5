"""The contract between the services: every event, its body and its topic.

Events are past tense. The body repeats what the headers carry, so that a consumer, a dead letter or an auditor needs
the body alone. Consumers ignore unknown fields; a change is additive or a new type. JSON Schema snapshots of all types
lie in ``tests/contracts`` and a breaking difference is refused there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from shared.contract.events.accesses import AccessRecorded
from shared.contract.events.applications import (
    ApplicationAmended,
    ApplicationErased,
    ApplicationEvent,
    ApplicationSubmitted,
    ApplicationTransferred,
    ApplicationWithdrawn,
    Change,
    PaperReceived,
)
from shared.contract.events.decisions import (
    Appealed,
    AppealSettled,
    AppealWay,
    DeadlineNear,
    DeadlinePassed,
    DecisionEvent,
    Entitlement,
    Evaluated,
    FileCompleted,
    Finding,
    Granted,
    HearingOpened,
    LapsedToRefusal,
    Motive,
    PapersRequested,
    ReasonsRequested,
    Refused,
    RequestedItem,
    Revoked,
    RightEnded,
    reopens,
)
from shared.contract.events.envelope import (
    ACCESS,
    APPLICATION,
    DECISION,
    IDENTITY,
    LETTER,
    REFERENCE,
    Actor,
    Event,
    dead_letter_topic,
)
from shared.contract.events.identities import (
    IdentityCleared,
    IdentityEvent,
    Linked,
    PairFact,
    PairJudged,
    SignalRaised,
    Unlinked,
)
from shared.contract.events.letters import LetterCancelled, LetterEvent, LetterIssued, LetterPosted, LetterRendered

__all__ = [
    "ACCESS",
    "ACCESS_EVENTS",
    "APPLICATION",
    "APPLICATION_EVENTS",
    "CATALOGUE",
    "DECISION",
    "DECISION_EVENTS",
    "IDENTITY",
    "IDENTITY_EVENTS",
    "LETTER",
    "LETTER_EVENTS",
    "REFERENCE",
    "AccessRecorded",
    "Actor",
    "AppealSettled",
    "AppealWay",
    "Appealed",
    "ApplicationAmended",
    "ApplicationErased",
    "ApplicationEvent",
    "ApplicationSubmitted",
    "ApplicationTransferred",
    "ApplicationWithdrawn",
    "Change",
    "DeadlineNear",
    "DeadlinePassed",
    "DecisionEvent",
    "Entitlement",
    "Evaluated",
    "Event",
    "FileCompleted",
    "Finding",
    "Granted",
    "HearingOpened",
    "IdentityCleared",
    "IdentityEvent",
    "LapsedToRefusal",
    "LetterCancelled",
    "LetterEvent",
    "LetterIssued",
    "LetterPosted",
    "LetterRendered",
    "Linked",
    "Motive",
    "PairFact",
    "PairJudged",
    "PaperReceived",
    "PapersRequested",
    "ReasonsRequested",
    "Refused",
    "RequestedItem",
    "Revoked",
    "RightEnded",
    "SignalRaised",
    "UnknownType",
    "Unlinked",
    "dead_letter_topic",
    "decode",
    "decoder",
    "reopens",
    "type_names",
]

APPLICATION_EVENTS = (
    ApplicationSubmitted,
    ApplicationAmended,
    PaperReceived,
    ApplicationTransferred,
    ApplicationWithdrawn,
    ApplicationErased,
)
IDENTITY_EVENTS = (IdentityCleared, SignalRaised, PairJudged, Linked, Unlinked)
DECISION_EVENTS = (
    FileCompleted,
    PapersRequested,
    Evaluated,
    Granted,
    Refused,
    LapsedToRefusal,
    ReasonsRequested,
    Appealed,
    AppealSettled,
    HearingOpened,
    Revoked,
    RightEnded,
    DeadlineNear,
    DeadlinePassed,
)
LETTER_EVENTS = (LetterIssued, LetterRendered, LetterPosted, LetterCancelled)
ACCESS_EVENTS = (AccessRecorded,)

CATALOGUE: dict[str, Sequence[type[BaseModel]]] = {
    APPLICATION: APPLICATION_EVENTS,
    IDENTITY: IDENTITY_EVENTS,
    DECISION: DECISION_EVENTS,
    LETTER: LETTER_EVENTS,
    ACCESS: ACCESS_EVENTS,
}

type_names: dict[str, type[BaseModel]] = {
    model.model_fields["type"].default: model for models in CATALOGUE.values() for model in models
}


class UnknownType(ValueError):
    """The body names a type that this version of the contract does not know on this topic."""


class _Tagged(BaseModel):
    type: str


_decoders: dict[str, TypeAdapter[Any]] = {}


def decoder(topic: str) -> TypeAdapter[Any]:
    """The validator of one topic: a union discriminated by ``type``."""
    if topic not in _decoders:
        models = tuple(CATALOGUE[topic])
        union: Any = models[0]
        for model in models[1:]:
            union = union | model
        tagged: Any = Annotated[union, Field(discriminator="type")] if len(models) > 1 else union
        _decoders[topic] = TypeAdapter(tagged)
    return _decoders[topic]


def decode(topic: str, body: bytes) -> Any:
    """Read one event of a topic.

    Raises ``pydantic.ValidationError`` for broken JSON or a wrong schema, ``UnknownType`` for a type this topic does
    not have.
    """
    try:
        return decoder(topic).validate_json(body)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False, include_context=False)
        if any(item["type"] == "union_tag_invalid" for item in errors):
            raise UnknownType(f"{topic}: {_Tagged.model_validate_json(body).type[:64]}") from None
        raise
