"""Print rooms, their batches and the letters of each."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "print_rooms",
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("cut_off", sa.Time(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("last_cut_off", sa.Date(), nullable=True),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("caisse"),
    )
    op.create_table(
        "print_batches",
        sa.Column("batch_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("paper", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pdf_sha256", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_by", sa.Text(), server_default="", nullable=False),
        sa.Column("printed_on", sa.Date(), nullable=True),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'closed', 'taken', 'printed', 'posted')", name="print_batches_state"),
        sa.CheckConstraint("paper IN ('plain', 'secured')", name="print_batches_paper"),
        sa.PrimaryKeyConstraint("batch_id"),
    )
    op.create_index("print_batches_caisse", "print_batches", ["caisse", "batch_id"])
    op.create_index(
        "print_batches_pdf", "print_batches", ["pdf_sha256"], postgresql_where=sa.text("pdf_sha256 IS NOT NULL")
    )
    op.create_table(
        "print_batch_letters",
        sa.Column("batch_id", sa.UUID(), nullable=False),
        sa.Column("letter_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="in", nullable=False),
        sa.CheckConstraint("state IN ('in', 'pulled', 'printed', 'returned')", name="print_batch_letters_state"),
        sa.PrimaryKeyConstraint("batch_id", "letter_id"),
    )
    op.create_index(
        "print_batch_letters_once",
        "print_batch_letters",
        ["letter_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('in', 'printed')"),
    )
    op.create_index("print_batch_letters_application", "print_batch_letters", ["application_id"])


def downgrade() -> None:
    for name in ("print_batch_letters", "print_batches", "print_rooms"):
        op.drop_table(name)
