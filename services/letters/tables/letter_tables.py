"""Letters, who they go to, their frozen content, and what must go."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from services.letters.tables.metadata import INSTANT, metadata

# One row per application, from whichever fact comes first. ``data`` is null while only a decision is known (awaited)
# and after erasure. The row is also the lock that keeps a decision and its application from missing each other.
recipients = sa.Table(
    "recipients",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("data", JSONB),
    sa.CheckConstraint("state IN ('awaited', 'open', 'withdrawn', 'erased')", name="recipients_state"),
)

# Decision events (ids and codes) whose application has not come yet.
waiting = sa.Table(
    "waiting",
    metadata,
    sa.Column("event_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("event", JSONB, nullable=False),
    sa.Column("received_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Index("waiting_application", "application_id"),
)

# ``caisse`` issued the letter, ``holder`` has the file now (another one after a transfer); both may see it.
letters = sa.Table(
    "letters",
    metadata,
    sa.Column("letter_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("template", sa.Text, nullable=False),
    sa.Column("template_version", sa.Integer, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    # The language of the leaflet that goes with it; null: it goes alone.
    sa.Column("leaflet", sa.Text),
    sa.Column("content_hash", sa.Text, nullable=False),
    sa.Column("issued_on", sa.Date, nullable=False),
    sa.Column("decision_id", UUID),
    sa.Column("request_no", sa.Integer),
    sa.Column("problems", JSONB, nullable=False),
    sa.Column("cause_id", UUID, nullable=False),
    sa.Column("correlation_id", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("posted_on", sa.Date),
    sa.Column("cancelled_on", sa.Date),
    sa.Column("cancel_reason", sa.Text),
    sa.Column("pdf_sha256", sa.Text),
    sa.Column("pages", sa.Integer),
    # What the despatches say together: see domain/delivery.py. ``revision`` counts what was published of it.
    sa.Column("way", sa.Text),
    sa.Column("notification", sa.Text, nullable=False, server_default="none"),
    sa.Column("notified_on", sa.Date),
    sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
    sa.CheckConstraint("state IN ('issued', 'posted', 'cancelled')", name="letters_state"),
    sa.CheckConstraint(
        "notification IN ('none', 'pending', 'proved', 'presumed', 'unprovable', 'not_notified')",
        name="letters_notification",
    ),
    sa.Index("letters_number", "number"),
    sa.Index("letters_application", "application_id", "letter_id"),
    sa.Index("letters_caisse", "caisse", "issued_on", "letter_id"),
    sa.Index("letters_holder", "holder", "issued_on", "letter_id"),
    sa.Index("letters_pdf", "pdf_sha256", postgresql_where=sa.text("pdf_sha256 IS NOT NULL")),
)

# The frozen content, and the rendering that is still to do: ``next_attempt_at`` is null once the PDF is filed.
documents = sa.Table(
    "documents",
    metadata,
    sa.Column("letter_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("content", JSONB, nullable=False),
    sa.Column("next_attempt_at", INSTANT),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("error", sa.Text, nullable=False, server_default=""),
    sa.Index("documents_application", "application_id"),
    sa.Index("documents_due", "next_attempt_at", postgresql_where=sa.text("next_attempt_at IS NOT NULL")),
    sa.Index("documents_failed", "letter_id", postgresql_where=sa.text("error <> ''")),
)

# PDFs that must go: a row until the file is really removed.
discards = sa.Table(
    "discards",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("since", INSTANT, nullable=False, server_default=sa.func.now()),
)

# What was sealed, so that it can be voided: no name and no salt, only the mark that the list of voided ones shows.
# ``ranks``: of the persons it names; ``ended``: of those whose right ended before its term.
seals = sa.Table(
    "seals",
    metadata,
    sa.Column("letter_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("decision_id", UUID),
    sa.Column("serial", sa.Text, nullable=False),
    sa.Column("mark", sa.Text, nullable=False),
    sa.Column("sealed_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date, nullable=False),
    sa.Column("ranks", ARRAY(sa.Integer), nullable=False),
    sa.Column("ended", ARRAY(sa.Integer), nullable=False, server_default="{}"),
    sa.Column("voided_on", sa.Date),
    sa.Column("void_reason", sa.Text, nullable=False, server_default=""),
    sa.Index("seals_application", "application_id"),
    sa.Index("seals_voided", "ends_on", postgresql_where=sa.text("voided_on IS NOT NULL")),
)
