"""What a kind of letter needs to know, as a request gives it: checked by the kind's own model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError

from services.letters.domain.catalogue import KINDS
from services.letters.domain.kind_definition import Details, NoTextForDay
from shared.contract.input_errors import InputError, input_errors
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date
from shared.http.problems import Problem

KindDetails = Annotated[dict[str, Any], Field(max_length=30)]


def parse_details(kind: LetterKind, given: Mapping[str, Any], at: str) -> Details:
    """The details of a kind; ``at``: their pointer in the request. Raises a 422 problem with every wrong field."""
    try:
        return KINDS[kind].details.model_validate(given)
    except ValidationError as error:
        found = input_errors(error.errors(include_url=False, include_input=False))
        errors = [InputError(at + one.pointer.rstrip("/"), one.code, one.detail) for one in found]
        raise Problem(422, "validation_failed", f"{len(errors)} champ(s) à corriger.", errors=errors) from None


def no_text_problem(missing: NoTextForDay) -> Problem:
    """A letter of a day whose law has no text for it here."""
    day = long_date(missing.day)
    detail = f"Aucun texte de ce courrier n'est connu pour le {day} (mention « {missing.mention} »)."
    return Problem(422, missing.code, detail, title="Pas de texte pour ce jour")
