"""A headless Chromium for the session, and a fresh profile for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, async_playwright

from deploy import reference
from deploy.demo.desk import People
from deploy.local.platform import Platform
from shared.messaging.reference_table import ReferenceWriter
from tests.browser.visits import Ids, prepared

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",  # that folder is small in some containers
)


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[BrowserContext]:
    """A browser that knows nobody: no cookie, French, a small screen."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield await started.new_context(locale="fr-FR", viewport={"width": 1024, "height": 768})
        await started.close()


@pytest.fixture
async def people(platform: Platform) -> AsyncIterator[People]:
    """The people of the caisses over HTTP, with the reference data of the pilot: what a test of pages begins with."""
    async with ReferenceWriter(platform.bootstrap) as writer:
        await writer.put(reference.records())
    urls = {service: platform.url(service) for service in platform.databases}
    async with People(Path(platform.state_folder), urls) as made:
        yield made


@pytest.fixture
async def ids(browser: BrowserContext, platform: Platform) -> Ids:
    """One file and one interview of the session's platform, made at the first test that looks at them."""
    if platform.front not in _MADE:
        _MADE[platform.front] = await prepared(browser, platform)
    return _MADE[platform.front]


_MADE: dict[str, Ids] = {}
