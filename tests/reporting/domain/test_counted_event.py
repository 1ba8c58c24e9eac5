"""Which events a figure of a file may rest on: never one that is of no file."""

from __future__ import annotations

import pytest

from services.reporting.domain.counted_event import counted
from shared.contract.event_documents import example
from shared.contract.events import type_names


@pytest.mark.parametrize("name", ["paper.registered", "bulk_check.ended"])
def test_what_is_of_no_application_is_the_entry_of_no_file(name: str) -> None:
    assert counted(type_names[name].model_validate(example(name))) is None  # type: ignore[arg-type]
    granted = counted(type_names["decision.granted"].model_validate(example("decision.granted")))  # type: ignore[arg-type]
    assert granted is not None
