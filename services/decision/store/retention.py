"""What decision still holds of cases that are over their time, by outcome."""

from __future__ import annotations

import sqlalchemy as sa

# A date that a person wrote may be wrong by years: nothing is counted from it.
_KNOWN = "(SELECT min(known_on) FROM facts WHERE facts.application_id = cases.application_id)"
_STATES = {
    "pending": ("'awaiting', 'open'", _KNOWN),
    "granted": ("'granted'", f"coalesce(decided_on, {_KNOWN})"),
    "refused": ("'refused'", f"coalesce(decided_on, {_KNOWN})"),
    "lapsed": ("'lapsed'", f"coalesce(decided_on, {_KNOWN})"),
    "withdrawn": ("'withdrawn'", f"coalesce(decided_on, {_KNOWN})"),
}

OVER = {
    outcome: sa.text(
        f"SELECT application_id FROM cases WHERE state IN ({states}) AND {counted_from} <= :latest "
        "AND EXISTS (SELECT FROM facts WHERE facts.application_id = cases.application_id) "
        "ORDER BY application_id LIMIT :most FOR UPDATE SKIP LOCKED"
    )
    for outcome, (states, counted_from) in _STATES.items()
}
"""The cases of one outcome whose time began on ``latest`` or before and of which facts are left, locked."""
