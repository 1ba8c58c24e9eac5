"""One request body for each operation that takes one, as the published interface shows it; the tests send them all."""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, Any] = {
    "assign_pair": {"assignee": "agent-17"},
    "judge_pair": {"judgement": "different", "reason": "namesakes", "text": ""},
    "check": {"family_name": "Diarra", "given_names": "Awa", "sex": "F", "birth_date": "1979-03-12"},
    "keep_person": {"reason": "papers_seen"},
    "know_place": {"code": "domiciliation"},
    "accept_report": {"same_person": 0.95, "to_examine": 0.5, "reason": "comme proposé"},
}
