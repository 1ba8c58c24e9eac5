"""An ordinary application of January 2008, and how to bend one of its facts."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any
from uuid import uuid4

from services.intake.domain.application import ActionContext, submit
from services.intake.domain.contradictions import FixedReferenceLookup
from services.intake.domain.input_errors import InvalidApplication
from shared.contract.events import Actor

TODAY = dt.date(2008, 1, 20)
NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
BY = ActionContext(Actor(role="frontend", id="desk-1"), "0" * 32, NOW, TODAY)
KNOWN = FixedReferenceLookup(
    frozenset({"751", "931", "973"}), {"cpam-751": "cpam", "ccas-751": "ccas", "cpam-931": "cpam"}
)

APPLICATION: dict[str, Any] = {
    "kind": "first",
    "deposit": {
        "channel": "ccas",
        "body": "ccas-751",
        "deposited_on": "2008-01-14",
        "received_on": "2008-01-17",
        "filed_by": "applicant",
    },
    "members": [
        {
            "relation": "applicant",
            "family_name": "Diarra",
            "given_names": "Awa",
            "sex": "F",
            "birth_date": "1979-03-12",
            "birth_place": "Kayes",
            "birth_country": "ML",
            "nationality": "ML",
            "stay": {"entered_on": "2007-02-03", "title": "none", "irregular_since": "2007-05-04"},
        },
        {
            "relation": "child",
            "family_name": "Diarra",
            "given_names": "Moussa",
            "sex": "M",
            "birth_date": "2004-00-00",
            "birth_country": "ML",
        },
    ],
    "means": {"estimate_cents": 360_000, "free_lodging_months": 3},
    "address": {"line": "12 rue des Lilas", "postcode": "75018", "city": "PARIS", "lodging": "hosted_free"},
    "papers": [
        {"kind": "passport", "use": "identity", "dated": "2006-01-10", "has_photo": True},
        {"kind": "lease", "use": "residence", "dated": "2007-06-01"},
        {"kind": "means_statement", "use": "means"},
    ],
}


def application(*changes: tuple[str, Any]) -> dict[str, Any]:
    """The ordinary application with values set at JSON pointers; the value ``...`` removes what is there."""
    document = copy.deepcopy(APPLICATION)
    for pointer, value in changes:
        *path, last = pointer.lstrip("/").split("/")
        place: Any = document
        for step in path:
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
        if isinstance(place, list):
            place[int(last) :] = [] if value is ... else [value]
        elif value is ...:
            del place[last]
        else:
            place[last] = value
    return document


def errors(document: dict[str, Any], caisse: str = "751") -> list[tuple[str, str]]:
    """What intake finds wrong in a document: pointer and code of each error, none where it is received."""
    try:
        submit(document, application_id=uuid4(), caisse=caisse, reference="", known=KNOWN, by=BY)
    except InvalidApplication as invalid:
        return [(error.pointer, error.code) for error in invalid.errors]
    return []
