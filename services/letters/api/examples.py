"""One request body for each operation that takes one, as the published interface shows it; the tests send them all."""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, Any] = {
    "post_letter": {"posted_on": "2008-01-18"},
    "post_many": {"posted_on": "2008-01-18", "letter_ids": ["0190a0f0-0000-7000-8000-000000000001"]},
    "issue_letter": {
        "kind": "original_request",
        "application_id": "0190a0f0-0000-7000-8000-000000000001",
        "details": {"paper": "lease", "doubt": "altered", "due_on": "2008-02-20"},
    },
    "hand_over": {
        "application_id": "0190a0f0-0000-7000-8000-000000000001",
        "object": "title",
        "serial": "AME-2008-000001",
        "handed_on": "2008-01-18",
        "received_by": "applicant",
        "identity_paper": "passport",
        "desk": "accueil",
    },
    "order_titles": {"application_id": "0190a0f0-0000-7000-8000-000000000001"},
    "produce_title": {"on": "2008-01-18"},
    "receive_title": {"on": "2008-01-18"},
    "post_title": {"on": "2008-01-18"},
    "return_title": {"on": "2008-01-18"},
    "crop_photograph": {"left": 0, "top": 0, "width": 413, "height": 531, "despite": ["background_white"]},
    "make_card_order": {},
    "void_title": {"reason": "loss", "on": "2008-01-18"},
    "post_despatch": {"left_on": "2008-01-18", "way": "registered", "number": "1A00000000001"},
    "post_facts": {"facts": [{"kind": "presented", "on": "2008-01-19"}]},
    "post_choice": {"fact_id": "0190a0f0-0000-7000-8000-000000000001"},
    "post_return": {"scanned": "AME-INCONNU-1", "cause": "1"},
    "post_delivery": {
        "supplier": "Imprimerie de l'Exemple",
        "received_on": "2008-01-10",
        "sheets": [{"first_serial": "EX-000001", "last_serial": "EX-000500"}],
        "counted": 500,
    },
    "post_movement": {
        "sheets": [{"first_serial": "EX-000901", "last_serial": "EX-000999"}],
        "from_place": "safe",
        "to_place": "printer-1",
        "moved_on": "2008-01-11",
    },
    "post_inventory": {
        "counted_on": "2008-01-18",
        "sheets": [{"first_serial": "EX-000101", "last_serial": "EX-000500"}],
    },
    "confirm_count": {"counted": 500},
    "put_sheets": {"serials": ["EX-000001", "EX-000002"], "printed_on": "2008-01-18"},
    "post_spoilage": {"serials": ["EX-000903"], "cause": "jam", "spoiled_on": "2008-01-18"},
    "post_loss": {
        "sheets": {"first_serial": "EX-000990", "last_serial": "EX-000992"},
        "declared_on": "2008-01-18",
    },
    "put_print_room": {"cut_off": "17:30"},
    "post_batches": {},
    "pull_letter": {"letter_id": "0190a0f0-0000-7000-8000-000000000001"},
    "print_batch": {
        "printed_on": "2008-01-18",
        "sheets": [{"first_serial": "EX-000001", "last_serial": "EX-000010"}],
        "spoiled": [{"serial": "EX-000004", "cause": "jam"}],
    },
    "post_batch": {"posted_on": "2008-01-18"},
    "put_consent": {"destination": "personne@courrier.example", "given_on": "2008-01-18"},
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
