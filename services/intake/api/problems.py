"""What the domain rejects, as problem documents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from services.intake.domain.application import ActionNotAllowed, StaleVersion
from services.intake.domain.document import DOCUMENT_BYTES
from services.intake.domain.input_errors import InvalidApplication
from services.intake.domain.papers import PaperRejected
from shared.contract.input_rules import RULES
from shared.database.outbox import EventTooLarge
from shared.http.preconditions import stale_version
from shared.http.problems import Problem

STATUS_OF_PAPER = {
    "paper_too_large": 413,
    "paper_type": 415,
    "paper_type_differs": 415,
    "paper_empty": 422,
    "paper_unreadable": 422,
}


def problem_of(invalid: InvalidApplication) -> Problem:
    """The problem document of an invalid application: each field, the code of the rule, reason and rule in French."""
    errors = [
        replace(error, pointer=error.pointer or "/", detail=f"{error.detail} Règle : {RULES[error.code]}")
        for error in invalid.errors
    ]
    codes = {error.code for error in invalid.errors if not error.pointer}
    if "malformed" in codes:
        return Problem(400, "malformed_json", "Le corps n'est pas un objet JSON lisible.", errors=errors)
    if "too_long" in codes:
        return Problem(413, "too_large", f"Le corps dépasse {DOCUMENT_BYTES} octets.", errors=errors)
    return Problem(422, "validation_failed", f"{len(errors)} champ(s) à corriger.", errors=errors)


@contextmanager
def domain_problems() -> Iterator[None]:
    """Say what the domain rejects or does not allow as problem documents."""
    try:
        yield
    except InvalidApplication as invalid:
        raise problem_of(invalid) from None
    except ActionNotAllowed as forbidden:
        raise Problem(409, forbidden.code, str(forbidden), title="Action impossible dans l'état du dossier") from None
    except StaleVersion as stale:
        raise stale_version(stale.given, stale.current) from None
    except PaperRejected as rejected:
        raise Problem(STATUS_OF_PAPER[rejected.code], rejected.code, str(rejected), title="Fichier refusé") from None
    except EventTooLarge:
        raise Problem(413, "too_large", "Le dossier dépasse la taille qui peut être transmise.") from None
