"""The first day on which a file arrived is found without reading every stay: it is asked at each closing."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("fact_stay_arrived", "fact_stay", ["arrived_on"])


def downgrade() -> None:
    op.drop_index("fact_stay_arrived", "fact_stay")
