"""The common base: identities, the files they belong to, and what was loaded into it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from services.dedup.tables.metadata import INSTANT, metadata
from shared.database.shared_tables import APPEND_ONLY

# The common base. One row per member and version of its application; ``seq`` order is commit order. A row that is not
# current any more keeps its ids only, as proof that this version was seen. ``identity_version`` counts the changes of
# the identity data themselves: a judgement "different" is remembered against it.
identities = sa.Table(
    "identities",
    metadata,
    sa.Column("seq", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("member_id", UUID, nullable=False),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("facts_sequence", sa.Integer, nullable=False),
    sa.Column("rank", sa.SmallInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("identity_version", sa.Integer, nullable=False),
    sa.Column("family_name", sa.Text, nullable=False),
    sa.Column("given_names", sa.Text, nullable=False),
    sa.Column("usage_name", sa.Text, nullable=False),
    sa.Column("sex", sa.Text, nullable=False),
    sa.Column("birth_date", sa.Text, nullable=False),
    sa.Column("birth_place", sa.Text, nullable=False),
    sa.Column("birth_country", sa.Text, nullable=False),
    sa.Column("nationality", sa.Text, nullable=False),
    sa.Column("address_postcode", sa.Text, nullable=False),
    sa.Column("normalised", sa.LargeBinary),
    sa.Column("fingerprint", sa.Text, nullable=False),
    # Of the sandbox: compared among themselves alone.
    sa.Column("sandbox", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("member_id", "facts_sequence", name="identities_once"),
    sa.CheckConstraint("state IN ('current', 'superseded', 'erased')", name="identities_state"),
    sa.CheckConstraint("(normalised IS NOT NULL) = (state = 'current')", name="identities_searchable"),
    sa.Index("identities_application", "application_id"),
    sa.Index("identities_current", "member_id", postgresql_where=sa.text("state = 'current'")),
    sa.Index("identities_born", "birth_date", postgresql_where=sa.text("state = 'current'")),
    sa.Index(
        "identities_family",
        sa.text("lower(family_name) text_pattern_ops"),
        postgresql_where=sa.text("state = 'current'"),
    ),
)

WRITTEN = (
    "family_name",
    "given_names",
    "usage_name",
    "sex",
    "birth_date",
    "birth_place",
    "birth_country",
    "nationality",
)
"""The fixed list of fields that a reviewer of either caisse sees of an identity."""

ERASABLE = (*WRITTEN, "address_postcode", "fingerprint")

# Rows of ``identities`` that left the common base, in commit order, so that every replica's index forgets them too.
retirements = sa.Table(
    "retirements",
    metadata,
    sa.Column("number", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("retired_at", INSTANT, nullable=False, server_default=sa.func.now()),
    info=APPEND_ONLY,
)

# Where each application stands: its competent caisse, its last searched version, and what was decided. ``known_on``:
# the business day it was registered here; ``right_ends_on``: last day of the right it opened; ``protected``: its place
# is told to no other caisse; ``expired``: forgotten for its age, not erased on demand.
applications = sa.Table(
    "applications",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False, server_default=""),
    sa.Column("deposited_on", sa.Date),
    sa.Column("facts_sequence", sa.Integer, nullable=False, server_default="0"),
    sa.Column("application_sequence", sa.Integer, nullable=False, server_default="0"),
    sa.Column("decision_sequence", sa.Integer, nullable=False, server_default="0"),
    sa.Column("earlier_applications", ARRAY(UUID), nullable=False, server_default="{}"),
    sa.Column("outcome", sa.Text, nullable=False, server_default="pending"),
    sa.Column("outcome_on", sa.Date),
    sa.Column("motives", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("known_on", sa.Date, nullable=False, server_default=sa.text("CURRENT_DATE")),
    sa.Column("right_ends_on", sa.Date),
    sa.Column("protected", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("expired", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint(
        "outcome IN ('pending', 'granted', 'refused', 'lapsed', 'withdrawn', 'erased')", name="applications_outcome"
    ),
    sa.Index(
        "applications_remembered",
        "outcome",
        sa.text("coalesce(outcome_on, deposited_on, known_on)"),
        postgresql_where=sa.text("outcome <> 'erased'"),
    ),
    sa.Index("applications_pending", "known_on", postgresql_where=sa.text("outcome = 'pending'")),
)

# Keyed hashes of an application's address, telephone and host: countable, not readable
# (``domain/shared_attributes.py``). ``key`` names
# the secret.
marks = sa.Table(
    "marks",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("mark", sa.LargeBinary, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.CheckConstraint("kind IN ('address', 'telephone', 'host')", name="marks_kind"),
    sa.Index("marks_shared", "key", "kind", "mark"),
)

# Marks that a supervisor said to be a hotel, a shelter, a domiciliation body: shared by nature.
known_places = sa.Table(
    "known_places",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("mark", sa.LargeBinary, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("noted_by", sa.Text, nullable=False),
    # Whose note it is; empty: of the supervisors of all caisses. It hides the place from those of the same scope alone.
    sa.Column("noted_caisse", sa.Text, primary_key=True, server_default=""),
    sa.Column("noted_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.CheckConstraint(
        "code IN ('hotel', 'domiciliation', 'shelter', 'association', 'other')", name="known_places_code"
    ),
)

# What was forgotten because it was over its time: how many applications, on which day, by which rule.
retention_runs = sa.Table(
    "retention_runs",
    metadata,
    sa.Column("number", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("months", sa.Integer, nullable=False),
    sa.Column("rule_from", sa.Date, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("applications", sa.Integer, nullable=False),
    sa.Column("ran_at", INSTANT, nullable=False, server_default=sa.func.now()),
    info=APPEND_ONLY,
)

# What happened to an application, one row per happening: codes and dates.
history = sa.Table(
    "history",
    metadata,
    sa.Column("event_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("on_date", sa.Date, nullable=False),
    sa.Column("codes", ARRAY(sa.Text), nullable=False),
    sa.Column("occurred_at", INSTANT, nullable=False),
    sa.Index("history_application", "application_id", "occurred_at"),
)

# How far each file of an existing base was loaded, so that a second start goes on where the first was killed.
loads = sa.Table(
    "loads",
    metadata,
    sa.Column("load_id", UUID, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("rows_read", sa.BigInteger, nullable=False),
    sa.Column("added", sa.BigInteger, nullable=False),
    sa.Column("changed_at", INSTANT, nullable=False, server_default=sa.func.now()),
)

# Where COPY puts the rows of a load before they are sorted into the tables; empty again when its transaction commits.
incoming = sa.Table(
    "incoming",
    metadata,
    sa.Column("member_id", UUID, nullable=False),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("rank", sa.SmallInteger, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("deposited_on", sa.Date),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("outcome_on", sa.Date),
    sa.Column("family_name", sa.Text, nullable=False),
    sa.Column("given_names", sa.Text, nullable=False),
    sa.Column("usage_name", sa.Text, nullable=False),
    sa.Column("sex", sa.Text, nullable=False),
    sa.Column("birth_date", sa.Text, nullable=False),
    sa.Column("birth_place", sa.Text, nullable=False),
    sa.Column("birth_country", sa.Text, nullable=False),
    sa.Column("nationality", sa.Text, nullable=False),
    sa.Column("address_postcode", sa.Text, nullable=False),
    sa.Column("normalised", sa.LargeBinary, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    prefixes=["UNLOGGED"],
)
