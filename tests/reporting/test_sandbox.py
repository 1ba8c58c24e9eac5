"""What happened in the sandbox enters no table of reporting: whatever the topic, whatever the event."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from services.reporting import handlers
from shared.contract import events as ev
from shared.contract.sandbox import SANDBOX
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.subscription import Subscription
from shared.service.runtime import Runtime


class Untouched:
    """A transaction in which nothing may be done."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the sandbox came as far as the tables: {name}")


UNIT = cast(UnitOfWork, Untouched())
TRIED: list[Any] = [SimpleNamespace(caisse=SANDBOX) for _ in range(3)]
"""Of no type at all: a handler that looks at them has let them through its door."""
ALL = handlers.subscriptions(cast(Runtime, None))


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.topic)
async def test_no_event_of_the_sandbox_passes_the_door(one: Subscription) -> None:
    await one.handle(TRIED, UNIT)
    assert one.prepare is None
    with pytest.raises((AssertionError, AttributeError)):  # the same of a real caisse does
        await one.handle([SimpleNamespace(caisse="751")], UNIT)


async def test_places_of_what_waits_for_its_beginning_are_those_of_the_whole_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def second(events: Any, unit: UnitOfWork) -> set[int]:
        assert [event.caisse for event in events] == ["751", "931"]
        return {1}

    monkeypatch.setattr(handlers, "headless_applications", second)
    (applications,) = [one for one in handlers.subscriptions(cast(Runtime, None)) if one.topic == ev.APPLICATION]
    assert applications.headless is not None
    batch = [TRIED[0], SimpleNamespace(caisse="751"), TRIED[1], SimpleNamespace(caisse="931")]
    assert await applications.headless(batch, UNIT) == {3}
