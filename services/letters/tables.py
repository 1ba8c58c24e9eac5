"""What letters keeps. ``letters`` holds ids, codes, hashes and dates; names and words live in the erasable
``recipients`` and ``documents``, PDFs outside the database under their hash.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from shared.database.shared_tables import APPEND_ONLY, shared_tables

metadata = sa.MetaData()
shared_tables(metadata)

INSTANT = sa.DateTime(timezone=True)

# One row per application, from whichever fact comes first. ``data`` is null while only a decision is known (awaited)
# and after erasure. The row is also the lock that keeps a decision and its application from missing each other.
recipients = sa.Table(
    "recipients",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("data", JSONB),
    sa.CheckConstraint("state IN ('awaited', 'open', 'withdrawn', 'erased')", name="recipients_state"),
)

# Decision events (ids and codes) whose application has not come yet.
waiting = sa.Table(
    "waiting",
    metadata,
    sa.Column("event_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("event", JSONB, nullable=False),
    sa.Column("received_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Index("waiting_application", "application_id"),
)

# ``caisse`` issued the letter, ``holder`` has the file now (another one after a transfer); both may see it.
letters = sa.Table(
    "letters",
    metadata,
    sa.Column("letter_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("template", sa.Text, nullable=False),
    sa.Column("template_version", sa.Integer, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    # The language of the leaflet that goes with it; null: it goes alone.
    sa.Column("leaflet", sa.Text),
    sa.Column("content_hash", sa.Text, nullable=False),
    sa.Column("issued_on", sa.Date, nullable=False),
    sa.Column("decision_id", UUID),
    sa.Column("request_no", sa.Integer),
    sa.Column("problems", JSONB, nullable=False),
    sa.Column("cause_id", UUID, nullable=False),
    sa.Column("correlation_id", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("posted_on", sa.Date),
    sa.Column("cancelled_on", sa.Date),
    sa.Column("cancel_reason", sa.Text),
    sa.Column("pdf_sha256", sa.Text),
    sa.Column("pages", sa.Integer),
    # What the despatches say together: see domain/delivery.py. ``revision`` counts what was published of it.
    sa.Column("way", sa.Text),
    sa.Column("notification", sa.Text, nullable=False, server_default="none"),
    sa.Column("notified_on", sa.Date),
    sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
    sa.CheckConstraint("state IN ('issued', 'posted', 'cancelled')", name="letters_state"),
    sa.CheckConstraint(
        "notification IN ('none', 'pending', 'proved', 'presumed', 'unprovable', 'not_notified')",
        name="letters_notification",
    ),
    sa.Index("letters_number", "number"),
    sa.Index("letters_application", "application_id", "letter_id"),
    sa.Index("letters_caisse", "caisse", "issued_on", "letter_id"),
    sa.Index("letters_holder", "holder", "issued_on", "letter_id"),
    sa.Index("letters_pdf", "pdf_sha256", postgresql_where=sa.text("pdf_sha256 IS NOT NULL")),
)

# The frozen content, and the rendering that is still to do: ``next_attempt_at`` is null once the PDF is filed.
documents = sa.Table(
    "documents",
    metadata,
    sa.Column("letter_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("content", JSONB, nullable=False),
    sa.Column("next_attempt_at", INSTANT),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("error", sa.Text, nullable=False, server_default=""),
    sa.Index("documents_application", "application_id"),
    sa.Index("documents_due", "next_attempt_at", postgresql_where=sa.text("next_attempt_at IS NOT NULL")),
    sa.Index("documents_failed", "letter_id", postgresql_where=sa.text("error <> ''")),
)

# PDFs that must go: a row until the file is really removed.
discards = sa.Table(
    "discards",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("since", INSTANT, nullable=False, server_default=sa.func.now()),
)

# One row for each time a letter left. What is known of it lies in ``despatch_facts``; nothing there is overwritten.
despatches = sa.Table(
    "despatches",
    metadata,
    sa.Column("letter_id", UUID, primary_key=True),
    sa.Column("despatch_no", sa.Integer, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("way", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False, server_default=""),
    sa.Column("left_on", sa.Date, nullable=False),
    sa.Index("despatches_number", "number", postgresql_where=sa.text("number <> ''")),
    sa.Index("despatches_application", "application_id"),
)

# What the post, a desk or a return says of a despatch. ``set_aside``: contradicted, and not chosen by a person.
# ``signed_by`` is a name: erasure empties it.
despatch_facts = sa.Table(
    "despatch_facts",
    metadata,
    sa.Column("fact_id", UUID, primary_key=True),
    sa.Column("letter_id", UUID, nullable=False),
    sa.Column("despatch_no", sa.Integer, nullable=False),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("happened_on", sa.Date, nullable=False),
    sa.Column("cause", sa.Text),
    sa.Column("signed_by", sa.Text, nullable=False, server_default=""),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("set_aside", sa.Boolean, nullable=False, server_default="false"),
    sa.Column("recorded_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.CheckConstraint(
        "kind IN ('posted', 'sent', 'presented', 'notice_left', 'collected', 'returned', 'handed_over')",
        name="despatch_facts_kind",
    ),
    sa.Index("despatch_facts_letter", "letter_id", "despatch_no"),
    sa.Index("despatch_facts_application", "application_id"),
)

# The envelope as it came back; its bytes lie in the archive of scans under their hash until erasure.
envelope_scans = sa.Table(
    "envelope_scans",
    metadata,
    sa.Column("letter_id", UUID, primary_key=True),
    sa.Column("despatch_no", sa.Integer, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("stored_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Index("envelope_scans_application", "application_id"),
    sa.Index("envelope_scans_sha256", "sha256"),
)

# Everything that came back, as scanned. ``letter_id`` null: no letter has this number, or several have.
returned_mail = sa.Table(
    "returned_mail",
    metadata,
    sa.Column("return_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("scanned", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("returned_on", sa.Date, nullable=False),
    sa.Column("letter_id", UUID),
    sa.Column("despatch_no", sa.Integer),
    sa.Column("application_id", UUID),
    sa.Column("next_act", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Index("returned_mail_caisse", "caisse", "recorded_at", "return_id"),
)

# What returned mail says of the address of an application; absent: nothing against it.
address_states = sa.Table(
    "address_states",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("letter_id", UUID, nullable=False),
    sa.CheckConstraint("state IN ('doubtful', 'to_repair')", name="address_states_state"),
)

# Receipts of what was handed over at a desk. ``name`` is who took it: erasure empties it.
hand_overs = sa.Table(
    "hand_overs",
    metadata,
    sa.Column("hand_over_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("letter_id", UUID),
    sa.Column("serial", sa.Text, nullable=False, server_default=""),
    sa.Column("handed_on", sa.Date, nullable=False),
    sa.Column("received_by", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    sa.Column("identity_paper", sa.Text, nullable=False),
    sa.Column("desk", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.CheckConstraint("object IN ('letter', 'title')", name="hand_overs_object"),
    sa.Index("hand_overs_application", "application_id"),
)

# The appointments that exist to hand a title over, as letters that speak of the title print them.
hand_over_slots = sa.Table(
    "hand_over_slots",
    metadata,
    sa.Column("appointment_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("slot", JSONB, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Index("hand_over_slots_application", "application_id"),
)

# What was sealed, so that it can be voided: no name and no salt, only the mark that the list of voided ones shows.
# ``ranks``: of the persons it names; ``ended``: of those whose right ended before its term.
seals = sa.Table(
    "seals",
    metadata,
    sa.Column("letter_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("decision_id", UUID),
    sa.Column("serial", sa.Text, nullable=False),
    sa.Column("mark", sa.Text, nullable=False),
    sa.Column("sealed_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date, nullable=False),
    sa.Column("ranks", ARRAY(sa.Integer), nullable=False),
    sa.Column("ended", ARRAY(sa.Integer), nullable=False, server_default="{}"),
    sa.Column("voided_on", sa.Date),
    sa.Column("void_reason", sa.Text, nullable=False, server_default=""),
    sa.Index("seals_application", "application_id"),
    sa.Index("seals_voided", "ends_on", postgresql_where=sa.text("voided_on IS NOT NULL")),
)

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
    sa.CheckConstraint("state IN ('in', 'pulled', 'printed', 'returned')", name="print_batch_letters_state"),
    sa.Index(
        "print_batch_letters_once",
        "letter_id",
        unique=True,
        postgresql_where=sa.text("state IN ('in', 'printed')"),
    ),
    sa.Index("print_batch_letters_application", "application_id"),
)

# The rights that titles are made for, as decision tells them: ids and dates.
title_rights = sa.Table(
    "title_rights",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("member_id", UUID, primary_key=True),
    sa.Column("member_rank", sa.Integer, nullable=False),
    sa.Column("decision_id", UUID, nullable=False),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date, nullable=False),
)

# One row for each serial; ``caisse`` gave it, ``holder`` has the file now. Nobody has two that count. What they were
# before lies in ``title_acts``. Erasure takes the serial, the person and the acts.
titles = sa.Table(
    "titles",
    metadata,
    sa.Column("title_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("decision_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("member_id", UUID, nullable=False),
    sa.Column("member_rank", sa.Integer, nullable=False),
    sa.Column("listed", ARRAY(sa.Integer), nullable=False),
    sa.Column("form", sa.Text, nullable=False),
    sa.Column("serial", sa.Text, nullable=False, unique=True),
    sa.Column("copy_no", sa.Integer, nullable=False),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("void_reason", sa.Text),
    sa.Column("order_id", UUID),
    sa.Column("letter_id", UUID),
    sa.CheckConstraint(
        "state IN ('ordered', 'produced', 'received', 'handed_over', 'posted', 'returned', 'voided')",
        name="titles_state",
    ),
    sa.CheckConstraint("(state = 'voided') = (void_reason IS NOT NULL)", name="titles_void_reason"),
    sa.Index(
        "titles_one_live", "application_id", "member_id", unique=True, postgresql_where=sa.text("state <> 'voided'")
    ),
    sa.Index("titles_holder", "holder", "since", "title_id"),
    sa.Index("titles_order", "order_id", postgresql_where=sa.text("order_id IS NOT NULL")),
)

# What was done with each title; never changed, and gone with the file.
title_acts = sa.Table(
    "title_acts",
    metadata,
    sa.Column("act_id", UUID, primary_key=True),
    sa.Column("title_id", UUID, nullable=False),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("happened_on", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Index("title_acts_title", "title_id"),
    sa.Index("title_acts_application", "application_id"),
)

# Orders to the card maker, and what its answers said, row by row.
title_orders = sa.Table(
    "title_orders",
    metadata,
    sa.Column("order_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("ordered_on", sa.Date, nullable=False),
    sa.Column("answers", JSONB, nullable=False, server_default="[]"),
    sa.Index("title_orders_caisse", "caisse", "ordered_on", "order_id"),
)

# Photographs for titles; their bytes lie apart, encrypted under ``key``: without this row nobody reads them.
# ``state``: proposed until a person confirmed the crop.
title_photographs = sa.Table(
    "title_photographs",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("member_rank", sa.Integer, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("box", ARRAY(sa.Integer), nullable=False),
    sa.Column("faults", ARRAY(sa.Text), nullable=False),
    sa.Column("taken_on", sa.Date, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.CheckConstraint("state IN ('proposed', 'confirmed')", name="title_photographs_state"),
    sa.Index("title_photographs_sha256", "sha256"),
)

# Where a person agreed to be reminded, and when; the destination goes with the file.
reminder_consents = sa.Table(
    "reminder_consents",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("to_body", sa.Boolean, nullable=False, server_default="false"),
    sa.Column("given_on", sa.Date, nullable=False),
    sa.Column("withdrawn_on", sa.Date),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.CheckConstraint("channel IN ('email', 'sms')", name="reminder_consents_channel"),
)

# Short notices to send beside a letter that reminds; ``next_attempt_at`` is null once sent or given up.
reminder_notices = sa.Table(
    "reminder_notices",
    metadata,
    sa.Column("letter_id", UUID, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="due"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_attempt_at", INSTANT),
    sa.Column("sent_at", INSTANT),
    sa.Column("error", sa.Text, nullable=False, server_default=""),
    sa.Column("planned_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.CheckConstraint("state IN ('due', 'sent', 'given_up')", name="reminder_notices_state"),
    sa.Index("reminder_notices_due", "next_attempt_at", postgresql_where=sa.text("next_attempt_at IS NOT NULL")),
    sa.Index("reminder_notices_application", "application_id"),
)
