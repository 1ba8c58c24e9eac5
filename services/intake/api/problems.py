"""What the domain rejects, as problem documents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from services.intake.domain.application import ActionNotAllowed, StaleVersion
from services.intake.domain.document import DOCUMENT_BYTES
from services.intake.domain.faults import InvalidApplication
from services.intake.domain.papers import PaperRejected
from shared.database.outbox import EventTooLarge
from shared.http.preconditions import etag
from shared.http.problems import Problem
from shared.http.validation_errors import FieldError

STATUS_OF_PAPER = {"paper_too_large": 413, "paper_type": 415, "paper_type_differs": 415, "paper_empty": 422}


def problem_of(refused: InvalidApplication) -> Problem:
    """The problem document of a refusal: each field, the code of the rule, the reason and the rule in French."""
    errors = [FieldError(f.pointer or "/", f.code, f"{f.message} Règle : {f.rule}", f.other) for f in refused.faults]
    codes = {fault.code for fault in refused.faults if not fault.pointer}
    if "malformed" in codes:
        return Problem(400, "malformed_json", "Le corps n'est pas un objet JSON lisible.", errors=errors)
    if "too_long" in codes:
        return Problem(413, "too_large", f"Le corps dépasse {DOCUMENT_BYTES} octets.", errors=errors)
    return Problem(422, "validation_failed", f"{len(errors)} champ(s) à corriger.", errors=errors)


@contextmanager
def refusals() -> Iterator[None]:
    """Say what the domain refuses as problem documents."""
    try:
        yield
    except InvalidApplication as refused:
        raise problem_of(refused) from None
    except ActionNotAllowed as refused:
        raise Problem(409, refused.code, str(refused), title="Action impossible dans l'état du dossier") from None
    except StaleVersion as stale:
        detail = f"Version {stale.given} présentée, version {stale.current} en cours : relisez le dossier."
        headers = {"ETag": etag(stale.current)}
        raise Problem(412, "stale_version", detail, title="Le dossier a changé", headers=headers) from None
    except PaperRejected as refused:
        raise Problem(STATUS_OF_PAPER[refused.code], refused.code, str(refused), title="Fichier refusé") from None
    except EventTooLarge:
        raise Problem(413, "too_large", "Le dossier dépasse la taille qui peut être transmise.") from None
