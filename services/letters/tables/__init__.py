"""What letters keeps. ``letters`` holds ids, codes, hashes and dates; names and words live in the erasable
``recipients`` and ``documents``, PDFs outside the database under their hash.
"""

from __future__ import annotations

from services.letters.tables.letter_tables import discards, documents, letters, recipients, seals, waiting
from services.letters.tables.metadata import metadata
from services.letters.tables.paper import (
    paper_confirmations,
    paper_counts,
    paper_ledger,
    paper_sheets,
    print_batch_letters,
    print_batches,
    print_rooms,
)
from services.letters.tables.post import (
    address_states,
    despatch_facts,
    despatches,
    envelope_scans,
    hand_over_slots,
    hand_overs,
    posting_acts,
    reminder_consents,
    reminder_notices,
    returned_mail,
)
from services.letters.tables.title_tables import title_acts, title_orders, title_photographs, title_rights, titles

__all__ = [
    "address_states",
    "despatch_facts",
    "despatches",
    "discards",
    "documents",
    "envelope_scans",
    "hand_over_slots",
    "hand_overs",
    "letters",
    "metadata",
    "paper_confirmations",
    "paper_counts",
    "paper_ledger",
    "paper_sheets",
    "posting_acts",
    "print_batch_letters",
    "print_batches",
    "print_rooms",
    "recipients",
    "reminder_consents",
    "reminder_notices",
    "returned_mail",
    "seals",
    "title_acts",
    "title_orders",
    "title_photographs",
    "title_rights",
    "titles",
    "waiting",
]
