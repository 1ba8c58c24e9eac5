"""What decision keeps. Append-only tables hold ids, codes and dates; facts, findings and words lie in erasable ones.

Names and birth dates as written stand in ``persons`` alone, which is erasable; no birthplace, no nationality, no
address: see ``domain/eligibility/facts.py``.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from shared.database.shared_tables import APPEND_ONLY, shared_tables

metadata = sa.MetaData()
shared_tables(metadata)

INSTANT = sa.DateTime(timezone=True)

# What somebody must still do something about. The index and the queues say it in the same words, so that the planner
# takes the one for the other.
AT_WORK = sa.text("(waiting_for <> '' OR appeal NOT IN ('', 'settled'))")

# One row per application, from whichever fact comes first. ``body`` is the case (``services.decision.case.Case``,
# clocks and requests included), null while nothing was applied; the columns beside it are what lists and the ticker ask
# for.
cases = sa.Table(
    "cases",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("proposal", sa.Text),
    sa.Column("identity", sa.Text, nullable=False),
    sa.Column("waiting_for", sa.Text, nullable=False),
    sa.Column("deposited_on", sa.Date),
    sa.Column("received_on", sa.Date),
    sa.Column("complete_on", sa.Date),
    sa.Column("decided_on", sa.Date),
    sa.Column("due_on", sa.Date),
    sa.Column("wakes_on", sa.Date),
    sa.Column("assignee", sa.Text),
    sa.Column("facts_version", sa.Integer, nullable=False),
    sa.Column("priority", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("appeal", sa.Text, nullable=False, server_default=""),
    sa.Column("target_on", sa.Date),
    sa.Column("papers", sa.Text, nullable=False, server_default=""),
    # Who prepared the decision that waits for a second person.
    sa.Column("prepared_by", sa.Text, nullable=False, server_default=""),
    sa.Column("body", JSONB),
    sa.CheckConstraint(
        "state IN ('awaiting', 'open', 'granted', 'refused', 'lapsed', 'withdrawn', 'erased')", name="cases_state"
    ),
    sa.Index("cases_list", "caisse", "state", "due_on", "application_id"),
    sa.Index("cases_wake", "wakes_on", "application_id", postgresql_where=sa.text("wakes_on IS NOT NULL")),
    # The queues are counted from this index alone: a case is some kilobytes wide.
    sa.Index(
        "cases_work",
        "caisse",
        "assignee",
        postgresql_include=[
            "state",
            "waiting_for",
            "due_on",
            "target_on",
            "priority",
            "appeal",
            "papers",
            "prepared_by",
        ],
        postgresql_where=AT_WORK,
    ),
)

# The facts at each version, as far as the law needs them. Erasable.
facts = sa.Table(
    "facts",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("known_on", sa.Date, nullable=False),
    sa.Column("body", JSONB, nullable=False),
    # Seals the figures of a refusal for its letter; empty where the file was registered before files had one.
    sa.Column("figures_key", sa.Text, nullable=False, server_default=""),
)

# Who the persons of a case are, as written on the papers, so that people read names. Erasable; never in findings,
# digests or events.
APPLICANT = sa.text("rank = 0")
persons = sa.Table(
    "persons",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("rank", sa.Integer, primary_key=True),
    sa.Column("member_id", UUID, nullable=False),
    sa.Column("relation", sa.Text, nullable=False),
    sa.Column("family_name", sa.Text, nullable=False),
    sa.Column("given_names", sa.Text, nullable=False),
    sa.Column("usage_name", sa.Text, nullable=False),
    sa.Column("birth_date", sa.Text),
    sa.Column("reference", sa.Text, nullable=False, server_default=""),
    sa.Column("died_on", sa.Date),
    sa.Index(
        "persons_name", sa.text("lower(family_name || ' ' || given_names) text_pattern_ops"), postgresql_where=APPLICANT
    ),
    sa.Index("persons_reference", "reference", postgresql_where=APPLICANT),
)

# Each evaluation names what it rested on; ``digest`` is the hash of facts, rules, code, territory and day of the law.
evaluations = sa.Table(
    "evaluations",
    metadata,
    sa.Column("evaluation_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("facts_version", sa.Integer, nullable=False),
    sa.Column("rule_set", sa.Text, nullable=False),
    sa.Column("engine", sa.Text, nullable=False),
    sa.Column("overseas", sa.Boolean, nullable=False),
    sa.Column("on_date", sa.Date, nullable=False),
    sa.Column("evaluated_on", sa.Date, nullable=False),
    sa.Column("proposal", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.UniqueConstraint("application_id", "number"),
    info=APPEND_ONLY,
)

# What the evaluation found, with the values of the facts. Erasable.
findings = sa.Table(
    "findings",
    metadata,
    sa.Column("evaluation_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("body", JSONB, nullable=False),
    sa.Index("findings_application", "application_id"),
)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("decision_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("decided_on", sa.Date, nullable=False),
    sa.Column("effect_on", sa.Date),
    sa.Column("automatic", sa.Boolean, nullable=False),
    sa.Column("signatory", sa.Text, nullable=False),
    sa.Column("appeal_body", sa.Text, nullable=False),
    sa.Column("motives", JSONB, nullable=False),
    sa.Column("evaluation_number", sa.Integer, nullable=False),
    sa.Column("proposal", sa.Text),
    sa.Column("prepared_by", sa.Text, nullable=False, server_default=""),
    sa.Column("override", sa.Text, nullable=False, server_default=""),
    sa.CheckConstraint("outcome IN ('granted', 'refused', 'lapsed', 'revoked')", name="decisions_outcome"),
    sa.Index("decisions_application", "application_id"),
    info=APPEND_ONLY,
)

# What was put on record around decisions: notices, reasons, appeals, hearings, withdrawals, changes. Codes and dates.
acts = sa.Table(
    "acts",
    metadata,
    sa.Column("act_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("happened_on", sa.Date, nullable=False),
    sa.Column("recorded_on", sa.Date, nullable=False),
    sa.Column("actor_role", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("codes", JSONB, nullable=False),
    sa.Index("acts_application", "application_id"),
    info=APPEND_ONLY,
)

# Why the agent decided so, in his words. Erasable.
reasons = sa.Table(
    "reasons",
    metadata,
    sa.Column("decision_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("reasons_application", "application_id"),
)

entitlements = sa.Table(
    "entitlements",
    metadata,
    sa.Column("decision_id", UUID, primary_key=True),
    sa.Column("member_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("member_rank", sa.Integer, nullable=False),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date, nullable=False),
    sa.Column("care_from", sa.Date),
    sa.Column("ended_on", sa.Date),
    sa.Column("ended_by", sa.Text),
    sa.Index("entitlements_application", "application_id"),
)

# Every edition of the rules that ever served here, so that an evaluation can be replayed with the rules of its day.
rule_sets = sa.Table(
    "rule_sets",
    metadata,
    sa.Column("rule_set", sa.Text, primary_key=True),
    sa.Column("loaded_on", sa.Date, nullable=False),
    sa.Column("texts", JSONB, nullable=False),
    info=APPEND_ONLY,
)

# The last day for which the ticker told all there was to tell.
ticks = sa.Table(
    "ticks",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, nullable=False),
)

# Cases whose clocks could not be told, with why: set aside so that the others go on. A case is taken up again when it
# changes, and all are when a worker begins to lead.
parked_clocks = sa.Table(
    "parked_clocks",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)

# Supervision: the nonce of a quarter, published before its list is frozen; the draw; the decisions drawn; the looks at
# them. Ids, codes and dates only, and never what an answer changes: it changes nothing.
supervision_nonces = sa.Table(
    "supervision_nonces",
    metadata,
    sa.Column("caisse", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("nonce", sa.Text, nullable=False),
    sa.Column("published_on", sa.Date, nullable=False),
    sa.Column("published_by", sa.Text, nullable=False),
    info=APPEND_ONLY,
)
supervision_draws = sa.Table(
    "supervision_draws",
    metadata,
    sa.Column("draw_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("drawn_on", sa.Date, nullable=False),
    sa.Column("drawn_by", sa.Text, nullable=False),
    sa.Column("seed", sa.Text, nullable=False),
    sa.Column("listed", ARRAY(UUID), nullable=False),
    sa.Column("listed_sha256", sa.Text, nullable=False),
    sa.Column("random_size", sa.Integer, nullable=False),
    sa.Column("negative_size", sa.Integer, nullable=False),
    sa.UniqueConstraint("caisse", "period"),
    info=APPEND_ONLY,
)
supervision_samples = sa.Table(
    "supervision_samples",
    metadata,
    sa.Column("sample_id", UUID, primary_key=True),
    sa.Column("draw_id", UUID, nullable=False),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("decision_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("decided_on", sa.Date, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("draw", sa.Text, nullable=False),
    sa.Column("reasons", ARRAY(sa.Text), nullable=False),
    sa.Column("second_look", sa.Boolean, nullable=False),
    sa.Index("supervision_samples_period", "caisse", "period"),
    sa.Index("supervision_samples_author", "author"),
    info=APPEND_ONLY,
)
supervision_reviews = sa.Table(
    "supervision_reviews",
    metadata,
    sa.Column("review_id", UUID, primary_key=True),
    sa.Column("sample_id", UUID, nullable=False),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("look", sa.Integer, nullable=False),
    sa.Column("reviewer", sa.Text, nullable=False),
    sa.Column("grid", sa.Integer, nullable=False),
    sa.Column("answers", JSONB, nullable=False),
    sa.Column("reviewed_on", sa.Date, nullable=False),
    sa.UniqueConstraint("sample_id", "look"),
    info=APPEND_ONLY,
)
# A look that found a fault of a right or of money opens the file to a person, who says what comes of it: the decision
# changes by the acts of the file alone.
supervision_follow_ups = sa.Table(
    "supervision_follow_ups",
    metadata,
    sa.Column("sample_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("faults", ARRAY(sa.Text), nullable=False),
    sa.Column("opened_on", sa.Date, nullable=False),
    sa.Index("supervision_follow_ups_period", "caisse", "period"),
    info=APPEND_ONLY,
)
supervision_conclusions = sa.Table(
    "supervision_conclusions",
    metadata,
    sa.Column("sample_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("conclusion", sa.Text, nullable=False),
    sa.Column("concluded_on", sa.Date, nullable=False),
    sa.Column("concluded_by", sa.Text, nullable=False),
    sa.CheckConstraint(
        "conclusion IN ('stands', 'to_correct', 'to_withdraw')", name="supervision_conclusions_conclusion"
    ),
    info=APPEND_ONLY,
)

# Cases given to somebody together: who followed each before, why in one word, and which act took another back. Ids,
# codes and dates only.
reassignments = sa.Table(
    "reassignments",
    metadata,
    sa.Column("batch_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("done_on", sa.Date, nullable=False),
    sa.Column("done_by", sa.Text, nullable=False),
    sa.Column("agent", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("moves", JSONB, nullable=False),
    sa.Column("undoes", UUID, unique=True),
    info=APPEND_ONLY,
)
