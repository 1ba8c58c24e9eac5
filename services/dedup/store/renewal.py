"""The months around the end of a right in which a new application renews it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import yaml

from services.dedup.domain.application_record import ApplicationRecord
from services.dedup.domain.renewal import RenewalPeriod, read_periods, renews


@lru_cache(maxsize=1)
def periods_in_force() -> Sequence[RenewalPeriod]:
    """The values of ``renewal.yaml``, oldest first."""
    return read_periods(yaml.safe_load((Path(__file__).parents[1] / "renewal.yaml").read_text("utf-8")))


def is_renewal(one: ApplicationRecord, other: ApplicationRecord) -> bool:
    """Whether one of two files renews, at one caisse, a right of the other: a link is then proposed, no signal."""
    periods = periods_in_force()
    return renews(one, other, periods) or renews(other, one, periods)
