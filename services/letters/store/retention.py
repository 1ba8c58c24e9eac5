"""What letters still holds of files whose letters are over their time, and decisions that waited in vain."""

from __future__ import annotations

import sqlalchemy as sa

OVER = sa.text(
    "SELECT recipients.application_id FROM recipients WHERE data IS NOT NULL "
    "AND (SELECT max(issued_on) FROM letters WHERE letters.application_id = recipients.application_id) <= :latest "
    "ORDER BY recipients.application_id LIMIT :most FOR UPDATE SKIP LOCKED"
)
"""The recipients whose last letter was written on ``latest`` or before, locked."""

BLANK = sa.text("UPDATE recipients SET data = NULL, state = 'erased' WHERE application_id = ANY(CAST(:ids AS uuid[]))")
FORGET_WAITING = sa.text("DELETE FROM waiting WHERE received_at < CAST(:latest AS date) + 1")
