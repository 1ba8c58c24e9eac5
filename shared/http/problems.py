"""Errors as people and programs can use them: RFC 9457 problem documents with a stable ``code``.

``code`` and pointers are for programs and never change; ``title`` and ``detail`` are French, for the person in front.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.contract.input_errors import InputError

TITLES = {
    "malformed_json": "Le corps de la requête n'est pas du JSON lisible",
    "validation_failed": "Des champs sont absents ou incorrects",
    "not_authenticated": "Identification requise",
    "token_expired": "Le jeton d'accès a expiré",
    "forbidden": "Action non permise pour ce rôle",
    "not_found": "Objet introuvable",
    "method_not_allowed": "Méthode non permise sur cette adresse",
    "purpose_missing": "Motif de consultation absent",
    "too_large": "Contenu trop volumineux",
    "overloaded": "Service momentanément surchargé",
    "timeout": "Requête trop lente",
    "unavailable": "Service momentanément indisponible",
    "internal_error": "Erreur interne",
}


class Problem(Exception):
    """Why a request has no answer: status, stable code and, where fields are at fault, which and why."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str = "",
        *,
        title: str | None = None,
        errors: Sequence[InputError] = (),
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.title = title or TITLES.get(code, "Demande refusée")
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extra = extra


def not_found() -> Problem:
    """The one answer for what does not exist and for what belongs to another caisse."""
    return Problem(404, "not_found", "Aucun objet de cet identifiant dans votre périmètre.")
