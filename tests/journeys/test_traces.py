"""One trace from the counter to the letter, as a collector of spans sees it."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid

import pytest

from shared.access.principal import Role
from shared.observability import tracing
from shared.settings import SERVICES
from tests.collector import Collector, Received
from tests.journeys.house import PATIENCE, House
from tests.load.applications import application

pytestmark = pytest.mark.journey

DAY = dt.date(2026, 9, 15)
CALLER = "00f067aa0ba902b7"  # the span of the front end that calls


def _hanging(spans: list[Received]) -> list[Received]:
    """Spans that are neither below the caller, nor below another of the trace, nor the first of a later work."""
    known = {one.id for one in spans} | {CALLER, ""}
    return [one for one in spans if one.parent not in known]


async def _arrived(collector: Collector, trace: str) -> list[Received]:
    """The spans of the trace once the last of them, the drawing of both letters, is there and its news was taken in.

    Each process sends its own when it likes: until nothing hangs in the air, some are still under way.
    """
    async with asyncio.timeout(PATIENCE):
        while True:
            spans = collector.of(trace)
            drawn = sum(one.span.name == "draw letter" for one in spans)
            told = sum(
                one.attributes.get("ame.event.type") == "letter.rendered" and one.service == "reporting"
                for one in spans
            )
            if drawn == told == 2 and not _hanging(spans):
                return spans
            await asyncio.sleep(0.1)


async def test_a_trace_goes_from_the_counter_to_the_letter(house: House, collector: Collector) -> None:
    await house.live(DAY)
    body = application(9, 78, caisse="751", day=house.today.isoformat())
    trace = uuid.uuid4().hex
    headers = {"Idempotency-Key": "traced", "traceparent": f"00-{trace}-{CALLER}-01"}
    answer = await house.desk(Role.FRONTEND, "751").call("POST", "intake", "/applications", json=body, headers=headers)
    assert answer.headers["X-Correlation-Id"] == trace
    await house.rest()
    spans = await _arrived(collector, trace)

    assert collector.wrong == []
    assert {one.service for one in spans} == set(SERVICES)
    [request] = [one for one in spans if one.span.kind == one.span.SPAN_KIND_SERVER]
    assert (request.service, request.span.name, request.parent) == ("intake", "POST /applications", CALLER)
    assert request.attributes["http.response.status_code"] == 202
    below = {one.parent for one in spans if one.span.name == "process ame.application.v1"}
    assert below == {request.id}
    sent = {one.attributes["ame.event.type"] for one in spans if one.span.kind == one.span.SPAN_KIND_PRODUCER}
    assert sent >= {"application.submitted", "identity.cleared", "decision.granted", "letter.issued", "letter.rendered"}
    assert [one.span.name for one in spans if one.span.status.code == one.span.status.STATUS_CODE_ERROR] == []
    # The batches that carried them are traces of their own, which point here.
    batches = [one for one in collector.spans if trace in {link.trace_id.hex() for link in one.span.links}]
    assert {one.span.name for one in batches} >= {"receive ame.application.v1", "receive ame.letter.v1"}
    member = body["members"][0]
    told = "".join(str(one.span) for one in collector.spans)
    assert member["family_name"] not in told
    assert member["given_names"] not in told


def test_without_an_endpoint_nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tracing.ENDPOINTS:
        monkeypatch.delenv(name, raising=False)
    tracing.configure("intake", "0")
    parent = tracing.traceparent("4bf92f3577b34da6a3ce929d0e0e4736")
    assert parent.startswith("00-4bf92f3577b34da6a3ce929d0e0e4736-")
    with tracing.work("INTERNAL", [tracing.SpanSpec("draw letter", parent, {})]) as spans:
        assert spans == ()
