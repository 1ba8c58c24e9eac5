"""What the judgements say of the model: calibrations, versions, agreement of the two algorithms."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from services.dedup.tables.metadata import INSTANT, metadata
from shared.database.shared_tables import APPEND_ONLY

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

# Runs of a re-linkage of the whole base: counts and names of models, nobody's data. ``published``: proposals that are
# out.
relink_runs = sa.Table(
    "relink_runs",
    metadata,
    sa.Column("run_id", UUID, primary_key=True),
    sa.Column("model_version", sa.Text, nullable=False),
    sa.Column("engine", sa.Text, nullable=False),
    sa.Column("records", sa.BigInteger, nullable=False),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("parameters", JSONB, nullable=False),
    sa.Column("counts", JSONB, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("started_by", sa.Text, nullable=False),
    sa.Column("started_at", INSTANT, nullable=False),
    sa.Column("accepted_by", sa.Text),
    sa.Column("accepted_at", INSTANT),
    sa.Column("published", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("ended_at", INSTANT),
    sa.CheckConstraint("state IN ('searched', 'accepted', 'published', 'abandoned')", name="relink_runs_state"),
)
