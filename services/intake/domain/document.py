"""From the document a front end sends to ApplicationFacts, or to the errors that refuse it. PURE.

The document has the shape of ApplicationFacts, less what the service assigns (ids of members and papers, hashes of
bytes). It is read strictly: no unknown field, no number for a date, no text for a number.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args
from uuid import UUID

from pydantic import BaseModel, ValidationError

from services.intake.domain.contradictions import contradictions
from services.intake.domain.first_body import attributed
from services.intake.domain.input_errors import InvalidApplication, form_errors
from shared.contract.events import Change
from shared.contract.facts import ApplicationFacts
from shared.contract.input_errors import InputError, pointer_of
from shared.ids import named_uuid

DOCUMENT_BYTES = 128_000
DEEPEST = 20


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object of a request body. Raises InvalidApplication for anything else, however deep or broken."""
    if len(body) > DOCUMENT_BYTES:
        raise InvalidApplication([InputError("", "too_long", f"Corps de plus de {DOCUMENT_BYTES} octets.")])
    try:
        document = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise InvalidApplication(
            [InputError("", "malformed", "Le corps n'est pas du JSON bien formé en UTF-8.")]
        ) from None
    if not isinstance(document, dict) or not _shallow(document):
        raise InvalidApplication(
            [InputError("", "malformed", "Le corps n'est pas un objet JSON, ou il est trop profond.")]
        )
    return document


