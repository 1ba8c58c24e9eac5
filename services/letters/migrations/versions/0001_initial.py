"""Recipients, letters, their documents and what waits."""

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
        "discards",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "documents",
        sa.Column("letter_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("letter_id"),
    )
    op.create_index("documents_application", "documents", ["application_id"], unique=False)
    op.create_index(
        "documents_due",
        "documents",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
    )
    op.create_table(
        "letters",
        sa.Column("letter_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("template_version", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("decision_id", sa.UUID(), nullable=True),
        sa.Column("request_no", sa.Integer(), nullable=True),
        sa.Column("problems", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cause_id", sa.UUID(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("cancelled_on", sa.Date(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("pdf_sha256", sa.Text(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.CheckConstraint("state IN ('issued', 'posted', 'cancelled')", name="letters_state"),
        sa.PrimaryKeyConstraint("letter_id"),
    )
    op.create_index("letters_application", "letters", ["application_id", "letter_id"], unique=False)
    op.create_index("letters_caisse", "letters", ["caisse", "issued_on", "letter_id"], unique=False)
    op.create_index("letters_holder", "letters", ["holder", "issued_on", "letter_id"], unique=False)
    op.create_index(
        "letters_pdf",
        "letters",
        ["pdf_sha256"],
        unique=False,
        postgresql_where=sa.text("pdf_sha256 IS NOT NULL"),
    )
    op.create_table(
        "recipients",
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("state IN ('awaited', 'open', 'withdrawn', 'erased')", name="recipients_state"),
        sa.PrimaryKeyConstraint("application_id"),
    )
    op.create_table(
        "waiting",
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("event", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index("waiting_application", "waiting", ["application_id"], unique=False)


def downgrade() -> None:
    op.drop_index("waiting_application", table_name="waiting")
    op.drop_table("waiting")
    op.drop_table("recipients")
    op.drop_index("letters_pdf", table_name="letters", postgresql_where=sa.text("pdf_sha256 IS NOT NULL"))
    op.drop_index("letters_holder", table_name="letters")
    op.drop_index("letters_caisse", table_name="letters")
    op.drop_index("letters_application", table_name="letters")
    op.drop_table("letters")
    op.drop_index("documents_due", table_name="documents", postgresql_where=sa.text("next_attempt_at IS NOT NULL"))
    op.drop_index("documents_application", table_name="documents")
    op.drop_table("documents")
    op.drop_table("discards")
    drop_shared_tables()
