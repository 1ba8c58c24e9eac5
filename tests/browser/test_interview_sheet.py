"""The interview on paper (annex 4): the same questions as on the screen, on the two sides of one sheet, nothing cut."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from playwright.async_api import BrowserContext

from deploy.local.platform import Platform
from services.intake.domain.interview.questions import guide
from shared.access.principal import Role
from tests.browser.printed import squeezed, text_in_sight
from tests.browser.visits import Ids, page_of

pytestmark = pytest.mark.browser
SIDES = 2


@pytest.mark.parametrize("path", ["/intake/ui/interview-sheet", "/intake/ui/interviews/{interview}/print"])
async def test_the_guide_fits_the_two_sides_of_a_sheet(
    browser: BrowserContext, platform: Platform, ids: Ids, path: str, tmp_path: Path
) -> None:
    page = await page_of(browser, platform, Role.AGENT, 1280)
    await page.goto(f"{platform.front}{ids.fill(path)}")
    printed = tmp_path / "guide.pdf"
    await page.pdf(path=printed, format="A4", prefer_css_page_size=True)
    text = squeezed(text_in_sight(printed))
    document = pypdfium2.PdfDocument(printed)
    sides = len(document)
    document.close()
    assert sides == SIDES
    asked = [question.label for step in guide().steps for question in step.questions]
    assert len(asked) > 20
    assert [label for label in asked if squeezed(label) not in text] == []
    assert "signature" in text