def _shallow(document: Any) -> bool:
    """Whether nothing lies deeper than any fact can: what recursive readers can take."""
    level = [document]
    for _ in range(DEEPEST):
        level = [
            inner
            for value in level
            if isinstance(value, (dict, list))
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
    return not level


def _no_constant(name: str) -> None:
    raise ValueError(name)


@cache
def _nested(model: type[BaseModel]) -> dict[str, type[BaseModel] | None]:
    """The fields of a model, with the model of their value or of the items of their list, where there is one."""
    return {name: _model_in(field.annotation) for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def unknown_fields(
    document: Mapping[str, Any], model: type[BaseModel], path: tuple[str | int, ...] = ()
) -> Iterator[InputError]:
    """A error for each key that the contract does not have: a mistyped field must not lose a fact in silence."""
    nested = _nested(model)
    for key, value in document.items():
        if key not in nested:
            yield InputError(pointer_of((*path, str(key)[:64])), "unknown_field", "Champ inconnu du contrat.")
            continue
        inner = nested[key]
        if inner is None:
            continue
        if isinstance(value, dict):
            yield from unknown_fields(value, inner, (*path, key))
        elif isinstance(value, list):
            for at, item in enumerate(value):
                if isinstance(item, dict):
                    yield from unknown_fields(item, inner, (*path, key, at))


def facts_from(
    document: Mapping[str, Any],
    *,
    application_id: UUID,
    version: int,
    today: dt.date,
    current: ApplicationFacts | None = None,
    sender: str | None = None,
) -> ApplicationFacts:
    """The facts that ``document`` declares for ``version`` of an application.

    Without ``current`` this is a submission; every id is assigned here, the same for the same application and version.
    With ``current`` it is an amendment: members and papers keep their ids (named, or members found by their rank).
    ``sender``: the deposit body whose own token sends the document, if any.
    Raises InvalidApplication with every error found: form first, and contradictions once the form is right.
    """
    errors = list(unknown_fields(document, ApplicationFacts))
    prepared = dict(document)
    deposit = document.get("deposit")
    if isinstance(deposit, dict):
        prepared["deposit"] = attributed(deposit, sender, current.deposit if current else None, errors)
    identifier = _Identifier(application_id, version, current, _received_on(document, today, current), errors)
    for name, identify in (("members", identifier.member), ("papers", identifier.paper)):
        items = document.get(name)
        if isinstance(items, list):
            prepared[name] = [identify(item, at) if isinstance(item, dict) else item for at, item in enumerate(items)]
    facts = _validated(prepared, errors)
    if facts is None:
        raise InvalidApplication(errors)
    errors += contradictions(facts, today)
    errors += _applicant_kept(facts, current)
    if errors:
        raise InvalidApplication(errors)
    return facts


def _validated(prepared: Mapping[str, Any], errors: list[InputError]) -> ApplicationFacts | None:
    """The facts, or None after adding to ``errors`` what the form lacks."""
    try:
        return ApplicationFacts.model_validate_json(json.dumps(prepared), strict=True)
    except ValidationError as error:
        errors += form_errors(error)
    except (ValueError, RecursionError):
        errors.append(InputError("", "malformed", "Le corps n'est pas du JSON bien formé."))
    return None


def _received_on(document: Mapping[str, Any], today: dt.date, current: ApplicationFacts | None) -> Any:
    """When a paper that does not say so was received: with the application, or on the day of the amendment."""
    if current:
        return today.isoformat()
    deposit = document.get("deposit")
    return deposit.get("received_on") if isinstance(deposit, dict) else None


@dataclass(frozen=True)
class _Identifier:
    """Gives members and papers their ids, and a error to whoever chose one."""

    application_id: UUID
    version: int
    current: ApplicationFacts | None
    received_on: Any
    errors: list[InputError]

    def member(self, item: Mapping[str, Any], at: int) -> dict[str, Any]:
        """The member with its rank (its place in the list, unless given) and its id."""
        rank = item.get("rank", at)
        given = item.get("member_id")
        kept = {str(member.member_id): member.rank for member in self.current.members} if self.current else {}
        if given is not None and str(given) not in kept:
            code = "unknown_member_id" if self.current else "server_assigned"
            self.errors.append(InputError(f"/members/{at}/member_id", code, "Identifiant non attribué par le service."))
        by_rank = next((name for name, its_rank in kept.items() if its_rank == rank), None)
        member_id = given or by_rank or str(named_uuid("member", self.application_id, self.version, at))
        return {**item, "rank": rank, "member_id": member_id}

    def paper(self, item: Mapping[str, Any], at: int) -> dict[str, Any]:
        """The paper with its id and the hash of its bytes, both assigned by the service only."""
        given = item.get("paper_id")
        kept = {str(paper.paper_id): paper for paper in self.current.papers} if self.current else {}
        known = kept.get(str(given)) if given is not None else None
        if given is not None and known is None:
            code = "unknown_paper_id" if self.current else "server_assigned"
            self.errors.append(InputError(f"/papers/{at}/paper_id", code, "Identifiant non attribué par le service."))
        sha256 = known.sha256 if known else None
        if item.get("sha256") not in (None, sha256):
            message = "L'empreinte est calculée par le service."
            self.errors.append(InputError(f"/papers/{at}/sha256", "server_assigned", message))
        paper_id = given or str(named_uuid("paper", self.application_id, self.version, at))
        received = item.get("received_on", self.received_on)
        received_on = {} if received is None else {"received_on": received}
        return {**item, "paper_id": paper_id, "sha256": sha256, **received_on}


def _applicant_kept(facts: ApplicationFacts, current: ApplicationFacts | None) -> Iterator[InputError]:
    if current is None:
        return
    before = next(member.member_id for member in current.members if member.rank == 0)
    for at, member in enumerate(facts.members):
        if member.rank == 0 and member.member_id != before:
            yield InputError(f"/members/{at}/member_id", "applicant_replaced", "Le rang 0 porte un autre identifiant.")


def merged(target: Any, patch: Any) -> Any:
    """JSON merge patch (RFC 7396): objects merge, null removes, lists are replaced whole."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def changes(before: ApplicationFacts, after: ApplicationFacts) -> list[Change]:
    """What differs between two versions, field by field, in the order of the contract."""
    return list(_differences(before.model_dump(mode="json"), after.model_dump(mode="json"), ()))


ASSIGNED = ("member_id", "paper_id")
MOST_SHOWN = 5


def changed_fields(before: ApplicationFacts, after: ApplicationFacts) -> list[str]:
    """Where two submissions differ, less the ids that the service assigns; the first places only."""
    places = [change.pointer for change in changes(before, after) if change.pointer.rpartition("/")[2] not in ASSIGNED]
    return places[:MOST_SHOWN]


def _differences(before: Any, after: Any, path: tuple[str | int, ...]) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            yield from _differences(before.get(key), after.get(key), (*path, key))
    elif isinstance(before, list) and isinstance(after, list):
        for at in range(max(len(before), len(after))):
            left = before[at] if at < len(before) else None
            right = after[at] if at < len(after) else None
            yield from _differences(left, right, (*path, at))
    elif before != after:
        yield Change(pointer=pointer_of(path), before=before, after=after)
