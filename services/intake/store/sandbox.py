"""What the sandbox holds, to be forgotten each night."""

from __future__ import annotations

import sqlalchemy as sa

from shared.contract.sandbox import SANDBOX
from shared.database.unit_of_work import UnitOfWork

OF_EARLIER_DAYS = sa.text(
    f"SELECT application_id FROM applications WHERE state <> 'erased' AND caisse = '{SANDBOX}' "
    "AND (SELECT min(business_date) FROM acts WHERE acts.application_id = applications.application_id) < :today "
    "ORDER BY application_id LIMIT :most FOR UPDATE SKIP LOCKED"
)
"""Files of the sandbox that were registered before a day, locked."""
_ROWS = sa.text(
    f"DELETE FROM import_rows USING imports WHERE import_rows.import_id = imports.import_id AND caisse = '{SANDBOX}' "
    "AND imports.state IN ('done', 'failed')"
)
_IMPORTS = sa.text(f"DELETE FROM imports WHERE caisse = '{SANDBOX}' AND state IN ('done', 'failed')")
_DRAFTS = sa.text(f"DELETE FROM drafts WHERE caisse = '{SANDBOX}'")
_NAMES = sa.text(f"DELETE FROM column_names WHERE caisse = '{SANDBOX}'")


async def forget_what_was_sent(unit: UnitOfWork) -> None:
    """Forget imports that are over, so that the same file may be tried again, interviews and names of columns."""
    for statement in (_ROWS, _IMPORTS, _DRAFTS, _NAMES):
        await unit.execute(statement)
