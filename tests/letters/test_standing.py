"""Letters that hold no more are not left waiting to be posted."""

from __future__ import annotations

import datetime as dt

import pytest

from services.letters.domain.standing import standing
from services.letters.tables import letters
from shared.contract import events
from shared.contract.events import Event
from shared.ids import uuid7
from shared.service.runtime import Runtime
from tests.letters.cases import PILOT, SYSTEM, granted, papers_requested, refused, submitted
from tests.letters.test_handlers import numbered, rows, take, told


def completed() -> events.FileCompleted:
    return events.FileCompleted.after(submitted(PILOT), SYSTEM, completed_on=dt.date(2008, 3, 20))


def lapsed() -> events.LapsedToRefusal:
    return events.LapsedToRefusal.after(
        submitted(PILOT), SYSTEM, decision_id=uuid7(), lapsed_on=dt.date(2008, 5, 7), appeal_body="cdas"
    )


def taken_back(outcome: str = "granted") -> events.Revoked:
    return events.Revoked.after(
        submitted(PILOT),
        SYSTEM,
        decision_id=uuid7(),
        revoked_decision_id=granted(PILOT).decision_id,
        outcome=outcome,
        ground="unlawful",
        revoked_on=dt.date(2008, 4, 7),
        signatory="a",
        reference="r",
    )


def second(decision: Event) -> Event:
    return decision.model_copy(update={"decision_id": uuid7()})


@pytest.mark.usefixtures("runtime")
@pytest.mark.parametrize("early", [False, True], ids=["in turn", "before the application"])
@pytest.mark.parametrize(
    ("happened", "left", "cancelled"),
    [
        pytest.param(
            [papers_requested(PILOT), papers_requested(PILOT, 2)],
            [("paper_request", 2)],
            {"replaced": 1},
            id="a second request takes the place of the first",
        ),
        pytest.param(
            [papers_requested(PILOT), papers_requested(PILOT, 2), granted(PILOT)],
            [("admission", None)],
            {"replaced": 1, "decided": 1},
            id="an admission ends both",
        ),
        pytest.param([papers_requested(PILOT), refused(PILOT)], [("refusal", None)], {"decided": 1}, id="a refusal"),
        pytest.param([papers_requested(PILOT), lapsed()], [], {"decided": 1}, id="silence"),
        pytest.param([papers_requested(PILOT), completed()], [], {"papers_received": 1}, id="the papers"),
        pytest.param(
            [refused(PILOT), taken_back("refused"), granted(PILOT)],
            [("admission", None)],
            {"decision_replaced": 1},
            id="a refusal taken back",
        ),
        pytest.param(
            [granted(PILOT), taken_back()],
            [("withdrawal", None)],
            {"decision_replaced": 1},
            id="an admission taken back",
        ),
        pytest.param(
            [papers_requested(PILOT), refused(PILOT), taken_back("refused"), papers_requested(PILOT, 2)],
            [("paper_request", 2)],
            {"decided": 1, "decision_replaced": 1},
            id="what is asked after a decision fell holds",
        ),
    ],
)
async def test_what_holds_no_more_is_cancelled(
    runtime: Runtime,
    early: bool,
    happened: list[Event],
    left: list[tuple[str, int | None]],
    cancelled: dict[str, int],
) -> None:
    (first,) = numbered(submitted(PILOT))
    steps = numbered(*happened, application_id=first.application_id)
    if early:
        await take(runtime, *steps)
        await take(runtime, first)
    else:
        await take(runtime, first)
        for step in steps:
            await take(runtime, step)
    found = [row for row in await rows(runtime, letters, letters.c.request_no) if row.kind != "acknowledgement"]
    assert [(row.kind, row.request_no) for row in found if row.state == "issued"] == left
    reasons = [row.cancel_reason for row in found if row.state == "cancelled"]
    if not early:
        assert {reason: reasons.count(reason) for reason in set(reasons)} == cancelled
    assert len(reasons) == sum(cancelled.values())
    assert len(await told(runtime, "letter.cancelled")) == len(reasons)


@pytest.mark.usefixtures("runtime")
async def test_a_letter_that_left_is_not_called_back(runtime: Runtime) -> None:
    (first,) = numbered(submitted(PILOT))
    asked, then = numbered(papers_requested(PILOT), granted(PILOT), application_id=first.application_id)
    await take(runtime, first)
    await take(runtime, asked)
    async with runtime.database.unit() as unit:
        await unit.execute(letters.update().values(state="posted", posted_on=dt.date(2008, 3, 12)))
    await take(runtime, then)
    found = [(row.kind, row.state) for row in await rows(runtime, letters, letters.c.kind)]
    assert ("paper_request", "posted") in found


def test_what_ends_no_letter_asks_nothing() -> None:
    assert standing([submitted(PILOT)]) == {}
