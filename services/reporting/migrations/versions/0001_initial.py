"""The first tables of reporting."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.database.shared_migrations import create_shared_tables, drop_shared_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_shared_tables()
    op.create_table(
        "access_log",
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=True),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("application_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
        info={"append_only": True},
    )
    op.create_index("access_log_actor", "access_log", ["actor_id", "occurred_at"], unique=False)
    op.create_index("access_log_applications", "access_log", ["application_ids"], unique=False, postgresql_using="gin")
    op.create_index("access_log_time", "access_log", ["occurred_at", "event_id"], unique=False)
    op.create_table(
        "fact_application",
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("application_sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("received_caisse", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("adults", sa.Integer(), server_default="0", nullable=False),
        sa.Column("minors", sa.Integer(), server_default="0", nullable=False),
        sa.Column("deposited_on", sa.Date(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("transmitted_days", sa.Integer(), nullable=True),
        sa.Column("priority", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("transfers", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("erased_on", sa.Date(), nullable=True),
        sa.Column("decision_sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("complete_at_receipt", sa.Boolean(), nullable=True),
        sa.Column("completed_on", sa.Date(), nullable=True),
        sa.Column("decision_id", sa.UUID(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("automatic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("persons_granted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("persons_refused", sa.Integer(), server_default="0", nullable=False),
        sa.Column("motives", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("letter_sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("notified_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'granted', 'refused', 'lapsed', 'withdrawn')", name="fact_application_state"
        ),
        sa.PrimaryKeyConstraint("application_id"),
    )
    op.create_index("fact_application_notified", "fact_application", ["notified_on"], unique=False)
    op.create_table(
        "fact_decision",
        sa.Column("decision_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("persons_granted", sa.Integer(), nullable=False),
        sa.Column("motives", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("decision_id"),
        info={"append_only": True},
    )
    op.create_index("fact_decision_application", "fact_decision", ["application_id"], unique=False)
    op.create_table(
        "fact_letter",
        sa.Column("letter_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("decision_id", sa.UUID(), nullable=True),
        sa.Column("rendered", sa.Boolean(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("cancelled_on", sa.Date(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("letter_id"),
    )
    op.create_index("fact_letter_application", "fact_letter", ["application_id"], unique=False)
    op.create_index(
        "fact_letter_cancelled",
        "fact_letter",
        ["cancelled_on"],
        unique=False,
        postgresql_where=sa.text("cancelled_on IS NOT NULL"),
    )
    op.create_index("fact_letter_issued", "fact_letter", ["issued_on"], unique=False)
    op.create_index("fact_letter_posted", "fact_letter", ["posted_on"], unique=False)
    op.create_table(
        "fact_signal",
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("pair_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("judgement", sa.Text(), nullable=True),
        sa.Column("judged_on", sa.Date(), nullable=True),
        sa.Column("judged_caisse", sa.Text(), nullable=True),
        sa.Column("dropped_on", sa.Date(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("application_id", "pair_id"),
    )
    op.create_index("fact_signal_judged", "fact_signal", ["judged_on"], unique=False)
    op.create_index(
        "fact_signal_open",
        "fact_signal",
        ["raised_on"],
        unique=False,
        postgresql_where=sa.text("judged_on IS NULL AND dropped_on IS NULL"),
    )
    op.create_index("fact_signal_raised", "fact_signal", ["raised_on"], unique=False)
    op.create_table(
        "fact_stay",
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("arrived_on", sa.Date(), nullable=False),
        sa.Column("arrived_by", sa.Text(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("left_by", sa.Text(), nullable=True),
        sa.CheckConstraint("(left_on IS NULL) = (left_by IS NULL)", name="fact_stay_left"),
        sa.CheckConstraint("left_on >= arrived_on", name="fact_stay_order"),
        sa.PrimaryKeyConstraint("application_id", "n"),
    )
    op.create_index("fact_stay_left", "fact_stay", ["left_on"], unique=False)
    op.create_index(
        "fact_stay_present", "fact_stay", ["caisse"], unique=False, postgresql_where=sa.text("left_on IS NULL")
    )


def downgrade() -> None:
    op.drop_index("fact_stay_present", table_name="fact_stay", postgresql_where=sa.text("left_on IS NULL"))
    op.drop_index("fact_stay_left", table_name="fact_stay")
    op.drop_table("fact_stay")
    op.drop_index("fact_signal_raised", table_name="fact_signal")
    op.drop_index(
        "fact_signal_open",
        table_name="fact_signal",
        postgresql_where=sa.text("judged_on IS NULL AND dropped_on IS NULL"),
    )
    op.drop_index("fact_signal_judged", table_name="fact_signal")
    op.drop_table("fact_signal")
    op.drop_index("fact_letter_posted", table_name="fact_letter")
    op.drop_index("fact_letter_issued", table_name="fact_letter")
    op.drop_index(
        "fact_letter_cancelled", table_name="fact_letter", postgresql_where=sa.text("cancelled_on IS NOT NULL")
    )
    op.drop_index("fact_letter_application", table_name="fact_letter")
    op.drop_table("fact_letter")
    op.drop_index("fact_decision_application", table_name="fact_decision")
    op.drop_table("fact_decision")
    op.drop_index("fact_application_notified", table_name="fact_application")
    op.drop_table("fact_application")
    op.drop_index("access_log_time", table_name="access_log")
    op.drop_index("access_log_applications", table_name="access_log", postgresql_using="gin")
    op.drop_index("access_log_actor", table_name="access_log")
    op.drop_table("access_log")
    drop_shared_tables()
