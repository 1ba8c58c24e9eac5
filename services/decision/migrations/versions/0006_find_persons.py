"""Cases found by the name of the applicant, and by the reference of the file."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
APPLICANT = sa.text("rank = 0")


def upgrade() -> None:
    name = sa.text("lower(family_name || ' ' || given_names) text_pattern_ops")
    op.create_index("persons_name", "persons", [name], postgresql_where=APPLICANT)
    op.create_index("persons_reference", "persons", ["reference"], postgresql_where=APPLICANT)


def downgrade() -> None:
    op.drop_index("persons_reference", "persons")
    op.drop_index("persons_name", "persons")
