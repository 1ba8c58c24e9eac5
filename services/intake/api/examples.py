"""One request body for each operation that takes one, as the published interface shows it; the tests send them all."""

from __future__ import annotations

from typing import Any

NEW_PAPER = {"kind": "lease", "use": "residence", "dated": "2007-06-01"}
EXAMPLES: dict[str, Any] = {
    "post_application": {
        "reference": "GUICHET-12-000345",
        "kind": "first",
        "deposit": {"channel": "ccas", "body": "ccas-751", "deposited_on": "2008-01-14", "received_on": "2008-01-17"},
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
            }
        ],
        "means": {"estimate_cents": 360000, "free_lodging_months": 3},
        "address": {"line": "12 rue des Lilas", "postcode": "75018", "city": "PARIS", "lodging": "hosted_free"},
        "papers": [{"kind": "passport", "use": "identity", "dated": "2006-01-10", "has_photo": True}],
    },
    "patch_application": {"language": "bn"},
    "withdraw": {"reason": "applicant_request"},
    "transfer": {"to_caisse": "931", "reason": "moved"},
    "post_papers": {"papers": [NEW_PAPER]},
    "erase": {"legal_ground": "retention_ended"},
    "put_columns": {
        "columns": [{"written": "Nom de famille", "column": "family_name"}, {"written": "Observations", "column": None}]
    },
    "propose_columns": {"names": ["Dossier", "Nom de famille", "Né(e) le", "Observations"]},
    "post_re_emission": {"caisse": "751"},
    "put_desk": {
        "name": "Accueil de la rue de l'Exemple",
        "lines": ["1 rue de l'Exemple", "75019 PARIS"],
        "capacity": 12,
    },
    "post_appointment": {"desk": "accueil", "day": "2008-12-01", "hour": "09:30", "purpose": "interview"},
    "post_change": {"change": "cancelled", "reason": "person_asked"},
    "post_webhook": {"url": "https://front.example/ame/changements"},
    "post_replay": {"after": 0},
}
