"""What reporting keeps: facts of applications, their passages at caisses, decisions, signals, letters, and who read
what.

Ids, codes, counts and dates only: no name, no care, no means.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from shared.database.shared_tables import APPEND_ONLY, shared_tables

metadata = sa.MetaData()
shared_tables(metadata)

# One row per application, from whichever event comes first: ``received_on`` is null until its own topic has spoken. The
# row is also the lock under which its passages are worked out.
fact_application = sa.Table(
    "fact_application",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text),
    sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("application_sequence", sa.Integer, nullable=False, server_default="0"),
    sa.Column("received_caisse", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("channel", sa.Text),
    sa.Column("adults", sa.Integer, nullable=False, server_default="0"),
    sa.Column("minors", sa.Integer, nullable=False, server_default="0"),
    sa.Column("births_to_the_day", sa.Integer, nullable=False, server_default="0"),
    sa.Column("telephone", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("address_complete", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("route", sa.Text),
    sa.Column("members", JSONB, nullable=False, server_default="[]"),
    sa.Column("deposited_on", sa.Date),
    sa.Column("received_on", sa.Date),
    sa.Column("transmitted_days", sa.Integer),
    sa.Column("priority", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("transfers", JSONB, nullable=False, server_default="[]"),
    sa.Column("withdrawn_on", sa.Date),
    sa.Column("erased_on", sa.Date),
    sa.Column("decision_sequence", sa.Integer, nullable=False, server_default="0"),
    sa.Column("complete_at_receipt", sa.Boolean),
    sa.Column("completed_on", sa.Date),
    sa.Column("decision_id", UUID),
    sa.Column("outcome", sa.Text),
    sa.Column("decided_on", sa.Date),
    sa.Column("automatic", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("persons_granted", sa.Integer, nullable=False, server_default="0"),
    sa.Column("persons_refused", sa.Integer, nullable=False, server_default="0"),
    sa.Column("motives", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("decided_caisse", sa.Text),
    sa.Column("rights", JSONB, nullable=False, server_default="[]"),
    sa.Column("letter_sequence", sa.Integer, nullable=False, server_default="0"),
    sa.Column("notified_on", sa.Date),
    sa.Column("handed_on", sa.Date),
    sa.CheckConstraint(
        "state IN ('waiting', 'granted', 'refused', 'lapsed', 'withdrawn')", name="fact_application_state"
    ),
    sa.Index("fact_application_notified", "notified_on"),
    sa.Index("fact_application_completed", "completed_on"),
    sa.Index("fact_application_handed", "handed_on"),
)

# One row per passage of a file at a caisse. The check is what makes every table balance.
fact_stay = sa.Table(
    "fact_stay",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("arrived_on", sa.Date, nullable=False),
    sa.Column("arrived_by", sa.Text, nullable=False),
    sa.Column("left_on", sa.Date),
    sa.Column("left_by", sa.Text),
    sa.CheckConstraint("left_on >= arrived_on", name="fact_stay_order"),
    sa.CheckConstraint("(left_on IS NULL) = (left_by IS NULL)", name="fact_stay_left"),
    sa.Index("fact_stay_arrived", "arrived_on"),
    sa.Index("fact_stay_left", "left_on"),
    sa.Index("fact_stay_present", "caisse", postgresql_where=sa.text("left_on IS NULL")),
)

fact_decision = sa.Table(
    "fact_decision",
    metadata,
    sa.Column("decision_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("decided_on", sa.Date, nullable=False),
    sa.Column("automatic", sa.Boolean, nullable=False),
    sa.Column("persons_granted", sa.Integer, nullable=False),
    sa.Column("motives", ARRAY(sa.Text), nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Index("fact_decision_application", "application_id"),
    info=APPEND_ONLY,
)

fact_signal = sa.Table(
    "fact_signal",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("pair_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("raised_on", sa.Date, nullable=False),
    sa.Column("judgement", sa.Text),
    sa.Column("judged_on", sa.Date),
    sa.Column("judged_caisse", sa.Text),
    sa.Column("dropped_on", sa.Date),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("side", sa.Text, nullable=False, server_default=""),
    sa.Index("fact_signal_raised", "raised_on"),
    sa.Index("fact_signal_judged", "judged_on"),
    sa.Index("fact_signal_open", "raised_on", postgresql_where=sa.text("judged_on IS NULL AND dropped_on IS NULL")),
)

fact_letter = sa.Table(
    "fact_letter",
    metadata,
    sa.Column("letter_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("issued_on", sa.Date),
    sa.Column("decision_id", UUID),
    sa.Column("rendered", sa.Boolean, nullable=False),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("posted_on", sa.Date),
    sa.Column("cancelled_on", sa.Date),
    sa.Column("returned_on", sa.Date),
    sa.Column("resent_on", sa.Date),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Index("fact_letter_application", "application_id"),
    sa.Index("fact_letter_issued", "issued_on"),
    sa.Index("fact_letter_posted", "posted_on"),
    sa.Index("fact_letter_cancelled", "cancelled_on", postgresql_where=sa.text("cancelled_on IS NOT NULL")),
    sa.Index("fact_letter_resent", "resent_on", postgresql_where=sa.text("resent_on IS NOT NULL")),
)

# The right of each member as statements of persons count it. Of the birth no more than its year.
fact_right = sa.Table(
    "fact_right",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("member_rank", sa.Integer, primary_key=True),
    sa.Column("member_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("relation", sa.Text, nullable=False),
    sa.Column("sex", sa.Text, nullable=False),
    sa.Column("birth_year", sa.Integer),
    sa.Column("decided_on", sa.Date, nullable=False),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Index("fact_right_member", "member_id"),
    sa.Index("fact_right_decided", "decided_on"),
    sa.Index("fact_right_last_day", "last_day"),
)

# Which members are one person, as dedup links them.
fact_person = sa.Table(
    "fact_person",
    metadata,
    sa.Column("member_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("person_id", UUID),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Index("fact_person_person", "person_id"),
)

# What supervision drew, and what each look answered. A second look says on how many items it differs.
fact_sample = sa.Table(
    "fact_sample",
    metadata,
    sa.Column("sample_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("draw", sa.Text, nullable=False),
    sa.Column("drawn", sa.Integer, nullable=False),
    sa.Column("listed", sa.Integer, nullable=False),
    sa.Index("fact_sample_period", "period", "caisse"),
)
fact_review = sa.Table(
    "fact_review",
    metadata,
    sa.Column("sample_id", UUID, primary_key=True),
    sa.Column("look", sa.Integer, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("draw", sa.Text, nullable=False),
    sa.Column("yes", sa.Integer, nullable=False),
    sa.Column("no", sa.Integer, nullable=False),
    sa.Column("formal", sa.Integer, nullable=False),
    sa.Column("rights", sa.Integer, nullable=False),
    sa.Column("money", sa.Integer, nullable=False),
    sa.Column("answered", sa.Integer, nullable=False),
    sa.Column("differs", sa.Integer),
    sa.Column("reviewed_on", sa.Date, nullable=False),
    sa.Index("fact_review_day", "reviewed_on"),
    sa.Index("fact_review_period", "period", "caisse"),
)

# Titles of admission by their serial: since when each is at the desk, and when it left it.
fact_title = sa.Table(
    "fact_title",
    metadata,
    sa.Column("serial", sa.Text, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("at_desk_on", sa.Date),
    sa.Column("left_on", sa.Date),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Index("fact_title_waiting", "at_desk_on", postgresql_where=sa.text("at_desk_on IS NOT NULL")),
)

# Sheets of secured paper that came to a fate or left it, by the acts of each register; ``delivered``: those that came.
fact_paper = sa.Table(
    "fact_paper",
    metadata,
    sa.Column("event_id", UUID, primary_key=True),
    sa.Column("fate", sa.Text, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("sheets", sa.Integer, nullable=False),
    sa.Column("happened_on", sa.Date, nullable=False),
    sa.Index("fact_paper_day", "happened_on"),
)

# Files to which the rules were applied, finding by finding, and the first day of that.
fact_evaluated = sa.Table(
    "fact_evaluated",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("evaluated_on", sa.Date, nullable=False),
)

# Files whose rows were made anew from events that were kept here already, and on which day: a rebuild leaves its trace.
fact_rebuilt = sa.Table(
    "fact_rebuilt",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("rebuilt_on", sa.Date, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Index("fact_rebuilt_day", "rebuilt_on"),
    info=APPEND_ONLY,
)

# What a caisse that prepares has done of the checklist, or taken back; the last word on an item counts.
rollout_steps = sa.Table(
    "rollout_steps",
    metadata,
    sa.Column("step_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("item", sa.Text, nullable=False),
    sa.Column("done", sa.Boolean, nullable=False),
    sa.Column("happened_on", sa.Date, nullable=False),
    sa.Column("written_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")),
    sa.Column("actor_role", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Index("rollout_steps_caisse", "caisse", "item"),
    info=APPEND_ONLY,
)

# What figures rest on, one entry an event, as they arrived: never changed, and a rebuild of the facts leaves it.
fact_event = sa.Table(
    "fact_event",
    metadata,
    sa.Column("event_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("items", sa.Integer, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("counted_on", sa.Date, nullable=False),
    sa.Column("taken_on", sa.Date, nullable=False),
    sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")),
    sa.Index("fact_event_application", "application_id"),
    sa.Index("fact_event_counted", "counted_on", "caisse"),
    info=APPEND_ONLY,
)

# Who read whose file, and why. Written once, never changed: an auditor rests on it. Each entry is chained to the one
# before it of the same source service, in the order of arrival (domain/access_chain.py).
access_log = sa.Table(
    "access_log",
    metadata,
    sa.Column("event_id", UUID, primary_key=True),
    sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("business_date", sa.Date, nullable=False),
    sa.Column("caisse", sa.Text),
    sa.Column("actor_role", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("resource", sa.Text, nullable=False),
    sa.Column("application_ids", ARRAY(UUID), nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("correlation_id", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("arrived_on", sa.Date, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("source", "number", name="access_log_place"),
    sa.Index("access_log_time", "occurred_at", "event_id"),
    sa.Index("access_log_days", "arrived_on"),
    sa.Index("access_log_actor", "actor_id", "occurred_at"),
    sa.Index("access_log_applications", "application_ids", postgresql_using="gin"),
    info=APPEND_ONLY,
)

# How far each chain goes: the row is also the lock under which the next entry is chained.
access_chain = sa.Table(
    "access_chain",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
)

# The heads that were signed. They leave on ``ame.audit.v1`` and to the auditor's file, where a check reads them.
audit_heads = sa.Table(
    "audit_heads",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("closing", sa.Boolean, nullable=False),
    sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("jws", sa.Text, nullable=False),
    info=APPEND_ONLY,
)

# Quarters that were closed at a caisse; one without a row here is open. The row is also the lock of its acts.
quarters = sa.Table(
    "quarters",
    metadata,
    sa.Column("caisse", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.CheckConstraint("state IN ('open', 'closed', 'approved', 'accepted')", name="quarters_state"),
    sa.Index("quarters_period", "period"),
)

# The figures as they were when they were closed or revised. ``figures`` is the very text that was hashed.
quarter_rows = sa.Table(
    "quarter_rows",
    metadata,
    sa.Column("caisse", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("figures", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
    sa.Column("made_on", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("late_events", ARRAY(UUID), nullable=False),
    info=APPEND_ONLY,
)

# Who did what with a quarter. The national office grants and ends exceptions to the lock of age here too.
quarter_acts = sa.Table(
    "quarter_acts",
    metadata,
    sa.Column("act_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("done_on", sa.Date, nullable=False),
    sa.Column("actor_role", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("quarter_acts_quarter", "caisse", "period", "at"),
    info=APPEND_ONLY,
)

# Each approved revision leaves once. ``sending``: handed to the mail server, whose answer is not known.
transmissions = sa.Table(
    "transmissions",
    metadata,
    sa.Column("caisse", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("approved_by", sa.Text, nullable=False),
    sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("sent_at", sa.DateTime(timezone=True)),
    sa.Column("sent_on", sa.Date),
    sa.Column("sent_to", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("ods_sha256", sa.Text, nullable=False, server_default=""),
    sa.Column("csv_sha256", sa.Text, nullable=False, server_default=""),
    sa.Column("error", sa.Text, nullable=False, server_default=""),
    sa.CheckConstraint("state IN ('due', 'sending', 'sent', 'refused')", name="transmissions_state"),
    sa.Index("transmissions_due", "next_try_at", postgresql_where=sa.text("state = 'due'")),
)
