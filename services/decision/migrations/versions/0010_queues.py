"""How the last request for papers of a case stands, for the queues, and an index from which all queues are counted."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

BACKFILL = """
UPDATE cases SET papers = CASE
  WHEN body -> 'requests' -> -1 ->> 'ended_on' IS NULL THEN 'awaited'
  WHEN (body -> 'requests' -> -1 ->> 'fulfilled')::boolean THEN 'received'
  ELSE 'overdue' END
WHERE state = 'open' AND jsonb_array_length(COALESCE(body -> 'requests', '[]')) > 0
"""


def upgrade() -> None:
    op.add_column("cases", sa.Column("papers", sa.Text(), nullable=False, server_default=""))
    op.execute(BACKFILL)
    op.create_index(
        "cases_work",
        "cases",
        ["caisse", "assignee"],
        postgresql_include=["state", "waiting_for", "due_on", "target_on", "priority", "appeal", "papers"],
        postgresql_where=sa.text("waiting_for <> '' OR appeal NOT IN ('', 'settled')"),
    )


def downgrade() -> None:
    op.drop_index("cases_work", "cases")
    op.drop_column("cases", "papers")
