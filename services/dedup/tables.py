"""What dedup keeps: identities as written on the papers, pairs of them, what people judged, and what became of each
file.

No care and no means: only what the question "has this person already applied, anywhere, and what happened?" needs.
Names and texts lie in erasable rows; append-only tables hold ids, codes and dates.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from shared.database.shared_tables import APPEND_ONLY, shared_tables

metadata = sa.MetaData()
shared_tables(metadata)

INSTANT = sa.DateTime(timezone=True)

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

# Two members of two applications that may be one person. ``lower`` is the member with the smaller id. ``points`` are
# those of each feature when the pair was scored, by the model and against the size named beside them. Judgements
# numbered up to ``judged_from`` count no more: their link was undone.
pairs = sa.Table(
    "pairs",
    metadata,
    sa.Column("pair_id", UUID, primary_key=True),
    sa.Column("lower_member", UUID, nullable=False),
    sa.Column("higher_member", UUID, nullable=False),
    sa.Column("lower_application", UUID, nullable=False),
    sa.Column("higher_application", UUID, nullable=False),
    sa.Column("lower_caisse", sa.Text, nullable=False),
    sa.Column("higher_caisse", sa.Text, nullable=False),
    sa.Column("lower_seq", sa.BigInteger, nullable=False),
    sa.Column("higher_seq", sa.BigInteger, nullable=False),
    sa.Column("lower_version", sa.Integer, nullable=False),
    sa.Column("higher_version", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("probability", sa.Double, nullable=False),
    sa.Column("score", sa.Double, nullable=False),
    sa.Column("points", JSONB, nullable=False),
    sa.Column("model_version", sa.Text, nullable=False),
    sa.Column("base_size", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("judged_from", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("assignee", sa.Text),
    sa.Column("raised_on", sa.Date, nullable=False),
    sa.Column("raised_at", INSTANT, nullable=False),
    sa.UniqueConstraint("lower_member", "higher_member", name="pairs_once"),
    sa.CheckConstraint("lower_member < higher_member", name="pairs_ordered"),
    sa.CheckConstraint("lower_application <> higher_application", name="pairs_between_applications"),
    sa.CheckConstraint("kind IN ('signal', 'link_proposal', 'blind_control')", name="pairs_kind"),
    sa.CheckConstraint("level IN ('same_person', 'to_examine', 'silent')", name="pairs_level"),
    sa.CheckConstraint(
        "state IN ('open', 'awaiting_second_reader', 'disagreed', 'same', 'different', 'unsure', 'dissolved')",
        name="pairs_state",
    ),
    sa.Index("pairs_recent", "raised_at", "pair_id"),
    sa.Index("pairs_lower_caisse", "lower_caisse", "raised_at", "pair_id"),
    sa.Index("pairs_higher_caisse", "higher_caisse", "raised_at", "pair_id"),
    sa.Index("pairs_lower_application", "lower_application"),
    sa.Index("pairs_higher_application", "higher_application"),
)

judgements = sa.Table(
    "judgements",
    metadata,
    sa.Column("judgement_id", UUID, primary_key=True),
    sa.Column("number", sa.BigInteger, sa.Identity(), nullable=False, unique=True),
    sa.Column("pair_id", UUID, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("reader", sa.Text, nullable=False),
    sa.Column("reader_caisse", sa.Text),
    sa.Column("lower_version", sa.Integer, nullable=False),
    sa.Column("higher_version", sa.Integer, nullable=False),
    sa.Column("probability", sa.Double, nullable=False),
    sa.Column("model_version", sa.Text, nullable=False),
    sa.Column("given_on", sa.Date, nullable=False),
    sa.Column("given_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.CheckConstraint("verdict IN ('same', 'different', 'unsure')", name="judgements_verdict"),
    sa.Index("judgements_pair", "pair_id", "number"),
    info=APPEND_ONLY,
)

# What the judgements given so far say of the scores: figures and proposed thresholds, nobody's pair.
calibrations = sa.Table(
    "calibrations",
    metadata,
    sa.Column("calibration_id", UUID, primary_key=True),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("model_version", sa.Text, nullable=False),
    sa.Column("made_on", sa.Date, nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("document", JSONB, nullable=False),
    sa.Column("made_at", INSTANT, nullable=False, server_default=sa.func.now()),
    info=APPEND_ONLY,
)

# Versions that a person accepted: a model file with thresholds of its own. The last one of a model is in force.
model_versions = sa.Table(
    "model_versions",
    metadata,
    sa.Column("number", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("version", sa.Text, nullable=False, unique=True),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("same_person", sa.Double, nullable=False),
    sa.Column("to_examine", sa.Double, nullable=False),
    sa.Column("calibration_id", UUID, nullable=False),
    sa.Column("accepted_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("accepted_on", sa.Date, nullable=False),
    sa.Column("accepted_at", INSTANT, nullable=False, server_default=sa.func.now()),
    info=APPEND_ONLY,
)

# How far the two algorithms agree on who came on a day: figures only. ``last_seq``: up to where identities were looked
# at.
agreements = sa.Table(
    "agreements",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("identities", sa.Integer, nullable=False),
    sa.Column("compared", sa.Integer, nullable=False),
    sa.Column("both", sa.Integer, nullable=False),
    sa.Column("learned_only", sa.Integer, nullable=False),
    sa.Column("classical_only", sa.Integer, nullable=False),
    sa.Column("drawn", sa.Integer, nullable=False),
    sa.Column("model_version", sa.Text, nullable=False),
    sa.Column("made_at", INSTANT, nullable=False, server_default=sa.func.now()),
    info=APPEND_ONLY,
)

# Pairs before a person that one algorithm alone saw: what people found of them says which of the two was right. No
# random draw, so that they do not count in the blind control's own figure.
agreement_pairs = sa.Table(
    "agreement_pairs",
    metadata,
    sa.Column("pair_id", UUID, primary_key=True),
    sa.Column("seen_by", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.CheckConstraint("seen_by IN ('learned', 'classical')", name="agreement_pairs_seen_by"),
    info=APPEND_ONLY,
)

# Who read what of an application through this service: ids, codes and dates. Goes with the application.
readings = sa.Table(
    "readings",
    metadata,
    sa.Column("number", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("reader", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("caisse", sa.Text),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("resource", sa.Text, nullable=False),
    sa.Column("read_on", sa.Date, nullable=False),
    sa.Column("read_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Index("readings_application", "application_id", "number"),
)

# The reader's own words: erasable, for they may name people.
judgement_texts = sa.Table(
    "judgement_texts",
    metadata,
    sa.Column("judgement_id", UUID, primary_key=True),
    sa.Column("pair_id", UUID, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Index("judgement_texts_pair", "pair_id"),
)

assignments = sa.Table(
    "assignments",
    metadata,
    sa.Column("number", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("pair_id", UUID, nullable=False),
    sa.Column("assignee", sa.Text),
    sa.Column("assigned_by", sa.Text, nullable=False),
    sa.Column("assigned_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Index("assignments_pair", "pair_id", "number"),
    info=APPEND_ONLY,
)

# A pair that people found to be one person. Reversible: an undone link stays as a trace.
links = sa.Table(
    "links",
    metadata,
    sa.Column("link_id", UUID, primary_key=True),
    sa.Column("pair_id", UUID, nullable=False),
    sa.Column("lower_member", UUID, nullable=False),
    sa.Column("higher_member", UUID, nullable=False),
    sa.Column("linked_by", sa.Text, nullable=False),
    sa.Column("linked_on", sa.Date, nullable=False),
    sa.Column("linked_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Column("unlinked_by", sa.Text),
    sa.Column("unlinked_reason", sa.Text),
    sa.Column("unlinked_at", INSTANT),
    sa.Index("links_standing", "pair_id", unique=True, postgresql_where=sa.text("unlinked_at IS NULL")),
    sa.Index("links_lower", "lower_member", postgresql_where=sa.text("unlinked_at IS NULL")),
    sa.Index("links_higher", "higher_member", postgresql_where=sa.text("unlinked_at IS NULL")),
)

# The persons that standing links form: which members are one person.
person_members = sa.Table(
    "person_members",
    metadata,
    sa.Column("member_id", UUID, primary_key=True),
    sa.Column("person_id", UUID, nullable=False),
    sa.Column("application_id", UUID, nullable=False),
    sa.Index("person_members_person", "person_id"),
    sa.Index("person_members_application", "application_id"),
)

# How often each agent queried by example in each minute: the limit holds over all replicas.
check_counts = sa.Table(
    "check_counts",
    metadata,
    sa.Column("agent", sa.Text, primary_key=True),
    sa.Column("minute", INSTANT, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
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
