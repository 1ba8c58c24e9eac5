"""The status of each application, written by topic."""

from __future__ import annotations

import sqlalchemy as sa

TELL = sa.text(
    "INSERT INTO status_view (application_id, topic, sequence, told, as_of) "
    "SELECT application_id, topic, sequence, told, as_of FROM json_to_recordset(CAST(:rows AS json)) "
    "AS r(application_id uuid, topic text, sequence int, told jsonb, as_of timestamptz) ORDER BY application_id "
    "ON CONFLICT (application_id, topic) DO UPDATE SET sequence = excluded.sequence, "
    "told = status_view.told || excluded.told, as_of = excluded.as_of "
    "WHERE excluded.sequence > status_view.sequence RETURNING application_id"
)
STATUS = sa.text(
    "WITH given AS (SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS r(application_id uuid, status text)), "
    "held AS (SELECT applications.application_id FROM applications JOIN given USING (application_id) "
    "  WHERE state IN ('received', 'transferred') ORDER BY application_id FOR UPDATE OF applications) "
    "UPDATE applications SET status = given.status FROM given JOIN held USING (application_id) "
    "WHERE applications.application_id = given.application_id"
)
