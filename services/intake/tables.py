"""What intake keeps. Facts live in erasable rows (``versions``, ``papers``); what happened, in codes and dates, in
``acts``.

The facts of a file are one JSON document per version: they are always read and told whole, and a version is never
edited.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from shared.access.held_acts import held_acts_table
from shared.database.shared_tables import APPEND_ONLY, shared_tables

metadata = sa.MetaData()
shared_tables(metadata)
held_acts_table(metadata)

INSTANT = sa.DateTime(timezone=True)

# One row per application: where it stands. ``version`` counts its events (the ETag), ``facts_version`` names the row of
# ``versions`` that holds its facts, ``status`` is what lists show: the state, or what decision has answered.
applications = sa.Table(
    "applications",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("filed_caisse", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("facts_version", sa.Integer),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("deposited_on", sa.Date, nullable=False),
    sa.Column("received_on", sa.Date, nullable=False),
    sa.Column("import_id", UUID),
    sa.Column("recorded_at", INSTANT, nullable=False),
    sa.Column("changed_at", INSTANT, nullable=False),
    sa.Column("reference_held", sa.Boolean, nullable=False, server_default=sa.true()),
    # Opens what other topics keep sealed of this file; erasure empties it. A file registered before has none.
    sa.Column("figures_key", sa.Text, nullable=False, server_default=""),
    sa.CheckConstraint("state IN ('received', 'transferred', 'withdrawn', 'erased')", name="applications_state"),
    sa.Index("applications_recent", "recorded_at", "application_id"),
    sa.Index("applications_caisse", "caisse", "recorded_at", "application_id"),
    sa.Index("applications_status", "status", "caisse", "recorded_at", "application_id"),
    sa.Index("applications_reference", "filed_caisse", "reference", postgresql_where=sa.text("reference <> ''")),
    # One file per reference of a caisse; a file withdrawn or erased no longer holds its own.
    sa.Index(
        "applications_reference_held",
        "filed_caisse",
        "reference",
        unique=True,
        postgresql_where=sa.text("reference_held AND reference <> ''"),
    ),
)

versions = sa.Table(
    "versions",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("facts", JSONB, nullable=False),
)

acts = sa.Table(
    "acts",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("event_id", UUID, nullable=False, unique=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("actor_role", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("occurred_at", INSTANT, nullable=False),
    sa.Column("business_date", sa.Date, nullable=False),
    sa.Column("correlation_id", sa.Text, nullable=False),
    sa.Column("details", JSONB, nullable=False),
    info=APPEND_ONLY,
)

# The bytes of a paper lie in the file store under their hash; several files may hold the same bytes.
papers = sa.Table(
    "papers",
    metadata,
    sa.Column("paper_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("stored_at", INSTANT, nullable=False),
    sa.Index("papers_application", "application_id"),
    sa.Index("papers_sha256", "sha256"),
)

# What was answered to an idempotency key, which is kept as a hash. ``fingerprint`` is the hash of the request and
# ``answer`` holds ids and codes.
requests = sa.Table(
    "requests",
    metadata,
    sa.Column("client", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("answer", JSONB, nullable=False),
    sa.Column("application_id", UUID),
    sa.Column("asked_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Index("requests_asked_at", "asked_at"),
    sa.Index("requests_application", "application_id"),
)

# ``position`` is the last line of the file whose verdict is committed: where the job goes on after a crash.
# ``attempts`` counts the processes that began to read since then; ``failure`` says in a code what ended one.
# ``report_kept``: the verdicts of its rows are not forgotten yet; ``readings_kept``: nor what their cells were
# understood to say. ``columns``: the sender's own names of columns on the day it was sent; ``sheet``: of a workbook.
imports = sa.Table(
    "imports",
    metadata,
    sa.Column("import_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text),
    sa.Column("actor_role", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("correlation_id", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("encoding", sa.Text, nullable=False),
    sa.Column("delimiter", sa.Text, nullable=False),
    sa.Column("dry_run", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("lines", sa.Integer, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("rows_accepted", sa.Integer, nullable=False),
    sa.Column("rows_refused", sa.Integer, nullable=False),
    sa.Column("rows_already_here", sa.Integer, nullable=False, server_default="0"),
    sa.Column("applications", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("failure", sa.Text, nullable=False, server_default=""),
    sa.Column("superseded", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("report_kept", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("columns", JSONB, nullable=False, server_default="{}"),
    sa.Column("sheet", sa.Text, nullable=False, server_default=""),
    sa.Column("readings_kept", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("sent_at", INSTANT, nullable=False),
    sa.Column("changed_at", INSTANT, nullable=False),
    sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="imports_state"),
    sa.Index("imports_open", "sent_at", postgresql_where=sa.text("state IN ('waiting', 'running')")),
    sa.Index("imports_sha256", "sha256"),
    sa.Index("imports_caisse", "caisse", "import_id"),
    sa.Index("imports_report", "changed_at", postgresql_where=sa.text("report_kept")),
    sa.Index("imports_readings", "changed_at", postgresql_where=sa.text("readings_kept")),
    # ``superseded`` marks imports of a file that was taken twice before this rule held.
    sa.Index(
        "imports_file",
        sa.text("coalesce(caisse, '')"),
        "sha256",
        unique=True,
        postgresql_where=sa.text("NOT dry_run AND NOT superseded"),
    ),
)

# ``understood``: how the cells of a workbook that are no text were read; forgotten some days after the import.
import_rows = sa.Table(
    "import_rows",
    metadata,
    sa.Column("import_id", UUID, primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("application_id", UUID),
    sa.Column("errors", JSONB, nullable=False),
    sa.Column("understood", JSONB, nullable=False, server_default="[]"),
    sa.Index("import_rows_verdict", "import_id", "verdict", "row"),
    sa.Index("import_rows_application", "application_id"),
    sa.Index("import_rows_reference", "import_id", "reference"),
)

# What a sender's own names of columns stand for: names of columns, and nothing of any person.
column_names = sa.Table(
    "column_names",
    metadata,
    sa.Column("caisse", sa.Text, primary_key=True),  # empty: of a sender for all caisses
    sa.Column("sender", sa.Text, primary_key=True),
    sa.Column("columns", JSONB, nullable=False),
    sa.Column("changed_at", INSTANT, nullable=False),
)

# What the other services told of an application, one row per topic; ``sequence`` is the last event applied.
status_view = sa.Table(
    "status_view",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("told", JSONB, nullable=False),
    sa.Column("as_of", INSTANT, nullable=False),
)

# Events told again for a rebuild, application by application; ``cursor`` is the last one done.
re_emissions = sa.Table(
    "re_emissions",
    metadata,
    sa.Column("re_emission_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text),
    sa.Column("application_ids", JSONB),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("cursor", UUID),
    sa.Column("applications", sa.Integer, nullable=False),
    sa.Column("events", sa.Integer, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("asked_at", INSTANT, nullable=False),
    sa.Column("changed_at", INSTANT, nullable=False),
    sa.Index("re_emissions_open", "asked_at", postgresql_where=sa.text("state <> 'done'")),
)

# Desks that take appointments: the usual capacity a day, and the days on which it is another.
desks = sa.Table(
    "desks",
    metadata,
    sa.Column("caisse", sa.Text, primary_key=True),
    sa.Column("desk", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("lines", JSONB, nullable=False),
    sa.Column("capacity", sa.Integer, nullable=False),
)
desk_days = sa.Table(
    "desk_days",
    metadata,
    sa.Column("caisse", sa.Text, primary_key=True),
    sa.Column("desk", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("capacity", sa.Integer, nullable=False),
)

# ``version`` counts the changes of an appointment; a missed one is noted and has no effect.
appointments = sa.Table(
    "appointments",
    metadata,
    sa.Column("appointment_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("desk", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("hour", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("bring", JSONB, nullable=False),
    sa.Column("standby", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.CheckConstraint("state IN ('taken', 'moved', 'kept', 'missed', 'cancelled')", name="appointments_state"),
    sa.Index("appointments_application", "application_id"),
    sa.Index("appointments_desk", "caisse", "desk", "day"),
)

# An interview that is under way: the answers as typed. Erasable, and forgotten after some days (retention).
drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("draft_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("agent", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("answers", JSONB, nullable=False),
    sa.Column("application_id", UUID),
    sa.Column("begun_at", INSTANT, nullable=False),
    sa.Column("changed_at", INSTANT, nullable=False),
    sa.Index("drafts_recent", "caisse", "changed_at"),
)

# What front ends hear of: each change of what lists show, at the caisse that sees it, in codes and dates. ``change_id``
# is drawn before its transaction commits and says nothing of what can be read already; ``position`` is given
# afterwards, without gaps, to what is committed (record 0033). A file handed over changes at both caisses.
# ``bulk_check``: the counts of a file of persons that ended, which webhooks hear of and the feed does not show;
# ``application_id`` is then the id of that check, so that no other message waits behind its own (record 0035).
changes = sa.Table(
    "changes",
    metadata,
    sa.Column("change_id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("position", sa.BigInteger, unique=True),
    sa.Column("event_id", UUID, nullable=False),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("occurred_at", INSTANT, nullable=False),
    sa.Column("business_date", sa.Date, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Column("bulk_check", JSONB),
    sa.UniqueConstraint("event_id", "caisse"),
    sa.Index("changes_unnumbered", "change_id", postgresql_where=sa.text("position IS NULL")),
    sa.Index("changes_caisse", "caisse", "position"),
    sa.Index("changes_recorded_at", "recorded_at"),
)

# One row: the last position given, and the last one forgotten. Whoever gives positions holds it.
change_counter = sa.Table(
    "change_counter",
    metadata,
    sa.Column("one", sa.Boolean, primary_key=True, server_default=sa.true()),
    sa.Column("last", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("forgotten", sa.BigInteger, nullable=False, server_default="0"),
    sa.CheckConstraint("one", name="change_counter_one"),
)

# Where a front end wants to hear of the changes of its caisse. ``position`` is the last change put in its queue.
# ``earlier_secret`` signs beside ``secret`` until ``earlier_until``. Nothing is sent before the address was proven.
webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("webhook_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("secret", sa.Text, nullable=False),
    sa.Column("earlier_secret", sa.Text, nullable=False, server_default=""),
    sa.Column("earlier_until", INSTANT),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("actor_role", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("made_at", INSTANT, nullable=False),
    sa.Column("proven_at", INSTANT),
    sa.CheckConstraint("state IN ('unproven', 'active', 'gone')", name="webhooks_state"),
    sa.UniqueConstraint("caisse", "url"),
)

# The queue of a webhook: of each application one delivery at a time is under way, what comes later waits ``behind``.
# ``due_at`` is also how long whoever tries it now has: a process that died is followed by another then.
deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("webhook_id", UUID, primary_key=True),
    sa.Column("position", sa.BigInteger, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Column("failure", sa.Text, nullable=False, server_default=""),
    sa.Column("tried_at", INSTANT),
    sa.CheckConstraint("state IN ('waiting', 'behind', 'delivered', 'parked')", name="deliveries_state"),
    sa.Index("deliveries_due", "webhook_id", "due_at", postgresql_where=sa.text("state = 'waiting'")),
    sa.Index("deliveries_parked", "webhook_id", postgresql_where=sa.text("state = 'parked'")),
    sa.Index(
        "deliveries_open",
        "webhook_id",
        "application_id",
        "position",
        postgresql_where=sa.text("state <> 'delivered'"),
    ),
)
