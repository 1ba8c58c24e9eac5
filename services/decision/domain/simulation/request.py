"""What a simulation takes: the application as intake takes it, and what happened since, or might happen.

Everything that the law does not need is optional and ignored (names, numbers, addresses); what is left out has the
default that the schema tells. A field that does not exist is an error: a mistyped field must not lose a fact in
silence.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, Field

from services.decision.domain.simulation.events import SimulatedCare, SimulatedEvent, SimulatedFinding, SimulatedPaper
from services.decision.domain.simulation.request_docs import described
from shared.contract.facts import (
    OWN_CHANNELS,
    ApplicationFacts,
    Care,
    Channel,
    Deposit,
    Kind,
    Member,
    Relation,
    SaidBy,
    Sex,
)
from shared.contract.input_errors import InputError, pointer_of
from shared.contract.paper_uses import usual_use
from shared.contract.scalars import CaisseCode, CivilDate
from shared.ids import named_uuid

OVERSEAS = frozenset({"971", "972", "973", "974"})
"""Caisses of Guadeloupe, Martinique, Guyane and La Réunion, where the reference data do not say it."""


class SimulatedDeposit(Deposit):
    """Where, when and by whom the application was handed in."""

    channel: Channel = Field(Channel.CPAM, description="Lieu de dépôt ; par défaut l'accueil de la caisse")
    body: str = Field("", max_length=64, description="Code de l'organisme ; sans effet sur le droit")
    deposited_on: CivilDate = Field(
        description="Jour du dépôt, même incomplet : il fixe la loi applicable et l'effet du droit"
    )
    received_on: CivilDate | None = Field(  # type: ignore[assignment]
        None, description="Jour de réception par la caisse, départ des délais ; par défaut le jour du dépôt"
    )


class SimulatedMember(Member):
    """One person. Names, numbers and places are ignored."""

    member_id: Any = Field(None, description="Ignoré")
    rank: Annotated[int, Field(ge=0, le=30)] | None = Field(  # type: ignore[assignment]
        None, description="Rang ; par défaut la place dans la liste, 0 pour le demandeur"
    )
    relation: Relation | None = Field(  # type: ignore[assignment]
        None,
        description="Lien avec le demandeur ; par défaut « applicant » pour la première personne, à dire pour les "
        "autres",
    )
    family_name: Any = Field("", description="Ignoré")
    given_names: Any = Field("", description="Ignoré")
    usage_name: Any = Field("", description="Ignoré")
    father_name: Any = Field("", description="Ignoré")
    mother_name: Any = Field("", description="Ignoré")
    sex: Any = Field("", description="Ignoré")
    birth_place: Any = Field("", description="Ignoré")
    birth_country: Any = Field(None, description="Ignoré")
    nationality: Any = Field(None, description="Ignoré : le séjour se dit par son titre")
    social_number: Any = Field("", description="Ignoré")
    earlier_application_id: Any = Field(None, description="Ignoré")


class SimulatedApplication(ApplicationFacts):
    """An application that is nobody's: what ``POST /applications`` takes, what followed, and the questions asked."""

    caisse: CaisseCode | None = Field(None, description="Caisse : 971 à 974 donnent les plafonds d'outre-mer")
    reference: str = Field("", max_length=64, description="Ignoré")
    overseas: bool | None = Field(
        None, description="Plafonds de Guadeloupe, Martinique, Guyane, La Réunion ; par défaut d'après la caisse"
    )
    kind: Kind = Field(Kind.FIRST, description="Première demande ou renouvellement")
    deposit: SimulatedDeposit
    members: Annotated[list[SimulatedMember], Field(min_length=1, max_length=30)] = Field(  # type: ignore[assignment]
        description="Les personnes de la demande, le demandeur d'abord"
    )
    papers: Annotated[list[SimulatedPaper], Field(max_length=200)] = Field([], description="Les pièces du dossier")  # type: ignore[assignment]
    decided_on: CivilDate | None = Field(
        None,
        description="Jour de la décision : il arrête les délais d'instruction et fixe le recours ; sans lui rien "
        "n'est décidé",
    )
    decision: Literal["grant", "refuse"] | None = Field(
        None, description="Ce qu'un agent décide ; par défaut ce qui est proposé"
    )
    events: list[SimulatedEvent] = Field(
        [], max_length=50, description="Ce qui est arrivé ensuite, dans l'ordre ou non"
    )
    care: list[SimulatedCare] = Field([], max_length=50, description="Soins dont la prise en charge est demandée")
    findings: list[SimulatedFinding] = Field(
        [],
        max_length=50,
        description="Ce qu'un agent a constaté, dans l'ordre : le dernier constat d'un point l'emporte",
    )
    signal: bool = Field(
        False, description="Un signalement de doublon est ouvert : il change qui décide, jamais la proposition"
    )


class InvalidSimulation(ValueError):
    """The application is not one: ``errors`` is never empty."""

    def __init__(self, errors: list[InputError]) -> None:
        self.errors = errors
        super().__init__("; ".join(f"{error.pointer} {error.code}" for error in errors))


