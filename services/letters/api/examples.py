"""One request body for each operation that takes one, as the published interface shows it; the tests send them all."""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, Any] = {
    "post_letter": {"posted_on": "2008-01-18"},
    "post_many": {"posted_on": "2008-01-18", "letter_ids": ["0190a0f0-0000-7000-8000-000000000001"]},
    "cancel_letter": {"reason": "wrong_address"},
    "preview": {
        "kind": "paper_request",
        "application_id": "0190a0f0-0000-7000-8000-000000000001",
        "paper_request": {
            "items": [{"code": "residence", "member_rank": 0, "accepted": ["lease"]}],
            "due_on": "2008-03-01",
        },
    },
}
