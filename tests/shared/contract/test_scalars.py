"""The smallest values of the contract: what is taken as a date, and what is not."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from shared.contract.facts import Stay
from shared.contract.scalars import CivilDate
from shared.http.dates import BoundedDate

NO_DATE = [
    "0",
    "86400",
    "-86400",
    "20080114",
    "39461",
    "1e9",
    "2008-1-4",
    "2008-014",
    "2008-W03-1",
    "2008-01-14T00:00:00",
    "2008-01-14T00:00:00Z",
    "2008-01-14 ",
    "2008-01-14\n",
    "2008-01-14\x00",
    "\uff12008-01-14",
    "14/01/2008",
    "2008-02-30",
    "0000-01-01",
    "10000-01-01",
    "NaN",
    "",
    0,
    86400,
    1.2e9,
    True,
    [],
    {},
]


class Dated(BaseModel):
    """A body with a date at a door."""

    civil: CivilDate | None = None
    bounded: BoundedDate | None = None


@pytest.mark.parametrize("value", NO_DATE, ids=repr)
@pytest.mark.parametrize("field", ["civil", "bounded"])
@pytest.mark.parametrize("strict", [True, False])
def test_nothing_but_a_written_date_is_one(field: str, value: Any, strict: bool) -> None:
    """A cell that holds 0, as a spreadsheet leaves for an empty formula, was 1 January 1970."""
    with pytest.raises(ValidationError):
        Dated.model_validate_json(json.dumps({field: value}), strict=strict)
    with pytest.raises(ValidationError):
        Dated.model_validate({field: value}, strict=strict)


@pytest.mark.parametrize("value", ["0", "86400", 86400])
def test_no_fact_is_a_count_of_seconds(value: Any) -> None:
    with pytest.raises(ValidationError):
        Stay.model_validate_json(json.dumps({"irregular_since": value}))


def test_a_written_date_and_a_date_are_taken() -> None:
    day = dt.date(2008, 1, 14)
    assert Dated.model_validate_json('{"civil": "2008-01-14", "bounded": "2008-01-14"}', strict=True).civil == day
    assert Dated.model_validate({"civil": day, "bounded": day}, strict=True).bounded == day
    assert Dated.model_json_schema()["properties"]["civil"]["anyOf"][0] == {"format": "date", "type": "string"}
