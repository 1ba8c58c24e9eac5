"""The contract between the services: every event, its body and its topic.

Each topic is one file, and what it declares is the catalogue: a class with a ``type`` of its own is an event, known to
consumers, documents and tests from then on. Events are past tense. The body repeats what the headers carry, so that a
consumer, a dead letter or an auditor needs the body alone. Consumers ignore unknown fields; a change is additive or a
new type. JSON Schema snapshots of all types lie in ``tests/contracts`` and a breaking difference fails there.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from shared.contract.events import accesses, applications, audits, decisions, identities, letters
from shared.contract.events.accesses import *
from shared.contract.events.applications import *
from shared.contract.events.audits import *
from shared.contract.events.decisions import *
from shared.contract.events.envelope import *
from shared.contract.events.envelope import ACCESS, APPLICATION, AUDIT, DECISION, IDENTITY, LETTER
from shared.contract.events.identities import *
from shared.contract.events.letters import *

_TOPICS: dict[str, ModuleType] = {
    APPLICATION: applications,
    IDENTITY: identities,
    DECISION: decisions,
    LETTER: letters,
    ACCESS: accesses,
    AUDIT: audits,
}


def _declared(module: ModuleType) -> tuple[type[BaseModel], ...]:
    """The events of one file, in its order: the models that have a type of their own."""
    models = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, BaseModel)]
    return tuple(
        one
        for one in models
        if one.__module__ == module.__name__
        and "type" in one.model_fields
        and isinstance(one.model_fields["type"].default, str)
    )


CATALOGUE: dict[str, Sequence[type[BaseModel]]] = {topic: _declared(module) for topic, module in _TOPICS.items()}
"""The events of each topic."""

UnsequencedEvent = accesses.AccessRecorded | audits.AuditHeadSigned
"""What belongs to no application, and so has no number among an application's events."""

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
