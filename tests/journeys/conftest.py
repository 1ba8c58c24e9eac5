"""Journeys run on the session's platform, one after the other, each with desks of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from deploy.local.platform import Platform
from tests.journeys.house import Calendar, House, house_of


@pytest.fixture(scope="session")
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
async def house(platform: Platform, calendar: Calendar) -> AsyncIterator[House]:
    async with house_of(platform, calendar) as made:
        yield made
