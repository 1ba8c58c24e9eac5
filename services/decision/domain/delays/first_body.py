"""The day silence counts from, where another body than the caisse received the request first."""

from __future__ import annotations

import datetime as dt

from shared.contract.facts import Deposit


def first_body(deposit: Deposit) -> dict[str, dt.date]:
    """That day as fields of the act ``Deposited``: proved, it counts; only declared, it is shown."""
    stated_on = deposit.first_body_told_on
    if stated_on is None:
        return {}
    proved = deposit.first_body_proved_on is not None
    return {"first_body_on" if proved else "first_body_said_on": stated_on}
