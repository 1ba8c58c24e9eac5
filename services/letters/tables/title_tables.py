"""Titles of the persons with a right, their photographs, and orders to the card maker."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from services.letters.tables.metadata import metadata

# The rights that titles are made for, as decision tells them: ids and dates.
title_rights = sa.Table(
    "title_rights",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("member_id", UUID, primary_key=True),
    sa.Column("member_rank", sa.Integer, nullable=False),
    sa.Column("decision_id", UUID, nullable=False),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date, nullable=False),
)

# One row for each serial; ``caisse`` gave it, ``holder`` has the file now. Nobody has two that count. What they were
# before lies in ``title_acts``. Erasure takes the serial, the person and the acts.
titles = sa.Table(
    "titles",
    metadata,
    sa.Column("title_id", UUID, primary_key=True),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("decision_id", UUID, nullable=False),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("member_id", UUID, nullable=False),
    sa.Column("member_rank", sa.Integer, nullable=False),
    sa.Column("listed", ARRAY(sa.Integer), nullable=False),
    sa.Column("form", sa.Text, nullable=False),
    sa.Column("serial", sa.Text, nullable=False, unique=True),
    sa.Column("copy_no", sa.Integer, nullable=False),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("void_reason", sa.Text),
    sa.Column("order_id", UUID),
    sa.Column("letter_id", UUID),
    sa.CheckConstraint(
        "state IN ('ordered', 'produced', 'received', 'handed_over', 'posted', 'returned', 'voided')",
        name="titles_state",
    ),
    sa.CheckConstraint("(state = 'voided') = (void_reason IS NOT NULL)", name="titles_void_reason"),
    sa.Index(
        "titles_one_live", "application_id", "member_id", unique=True, postgresql_where=sa.text("state <> 'voided'")
    ),
    sa.Index("titles_holder", "holder", "since", "title_id"),
    sa.Index("titles_order", "order_id", postgresql_where=sa.text("order_id IS NOT NULL")),
)

# What was done with each title; never changed, and gone with the file.
title_acts = sa.Table(
    "title_acts",
    metadata,
    sa.Column("act_id", UUID, primary_key=True),
    sa.Column("title_id", UUID, nullable=False),
    sa.Column("application_id", UUID, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("happened_on", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Index("title_acts_title", "title_id"),
    sa.Index("title_acts_application", "application_id"),
)

# Orders to the card maker, and what its answers said, row by row.
title_orders = sa.Table(
    "title_orders",
    metadata,
    sa.Column("order_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("ordered_on", sa.Date, nullable=False),
    sa.Column("answers", JSONB, nullable=False, server_default="[]"),
    sa.Index("title_orders_caisse", "caisse", "ordered_on", "order_id"),
)

# Photographs for titles; their bytes lie apart, encrypted under ``key``: without this row nobody reads them.
# ``state``: proposed until a person confirmed the crop.
title_photographs = sa.Table(
    "title_photographs",
    metadata,
    sa.Column("application_id", UUID, primary_key=True),
    sa.Column("member_rank", sa.Integer, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("box", ARRAY(sa.Integer), nullable=False),
    sa.Column("faults", ARRAY(sa.Text), nullable=False),
    sa.Column("taken_on", sa.Date, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.CheckConstraint("state IN ('proposed', 'confirmed')", name="title_photographs_state"),
    sa.Index("title_photographs_sha256", "sha256"),
)
