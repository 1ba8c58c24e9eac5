"""Every label of every measure takes its values from a list: nobody outside can make a series of his own."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator

import pytest
from prometheus_client.metrics import MetricWrapperBase

from services.reporting.metrics import PART_LABELS
from shared.contract import events
from shared.observability import metrics
from shared.settings import SERVICES

BOUNDED_BY = {
    "method": "shared/observability/metrics.py, METHODS and one word for all others",
    "route": "the templates of our routes, and one word for what none matches",
    "status": "the statuses that our code answers",
    "lane": "shared/http/admission.py: work, reserved, uploads",
    "topic": "the topics we read and write, and the relay's line to each",
    "type": "the catalogue of events: an unknown type is parked before it is counted",
    "caisse": "caisses of the reference data",
    "within_days": "decision: three lengths",
    "cause": "letters: an enumeration",
    "known": "true or false",
    "channel": "letters: the ways out that the settings name",
    "state": "letters: the states of a notice; intake: messages to webhooks that wait or are parked",
    "outcome": "intake: a message to a webhook is delivered, failed or parked",
}
REASONS = {
    "ame_dead_letters": "codes of the guard and of our own refusals, never texts",
    "ame_decision_free_items": "codes of the rule book, checked before they are counted",
}
PARTS_OF_INDICATORS = {"motive", "kind"}
"""Codes of the rule book, and kinds of letters."""


def labelled() -> Iterator[tuple[str, str]]:
    """Each measure with each of its labels, in all five services."""
    for service in SERVICES:
        importlib.import_module(f"services.{service}.app")
    for one in {*metrics.registry._names_to_collectors.values()}:
        if isinstance(one, MetricWrapperBase):
            yield from ((one._name, label) for label in one._labelnames)


def test_every_label_is_bounded_by_something_that_has_a_name() -> None:
    found = set(labelled())
    assert len(found) > 10
    unknown = {(name, label) for name, label in found if label not in BOUNDED_BY and name not in REASONS}
    assert not unknown, "say what bounds it, and how"
    assert {label for parts in PART_LABELS.values() for label in parts} == PARTS_OF_INDICATORS


@pytest.mark.parametrize("body", [b"{", b"{}", b'{"type": "application.made_up_1"}', b'{"type": 1}'])
def test_a_made_up_event_makes_no_series(body: bytes) -> None:
    """What a message says of itself is never the label it is counted under."""
    from aiokafka import ConsumerRecord

    from shared.messaging.delivery import read

    record = ConsumerRecord(events.APPLICATION, 0, 1, 0, 0, b"key", body, None, 3, len(body), ())
    delivery = read(record)
    assert delivery.event is None
    assert delivery.reason in {"unknown_type", "broken_json", "wrong_schema"}


def test_a_failure_is_counted_under_a_code_and_never_under_a_text() -> None:
    from shared.messaging.transient_errors import failure_reason

    class Told(Exception):
        code = "DIALLO Awa, née le 12 mars"

    assert failure_reason(Told()) == "handler_error"
    assert re.fullmatch("[a-z_]+", failure_reason(ValueError("DIALLO")))
