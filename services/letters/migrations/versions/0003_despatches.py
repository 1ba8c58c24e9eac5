"""Despatches and what is known of them, returned mail, receipts of hand-overs, reminders by consent."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The first 64 bits of the id as twenty decimal digits: the number that letters carry from now on.
_NUMBER = """
    UPDATE letters SET number = lpad((
      CAST(('x' || substr(replace(CAST(letter_id AS text), '-', ''), 1, 8))::bit(32)::bigint AS numeric) * 4294967296
      + CAST(('x' || substr(replace(CAST(letter_id AS text), '-', ''), 9, 8))::bit(32)::bigint AS numeric)
    )::text, 20, '0')
"""
# What was posted before had no way and no proof: ordinary post, whose receipt cannot be proved.
_POSTED = """
    UPDATE letters SET way = 'ordinary', notification = 'unprovable', notified_on = posted_on WHERE state = 'posted'
"""
_DESPATCHES = """
    INSERT INTO despatches (letter_id, despatch_no, application_id, way, left_on)
    SELECT letter_id, 1, application_id, 'ordinary', posted_on FROM letters WHERE state = 'posted'
"""
_FACTS = """
    INSERT INTO despatch_facts (fact_id, letter_id, despatch_no, application_id, kind, happened_on, source, actor_id)
    SELECT gen_random_uuid(), letter_id, 1, application_id, 'posted', posted_on, 'desk', 'letters' FROM letters
    WHERE state = 'posted'
"""


def upgrade() -> None:
    op.create_table(
        "despatches",
        sa.Column("letter_id", sa.UUID(), nullable=False),
        sa.Column("despatch_no", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), server_default="", nullable=False),
        sa.Column("left_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("letter_id", "despatch_no"),
    )
    op.create_index("despatches_application", "despatches", ["application_id"], unique=False)
    op.create_index(
        "despatches_number", "despatches", ["number"], unique=False, postgresql_where=sa.text("number <> ''")
    )
    op.create_table(
        "despatch_facts",
        sa.Column("fact_id", sa.UUID(), nullable=False),
        sa.Column("letter_id", sa.UUID(), nullable=False),
        sa.Column("despatch_no", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("signed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("set_aside", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('posted', 'sent', 'presented', 'notice_left', 'collected', 'returned', 'handed_over')",
            name="despatch_facts_kind",
        ),
        sa.PrimaryKeyConstraint("fact_id"),
    )
    op.create_index("despatch_facts_application", "despatch_facts", ["application_id"], unique=False)
    op.create_index("despatch_facts_letter", "despatch_facts", ["letter_id", "despatch_no"], unique=False)
    op.create_table(
        "envelope_scans",
        sa.Column("letter_id", sa.UUID(), nullable=False),
        sa.Column("despatch_no", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("letter_id", "despatch_no"),
    )
    op.create_index("envelope_scans_application", "envelope_scans", ["application_id"], unique=False)
    op.create_index("envelope_scans_sha256", "envelope_scans", ["sha256"], unique=False)
    op.create_table(
        "returned_mail",
        sa.Column("return_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("scanned", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=False),
        sa.Column("letter_id", sa.UUID(), nullable=True),
        sa.Column("despatch_no", sa.Integer(), nullable=True),
        sa.Column("application_id", sa.UUID(), nullable=True),
        sa.Column("next_act", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("return_id"),
    )
    op.create_index("returned_mail_caisse", "returned_mail", ["caisse", "recorded_at", "return_id"], unique=False)
    op.create_table(
        "address_states",
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("letter_id", sa.UUID(), nullable=False),
        sa.CheckConstraint("state IN ('doubtful', 'to_repair')", name="address_states_state"),
        sa.PrimaryKeyConstraint("application_id"),
    )
    op.create_table(
        "hand_overs",
        sa.Column("hand_over_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("letter_id", sa.UUID(), nullable=True),
        sa.Column("serial", sa.Text(), server_default="", nullable=False),
        sa.Column("handed_on", sa.Date(), nullable=False),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("identity_paper", sa.Text(), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("object IN ('letter', 'title')", name="hand_overs_object"),
        sa.PrimaryKeyConstraint("hand_over_id"),
    )
    op.create_index("hand_overs_application", "hand_overs", ["application_id"], unique=False)
    op.create_table(
        "reminder_consents",
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.CheckConstraint("channel IN ('email', 'sms')", name="reminder_consents_channel"),
        sa.PrimaryKeyConstraint("application_id", "channel"),
    )
    op.create_table(
        "reminder_notices",
        sa.Column("letter_id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="due", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('due', 'sent', 'given_up')", name="reminder_notices_state"),
        sa.PrimaryKeyConstraint("letter_id", "channel"),
    )
    op.create_index("reminder_notices_application", "reminder_notices", ["application_id"], unique=False)
    op.create_index(
        "reminder_notices_due",
        "reminder_notices",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
    )
    op.add_column("letters", sa.Column("number", sa.Text(), nullable=False, server_default=""))
    op.execute(_NUMBER)
    op.alter_column("letters", "number", server_default=None)
    op.create_index("letters_number", "letters", ["number"])
    op.add_column("letters", sa.Column("way", sa.Text()))
    op.add_column("letters", sa.Column("notification", sa.Text(), server_default="none", nullable=False))
    op.add_column("letters", sa.Column("notified_on", sa.Date()))
    op.add_column("letters", sa.Column("revision", sa.Integer(), server_default="0", nullable=False))
    op.create_check_constraint(
        "letters_notification",
        "letters",
        "notification IN ('none', 'pending', 'proved', 'presumed', 'unprovable', 'not_notified')",
    )
    for statement in (_POSTED, _DESPATCHES, _FACTS):
        op.execute(statement)


def downgrade() -> None:
    for column in ("revision", "notified_on", "notification", "way", "number"):
        op.drop_column("letters", column)
    for table in (
        "reminder_notices",
        "reminder_consents",
        "hand_overs",
        "address_states",
        "returned_mail",
        "envelope_scans",
        "despatch_facts",
        "despatches",
    ):
        op.drop_table(table)
