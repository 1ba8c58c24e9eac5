"""What left, what the post says of it, what came back, hand-overs and reminders."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from services.letters.tables.metadata import INSTANT, metadata

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

# Letters that a desk said to have left, all at once: carried out a little later, so that the act is undone as one until
# then. ``batch_id``: the printed batch that left; else ``letter_ids`` did. Nothing here names anybody.
posting_acts = sa.Table(
    "posting_acts",
    metadata,
    sa.Column("act_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text),
    sa.Column("batch_id", UUID),
    sa.Column("letter_ids", ARRAY(UUID), nullable=False),
    sa.Column("posted_on", sa.Date, nullable=False),
    sa.Column("way", sa.Text, nullable=False),
    sa.Column("numbers", JSONB, nullable=False, server_default="{}"),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("actor_roles", ARRAY(sa.Text), nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("results", JSONB, nullable=False, server_default="{}"),
    sa.Column("made_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Column("due_at", INSTANT, nullable=False),
    sa.CheckConstraint("state IN ('waiting', 'done', 'undone')", name="posting_acts_state"),
    sa.Index("posting_acts_waiting", "due_at", postgresql_where=sa.text("state = 'waiting'")),
    sa.Index("posting_acts_caisse", "caisse", "act_id"),
)
