"""Whom a reminder reaches, when it was planned and why it did not leave; appointments to hand a title over."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reminder_consents", sa.Column("to_body", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("reminder_notices", sa.Column("error", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "reminder_notices",
        sa.Column("planned_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.create_table(
        "hand_over_slots",
        sa.Column("appointment_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("slot", postgresql.JSONB(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("appointment_id"),
    )
    op.create_index("hand_over_slots_application", "hand_over_slots", ["application_id"], unique=False)


def downgrade() -> None:
    op.drop_table("hand_over_slots")
    op.drop_column("reminder_notices", "planned_at")
    op.drop_column("reminder_notices", "error")
    op.drop_column("reminder_consents", "to_body")
