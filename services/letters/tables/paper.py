"""The secured paper of a caisse, its print room and its batches."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from services.letters.tables.metadata import INSTANT, metadata
from shared.database.shared_tables import APPEND_ONLY

# Secured paper. What was signed for is added to and never changed: counts, who else confirmed them, and the ledger of
# what was done to ranges of sheets. ``paper_sheets`` is where each sheet is now.
paper_counts = sa.Table(
    "paper_counts",
    metadata,
    sa.Column("count_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("supplier", sa.Text, nullable=False, server_default=""),
    sa.Column("happened_on", sa.Date, nullable=False),
    sa.Column("ranges", JSONB, nullable=False),
    sa.Column("from_place", sa.Text, nullable=False, server_default=""),
    sa.Column("to_place", sa.Text, nullable=False, server_default=""),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("counted_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.CheckConstraint("subject IN ('delivery', 'movement', 'inventory')", name="paper_counts_subject"),
    sa.Index("paper_counts_caisse", "caisse", "count_id"),
    info=APPEND_ONLY,
)
paper_confirmations = sa.Table(
    "paper_confirmations",
    metadata,
    sa.Column("count_id", UUID, primary_key=True),
    sa.Column("agrees", sa.Boolean, nullable=False),
    sa.Column("counted", sa.Integer, nullable=False),
    sa.Column("differences", JSONB, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("confirmed_at", INSTANT, nullable=False, server_default=sa.func.now()),
    info=APPEND_ONLY,
)
paper_ledger = sa.Table(
    "paper_ledger",
    metadata,
    sa.Column("entry_no", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("first_serial", sa.Text, nullable=False),
    sa.Column("last_serial", sa.Text, nullable=False),
    sa.Column("sheets", sa.Integer, nullable=False),
    sa.Column("happened_on", sa.Date, nullable=False),
    sa.Column("letter_id", UUID),
    sa.Column("count_id", UUID),
    sa.Column("cause", sa.Text, nullable=False, server_default=""),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("second_id", sa.Text, nullable=False, server_default=""),
    sa.Column("recorded_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Index("paper_ledger_caisse", "caisse", "entry_no"),
    info=APPEND_ONLY,
)
paper_sheets = sa.Table(
    "paper_sheets",
    metadata,
    sa.Column("caisse", sa.Text, primary_key=True),
    sa.Column("serial", sa.Text, primary_key=True),
    sa.Column("delivery_id", UUID, nullable=False),
    sa.Column("fate", sa.Text, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("letter_id", UUID),
    sa.Column("cause", sa.Text, nullable=False, server_default=""),
    sa.Column("changed_on", sa.Date, nullable=False),
    sa.Column("changed_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.CheckConstraint("fate IN ('stock', 'used', 'spoiled', 'unaccounted')", name="paper_sheets_fate"),
    sa.CheckConstraint("fate <> 'used' OR letter_id IS NOT NULL", name="paper_sheets_used"),
    sa.Index("paper_sheets_fate", "caisse", "fate", "changed_on"),
    sa.Index("paper_sheets_letter", "letter_id", postgresql_where=sa.text("letter_id IS NOT NULL")),
)

# The print room of a caisse: at which hour of a working day what is ready is batched; without a row it batches by hand.
print_rooms = sa.Table(
    "print_rooms",
    metadata,
    sa.Column("caisse", sa.Text, primary_key=True),
    sa.Column("cut_off", sa.Time, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("last_cut_off", sa.Date),
    sa.Column("actor_id", sa.Text, nullable=False),
)

# ``pdf_sha256`` null: not closed yet, posted, or erased with one of its persons.
print_batches = sa.Table(
    "print_batches",
    metadata,
    sa.Column("batch_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("opened_on", sa.Date, nullable=False),
    sa.Column("paper", sa.Text, nullable=False),
    sa.Column("way", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("pdf_sha256", sa.Text),
    sa.Column("closed_at", INSTANT),
    sa.Column("taken_at", INSTANT),
    sa.Column("taken_by", sa.Text, nullable=False, server_default=""),
    sa.Column("printed_on", sa.Date),
    sa.Column("posted_on", sa.Date),
    sa.CheckConstraint("state IN ('open', 'closed', 'taken', 'printed', 'posted')", name="print_batches_state"),
    sa.CheckConstraint("paper IN ('plain', 'secured')", name="print_batches_paper"),
    sa.Index("print_batches_caisse", "caisse", "batch_id"),
    sa.Index("print_batches_pdf", "pdf_sha256", postgresql_where=sa.text("pdf_sha256 IS NOT NULL")),
)
print_batch_letters = sa.Table(
    "print_batch_letters",
    metadata,
    sa.Column("batch_id", UUID, primary_key=True),
    sa.Column("letter_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("postcode", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="in"),
    # Of the leaflet behind the letter, from the closing on; none on secured paper.
    sa.Column("leaflet_pages", sa.Integer, nullable=False, server_default="0"),
    sa.CheckConstraint("state IN ('in', 'pulled', 'printed', 'returned')", name="print_batch_letters_state"),
    sa.Index(
        "print_batch_letters_once",
        "letter_id",
        unique=True,
        postgresql_where=sa.text("state IN ('in', 'printed')"),
    ),
    sa.Index("print_batch_letters_application", "application_id"),
)
