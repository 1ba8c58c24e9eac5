"""Which declared earlier file makes a quiet link proposal: one whose right is known here and renewed in time (PURE).

What a file only declares proves nothing: everywhere else two files that look like one person are a signal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.dedup.domain.application_record import ApplicationRecord
from shared.calendar import add_months
from shared.contract.first_day import FirstDay


class RenewalPeriod(BaseModel):
    """Months around the end of a right in which a new application renews it, from a day of deposit on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: FirstDay = Field(alias="from")
    months_before: int = Field(ge=0, le=12)
    months_after: int = Field(ge=0, le=60)
    reference: str = Field(min_length=1)
    confidence: Literal["V", "S", "M", "C"]
    checked_on: dt.date
    note: str = ""


def read_periods(document: Any) -> Sequence[RenewalPeriod]:
    """The values of a YAML document, oldest first. Raises ``ValidationError``."""
    return sorted(TypeAdapter(list[RenewalPeriod]).validate_python(document["values"]), key=lambda one: one.since)


def renews(later: ApplicationRecord, earlier: ApplicationRecord, periods: Sequence[RenewalPeriod]) -> bool:
    """Whether ``later`` is a renewal, at its own caisse, of the right that ``earlier`` is known to have opened.

    Declared by it, deposited within the period of the law around the end of that right.
    """
    if later.kind != "renewal" or earlier.application_id not in later.earlier_applications:
        return False
    if later.caisse != earlier.caisse or earlier.outcome != "granted":
        return False
    if later.deposited_on is None or earlier.right_ends_on is None:
        return False
    period = next((one for one in reversed(periods) if one.since <= later.deposited_on), None)
    if period is None:
        return False
    end = earlier.right_ends_on
    return add_months(end, -period.months_before) <= later.deposited_on <= add_months(end, period.months_after)
