"""Desks with their capacity, and appointments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "desks",
        sa.Column("caisse", sa.Text(), primary_key=True),
        sa.Column("desk", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lines", postgresql.JSONB(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
    )
    op.create_table(
        "desk_days",
        sa.Column("caisse", sa.Text(), primary_key=True),
        sa.Column("desk", sa.Text(), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("capacity", sa.Integer(), nullable=False),
    )
    op.create_table(
        "appointments",
        sa.Column("appointment_id", sa.UUID(), primary_key=True),
        sa.Column("application_id", sa.UUID(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("caisse", "desk")),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("hour", "purpose")),
        sa.Column("bring", postgresql.JSONB(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("standby", "state")),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('taken', 'moved', 'kept', 'missed', 'cancelled')", name="appointments_state"),
    )
    op.create_index("appointments_application", "appointments", ["application_id"])
    op.create_index("appointments_desk", "appointments", ["caisse", "desk", "day"])


def downgrade() -> None:
    for table in ("appointments", "desk_days", "desks"):
        op.drop_table(table)
