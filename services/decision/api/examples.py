"""One request body for each operation that takes one, as the published interface shows it; the tests send them all."""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, Any] = {
    "post_facts": {"observations": [{"point": "infirm", "value": True, "member_rank": 0, "proof": "interview"}]},
    "post_paper_request": {"items": [{"code": "lease", "member_rank": 0}]},
    "put_assignee": {"agent": "agent-17"},
    "post_assignments": {"cases": ["0190a0f0-0000-7000-8000-000000000001"], "agent": None, "reason": "workload"},
    "post_decision": {
        "outcome": "refuse",
        "reason": "Séjour de moins de trois mois au jour du dépôt.",
        "motives": [{"code": "residence_too_short", "member_rank": 0}],
    },
    "post_confirmation": {"confirm": True, "reason": "Conforme aux pièces."},
    "post_act": {"kind": "reasons_requested", "on": "2008-02-01"},
    "post_appeal": {"body": "cdas", "on": "2008-02-15"},
    "post_answer": {"outcome": "rejected", "on": "2008-03-20"},
    "post_hearing": {"ground": "unlawful"},
    "post_revocation": {"ground": "request", "reason": "À la demande de la personne."},
    "post_change": {"change": "departure", "on": "2008-03-01", "members": [0]},
    "draw": {"random": 30, "negative": 10},
    "review": {"answers": {"competent_caisse": "yes", "identity_proved": "cannot_tell"}},
    "conclude": {"conclusion": "to_correct"},
    "simulate_application": {
        "deposit": {"channel": "ccas", "body": "ccas-751", "deposited_on": "2008-01-14", "received_on": "2008-01-17"},
        "members": [
            {"rank": 0, "relation": "applicant", "birth_date": "1979-03-12", "stay": {"entered_on": "2007-02-03"}}
        ],
        "means": {"estimate_cents": 360000},
    },
}
