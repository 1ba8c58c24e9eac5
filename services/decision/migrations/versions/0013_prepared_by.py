"""Who prepared the decision that waits for a second person: its queue is for everybody else."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BEFORE = ["state", "waiting_for", "due_on", "target_on", "priority", "appeal", "papers"]
AT_WORK = sa.text("waiting_for <> '' OR appeal NOT IN ('', 'settled')")
BACKFILL = """
UPDATE cases SET prepared_by = body -> 'draft' ->> 'by' WHERE body -> 'draft' ->> 'by' IS NOT NULL
"""


def _index(include: list[str]) -> None:
    op.drop_index("cases_work", "cases")
    op.create_index("cases_work", "cases", ["caisse", "assignee"], postgresql_include=include, postgresql_where=AT_WORK)


def upgrade() -> None:
    op.add_column("cases", sa.Column("prepared_by", sa.Text(), nullable=False, server_default=""))
    op.execute(BACKFILL)
    _index([*BEFORE, "prepared_by"])


def downgrade() -> None:
    _index(BEFORE)
    op.drop_column("cases", "prepared_by")