def read(text: str | bytes) -> SimulatedApplication:
    """The application of a JSON text.

    Raises ``InvalidSimulation`` for what is not one JSON object or has an unknown or a repeated field, and pydantic's
    ``ValidationError`` for a field that is missing or of the wrong form.

    Harmless habits of those who write JSON are forgiven: a byte order mark, ``null`` for what is left out, ``3000.0``
    for 3000.
    """
    try:
        plain = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
        document = json.loads(plain, object_pairs_hook=_once, parse_float=_whole)
    except _Repeated as repeated:
        raise InvalidSimulation(
            [InputError("", "repeated_field", f"Le champ « {repeated} » est écrit deux fois.")]
        ) from None
    except (ValueError, RecursionError):
        raise InvalidSimulation(
            [InputError("", "malformed_json", "Le texte n'est pas du JSON bien formé en UTF-8.")]
        ) from None
    if not isinstance(document, dict):
        raise InvalidSimulation([InputError("", "malformed_json", "Un objet JSON est attendu : { … }.")])
    if errors := list(_unknown(document, SimulatedApplication, "")):
        raise InvalidSimulation(errors)
    return SimulatedApplication.model_validate_json(json.dumps(document), strict=True)


class _Repeated(Exception):
    """A field written twice in one object; which of the two is meant nobody knows."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Repeated(name[:64])
        found[name] = value
    return {name: value for name, value in found.items() if value is not None}


def _whole(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() else number


@cache
def _inner(model: type[BaseModel]) -> dict[str, type[BaseModel] | None]:
    return {name: _model_in(field.annotation) for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def _unknown(document: Mapping[str, Any], model: type[BaseModel], path: str) -> Iterator[InputError]:
    fields = _inner(model)
    for key, value in document.items():
        where = path + pointer_of([str(key)[:64]])
        if key not in fields:
            near = difflib.get_close_matches(str(key), fields, 1)
            hint = f" Vouliez-vous dire « {near[0]} » ?" if near else f" Champs connus : {', '.join(fields)}."
            yield InputError(where, "unknown_field", f"Champ inconnu.{hint}")
            continue
        inner = fields[key]
        if inner is None:
            continue
        for at, item in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(item, dict):
                yield from _unknown(item, inner, where if at is None else f"{where}/{at}")


UNREAD_OF_A_MEMBER: dict[str, Any] = {
    "family_name": "",
    "given_names": "",
    "usage_name": "",
    "sex": Sex.UNKNOWN,
    "birth_place": "",
    "birth_country": None,
    "nationality": None,
    "social_number": "",
    "earlier_application_id": None,
}
"""What tells who a person is, and nothing of the law."""


def facts_of(application: SimulatedApplication) -> ApplicationFacts:
    """The facts it declares, every default filled in; papers received later are among them."""
    received = application.deposit.received_on or application.deposit.deposited_on
    members = [
        member.model_copy(
            update={
                **UNREAD_OF_A_MEMBER,
                "member_id": named_uuid("simulated member", at),
                "rank": at if member.rank is None else member.rank,
                "relation": member.relation or (Relation.APPLICANT if at == 0 else Relation.CHILD),
            }
        )
        for at, member in enumerate(application.members)
    ]
    handed_in = [(paper, received) for paper in application.papers]
    handed_in += [(paper, event.on) for event in application.events for paper in event.papers]
    papers = [
        paper.model_copy(
            update={
                "number": "",
                "sha256": None,
                "paper_id": named_uuid("simulated paper", at),
                "use": paper.use or usual_use(paper.kind),
                "received_on": paper.received_on or day,
            }
        )
        for at, (paper, day) in enumerate(handed_in)
    ]
    deposit = application.deposit.model_copy(
        update={"received_on": received, "body": application.deposit.body or "any", **_first_body(application.deposit)}
    )
    body = {name: getattr(application, name) for name in ApplicationFacts.model_fields}
    before = [care for care in application.care if care.given_on < deposit.deposited_on]
    earlier = [Care.model_validate(care.model_dump()) for care in [*application.earlier_care, *before]]
    body |= {"members": members, "papers": papers, "deposit": deposit, "earlier_care": earlier}
    return ApplicationFacts.model_validate({name: _plain(value) for name, value in body.items()})


def _first_body(deposit: SimulatedDeposit) -> dict[str, Any]:
    """What is supposed is taken as proved: a request handed to another body was received by it on the day of the
    deposit, unless it is said to be declared alone."""
    stated = "first_body_by" in deposit.model_fields_set
    by = deposit.first_body_by if stated else SaidBy.STAMP
    if deposit.first_body_on is not None:
        return {"first_body_by": by}
    if deposit.channel in OWN_CHANNELS:
        return {}
    return {"first_body_on": deposit.deposited_on, "first_body_by": by}


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump()
    return [_plain(one) for one in value] if isinstance(value, list) else value


def input_schema() -> dict[str, Any]:
    """The JSON Schema of what a simulation takes, with the defaults; identifiers are not shown: they are ignored."""
    schema = SimulatedApplication.model_json_schema(ref_template="#/$defs/{model}")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    for model in (schema, *schema["$defs"].values()):
        if model.get("type") == "object":
            model["additionalProperties"] = False
    return described(schema)


def inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """The same schema without ``$defs``: each reference replaced by what it names, for a document that has its own
    root."""
    known = schema.get("$defs", {})

    def plain(part: Any) -> Any:
        if isinstance(part, list):
            return [plain(one) for one in part]
        if not isinstance(part, dict):
            return part
        named = known[part["$ref"].rsplit("/", 1)[1]] if "$ref" in part else {}
        return {
            name: plain(inner) for name, inner in {**named, **part}.items() if name not in {"$ref", "$defs", "$schema"}
        }

    return dict(plain(schema))
