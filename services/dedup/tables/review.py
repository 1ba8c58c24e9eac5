"""Pairs, what people judged of them, and the persons that follow."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from services.dedup.tables.metadata import INSTANT, metadata
from shared.database.shared_tables import APPEND_ONLY

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

# Judgements that their own reader took back, on the day he gave them: they count no more, and stay written.
taken_back = sa.Table(
    "taken_back",
    metadata,
    sa.Column("judgement_id", UUID, primary_key=True),
    sa.Column("pair_id", UUID, nullable=False),
    sa.Column("taken_back_by", sa.Text, nullable=False),
    sa.Column("taken_back_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Index("taken_back_pair", "pair_id"),
    info=APPEND_ONLY,
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

# Persons whom a run over the whole base would join or part: a question before a person, who answers it by pairs and
# links, or says why all stays as it is. ``members``: all of these persons.
person_proposals = sa.Table(
    "person_proposals",
    metadata,
    sa.Column("proposal_id", UUID, primary_key=True),
    sa.Column("change", sa.Text, nullable=False),
    sa.Column("persons", ARRAY(UUID), nullable=False),
    sa.Column("members", ARRAY(UUID), nullable=False),
    sa.Column("run_id", UUID, nullable=False),
    sa.Column("model_version", sa.Text, nullable=False),
    sa.Column("proposed_on", sa.Date, nullable=False),
    sa.Column("proposed_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Column("kept_by", sa.Text),
    sa.Column("kept_reason", sa.Text),
    sa.Column("kept_on", sa.Date),
    sa.CheckConstraint("change IN ('join', 'part')", name="person_proposals_change"),
    sa.Index("person_proposals_members", "members", postgresql_using="gin"),
    sa.Index("person_proposals_open", "proposed_at", postgresql_where=sa.text("kept_on IS NULL")),
)

# How often each agent queried by example in each minute: the limit holds over all replicas.
check_counts = sa.Table(
    "check_counts",
    metadata,
    sa.Column("agent", sa.Text, primary_key=True),
    sa.Column("minute", INSTANT, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)
